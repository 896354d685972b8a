"""The second step: turn what the log holds past each due cursor into deliveries."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property, partial

import structlog

from bot.aside import aside
from bot.core.audience import Audience
from bot.core.choice import Matches, may_reach
from bot.core.coverage import Census
from bot.core.matched import Matched
from bot.core.model import Announcement, Composition, Due
from bot.core.query.isolation import Fault, Isolated
from bot.core.refusal import Refusal
from bot.core.selection import compose_one, earliest, quiet_since
from bot.core.standing import Head
from bot.core.subscription import Subscription, Topic
from bot.interfaces import Store
from bot.refusals import note_failed

_log = structlog.get_logger()

COMPLETION_WAIT = timedelta(minutes=90)
"""How long a digest waits, where it can, for comment and dates that only a feed has announced."""


async def compose(
    store: Store,
    subscriptions: Sequence[Subscription] | Audience,
    *,
    now: datetime,
    wait: timedelta = timedelta(0),
    batch: int = 1000,
) -> int:
    """Write the deliveries of all due subscriptions, and tell how many there are.

    The log is matched once for all of them. Deliveries and cursors of `batch` subscriptions are
    written in one transaction: killed between two, the rest is still due. A subscription for which
    a paper announced less than `wait` ago is still partial is left due. A topic whose query fails
    is left out, and its cursor where it was. Who makes pass after pass keeps an Audience.
    """
    head = await store.head()
    audience = subscriptions if isinstance(subscriptions, Audience) else Audience(subscriptions)
    matching = Matching(store, audience, head, now)
    written = after = 0
    while due := await store.due(now, after=after, limit=batch):
        after = due[-1].id
        await store.reads(head.seq)
        foreseen = await matching.decide(due, wait)
        compositions = [made for one, made in foreseen if not matching.idle(one, made)]
        if compositions:
            written += await store.compose(compositions, now)
    matching.tell_faults()
    if matching.tried:
        await note_failed(store, matching.failed, matching.tried, now)
    if written:
        _log.info("compose.done", deliveries=written, head=head.seq)
    return written


async def foresee(
    store: Store, subscriptions: Sequence[Subscription], *, now: datetime
) -> list[tuple[Due, Composition]]:
    """Decide for every subscription as if all were due now, and write nothing."""
    matching = Matching(store, Audience(subscriptions), await store.head(), now)
    foreseen: list[tuple[Due, Composition]] = []
    after = 0
    while due := await store.due(now, after=after, everyone=True):
        after = due[-1].id
        foreseen += await matching.decide(due)
    return foreseen


class Matching:
    """Matches the log against all queries, each row at most once a pass.

    Queries are put together and matched aside. They are changed by nobody meanwhile: by `decide`
    alone, which one caller awaits, and by the audience, whose owner changes it between passes.
    """

    def __init__(self, store: Store, audience: Audience, head: Head, now: datetime) -> None:
        self._store = store
        self._head = head
        self._now = now
        self._audience = audience
        self._wanted = audience.subscriptions
        self.tried: set[str] = set()
        """The names of topics whose queries had something to match in this pass."""
        self.failed: dict[str, Refusal] = {}
        """By their names, the topics whose queries failed."""
        self._from = head.seq
        self._since: datetime | None = None
        self._quiet_since: datetime | None = None
        self._news = Matched()
        self._matches = Matches(head, self._news, {})

    @cached_property
    def _engine(self) -> Isolated:
        """All queries, put together once there is something to match."""
        return self._audience.queries()

    @cached_property
    def _within_reach(self) -> set[str]:
        """The queries of topics that may reach back, told once something is due."""
        topics = (topic for one in self._wanted.values() for topic in one.topics)
        return {topic.query.hash for topic in topics if may_reach(topic, self._head)}

    async def decide(
        self, due: Sequence[Due], wait: timedelta = timedelta(0)
    ) -> list[tuple[Due, Composition]]:
        """Decide for each of `due` that is still wanted, but for those that should wait."""
        pairs = [
            (subscription, one)
            for one in due
            if (subscription := self._wanted.get((one.subscriber, one.channel, one.address)))
        ]
        await self._read_for(pairs)
        decided = [
            (one, compose_one(subscription, one, self._matches, self._now, wait=wait))
            for subscription, one in (self._sound(*pair) for pair in pairs)
        ]
        return [(one, composition) for one, composition in decided if composition is not None]

    def tell_faults(self) -> None:
        """Say of which queries nobody could tell what matches them best."""
        for query, fault in self._matches.ranking.failed.items():
            _log.error("order.failed", query=query[:200], error=fault.said)

    def _sound(self, subscription: Subscription, due: Due) -> tuple[Subscription, Due]:
        """Leave out the topics whose queries failed, and their cursors, which then stay."""
        if self._from == self._head.seq and self._since is None:
            return subscription, due  # nothing was matched
        self.tried |= {topic.name for topic in subscription.topics}
        faults = self._engine.failed
        failed = [topic for topic in subscription.topics if topic.query.hash in faults]
        if not failed:
            return subscription, due
        self.failed |= {one.name: _refusal(one, faults[one.query.hash]) for one in failed}
        topics = tuple(topic for topic in subscription.topics if topic not in failed)
        names = (*subscription.refused, *(topic.name for topic in failed))
        gone = {topic.key for topic in failed}
        cursors = {key: cursor for key, cursor in due.cursors.items() if key not in gone}
        sound = replace(subscription, topics=topics, refused=names)
        return sound, replace(due, cursors=cursors)

    def idle(self, due: Due, composition: Composition) -> bool:
        """Whether writing would change nothing for a subscription that is always due."""
        subscription = self._wanted[due.subscriber, due.channel, due.address]
        same = not composition.deliveries and composition.cursors == due.cursors
        return same and subscription.schedule.at is None

    async def _read_for(self, pairs: Sequence[tuple[Subscription, Due]]) -> None:
        """Read, count and match as much more of the log as these need."""
        due = [one for _, one in pairs]
        after, since = earliest(due, self._head, self._within_reach)
        if after < self._from:
            census = self._matches.announced
            earlier = await self._match(after, self._from, census)
            self._news = earlier + self._news
            self._matches = replace(self._matches, news=self._news)
            self._from = after
        if since is not None and (self._since is None or since < self._since):
            past = Census()
            reached = await self._match(0, self._head.seq, past, since)
            self._matches = replace(self._matches, reached=reached, past=past)
            self._since = since
        quiet = [
            heard
            for subscription, one in pairs
            if (heard := quiet_since(subscription, one, self._now)) is not None
        ]
        if quiet and (self._quiet_since is None or min(quiet) < self._quiet_since):
            self._quiet_since = min(quiet)
            self._matches = replace(self._matches, quiet=await self._count(self._quiet_since))

    async def _count(self, since: datetime) -> Census:
        """Count what was announced since an instant, whatever it matches."""
        census = Census()
        after = 0
        while page := await self._store.log(after, self._head.seq, since=since):
            after = page[-1].seq
            census.add(row for row in page if not row.silent)
        return census

    async def _match(
        self, after: int, upto: int, census: Census, since: datetime | None = None
    ) -> Matched:
        """Match the log's rows in (after, upto], page by page, and count them."""
        found = Matched()
        while page := await self._store.log(after, upto, since=since):
            after = page[-1].seq
            census.add(page)
            await aside(partial(self._match_page, page, found))
        return found

    def _match_page(self, page: Sequence[Announcement], found: Matched) -> None:
        """Match one page, and add to `found`; for many queries it takes seconds.

        What came later of a paper counts where it did not match without.
        """
        later = [place for place, row in enumerate(page) if row.late or row.completed]
        before = self._engine.select([page[place].before for place in later]) if later else {}
        known = {query: {later[place] for place in places} for query, places in before.items()}
        found.add(page, self._engine.select([row.paper for row in page]), known)


def _refusal(topic: Topic, fault: Fault) -> Refusal:
    """Tell that a topic's query failed, and what can be done; other words are no other case."""
    case = hashlib.sha256(f"{fault.kind} {topic.query.hash}".encode()).hexdigest()[:12]
    error = (
        f"its query failed when it was matched: {fault.said}. This is a fault in Daily Papers: "
        "please report it with the query. Written in another way, the query may work."
    )
    return Refusal(topic.name, error, case)
