"""The one gate through which every request to arXiv passes: one at a time, and never too soon."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


class Gate:
    """Serialises requests and starts them at least `min_interval` seconds apart.

    All of a process's sources share one, because arXiv's terms count a project's requests
    together: `async with gate.turn(host):` around each exchange, from its first byte to its last.
    What one host asks to wait holds only those who ask it.
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
        self._held_until: dict[str, float] = {}

    def held(self, host: str) -> float:
        """For how many more seconds the host asked everybody to wait; 0 when it did not."""
        return max(0.0, self._held_until.get(host, float("-inf")) - self._clock())

    def hold(self, seconds: float, host: str) -> None:
        """Let no request to the host start within `seconds`; a shorter hold ends no longer one."""
        until = self._clock() + seconds
        self._held_until[host] = max(self._held_until.get(host, until), until)

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for any hold of the host, for the turn and for the interval."""
        while True:
            # Before the turn, so that other hosts are asked meanwhile.
            while (wait := self.held(host)) > 0:
                await self._sleep(wait)
            async with self._turn:
                while (wait := self._next_start - self._clock()) > 0:
                    await self._sleep(wait)
                if self.held(host):
                    continue  # set by whoever had the turn before
                self._next_start = self._clock() + self.min_interval
                yield
                return
