"""The days of arXiv's announcement feeds: each is of one day in US Eastern time.

The feed of a day holds the announcement of the evening before, from shortly after midnight on, and
is empty where there was none.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core.arxiv_calendar import EASTERN, Calendar

READY = timedelta(minutes=10)
"""How long after midnight a feed may still be that of the day before."""

_ZONE = ZoneInfo(EASTERN)


def day_of(instant: datetime) -> date:
    """Tell on which of arXiv's days `instant` (aware) lies."""
    return instant.astimezone(_ZONE).date()


def midnight(day: date) -> datetime:
    """Tell when a feed of that day says it was published, in UTC."""
    return datetime.combine(day, time(), _ZONE).astimezone(UTC)


def expected_day(now: datetime, calendar: Calendar) -> date:
    """Tell the latest day whose feed should be there by `now` and hold an announcement.

    At a weekend that is Friday: its feed is gone by then, and those of the weekend are empty.
    """
    today = midnight(day_of(now - READY))
    return day_of(calendar.last_announcement(today)) + timedelta(days=1)


def unread_days(read: date, until: date, calendar: Calendar) -> tuple[date, ...]:
    """List the days between these two, without them, whose feeds held an announcement."""
    evenings = calendar.announcements_between(midnight(read), midnight(until))
    days = (day_of(evening) + timedelta(days=1) for evening in evenings)
    return tuple(day for day in days if day < until)


def holds_the_last(day: date, now: datetime, calendar: Calendar) -> bool:
    """Tell whether nothing has been announced since the feed of that day, by `now`."""
    return midnight(day) >= calendar.last_announcement(now)
