"""What the ledger needs once a day beside the three steps: what is old is pruned."""

from datetime import datetime, timedelta

import structlog

from bot.core.errors import DatabaseUnusable, StoreError
from bot.core.polling import Batch, Mark
from bot.core.standing import Pruned
from bot.interfaces import Prunable, Store
from bot.settings import Settings

_log = structlog.get_logger()

NAME = "upkeep"
"""Under which the ledger remembers when it was pruned, as it does for sources."""
EVERY = timedelta(days=1)


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
