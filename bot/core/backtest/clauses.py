"""A query taken apart: its conditions, its alternatives, and its terms."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.query import Query
from bot.core.query.expression import And, Anywhere, Node, Not, Or, Term, Text, all_of
from bot.core.query.words import is_wildcard


@dataclass(frozen=True, slots=True)
class Anatomy:
    """What a query is made of, as far as it can be told one by one.

    `conditions` must all hold; there is none where there is no AND at the top. Of each of `choices`
    one alternative must hold. `terms` are all words, phrases, names and labels.
    """

    conditions: tuple[Node, ...]
    choices: tuple[tuple[Node, ...], ...]
    terms: tuple[Term, ...]


def anatomy(query: Query) -> Anatomy:
    """Take a query apart."""
    whole = query.expression
    conditions = whole.nodes if isinstance(whole, And) else ()
    choices = [one.nodes for one in conditions or (whole,) if isinstance(one, Or)]
    terms = {term.key: term for term in _terms(whole)}
    return Anatomy(conditions, tuple(choices), tuple(terms.values()))


def without(conditions: tuple[Node, ...], left_out: Node) -> Query:
    """Make the query of all conditions but one, of two or more."""
    return Query.of(all_of(one for one in conditions if one is not left_out))


def text_of(term: Node) -> Text | None:
    """Give the words that a term asks for, those of `all:` too; None where it asks for others."""
    if isinstance(term, Anywhere):
        term = term.parts[0]
    return term if isinstance(term, Text) else None


def bare_word(node: Node) -> Text | None:
    """Give the one word that a term asks for; None where it is more than that, or a wildcard."""
    text = text_of(node)
    if text is None or len(text.pattern) != 1 or any(map(is_wildcard, text.pattern[0])):
        return None
    return text


def _terms(node: Node) -> Iterator[Term]:
    """Walk through the terms, those under NOT too."""
    match node:
        case And(nodes) | Or(nodes):
            for inner in nodes:
                yield from _terms(inner)
        case Not(inner):
            yield from _terms(inner)
        case _:
            yield node
