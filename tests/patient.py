"""An event loop for tests that wait on servers of their own: however slow the machine, all is told.

Nobody then runs out of time for want of a processor, and how long somebody waited is exact.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from unittest import mock

from bot.notifiers.pace import Pace
from bot.notifiers.smtp_pool import Pool
from bot.sources.gate import Gate
from tests.sim.virtual import VirtualLoop


@contextmanager
def clock_of_all(clock: Callable[[], float]) -> Iterator[None]:
    """Let this be the monotonic clock of all that asks, or that took one as its default."""
    with ExitStack() as stack:
        stack.enter_context(mock.patch("time.monotonic", clock))
        stack.enter_context(mock.patch.dict(Gate.__init__.__kwdefaults__, clock=clock))
        for kind in (Pace, Pool):
            stack.enter_context(mock.patch.object(kind.__init__, "__defaults__", (clock,)))
        yield


class PatientLoop(VirtualLoop):
    """A loop whose clock only waiting moves; so do the clocks of what runs in it."""

    def __init__(self) -> None:
        super().__init__(looks=3)

    def run_forever(self) -> None:
        with clock_of_all(self.time):
            super().run_forever()
