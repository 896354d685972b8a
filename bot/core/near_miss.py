"""What came nearest to meeting a term: its words elsewhere, apart, or in other letters."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from bot.core.model import Paper
from bot.core.query import Query, explain
from bot.core.query.expression import (
    Author,
    Dates,
    Label,
    Node,
    Term,
    Text,
    TextField,
    Word,
    any_of,
)
from bot.core.query.terms import in_any_case

Nearness = Literal["letters", "apart", "field", "some", "namesake", "primary", "other"]
"""In which way it was missed.

`letters`: the word is there, but not in capitals. `apart`: all words are, but not side by side.
`field`: it stands in another field than asked. `some`: of the words only some are there.
`namesake`: somebody of that surname is. `primary`: the category is there, but is not the primary
one. `other`: the paper has another label or date.
"""

_READ: tuple[TextField, ...] = ("ti", "abs", "co", "jr")
_COLUMNS: dict[TextField, tuple[TextField, ...]] = {
    "kw": ("ti", "abs"),
    "all": ("ti", "abs", "co", "jr", "rn"),
}


@dataclass(frozen=True, slots=True)
class Miss:
    """How nearly a term was missed, and where in the paper `instead` of it is found."""

    near: Nearness
    instead: Node
    where: tuple[str, ...]


def nearest(node: Term, paper: Paper) -> Miss | None:
    """Tell what came nearest to meeting a term that the paper does not meet, if anything did."""
    match node:
        case Text():
            return _nearest_words(node, paper)
        case Author():
            return _namesake(node, paper)
        case Label("primary"):
            here = _where(replace(node, field="cat"), paper)
            return Miss("primary", replace(node, field="cat"), here) if here else _other(node)
        case Label() | Dates():
            return _other(node)
        case _:
            misses = (nearest(one, paper) for one in node.parts if isinstance(one, Text))
            return next((one for one in misses if one is not None), None)


def _other(node: Label | Dates) -> Miss | None:
    """Tell what the paper has instead; of an id that is what was asked about."""
    match node:
        case Dates():
            return Miss("other", node, ("submitted",))
        case Label("cat" | "primary"):
            return Miss("other", node, ("categories",))
        case _:
            return None


def _nearest_words(term: Text, paper: Paper) -> Miss | None:
    """Look for the words in other letters, apart, in other fields, and one by one."""
    for near, instead in _alternatives(term, paper):
        if where := _where(instead, paper):
            return Miss(near, instead, where)
    return None


def _alternatives(term: Text, paper: Paper) -> Iterator[tuple[Nearness, Node]]:
    """Give what the term might have meant, the nearest first."""
    if term.capitals:
        yield "letters", in_any_case(term)
    words = [forms for forms in term.pattern if forms]
    fields = _COLUMNS.get(term.field, (term.field,))
    for field in fields if len(words) > 1 else ():
        each = [_one_word(term, field, forms) for forms in words]
        if all(_where(one, paper) for one in each):
            yield "apart", any_of(each)
    for field in _READ:
        if field not in fields:
            yield "field", replace(term, field=field)
    if len(words) > 1:
        yield "some", any_of(_one_word(term, term.field, forms) for forms in words)


def _one_word(term: Text, field: TextField, forms: Word) -> Text:
    """Ask for one word of a term in a field; it is written as no more than a place-holder."""
    return replace(term, field=field, pattern=(forms,), slop=0)


def _namesake(term: Author, paper: Paper) -> Miss | None:
    """Look for somebody who shares a whole name with the author, the surname before others."""
    words = [forms for forms in term.given if len(forms[0]) > 1]
    likely: list[Node] = [replace(term, given=())] if term.surname else []
    likely += [replace(term, given=(), surname=(forms,)) for forms in words]
    for instead in likely:
        if where := _where(instead, paper):
            return Miss("namesake", instead, where)
    return None


def _where(node: Node, paper: Paper) -> tuple[str, ...]:
    """Tell where in the paper a term, or any of several, is found."""
    verdict = explain(Query.of(node), paper)
    places = [*verdict.where, *(place for inner in verdict.inner for place in inner.where)]
    return tuple(dict.fromkeys(places))
