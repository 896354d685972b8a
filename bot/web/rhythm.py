"""When digests come, in words."""

from bot.core.render.wording import names
from bot.core.schedule import EVERY_DAY, Schedule

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAYS = frozenset(range(5))


def days(wanted: frozenset[int]) -> str:
    """Write `Every weekday`, `Every day`, `Every Monday` or `Mondays and Thursdays`."""
    if wanted == EVERY_DAY:
        return "Every day"
    if wanted == _WEEKDAYS:
        return "Every weekday"
    if len(wanted) == 1:
        return f"Every {_DAYS[min(wanted)]}"
    return names([f"{_DAYS[day]}s" for day in sorted(wanted)], len(_DAYS))


def rhythm(schedule: Schedule) -> str:
    """Write `Every weekday at 08:30 (Europe/Madrid)`."""
    when = f" at {schedule.at:%H:%M}" if schedule.at is not None else ", at once"
    return f"{days(schedule.days)}{when} ({schedule.timezone})"
