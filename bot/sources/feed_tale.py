"""What a poll of the feeds has met, category by category, and how it ends."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import structlog

from bot.core.errors import SourceError
from bot.sources.summary import named, summed

_log = structlog.get_logger(__name__)

_DAYS_NAMED = 5


class FeedTale:
    """Gathers for each of the `leaves` that a poll asks for why its feed could not be had."""

    def __init__(self, leaves: Sequence[str]) -> None:
        self._leaves = leaves
        self._failures: dict[str, SourceError] = {}
        self._unread: dict[tuple[date, ...], list[str]] = {}

    def failed(self, leaves: Iterable[str], error: SourceError) -> None:
        """Note why these were not read, or cannot be believed."""
        names = tuple(leaves)
        _log.warning("feed.failed", categories=named(names), error=str(error))
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
            raise summed("; ".join(told), self._failures.values(), lasting=bool(self._unread))

    def _failed_leaves(self) -> Iterator[str]:
        """Name the categories that failed, if any, by reason."""
        by_reason: dict[str, list[str]] = {}
        for leaf, error in self._failures.items():
            by_reason.setdefault(str(error), []).append(leaf)
        reasons = "; ".join(f"{named(names)} ({reason})" for reason, names in by_reason.items())
        if reasons:
            yield (
                f"the feeds of {len(self._failures)} of {len(self._leaves)} categories "
                f"could not be believed: {reasons}"
            )

    def _missed_days(self) -> Iterator[str]:
        """Name the days that were missed, by the categories that missed the same."""
        for days, leaves in self._unread.items():
            yield (
                f"the feed of {_spelled(days)} was never read for {named(leaves)}; papers of "
                f"{'that day' if len(days) == 1 else 'those days'} come by the other sources"
            )


def _spelled(days: Sequence[date]) -> str:
    """Name a few days in a row, or else the first and the last."""
    named = [f"{day:%a} {day.day} {day:%b}" for day in days]
    if len(named) > _DAYS_NAMED:
        return f"{len(named)} days from {named[0]} to {named[-1]}"
    return " and ".join(filter(None, [", ".join(named[:-1]), named[-1]]))
