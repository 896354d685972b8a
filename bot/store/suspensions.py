"""Suspensions: why nothing is sent to an address, who said so, and what becomes of what waits."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlite_utils import Database

from bot.core.people import UNDO, UNSUBSCRIBED, By, Suspension
from bot.store.log import end
from bot.store.rows import to_instant, to_json, to_micros

# What ends with a suspension says why: of several, who counts most. The collation is that of
# `suppressions`, which must stand on the left.
_REASON = """
SELECT x.reason FROM suppressions AS x JOIN subscriptions AS s
    ON x.channel = s.channel AND x.address = s.address
WHERE s.id = deliveries.subscription ORDER BY x.decided_by DESC LIMIT 1
"""

# Its reader wants none of it; to all others it is given again once the suspension is lifted.
_STATE = """
SELECT iif(max(x.decided_by) = 'reader', 'dropped', 'failed')
FROM suppressions AS x JOIN subscriptions AS s
    ON x.channel = s.channel AND x.address = s.address
WHERE s.id = deliveries.subscription
"""

ENDED = f"state = ({_STATE}), error = ({_REASON}), settled_at = :now"
"""How a delivery ends at a suspended address: a part of UPDATE deliveries."""

# What is pending at a suspended address would wait for ever.
END_PENDING = f"""
UPDATE deliveries INDEXED BY deliveries_of_subscription SET {ENDED}
WHERE state = 'pending' AND subscription IN (
    SELECT s.id FROM subscriptions AS s CROSS JOIN suppressions AS x
        ON x.channel = s.channel AND x.address = s.address
    WHERE s.id IN (SELECT value FROM json_each(:ids)))
RETURNING id
"""  # noqa: S608  # constants of this module

GIVE_BACK = """
UPDATE delivery_papers SET live = 0 WHERE delivery IN (
    SELECT id FROM deliveries WHERE state = 'failed' AND id IN (SELECT value FROM json_each(?)))
"""

READ_AT = """
SELECT id FROM subscriptions WHERE channel = ? AND address = ? COLLATE NOCASE ORDER BY id
"""

READ_PLACES = """
SELECT DISTINCT channel, address COLLATE NOCASE FROM subscriptions
WHERE id IN (SELECT value FROM json_each(?))
"""

READ_SUSPENSIONS = """
SELECT s.id, x.decided_by, x.reason, x.at
FROM subscriptions AS s CROSS JOIN suppressions AS x
    ON x.channel = s.channel AND x.address = s.address
WHERE s.id IN (SELECT value FROM json_each(?)) ORDER BY s.id, x.decided_by DESC
"""

SUSPEND = """
INSERT INTO suppressions (channel, address, decided_by, reason, at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""

LIFT = """
DELETE FROM suppressions WHERE channel = ? AND address = ?
    AND decided_by IN (SELECT value FROM json_each(?))
RETURNING decided_by, at
"""

# What comes back from now on of what was sent before says nothing new.
RESUME = "UPDATE subscriptions SET resumed = ? WHERE id IN (SELECT value FROM json_each(?))"

# What an unsubscribe dropped goes on waiting, as long as ever, unless its subscription is gone.
RESTORE = """
UPDATE deliveries SET state = 'pending', next_at = :now, created_at = :now, attempts = 0,
    settled_at = NULL, error = NULL
WHERE state = 'dropped' AND error = :unsubscribed AND settled_at >= :since AND subscription IN (
    SELECT id FROM subscriptions WHERE active AND id IN (SELECT value FROM json_each(:ids)))
"""

# As a subscription that is made now, but for what it was given. What was never under way may be
# given to it one day: by a topic that reaches back.
BEGIN_ANEW = (
    """
    UPDATE delivery_papers SET live = 0 WHERE live AND delivery IN (
        SELECT id FROM deliveries WHERE state = 'dropped' AND error = :unsubscribed
            AND uncertain = 0 AND subscription IN (SELECT value FROM json_each(:ids)))
    """,
    """
    UPDATE deliveries SET state = 'dropped', settled_at = :now
    WHERE state IN ('pending', 'failed', 'held')
        AND subscription IN (SELECT value FROM json_each(:ids))
    """,
    """
    UPDATE cursors SET seq = :head, reach = NULL, began = :head, reached = NULL, made_at = :now
    WHERE subscription IN (SELECT value FROM json_each(:ids))
    """,
    """
    UPDATE subscriptions SET heard = :now, covered = NULL
    WHERE id IN (SELECT value FROM json_each(:ids))
    """,
)


class Place(NamedTuple):
    """Where digests go: what a suspension holds for."""

    channel: str
    address: str


def places_of(db: Database, ids: Collection[int]) -> list[Place]:
    """Give the addresses of subscriptions, each once."""
    return [Place(*row) for row in db.execute(READ_PLACES, (to_json(ids),))]


def at(db: Database, places: Collection[Place]) -> list[int]:
    """Give the subscriptions at these addresses, under any name, in use or removed."""
    return sorted(row[0] for place in places for row in db.execute(READ_AT, place))


def suspensions_of(db: Database, ids: Collection[int]) -> dict[int, list[Suspension]]:
    """Read by subscription why nothing is sent to it, first who counts most."""
    found: dict[int, list[Suspension]] = {}
    for row in db.execute(READ_SUSPENSIONS, (to_json(ids),)):
        found.setdefault(row[0], []).append(Suspension(row[1], row[2], to_instant(row[3])))
    return found


def suspend(db: Database, place: Place, suspension: Suspension, now: datetime) -> bool:
    """Suspend an address and end what waits for it; tell whether that is new of who says so."""
    row = (*place, suspension.by, suspension.reason, to_micros(suspension.at))
    new = db.execute(SUSPEND, row).rowcount > 0
    end_pending(db, at(db, [place]), now)
    return new


def end_pending(db: Database, ids: Collection[int], now: datetime) -> None:
    """End what is pending of those of the subscriptions whose address is suspended.

    To readers who left it is dropped; of all others it fails, and returns once that is lifted.
    """
    values = {"ids": to_json(ids), "now": to_micros(now)}
    ended = [row[0] for row in db.execute(END_PENDING, values).fetchall()]
    db.execute(GIVE_BACK, (to_json(ended),))


def lift(db: Database, place: Place, whose: Sequence[By], now: datetime) -> dict[By, datetime]:
    """Lift what these have said of an address, and give since when each had it suspended.

    Only what is sent from now on tells that it is dead.
    """
    rows = db.execute(LIFT, (*place, to_json(whose))).fetchall()
    if rows:
        db.execute(RESUME, (to_micros(now), to_json(at(db, [place]))))
    return {row[0]: to_instant(row[1]) for row in rows}


def go_on(db: Database, place: Place, now: datetime, *, since: datetime | None) -> None:
    """Let digests to an address, suspended `since`, go on where they were if that is not long ago.

    Otherwise, or where `since` is None, they begin anew.
    """
    ids = at(db, [place])
    values = {"ids": to_json(ids), "now": to_micros(now), "unsubscribed": UNSUBSCRIBED}
    if since is not None and now - since <= UNDO:
        db.execute(RESTORE, values | {"since": to_micros(since)})
    else:
        for statement in BEGIN_ANEW:
            db.execute(statement, values | {"head": end(db)})
    # Somebody else may still have said something.
    end_pending(db, ids, now)
