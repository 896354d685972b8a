"""Counting what a query matches, page by page; no page is kept."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest

from bot.core.arxiv_id import order_of
from bot.core.backtest.clauses import anatomy, bare_word, text_of, without
from bot.core.backtest.days import Period
from bot.core.backtest.examples import example_of
from bot.core.backtest.phrases import phrases_with
from bot.core.backtest.result import (
    Acronym,
    Alternative,
    Backtest,
    Condition,
    Flood,
    Overlap,
)
from bot.core.model import Announcement, Paper
from bot.core.query import Query
from bot.core.query.engine import Engine
from bot.core.query.expression import Node, Term, write
from bot.core.query.terms import in_any_case, term

FLOOD = 0.1
"""A bare word that brings more than this part of all papers is not what anybody means by it."""
FEW = 20
"""Of fewer papers than this nobody is flooded."""

_Found = Mapping[str, frozenset[int]]


class Tally:
    """Counts the matches of one query, of its clauses, and of the configuration's `topics`.

    Phrases for a bare word that brings much are taken from the first page: let pages be large.
    Memory does not grow with the number of papers.
    """

    def __init__(
        self, query: Query, topics: Mapping[str, Query], period: Period, examples: int = 5
    ) -> None:
        self._query, self._topics, self._period = query, topics, period
        self._most = examples
        self._anatomy = anatomy(query)
        self._others = {
            one.key: without(self._anatomy.conditions, one) for one in self._anatomy.conditions
        }
        self._loud = {term.key: loud for term in self._anatomy.terms if (loud := _any_case(term))}
        self._engine = _engine(self._queries())
        self._instead: list[Query] = []
        self._phrases: dict[str, list[Query]] | None = None
        self._stored = [0] * len(period.evenings)
        self._matched = [0] * len(period.evenings)
        self._counts: Counter[tuple[str, str]] = Counter()
        self._newest: list[tuple[int, Paper]] = []

    def compare(self, queries: Iterable[Query]) -> None:
        """Count what these match too, which may have been meant instead; say so before `add`."""
        for query in queries:
            self._instead.append(query)
            self._engine.add(query)

    def add(self, rows: Sequence[Announcement]) -> None:
        """Count the papers of some rows of the log; each row comes once."""
        placed = [
            (place, row.paper) for row in rows if (place := self._period.place(row)) is not None
        ]
        if not placed:
            return
        papers = [paper for _, paper in placed]
        found = _select(self._engine, papers)
        matched = found[self._query.hash]
        for place, _ in placed:
            self._stored[place] += 1
        for number in matched:
            self._matched[placed[number][0]] += 1
        self._keep([placed[number] for number in matched])
        self._count("alone", found)
        self._count("shared", _within(found, matched))
        self._count_only(found, matched)
        any_topic = frozenset[int]().union(*(found[one.hash] for one in self._topics.values()))
        self._counts["elsewhere", ""] += len(matched - any_topic)
        self._count_phrases(papers, found)

    def result(self) -> Backtest:
        """Sum up."""
        return Backtest(
            self._query,
            self._period.days(self._stored, self._matched),
            tuple(self._choice(nodes) for nodes in self._anatomy.choices),
            tuple(self._condition(node) for node in self._anatomy.conditions),
            tuple(self._overlap(name, query) for name, query in self._topics.items()),
            self._counts["elsewhere", ""],
            self._floods(),
            tuple(self._acronym(node) for node in self._anatomy.terms if node.key in self._loud),
            tuple(node for node in self._anatomy.terms if not self._of("alone", node)),
            tuple(
                example_of(self._query, paper, self._period.day(place))
                for place, paper in self._newest
            ),
            tuple((one.text, self._counts["alone", one.hash]) for one in self._instead),
        )

    def _queries(self) -> list[Query]:
        """Give all that is asked of each page, but for phrases."""
        parts = (*self._anatomy.terms, *self._anatomy.conditions)
        nodes = [*parts, *(one for nodes in self._anatomy.choices for one in nodes)]
        return [
            self._query,
            *map(Query.of, nodes),
            *self._others.values(),
            *self._loud.values(),
            *self._topics.values(),
        ]

    def _keep(self, placed: Sequence[tuple[int, Paper]]) -> None:
        """Keep the newest matches as examples."""
        self._newest = nlargest(
            self._most, (*self._newest, *placed), key=lambda one: (one[0], order_of(one[1].id))
        )

    def _count(self, what: str, found: _Found) -> None:
        """Count papers by query."""
        for one, places in found.items():
            self._counts[what, one] += len(places)

    def _count_only(self, found: _Found, matched: frozenset[int]) -> None:
        """Count for each alternative the matches that no other one of its OR brings."""
        for nodes in self._anatomy.choices:
            brought = {one: found[one] & matched for one in (Query.of(node).hash for node in nodes)}
            times = Counter(place for places in brought.values() for place in places)
            for one, places in brought.items():
                self._counts["only", one] += sum(times[place] == 1 for place in places)

    def _count_phrases(self, papers: Sequence[Paper], found: _Found) -> None:
        """Find phrases for the bare words that bring much here, and count those of this page."""
        if self._phrases is not None:
            return
        matched, self._phrases = found[self._query.hash], {}
        for node in self._brought():
            word = bare_word(node)
            brings = len(found[Query.of(node).hash] & matched)
            if word is not None and brings >= FLOOD / 2 * len(papers):
                prefix = write(node).partition(":")[0]
                phrases = phrases_with(word, papers)
                self._phrases[node.key] = [Query.of(term(prefix, phrase)) for phrase in phrases]
        asked = [phrase for phrases in self._phrases.values() for phrase in phrases]
        fresh = _engine(one for one in asked if one not in self._engine)
        self._count("shared", _within(_select(fresh, papers), matched))
        for phrase in asked:
            self._engine.add(phrase)

    def _brought(self) -> list[Node]:
        """Give the clauses each of which brings papers by itself."""
        nodes = [one for nodes in self._anatomy.choices for one in nodes]
        return [*nodes, *self._anatomy.conditions] or [self._query.expression]

    def _of(self, what: str, node: Node) -> int:
        """Tell a clause's count."""
        return self._counts[what, Query.of(node).hash]

    def _choice(self, nodes: Sequence[Node]) -> tuple[Alternative, ...]:
        """Sum up the alternatives of one OR."""
        found = [
            Alternative(write(node), self._of("shared", node), self._of("only", node))
            for node in nodes
        ]
        return tuple(sorted(found, key=lambda one: -one.brings))

    def _condition(self, node: Node) -> Condition:
        """Sum up one condition of several."""
        rest = self._counts["alone", self._others[node.key].hash]
        return Condition(write(node), self._of("alone", node), rest)

    def _overlap(self, name: str, query: Query) -> Overlap:
        """Sum up a topic of the configuration."""
        return Overlap(name, self._counts["alone", query.hash], self._counts["shared", query.hash])

    def _floods(self) -> tuple[Flood, ...]:
        """Sum up the bare words that bring very much, and the phrases that bring less."""
        found = []
        least = max(FEW, FLOOD * sum(self._stored))
        for node in self._brought():
            brings = self._of("shared", node)
            if bare_word(node) is not None and brings >= least:
                phrases = [
                    (one.text, self._counts["shared", one.hash])
                    for one in (self._phrases or {}).get(node.key, ())
                ]
                found.append(Flood(write(node), brings, tuple(phrases)))
        return tuple(found)

    def _acronym(self, term: Term) -> Acronym:
        """Sum up a term in capitals."""
        any_case = self._counts["alone", self._loud[term.key].hash]
        return Acronym(write(term), self._of("alone", term), any_case)


def _engine(queries: Iterable[Query]) -> Engine:
    """Make an engine of queries."""
    engine = Engine()
    for query in queries:
        engine.add(query)
    return engine


def _select(engine: Engine, papers: Sequence[Paper]) -> _Found:
    """Tell for each query, by its hash, which papers it matches."""
    found = defaultdict[str, frozenset[int]](frozenset)
    found.update((one, frozenset(places)) for one, places in engine.select(papers).items())
    return found


def _within(found: _Found, matched: frozenset[int]) -> _Found:
    """Leave of what each query matches what is among `matched`."""
    return {one: places & matched for one, places in found.items()}


def _any_case(asked: Term) -> Query | None:
    """Ask for a term in capitals in any case; None where it has none, or ~ then could not be."""
    text = text_of(asked)
    if text is None or not text.capitals:
        return None
    loud = in_any_case(text)
    # What differs in capitals may be one word in any case, for which a phrase with ~ cannot ask.
    alike = loud.slop and len(set(loud.pattern)) < len(loud.pattern)
    return None if alike else Query.of(loud)
