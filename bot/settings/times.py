"""Zones, hours, days and lengths of time as the configuration writes them."""

import re
from datetime import time, timedelta
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator

from bot.core.window import DAYS
from bot.settings.shown import did_you_mean, listed, shown

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SHORTEST_RETENTION = timedelta(days=2 * DAYS)
_HOURS = {"h": 1, "d": 24, "w": 24 * 7, "y": 24 * 365}


@lru_cache(maxsize=1024)
def zone(value: str) -> str:
    """Check the IANA name of a time zone."""
    # posix/ and right/ are copies of the database; right/ counts leap seconds.
    if re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", value) and not value.startswith(
        ("posix/", "right/", "localtime")
    ):
        try:
            return ZoneInfo(value).key
        except (KeyError, ValueError, OSError):
            pass
    cure = 'Write an IANA name, such as "Europe/Madrid" or "UTC".'
    raise ValueError(f"{shown(value)} is not a time zone. {_nearest(value, cure)}")


def _nearest(value: str, otherwise: str) -> str:
    """Suggest a zone by its whole name, or by its city."""
    names = sorted(available_timezones())
    wanted = value.strip().replace(" ", "_")
    cities = {name.rpartition("/")[2].casefold(): name for name in names}
    city = wanted.rpartition("/")[2].casefold()
    if city in cities:
        return f"Did you mean {shown(cities[city])}?"
    return did_you_mean(wanted, names, otherwise)


def span(value: object) -> timedelta:
    """Read a whole number and a unit; raises ValueError for anything else."""
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"([0-9]{1,6})([hdwy])", value) if isinstance(value, str) else None
    hours = int(match[1]) * _HOURS[match[2]] if match else None
    if hours is None or hours > 100 * _HOURS["y"]:
        raise ValueError(
            f"{shown(value)} is not a length of time. Write a whole number and a unit in quotes: "
            '"36h", "7d", "2w" or "2y", at most "100y".'
        )
    return timedelta(hours=hours)


def _lasting(value: timedelta) -> timedelta:
    if not value:
        raise ValueError('this must be longer than nothing. Write for example "36h" or "7d".')
    return value


def _beyond_reach(value: timedelta) -> timedelta:
    if value < SHORTEST_RETENTION:
        days = SHORTEST_RETENTION.days
        raise ValueError(
            f"this is too short: polls and first digests look {DAYS} days back, and what they meet "
            f'must still be known. Write at least "{days}d".'
        )
    return value


def _within_polls(value: timedelta) -> timedelta:
    if value > timedelta(days=DAYS):
        raise ValueError(
            f'this is too far back: polls look {DAYS} days back. Write at most "{DAYS}d".'
        )
    return value


def hour(value: object) -> time | None:
    """Read a local time; None stands for "immediately". Raises ValueError for anything else."""
    if value is None or value == "immediately":
        return None
    if isinstance(value, time):
        return value.replace(second=0, microsecond=0)
    match = (
        re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", value) if isinstance(value, str) else None
    )
    if match:
        return time(int(match[1]), int(match[2]))
    raise ValueError(
        f'{shown(value)} is not an hour. Write "HH:MM" between "00:00" and "23:59", such as '
        '"08:30", or "immediately".'
    )


def _on_a_clock(value: time | None) -> time:
    if value is None:
        raise ValueError('"immediately" is no hour. Write one, such as "08:30".')
    return value


def _day(value: str) -> str:
    if value not in WEEK:
        hint = did_you_mean(value[:3], WEEK, f"Write {listed(WEEK)}.")
        raise ValueError(f"{shown(value)} is not a day of the week. {hint}")
    return value


Zone = Annotated[str, AfterValidator(zone)]
Span = Annotated[timedelta, BeforeValidator(span)]
"""A length of time, maybe nothing: a year counts 365 days."""
LastingSpan = Annotated[Span, AfterValidator(_lasting)]
Retention = Annotated[Span, AfterValidator(_beyond_reach)]
"""How long what is settled is kept."""
Reach = Annotated[Span, AfterValidator(_within_polls)]
"""How far into the past a first digest may go: no poll looks further."""
Hour = Annotated[time | None, BeforeValidator(hour)]
"""A local time to the minute; None stands for "immediately"."""
ClockTime = Annotated[Hour, AfterValidator(_on_a_clock)]
"""A local time to the minute."""
Day = Annotated[str, AfterValidator(_day)]
