"""The shelves of the pages, as the configuration names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.query import Query, from_authors
from bot.core.site.model import Shelf, authors_of, topics_of

if TYPE_CHECKING:
    from bot.settings.model import Settings


def shelves(settings: Settings) -> tuple[tuple[Shelf, ...], tuple[Shelf, ...]]:
    """Give the topics of the pages in their order, and the people whom they follow, by name.

    Without [pages] all topics are there; refused ones are not. Somebody followed under the same
    name in several topics is one person if the same coauthors tell who is meant.
    """
    wanted = settings.pages.topics or tuple(one.name for one in settings.topic)
    known = {one.name: one for one in settings.topic}
    chosen = [known[name] for name in dict.fromkeys(wanted) if name in known]
    people: dict[str, list[Query]] = {}
    for one in chosen:
        for name in one.authors or ():
            query = from_authors((name,), one.coauthors)
            if query not in people.setdefault(name, []):
                people[name].append(query)
    named = [(name, query) for name in sorted(people) for query in people[name]]
    return (
        topics_of([(one.name, one.topic.query, one.authors or ()) for one in chosen]),
        authors_of(named),
    )


def shelved_queries(settings: Settings) -> list[Query]:
    """Give the queries of all shelves, each once."""
    return list(dict.fromkeys(one.query for kind in shelves(settings) for one in kind))
