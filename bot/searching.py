"""Finding stored papers that a query matches, beside a running bot."""

from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.core.model import Paper
from bot.core.query import Query
from bot.core.query.expression import Dates, all_of
from bot.settings import Settings
from bot.stored import matching, stored
from bot.upkeep import IndexProgress

COUNTED = 20_000
"""How many papers are read to tell how many more match; beyond that it is told that there are."""
FIRST = datetime(1991, 1, 1, tzinfo=UTC)
EVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Found:
    """The newest papers that match, and how many `more` do, or more than that where `uncounted`.

    `unindexed` papers are new, or have changed, since the index was brought up to date, and what
    they are now was not looked at: `because` something was in the way.
    """

    papers: tuple[Paper, ...]
    more: int = 0
    uncounted: bool = False
    unindexed: int = 0
    because: str = ""


async def search(
    settings: Settings, query: Query, *, limit: int, progress: IndexProgress | None = None
) -> Found:
    """Find the newest `limit` papers that match, by their ids.

    The index is brought up to date first, if nothing keeps it from that. Raises StoreError where
    there is no database.
    """
    papers: list[Paper] = []
    more = read = 0
    uncounted = False
    async with (
        stored(settings, progress) as known,
        aclosing(matching(known.papers, query)) as pages,
    ):
        async for size, found in pages:
            room = limit - len(papers)
            papers += found[:room]
            more += len(found[room:])
            read += size
            uncounted = len(papers) == limit and read >= COUNTED
            if uncounted:
                break
    return Found(tuple(papers), more, uncounted, known.unindexed, known.because)


def narrowed(query: Query, start: datetime = FIRST, end: datetime = EVER) -> Query:
    """Narrow a query to papers submitted from `start` on and before `end`."""
    written = f"submittedDate:[{start:%Y%m%d%H%M} TO {end:%Y%m%d%H%M}]"
    return Query.of(all_of([query.expression, Dates(start, end, written)]))
