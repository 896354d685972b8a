"""Waiting for one's turn with a notifier that sends only so many digests in a while."""

import asyncio
import math
from collections.abc import Iterable

from bot.interfaces import Paced


async def turn(notifier: Paced, ends: Iterable[asyncio.Event], within: float) -> bool:
    """Wait until another send may begin, and tell whether that came before anything else.

    Waiting ends too once one of `ends` is set, or after `within` seconds, which may be infinite.
    Raises what the notifier raises.
    """
    ready = asyncio.ensure_future(notifier.ready())
    waiting = [ready, *(asyncio.ensure_future(one.wait()) for one in ends)]
    try:
        await asyncio.wait(
            waiting,
            timeout=None if math.isinf(within) else max(0.0, within),
            return_when=asyncio.FIRST_COMPLETED,
        )
        if ready.done():
            ready.result()
        return ready.done()
    finally:
        for task in waiting:
            task.cancel()
