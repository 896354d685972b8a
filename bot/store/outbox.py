"""The outbox: deliveries are written together with the cursors, and claimed under a lease."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlite_utils import Database

from bot.core.model import Composition, Delivery, DeliveryId, Entry, NewDelivery, SubscriptionId
from bot.store import later
from bot.store.choices_schema import PAUSED
from bot.store.rows import (
    coverage_of,
    coverage_row,
    former_row,
    read_entries,
    to_instant,
    to_json,
    to_micros,
)
from bot.store.settling import end_lapsed

READ_SLOTS = f"""
SELECT id, channel, slot FROM subscriptions AS s
WHERE active AND id IN (SELECT value FROM json_each(:ids))
    AND NOT EXISTS (SELECT 1 FROM suppressions AS x
                    WHERE x.channel = s.channel AND x.address = s.address)
    AND NOT {PAUSED}
"""  # noqa: S608  # a constant of the package

READ_KEYS = "SELECT key FROM deliveries WHERE key IN (SELECT value FROM json_each(?))"

INSERT_DELIVERY = """
INSERT INTO deliveries
    (key, subscription, channel, slot, part, parts, state, created_at, next_at, coverage)
VALUES (:key, :subscription, :channel, :slot, :part, :parts, 'pending', :now, :now, :coverage)
"""

READ_IDS = "SELECT key, id FROM deliveries WHERE key IN (SELECT value FROM json_each(?))"

# The index `papers_given` knows what the subscription was given already.
INSERT_PAPER = """
INSERT INTO delivery_papers
    (delivery, position, subscription, paper, topics, kind, revision, former)
VALUES (:delivery, :position, :subscription, :paper, :topics, :kind, :revision, :former)
ON CONFLICT DO NOTHING
"""

DELETE_EMPTY = """
DELETE FROM deliveries WHERE id IN (SELECT value FROM json_each(?))
    AND NOT EXISTS (SELECT 1 FROM delivery_papers WHERE delivery = deliveries.id)
RETURNING id
"""

RENUMBER = "UPDATE deliveries SET part = ?, parts = ? WHERE id = ?"

# What a subscription's digests cover never goes back.
MOVE_SLOT = """
UPDATE subscriptions SET slot = :slot, next_due = :next_due,
    covered = max(coalesce(covered, :covered), coalesce(:covered, covered))
WHERE id = :id
"""

HEARD = """
UPDATE subscriptions SET heard = slot WHERE id IN (
    SELECT subscription FROM deliveries WHERE id IN (SELECT value FROM json_each(?)))
"""

# A topic that was dropped meanwhile has no row to move, and a cursor never goes back.
MOVE_CURSOR = """
UPDATE cursors SET seq = max(seq, ?), reach = ?
WHERE subscription = ? AND topic = ? AND query_hash = ?
"""

_MAY_GO = f"""
    AND s.active
    AND NOT EXISTS (SELECT 1 FROM suppressions AS x
                    WHERE x.channel = s.channel AND x.address = s.address)
    AND NOT {PAUSED}
    AND NOT EXISTS (SELECT 1 FROM pauses WHERE channel = :channel AND until > :now)
    ORDER BY d.next_at, d.id LIMIT :limit
"""  # noqa: S608  # a constant of the package

# Each state has its index, in the order of claims: what is not yet due is never looked at.
# A `sending` row of another owner is of a process that is gone: we hold the instance lock.
CLAIMABLE = f"""
SELECT id, next_at, 0 AS reclaimed FROM (
    SELECT d.id, d.next_at FROM deliveries AS d INDEXED BY deliveries_pending
        CROSS JOIN subscriptions AS s ON s.id = d.subscription
    WHERE d.state = 'pending' AND d.channel = :channel AND d.next_at <= :now {_MAY_GO})
UNION ALL
SELECT id, next_at, 1 FROM (
    SELECT d.id, d.next_at FROM deliveries AS d INDEXED BY deliveries_sending
        CROSS JOIN subscriptions AS s ON s.id = d.subscription
    WHERE d.state = 'sending' AND d.channel = :channel
        AND (d.lease_until <= :now OR d.owner <> :owner) {_MAY_GO})
ORDER BY next_at, id LIMIT :limit
"""  # noqa: S608  # constants of this module

CLAIM = """
UPDATE deliveries SET uncertain = uncertain + (state = 'sending'), state = 'sending',
    owner = :owner, lease_until = :until, attempts = attempts + 1
WHERE id IN (SELECT value FROM json_each(:ids))
"""

# What waited while its reader paused is tried as long as if it had been written at the end of that.
READ_CLAIMED = """
SELECT d.id, d.key, d.subscription, s.subscriber, s.channel, s.address, s.timezone, d.slot,
    max(d.created_at, coalesce((SELECT r.until FROM reader_pauses AS r
                                WHERE r.channel = s.channel AND r.address = s.address), 0)),
    d.attempts, d.uncertain, d.part, d.parts, d.coverage, s.token
FROM deliveries AS d JOIN subscriptions AS s ON s.id = d.subscription
WHERE d.id IN (SELECT value FROM json_each(?)) ORDER BY d.next_at, d.id
"""

READ_ENTRIES = """
SELECT delivery, paper, topics, kind, revision, former FROM delivery_papers
WHERE live AND delivery IN (SELECT value FROM json_each(:ids)) ORDER BY delivery, position
"""


class Claim(NamedTuple):
    """What a claim asks: up to `limit` deliveries of a channel for `owner` until the lease ends."""

    channel: str
    owner: str
    now: datetime
    lease: timedelta
    limit: int


def compose(db: Database, compositions: Sequence[Composition], now: datetime) -> int:
    """Write deliveries and move cursors, and count the deliveries.

    A composition is left alone, so that its papers come later, if its subscription is gone, its
    address suspended or its reader has paused, if it was composed for a later instant already (the
    clock went back), or if a delivery of its key exists.
    """
    slots = _read_slots(db, compositions, now)
    taken = _read_taken(db, compositions)
    channels = {key: channel for key, (channel, _) in slots.items()}
    accepted = [
        c
        for c in compositions
        if c.subscription in slots
        and to_micros(c.slot) >= slots[c.subscription][1]
        and taken.isdisjoint(delivery.key for delivery in c.deliveries)
    ]
    written = _write_deliveries(db, accepted, channels, to_micros(now))
    db.conn.executemany(MOVE_SLOT, _slot_rows(accepted))
    db.conn.executemany(MOVE_CURSOR, _cursor_rows(accepted))
    later.note_read(db, max((c.seq for one in accepted for c in one.cursors.values()), default=0))
    db.execute(HEARD, (to_json(written),))
    return len(written)


def claim(db: Database, asked: Claim) -> list[Delivery]:
    """Take deliveries under a lease; those under way already may have been accepted.

    Of these, what is at an address suspended meanwhile ends with it.
    """
    values: dict[str, Any] = {"channel": asked.channel, "owner": asked.owner}
    values |= {"now": to_micros(asked.now), "limit": asked.limit}
    end_lapsed(db, values)
    reclaimed = {row[0]: bool(row[2]) for row in db.execute(CLAIMABLE, values)}
    ids = to_json(reclaimed)
    until = to_micros(asked.now + asked.lease)
    db.execute(CLAIM, {"owner": asked.owner, "until": until, "ids": ids})
    entries = read_entries(db, READ_ENTRIES, {"ids": ids})
    claimed = [_delivery(row, entries) for row in db.execute(READ_CLAIMED, (ids,))]
    return [replace(one, reclaimed=reclaimed[one.id]) for one in claimed]


def _read_slots(
    db: Database, compositions: Iterable[Composition], now: datetime
) -> dict[int, tuple[str, int]]:
    """Read channel and last slot of the subscriptions that are still there to be written to."""
    ids = to_json(composition.subscription for composition in compositions)
    values = {"ids": ids, "now": to_micros(now)}
    return {row[0]: (row[1], row[2]) for row in db.execute(READ_SLOTS, values)}


def _read_taken(db: Database, compositions: Iterable[Composition]) -> set[str]:
    """Read which of the deliveries' keys exist."""
    keys = to_json(delivery.key for c in compositions for delivery in c.deliveries)
    return {row[0] for row in db.execute(READ_KEYS, (keys,))}


def _write_deliveries(
    db: Database, compositions: Sequence[Composition], channels: Mapping[int, str], now: int
) -> set[int]:
    """Insert deliveries and their papers, and give the ids of those that stay.

    Those that have no paper left are taken out again; a note never had one.
    """
    new = [(c, delivery) for c in compositions for delivery in c.deliveries]
    db.conn.executemany(INSERT_DELIVERY, _delivery_rows(new, channels, now))
    ids = dict(db.execute(READ_IDS, (to_json(d.key for _, d in new),)).fetchall())
    db.conn.executemany(INSERT_PAPER, _paper_rows(new, ids))
    with_papers = to_json(ids[delivery.key] for _, delivery in new if delivery.entries)
    empty = {row[0] for row in db.execute(DELETE_EMPTY, (with_papers,)).fetchall()}
    if empty:
        db.conn.executemany(RENUMBER, _part_rows(compositions, ids, empty))
    return {*ids.values()} - empty


def _delivery_rows(
    new: Iterable[tuple[Composition, NewDelivery]], channels: Mapping[int, str], now: int
) -> Iterator[dict[str, Any]]:
    """Lay out deliveries that are pending from now on."""
    for composition, delivery in new:
        yield {
            "key": delivery.key,
            "subscription": composition.subscription,
            "channel": channels[composition.subscription],
            "slot": to_micros(composition.slot),
            "part": delivery.part,
            "parts": delivery.parts,
            "now": now,
            "coverage": coverage_row(delivery.coverage),
        }


def _paper_rows(
    new: Iterable[tuple[Composition, NewDelivery]], ids: Mapping[str, int]
) -> Iterator[dict[str, Any]]:
    """Lay out each delivery's entries in their order."""
    for composition, delivery in new:
        for position, entry in enumerate(delivery.entries):
            yield {
                "delivery": ids[delivery.key],
                "position": position,
                "subscription": composition.subscription,
                "paper": entry.paper.id,
                "topics": to_json(entry.topics),
                "kind": entry.kind,
                "revision": entry.revision,
                "former": former_row(entry.former),
            }


def _part_rows(
    compositions: Iterable[Composition], ids: Mapping[str, int], empty: Collection[int]
) -> Iterator[tuple[int, int, int]]:
    """Give the parts that are left of compositions that lost some their new numbers."""
    for composition in compositions:
        left = [one for d in composition.deliveries if (one := ids[d.key]) not in empty]
        if len(left) < len(composition.deliveries):
            yield from ((part, len(left), one) for part, one in enumerate(left, start=1))


def _slot_rows(compositions: Iterable[Composition]) -> Iterator[dict[str, Any]]:
    """Lay out what each subscription was composed for, and what that covers."""
    for composition in compositions:
        covered = composition.covered
        yield {
            "id": composition.subscription,
            "slot": to_micros(composition.slot),
            "next_due": to_micros(composition.next_due),
            "covered": None if covered is None else to_micros(covered),
        }


def _cursor_rows(compositions: Iterable[Composition]) -> Iterator[tuple[Any, ...]]:
    """Lay out where each topic has read to."""
    for composition in compositions:
        for key, cursor in composition.cursors.items():
            reach = None if cursor.reach is None else to_micros(cursor.reach)
            yield cursor.seq, reach, composition.subscription, key.topic, key.query_hash


def _delivery(row: Sequence[Any], entries: Mapping[int, list[Entry]]) -> Delivery:
    """Make a claimed delivery of its row."""
    return Delivery(
        id=DeliveryId(row[0]),
        key=row[1],
        subscription=SubscriptionId(row[2]),
        subscriber=row[3],
        channel=row[4],
        address=row[5],
        timezone=row[6],
        slot=to_instant(row[7]),
        created_at=to_instant(row[8]),
        attempts=row[9],
        again=row[10] > 0,
        entries=tuple(entries.get(row[0], ())),
        part=row[11],
        parts=row[12],
        coverage=coverage_of(row[13]),
        token=row[14],
    )
