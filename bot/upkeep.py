"""What the ledger needs beside the three steps: the old is pruned, and what is new is indexed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.core.errors import DatabaseUnusable, StoreError
from bot.core.polling import Batch, Mark
from bot.core.standing import Pruned
from bot.interfaces import Prunable, Searchable, Store
from bot.settings import Settings

_log = structlog.get_logger()

NAME = "upkeep"
"""Under which the ledger remembers when it was pruned, as it does for sources."""
EVERY = timedelta(days=1)

AT_ONCE = 200
"""How many papers are indexed in one transaction, a fraction of a second: others wait for that."""
A_PASS = 2_000
"""How many papers are indexed after a pass; `search` does what is left by then."""

IndexProgress = Callable[[int, int], None]
"""Told of indexing that takes long: how many papers are done, and of how many."""


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


async def index_some(store: Store) -> None:
    """Index papers that are new or have changed, so many that no step waits for it for long.

    Raises StoreError where the ledger itself fails.
    """
    if isinstance(store, Searchable):
        _, because = await catch_up(store, most=A_PASS)
        if because:
            _log.warning("index.postponed", error=because)


async def catch_up(
    store: Searchable, *, most: int | None = None, progress: IndexProgress | None = None
) -> tuple[int, str]:
    """Index what is not indexed yet, about `most` papers where that is given.

    Tells how many are left, and why if another process that writes was in the way.
    """
    left = total = await store.refresh(0)
    while left and (most is None or total - left < most):
        try:
            left = await store.refresh(AT_ONCE)
        except DatabaseUnusable:
            raise
        except StoreError as failure:
            return left, str(failure)
        total = max(total, left)
        if progress is not None:
            progress(total - left, total)
    return left, ""
