"""Finding stored papers that a query matches, beside a running bot."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.app import reading
from bot.core.errors import StoreError
from bot.core.model import Paper
from bot.core.query import Query, select
from bot.core.query.expression import Dates, all_of, write
from bot.interfaces import Searchable
from bot.settings import Settings
from bot.upkeep import IndexProgress, catch_up

PAGE = 500
"""How many papers are read at once."""
COUNTED = 20_000
"""How many papers are read to tell how many more match; beyond that it is told that there are."""
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

    The index is brought up to date first, if no other process keeps it from that. Raises StoreError
    where there is no database.
    """
    async with reading(settings) as store:
        if not isinstance(store, Searchable):
            raise StoreError(f"{settings.database} does not exist: `daily-papers poll` makes it")
        unindexed, because = await catch_up(store, progress=progress)
        papers: list[Paper] = []
        more = read = 0
        before: str | None = None
        while page := await store.candidates(query, before=before, limit=PAGE):
            found = [page[place] for place in select([query], page)[query.hash]]
            room = limit - len(papers)
            papers += found[:room]
            more += len(found[room:])
            read += len(page)
            before = page[-1].id
            if len(papers) == limit and read >= COUNTED:
                break
        return Found(tuple(papers), more, bool(page), unindexed, because)


def narrowed(query: Query, length: timedelta, now: datetime) -> Query:
    """Narrow a query to papers submitted within this time before `now`."""
    start = now - length
    written = f"submittedDate:[{start:%Y%m%d%H%M} TO {EVER:%Y%m%d%H%M}]"
    node = all_of([query.expression, Dates(start, EVER, written)])
    return Query(write(node), node.key, node)
