"""The query language: what a topic wants, how it is written, and which papers match it."""

from bot.core.query.errors import QuerySyntaxError
from bot.core.query.query import Query, from_keywords, parse, restrict, select

__all__ = ["Query", "QuerySyntaxError", "from_keywords", "parse", "restrict", "select"]
