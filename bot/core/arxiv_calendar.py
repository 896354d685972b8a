"""When arXiv announces, and so when to poll: Sunday to Thursday at 20:00 US Eastern time.

Source: arXiv's submission schedule (https://info.arxiv.org/help/availability.html). Holidays are
not known here: on one, nothing comes, and the hourly polls end after a day.
"""

from dataclasses import dataclass
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
FILLING = timedelta(hours=4)
"""How long after an announcement the index may still fill: 1 h 39 min were measured."""
PERSISTENCE = timedelta(hours=24)
"""How long an announcement that does not come is asked for every hour."""


@dataclass(frozen=True, slots=True)
class Polls:
    """What is known of earlier polls: the last, whether it was whole, the last that had news."""

    last: datetime | None = None
    whole: bool = True
    news: datetime | None = None


def next_poll(now: datetime, polls: Polls) -> datetime:
    """Tell when to poll next, in UTC; an instant at or before `now` means at once.

    A poll that failed is repeated every hour. One that was whole is, too, until the announcement
    has come, the index has had time to fill, and a poll has brought nothing more; or for a day.
    """
    if polls.last is None or polls.last > now:  # or the clock was wrong
        return now.astimezone(UTC)
    announced = last_slot(ANNOUNCEMENTS, now - SETTLING) + SETTLING
    if polls.last < announced:
        return announced
    hourly = (polls.last + INTERVAL).astimezone(UTC)
    if not polls.whole:
        return hourly
    arrived = polls.news is not None and announced <= polls.news < polls.last
    filled = polls.last >= announced + FILLING
    given_up = hourly >= announced + PERSISTENCE
    if (arrived and filled) or given_up:
        return next_slot(ANNOUNCEMENTS, now - SETTLING) + SETTLING
    return hourly
