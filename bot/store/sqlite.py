"""The store on SQLite: one thread owns the connection, and every method is one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.core.enrolment import Enrolment
from bot.core.model import (
    Announcement,
    Composition,
    Delivery,
    DeliveryId,
    Due,
    Lag,
    Outcome,
    Paper,
)
from bot.core.polling import Batch, Memory, PollResult, Recorded
from bot.core.query import Query
from bot.core.standing import Head, Pruned, Status
from bot.core.story import Story
from bot.core.subscription import Subscription, Topic
from bot.store import (
    audit,
    indexing,
    intake,
    lags,
    later,
    ledger,
    log,
    outbox,
    overview,
    retention,
    roster,
    search,
    settling,
    story,
)
from bot.store.renewal import ALL, INDEX
from bot.store.sqlite_shelves import SqliteShelves
from bot.store.sqlite_signups import SqliteSignUps


class SqliteStore(SqliteSignUps, SqliteShelves):
    """The ledger in one SQLite file; made by `open`."""

    async def sync(
        self,
        subscriptions: Sequence[Subscription],
        now: datetime,
        *,
        shown: Sequence[Topic] = (),
        enrolment: Enrolment | None = None,
    ) -> Mapping[int, Subscription]:
        """Make the configuration's rows equal to the subscriptions."""
        return await self._write(roster.sync, subscriptions, now, shown=shown, enrolment=enrolment)

    async def memory(self, source: str, now: datetime) -> Memory:
        """Give back what is kept for a source."""
        return await self._read(audit.memory, source, now)

    async def record(self, source: str, batch: Batch, now: datetime) -> Recorded:
        """Write a batch whole or not at all, killed at whatever instant."""
        return await self._write(intake.record, source, batch, now)

    async def polled(self, result: PollResult) -> None:
        """Keep how the source's last poll ended, and let go what was kept for long enough."""
        await self._write(intake.note_poll, result)

    async def due(
        self, now: datetime, *, after: int = 0, limit: int = 1000, everyone: bool = False
    ) -> Sequence[Due]:
        """Read due subscriptions on one snapshot, each with all that it takes to decide for it."""
        return await self._read(roster.due, now, after=after, limit=limit, everyone=everyone)

    async def head(self) -> Head:
        """Tell the log's end."""
        return await self._read(log.head)

    async def reads(self, upto: int) -> None:
        """Note that the log is read up to here, if that is not known yet."""
        if await self._read(later.read_upto) < upto:
            await self._write(later.note_read, upto)

    async def log(
        self, after: int, upto: int, *, since: datetime | None = None, limit: int = 2000
    ) -> Sequence[Announcement]:
        """Read a range of the log."""
        return await self._read(log.announcements, after, upto, since=since, limit=limit)

    async def compose(self, compositions: Sequence[Composition], now: datetime) -> int:
        """Write deliveries together with the cursors that moved for them."""
        return await self._write(outbox.compose, compositions, now)

    async def claim(
        self, channel: str, now: datetime, *, lease: timedelta, limit: int
    ) -> Sequence[Delivery]:
        """Take deliveries in the name of this process; only one has the instance lock."""
        claim = outbox.Claim(channel, self._owner, now, lease, limit)
        return await self._write(outbox.claim, claim)

    async def settle(self, outcomes: Sequence[Outcome], now: datetime) -> None:
        """Write what became of claimed deliveries."""
        await self._write(settling.settle, self._owner, outcomes, now)

    async def status(self, now: datetime) -> Status:
        """Read the ledger at a glance."""
        return await self._read(overview.status, now)

    async def deliveries(
        self,
        action: Literal["list", "retry", "drop"],
        ids: Sequence[DeliveryId] = (),
        *,
        now: datetime,
    ) -> Sequence[Mapping[str, Any]]:
        """List, retry or drop deliveries."""
        if action == "list":
            return await self._read(ledger.rows, ids)
        change = ledger.retry if action == "retry" else ledger.drop
        return await self._change(change, ids=ids, now=now)

    async def lags(self, after: datetime, until: datetime) -> Sequence[Lag]:
        """Measure how long digests were on their way."""
        return await self._read(lags.lags, after, until)

    async def story(self, subscriber: str, paper: str, now: datetime) -> Story:
        """Read what became of one paper on its way to one subscriber, on one snapshot."""
        return await self._read(story.story, subscriber, paper, now)

    async def refresh(self, limit: int) -> int:
        """Index some papers, if there are any to index, and tell how many are left.

        Beside a running bot that ends only once the bot has had the time to write. What people
        read of all papers by new rules is left to the bot: nobody has to wait for that.
        """
        made = ALL if self._exclusive else INDEX
        left = await self._read(indexing.left, made)
        if not (left and limit):
            return left
        prepared = await self._read(indexing.prepare, limit, made)
        return await self._change_beside(indexing.enter, prepared, made)

    async def candidates(
        self, query: Query, *, before: str | None = None, limit: int = 500
    ) -> Sequence[Paper]:
        """Read papers that stand in the index and may match."""
        return await self._read(search.candidates, query, before=before, limit=limit)

    async def prune(self, kept: timedelta, now: datetime) -> Pruned:
        """Forget what is old in many small transactions, and give room back where it is worth it.

        Others work on in between; what is interrupted is done by the next call.
        """
        limits = await self._read(retention.bounds, kept, now)
        papers = deliveries = 0
        after = ""
        while ids := await self._write(retention.forget_papers, limits, after):
            papers += len(ids)
            after = ids[-1]
        while count := await self._write(retention.forget_deliveries, limits):
            deliveries += count
        size = self.path.stat().st_size
        if await self._read(retention.is_worth_it):
            while await self._call(self._outside, lambda db: retention.give_back(db, self.path)):
                pass
        return Pruned(papers, deliveries, max(0, size - self.path.stat().st_size))
