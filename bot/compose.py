"""The second step: turn what the log holds past each due cursor into deliveries."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from bot.core.model import Announcement, Composition, Due, Paper
from bot.core.query import select
from bot.core.selection import Matches, compose_one, earliest, may_reach
from bot.core.standing import Head
from bot.core.subscription import Subscription
from bot.interfaces import Store

_log = structlog.get_logger()

Identity = tuple[str, str, str]
"""A subscriber's name, a channel, and an address there."""


async def compose(
    store: Store, subscriptions: Sequence[Subscription], *, now: datetime, batch: int = 1000
) -> int:
    """Write the deliveries of all due subscriptions, and tell how many there are.

    The log is matched once for all of them. Deliveries and cursors of `batch` subscriptions are
    written in one transaction: killed between two, the rest is still due.
    """
    head = await store.head()
    matching = Matching(store, subscriptions, head)
    wanted = _by_identity(subscriptions)
    written = after = 0
    while due := await store.due(now, after=after, limit=batch):
        after = due[-1].id
        compositions = await _decide(due, wanted, matching, now)
        if compositions:
            written += await store.compose(compositions, now)
    if written:
        _log.info("compose.done", deliveries=written, head=head.seq)
    return written


async def foresee(
    store: Store, subscriptions: Sequence[Subscription], *, now: datetime
) -> list[tuple[Due, Composition]]:
    """Decide for every subscription as if all were due now, and write nothing."""
    matching = Matching(store, subscriptions, await store.head())
    wanted = _by_identity(subscriptions)
    foreseen: list[tuple[Due, Composition]] = []
    after = 0
    while due := await store.due(now, after=after, everyone=True):
        after = due[-1].id
        matches = await matching.of(due)
        for one in due:
            subscription = wanted.get((one.subscriber, one.channel, one.address))
            if subscription is not None:
                foreseen.append((one, compose_one(subscription, one, matches, now)))
    return foreseen


def _by_identity(subscriptions: Sequence[Subscription]) -> dict[Identity, Subscription]:
    """Index subscriptions by what names their row."""
    return {(one.subscriber, one.channel, one.address): one for one in subscriptions}


async def _decide(
    due: Sequence[Due],
    wanted: Mapping[Identity, Subscription],
    matching: "Matching",
    now: datetime,
) -> list[Composition]:
    """Decide for a batch of due subscriptions, leaving out those that nothing would change."""
    matches = await matching.of(due)
    compositions = []
    for one in due:
        subscription = wanted.get((one.subscriber, one.channel, one.address))
        if subscription is None:
            continue
        composition = compose_one(subscription, one, matches, now)
        always_due = subscription.schedule.at is None
        idle = not composition.deliveries and composition.cursors == one.cursors
        if not (always_due and idle):
            compositions.append(composition)
    return compositions


class Matching:
    """Matches the log against all queries, each row at most once a pass."""

    def __init__(self, store: Store, subscriptions: Sequence[Subscription], head: Head) -> None:
        self._store = store
        self._head = head
        topics = [topic for one in subscriptions for topic in one.topics]
        self._queries = {topic.query.hash: topic.query for topic in topics}
        self._within_reach = {topic.query.hash for topic in topics if may_reach(topic, head)}
        self._from = head.seq
        self._news: dict[str, list[Announcement]] = {}
        self._since: datetime | None = None
        self._reached: dict[str, list[Announcement]] = {}

    async def of(self, due: Sequence[Due]) -> Matches:
        """Give what was matched for `due`, reading as much more of the log as they need."""
        after, since = earliest(due, self._head, self._within_reach)
        if after < self._from:
            news = await self._match(after, self._from, None)
            self._news = {q: news.get(q, []) + self._news.get(q, []) for q in self._queries}
            self._from = after
        if since is not None and (self._since is None or since < self._since):
            self._reached = await self._match(0, self._head.seq, since)
            self._since = since
        return Matches(self._head, self._news, self._reached)

    async def _match(
        self, after: int, upto: int, since: datetime | None
    ) -> dict[str, list[Announcement]]:
        """Match the log's rows in (after, upto], page by page."""
        found: dict[str, list[Announcement]] = {}
        while page := await self._store.log(after, upto, since=since):
            after = page[-1].seq
            for query, rows in self._match_page(page).items():
                found.setdefault(query, []).extend(rows)
        return found

    def _match_page(self, page: Sequence[Announcement]) -> dict[str, list[Announcement]]:
        """Match one page; a late cross-list counts where the paper did not match without it."""
        queries = tuple(self._queries.values())
        late = [place for place, row in enumerate(page) if row.late]
        before = select(queries, [_before(page[place]) for place in late]) if late else {}
        known = {query: {late[place] for place in places} for query, places in before.items()}
        return {
            query: [page[place] for place in places if place not in known.get(query, ())]
            for query, places in select(queries, [row.paper for row in page]).items()
        }


def _before(row: Announcement) -> Paper:
    """Give the paper as it was before its late cross-list."""
    categories = tuple(one for one in row.paper.categories if one not in row.late)
    return replace(row.paper, categories=categories)
