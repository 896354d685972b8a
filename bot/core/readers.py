"""What readers want to see: which words matched, whom of the authors they follow, which layout."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from bot.core.digest import USUAL, Style
from bot.core.marks import NO_MARKS, Marks
from bot.core.model import Entry, Paper
from bot.core.query import Query
from bot.core.query.evidence import evidence, marked, named_by
from bot.core.query.isolation import Fault
from bot.core.query.reading import merged
from bot.core.render.wording import display
from bot.core.subscription import Subscription, Topic

Identity = tuple[str, str, str]
"""A subscriber's name, a channel, and an address there."""

MOST = 8_192
"""Pairs of a query and a paper that are remembered, each with a paper of some kilobytes."""


class Told(NamedTuple):
    """What to mark: positions in a paper's authors, and the words that matched."""

    followed: tuple[int, ...] = ()
    marks: Marks = NO_MARKS


class Marked(NamedTuple):
    """Entries with all that is to be marked, and the faults of queries that failed, by topic."""

    entries: tuple[Entry, ...]
    failed: Mapping[str, Fault]


class Readers:
    """The subscriptions of readers, by identity, as they are now.

    What a query marks in a paper is remembered: many readers share both.
    """

    def __init__(self, subscriptions: Iterable[Subscription] = ()) -> None:
        self._subscriptions: dict[Identity, Subscription] = {}
        self._told = lru_cache(maxsize=MOST)(_told)
        self.join(subscriptions)

    def join(self, subscriptions: Iterable[Subscription]) -> None:
        """Come to know more of them."""
        for one in subscriptions:
            self._subscriptions[one.subscriber, one.channel, one.address] = one

    def style(self, reader: Identity) -> Style:
        """Tell how a reader wants digests to look."""
        subscription = self._subscriptions.get(reader)
        return USUAL if subscription is None else subscription.style

    def marked(self, reader: Identity, entries: Sequence[Entry]) -> Marked:
        """Give each entry with what made the reader's topics give it.

        A word or a name counts only in a clause that matches as a whole: who follows "Wei Li" in
        mathematics, or together with a coauthor, is shown no other. A query that raises an error
        marks nothing.
        """
        subscription = self._subscriptions.get(reader)
        topics = subscription.topics if subscription is not None else ()
        failed: dict[str, Fault] = {}
        return Marked(tuple(self._marked(topics, entry, failed) for entry in entries), failed)

    def _marked(self, topics: Sequence[Topic], entry: Entry, failed: dict[str, Fault]) -> Entry:
        """Mark one entry; add to `failed`."""
        told: list[Told] = []
        for topic in topics:
            if topic.name in entry.topics:
                try:
                    told.append(self._told(topic.query, entry.paper))
                except Exception as failure:  # noqa: BLE001  # a mark is worth no digest
                    failed[topic.name] = Fault.of(failure)
        followed, marks = told[0] if len(told) == 1 else _united(told)
        return (
            replace(entry, followed=followed, marks=marks)
            if followed or marks != NO_MARKS
            else entry
        )


def _told(query: Query, paper: Paper) -> Told:
    """Tell what made a query give a paper; nothing where it does not."""
    terms = [found.term for found in evidence(query, paper)]
    if not terms:
        return Told()
    title, abstract, comment = _displayed(paper)
    marks = Marks(
        marked(terms, "title", title),
        marked(terms, "abstract", abstract),
        marked(terms, "comment", comment),
    )
    return Told(named_by(terms, paper.authors), marks)


@lru_cache(maxsize=1024)
def _displayed(paper: Paper) -> tuple[str, str, str]:
    """Give the title, abstract and comment of a paper as people read them."""
    texts = (paper.title, paper.abstract, paper.comment or "")
    title, abstract, comment = (display(text, paper.readable) for text in texts)
    return title, abstract, comment


def _united(told: Sequence[Told]) -> Told:
    """Put together what several queries mark."""
    marks = [one.marks for one in told]
    return Told(
        tuple(sorted({place for one in told for place in one.followed})),
        Marks(
            merged(chain.from_iterable(one.title for one in marks)),
            merged(chain.from_iterable(one.abstract for one in marks)),
            merged(chain.from_iterable(one.comment for one in marks)),
        ),
    )
