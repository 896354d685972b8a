"""Posts to one address of a chat system: one after the other, at its pace, and none while it asks.

Others, at whatever address, do not wait for it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.core.errors import TemporaryFailure

M = TypeVar("M")
A = TypeVar("A")


class Lane:
    """One address, with `pace` seconds between two posts. Whoever posts several holds `lock`."""

    def __init__(self, pace: float) -> None:
        self.lock = asyncio.Lock()
        self._pace = pace
        self._next_at = 0.0
        self._limited_until = 0.0

    def refuse_while_limited(self) -> None:
        """Raise TemporaryFailure for as long as the address asked to be left alone."""
        left = self._limited_until - asyncio.get_running_loop().time()
        if left > 0:
            raise TemporaryFailure("the channel asked to wait", retry_after=left)

    async def turn(self, post: Callable[[M], Awaitable[A]], message: M) -> A:
        """Post when the address's turn comes; a rate limit stops only this address."""
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(max(0.0, self._next_at - clock()))
        try:
            return await post(message)
        except TemporaryFailure as failure:
            self._limited_until = clock() + (failure.retry_after or 0.0)
            raise
        finally:
            self._next_at = clock() + self._pace
