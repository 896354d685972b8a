"""The one gate through which every request to arXiv passes: one at a time, and never too soon."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self


class Gate:
    """Serialises requests and starts them at least `min_interval` seconds apart.

    All of a process's sources share one, because arXiv's terms count a project's requests
    together: `async with gate:` around each exchange, from its first byte to its last.
    """

    def __init__(
        self,
        min_interval: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.min_interval = min_interval
        self._clock = clock
        self._sleep = sleep
        self._turn = asyncio.Lock()
        self._next_start = float("-inf")
        self._held_until = float("-inf")

    @property
    def held(self) -> float:
        """For how many more seconds arXiv asked everybody to wait; 0 when it did not."""
        return max(0.0, self._held_until - self._clock())

    def hold(self, seconds: float) -> None:
        """Let no request start within `seconds` from now; a shorter hold never ends a longer."""
        self._held_until = max(self._held_until, self._clock() + seconds)

    async def __aenter__(self) -> Self:
        """Wait for the turn, the interval and any hold."""
        await self._turn.acquire()
        try:
            # A hold may be set while this waits, so the wait is worked out again after each sleep.
            while (wait := max(self._next_start, self._held_until) - self._clock()) > 0:
                await self._sleep(wait)
        except BaseException:
            self._turn.release()
            raise
        self._next_start = self._clock() + self.min_interval
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the turn to the next."""
        self._turn.release()
