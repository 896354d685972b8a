"""arXiv's days as the simulated arXiv keeps them: evenings of announcement, cutoffs, feeds.

Told apart from the bot's own calendar, so that neither can hide a mistake of the other.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
DAY = timedelta(days=1)
_OFF = frozenset({"Fri", "Sat"})


@cache
def eastern(day: date, hour: int, minute: int = 0) -> datetime:
    """Tell an hour of an Eastern day in UTC."""
    return datetime.combine(day, time(hour, minute), EASTERN).astimezone(UTC)


def evenings(first: date, last: date, holidays: frozenset[date]) -> list[datetime]:
    """List the announcements from `first` to `last`: Sunday to Thursday, 20:00 Eastern."""
    days = [first + DAY * number for number in range((last - first).days + 1)]
    return [
        eastern(day, 20) for day in days if day.strftime("%a") not in _OFF and day not in holidays
    ]


def cutoff(evening: datetime) -> datetime:
    """Tell until when a paper must be submitted to be announced on that evening."""
    return eastern(evening.astimezone(EASTERN).date(), 14)


@cache
def harvest_start(evening: datetime) -> datetime:
    """Tell from when OAI-PMH knows an evening's announcement: 22:30 Eastern."""
    return eastern(evening.astimezone(EASTERN).date(), 22, 30)
