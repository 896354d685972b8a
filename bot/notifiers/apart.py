"""Calls that block and cannot be cancelled, in threads that nobody waits for."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


def apart(call: Callable[[], T]) -> "asyncio.Future[T]":
    """Make a call in a thread of its own, and give its result or what it raises.

    Whoever gives up on the result leaves the thread alone: it ends with its call, or with the
    process, which no thread pool of the loop's could be told.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(put: Callable[[Any], None], value: object) -> None:
        if not future.done():
            put(value)

    def work() -> None:
        put: Callable[[Any], None] = future.set_result
        value: object
        try:
            value = call()
        except Exception as error:  # noqa: BLE001  # whoever waits is told
            put, value = future.set_exception, error
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, put, value)

    threading.Thread(target=work, daemon=True).start()
    return future
