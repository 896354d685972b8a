"""The days of a backtest: arXiv's announcements, and with which of them each stored paper came."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core.arxiv_calendar import EASTERN, Calendar
from bot.core.model import Announcement

CUTOFF = time(14, 0)
"""Until when, Eastern time, one submits for the evening's announcement (see arxiv_calendar)."""
_MOMENT = timedelta(microseconds=1)
_DAY = timedelta(days=1)
_SUNDAY = 6


@dataclass(frozen=True, slots=True)
class Day:
    """One day on arXiv's clock, or the week that begins with it.

    `announcements` tells how many there were by arXiv's calendar; of the `stored` papers that came
    with them, `matched` match.
    """

    date: date
    announcements: int
    stored: int = 0
    matched: int = 0


@dataclass(frozen=True, slots=True)
class Period:
    """The announcements that were due in some days up to `until`, in UTC.

    `cutoffs` tell for each until when one had to submit, and `since` for the one before the first.
    """

    evenings: tuple[datetime, ...]
    cutoffs: tuple[datetime, ...]
    since: datetime
    until: datetime

    def place(self, row: Announcement) -> int | None:
        """Tell with which announcement a paper came; None outside of the period.

        What came with a baseline is placed by its date of submission. A paper is placed once: rows
        that tell of a cross-list, a revision or a completion have no place.
        """
        if row.late or row.completed or row.former is not None or row.date > self.until:
            return None
        if not row.silent:
            place = bisect_right(self.evenings, row.date) - 1
            return place if place >= 0 else None
        if row.date <= self.since or not self.evenings:
            return None
        # What is stored has been announced, however late it was submitted.
        return min(bisect_left(self.cutoffs, row.date), len(self.evenings) - 1)

    def day(self, place: int) -> date:
        """Tell the day of an announcement on arXiv's clock."""
        return _there(self.evenings[place]).date()

    def days(self, stored: Sequence[int], matched: Sequence[int]) -> tuple[Day, ...]:
        """List every day from the first announcement to the last, with the counts of each."""
        if not self.evenings:
            return ()
        places = {self.day(place): place for place in range(len(self.evenings))}
        first, last = min(places), max(places)
        found = []
        for number in range((last - first).days + 1):
            day = first + number * _DAY
            place = places.get(day)
            found.append(
                Day(day, 0) if place is None else Day(day, 1, stored[place], matched[place])
            )
        return tuple(found)


def period_of(calendar: Calendar, now: datetime, days: int) -> Period:
    """Tell what was announced in so many days (one at least) before `now`."""
    evenings = calendar.announcements_between(now - days * _DAY, now)
    before = calendar.last_announcement((evenings[0] if evenings else now) - _MOMENT)
    return Period(evenings, tuple(map(_cutoff, evenings)), _cutoff(before), now)


def weeks(days: Iterable[Day]) -> tuple[Day, ...]:
    """Join days to weeks, which begin on Sunday, as arXiv's announcements do."""
    joined: dict[date, Day] = {}
    for day in days:
        first = day.date - (day.date.weekday() + 1) % 7 * _DAY
        week = joined.get(first, Day(first, 0))
        joined[first] = Day(
            first,
            week.announcements + day.announcements,
            week.stored + day.stored,
            week.matched + day.matched,
        )
    return tuple(joined.values())


def _there(instant: datetime) -> datetime:
    """Read an instant on arXiv's clock."""
    return instant.astimezone(ZoneInfo(EASTERN))


def _cutoff(evening: datetime) -> datetime:
    """Tell until when one submits for an announcement: that of Sunday closes on Friday."""
    day = _there(evening).date()
    if day.weekday() == _SUNDAY:
        day -= 2 * _DAY
    return datetime.combine(day, CUTOFF, ZoneInfo(EASTERN)).astimezone(UTC)
