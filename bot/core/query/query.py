"""A query as the rest of the program sees it, and the one call that matches many at once."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from bot.core.model import Paper
from bot.core.query.errors import QuerySyntaxError
from bot.core.query.expression import (
    Node,
    all_of,
    any_of,
    categories_of,
    count_terms,
    none_of,
    reads_comments,
    write,
)
from bot.core.query.matching import Evaluation
from bot.core.query.parser import MAX_LENGTH, MAX_TERMS, parse_expression
from bot.core.query.terms import keyword, term


@dataclass(frozen=True, slots=True)
class Query:
    """What is wanted. Two queries that mean the same are equal and have the same hash.

    `text` is the query in arXiv's syntax, from which `parse` makes an equal one.
    """

    text: str = field(compare=False)
    meaning: str = field(repr=False)
    expression: Node = field(compare=False, repr=False)

    def __str__(self) -> str:
        """Give the text."""
        return self.text

    @property
    def hash(self) -> str:
        """32 hexadecimal digits that stand for the meaning, the same in every process."""
        return hashlib.sha256(self.meaning.encode("ascii", "backslashreplace")).hexdigest()[:32]

    @property
    def categories(self) -> frozenset[str] | None:
        """Categories and families (`cs.*`) of which every match has one; None if any will do."""
        return categories_of(self.expression)

    @property
    def reads_comments(self) -> bool:
        """Whether it may match a paper only once its comment, journal and DOI are known."""
        return reads_comments(self.expression)

    def matches(self, paper: Paper) -> bool:
        """Tell whether the paper is wanted; for many papers or queries, `select` is the call."""
        return bool(Evaluation([paper]).places(self.expression))


def parse(text: str) -> Query:
    """Read a query in arXiv's syntax; raises QuerySyntaxError."""
    return _query(parse_expression(text), text)


def from_keywords(
    keywords: Sequence[str], *, categories: Sequence[str] = (), exclude: Sequence[str] = ()
) -> Query:
    """Make a query of the simple form: any of the keywords, in title or abstract.

    A keyword is a whole word or phrase, whatever its case, accents, hyphens and inflection; one in
    capitals is an acronym, and matches capitals only. None of `exclude`, read in the same way, may
    be there, and one of `categories` must. Without keywords, the categories alone decide. Raises
    QuerySyntaxError, whose text is the keyword or category at fault.
    """
    parts = [any_of(_keyword(one) for one in keywords)] if keywords else []
    if not parts and not categories:
        raise QuerySyntaxError("there are neither keywords nor categories", text="")
    return _restricted(parts, categories, exclude)


def restrict(query: Query, *, categories: Sequence[str] = (), exclude: Sequence[str] = ()) -> Query:
    """Narrow a query to categories, and exclude keywords, as `from_keywords` does."""
    return _restricted([query.expression], categories, exclude)


def select(queries: Collection[Query], papers: Sequence[Paper]) -> dict[str, list[int]]:
    """Tell for each query, by its hash, the indices of the papers that it matches, in order."""
    evaluation = Evaluation(papers)
    return {
        query.hash: evaluation.places(query.expression)
        for query in {query.meaning: query for query in queries}.values()
    }


def _restricted(parts: list[Node], categories: Sequence[str], exclude: Sequence[str]) -> Query:
    """Join what is wanted with categories and exclusions."""
    if categories:
        parts = [*parts, any_of(_category(one) for one in categories)]
    parts += [none_of(_keyword(one)) for one in exclude]
    return _query(all_of(parts))


def _keyword(text: str) -> Node:
    """Read a keyword; the error names it."""
    try:
        return keyword(text)
    except ValueError as error:
        raise QuerySyntaxError(f"keyword {text[:40]!r}: {error}", text=text) from None


def _category(text: str) -> Node:
    """Read a category or family; the error names it."""
    try:
        return term("cat", text)
    except ValueError as error:
        raise QuerySyntaxError(str(error), text=text) from None


def _query(expression: Node, given: str | None = None) -> Query:
    """Close an expression, if what is printed of it can be read back."""
    text = write(expression)
    if len(text) > MAX_LENGTH or count_terms(expression) > MAX_TERMS:
        raise QuerySyntaxError(
            f"the query is too long: written out it has {len(text)} characters, of {MAX_LENGTH} at "
            f"most, and {count_terms(expression)} words and phrases, of {MAX_TERMS} at most",
            text=text if given is None else given,
        )
    return Query(text, expression.key, expression)
