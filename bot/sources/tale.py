"""What a poll has met, day by day: which scopes it saw whole, and how it ends."""

from collections.abc import Sequence
from datetime import date

import structlog

from bot.core.backlog import REACH, Backlog
from bot.core.errors import SourceError
from bot.core.polling import Quarantined
from bot.core.window import DAYS, Step
from bot.sources.summary import named, summed

_log = structlog.get_logger(__name__)


class Tale:
    """Gathers, for each step of a poll, how many papers its day holds or why it failed.

    `owed` is told of only where some of it is beyond reach.
    """

    def __init__(self, steps: Sequence[Step], owed: Sequence[Backlog] = ()) -> None:
        self._steps = steps
        self._owed = owed
        self._totals: dict[Step, int] = {}
        self._failures: dict[Step, SourceError] = {}
        self._short: dict[date, Quarantined] = {}

    def found(self, step: Step, total: int, missing: int = 0) -> None:
        """Note how many papers the step's day holds, and how many arXiv counts beyond them."""
        self._totals[step] = total
        if missing:
            day, counted = step.day.isoformat(), total + missing
            told = f"arXiv counts {counted} papers and gave {total}, twice alike"
            self._short[step.day] = Quarantined(day, told)
            _log.warning("slice.short", day=day, total=counted, count=total)

    def short(self, day: date) -> tuple[Quarantined, ...]:
        """Tell of a day whose count was wrong for any of the scopes that were asked for so far.

        It rides on each whole reading of that day, since such a reading ends an earlier one.
        """
        return tuple(filter(None, [self._short.get(day)]))

    def failed(self, step: Step, error: SourceError) -> None:
        """Note why the step failed."""
        self._failures[step] = error

    @property
    def last_failure(self) -> SourceError | None:
        """The failure noted last."""
        return next(reversed(self._failures.values()), None)

    @property
    def heard(self) -> bool:
        """Whether any day at all was counted or read whole."""
        return bool(self._totals)

    @property
    def complete(self) -> frozenset[str]:
        """The scopes of which every day was counted or read whole, and which exist at all."""
        return self._sound - self._empty

    def conclude(self) -> None:
        """Raise one error that sums up all that failed; return if nothing did."""
        told = []
        if self._failures:
            told.append(self._failed_days())
        if self._empty:
            names = ", ".join(sorted(self._empty))
            told.append(
                f"not one paper of the last {DAYS} days came for {names}: arXiv's search is at "
                "fault, or there is no such category"
            )
        told += self.lost
        if told:
            raise summed("; ".join(told), self._failures.values(), lasting=bool(self.lost))

    @property
    def _sound(self) -> frozenset[str]:
        """The scopes of which no day failed."""
        failed = {scope for step in self._failures for scope in step.scopes}
        return frozenset(scope for step in self._steps for scope in step.scopes) - failed

    @property
    def _empty(self) -> frozenset[str]:
        """The scopes whose days were all empty, which no category's are."""
        filled = {scope for step, total in self._totals.items() if total for scope in step.scopes}
        return self._sound - filled

    @property
    def lost(self) -> list[str]:
        """Tell of the days beyond reach, by the scopes that they were owed to."""
        scopes: dict[tuple[date, date], list[str]] = {}
        for backlog in self._owed:
            if backlog.lost:
                scopes.setdefault(backlog.lost, []).append(backlog.scope)
        return [
            f"no poll came for so long that what was submitted from {first} to {last} in "
            f"{', '.join(names)} is not asked for any more: a poll looks back {REACH} days"
            for (first, last), names in scopes.items()
        ]

    def _failed_days(self) -> str:
        """Name the days that failed, by reason."""
        by_reason: dict[str, list[str]] = {}
        for step, error in self._failures.items():
            by_reason.setdefault(str(error), []).append(step.day.isoformat())
        failed = {step.day for step in self._failures}
        reasons = "; ".join(f"{named(days)} ({reason})" for reason, days in by_reason.items())
        asked = {step.day for step in self._steps}
        return f"{len(failed)} of {len(asked)} days could not be read: {reasons}"
