"""What became of deliveries, written together: what comes while one transaction runs is the next.

A commit that is safe on disk takes longer than a send; so twenty sends need not wait in a line.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime

import structlog

from bot.core.errors import StoreBusy, StoreError
from bot.core.model import Outcome
from bot.interfaces import Store

_log = structlog.get_logger()

TRIES = 60
"""How often outcomes are written anew while another process writes: each try waits, in all less
long than a lease."""


class Outcomes:
    """Settles deliveries of one channel, all as of `now`."""

    def __init__(self, store: Store, channel: str, now: datetime) -> None:
        self._store = store
        self._channel = channel
        self._now = now
        self._waiting: list[Outcome] = []
        self._writing: asyncio.Task[None] | None = None

    async def write(self, outcomes: Sequence[Outcome]) -> None:
        """Return once these are settled; whoever is cancelled meanwhile does not stop it.

        Raises what settling raises, also for what was to be written together with others'. One
        that cannot be written, though the ledger can, keeps no other from being settled.
        """
        self._waiting += outcomes
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await asyncio.shield(self._writing)

    async def _write(self) -> None:
        """Settle all that waits, and raise at the end why one could not be."""
        fault: Exception | None = None
        while self._waiting:
            together, self._waiting = self._waiting, []
            fault = await self._fault_in(together) or fault
        if fault is not None:
            raise fault

    async def _fault_in(self, together: Sequence[Outcome]) -> Exception | None:
        """Settle together, or else each alone; give why one cannot be written, if one cannot.

        Raises StoreError where the ledger itself fails.
        """
        try:
            await self._settle(together)
        except StoreError:
            raise
        except Exception as fault:  # noqa: BLE001  # a value can be wrong in many ways
            if len(together) == 1:
                return fault
            found = [await self._fault_in([one]) for one in together]
            return next(filter(None, found), None)
        return None

    async def _settle(self, together: Sequence[Outcome]) -> None:
        """Settle, again and again while another process writes."""
        for _ in range(TRIES - 1):
            with contextlib.suppress(StoreBusy):
                return await self._store.settle(together, self._now)
            _log.warning("deliver.waiting", channel=self._channel)
        return await self._store.settle(together, self._now)
