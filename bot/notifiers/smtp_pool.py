"""Open connections to one mail server, used again, and a rest after it failed."""

import asyncio
import copy
import time
from collections.abc import Awaitable, Callable

from bot.core.errors import DeliveryError
from bot.notifiers.smtp_server import LogInRefused
from bot.notifiers.smtp_session import Session

MESSAGES = 100
"""How many messages one connection carries."""
AGE = 300.0
"""Seconds that one connection is used."""
REST = 30.0
"""Seconds for which a server that failed is not asked again."""
LOCK_OUT = 600.0
"""The same after a refused log-in: more attempts would lock the account."""


class Pool:
    """Sessions made by `connect`, kept for the next message; `clock` tells monotonic seconds."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[Session]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._idle: list[Session] = []
        self._connecting = asyncio.Lock()
        self._failure: DeliveryError | None = None
        self._rests_until = 0.0

    async def take(self, *, fresh: bool = False) -> Session:
        """Give a session to use alone: an idle one, or a new one where none is or `fresh`.

        Raises what connecting raises; the same again, without asking the server, while it rests.
        """
        while self._idle and not fresh:
            session = self._idle.pop()
            if self._good(session):
                return session
            await session.quit()
        # One at a time: those who wait learn that a log-in was refused before they try it too.
        async with self._connecting:
            if self._failure is not None and self._clock() < self._rests_until:
                raise copy.copy(self._failure)
            try:
                return await self._connect()
            except DeliveryError as failure:
                self.rest(failure)
                raise

    async def give_back(self, session: Session) -> None:
        """Keep a session for the next, or end it where it has served long enough."""
        if self._good(session):
            self._idle.append(session)
        else:
            await session.quit()

    def rest(self, failure: DeliveryError) -> None:
        """Leave the server alone for a while: whoever asks meanwhile gets this failure."""
        self._failure = failure
        self._rests_until = self._clock() + (
            LOCK_OUT if isinstance(failure, LogInRefused) else REST
        )

    async def close(self) -> None:
        """End all idle sessions."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(session.quit() for session in idle))

    def _good(self, session: Session) -> bool:
        return session.usable and session.sent < MESSAGES and self._clock() - session.opened < AGE
