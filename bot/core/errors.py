"""Every error that Daily Papers raises on purpose, as one tree.

    DailyPapersError
    ├── ConfigError             the configuration is wrong; nothing retries it (exit code 2)
    ├── SourceError             a source gave no answer that can be trusted
    │   ├── SourceUnavailable   no answer, or one that says "later"; retried within `patience`
    │   └── SuspectAnswer       an answer that contradicts itself or what is known; retried too
    ├── MailboxError            where mail comes back to cannot be read
    ├── PublishError            the pages cannot be written
    ├── StoreError              the database cannot be used; the message says what to do
    │   ├── InstanceRunning     another process holds the database's instance lock
    │   ├── StoreBusy           another process writes for long; the same may be tried again
    │   └── DatabaseUnusable    corrupt, made by a newer version, unreadable, or the disk is full
    └── DeliveryError           a digest was not accepted by its channel
        ├── TemporaryFailure    later may succeed
        ├── PermanentFailure    trying again as it is will not succeed
        └── Uncertain           it may have been accepted: the channel's answer was lost

Messages are shown to people: they name what went wrong and, where there is one, the cure.
They never hold a secret.
"""

from collections.abc import Sequence
from typing import Literal

Scope = Literal["delivery", "address", "channel", "policy"]


class DailyPapersError(Exception):
    """Root of the tree."""


class ConfigError(DailyPapersError):
    """The configuration is wrong; `problems` holds one line for each thing to mend."""

    def __init__(self, problems: Sequence[str] | str) -> None:
        self.problems: tuple[str, ...] = (
            (problems,) if isinstance(problems, str) else tuple(problems)
        )
        super().__init__("\n".join(self.problems))


class SourceError(DailyPapersError):
    """A source gave no answer that can be trusted."""


class SourceUnavailable(SourceError):  # reads better at every raise
    """No answer, or one that says "later"; `retry_after` in seconds where the source named it."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SuspectAnswer(SourceError):
    """An answer that contradicts itself or what is already known."""


class MailboxError(DailyPapersError):
    """Where mail comes back to cannot be read; what was read before stays counted."""


class PublishError(DailyPapersError):
    """The pages cannot be written; those that were there before are still whole."""


class StoreError(DailyPapersError):
    """The database cannot be used as asked."""


class InstanceRunning(StoreError):
    """Another process works on this database."""


class StoreBusy(StoreError):
    """Another process writes for long: nothing was done, and the same may be tried again."""


class DatabaseUnusable(StoreError):
    """The database is corrupt, from a newer version, unreadable, or its disk is full."""


class DeliveryError(DailyPapersError):
    """A digest was not accepted by its channel."""


class TemporaryFailure(DeliveryError):
    """Later may succeed; `retry_after` in seconds where the channel named it."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PermanentFailure(DeliveryError):
    """Trying again as it is will not succeed.

    `scope` says what is at fault: this one `delivery`; the `address`, which is then suspended;
    the `channel` as a whole (credentials, TLS), which is then paused for everybody; or a `policy`
    that may be held against one address or against all that we send: the others will tell.
    """

    def __init__(self, message: str, *, scope: Scope = "delivery") -> None:
        super().__init__(message)
        self.scope: Scope = scope


class Uncertain(DeliveryError):
    """The digest may have been accepted: the connection broke before the channel's answer."""


def first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Give the first error of a group, however deep: what a caller can name and act on."""
    first = group.exceptions[0]
    return first_of(first) if isinstance(first, BaseExceptionGroup) else first
