"""When arXiv announces, and so when to poll: Sunday to Thursday at 20:00 US Eastern time.

Source: arXiv's submission schedule (https://info.arxiv.org/help/availability.html). Holidays are
not known here: on one, nothing comes, and the hourly polls end after a day.
"""

from datetime import UTC, datetime, time, timedelta

from bot.core.schedule import Schedule, last_slot, next_slot

_MONDAY, _TUESDAY, _WEDNESDAY, _THURSDAY, _SUNDAY = 0, 1, 2, 3, 6
ANNOUNCEMENTS = Schedule(
    "America/New_York",
    time(20, 0),
    frozenset({_SUNDAY, _MONDAY, _TUESDAY, _WEDNESDAY, _THURSDAY}),
)
SETTLING = timedelta(minutes=5)
"""arXiv's index begins to fill some minutes after the hour."""
INTERVAL = timedelta(hours=1)
PERSISTENCE = timedelta(hours=24)
"""How long an announcement that does not come is asked for every hour."""


def next_poll(now: datetime, last_poll: datetime | None, last_news: datetime | None) -> datetime:
    """Tell when to poll next, in UTC; an instant at or before `now` means at once.

    `last_poll` is when the last poll ended well, `last_news` the last that brought anything. The
    index fills progressively, so a poll that brought news is followed by another an hour later.
    """
    if last_poll is None:
        return now.astimezone(UTC)
    announced = last_slot(ANNOUNCEMENTS, now - SETTLING) + SETTLING
    following = next_slot(ANNOUNCEMENTS, now - SETTLING) + SETTLING
    if last_poll < announced:
        return announced
    arrived = last_news is not None and announced <= last_news
    if arrived and last_news != last_poll:
        return following
    hourly = (last_poll + INTERVAL).astimezone(UTC)
    return hourly if hourly < announced + PERSISTENCE else following
