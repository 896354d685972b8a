"""A query as the rest of the program sees it, and the one call that matches many at once."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from bot.core.model import Paper
from bot.core.query.engine import Engine
from bot.core.query.errors import QuerySyntaxError
from bot.core.query.expression import (
    LabelField,
    Node,
    all_of,
    any_of,
    categories_of,
    none_of,
    reads_affiliations,
    reads_comments,
    reads_report_numbers,
    write,
)
from bot.core.query.parser import (
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_TERMS,
    MAX_WILDCARDS,
    parse_expression,
)
from bot.core.query.people import person
from bot.core.query.reading import explain
from bot.core.query.size import count_terms, count_wildcards, depth
from bot.core.query.terms import keyword, term


@dataclass(frozen=True, slots=True)
class Query:
    """What is wanted. Two queries that mean the same are equal and have the same hash.

    `text` is the query in arXiv's syntax, from which `parse` makes an equal one.
    """

    text: str = field(compare=False)
    meaning: str = field(repr=False)
    expression: Node = field(compare=False, repr=False)

    @classmethod
    def of(cls, node: Node) -> "Query":
        """Make a query of an expression, or of a part of one; its size is not looked at."""
        return cls(write(node), node.key, node)

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

    @property
    def reads_report_numbers(self) -> bool:
        """Whether it may match a paper only once its report number is known."""
        return reads_report_numbers(self.expression)

    @property
    def reads_affiliations(self) -> bool:
        """Whether it may match a paper only once its authors' affiliations are known."""
        return reads_affiliations(self.expression)

    def matches(self, paper: Paper) -> bool:
        """Tell whether the paper is wanted; for many papers or queries, `select` is the call."""
        return explain(self, paper).matched


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


def from_authors(authors: Sequence[str], coauthors: Sequence[str] = ()) -> Query:
    """Make a query for what any of the authors wrote, with any of the coauthors if there are some.

    Names are read as `bot.core.query.people.person` does. Raises QuerySyntaxError, whose text is
    the name at fault.
    """
    if not authors:
        raise QuerySyntaxError("there are no authors", text="")
    lists = (authors, coauthors) if coauthors else (authors,)
    return _query(all_of(any_of(map(_person, names)) for names in lists))


def either(queries: Sequence[Query]) -> Query:
    """Join one or more queries with OR."""
    return _query(any_of(query.expression for query in queries))


def restrict(
    query: Query,
    *,
    categories: Sequence[str] = (),
    exclude: Sequence[str] = (),
    primary_only: bool = False,
) -> Query:
    """Narrow a query to categories, and exclude keywords, as `from_keywords` does.

    With `primary_only` one of the categories must be the paper's primary one.
    """
    return _restricted([query.expression], categories, exclude, primary_only=primary_only)


def select(queries: Collection[Query], papers: Sequence[Paper]) -> dict[str, list[int]]:
    """Tell for each query, by its hash, the indices of the papers that it matches, in order.

    Who asks again and again keeps an Engine.
    """
    engine = Engine()
    for query in queries:
        engine.add(query)
    found = engine.select(papers)
    return {name: list(found.get(name, ())) for name in {query.hash: None for query in queries}}


def _restricted(
    parts: list[Node],
    categories: Sequence[str],
    exclude: Sequence[str],
    *,
    primary_only: bool = False,
) -> Query:
    """Join what is wanted with categories and exclusions."""
    if categories:
        label: LabelField = "primary" if primary_only else "cat"
        parts = [*parts, any_of(_category(one, label) for one in categories)]
    parts += [none_of(_keyword(one)) for one in exclude]
    return _query(all_of(parts))


def _keyword(text: str) -> Node:
    """Read a keyword; the error names it."""
    try:
        return keyword(text)
    except ValueError as error:
        raise QuerySyntaxError(f"keyword {text[:40]!r}: {error}", text=text) from None


def _category(text: str, label: LabelField) -> Node:
    """Read a category or family; the error names it."""
    try:
        return term(label, text)
    except ValueError as error:
        raise QuerySyntaxError(str(error), text=text) from None


def _person(name: str) -> Node:
    """Read the name of an author; the error names it."""
    try:
        return person(name)
    except ValueError as error:
        raise QuerySyntaxError(f"author {name[:40]!r}: {error}", text=name) from None


def _query(expression: Node, given: str | None = None) -> Query:
    """Close an expression, if what is printed of it can be read back."""
    text = write(expression)
    sizes = (
        (len(text), MAX_LENGTH, "characters"),
        (count_terms(expression), MAX_TERMS, "words and phrases"),
        (count_wildcards(expression), MAX_WILDCARDS, "words with wildcards"),
        (depth(expression), MAX_DEPTH, "levels of parentheses"),
    )
    over = [f"{size} {what}, of {most} at most" for size, most, what in sizes if size > most]
    if over:
        raise QuerySyntaxError(
            f"the query is too long: written out it has {' and '.join(over)}",
            text=text if given is None else given,
        )
    return Query(text, expression.key, expression)
