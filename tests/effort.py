"""How the effort of a piece of work grows with what it is given, on whatever machine."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

TIMES = 8
"""How much larger the larger input is."""
QUADRATIC: Final = 24.0
"""Growth between what is in proportion, and so grows eightfold, and what grows by its square."""


def growth(work: Callable[[T], object], made: Callable[[int], T], size: int) -> float:
    """Tell how many times the effort for TIMES less takes the one for all of `size`.

    It counts the processor's time, of which a busy machine takes none away, and the least of some.
    """
    return _effort(work, made(size)) / _effort(work, made(size // TIMES))


def _effort(work: Callable[[T], object], given: T) -> float:
    least = float("inf")
    for _ in range(5):
        began = time.thread_time()
        work(given)
        least = min(least, time.thread_time() - began)
    return least
