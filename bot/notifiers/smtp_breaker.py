"""A circuit breaker: a mail server that fails again and again is left alone for a while.

Closed, it lets all through. Some failures in a row open it: then nobody asks the server until its
rest is over. After that one tries; the others go on once that went well, and otherwise the server
rests for twice as long.
"""

import copy
from collections.abc import Callable

import structlog

from bot.core.errors import DeliveryError, PermanentFailure, TemporaryFailure
from bot.notifiers.smtp_server import LogInRefused

_log = structlog.get_logger()

FAILURES = 3
"""In a row: one may be an accident of the network."""
REST = 30.0
"""Seconds of the first rest."""
LONGEST = 960.0
LOCK_OUT = 600.0
"""Seconds of rest after a refused log-in: more attempts would lock the account."""


class Breaker:
    """Counts what one server does; `clock` tells monotonic seconds. It never waits itself."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures = 0
        self._rests = 0
        self._failure: DeliveryError | None = None
        self._until = 0.0
        self._trying = False

    def check(self) -> None:
        """Raise what opened it, while it is open.

        What time mends is a TemporaryFailure, whatever it was: nothing was sent now. Its
        `retry_after` tells how long the rest will be.
        """
        left = self._until - self._clock()
        if self._failure is None or left <= 0:
            return
        if isinstance(self._failure, PermanentFailure):
            raise copy.copy(self._failure)
        wished = getattr(self._failure, "retry_after", None) or 0.0
        raise TemporaryFailure(
            f"not tried again yet: {self._failure}", retry_after=max(wished, left)
        )

    def enter(self) -> bool | None:
        """Ask to go on: None means wait, and True that this is the one try; see `leave`.

        Raises as `check` does.
        """
        self.check()
        if self._failure is None:
            return False
        if self._trying:
            return None
        self._trying = True
        return True

    def leave(self) -> None:
        """End the one try, whatever came of it."""
        self._trying = False

    def failed(self, failure: DeliveryError) -> None:
        """Count a failure of the server itself; one that time does not mend opens at once."""
        self._failures += 1
        opened = self._failure is not None
        if opened and self._clock() < self._until:
            return  # of one that was under way when it opened
        if opened or self._failures >= FAILURES or isinstance(failure, PermanentFailure):
            rest = min(REST * 2**self._rests, LONGEST)
            if isinstance(failure, LogInRefused):
                rest = LOCK_OUT
            self._rests = min(self._rests + 1, 10)
            self._failure, self._until = failure, self._clock() + rest
            _log.warning("email.rests", seconds=rest, error=str(failure))

    def answered(self) -> None:
        """Note that the server does its work, whether it took the message or refused it."""
        if self._failure is not None:
            if self._clock() < self._until:
                return  # of one that was under way when it opened
            _log.info("email.resumes")
        self._failure = None
        self._failures = self._rests = 0
