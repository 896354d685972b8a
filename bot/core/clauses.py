"""How each clause of a query fares with one paper: by which words it is met, or how nearly not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.core.model import Paper
from bot.core.near_miss import Miss, nearest
from bot.core.query import Query, Verdict, explain, marks, names
from bot.core.query.expression import And, Node, Not, Or, Term, write
from bot.core.render.wording import display

BEFORE, LONGEST = 50, 140
"""Characters of a text that are shown before its first marked word, and in all."""


@dataclass(frozen=True, slots=True)
class Found:
    """A place of the paper where something stands: a piece of its text, with the words marked.

    `marks` are half-open ranges of characters in `text`, which is as readers see it.
    """

    where: str
    text: str
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause as it is written, and what of the paper met it.

    A term that is wanted and not met has the nearest `miss`, where there is one, with what is there
    instead in `found`. `inner` are the clauses that it joins.
    """

    kind: Literal["all", "any", "not", "term"]
    text: str
    matched: bool
    found: tuple[Found, ...] = ()
    miss: Miss | None = None
    inner: tuple["Clause", ...] = ()


def clauses(query: Query, paper: Paper) -> Clause:
    """Judge a paper by every clause of a query, with the words by which it is met."""
    return _clause(explain(query, paper), paper, wanted=True)


def _clause(verdict: Verdict, paper: Paper, *, wanted: bool) -> Clause:
    """Judge one clause; what is not wanted is missed by nothing."""
    node = verdict.node
    match node:
        case And() | Or():
            inner = tuple(_clause(one, paper, wanted=wanted) for one in verdict.inner)
            kind: Literal["all", "any"] = "all" if isinstance(node, And) else "any"
            return Clause(kind, write(node), verdict.matched, inner=inner)
        case Not():
            inner = tuple(_clause(one, paper, wanted=not wanted) for one in verdict.inner)
            return Clause("not", write(node), verdict.matched, inner=inner)
        case _:
            return _term(node, verdict, paper, wanted=wanted)


def _term(node: Term, verdict: Verdict, paper: Paper, *, wanted: bool) -> Clause:
    """Judge a term, and look for what came nearest where it is wanted and not met."""
    miss = None if verdict.matched or not wanted else nearest(node, paper)
    if miss is None:
        found = tuple(_found(node, where, paper) for where in verdict.where)
    else:
        found = tuple(_found(miss.instead, where, paper) for where in miss.where)
    return Clause("term", write(node), verdict.matched, found, miss)


def _found(node: Node, where: str, paper: Paper) -> Found:
    """Show what stands in one place of the paper, with the words marked that the node asks for."""
    query = Query.of(node)
    match where:
        case "authors":
            people = [paper.authors[place] for place in names(query, paper)]
            return Found(where, display(", ".join(people or paper.authors)))
        case "categories":
            return Found(where, " ".join(paper.categories))
        case "affiliations":
            held = [one for one in map(display, paper.affiliations) if marks(query, where, one)]
            text = "; ".join(held or map(display, paper.affiliations))
            return _cut(where, text, marks(query, where, text))
        case "submitted":
            return Found(where, _day(paper.published))
        case _:
            text = display(str(getattr(paper, where) or ""), paper.readable)
            return _cut(where, text, marks(query, where, text))


def _cut(where: str, text: str, marked: tuple[tuple[int, int], ...]) -> Found:
    """Cut a long text to what stands around its first marked words."""
    first = marked[0][0] if marked else 0
    start = 0 if first <= BEFORE else text.rfind(" ", 0, first - BEFORE) + 1
    end = len(text)
    if end - start > LONGEST:
        end = max(text.rfind(" ", start, start + LONGEST), *(stop for _, stop in marked[:1]), start)
    head, tail = "… " * (start > 0), " …" * (end < len(text))
    kept = [(one - start, other - start) for one, other in marked if other <= end]
    shift = len(head)
    return Found(
        where,
        f"{head}{text[start:end]}{tail}",
        tuple((one + shift, other + shift) for one, other in kept),
    )


def _day(instant: datetime) -> str:
    """Write an instant as arXiv's queries do, to the minute."""
    return f"{instant:%Y-%m-%d %H:%M} UTC"
