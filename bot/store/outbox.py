"""The outbox: deliveries are written with the cursors, claimed under a lease, and settled."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlite_utils import Database

from bot.core.model import (
    Composition,
    Delivery,
    DeliveryId,
    Entry,
    NewDelivery,
    Outcome,
    SubscriptionId,
)
from bot.store.rows import read_papers, to_instant, to_json, to_micros, to_texts

READ_SLOTS = """
SELECT id, channel, slot FROM subscriptions
WHERE active AND id IN (SELECT value FROM json_each(?))
"""

READ_KEYS = "SELECT key FROM deliveries WHERE key IN (SELECT value FROM json_each(?))"

INSERT_DELIVERY = """
INSERT INTO deliveries
    (key, subscription, channel, slot, part, parts, state, created_at, next_at)
VALUES (:key, :subscription, :channel, :slot, :part, :parts, 'pending', :now, :now)
"""

READ_IDS = "SELECT key, id FROM deliveries WHERE key IN (SELECT value FROM json_each(?))"

# The index `papers_given` knows what the subscription was given already.
INSERT_PAPER = """
INSERT INTO delivery_papers (delivery, position, subscription, paper, topics, kind)
VALUES (:delivery, :position, :subscription, :paper, :topics, :kind) ON CONFLICT DO NOTHING
"""

DELETE_EMPTY = """
DELETE FROM deliveries WHERE id IN (SELECT value FROM json_each(?))
    AND NOT EXISTS (SELECT 1 FROM delivery_papers WHERE delivery = deliveries.id)
"""

MOVE_SLOT = "UPDATE subscriptions SET slot = ?, next_due = ? WHERE id = ?"

# A topic that was dropped meanwhile has no row to move, and a cursor never goes back.
MOVE_CURSOR = """
UPDATE cursors SET seq = max(seq, ?), reach = ?
WHERE subscription = ? AND topic = ? AND query_hash = ?
"""

# A `sending` row of another owner is of a process that is gone: we hold the instance lock.
# The index holds the open rows of a channel in their order; left alone, the planner sorts all.
CLAIMABLE = """
SELECT d.id FROM deliveries AS d INDEXED BY deliveries_open
    JOIN subscriptions AS s ON s.id = d.subscription
WHERE d.channel = :channel AND d.state IN ('pending', 'sending') AND s.active
    AND (d.state = 'pending' AND d.next_at <= :now
         OR d.state = 'sending' AND (d.lease_until <= :now OR d.owner <> :owner))
    AND NOT EXISTS (SELECT 1 FROM suppressions AS x
                    WHERE x.channel = s.channel AND x.address = s.address)
    AND NOT EXISTS (SELECT 1 FROM pauses WHERE channel = :channel AND until > :now)
ORDER BY d.id LIMIT :limit
"""

CLAIM = """
UPDATE deliveries SET uncertain = uncertain + (state = 'sending'), state = 'sending',
    owner = :owner, lease_until = :until, attempts = attempts + 1
WHERE id IN (SELECT value FROM json_each(:ids))
"""

READ_CLAIMED = """
SELECT d.id, d.key, d.subscription, s.subscriber, s.channel, s.address, s.timezone, d.slot,
    d.created_at, d.attempts, d.uncertain, d.part, d.parts
FROM deliveries AS d JOIN subscriptions AS s ON s.id = d.subscription
WHERE d.id IN (SELECT value FROM json_each(?)) ORDER BY d.id
"""

READ_ENTRIES = """
SELECT delivery, paper, topics, kind FROM delivery_papers
WHERE live AND delivery IN (SELECT value FROM json_each(?)) ORDER BY delivery, position
"""

# One that was dropped meanwhile, or taken by somebody else, is no longer ours to change.
SETTLE = """
UPDATE deliveries SET state = :state, error = :error, next_at = coalesce(:next_at, next_at),
    settled_at = :settled_at, uncertain = uncertain + :uncertain, owner = NULL, lease_until = NULL
WHERE id = :id AND state = 'sending' AND owner = :owner
"""

GIVE_BACK = """
UPDATE delivery_papers SET live = 0 WHERE delivery IN (
    SELECT id FROM deliveries WHERE state = 'failed' AND id IN (SELECT value FROM json_each(?)))
"""

SUSPEND = """
INSERT INTO suppressions (channel, address, reason, at)
SELECT s.channel, s.address, coalesce(:error, ''), :now
FROM deliveries AS d JOIN subscriptions AS s ON s.id = d.subscription WHERE d.id = :id
ON CONFLICT DO NOTHING
"""

PAUSE = """
INSERT INTO pauses (channel, until, reason, at)
SELECT channel, :pause_until, coalesce(:error, ''), :now FROM deliveries WHERE id = :id
ON CONFLICT DO UPDATE SET until = max(until, excluded.until), reason = excluded.reason,
    at = excluded.at
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

    A composition is left alone, so that its papers come later, if its subscription is gone, if it
    was composed for a later instant already (the clock went back), or if a delivery of its key
    exists.
    """
    slots = _read_slots(db, compositions)
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
    db.conn.executemany(
        MOVE_SLOT, [(to_micros(c.slot), to_micros(c.next_due), c.subscription) for c in accepted]
    )
    db.conn.executemany(MOVE_CURSOR, _cursor_rows(accepted))
    return written


def claim(db: Database, asked: Claim) -> list[Delivery]:
    """Take deliveries under a lease; those under way already may have been accepted."""
    values: dict[str, Any] = {"channel": asked.channel, "owner": asked.owner}
    values |= {"now": to_micros(asked.now), "limit": asked.limit}
    ids = to_json(row[0] for row in db.execute(CLAIMABLE, values))
    until = to_micros(asked.now + asked.lease)
    db.execute(CLAIM, {"owner": asked.owner, "until": until, "ids": ids})
    entries = _read_entries(db, ids)
    return [_delivery(row, entries) for row in db.execute(READ_CLAIMED, (ids,))]


def settle(db: Database, owner: str, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Write outcomes, and what they say of addresses and channels."""
    at = to_micros(now)
    rows = [_outcome_row(outcome, owner, at) for outcome in outcomes]
    db.conn.executemany(SETTLE, rows)
    failed = [outcome.delivery for outcome in outcomes if outcome.state == "failed"]
    db.execute(GIVE_BACK, (to_json(failed),))
    db.conn.executemany(SUSPEND, [r for r, o in zip(rows, outcomes, strict=True) if o.suspend])
    db.conn.executemany(PAUSE, [row for row in rows if row["pause_until"] is not None])


def _read_slots(db: Database, compositions: Iterable[Composition]) -> dict[int, tuple[str, int]]:
    """Read channel and last slot of the subscriptions that are still there."""
    ids = to_json(composition.subscription for composition in compositions)
    return {row[0]: (row[1], row[2]) for row in db.execute(READ_SLOTS, (ids,))}


def _read_taken(db: Database, compositions: Iterable[Composition]) -> set[str]:
    """Read which of the deliveries' keys exist."""
    keys = to_json(delivery.key for c in compositions for delivery in c.deliveries)
    return {row[0] for row in db.execute(READ_KEYS, (keys,))}


def _write_deliveries(
    db: Database, compositions: Sequence[Composition], channels: Mapping[int, str], now: int
) -> int:
    """Insert deliveries and their papers; those that have none left are taken out again."""
    new = [(c, delivery) for c in compositions for delivery in c.deliveries]
    db.conn.executemany(
        INSERT_DELIVERY,
        (
            {
                "key": delivery.key,
                "subscription": c.subscription,
                "channel": channels[c.subscription],
                "slot": to_micros(c.slot),
                "part": delivery.part,
                "parts": delivery.parts,
                "now": now,
            }
            for c, delivery in new
        ),
    )
    ids = dict(db.execute(READ_IDS, (to_json(d.key for _, d in new),)).fetchall())
    db.conn.executemany(INSERT_PAPER, _paper_rows(new, ids))
    empty = db.execute(DELETE_EMPTY, (to_json(ids.values()),)).rowcount
    return len(new) - empty


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
            }


def _cursor_rows(compositions: Iterable[Composition]) -> Iterator[tuple[Any, ...]]:
    """Lay out where each topic has read to."""
    for composition in compositions:
        for key, cursor in composition.cursors.items():
            reach = None if cursor.reach is None else to_micros(cursor.reach)
            yield cursor.seq, reach, composition.subscription, key.topic, key.query_hash


def _read_entries(db: Database, ids: str) -> dict[int, list[Entry]]:
    """Read the entries of deliveries, each paper once however many of them give it."""
    rows = db.execute(READ_ENTRIES, (ids,)).fetchall()
    papers = read_papers(db, (row[1] for row in rows))
    found: dict[int, list[Entry]] = {}
    for row in rows:
        entry = Entry(papers[row[1]], to_texts(row[2]), row[3])
        found.setdefault(row[0], []).append(entry)
    return found


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
    )


def _outcome_row(outcome: Outcome, owner: str, now: int) -> dict[str, Any]:
    """Lay an outcome out for SETTLE, SUSPEND and PAUSE."""
    pause = outcome.pause_until
    return {
        "id": outcome.delivery,
        "owner": owner,
        "now": now,
        "state": "pending" if outcome.state == "retry" else outcome.state,
        "error": outcome.error,
        "next_at": None if outcome.next_at is None else to_micros(outcome.next_at),
        "settled_at": None if outcome.state == "retry" else now,
        "uncertain": outcome.uncertain,
        "pause_until": None if pause is None else to_micros(pause),
    }
