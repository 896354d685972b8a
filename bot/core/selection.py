"""What becomes of one due subscription: its deliveries, and where its cursors go."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.choice import Choice, Matches, choose, may_reach
from bot.core.coverage import Count
from bot.core.digest import PAPERS_PER_DELIVERY
from bot.core.model import Composition, Coverage, Cursor, Due, Entry, NewDelivery
from bot.core.schedule import last_slot, next_slot
from bot.core.standing import Head
from bot.core.subscription import Subscription, Topic, scopes_of, without

QUIET = timedelta(days=7)
"""How long nothing has come before a note says so, to those who asked for it."""


def compose_one(
    subscription: Subscription,
    due: Due,
    matches: Matches,
    now: datetime,
    *,
    wait: timedelta = timedelta(0),
) -> Composition | None:
    """Decide all that becomes of one due subscription at `now`.

    Gives None, and the subscription stays due, while a paper announced less than `wait` ago is
    still partial that it would be given, or that a topic that reads comments may want. A topic that
    the reader has turned off gives nothing and reads on.
    """
    cursors = {topic.key: _moved(topic, due, matches.head) for topic in subscription.topics}
    subscription = without(subscription, due.off)
    choice = choose(subscription, due, matches)
    # What is dated after now was so by a clock that was ahead.
    if any(now - wait < announced <= now for announced in choice.incomplete):
        return None
    slot = last_slot(subscription.schedule, now)
    return Composition(
        due.id,
        slot,
        next_slot(subscription.schedule, slot),
        cursors,
        _deliveries(subscription, due, matches, slot, choice),
        None if subscription.refused else matches.head.whole_at,
    )


def quiet_since(subscription: Subscription, due: Due, now: datetime) -> datetime | None:
    """Tell since when a reader who asked for weekly notes has heard nothing, if it is a week.

    It is one by the reader's own clock, also where that went forward meanwhile. One all of whose
    topics are refused, or turned off, is not told that nothing matched.
    """
    heard = due.heard or due.slot
    if not subscription.weekly_note or not without(subscription, due.off).topics:
        return None
    zone = ZoneInfo(subscription.schedule.timezone)
    # Two instants in one zone differ by the wall clock.
    quiet = last_slot(subscription.schedule, now).astimezone(zone) - heard.astimezone(zone)
    return heard if quiet >= QUIET else None


def _moved(topic: Topic, due: Due, head: Head) -> Cursor:
    """Move a topic's cursor to the head; a reach waits until the topic has its baseline.

    Of a topic that is turned off it is over: turned on again it does not reach back.
    """
    cursor = due.cursors.get(topic.key)
    waits = cursor is not None and not may_reach(topic, head) and topic.name not in due.off
    return Cursor(head.seq, cursor.reach if cursor is not None and waits else None)


def _deliveries(
    subscription: Subscription, due: Due, matches: Matches, slot: datetime, choice: Choice
) -> tuple[NewDelivery, ...]:
    """Cut the digest into deliveries, or write a note where the reader has heard nothing."""
    if choice.entries:
        count = _counted(subscription, due, matches)
        coverage = _coverage(subscription, due, matches, count, choice)
        return _cut(subscription, slot, choice.entries, coverage)
    heard = quiet_since(subscription, due, slot)
    if heard is None:
        return ()
    count = matches.quiet.count(scopes_of(subscription.topics), since=heard)
    coverage = _coverage(subscription, due, matches, count, choice)
    names = tuple(topic.name for topic in subscription.topics)
    coverage = replace(coverage, since=heard, topics=names)
    return (NewDelivery(_key(subscription, slot, ()), (), 1, 1, coverage),)


def _counted(subscription: Subscription, due: Due, matches: Matches) -> Count:
    """Count what was announced in the reader's categories in the range that the digest covers."""
    scopes = scopes_of(subscription.topics)
    cursors = due.cursors.values()
    if any(cursor.reach is not None for cursor in cursors):
        kept = [(topic, due.cursors.get(topic.key)) for topic in subscription.topics]
        reaches = [
            cursor.reach
            for topic, cursor in kept
            if cursor is not None and cursor.reach is not None and may_reach(topic, matches.head)
        ]
        if reaches:
            return matches.past.count(scopes, since=min(reaches))
    after = min((cursor.seq for cursor in cursors), default=matches.head.seq)
    return matches.announced.count(scopes, after=after)


def _coverage(
    subscription: Subscription, due: Due, matches: Matches, count: Count, choice: Choice
) -> Coverage:
    """Tell what the digest rests on; what returns to the reader was announced earlier.

    While a topic is left out, what stands as covered is what all topics had covered before.
    """
    head = matches.head
    return Coverage(
        count.papers + choice.again + head.unread,
        count.papers + choice.again,
        choice.papers,
        count.sources,
        None if subscription.refused else due.covered,
        head.whole_at,
        head.late,
        missing=head.missing,
        refused=subscription.refused,
    )


def _cut(
    subscription: Subscription, slot: datetime, entries: Sequence[Entry], coverage: Coverage
) -> tuple[NewDelivery, ...]:
    """Cut a digest into deliveries of at most PAPERS_PER_DELIVERY papers and revisions."""
    size = PAPERS_PER_DELIVERY
    pieces = [entries[start : start + size] for start in range(0, len(entries), size)]
    return tuple(
        NewDelivery(_key(subscription, slot, piece), tuple(piece), number, len(pieces), coverage)
        for number, piece in enumerate(pieces, start=1)
    )


def _key(subscription: Subscription, slot: datetime, entries: Sequence[Entry]) -> str:
    """Name a delivery for ever, from what it is: the same decision has the same key."""
    parts = [subscription.subscriber, subscription.channel, subscription.address, slot.isoformat()]
    parts += [
        f"{entry.paper.id} r{entry.revision}" if entry.revision else entry.paper.id
        for entry in entries
    ]
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
