"""What speaks for a paper in a query: what `reading` would tell, told quickly."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from bot.core.model import Paper
from bot.core.query.expression import And, Anywhere, Author, Node, Not, Or, Term, Text
from bot.core.query.lines import may_be_among, ranges, stands_in
from bot.core.query.passage import occurrences, tokens
from bot.core.query.reading import (
    MOST_MARKED,
    Where,
    fields_of,
    is_author,
    merged,
    passages_of,
    places_of,
    texts_of,
)

if TYPE_CHECKING:  # query.py asks for `reading`, as this module does
    from bot.core.query.query import Query


_SEVERAL = frozenset({"affiliations", "categories"})
"""Fields of several texts, all of them short."""


class Found(NamedTuple):
    """A word, phrase or name of a query, and where in the paper it was found."""

    term: Term
    where: tuple[Where, ...]


def evidence(query: "Query", paper: Paper) -> tuple[Found, ...]:
    """Give the terms that speak for a paper: those found that stand in clauses which match.

    So of a topic for "Wei Li" in mathematics the name speaks for no paper of physics. What stands
    under a negation says nothing. A paper that does not match has no evidence.
    """
    return tuple(_found(query.expression, paper) or ())


def is_wanted(query: "Query", paper: Paper) -> bool:
    """Tell whether a paper matches, in less time than `Query.matches` takes.

    For one query and some dozens of papers it is the quickest there is; for more, `select` is.
    """
    return _found(query.expression, paper) is not None


def marked(terms: Iterable[Node], field: str, text: str) -> tuple[tuple[int, int], ...]:
    """Give the half-open ranges of `text` in which words of `terms` stand, merged and in order.

    As `reading.marks`: `text` is what is shown of a paper's `field`.
    """
    if len(text) > MOST_MARKED:
        # Up to a space: half a word is another.
        text = text[:MOST_MARKED].rpartition(" ")[0]
    words = (one for term in terms for one in _words(term) if field in fields_of(one))
    return merged(chain.from_iterable(ranges(one, text) for one in words))


def named_by(terms: Iterable[Node], authors: Sequence[str]) -> tuple[int, ...]:
    """Give the positions among authors' names of those that `terms` ask for by name."""
    wanted = [term for term in terms if isinstance(term, Author)]
    return tuple(
        place
        for place, name in enumerate(authors if wanted else ())
        if any(is_author(tokens(name), term) for term in wanted)
    )


def _found(node: Node, paper: Paper) -> list[Found] | None:
    """Give what speaks for the paper in a node; None where that does not match."""
    match node:
        case And(nodes):
            inner = []
            for one in nodes:
                found = _found(one, paper)
                if found is None:
                    return None
                inner += found
            return inner
        case Or(nodes):
            matched = [found for one in nodes if (found := _found(one, paper)) is not None]
            return list(chain.from_iterable(matched)) if matched else None
        case Not(refused):
            return [] if _found(refused, paper) is None else None
        case _:
            where = _where(node, paper)
            return [Found(node, where)] if where else None


def _where(term: Term, paper: Paper) -> tuple[Where, ...]:
    """Tell where in the paper a term is found."""
    match term:
        case Anywhere(parts):
            return tuple(dict.fromkeys(chain.from_iterable(_where(one, paper) for one in parts)))
        case Text():
            return tuple(_fields(term, paper))
        case Author() if not may_be_among(term, paper.authors):
            return ()
        case _:
            return places_of(term, paper)


def _fields(term: Text, paper: Paper) -> Iterator[Where]:
    """Give the fields in which a text term is found."""
    for field in fields_of(term):
        if field in _SEVERAL:
            if any(occurrences(term, passage) for passage in passages_of(term, paper, field)):
                yield field
        elif (text := texts_of(paper, field)[0]) and stands_in(term, text):
            yield field


def _words(term: Node) -> Iterator[Text]:
    """Give the text terms of a term."""
    if isinstance(term, Anywhere):
        for part in term.parts:
            yield from _words(part)
    elif isinstance(term, Text):
        yield term
