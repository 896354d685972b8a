"""A limit on how many things begin in any minute."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

MINUTE = 60.0


class Pace:
    """Lets `per_minute` turns begin in any sixty seconds; the rest wait, in their order.

    `clock` tells monotonic seconds.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._began: deque[float] = deque(maxlen=per_minute)
        self._clock = clock
        self._line = asyncio.Lock()

    async def turn(self) -> None:
        """Return when the next may begin."""
        async with self._line:
            if len(self._began) == self._began.maxlen:
                await asyncio.sleep(self._began[0] + MINUTE - self._clock())
            self._began.append(self._clock())
