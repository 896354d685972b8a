"""How a poll sums up what failed: one error for many, and a few names for all."""

from collections.abc import Collection, Iterable

from bot.core.errors import SourceError, SourceUnavailable, SuspectAnswer

_NAMED = 5


def summed(message: str, errors: Collection[SourceError], *, lasting: bool = False) -> SourceError:
    """Give one error for `errors`, of the class that promises most to whoever asks again.

    It may pass by itself if any of them may; `lasting` tells of something besides that does not.
    """
    away = [error for error in errors if isinstance(error, SourceUnavailable)]
    if away:
        waits = [error.retry_after for error in away if error.retry_after is not None]
        return SourceUnavailable(message, retry_after=max(waits, default=None))
    if not lasting and all(isinstance(error, SuspectAnswer) for error in errors):
        return SuspectAnswer(message)
    return SourceError(message)


def named(names: Iterable[str]) -> str:
    """Name a few in their order, each once, and say how many more there are."""
    known = sorted(set(names))
    more = len(known) - _NAMED
    return ", ".join(known[:_NAMED]) + (f" and {more} more" if more > 0 else "")
