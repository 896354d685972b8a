"""An event loop in which waiting takes no time, so that a seed always runs alike.

Whatever a thread would do is done at once, in the loop's own thread: nothing is then ever under way
outside of the loop, and where nothing is ready the clock may jump to the next timer.
"""

import asyncio
import selectors
import socket
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, TypeVarTuple, Unpack

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class _Echo:
    """A connection of this machine with itself, over which a word comes after all said before."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self._mouth = socket.create_connection(listening.getsockname())
            self._ear, _ = listening.accept()
        self._mouth.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def wait(self) -> None:
        """Return once a word has come; however busy the machine is, the rest is there by then."""
        self._mouth.send(b".")
        self._ear.recv(1)

    def close(self) -> None:
        self._mouth.close()
        self._ear.close()


class _Jumping(selectors.DefaultSelector):
    """Looks whether anything is ready, and otherwise moves the clock instead of waiting."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.passed = 0.0
        self._looks = looks
        self._echo = _Echo() if looks else None

    def close(self) -> None:
        if self._echo is not None:
            self._echo.close()
        super().close()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout is None or timeout <= 0:
            return ready if ready or timeout == 0 else super().select(timeout)
        # A socket's peer is in this loop too, so what it sent is here already, or all but: a
        # connection takes three words to and fro.
        for _ in range(self._looks):
            assert self._echo is not None
            self._echo.wait()
            if ready := super().select(0):
                return ready
        self.passed += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose clock stands still while it works, and jumps while it waits.

    `looks` is how often it looks at its sockets again before it jumps.
    """

    def __init__(self, looks: int = 0) -> None:
        self._jumping = _Jumping(looks)
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.passed

    def run_in_executor(
        self, _executor: object, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Work at once, in the thread that asks; whoever waits hears of it in the next round."""
        future: asyncio.Future[T] = self.create_future()
        try:
            result = func(*args)
        except BaseException as error:  # noqa: BLE001  # what a thread would hand on
            self.call_soon(_unless_cancelled, future, future.set_exception, error)
        else:
            self.call_soon(_unless_cancelled, future, future.set_result, result)
        return future


def _unless_cancelled(future: asyncio.Future[T], settle: Callable[[Any], None], by: Any) -> None:
    """Settle a future that somebody may still wait for."""
    if not future.done():
        settle(by)


def run_virtually(work: Coroutine[Any, Any, T], *, looks: int = 0) -> T:
    """Run a coroutine to its end in a loop of its own."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(looks)) as runner:
        return runner.run(work)
