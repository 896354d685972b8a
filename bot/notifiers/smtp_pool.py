"""Open connections to one mail server, used again; no more than it takes, and none while it rests.

What one send waits for here is bounded, so that it ends as certainly not accepted.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bot.core.errors import DeliveryError, TemporaryFailure, Uncertain
from bot.notifiers.smtp_breaker import Breaker
from bot.notifiers.smtp_replies import Gone, Unanswered
from bot.notifiers.smtp_session import Session

CONNECTIONS = 20
"""How many there are at once, at most."""
MESSAGES = 100
"""How many messages one connection carries."""
AGE = 300.0
"""Seconds that one connection is used."""
PATIENCE = 60.0
"""Seconds to wait for a connection that others use."""


class Stale(Exception):
    """A kept connection had ended meanwhile: nothing was accepted, and a new one may do."""


class _Crowded(Exception):
    """The server takes no further connection beside those that are in use."""


class Pool:
    """Sessions made by `connect`, kept for the next message; `clock` tells monotonic seconds."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[Session]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect = connect
        self._clock = clock
        self.breaker = Breaker(clock)
        self._idle: list[Session] = []
        self._connecting = asyncio.Lock()
        self._changed = asyncio.Event()
        self._room = CONNECTIONS
        self._learned = clock()
        self._entered = 0
        self._lent = 0

    @asynccontextmanager
    async def session(self, *, fresh: bool = False) -> AsyncIterator[Session]:
        """Lend a session for one message: an idle one, or a new one where none is or `fresh`.

        Raises what connecting raises, and the same again while the server rests; TemporaryFailure
        where no connection gets free in time; and Stale where an idle session turned out ended.
        """
        while True:
            trying = await self._enter()
            try:
                session = await self._found(fresh=fresh or trying)
            except _Crowded:
                self._leave(trying=trying)
                continue
            except BaseException:
                self._leave(trying=trying)
                raise
            break
        self._lent += 1
        try:
            async with self._watched(session):
                yield session
        finally:
            self._lent -= 1
            self._leave(trying=trying)

    async def close(self) -> None:
        """End all idle sessions."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(session.quit() for session in idle))

    async def _enter(self) -> bool:
        """Wait until there is room; tell whether this is the one try after a rest."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    trying = self.breaker.enter()
                    if trying or (trying is False and self._entered < self._room):
                        self._entered += 1
                        return trying
                    await self._changed.wait()
        except TimeoutError:
            raise TemporaryFailure(
                f"no connection to the mail server got free within {PATIENCE:.0f} s"
            ) from None

    def _leave(self, *, trying: bool) -> None:
        """Make room for those who wait."""
        self._entered -= 1
        if trying:
            self.breaker.leave()
        if self._clock() - self._learned > AGE:
            self._room = CONNECTIONS
        self._changed.set()
        self._changed = asyncio.Event()

    async def _found(self, *, fresh: bool) -> Session:
        """Give an idle session that is still good, or open one: `fresh` wants no other."""
        if fresh:
            await self.close()  # the others have ended too, or will at the next word
        elif kept := await self._kept():
            return kept
        # One at a time: those who wait learn that a log-in was refused before they try it too.
        async with self._connecting:
            self.breaker.check()
            if not fresh and (kept := await self._kept()):
                return kept
            if self._lent >= self._room:
                raise _Crowded
            return await self._opened()

    async def _kept(self) -> Session | None:
        """Give an idle session that is still good, and end those that are not."""
        while self._idle:
            session = self._idle.pop()
            if self._good(session):
                return session
            await session.quit()
        return None

    async def _opened(self) -> Session:
        """Open a session, or learn how many the server takes."""
        try:
            return await self._connect()
        except Gone as failure:
            if self._lent or self._idle:
                self._room, self._learned = max(1, self._lent), self._clock()
                raise _Crowded from failure
            self.breaker.failed(failure)
            raise
        except DeliveryError as failure:
            self.breaker.failed(failure)
            raise

    @asynccontextmanager
    async def _watched(self, session: Session) -> AsyncIterator[None]:
        """Tell the breaker what comes of a session, and keep the session if it is still good."""
        reused = session.sent > 0
        try:
            yield
        except (Gone, Unanswered, Uncertain) as failure:
            if reused and isinstance(failure, Gone):
                raise Stale from failure
            self.breaker.failed(failure)
            raise
        except DeliveryError:
            self.breaker.answered()
            raise
        else:
            self.breaker.answered()
        finally:
            await self._give_back(session)

    async def _give_back(self, session: Session) -> None:
        """Keep a session for the next, or end it where it has served long enough."""
        if self._good(session):
            self._idle.append(session)
        else:
            await session.quit()

    def _good(self, session: Session) -> bool:
        return session.usable and session.sent < MESSAGES and self._clock() - session.opened < AGE
