"""When a delivery that was not accepted is tried again, and when it is given up."""

import math
from datetime import datetime, timedelta
from hashlib import sha256

FIRST = 300.0
"""Seconds from the first attempt to the second, as Postfix has it."""
CAP = 4_000.0
LIFETIME = timedelta(days=5)
LONGEST_WAIT = 86_400.0
"""What a channel asks for beyond a day is taken for a mistake."""


def retry_at(
    now: datetime, attempt: int, *, key: str, retry_after: float | None = None
) -> datetime:
    """Tell when to try again after the `attempt`-th failed (from 1); never before `retry_after`.

    The second attempt comes after FIRST seconds; each further one between FIRST and a bound that
    doubles up to CAP. Where in between is drawn from `key` and `attempt`, so that deliveries that
    failed together spread out, and the same question has the same answer.
    """
    bound = min(CAP, FIRST * 2 ** min(max(attempt, 1) - 1, 10))
    wait = FIRST + (bound - FIRST) * _fraction(f"{key} {attempt}")
    if retry_after is not None and not math.isnan(retry_after):
        wait = max(wait, min(retry_after, LONGEST_WAIT))
    return now + timedelta(seconds=wait)


def expired(created_at: datetime, now: datetime) -> bool:
    """Tell whether a delivery has been tried for so long that it is no longer useful."""
    return now - created_at >= LIFETIME


def _fraction(text: str) -> float:
    """Draw a number of [0, 1) from a text, evenly."""
    return int.from_bytes(sha256(text.encode()).digest()[:6]) / 2**48
