"""When arXiv announces, and so when to poll: Sunday to Thursday at 20:00 US Eastern time.

Source: arXiv's submission schedule (https://info.arxiv.org/help/availability.html), which names
each year's holidays. On a holiday nothing is accepted for announcement, so one that is a Friday
leaves out the Sunday after it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core.schedule import Schedule, last_slot, next_slot

_MONDAY, _TUESDAY, _WEDNESDAY, _THURSDAY, _, _SATURDAY, _SUNDAY = range(7)
EASTERN = "America/New_York"
EVENINGS = Schedule(
    EASTERN,
    time(20, 0),
    frozenset({_SUNDAY, _MONDAY, _TUESDAY, _WEDNESDAY, _THURSDAY}),
)
"""When arXiv announces if there is no holiday."""
SETTLING = timedelta(minutes=5)
"""arXiv's index begins to fill some minutes after the hour."""
INTERVAL = timedelta(hours=1)
FILLING = timedelta(hours=4, minutes=30)
"""How long after an announcement something may still come: the index was seen to fill for 1 h 39
min, OAI-PMH follows towards 23:00 Eastern, and the feeds at 00:10."""
PERSISTENCE = timedelta(hours=24)
"""How long an announcement that does not come is asked for every hour."""


@dataclass(frozen=True, slots=True)
class Polls:
    """What is known of earlier polls: the last, whether it was whole, the last that had news."""

    last: datetime | None = None
    whole: bool = True
    news: datetime | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """arXiv's calendar with the holidays of some years, as arXiv publishes them.

    In a year that is not among them holidays are `inferred`. All instants are aware, and given in
    UTC. A holiday that is wrong does no harm: the bot polls on each evening all the same.
    """

    holidays: Mapping[int, frozenset[date]] = field(default_factory=dict)

    def last_announcement(self, now: datetime) -> datetime:
        """Tell the latest announcement that was due at or before `now`."""
        evening = last_slot(EVENINGS, now)
        while self._left_out(evening):
            evening = last_slot(EVENINGS, evening - timedelta(microseconds=1))
        return evening

    def next_announcement(self, after: datetime) -> datetime:
        """Tell the first announcement that is due after `after`."""
        evening = next_slot(EVENINGS, after)
        while self._left_out(evening):
            evening = next_slot(EVENINGS, evening)
        return evening

    def announcements_between(self, since: datetime, until: datetime) -> tuple[datetime, ...]:
        """List the announcements due after `since` and at or before `until`."""
        return tuple(self._announcements(since, until))

    def next_poll(self, now: datetime, polls: Polls) -> datetime:
        """Tell when to poll next, in UTC; an instant at or before `now` means at once.

        A poll that failed is repeated every hour. One that was whole is, too, until the
        announcement has come, had time to fill, and a poll has brought nothing more; or for a day.
        On a holiday's evening nothing is awaited, but it is polled as on others: somebody may have
        announced all the same.
        """
        if polls.last is None or polls.last > now:  # or the clock was wrong
            return now.astimezone(UTC)
        evening = last_slot(EVENINGS, now - SETTLING) + SETTLING
        if polls.last < evening:
            return evening
        hourly = (polls.last + INTERVAL).astimezone(UTC)
        if not polls.whole:
            return hourly
        due = self.last_announcement(now - SETTLING) + SETTLING
        arrived = polls.news is not None and due <= polls.news < polls.last
        filled = polls.last >= evening + FILLING
        given_up = hourly >= evening + PERSISTENCE
        if (arrived and filled) or given_up:
            return next_slot(EVENINGS, now - SETTLING) + SETTLING
        return hourly

    def _announcements(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """Walk from one announcement to the next."""
        announcement = self.next_announcement(since)
        while announcement <= until:
            yield announcement
            announcement = self.next_announcement(announcement)

    def _left_out(self, evening: datetime) -> bool:
        """Whether a holiday takes away the announcement of this evening."""
        day = evening.astimezone(ZoneInfo(EASTERN)).date()
        if day.weekday() == _SUNDAY and self._holiday(day - timedelta(days=2)):
            return True
        return self._holiday(day)

    def _holiday(self, day: date) -> bool:
        """Whether arXiv rests on this day, as published or else as inferred."""
        known = self.holidays.get(day.year)
        return inferred(day) if known is None else day in known


def announcements_between(since: datetime, until: datetime) -> tuple[datetime, ...]:
    """List the announcements due after `since` and at or before `until`, by inferred holidays."""
    return Calendar().announcements_between(since, until)


def eastern(instant: datetime) -> str:
    """Write an instant on arXiv's clock, such as `Thu 19 Nov 20:00 EST`."""
    there = instant.astimezone(ZoneInfo(EASTERN))
    return f"{there:%a} {there.day} {there:%b %H:%M %Z}"


def inferred(day: date) -> bool:
    """Whether arXiv probably rests on this day, in a year whose holidays are not known.

    Inferred from the lists of 2022 to 2026: each has Martin Luther King's day, Juneteenth, Labor
    Day and Thanksgiving, and but for 2022 Independence Day, at the weekend moved to the nearest
    weekday. Around Christmas two or three days are free that differ from year to year, so no
    announcement between the 24th of December and New Year's Day is counted on.
    """
    if (day.month, day.day) == (1, 1) or (day.month == 12 and day.day >= 24):
        return True
    ranked = (day.month, day.weekday(), (day.day - 1) // 7 + 1)
    if ranked in {(1, _MONDAY, 3), (9, _MONDAY, 1), (11, _THURSDAY, 4)}:
        return True
    return any(day == _observed(date(day.year, *fixed)) for fixed in ((6, 19), (7, 4)))


def _observed(day: date) -> date:
    """Move a holiday at the weekend to the weekday beside it."""
    moves = {_SATURDAY: -1, _SUNDAY: 1}
    return day + timedelta(days=moves.get(day.weekday(), 0))
