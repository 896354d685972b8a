"""What a poll of the feeds has met, category by category, and how it ends."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import structlog

from bot.core.errors import SourceError, SourceUnavailable, SuspectAnswer

_log = structlog.get_logger(__name__)

_NAMED = 5


class FeedTale:
    """Gathers for each of the `leaves` that a poll asks for why its feed could not be had."""

    def __init__(self, leaves: Sequence[str]) -> None:
        self._leaves = leaves
        self._failures: dict[str, SourceError] = {}
        self._unread: dict[tuple[date, ...], list[str]] = {}

    def failed(self, leaves: Iterable[str], error: SourceError) -> None:
        """Note why these were not read, or cannot be believed."""
        names = tuple(leaves)
        _log.warning("feed.failed", categories=_named(names), error=str(error))
        self._failures.update(dict.fromkeys(names, error))

    def missed(self, leaf: str, days: tuple[date, ...]) -> None:
        """Note the days, if any, whose feed was not read while there was time."""
        if days:
            self._unread.setdefault(days, []).append(leaf)

    @property
    def last_failure(self) -> SourceError | None:
        """The failure noted last."""
        return next(reversed(self._failures.values()), None)

    @property
    def sound(self) -> frozenset[str]:
        """The leaves that have not failed."""
        return frozenset(self._leaves) - self._failures.keys()

    def conclude(self) -> None:
        """Raise one error that sums up all that failed or was missed; return if nothing was."""
        told = [*self._failed_leaves(), *self._missed_days()]
        if told:
            raise self._error("; ".join(told))

    def _failed_leaves(self) -> Iterator[str]:
        """Name the categories that failed, if any, by reason."""
        by_reason: dict[str, list[str]] = {}
        for leaf, error in self._failures.items():
            by_reason.setdefault(str(error), []).append(leaf)
        reasons = "; ".join(f"{_named(names)} ({reason})" for reason, names in by_reason.items())
        if reasons:
            yield (
                f"the feeds of {len(self._failures)} of {len(self._leaves)} categories "
                f"could not be believed: {reasons}"
            )

    def _missed_days(self) -> Iterator[str]:
        """Name the days that were missed, by the categories that missed the same."""
        for days, leaves in self._unread.items():
            yield (
                f"the feed of {_spelled(days)} was never read for {_named(leaves)}; papers of "
                f"{'that day' if len(days) == 1 else 'those days'} come by the other sources"
            )

    def _error(self, message: str) -> SourceError:
        """Choose the class: what may pass by itself before what may not."""
        errors = self._failures.values()
        away = [error for error in errors if isinstance(error, SourceUnavailable)]
        if away:
            waits = [error.retry_after for error in away if error.retry_after is not None]
            return SourceUnavailable(message, retry_after=max(waits, default=None))
        if not self._unread and all(isinstance(error, SuspectAnswer) for error in errors):
            return SuspectAnswer(message)
        return SourceError(message)


def _spelled(days: Sequence[date]) -> str:
    """Name a few days in a row, or else the first and the last."""
    named = [f"{day:%a} {day.day} {day:%b}" for day in days]
    if len(named) > _NAMED:
        return f"{len(named)} days from {named[0]} to {named[-1]}"
    return " and ".join(filter(None, [", ".join(named[:-1]), named[-1]]))


def _named(names: Iterable[str]) -> str:
    """Name a few categories, and say how many more there are."""
    known = sorted(names)
    more = len(known) - _NAMED
    return ", ".join(known[:_NAMED]) + (f" and {more} more" if more > 0 else "")
