"""What one subscription is given: chosen from what its topics matched, cut into deliveries."""

import hashlib
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.arxiv_id import order_of
from bot.core.baseline import covers
from bot.core.digest import PAPERS_PER_DELIVERY
from bot.core.model import Announcement, Composition, Cursor, Due, Entry, Kind, NewDelivery, Paper
from bot.core.schedule import last_slot, next_slot
from bot.core.standing import Head
from bot.core.subscription import Subscription, Topic

Found = Mapping[str, Sequence[Announcement]]
"""By query hash, what a query matched of a range of the log."""


@dataclass(frozen=True, slots=True)
class Matches:
    """What was matched for all due subscriptions at once.

    `news` holds what stands in the log after the earliest cursor, `reached` what is dated at or
    after the earliest reach, silent rows included.
    """

    head: Head
    news: Found
    reached: Found


def compose_one(
    subscription: Subscription, due: Due, matches: Matches, now: datetime
) -> Composition:
    """Decide all that becomes of one due subscription at `now`."""
    slot = last_slot(subscription.schedule, now)
    entries = _choose(subscription, due, matches)
    return Composition(
        due.id,
        slot,
        next_slot(subscription.schedule, slot),
        {topic.key: _moved(topic, due, matches.head) for topic in subscription.topics},
        _cut(subscription, slot, entries),
    )


def _moved(topic: Topic, due: Due, head: Head) -> Cursor:
    """Move a topic's cursor to the head; a reach waits until the topic has its baseline."""
    cursor = due.cursors.get(topic.key)
    waits = cursor is not None and not may_reach(topic, head)
    return Cursor(head.seq, cursor.reach if cursor is not None and waits else None)


def may_reach(topic: Topic, head: Head) -> bool:
    """Tell whether the past of all that the topic needs is known."""
    return all(any(covers(wide, (scope,)) for wide in head.baselined) for scope in topic.scopes)


def _choose(subscription: Subscription, due: Due, matches: Matches) -> tuple[Entry, ...]:
    """Collect each paper once with all its topics; topic by topic, the newest id first."""
    papers: dict[str, Paper] = {}
    labels: dict[str, list[str]] = {}
    kinds: dict[str, set[Kind]] = {}
    for entry in due.returned:
        papers[entry.paper.id] = entry.paper
        labels[entry.paper.id] = list(entry.topics)
        kinds[entry.paper.id] = {entry.kind}
    for topic in subscription.topics:
        for found in _due_of(topic, due.cursors.get(topic.key), matches):
            kind = kind_for(topic, found.paper)
            if kind not in subscription.include or found.paper.id in due.given:
                continue
            papers[found.paper.id] = found.paper
            kinds.setdefault(found.paper.id, set()).add(kind)
            topics = labels.setdefault(found.paper.id, [])
            if topic.name not in topics:
                topics.append(topic.name)
    rank = {topic.name: place for place, topic in enumerate(subscription.topics)}
    entries = (
        Entry(
            paper,
            tuple(sorted(labels[paper.id], key=lambda name: rank.get(name, len(rank)))),
            "new" if "new" in kinds[paper.id] else "cross",
        )
        for paper in sorted(papers.values(), key=lambda paper: order_of(paper.id), reverse=True)
    )
    return tuple(sorted(entries, key=lambda entry: rank.get(entry.topics[0], len(rank))))


def _due_of(topic: Topic, cursor: Cursor | None, matches: Matches) -> list[Announcement]:
    """Give what a topic matched past its cursor, and what its reach asks for."""
    if cursor is None:
        return []
    query = topic.query.hash
    news = matches.news.get(query, ())
    found = list(news[bisect_right(news, cursor.seq, key=lambda one: one.seq) :])
    if cursor.reach is not None and may_reach(topic, matches.head):
        reach = cursor.reach
        found += [one for one in matches.reached.get(query, ()) if one.date >= reach]
    return found


def kind_for(topic: Topic, paper: Paper) -> Kind:
    """Tell what the paper is to a reader of the topic: new where its primary category belongs."""
    categories = topic.query.categories
    if categories is None or any(covers(one, (paper.primary_category,)) for one in categories):
        return "new"
    return "cross"


def _cut(
    subscription: Subscription, slot: datetime, entries: Sequence[Entry]
) -> tuple[NewDelivery, ...]:
    """Cut a digest into deliveries of at most PAPERS_PER_DELIVERY papers."""
    size = PAPERS_PER_DELIVERY
    pieces = [entries[start : start + size] for start in range(0, len(entries), size)]
    return tuple(
        NewDelivery(_key(subscription, slot, piece), tuple(piece), number, len(pieces))
        for number, piece in enumerate(pieces, start=1)
    )


def _key(subscription: Subscription, slot: datetime, entries: Sequence[Entry]) -> str:
    """Name a delivery for ever, from what it is: the same decision has the same key."""
    parts = [subscription.subscriber, subscription.channel, subscription.address, slot.isoformat()]
    parts += [entry.paper.id for entry in entries]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def earliest(
    due: Sequence[Due], head: Head, within_reach: Collection[str]
) -> tuple[int, datetime | None]:
    """Tell from where the log must be read for all of `due`: a cursor, and a reach if any.

    `within_reach` holds the hashes of the queries whose reach need not wait.
    """
    cursors = [pair for one in due for pair in one.cursors.items()]
    reaches = [
        cursor.reach
        for key, cursor in cursors
        if cursor.reach is not None and key.query_hash in within_reach
    ]
    first = min((cursor.seq for _, cursor in cursors), default=head.seq)
    return first, min(reaches, default=None)
