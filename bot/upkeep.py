"""What the ledger needs beside the three steps: the old goes, the new is indexed and shelved."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.core.errors import DatabaseUnusable, StoreError
from bot.core.polling import Batch, Mark
from bot.core.query import Query
from bot.core.standing import Pruned
from bot.interfaces import Prunable, Searchable, Shelving, SignUps, Store
from bot.settings import Settings
from bot.settings.shelves import shelved_queries

_log = structlog.get_logger()

NAME = "upkeep"
"""Under which the ledger remembers when it was pruned, as it does for sources."""
EVERY = timedelta(days=1)

AT_ONCE = 200
"""How many papers are indexed in one transaction, a fraction of a second: others wait for that."""
A_PASS = 2_000
"""How many papers are indexed, or shelved, after a pass; who asks for them does what is left."""
MATCHED_AT_ONCE = 500
"""How many papers are shelved in one transaction, which takes less of it than to index them."""

IndexProgress = Callable[[int, int], None]
"""Told of work on the papers that takes long: how many are done, and of how many."""


async def prune_if_due(store: Store, settings: Settings, now: datetime) -> Pruned | None:
    """Prune what is older than `retention`, unless that was done within a day; None if it was.

    What is interrupted goes on the next time. Raises StoreError where the ledger itself fails.
    """
    marks = (await store.memory(NAME, now)).marks
    if not isinstance(store, Prunable) or any(now - EVERY < mark.at <= now for mark in marks):
        return None
    try:
        pruned = await store.prune(settings.retention, now)
    except DatabaseUnusable:
        raise
    except StoreError as failure:
        # Somebody else writes for long: that waits for no upkeep.
        _log.warning("upkeep.postponed", error=str(failure))
        return None
    # No scope has this name, so that none takes the mark with it.
    await store.record(NAME, Batch(marks=(Mark("", "pruned", "", now),)), now)
    _log.info(
        "upkeep.done", papers=pruned.papers, deliveries=pruned.deliveries, octets=pruned.octets
    )
    return pruned


async def forget_signups(store: Store, now: datetime) -> None:
    """Forget the addresses of those who signed up and did not confirm it in time.

    Raises StoreError where the ledger itself fails.
    """
    if isinstance(store, SignUps):
        try:
            forgotten = await store.forget_signups(now)
        except DatabaseUnusable:
            raise
        except StoreError as failure:
            _log.warning("signups.postponed", error=str(failure))
        else:
            if forgotten:
                _log.info("signups.forgotten", count=forgotten)


async def index_some(store: Store) -> None:
    """Index papers that are new or have changed, so many that no step waits for it for long.

    Raises StoreError where the ledger itself fails.
    """
    if isinstance(store, Searchable):
        _, because = await catch_up(store, most=A_PASS)
        if because:
            _log.warning("index.postponed", error=because)


async def shelve_some(store: Store, settings: Settings) -> None:
    """Put papers on the shelves of the pages that are configured, so many as `index_some` does.

    Raises StoreError where the ledger itself fails.
    """
    if isinstance(store, Shelving) and settings.shown():
        queries = shelved_queries(settings)
        _, because = await _repeated(partial(store.shelve, queries), MATCHED_AT_ONCE, A_PASS)
        if because:
            _log.warning("shelves.postponed", error=because)


async def catch_up(
    store: Searchable, *, most: int | None = None, progress: IndexProgress | None = None
) -> tuple[int, str]:
    """Index what is not indexed yet, about `most` papers where that is given.

    Tells how many are left, and why if another process that writes was in the way.
    """
    return await _repeated(store.refresh, AT_ONCE, most, progress)


async def catch_up_shelves(
    store: Shelving, queries: Sequence[Query], *, progress: IndexProgress | None = None
) -> tuple[int, str]:
    """Index what is not indexed yet, and put all papers on the shelves of these queries.

    Tells how many are left, and why if another process that writes was in the way.
    """
    unshelved, indexed = await store.shelve(queries, 0), 0

    def told(done: int, total: int) -> None:
        nonlocal indexed
        indexed = done
        if progress is not None:
            progress(done, 2 * total + unshelved)  # what is indexed is shelved then

    if isinstance(store, Searchable):
        unindexed, because = await catch_up(store, progress=told)
        if because:
            return unindexed + await store.shelve(queries, 0), because
    further = progress and (lambda done, total: progress(indexed + done, indexed + total))
    return await _repeated(partial(store.shelve, queries), MATCHED_AT_ONCE, progress=further)


async def _repeated(
    step: Callable[[int], Awaitable[int]],
    at_once: int,
    most: int | None = None,
    progress: IndexProgress | None = None,
) -> tuple[int, str]:
    """Take a step until nothing is left, or about `most` is done, or somebody is in the way.

    A step is told how much to do, and tells how much is left; with 0 it does nothing.
    """
    left = total = await step(0)
    while left and (most is None or total - left < most):
        try:
            left = await step(at_once)
        except DatabaseUnusable:
            raise
        except StoreError as failure:
            return left, str(failure)
        total = max(total, left)
        if progress is not None:
            progress(total - left, total)
    return left, ""
