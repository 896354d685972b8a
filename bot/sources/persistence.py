"""Asks again what was not answered well, until an answer can be trusted or patience ends."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina

from bot.core.errors import SourceError, SourceUnavailable, SuspectAnswer
from bot.sources.line import Line
from bot.sources.transfer import ServiceBusy

T = TypeVar("T")

LONGEST_PAUSE = 60.0
SHORTEST_PAUSE = 0.02


class Lasting(SuspectAnswer):
    """A fault that asking again will hardly mend: one more time is enough."""


ATTEMPTS: dict[type[SourceError], float] = {
    ServiceBusy: float("inf"),
    Lasting: 2,
    SuspectAnswer: 3,
    SourceUnavailable: 4,
    SourceError: 1,
}
"""How often to ask: other questions deserve patience too, unless they would fare no better."""


class Patience:
    """The seconds that one poll may still spend on failures and on what they make necessary."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    def spend(self, seconds: float) -> None:
        """Take what a failure has cost."""
        self.left = max(0.0, self.left - seconds)


async def persist(
    attempt: Callable[[], Awaitable[T]], patience: Patience, line: Line, *, charged: bool = False
) -> T:
    """Give what `attempt` gives once it raises no SourceError.

    What comes at once costs no patience, however long it took, unless it is `charged`: asked for
    only because all is not well. Raises the last SourceError when asking again is no use or
    patience has ended.
    """
    await_hold(patience, line)
    began = time.monotonic()
    limit = asyncio.timeout(None)
    pause = max(line.gate.min_interval, SHORTEST_PAUSE)
    waits = {"wait_initial": pause, "wait_max": LONGEST_PAUSE, "wait_jitter": pause}
    trial = _Trial(began + patience.left, pause, limit)
    try:
        async with limit:
            async for context in stamina.retry_context(
                on=trial.again, attempts=None, timeout=None, **waits
            ):
                with context:
                    tried = time.monotonic()
                    found = await attempt()
                    patience.spend((time.monotonic() if charged else tried) - began)
    except (SourceError, TimeoutError) as error:
        patience.spend(time.monotonic() - began)
        raise trial.error or error from None
    return found


def await_hold(patience: Patience, line: Line) -> None:
    """Pay for the wait that the service asked for, or give up at once if it is too long."""
    held = line.held
    if held > patience.left:
        raise ServiceBusy(f"arXiv asked for a pause of {held:.0f} s more", retry_after=held)
    patience.spend(held)


class _Trial:
    """What has become of one question so far, and whether to ask again."""

    def __init__(self, deadline: float, pause: float, limit: asyncio.Timeout) -> None:
        self.error: SourceError | None = None
        self._deadline = deadline
        self._pause = pause
        self._limit = limit
        self._failures: Counter[type[SourceError]] = Counter()

    def again(self, error: BaseException) -> bool | float:
        """Say whether to ask again, or after how many seconds; from now on, time is limited."""
        if not isinstance(error, SourceError):
            return False
        self.error = error
        kind = next(kind for kind in ATTEMPTS if isinstance(error, kind))
        self._failures[kind] += 1
        left = self._deadline - time.monotonic()
        wait = error.retry_after if isinstance(error, SourceUnavailable) else None
        if self._failures[kind] >= ATTEMPTS[kind] or left <= (wait or 0.0):
            return False
        self._limit.reschedule(asyncio.get_running_loop().time() + left)
        if wait is None:
            return True
        # Jitter, so that many installations do not come back in the same second.
        return wait + random.uniform(0.0, self._pause)  # noqa: S311  # not for secrecy
