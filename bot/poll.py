"""The first step: ask every source, and record what the seen-table does not know."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import structlog

from bot.core.errors import SourceError, SourceUnavailable, StoreError, first_of
from bot.core.polling import Batch, PollRequest, PollResult
from bot.interfaces import Following, Source, Store

_log = structlog.get_logger()

BOUND = 12 * 3600.0
"""Seconds after which a source's poll is given up, whatever it waits for."""


async def poll(
    sources: Sequence[Source],
    store: Store,
    *,
    scopes: frozenset[str],
    now: datetime,
    patience: float,
) -> tuple[PollResult, ...]:
    """Poll each source for `scopes`, side by side; one that fails stops only itself.

    Those that follow are polled once the others have ended, with what these left open. `patience`
    is in seconds, and each source has its own; what a source began and does not end is given up
    after BOUND. A page is committed with its marks before the next
    is asked for, so a poll may be killed at any instant and run again. Raises StoreError where the
    ledger itself fails.
    """
    following = [source for source in sources if isinstance(source, Following)]
    leading = [source for source in sources if not isinstance(source, Following)]
    asking = _Asking(store, scopes, now, patience)
    led = await asking.side_by_side(leading)
    followed = await asking.side_by_side(following)
    await asking.begin(led)
    return tuple(one.result for one in (*led, *followed))


@dataclass(slots=True)
class _Poll:
    """What one source's poll has brought so far; `current` are scopes of which it saw the last.

    One that `follows` has all there is where nothing was left open; any other that brings not even
    an empty batch had nothing to ask, and has not seen arXiv.
    """

    follows: bool
    batches: int = 0
    received: int = 0
    announced: int = 0
    revised: int = 0
    current: frozenset[str] = frozenset()

    def result(self, source: str, now: datetime, error: str | None) -> PollResult:
        """Sum up a poll that ended, with an error or without."""
        state: Literal["ok", "partial", "failed"] = "ok"
        if error is not None:
            state = "partial" if self.batches else "failed"
        whole_at = now if error is None and (self.batches or self.follows) else None
        return PollResult(source, state, now, self.received, self.announced, error, whole_at)


@dataclass(frozen=True, slots=True)
class _Ended:
    """A poll that ended, and the scopes of which it saw what was announced last."""

    result: PollResult
    current: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Asking:
    """The terms of one step: what is asked of the sources, and where it is recorded."""

    store: Store
    scopes: frozenset[str]
    now: datetime
    patience: float

    async def side_by_side(self, sources: Sequence[Source]) -> list[_Ended]:
        """Poll these sources to their ends."""
        try:
            async with asyncio.TaskGroup() as group:
                polls = [group.create_task(self._poll(source)) for source in sources]
        except BaseExceptionGroup as failures:
            raise first_of(failures) from failures
        return [one.result() for one in polls]

    async def begin(self, ended: Sequence[_Ended]) -> None:
        """Set baselines by what a source saw last, where no other brought anything at all."""
        for one in ended:
            others = (other.result.state for other in ended if other is not one)
            if one.current and all(state == "failed" for state in others):
                batch = Batch(current=one.current)
                await self.store.record(one.result.source, batch, self.now)

    async def _poll(self, source: Source) -> _Ended:
        """Poll one source to its end and note how that went."""
        done = _Poll(isinstance(source, Following))
        error: str | None = None
        try:
            await self._bounded(source, done)
        except SourceError as failure:
            error = str(failure)
        except StoreError:
            raise
        except Exception as failure:  # noqa: BLE001  # a fault in its code stops only this source
            _log.exception("source.broken", source=source.name)
            error = f"a fault in the source itself: {type(failure).__name__}: {failure}"
        result = done.result(source.name, self.now, error)
        if error is not None:
            _log.warning("poll.incomplete", source=source.name, state=result.state, error=error)
        await self.store.polled(result)
        _log.info(
            "poll.done",
            source=source.name,
            received=done.received,
            announced=done.announced,
            revised=done.revised,
        )
        return _Ended(result, done.current)

    async def _bounded(self, source: Source, done: _Poll) -> None:
        """Record what a source brings within BOUND; raises SourceUnavailable where it goes on."""
        try:
            async with asyncio.timeout(BOUND) as bound:
                await self._record(source, done)
        except TimeoutError as failure:
            if not bound.expired():
                raise
            error = f"it had not ended after {BOUND / 3600:g} hours, and was given up"
            raise SourceUnavailable(error) from failure

    async def _record(self, source: Source, done: _Poll) -> None:
        """Record each batch as it comes, and count in `done`.

        `current` is kept back: whether it sets baselines is known once all polls have ended.
        """
        memory = await self.store.memory(source.name, self.now)
        request = PollRequest(self.now, self.scopes, memory, self.patience)
        async with aclosing(source.poll(request)) as batches:
            async for batch in batches:
                kept = replace(batch, current=frozenset())
                recorded = await self.store.record(source.name, kept, self.now)
                done.batches += 1
                done.received += len(batch.papers)
                done.announced += recorded.announced + recorded.late
                done.revised += recorded.revised
                done.current |= batch.current
