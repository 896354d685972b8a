"""The deliveries as a person handles them: listed, tried again, or dropped."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from bot.core.errors import StoreError
from bot.core.model import DeliveryId
from bot.core.people import SAID_BY, Suspension, cure
from bot.store.rows import to_instant, to_iso, to_json, to_micros
from bot.store.suspensions import lift, places_of

LIMIT = 1000
"""How many deliveries a list without ids shows: the newest."""

READ_ROWS = """
SELECT d.id, d.key, s.subscriber, s.channel, s.address, d.state, d.attempts, d.uncertain,
    (SELECT count(*) FROM delivery_papers AS p WHERE p.delivery = d.id) AS papers,
    d.slot, d.next_at, d.error
FROM deliveries AS d JOIN subscriptions AS s ON s.id = d.subscription
WHERE :ids IS NULL OR d.id IN (SELECT value FROM json_each(:ids))
ORDER BY d.id DESC LIMIT :limit
"""

READ_UNKNOWN = """
SELECT value FROM json_each(?) WHERE value NOT IN (SELECT id FROM deliveries)
"""

# Taken back is only what no other delivery has given meanwhile: `papers_given` refuses the rest.
TAKE_BACK = """
UPDATE OR IGNORE delivery_papers SET live = 1 WHERE delivery IN (
    SELECT id FROM deliveries WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 'failed')
"""

READ_SUBSCRIPTIONS = """
SELECT DISTINCT subscription FROM deliveries WHERE id IN (SELECT value FROM json_each(?))
"""

READ_FORBIDDEN = """
SELECT s.address, x.decided_by, x.reason, x.at
FROM deliveries AS d JOIN subscriptions AS s ON s.id = d.subscription
    CROSS JOIN suppressions AS x ON x.channel = s.channel AND x.address = s.address
WHERE d.id IN (SELECT value FROM json_each(?)) AND x.decided_by IN ('reader', 'owner')
ORDER BY d.id, x.decided_by DESC LIMIT 1
"""

LIFT_PAUSE = """
DELETE FROM pauses WHERE channel IN (
    SELECT channel FROM deliveries WHERE id IN (SELECT value FROM json_each(:ids)))
"""

RETRY = """
UPDATE deliveries SET next_at = :now, created_at = :now, attempts = 0,
    (state, settled_at) = (
        -- A note has no papers that could have been taken from it.
        SELECT CASE WHEN total(p.live) OR NOT count(*) THEN 'pending' ELSE 'dropped' END,
            CASE WHEN total(p.live) OR NOT count(*) THEN NULL ELSE :now END
        FROM delivery_papers AS p WHERE p.delivery = deliveries.id)
WHERE id IN (SELECT value FROM json_each(:ids)) AND state IN ('pending', 'failed', 'held')
"""

DROP = """
UPDATE deliveries SET state = 'dropped', settled_at = :now, owner = NULL, lease_until = NULL
WHERE id IN (SELECT value FROM json_each(:ids))
    AND state IN ('pending', 'sending', 'failed', 'held')
"""


def rows(db: Database, ids: Sequence[DeliveryId]) -> list[dict[str, Any]]:
    """List these deliveries, or the newest, as columns by name; instants are ISO 8601 texts.

    Raises StoreError if an id is unknown.
    """
    _refuse_unknown(db, ids)
    values = {"ids": to_json(ids) if ids else None, "limit": len(ids) or LIMIT}
    return [
        row | {"slot": to_iso(row["slot"]), "next_at": to_iso(_due_at(row))}
        for row in db.query(READ_ROWS, values)
    ]


def retry(db: Database, ids: Sequence[DeliveryId], now: datetime) -> list[dict[str, Any]]:
    """Make pending, failed and held deliveries pending now, and give their rows.

    A failed one takes its papers back, except those that another delivery has given meanwhile; one
    with none left is dropped. The lifetime counts anew. Other states stay as they are. Of each
    delivery named, in any state, the channel rests no more, and the address is suspended no more:
    who asks for another try says that what was refused, or came back, has been mended.

    Raises StoreError if an id is unknown, or the reader or the owner wants nothing to be sent.
    """
    _refuse_unknown(db, ids)
    _refuse_forbidden(db, ids)
    named = [row[0] for row in db.execute(READ_SUBSCRIPTIONS, (to_json(ids),))]
    for place in places_of(db, named):
        lift(db, place, ["channel", "bounce"], now)
    values = {"ids": to_json(ids), "now": to_micros(now)}
    for statement in (LIFT_PAUSE, TAKE_BACK, RETRY):
        db.execute(statement, values)
    return rows(db, ids) if ids else []


def drop(db: Database, ids: Sequence[DeliveryId], now: datetime) -> list[dict[str, Any]]:
    """Drop deliveries that are not sent, for good: their papers do not return. Give their rows.

    Raises StoreError if an id is unknown.
    """
    _refuse_unknown(db, ids)
    values = {"ids": to_json(ids), "now": to_micros(now)}
    db.execute(TAKE_BACK, values)
    db.execute(DROP, values)
    return rows(db, ids) if ids else []


def _due_at(row: dict[str, Any]) -> int | None:
    """Tell when a delivery is tried next, where it is going to be."""
    return row["next_at"] if row["state"] == "pending" else None


def _refuse_unknown(db: Database, ids: Sequence[DeliveryId]) -> None:
    """Refuse the whole request where one id names no delivery."""
    unknown = [str(row[0]) for row in db.execute(READ_UNKNOWN, (to_json(ids),))]
    if unknown:
        raise StoreError(
            f"no delivery has the id {', '.join(unknown)}; "
            "`daily-papers deliveries list` shows them"
        )


def _refuse_forbidden(db: Database, ids: Sequence[DeliveryId]) -> None:
    """Refuse the whole request where one delivery's address is suspended by a person."""
    row = db.execute(READ_FORBIDDEN, (to_json(ids),)).fetchone()
    if row:
        address, said = row[0], Suspension(row[1], row[2], to_instant(row[3]))
        raise StoreError(
            f"{address} is suspended by {SAID_BY[said.by]} ({said.reason}); "
            f"{cure(said, address)} lifts that"
        )
