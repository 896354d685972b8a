"""The archive as a calendar: months of weeks of days, each with how many papers it brought."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from math import ceil, sqrt

LEVELS = 4
"""Shades of a day, the darkest for the most papers."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_WEEK = 7


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a month, how many papers came, and its shade: 0 for none to LEVELS."""

    date: date
    count: int
    level: int


@dataclass(frozen=True, slots=True)
class Month:
    """A month by its first day, and its weeks from Monday on: None where a day is another's."""

    first: date
    count: int
    weeks: Sequence[Sequence[Day | None]]


@dataclass(frozen=True, slots=True)
class Year:
    """Those months of a year that brought anything, the newest first."""

    year: int
    count: int
    months: Sequence[Month]


def years_of(days: Mapping[date, int]) -> tuple[Year, ...]:
    """Arrange the days by year and month, the newest first; months of nothing are left out."""
    most = max(days.values(), default=0)
    held = {day: count for day, count in days.items() if count}
    firsts = sorted({day.replace(day=1) for day in held}, reverse=True)
    found = []
    for year, members in groupby(firsts, key=lambda first: first.year):
        months = [_month(first, held, most) for first in members]
        found.append(Year(year, sum(month.count for month in months), months))
    return tuple(found)


def level(count: int, most: int) -> int:
    """Give the shade of a count; the square root tells small ones apart where one is large."""
    return ceil(LEVELS * sqrt(count / most)) if count else 0


def _month(first: date, days: Mapping[date, int], most: int) -> Month:
    last = monthrange(first.year, first.month)[1]
    dates = [first.replace(day=number) for number in range(1, last + 1)]
    counts = [(one, days.get(one, 0)) for one in dates]
    whole = [Day(one, count, level(count, most)) for one, count in counts]
    cells: list[Day | None] = [*[None] * first.weekday(), *whole]
    cells += [None] * (-len(cells) % _WEEK)
    weeks = [cells[at : at + _WEEK] for at in range(0, len(cells), _WEEK)]
    return Month(first, sum(one.count for one in whole), weeks)
