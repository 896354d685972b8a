"""What papers add to the counts and keys of the pages that list them.

Tallies add up: that of a site is the sum of those of its folders of papers, in any order.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple, Self

from bot.core.site.model import Place

_ALL = 2**64
"""Sums of keys are taken to this modulus,"""
_ONE_MORE = 2**32
"""and stand above as many papers as they are of: one number for both is the quickest to add to."""


class Standing(NamedTuple):
    """A paper that has a page, with the slugs of its topics and of the people who wrote it."""

    place: Place
    topics: tuple[str, ...]
    authors: tuple[str, ...]


class Tally:
    """Sums over some papers: over all, by day, by topic and month, and by person.

    A month is known by its first day. Whoever stands on no topic's shelf comes on no day.
    """

    __slots__ = ("authors", "days", "latest", "months", "papers")

    def __init__(self) -> None:
        self.papers = 0
        self.latest: date | None = None
        """The day of the newest version shown."""
        self.days: defaultdict[date, int] = defaultdict(int)
        self.months: defaultdict[str, defaultdict[date, int]]
        self.months = defaultdict(lambda: defaultdict(int))
        self.authors: defaultdict[str, int] = defaultdict(int)

    @classmethod
    def over(cls, standings: Iterable[Standing]) -> Self:
        """Take the sums over some papers, each of which is there once."""
        tally = cls()
        months, days, authors = tally.months, tally.days, tally.authors
        whole, latest = 0, date.min
        for (paper, _, day, updated, stamp), topics, people in standings:
            told = f"{paper} {stamp} {' '.join(topics)}".encode()
            key = int.from_bytes(blake2b(told, digest_size=8).digest()) * _ONE_MORE + 1
            whole += key
            latest = max(latest, updated.date())
            month = _month(updated.year, updated.month)
            for slug in topics:
                months[slug][month] += key
            if topics:
                days[day] += key
            for slug in people:
                authors[slug] += key
        tally.papers = whole
        tally.latest = latest if whole else None
        return tally

    def add(self, other: "Tally") -> None:
        """Add the sums over other papers."""
        self.papers += other.papers
        self.latest = max(filter(None, (self.latest, other.latest)), default=None)
        for day, one in other.days.items():
            self.days[day] += one
        for slug, held in other.months.items():
            mine = self.months[slug]
            for month, one in held.items():
                mine[month] += one
        for slug, one in other.authors.items():
            self.authors[slug] += one

    def written(self) -> list[Any]:
        """Write it as JSON has it; see `read`."""
        return [
            _bounded(self.papers),
            self.latest.toordinal() if self.latest else 0,
            _written(self.days),
            {slug: _written(held) for slug, held in self.months.items()},
            {slug: _bounded(one) for slug, one in self.authors.items()},
        ]

    @classmethod
    def read(cls, told: Sequence[Any]) -> Self:
        """Read what `written` gave; raises ValueError, TypeError or AttributeError for others."""
        papers, latest, days, months, authors = told
        tally = cls()
        tally.papers = int(papers)
        tally.latest = date.fromordinal(latest) if latest else None
        tally.days.update(_read(days))
        for slug, held in months.items():
            tally.months[slug].update(_read(held))
        tally.authors.update((slug, int(one)) for slug, one in authors.items())
        return tally


def count(total: int) -> int:
    """Tell of how many papers a sum is."""
    return total % _ONE_MORE


def key(total: int) -> str:
    """Write the key of a sum; what is of nothing has none."""
    told = total // _ONE_MORE % _ALL
    return f"{count(total)}-{told:016x}" if total else ""


@lru_cache(maxsize=1024)
def _month(year: int, month: int) -> date:
    return date(year, month, 1)


def _bounded(total: int) -> int:
    """Cut a sum to what keys and counts hang on."""
    return total % (_ALL * _ONE_MORE)


def _written(sums: dict[date, int]) -> list[list[int]]:
    return [[day.toordinal(), _bounded(sums[day])] for day in sorted(sums)]


def _read(told: Iterable[tuple[int, int]]) -> dict[date, int]:
    return {date.fromordinal(day): int(one) for day, one in told}
