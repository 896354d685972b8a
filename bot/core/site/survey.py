"""All that stands on the shelves, counted in one pass, with a key for each page that lists papers.

A key stands for the places that its page shows: while it stays the same, so does the page. It does
not hang on the order in which they came.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from bot.core.site.model import Counts, Place, Shelf

_ALL = 2**64
"""Sums of keys are taken to this modulus,"""
_ONE_MORE = 2**32
"""and stand above as many places as they are of: one number for both is the quickest to add to."""
_COMBINED = 2**14
"""Combinations of queries whose names are kept: thousands of papers share them."""
Around = tuple[date | None, date | None]
"""The days before and after one on which anything came."""


class Standing(NamedTuple):
    """A paper that has a page, with the slugs of its topics and of the people who wrote it."""

    place: Place
    topics: tuple[str, ...]
    authors: tuple[str, ...]


class Survey:
    """What the shelves of a site hold; with `until`, what came on that day or before."""

    def __init__(
        self, topics: Sequence[Shelf], authors: Sequence[Shelf], *, until: date | None = None
    ) -> None:
        self._topics = _by_hash(topics)
        self._authors = _by_hash(authors)
        self._until = until
        self._named = lru_cache(maxsize=_COMBINED)(self._slugs)
        self._months: defaultdict[str, defaultdict[date, int]]
        self._months = defaultdict(lambda: defaultdict(int))
        self._day: defaultdict[date, int] = defaultdict(int)
        self._author: defaultdict[str, int] = defaultdict(int)
        self._days: defaultdict[str, defaultdict[date, int]]
        self._days = defaultdict(lambda: defaultdict(int))
        self._all = 0

    def count(self, found: Iterable[Place]) -> list[Standing]:
        """Count some places, each once, and give those that have a page."""
        standings = self.standings(found)
        months, days, every = self._months, self._days, self._days[""]
        for (paper, _, day, updated, stamp), topics, authors in standings:
            told = f"{paper} {stamp} {' '.join(topics)}".encode()
            key = int.from_bytes(blake2b(told, digest_size=8).digest()) * _ONE_MORE + 1
            self._all += key
            month = _month(updated.year, updated.month)
            for slug in topics:
                months[slug][month] += key
                days[slug][day] += 1
            if topics:
                self._day[day] += key
                every[day] += 1
            for slug in authors:
                self._author[slug] += key
        return standings

    def standings(self, found: Iterable[Place]) -> list[Standing]:
        """Give those that have a page, in their order."""
        until, named = self._until or date.max, self._named
        standings = (
            Standing(place, *named(place.queries)) for place in found if place.day <= until
        )
        return [one for one in standings if one.topics or one.authors]

    @property
    def papers(self) -> int:
        """How many papers have a page."""
        return _count(self._all)

    def key(self) -> str:
        """Give the key of all papers together."""
        return _key(self._all)

    def counts(self) -> dict[str, Counts]:
        """Tell how much each topic holds by its slug, and all together under ""."""
        return {
            slug: Counts(sum(days.values()), dict(days))
            for slug, days in self._days.items()
            if days
        }

    def days(self) -> list[date]:
        """List the days on which anything came, the first one first."""
        return sorted(self._day)

    def months(self, topic: str) -> dict[date, int]:
        """Tell how many papers of a topic each month holds, the newest first, by its first day."""
        found: Mapping[date, int] = self._months.get(topic, {})
        return {month: _count(found[month]) for month in sorted(found, reverse=True)}

    def topic_key(self, topic: str) -> str:
        """Give the key of a topic's page."""
        return _key(sum(self._months.get(topic, {}).values()))

    def month_keys(self, topic: str) -> list[tuple[date, str]]:
        """Give the months of a topic by their first days, the first one first, with their keys."""
        return [(month, _key(one)) for month, one in sorted(self._months.get(topic, {}).items())]

    def day_keys(self) -> list[tuple[date, Around, str]]:
        """Give each day, the first one first, with those around it, which are part of its key."""
        days = self.days()
        return [
            (day, (before, after), f"{_key(self._day[day])} {before} {after}")
            for before, day, after in zip([None, *days], days, [*days[1:], None], strict=False)
        ]

    def author_key(self, author: str) -> str:
        """Give the key of somebody's page."""
        return _key(self._author.get(author, 0))

    def _slugs(self, queries: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Name the topics and the people that the queries are those of, each in its order."""
        held = frozenset(queries)
        return (
            tuple(slug for slug, query in self._topics if query in held),
            tuple(slug for slug, query in self._authors if query in held),
        )


@lru_cache(maxsize=1024)
def _month(year: int, month: int) -> date:
    return date(year, month, 1)


def _by_hash(shelves: Iterable[Shelf]) -> list[tuple[str, str]]:
    return [(one.slug, one.query.hash) for one in shelves]


def _count(total: int) -> int:
    return total % _ONE_MORE


def _key(total: int) -> str:
    """Write a sum; what is of nothing has no key."""
    key = total // _ONE_MORE % _ALL
    return f"{_count(total)}-{key:016x}" if total else ""
