"""Long work done aside, in a thread, so that the event loop keeps turning."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def aside(work: Callable[[], T]) -> T:
    """Do work in a thread, and give or raise what it does.

    The work has ended whenever this has: a caller that is cancelled waits for it first. So what
    the work uses is nobody else's meanwhile, as long as the caller lets nobody else use it, and
    may be changed as soon as the caller is done, however it was.
    """
    # No task: what cancels all of them at the end of a loop would leave the thread by itself.
    working = asyncio.get_running_loop().run_in_executor(None, work)
    cancelled: asyncio.CancelledError | None = None
    while not working.done():
        try:
            await asyncio.wait({working})
        except asyncio.CancelledError as called:
            cancelled = called
    result = working.result()  # what fails while it is being cancelled has failed all the same
    if cancelled is not None:
        raise cancelled
    return result
