"""The query language: what a topic wants, how it is written, and which papers match it."""

from bot.core.query.errors import QuerySyntaxError
from bot.core.query.implied import implied
from bot.core.query.query import (
    Query,
    either,
    from_authors,
    from_keywords,
    parse,
    restrict,
    select,
)
from bot.core.query.reading import Verdict, explain, marks, named, names

__all__ = [
    "Query",
    "QuerySyntaxError",
    "Verdict",
    "either",
    "explain",
    "from_authors",
    "from_keywords",
    "implied",
    "marks",
    "named",
    "names",
    "parse",
    "restrict",
    "select",
]
