"""Whom readers follow: which of a paper's authors their topics ask for by name."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from bot.core.model import Entry
from bot.core.query import Query, Verdict, explain, names
from bot.core.query.expression import And, Author, Node, Or, any_of
from bot.core.query.isolation import Fault
from bot.core.subscription import Subscription, Topic

Identity = tuple[str, str, str]
"""A subscriber's name, a channel, and an address there."""


class Marked(NamedTuple):
    """Entries with the authors noted, and the faults of queries that raised an error, by topic."""

    entries: tuple[Entry, ...]
    failed: Mapping[str, Fault]


class Following:
    """The topics of each subscription that ask for authors by name."""

    def __init__(self, subscriptions: Iterable[Subscription] = ()) -> None:
        known: dict[Query, bool] = {}
        self._topics: dict[Identity, tuple[Topic, ...]] = {}
        for one in subscriptions:
            for topic in one.topics:
                if topic.query not in known:
                    known[topic.query] = any(_authors(topic.query.expression))
            topics = tuple(topic for topic in one.topics if known[topic.query])
            if topics:
                self._topics[one.subscriber, one.channel, one.address] = topics

    def marked(self, reader: Identity, entries: Sequence[Entry]) -> Marked:
        """Give the entries with those authors noted whom the reader's topics ask for."""
        return mark(self._topics.get(reader, ()), entries)


def mark(topics: Sequence[Topic], entries: Iterable[Entry]) -> Marked:
    """Give each entry with the authors noted for whom one of its topics gives it.

    A name counts only in a clause that matches as a whole: who follows "Wei Li" in mathematics, or
    together with a coauthor, is shown no other. A query that raises an error marks nobody in that
    entry.
    """
    marked: list[Entry] = []
    failed: dict[str, Fault] = {}
    for entry in entries:
        places: set[int] = set()
        for topic in topics:
            if topic.name in entry.topics:
                try:
                    places.update(_places(topic.query, entry))
                except Exception as failure:  # noqa: BLE001  # a mark is worth no digest
                    failed[topic.name] = Fault.of(failure)
        marked.append(replace(entry, followed=tuple(sorted(places))) if places else entry)
    return Marked(tuple(marked), failed)


def _places(query: Query, entry: Entry) -> tuple[int, ...]:
    """Tell which of the authors a query gives the paper for."""
    if not names(query, entry.paper):  # far quicker than an explanation
        return ()
    found = tuple(_matched(explain(query, entry.paper)))
    if not found:
        return ()
    return names(Query.of(any_of(found)), entry.paper)


def _matched(verdict: Verdict) -> Iterator[Author]:
    """Give the authors' names that stand in matched clauses only."""
    if not verdict.matched:
        return
    match verdict.node:
        case Author() as term:
            yield term
        case And() | Or():
            for inner in verdict.inner:
                yield from _matched(inner)
        case _:
            return


def _authors(node: Node) -> Iterator[Author]:
    """Give the authors' names that a query asks for."""
    match node:
        case Author():
            yield node
        case And(nodes) | Or(nodes):
            for inner in nodes:
                yield from _authors(inner)
        case _:
            return
