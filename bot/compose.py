"""The second step: turn what the log holds past each due cursor into deliveries."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.core.choice import Matches, may_reach
from bot.core.coverage import Census
from bot.core.model import Announcement, Composition, Due, Paper
from bot.core.query import select
from bot.core.selection import compose_one, earliest, quiet_since
from bot.core.standing import Head
from bot.core.subscription import Subscription
from bot.interfaces import Store

_log = structlog.get_logger()

Identity = tuple[str, str, str]
"""A subscriber's name, a channel, and an address there."""
COMPLETION_WAIT = timedelta(minutes=90)
"""How long a digest waits, where it can, for comment and dates that only a feed has announced."""


async def compose(
    store: Store,
    subscriptions: Sequence[Subscription],
    *,
    now: datetime,
    wait: timedelta = timedelta(0),
    batch: int = 1000,
) -> int:
    """Write the deliveries of all due subscriptions, and tell how many there are.

    The log is matched once for all of them. Deliveries and cursors of `batch` subscriptions are
    written in one transaction: killed between two, the rest is still due. A subscription for which
    a paper announced less than `wait` ago is still partial is left due.
    """
    head = await store.head()
    matching = Matching(store, subscriptions, head, now)
    written = after = 0
    while due := await store.due(now, after=after, limit=batch):
        after = due[-1].id
        foreseen = await matching.decide(due, wait)
        compositions = [made for one, made in foreseen if not matching.idle(one, made)]
        if compositions:
            written += await store.compose(compositions, now)
    if written:
        _log.info("compose.done", deliveries=written, head=head.seq)
    return written


async def foresee(
    store: Store, subscriptions: Sequence[Subscription], *, now: datetime
) -> list[tuple[Due, Composition]]:
    """Decide for every subscription as if all were due now, and write nothing."""
    matching = Matching(store, subscriptions, await store.head(), now)
    foreseen: list[tuple[Due, Composition]] = []
    after = 0
    while due := await store.due(now, after=after, everyone=True):
        after = due[-1].id
        foreseen += await matching.decide(due)
    return foreseen


class Matching:
    """Matches the log against all queries, each row at most once a pass."""

    def __init__(
        self, store: Store, subscriptions: Sequence[Subscription], head: Head, now: datetime
    ) -> None:
        self._store = store
        self._head = head
        self._now = now
        self._wanted = {(one.subscriber, one.channel, one.address): one for one in subscriptions}
        topics = [topic for one in subscriptions for topic in one.topics]
        self._queries = {topic.query.hash: topic.query for topic in topics}
        self._within_reach = {topic.query.hash for topic in topics if may_reach(topic, head)}
        self._from = head.seq
        self._since: datetime | None = None
        self._quiet_since: datetime | None = None
        self._matches = Matches(head, {}, {})

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
            for subscription, one in pairs
        ]
        return [(one, composition) for one, composition in decided if composition is not None]

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
            news = {q: [*earlier.get(q, ()), *self._matches.news.get(q, ())] for q in self._queries}
            self._matches = replace(self._matches, news=news)
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
    ) -> dict[str, list[Announcement]]:
        """Match the log's rows in (after, upto], page by page, and count them."""
        found: dict[str, list[Announcement]] = {}
        while page := await self._store.log(after, upto, since=since):
            after = page[-1].seq
            census.add(page)
            for query, rows in self._match_page(page).items():
                found.setdefault(query, []).extend(rows)
        return found

    def _match_page(self, page: Sequence[Announcement]) -> dict[str, list[Announcement]]:
        """Match one page; what came later of a paper counts where it did not match without."""
        queries = tuple(self._queries.values())
        later = [place for place, row in enumerate(page) if row.late or row.completed]
        before = select(queries, [_before(page[place]) for place in later]) if later else {}
        known = {query: {later[place] for place in places} for query, places in before.items()}
        return {
            query: [page[place] for place in places if place not in known.get(query, ())]
            for query, places in select(queries, [row.paper for row in page]).items()
        }


def _before(row: Announcement) -> Paper:
    """Give the paper as it was before its late cross-list, or before it was completed."""
    if row.completed:
        return replace(row.paper, comment=None, journal_ref=None, doi=None)
    categories = tuple(one for one in row.paper.categories if one not in row.late)
    return replace(row.paper, categories=categories)
