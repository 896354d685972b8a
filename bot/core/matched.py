"""What queries match of the log, gathered for each when a digest asks for it."""

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import NamedTuple

from bot.core.model import Announcement
from bot.core.query.places import Found


class _Page(NamedTuple):
    """Rows of the log by their places, which of them queries match, and matched already."""

    rows: Mapping[int, Announcement]
    found: Found
    already: Mapping[str, Container[int]]


class Matched(Mapping[str, list[Announcement]]):
    """By query hash, the announcements that a query matches, in the order of the log.

    Of a million queries most match dozens of papers: as lists of announcements these would take
    longer to write than to find, and most of the memory.
    """

    def __init__(self) -> None:
        self._pages: list[_Page] = []

    def add(
        self, page: Sequence[Announcement], found: Found, already: Mapping[str, Container[int]]
    ) -> None:
        """Add the log's next page: what is found in it, by places, but for what was already.

        Of the page nothing is kept but what some query matches.
        """
        rows = {place: page[place] for place in found.anywhere()}
        self._pages.append(_Page(rows, found, already))

    def __add__(self, later: "Matched") -> "Matched":
        """Join with what comes later in the log."""
        joined = Matched()
        joined._pages = self._pages + later._pages
        return joined

    def __getitem__(self, query: str) -> list[Announcement]:
        """Gather what a query matches; raises KeyError where that is nothing."""
        gathered = list(self._of(query))
        if not gathered:
            raise KeyError(query)
        return gathered

    def _of(self, query: str) -> Iterator[Announcement]:
        for rows, found, already in self._pages:
            known = already.get(query, ())
            for place in found.get(query, ()):
                if place not in known:
                    yield rows[place]

    def __iter__(self) -> Iterator[str]:
        """Give the queries that match anything."""
        named = dict.fromkeys(query for page in self._pages for query in page.found)
        return (query for query in named if query in self)

    def __len__(self) -> int:
        """Tell how many queries match anything."""
        return sum(1 for _ in self)
