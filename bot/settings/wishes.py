"""What a topic asks for, as the keys of its table say it, and the query that this makes."""

from dataclasses import dataclass
from functools import lru_cache

from bot.core import query
from bot.core.query import Query


@dataclass(frozen=True, slots=True)
class Wish:
    """What matches `text` or `keywords`, or is by one of `authors`; narrowed by all else.

    With `coauthors`, one of them must be an author too where it is one of `authors` that decides.
    """

    text: str | None = None
    keywords: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    coauthors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    primary_only: bool = False


@lru_cache(maxsize=8192)
def parsed(wish: Wish) -> Query:
    """Make the query; the same one is made once. Raises QuerySyntaxError."""
    wanted = []
    if wish.text is not None:
        wanted.append(query.parse(wish.text))
    if wish.keywords:
        wanted.append(query.from_keywords(wish.keywords))
    if wish.authors:
        wanted.append(query.from_authors(wish.authors, wish.coauthors))
    whole = wanted[0] if len(wanted) == 1 else query.either(wanted)
    if wish.categories or wish.exclude:
        return query.restrict(
            whole,
            categories=wish.categories,
            exclude=wish.exclude,
            primary_only=wish.primary_only,
        )
    return whole
