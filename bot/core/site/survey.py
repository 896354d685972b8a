"""All that stands on the shelves, counted folder by folder, with a key for each page of a list.

A key stands for the places that its page shows: while it stays the same, so does the page. It does
not hang on the order in which they came.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache

from bot.core.site.model import Counts, Place, Shelf
from bot.core.site.tally import Standing, Tally, count, key

_COMBINED = 2**14
"""Combinations of queries whose names are kept: thousands of papers share them."""
Around = tuple[date | None, date | None]
"""The days before and after one on which anything came."""


class Survey:
    """What the shelves of a site hold; with `until`, what came on that day or before."""

    def __init__(
        self, topics: Sequence[Shelf], authors: Sequence[Shelf], *, until: date | None = None
    ) -> None:
        self._topics = _by_hash(topics)
        self._authors = _by_hash(authors)
        self._until = until
        self._named = lru_cache(maxsize=_COMBINED)(self._slugs)
        self.folders: dict[str, Tally] = {}
        """What each folder of papers adds, by its name."""
        self._whole = Tally()

    def add(self, folder: str, tally: Tally) -> None:
        """Count the papers of one more folder."""
        if tally.papers:
            self.folders[folder] = tally
            self._whole.add(tally)

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
        return count(self._whole.papers)

    def key(self) -> str:
        """Give the key of all papers together."""
        return key(self._whole.papers)

    def folder_key(self, folder: str) -> str:
        """Give the key of the papers of a folder."""
        return key(self.folders[folder].papers)

    def counts(self, lately: Mapping[str, Mapping[date, int]]) -> dict[str, Counts]:
        """Tell how much each topic holds by its slug, and all together under "".

        A topic's counts of days are those of `lately`, by the hash of its query.
        """
        held = {
            slug: Counts(total, lately.get(query, {}))
            for slug, query in self._topics
            if (total := count(self._topic(slug)))
        }
        days = {day: count(one) for day, one in self._whole.days.items()}
        return {"": Counts(sum(days.values()), days), **held} if days else {}

    def days(self) -> list[date]:
        """List the days on which anything came, the first one first."""
        return sorted(self._whole.days)

    def months(self, topic: str) -> dict[date, int]:
        """Tell how many papers of a topic each month holds, the newest first, by its first day."""
        found = self._months(topic)
        return {month: count(found[month]) for month in sorted(found, reverse=True)}

    def topic_key(self, topic: str) -> str:
        """Give the key of a topic's page."""
        return key(self._topic(topic))

    def month_keys(self, topic: str) -> list[tuple[date, str]]:
        """Give the months of a topic by their first days, the first one first, with their keys."""
        return [(month, key(one)) for month, one in sorted(self._months(topic).items())]

    def day_keys(self) -> list[tuple[date, Around, str]]:
        """Give each day, the first one first, with those around it, which are part of its key."""
        days = self.days()
        return [
            (day, (before, after), f"{key(self._whole.days[day])} {before} {after}")
            for before, day, after in zip([None, *days], days, [*days[1:], None], strict=False)
        ]

    def author_key(self, author: str) -> str:
        """Give the key of somebody's page."""
        return key(self._whole.authors.get(author, 0))

    def _topic(self, topic: str) -> int:
        return sum(self._months(topic).values())

    def _months(self, topic: str) -> Mapping[date, int]:
        return self._whole.months.get(topic, {})

    def _slugs(self, queries: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Name the topics and the people that the queries are those of, each in its order."""
        held = frozenset(queries)
        return (
            tuple(slug for slug, query in self._topics if query in held),
            tuple(slug for slug, query in self._authors if query in held),
        )


def _by_hash(shelves: Iterable[Shelf]) -> list[tuple[str, str]]:
    return [(one.slug, one.query.hash) for one in shelves]
