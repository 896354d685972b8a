"""Whom readers follow: which of a paper's authors their topics ask for by name."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot.core.model import Entry
from bot.core.query import Query, Verdict, explain, names
from bot.core.query.expression import And, Author, Node, Or, any_of, write
from bot.core.subscription import Subscription, Topic

Identity = tuple[str, str, str]
"""A subscriber's name, a channel, and an address there."""


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

    def marked(self, reader: Identity, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """Give the entries with those authors noted whom the reader's topics ask for."""
        topics = self._topics.get(reader, ())
        return tuple(mark(topics, entries)) if topics else tuple(entries)


def mark(topics: Sequence[Topic], entries: Iterable[Entry]) -> Iterator[Entry]:
    """Give each entry with the authors noted for whom one of its topics gives it.

    A name counts only in a clause that matches as a whole: who follows "Wei Li" in mathematics, or
    together with a coauthor, is shown no other.
    """
    for entry in entries:
        places = {
            place
            for topic in topics
            if topic.name in entry.topics
            for place in _places(topic.query, entry)
        }
        yield replace(entry, followed=tuple(sorted(places))) if places else entry


def _places(query: Query, entry: Entry) -> tuple[int, ...]:
    """Tell which of the authors a query gives the paper for."""
    if not names(query, entry.paper):  # far quicker than an explanation
        return ()
    found = tuple(_matched(explain(query, entry.paper)))
    if not found:
        return ()
    wanted = any_of(found)
    return names(Query(write(wanted), wanted.key, wanted), entry.paper)


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
