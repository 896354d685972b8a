"""What a query means, told of one paper at a time, with the evidence: its definition, in steps.

It needs no index and is not quick. Whatever answers for many papers or queries must agree with it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Literal

from bot.core.model import Paper
from bot.core.query.expression import (
    ANY_DISTANCE,
    And,
    Anywhere,
    Author,
    Dates,
    Label,
    Node,
    Not,
    Or,
    Text,
    TextField,
)
from bot.core.query.passage import Token, is_part, occurrences, paired, shown_tokens, tokens
from bot.core.query.taxonomy import family_of, subjects

if TYPE_CHECKING:  # query.py asks this module
    from bot.core.query.query import Query

Where = Literal[
    "title", "abstract", "comment", "journal_ref", "report_no", "authors", "affiliations",
    "categories", "id", "doi", "submitted",
]  # fmt: skip
"""Where in a paper a term can be found."""

_FIELDS: dict[TextField, tuple[Where, ...]] = {
    "ti": ("title",),
    "abs": ("abstract",),
    "co": ("comment",),
    "jr": ("journal_ref",),
    "rn": ("report_no",),
    "kw": ("title", "abstract"),
    # arXiv's index tells of categories too: `all:language` finds all of cs.CL; and of where authors
    # work, which it asks of nobody's name: `au:` does not find it.
    "all": (
        *("title", "abstract", "comment", "journal_ref", "report_no"),
        *("affiliations", "categories"),
    ),
}
MOST_MARKED = 16_384
"""Characters of a text in which words are marked; the longest abstracts have a tenth of it."""
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a paper matches a node of a query, and why.

    `inner` are the verdicts on its parts, in their order; `where` tells for a term the places in
    which it was found.
    """

    node: Node
    matched: bool
    inner: tuple["Verdict", ...] = ()
    where: tuple[Where, ...] = ()


def explain(query: "Query", paper: Paper) -> Verdict:
    """Judge a paper by every clause of a query, those too that no longer decide."""
    return _verdict(query.expression, paper)


def marks(query: "Query", field: str, text: str) -> tuple[tuple[int, int], ...]:
    """Give the half-open ranges of `text` in which the query's words stand, merged and in order.

    `text` is what is shown of a paper's `field` (one of Where), already without LaTeX. An unbroken
    phrase is one range. What the query excludes is not marked, nor is anything behind the first
    MOST_MARKED characters.
    """
    if len(text) > MOST_MARKED:
        # Up to a space: half a word is another.
        text = text[:MOST_MARKED].rpartition(" ")[0]
    passage = shown_tokens(text)
    plain = [token for token, _, _ in passage]
    found = []
    for term in _wanted(query.expression):
        if isinstance(term, Text) and field in fields_of(term):
            for places in occurrences(term, plain):
                runs = (
                    [(place, place) for place in places] if term.slop else [(places[0], places[-1])]
                )
                found += [(passage[first][1], passage[last][2]) for first, last in runs]
    return merged(found)


def names(query: "Query", paper: Paper) -> tuple[int, ...]:
    """Give the positions in `paper.authors` of those whom the query asks for."""
    return named(query, paper.authors)


def named(query: "Query", authors: Sequence[str]) -> tuple[int, ...]:
    """Give the positions among authors' names of those whom the query asks for."""
    wanted = [term for term in _wanted(query.expression) if isinstance(term, Author)]
    return tuple(
        place
        for place, name in enumerate(authors)
        if any(is_author(tokens(name), term) for term in wanted)
    )


def _verdict(node: Node, paper: Paper) -> Verdict:
    match node:
        case And(nodes):
            inner = tuple(_verdict(one, paper) for one in nodes)
            return Verdict(node, all(one.matched for one in inner), inner)
        case Or(nodes):
            inner = tuple(_verdict(one, paper) for one in nodes)
            return Verdict(node, any(one.matched for one in inner), inner)
        case Not(one):
            refused = _verdict(one, paper)
            return Verdict(node, not refused.matched, (refused,))
        case Anywhere(parts):
            inner = tuple(_verdict(one, paper) for one in parts)
            where = tuple(dict.fromkeys(chain.from_iterable(one.where for one in inner)))
            return Verdict(node, bool(where), inner, where)
        case _:
            where = places_of(node, paper)
            return Verdict(node, bool(where), (), where)


def fields_of(term: Text) -> tuple[Where, ...]:
    """Name the fields in which a text term is looked for."""
    return _FIELDS[term.field]


def places_of(term: Text | Author | Label | Dates, paper: Paper) -> tuple[Where, ...]:
    """Tell where in the paper a term is found."""
    match term:
        case Text():
            return tuple(
                field
                for field in fields_of(term)
                if any(occurrences(term, passage) for passage in passages_of(term, paper, field))
            )
        case Author():
            found = any(is_author(tokens(name), term) for name in paper.authors)
            return ("authors",) if found else ()
        case Dates():
            return ("submitted",) if term.start <= paper.published < term.end else ()
        case _:
            return _labelled(term, paper)


def passages_of(term: Text, paper: Paper, field: Where) -> Iterator[Sequence[Token]]:
    """Give the passages of a field; none runs into the next, unless distance says nothing."""
    passages = map(tokens, texts_of(paper, field))
    return iter([[*chain(*passages)]]) if term.slop == ANY_DISTANCE else passages


def texts_of(paper: Paper, field: Where) -> tuple[str, ...]:
    """Give the texts of a field."""
    match field:
        case "title":
            return (paper.title,)
        case "abstract":
            return (paper.abstract,)
        case "comment" | "journal_ref" | "report_no":
            return (getattr(paper, field) or "",)
        case "affiliations":
            return paper.affiliations
        case _:
            return subjects(paper.categories)


def _labelled(term: Label, paper: Paper) -> tuple[Where, ...]:
    """Tell whether the paper carries a label, and where."""
    if term.field == "id":
        return ("id",) if term.value == paper.id else ()
    if term.field == "doi":
        return ("doi",) if term.value == (paper.doi or "").lower() else ()
    carried = (paper.primary_category,) if term.field == "primary" else paper.categories
    held = any(term.value in (name, family_of(name)) for name in carried)
    return ("categories",) if held else ()


def is_author(name: Sequence[Token], term: Author) -> bool:
    """Tell whether one author's name has all the parts that are asked for.

    A surname that is told apart stands at the end of it, before any "Jr.". The other parts may
    stand anywhere else in it, in any order, each for a part of its own.
    """
    left = list(name)
    if term.surname:
        end = len(left)
        while end > len(term.surname) and left[end - 1].folded[0] in _SUFFIXES:
            end -= 1
        start = end - len(term.surname)
        if start < 0 or not all(map(is_part, left[start:end], term.surname)):
            return False
        del left[start:end]
    choices = [
        [place for place, part in enumerate(left) if is_part(part, forms)] for forms in term.given
    ]
    return len(choices) <= len(left) and paired(choices) is not None


def _wanted(node: Node, *, wanted: bool = True) -> Iterator[Text | Author | Label | Dates]:
    """Give the terms that speak for a paper: those that stand under no negation, or under two."""
    match node:
        case And(nodes) | Or(nodes) | Anywhere(nodes):
            for inner in nodes:
                yield from _wanted(inner, wanted=wanted)
        case Not(inner):
            yield from _wanted(inner, wanted=not wanted)
        case _:
            if wanted:
                yield node


def merged(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Put ranges in order, and make one of those that overlap or touch."""
    apart: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return tuple(apart)
