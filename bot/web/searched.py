"""Searching the stored papers for one request: so many are looked at, and for so long."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from bot.aside import aside
from bot.core.model import Paper
from bot.core.query import Query, select
from bot.core.query.evidence import evidence, is_wanted, named_by
from bot.core.site.model import Card
from bot.core.site.search import Found
from bot.core.site.survey import Survey
from bot.web.offer import Browsable

MOST_READ = 4_000
"""Papers that are looked at for one request."""
BATCH = 500
LONGEST = 2.0
"""Seconds after which no more are looked at."""


class Wanted(NamedTuple):
    """What is asked: the newest `limit` papers that match, of those before the paper `before`."""

    query: Query
    before: str = ""
    limit: int = 25


async def search(store: Browsable, survey: Survey, wanted: Wanted) -> Found:
    """Find the newest stored papers that match, on shelves or not."""
    papers, read, last = await _matching(store, wanted)
    shown = papers[: wanted.limit]
    following = shown[-1].id if len(papers) > wanted.limit else last
    places = await store.places_of([one.id for one in shown])
    standings = {one.place.paper: one for one in survey.standings(places.values())}
    cards = [
        Card(
            one,
            standing.place.day if standing else one.published.date(),
            standing.topics if standing else (),
            named_by([term for term, _ in evidence(wanted.query, one)], one.authors),
        )
        for one in shown
        for standing in [standings.get(one.id)]
    ]
    short = bool(following) and len(papers) <= wanted.limit
    return Found(cards, frozenset(standings), following, read, short)


async def _matching(store: Browsable, wanted: Wanted) -> tuple[list[Paper], int, str]:
    """Give papers that match, one more than wanted if there are; how many were read; the last.

    The last is "" where there are no others that may match.
    """
    now = asyncio.get_running_loop().time
    until = now() + LONGEST
    found: list[Paper] = []
    read, last = 0, wanted.before
    while read < MOST_READ and (not read or now() < until):
        # Where all that the index finds matches, as for most questions, few need to be read.
        few = (4 if read else 1) * wanted.limit + 1
        size = BATCH if read > wanted.limit + 1 else min(BATCH, few)
        page = await store.candidates(wanted.query, before=last or None, limit=size)
        if not page:
            return found, read, ""
        found += await aside(lambda page=page: _chosen(wanted.query, page))  # type: ignore[misc]  # one loop's page
        read, last = read + len(page), page[-1].id
        if len(found) > wanted.limit:
            break
    return found, read, last


def _chosen(query: Query, page: Sequence[Paper]) -> list[Paper]:
    if len(page) < BATCH:
        return [one for one in page if is_wanted(query, one)]
    return [page[place] for place in select([query], page)[query.hash]]
