"""How well a paper matches a query, so that the best match can stand first."""

from typing import NamedTuple

from bot.core.model import Paper
from bot.core.query import Query
from bot.core.query.evidence import evidence
from bot.core.query.expression import Author, Dates, Label
from bot.core.query.isolation import Fault

MOST = 65_536
"""Pairs of a query and a paper that are remembered; each takes a quarter of a kilobyte."""


class Match(NamedTuple):
    """How well a paper matches; of two, the one that compares as greater matches better.

    It counts the people asked for who wrote it, then the words and phrases of the query that stand
    in the title, those in the abstract, and those that stand elsewhere only. Categories, dates and
    ids narrow a query, and say nothing of how well it is met.
    """

    people: int = 0
    title: int = 0
    abstract: int = 0
    elsewhere: int = 0


NO_MATCH = Match()


def match(query: Query, paper: Paper) -> Match:
    """Tell how well a paper matches, by the clauses that match as a whole."""
    people = title = abstract = elsewhere = 0
    for term, where in evidence(query, paper):
        if isinstance(term, Author):
            people += 1
        elif not isinstance(term, Label | Dates):
            title += "title" in where
            abstract += "abstract" in where
            elsewhere += not {"title", "abstract"}.intersection(where)
    return Match(people, title, abstract, elsewhere)


class Ranking:
    """Remembers, while a pass goes on, how well papers match: many readers share both.

    A query that raises an error puts no paper before another, and `failed` tells its fault, by the
    query's text.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[Query, str, int], Match] = {}
        self.failed: dict[str, Fault] = {}

    def of(self, query: Query, paper: Paper) -> Match:
        """Tell how well a paper matches."""
        key = (query, paper.id, paper.version)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= MOST:
                self._known.clear()
            known = self._known[key] = self._match(query, paper)
        return known

    def _match(self, query: Query, paper: Paper) -> Match:
        try:
            return match(query, paper)
        except Exception as failure:  # noqa: BLE001  # an order is worth no digest
            self.failed[query.text] = Fault.of(failure)
            return NO_MATCH
