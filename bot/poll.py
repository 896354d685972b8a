"""The first step: ask every source, and record what the seen-table does not know."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Literal

import structlog

from bot.core.errors import SourceError, StoreError, first_of
from bot.core.polling import PollRequest, PollResult
from bot.interfaces import Source, Store

_log = structlog.get_logger()


async def poll(
    sources: Sequence[Source],
    store: Store,
    *,
    scopes: frozenset[str],
    now: datetime,
    patience: float,
) -> tuple[PollResult, ...]:
    """Poll each source for `scopes`, side by side; one that fails stops only itself.

    `patience` is in seconds, and each source has its own. A page is committed with its marks
    before the next is asked for, so a poll may be killed at any instant and run again.
    Raises StoreError where the ledger itself fails.
    """
    try:
        async with asyncio.TaskGroup() as group:
            polls = [
                group.create_task(_poll_one(source, store, scopes, now, patience))
                for source in sources
            ]
    except BaseExceptionGroup as failures:
        raise first_of(failures) from failures
    return tuple(one.result() for one in polls)


async def _poll_one(
    source: Source, store: Store, scopes: frozenset[str], now: datetime, patience: float
) -> PollResult:
    """Poll one source to its end and note how that went."""
    received = announced = batches = 0
    error: str | None = None
    request = PollRequest(now, scopes, await store.memory(source.name, now), patience)
    try:
        async with aclosing(source.poll(request)) as pages:
            async for batch in pages:
                recorded = await store.record(source.name, batch, now)
                batches += 1
                received += len(batch.papers)
                announced += recorded.announced + recorded.late
    except SourceError as failure:
        error = str(failure)
    except StoreError:
        raise
    except Exception as failure:  # noqa: BLE001  # a fault in its code stops only this source
        _log.exception("source.broken", source=source.name)
        error = f"a fault in the source itself: {type(failure).__name__}: {failure}"
    state: Literal["ok", "partial", "failed"] = "ok"
    if error is not None:
        state = "partial" if batches else "failed"
        _log.warning("poll.incomplete", source=source.name, state=state, error=error)
    result = PollResult(source.name, state, now, received, announced, error)
    await store.polled(result)
    _log.info("poll.done", source=source.name, received=received, announced=announced)
    return result
