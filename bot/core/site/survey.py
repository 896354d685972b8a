"""All that stands on the shelves, counted in one pass, with a key for each page that lists papers.

A key stands for the places that its page shows: while it stays the same, so does the page. It does
not hang on the order in which they came.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from bot.core.site.model import Counts, Place, Shelf

_ALL = 2**64
Around = tuple[date | None, date | None]
"""The days before and after one on which anything came."""


class Standing(NamedTuple):
    """A paper that has a page, with the slugs of its topics and of the people who wrote it."""

    place: Place
    topics: tuple[str, ...]
    authors: tuple[str, ...]


@dataclass(slots=True)
class _Sum:
    """A key that is being made, of how many places."""

    count: int = 0
    key: int = 0

    def add(self, key: int) -> None:
        self.count += 1
        self.key = (self.key + key) % _ALL

    def __str__(self) -> str:
        return f"{self.count}-{self.key:016x}"


class Survey:
    """What the shelves of a site hold; with `until`, what came on that day or before."""

    def __init__(
        self, topics: Sequence[Shelf], authors: Sequence[Shelf], *, until: date | None = None
    ) -> None:
        self._topics = _by_hash(topics)
        self._authors = _by_hash(authors)
        self._until = until
        self._named = lru_cache(maxsize=4096)(self._slugs)
        self._topic: defaultdict[str, _Sum] = defaultdict(_Sum)
        self._month: defaultdict[tuple[str, date], _Sum] = defaultdict(_Sum)
        self._day: defaultdict[date, _Sum] = defaultdict(_Sum)
        self._author: defaultdict[str, _Sum] = defaultdict(_Sum)
        self._days: defaultdict[str, Counter[date]] = defaultdict(Counter)
        self._all = _Sum()

    def count(self, found: Iterable[Place]) -> None:
        """Count some places, each once."""
        for one in self.standings(found):
            self._count(one)

    def standings(self, found: Iterable[Place]) -> list[Standing]:
        """Give those that have a page, in their order."""
        return [one for place in found if (one := self._standing(place)) is not None]

    @property
    def papers(self) -> int:
        """How many papers have a page."""
        return self._all.count

    def key(self) -> str:
        """Give the key of all papers together."""
        return str(self._all)

    def counts(self) -> dict[str, Counts]:
        """Tell how much each topic holds by its slug, and all together under ""."""
        return {slug: Counts(days.total(), days) for slug, days in self._days.items()}

    def days(self) -> list[date]:
        """List the days on which anything came, the first one first."""
        return sorted(self._day)

    def months(self, topic: str) -> dict[date, int]:
        """Tell how many papers of a topic each month holds, the newest first, by its first day."""
        found = {month: one.count for (slug, month), one in self._month.items() if slug == topic}
        return dict(sorted(found.items(), reverse=True))

    def topic_key(self, topic: str) -> str:
        """Give the key of a topic's page."""
        return str(self._topic.get(topic, ""))

    def month_keys(self, topic: str) -> list[tuple[date, str]]:
        """Give the months of a topic by their first days, the first one first, with their keys."""
        return sorted(
            (month, str(one)) for (slug, month), one in self._month.items() if slug == topic
        )

    def day_keys(self) -> list[tuple[date, Around, str]]:
        """Give each day, the first one first, with those around it, which are part of its key."""
        days = self.days()
        return [
            (day, (before, after), f"{self._day[day]} {before} {after}")
            for before, day, after in zip([None, *days], days, [*days[1:], None], strict=False)
        ]

    def author_key(self, author: str) -> str:
        """Give the key of somebody's page."""
        return str(self._author.get(author, ""))

    def _standing(self, place: Place) -> Standing | None:
        topics, authors = self._named(place.queries)
        late = self._until is not None and place.day > self._until
        return None if late or not (topics or authors) else Standing(place, topics, authors)

    def _count(self, one: Standing) -> None:
        place, topics, authors = one
        key = _key(place, topics)
        self._all.add(key)
        month = _month(place.updated.year, place.updated.month)
        for slug in topics:
            self._topic[slug].add(key)
            self._month[slug, month].add(key)
            self._days[slug][place.day] += 1
        if topics:
            self._day[place.day].add(key)
            self._days[""][place.day] += 1
        for slug in authors:
            self._author[slug].add(key)

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


def _key(place: Place, topics: tuple[str, ...]) -> int:
    told = f"{place.paper} {place.stamp} {' '.join(topics)}".encode()
    return int.from_bytes(blake2b(told, digest_size=8).digest())
