"""All queries as one structure, which tells of a batch of papers what any of them matches.

Identical queries and identical clauses are kept once. A query is entered under anchors: words,
phrases, names or labels one of which is in whatever it matches. A batch is read once, and only the
queries are evaluated of which an anchor occurs there, so that the time hangs on the text and on
what matches, not on how many queries there are.
"""

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.core.model import Paper
from bot.core.query.anchored import Anchored
from bot.core.query.batch import BATCH, Batch
from bot.core.query.clauses import NO_FIELD, Anchor, Clause, Clauses, code_of
from bot.core.query.expression import And, Anywhere, Node, Not, Or
from bot.core.query.finding import Finding
from bot.core.query.logic import matched, read
from bot.core.query.numbering import UNKNOWN
from bot.core.query.places import Found
from bot.core.query.program import compiled
from bot.core.query.table import Table

if TYPE_CHECKING:  # query.py asks this module
    from bot.core.query.query import Query

_ALWAYS = code_of(UNKNOWN, NO_FIELD)
"""The anchor of queries that may match a paper in which nothing occurs; `Finding` finds it."""


class Engine:
    """A set of queries, by their hashes."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        """Begin, or begin again and give back the memory of the numbers that were in use."""
        self._clauses = Clauses()
        self._anchored = Anchored()
        self._numbers = Table[str, int]()
        self._hashes: list[str] = []
        self._programs: list[bytes] = []
        self._free: list[int] = []

    def __len__(self) -> int:
        """Tell how many different queries there are."""
        return len(self._numbers)

    def __contains__(self, query: "Query") -> bool:
        """Tell whether a query is there."""
        return query.hash in self._numbers

    def add(self, query: "Query") -> None:
        """Enter a query, if it is not there; one that raises an error leaves nothing behind."""
        name = query.hash
        if name in self._numbers:
            return
        taken: list[Clause] = []

        def take(clause: Clause) -> int:
            code = self._clauses.take(clause)
            taken.append(clause)
            return code

        try:
            program = compiled(query.expression, take)
            cover = self._cover(query.expression)
        except BaseException:
            for clause in taken:
                self._clauses.drop(clause)
            raise
        codes = {_ALWAYS} if cover is None else {anchor.code for anchor in cover}
        self._register(name, program, codes)

    def _register(self, name: str, program: bytes, codes: Iterable[int]) -> None:
        """Give a query a number, under which it is found by the codes of its anchors."""
        if self._free:
            number = self._free.pop()
            self._hashes[number], self._programs[number] = name, program
        else:
            number = len(self._programs)
            self._hashes.append(name)
            self._programs.append(program)
        self._numbers[name] = number
        for code in codes:
            self._anchored.add(code, number)

    def discard(self, query: "Query") -> None:
        """Remove a query, if it is there, and all that only it asked for."""
        number = self._numbers.pop(query.hash)
        if number is None:
            return
        self._anchored.discard(_ALWAYS, number)
        clauses = list(_clauses(query.expression))
        for clause in clauses:
            for anchor in self._clauses.anchors(clause):
                self._anchored.discard(anchor.code, number)
        for clause in clauses:
            self._clauses.drop(clause)
        self._hashes[number], self._programs[number] = "", b""
        self._free.append(number)
        if not self._numbers:
            self._clear()

    def select(self, papers: Sequence[Paper]) -> Found:
        """Tell, by its hash, for each query that matches any, the papers' indices in order."""
        found = Found()
        for start in range(0, len(papers), BATCH):
            with _uncollected():
                self._select(start, papers[start : start + BATCH], found)
        return found

    def _select(self, start: int, papers: Sequence[Paper], found: Found) -> None:
        """Match one batch, whose first paper has the index `start`, and add to what is found."""
        finding = Finding(self._clauses, Batch(papers))
        queries = self._anchored.queries(finding.fields)
        steps = read([self._programs[number] for number in queries.tolist()], finding)
        spans = matched(steps, len(papers))
        hashes = self._hashes
        found.add(start, [hashes[number] for number in queries[spans.programs].tolist()], spans)

    def _cover(self, node: Node) -> Sequence[Anchor] | None:
        """Choose anchors one of which occurs in whatever a node matches; None if nothing must."""
        match node:
            case And(nodes):
                covers = [cover for one in nodes if (cover := self._cover(one)) is not None]
                return min(covers, key=_weight, default=None)
            case Or(nodes) | Anywhere(nodes):
                united: list[Anchor] = []
                for one in nodes:
                    cover = self._cover(one)
                    if cover is None:
                        return None
                    united += cover
                return united
            case Not():
                return None
            case _:
                lightest = min(self._clauses.anchors(node), default=None)
                return None if lightest is None else (lightest,)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector from looking through what is made, of which nothing is a cycle.

    For many queries it would take a third of the time.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _weight(cover: Sequence[Anchor]) -> int:
    """Tell how much a cover is likely to bring that is not wanted."""
    return sum(anchor.weight for anchor in cover)


def _clauses(node: Node) -> Iterator[Clause]:
    """Give all clauses of an expression, some of them twice."""
    match node:
        case And(nodes) | Or(nodes) | Anywhere(nodes):
            for one in nodes:
                yield from _clauses(one)
        case Not(inner):
            yield from _clauses(inner)
        case _:
            yield node
