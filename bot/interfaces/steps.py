"""What sources, the store and notifiers promise to the three steps."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, runtime_checkable

from bot.core.digest import Digest
from bot.core.enrolment import Enrolment
from bot.core.model import (
    Action,
    Announcement,
    Composition,
    Delivery,
    DeliveryId,
    Due,
    Outcome,
)
from bot.core.notice import Notice
from bot.core.polling import Batch, Memory, PollRequest, PollResult, Recorded
from bot.core.standing import Head, Status
from bot.core.subscription import Subscription, Topic


class Source(Protocol):
    """Where announcements come from."""

    name: str

    def poll(self, request: PollRequest) -> AsyncGenerator[Batch, None]:
        """Yield validated batches; raise SourceError at the end if anything could not be had.

        A batch's marks say how far the source has come once the batch is committed; a doubtful
        page yields no mark. Papers come in any order and may repeat.
        """
        ...


@runtime_checkable
class Following(Protocol):
    """A source that asks for what others left open: it is polled once they have ended."""

    follows: Literal[True]


@runtime_checkable
class Reporting(Protocol):
    """A source whose poll may take long, and that tells whoever watches how far it has come."""

    on_progress: Callable[[int, int], None] | None
    """Called, where it is set, with the number of requests done and of all that are planned."""


class Notifier(AbstractAsyncContextManager["Notifier"], Protocol):
    """Carries a digest on one channel; owns its connections; is called concurrently."""

    concurrency: int
    """How many sends may be under way at once."""

    async def send(
        self, digest: Digest, address: str, *, key: str, again: bool = False
    ) -> str | None:
        """Send one digest; to return means that the channel accepted it.

        Where it could not be written as it is meant to look, and went as titles and links alone,
        say why: the owner is told.

        `key` identifies the delivery for ever. `again` tells that an earlier attempt may have
        been accepted: a channel that can look that up does so before it sends.

        Raises TemporaryFailure, PermanentFailure or Uncertain; never returns a boolean.
        """
        ...


@runtime_checkable
class Paced(Protocol):
    """A notifier that sends only so many digests in a while."""

    async def ready(self) -> None:
        """Return when another send may begin; the wait is then not part of the sending."""
        ...


@runtime_checkable
class Messenger(Protocol):
    """A notifier that can also carry a notice to the owner."""

    async def tell(self, notice: Notice, address: str, *, key: str) -> None:
        """Send one notice; to return means that the channel accepted it.

        `key` names the notice for ever. Raises as `Notifier.send` does.
        """
        ...


@dataclass(frozen=True, slots=True)
class Probe:
    """One line of `check`: an endpoint, whether it works, and what it said or how to mend it."""

    what: str
    ok: bool
    detail: str


@runtime_checkable
class Checkable(Protocol):
    """A source or notifier that can try its endpoint without sending anything."""

    async def check(self, addresses: Sequence[str]) -> Sequence[Probe]:
        """Try the endpoint, and each address where the channel can tell."""
        ...


class Store(Protocol):
    """The ledger. Each method is one transaction; `now` is given, never read from a clock."""

    async def sync(
        self,
        subscriptions: Sequence[Subscription],
        now: datetime,
        *,
        shown: Sequence[Topic] = (),
        enrolment: Enrolment | None = None,
    ) -> Mapping[int, Subscription]:
        """Make the rows whose origin is the configuration equal to `subscriptions`.

        New rows and new (topic, query hash) pairs get a cursor at the head of the log; a topic
        that was only renamed keeps its own. What is no longer there is removed with its cursors,
        and its pending deliveries are dropped. A baseline, with the marks of its scope, goes once
        no scope of `subscriptions`, or of the topics `shown` on the pages, covers it; a new scope
        inherits that of one which covers it.
        Instants that lie too far ahead of `now` are a wrong clock's, and are brought back.

        Refused topics keep their cursors, which rest, and while there are any every baseline stays.
        One that is mended goes on with its cursor, or with another query from where it was refused.

        Those who signed up are subscribed by the `enrolment`, as `SignUps.enrol` does, and given by
        the ids of their rows. Whom the configuration names itself now, by the address, it takes
        over as they are.
        """
        ...

    async def memory(self, source: str, now: datetime) -> Memory:
        """Give back the last mark for each key of this source's batches, and what to ask by id."""
        ...

    async def record(self, source: str, batch: Batch, now: datetime) -> Recorded:
        """Write a batch: papers, what is new of them as announcements, quarantine and marks.

        A later version of a known paper, or one made lately of a paper from before the baseline, is
        announced as a revision.
        """
        ...

    async def polled(self, result: PollResult) -> None:
        """Note how a source's poll ended."""
        ...

    async def due(
        self, now: datetime, *, after: int = 0, limit: int = 1000, everyone: bool = False
    ) -> Sequence[Due]:
        """Read at most `limit` due subscriptions with surrogate ids above `after`, in their order.

        Suspended ones are left out, and those whose readers have paused. `everyone` reads all of
        them, due or not, for a preview.
        """
        ...

    async def head(self) -> Head:
        """Tell the log's last sequence number, and which scopes have their baseline."""
        ...

    async def reads(self, upto: int) -> None:
        """Note, before the log is read up to here for a digest, that it is.

        What comes of a paper afterwards that was announced by then is announced again.
        """
        ...

    async def log(
        self, after: int, upto: int, *, since: datetime | None = None, limit: int = 2000
    ) -> Sequence[Announcement]:
        """Read announcements with `after` < seq <= `upto` in order, at most `limit` of them.

        Silent rows are left out, unless `since` is given: then all dated at or after it are read.
        """
        ...

    async def compose(self, compositions: Sequence[Composition], now: datetime) -> int:
        """Write deliveries and cursors, and tell how many deliveries there are.

        A paper that a subscription was already given is left out of its delivery; a delivery left
        empty by that is not written, and the other parts are numbered anew. Nothing is written for
        a subscription that is gone or suspended, or whose reader has paused.
        """
        ...

    async def claim(
        self, channel: str, now: datetime, *, lease: timedelta, limit: int
    ) -> Sequence[Delivery]:
        """Take up to `limit` deliveries whose instant has come, that first due first, on a lease.

        One whose lease ended, or whose process is gone, is taken again and is then uncertain.
        Nothing is given of a suspended address, a paused channel or a reader who has paused; what
        was under way to an address suspended meanwhile fails with it.
        """
        ...

    async def settle(self, outcomes: Sequence[Outcome], now: datetime) -> None:
        """Write what became of claimed deliveries.

        What is pending for an address that is suspended fails with it: it returns once that is
        lifted.
        """
        ...

    async def status(self, now: datetime) -> Status:
        """Read the ledger at a glance."""
        ...

    async def deliveries(
        self,
        action: Action,
        ids: Sequence[DeliveryId] = (),
        *,
        now: datetime,
    ) -> Sequence[Mapping[str, Any]]:
        """List deliveries, or make those named pending now, or drop them; give their rows."""
        ...
