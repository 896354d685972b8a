"""Looking into the ledger beside a running bot: who is subscribed, and the stored papers."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.core.errors import DatabaseUnusable, StoreError
from bot.core.model import Paper
from bot.core.query import Query, select
from bot.core.subscription import Subscription
from bot.interfaces import Searchable, SignUps, Store
from bot.settings import Settings
from bot.store import SqliteStore
from bot.upkeep import IndexProgress, catch_up

PAGE = 500
"""How many papers are read at once."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The papers as they stand in the index.

    `unindexed` papers are new, or have changed, since it was brought up to date, and what they are
    now cannot be looked at: `because` something was in the way.
    """

    papers: Searchable
    unindexed: int = 0
    because: str = ""


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[Store | None]:
    """Open the store beside a running bot; None before the first run."""
    if not settings.database.exists():
        yield None
        return
    async with SqliteStore.open(settings.database, exclusive=False) as store:
        yield store


async def everybody(store: Store | None, settings: Settings) -> tuple[Subscription, ...]:
    """Give all subscriptions: those of the configuration, and of those who signed up."""
    if not isinstance(store, SignUps):
        return settings.subscriptions()
    joined = await store.signed_up(settings.enrolment())
    return (*settings.subscriptions(), *joined.values())


@asynccontextmanager
async def existing(settings: Settings) -> AsyncIterator[Store]:
    """Open the store beside a running bot; raises StoreError before the first run."""
    async with reading(settings) as store:
        if store is None:
            raise StoreError(
                f"{settings.database}: there is no database yet: `daily-papers poll` makes it, and "
                "reads the last 30 days of arXiv"
            )
        yield store


@asynccontextmanager
async def stored(
    settings: Settings, progress: IndexProgress | None = None
) -> AsyncIterator[Stored]:
    """Open the database to search it, its index brought up to date as far as that can be.

    One on a full disk, or that cannot be written, is searched as it is. Raises StoreError where
    there is no database, or it cannot be read.
    """
    try:
        async with existing(settings) as store:
            unindexed, because = await catch_up(_searchable(store), progress=progress)
    except DatabaseUnusable as failure:
        unindexed, because = 0, str(failure)
    async with existing(settings) as store:
        papers = _searchable(store)
        if because:
            unindexed = await papers.refresh(0)
        yield Stored(papers, unindexed, because)


async def matching(
    papers: Searchable, query: Query
) -> AsyncGenerator[tuple[int, list[Paper]], None]:
    """Yield page by page, the newest papers first, how many were read and which of them match."""
    before: str | None = None
    while page := await papers.candidates(query, before=before, limit=PAGE):
        before = page[-1].id
        yield len(page), [page[place] for place in select([query], page)[query.hash]]


def unseen(unindexed: int, because: str) -> str:
    """Tell of papers that could not be looked at."""
    papers = "1 paper" if unindexed == 1 else f"{unindexed:,} papers"
    return f"{papers}, new or changed lately, could not be looked at: {because}"


def _searchable(store: Store) -> Searchable:
    """See that a store can be searched."""
    if not isinstance(store, Searchable):
        raise StoreError("this store cannot be searched")
    return store
