"""When a digest is due: each subscriber's hour and days, in their own time zone.

A local time that daylight saving skips moves forward to the first instant after the gap; one that
it repeats fires at its first occurrence only. Slots that passed unserved coalesce: only the latest
counts.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Schedule:
    """A local time on some days of the week (Monday is 0); `at` None means immediately."""

    timezone: str
    at: time | None
    days: frozenset[int] = EVERY_DAY

    def __str__(self) -> str:
        """Write the schedule as the store keeps it, to tell when it changed."""
        when = "immediately" if self.at is None else self.at.strftime("%H:%M")
        return f"{when} {''.join(str(day) for day in sorted(self.days))} {self.timezone}"

    @classmethod
    def read(cls, written: str) -> Self:
        """Read back what `str` has written."""
        when, days, timezone = written.split(" ", 2)
        at = None if when == "immediately" else time.fromisoformat(when)
        return cls(timezone, at, frozenset(map(int, days)))


def last_slot(schedule: Schedule, now: datetime) -> datetime:
    """Tell the latest instant at or before `now` (aware) for which a digest is due, in UTC."""
    if schedule.at is None:
        return now.astimezone(UTC)
    return _search(schedule, now, step=-1)


def next_slot(schedule: Schedule, after: datetime) -> datetime:
    """Tell the first instant after `after` (aware) for which a digest is due, in UTC.

    With `immediately` that is `after` itself: the subscription is always due.
    """
    if schedule.at is None:
        return after.astimezone(UTC)
    return _search(schedule, after, step=1)


def first_slot(schedule: Schedule, day: date) -> datetime:
    """Tell the first instant, on this local day or after it, for which a digest is due, in UTC.

    With `immediately` that is when the day begins.
    """
    beginning = _instant(day, time(), ZoneInfo(schedule.timezone))
    if schedule.at is None:
        return beginning
    return next_slot(schedule, beginning - timedelta(microseconds=1))


def _search(schedule: Schedule, start: datetime, *, step: int) -> datetime:
    """Walk the days from `start` on, forward or back, to the nearest slot."""
    zone = ZoneInfo(schedule.timezone)
    today = start.astimezone(zone).date()
    # Where clocks change at midnight a slot can lie on the day before or after its own, so the
    # walk begins one day on the far side.
    days = (today + timedelta(days=step * offset) for offset in range(-1, 9))
    slots = (
        _instant(day, schedule.at or time(), zone) for day in days if day.weekday() in schedule.days
    )
    return next(slot for slot in slots if ((slot > start) if step > 0 else (slot <= start)))


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Turn a local time into UTC: after a gap (to the minute), and at the first of two."""
    local = datetime.combine(day, at, zone)
    # A local time that was skipped does not come back from UTC as it went.
    while (instant := local.astimezone(UTC)).astimezone(zone) != local:
        local += timedelta(minutes=1)
    return instant
