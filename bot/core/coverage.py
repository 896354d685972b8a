"""How complete a digest is: what was announced in its reader's categories, and what has come."""

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from typing import NamedTuple

from bot.core.baseline import scopes_of_categories
from bot.core.model import Announcement

SOURCES = ("arxiv_api", "arxiv_rss", "arxiv_oai", "arxiv_ids")
"""The order in which sources are named; others follow by name."""


class Count(NamedTuple):
    """How many papers came, and what brought them."""

    papers: int = 0
    sources: tuple[str, ...] = ()


class _Row(NamedTuple):
    """What is kept of a row: `scopes` and `sources` by name, and whether the paper is partial."""

    seq: int
    date: datetime
    paper: str
    scopes: frozenset[str]
    sources: frozenset[str]
    partial: bool


class Census:
    """Counts the papers of some rows of the log, for any scopes and from any row or date on.

    A paper counts once however many rows it has; a late cross-list counts in the categories that
    it added. A revision does not count, nor does it that a paper announced before was completed.
    What is asked again is answered from memory.
    """

    def __init__(self, rows: Iterable[Announcement] = ()) -> None:
        self._rows: list[_Row] = []
        self._partial: list[_Row] = []
        self._ranges: dict[tuple[int, datetime | None], _Range] = {}
        self._incomplete: dict[tuple[frozenset[str], int], frozenset[datetime]] = {}
        self.add(rows)

    def add(self, rows: Iterable[Announcement]) -> None:
        """Take further rows, in any order."""
        counted = [_row(one) for one in rows if one.former is None and not one.completed]
        self._rows += counted
        self._partial += [row for row in counted if row.partial]
        self._ranges.clear()
        self._incomplete.clear()

    def count(
        self, scopes: frozenset[str], *, after: int = 0, since: datetime | None = None
    ) -> Count:
        """Count the papers in `scopes` that have a row above `after`, dated at or after `since`."""
        asked = after, since
        if asked not in self._ranges:
            begun = (row for row in self._rows if since is None or row.date >= since)
            self._ranges[asked] = _Range(row for row in begun if row.seq > after)
        return self._ranges[asked].count(scopes)

    def incomplete(self, scopes: frozenset[str], *, after: int = 0) -> frozenset[datetime]:
        """Tell when the papers in `scopes` came that have a row above `after` and are partial."""
        asked = scopes, after
        if asked not in self._incomplete:
            self._incomplete[asked] = frozenset(
                row.date
                for row in self._partial
                if row.seq > after and not scopes.isdisjoint(row.scopes)
            )
        return self._incomplete[asked]


class _Range:
    """The rows of one question, the first of each paper, as a set of their places a scope."""

    def __init__(self, rows: Iterable[_Row]) -> None:
        first: dict[str, _Row] = {}
        for row in rows:
            # A paper's first row is in all the scopes of its later ones.
            if row.paper not in first or row.seq < first[row.paper].seq:
                first[row.paper] = row
        self._counts: dict[frozenset[str], Count] = {}
        self._scopes: dict[str, set[int]] = {}
        self._sources: dict[str, set[int]] = {}
        for place, row in enumerate(first.values()):
            for scope in row.scopes:
                self._scopes.setdefault(scope, set()).add(place)
            for source in row.sources:
                self._sources.setdefault(source, set()).add(place)

    def count(self, scopes: frozenset[str]) -> Count:
        """Count the papers in `scopes`, or remember them."""
        if scopes not in self._counts:
            found = reduce(or_, (self._scopes.get(one, set()) for one in scopes), set[int]())
            brought = [name for name, rows in self._sources.items() if not rows.isdisjoint(found)]
            self._counts[scopes] = Count(len(found), _ordered(brought))
        return self._counts[scopes]


def _row(one: Announcement) -> _Row:
    """Keep what is counted by."""
    scopes = scopes_of_categories(one.late or one.paper.categories)
    return _Row(one.seq, one.date, one.paper.id, scopes, one.sources, one.paper.partial)


def _ordered(sources: Iterable[str]) -> tuple[str, ...]:
    """Put sources into the order in which they are named."""
    rank = {name: place for place, name in enumerate(SOURCES)}
    return tuple(sorted(sources, key=lambda one: (rank.get(one, len(rank)), one)))
