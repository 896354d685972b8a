"""Erasing somebody from the ledger, and giving out all that it holds of them."""

import hashlib
import hmac
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlite_utils import Database

from bot.core.people import UNSUBSCRIBED, Person, Who
from bot.store.people import meant, read
from bot.store.rows import to_iso, to_json
from bot.store.suspensions import Place, at, places_of

# What is deleted is overwritten, so that the file does not go on holding it.
OVERWRITE = "PRAGMA secure_delete = ON"

# What refers to another row goes before it; what came back goes with its delivery.
ERASE = (
    """
    DELETE FROM signups WHERE EXISTS (
        SELECT 1 FROM subscriptions AS s WHERE s.id IN (SELECT value FROM json_each(?))
            AND s.channel = 'email' AND signups.address = s.address)
    """,
    """
    DELETE FROM topics_off WHERE EXISTS (
        SELECT 1 FROM subscriptions AS s WHERE s.id IN (SELECT value FROM json_each(?))
            AND topics_off.channel = s.channel AND topics_off.address = s.address
            AND topics_off.subscriber = s.subscriber)
    """,
    """
    DELETE FROM delivery_papers WHERE delivery IN (
        SELECT id FROM deliveries WHERE subscription IN (SELECT value FROM json_each(?)))
    """,
    "DELETE FROM deliveries WHERE subscription IN (SELECT value FROM json_each(?))",
    "DELETE FROM cursors WHERE subscription IN (SELECT value FROM json_each(?))",
    "DELETE FROM subscriptions WHERE id IN (SELECT value FROM json_each(?))",
)

MAKE_KEY = "INSERT INTO erasing (one, key) VALUES (1, randomblob(32)) ON CONFLICT DO NOTHING"

READ_KEY = "SELECT key FROM erasing"

TAKE_SUPPRESSIONS = """
DELETE FROM suppressions WHERE channel = ? AND address = ? RETURNING decided_by, at
"""

END_PAUSE = "DELETE FROM reader_pauses WHERE channel = ? AND address = ?"

KEEP_HASH = "INSERT INTO erased (hash, decided_by, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"

TAKE_HASH = "DELETE FROM erased WHERE hash = ? RETURNING decided_by, at"

SUSPEND_AGAIN = """
INSERT INTO suppressions (channel, address, decided_by, reason, at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""

READ_SUBSCRIPTIONS = """
SELECT id, origin, subscriber, channel, address, timezone, schedule, active, token,
    slot AS served_at, next_due AS next_at, covered AS covered_at, heard AS heard_at,
    resumed AS resumed_at
FROM subscriptions WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id
"""

READ_SUSPENSIONS = """
SELECT s.id AS holder, x.decided_by AS "by", x.reason, x.at
FROM subscriptions AS s CROSS JOIN suppressions AS x
    ON x.channel = s.channel AND x.address = s.address
WHERE s.id IN (SELECT value FROM json_each(?)) ORDER BY s.id, x.decided_by
"""

READ_OFF = """
SELECT s.id AS holder, x.topic, x.at
FROM subscriptions AS s CROSS JOIN topics_off AS x
    ON x.channel = s.channel AND x.address = s.address AND x.subscriber = s.subscriber
WHERE s.id IN (SELECT value FROM json_each(?)) ORDER BY s.id, x.topic
"""

READ_SIGNUPS = """
SELECT s.id AS holder, w.topics, w.schedule, w.asked AS asked_at, w.expires AS expires_at
FROM signups AS w CROSS JOIN subscriptions AS s
    ON s.channel = 'email' AND w.address = s.address
WHERE s.id IN (SELECT value FROM json_each(?)) ORDER BY w.asked, w.token
"""

READ_PAUSES = """
SELECT s.id AS holder, r.at, r.until AS until_at
FROM subscriptions AS s CROSS JOIN reader_pauses AS r
    ON r.channel = s.channel AND r.address = s.address
WHERE s.id IN (SELECT value FROM json_each(?)) ORDER BY s.id
"""

READ_TOPICS = """
SELECT subscription AS holder, topic, query_hash, seq, reach AS reach_at, began,
    reached AS reached_at, made_at
FROM cursors WHERE subscription IN (SELECT value FROM json_each(?))
ORDER BY subscription, topic, query_hash
"""

READ_DELIVERIES = """
SELECT subscription AS holder, id, key, slot AS slot_at, part, parts, state, created_at,
    settled_at, attempts, uncertain, error
FROM deliveries WHERE subscription IN (SELECT value FROM json_each(?)) ORDER BY id
"""

READ_PAPERS = """
SELECT delivery AS holder, paper, topics, kind, revision, live FROM delivery_papers
WHERE delivery IN (SELECT value FROM json_each(?)) ORDER BY delivery, position
"""

READ_BOUNCES = """
SELECT delivery AS holder, kind, status, detail, sent_at, at FROM bounces
WHERE delivery IN (SELECT value FROM json_each(?)) ORDER BY delivery, at
"""

Row = dict[str, Any]


def erase(db: Database, who: Who) -> list[Person]:
    """Delete subscriptions and all that hangs on them, and give what they were."""
    db.execute(OVERWRITE).fetchall()
    ids = meant(db, who)
    erased = read(db, ids)
    places = places_of(db, ids)
    for statement in ERASE:
        db.execute(statement, (to_json(ids),))
    for place in places:
        if not at(db, [place]):
            _keep_hashes(db, place)
            db.execute(END_PAUSE, place)
    return erased


def forget_former_pages(db: Database) -> bool:
    """Empty the write-ahead log, outside a transaction, unless somebody else reads or writes.

    Tells whether it is empty.
    """
    ((busy, *_),) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return not busy


def suspend_again(db: Database, places: Iterable[Place]) -> None:
    """Suspend those of the addresses that were suspended when somebody was erased there."""
    key = _key(db)
    for place in places if key else ():
        for decided_by, since in db.execute(TAKE_HASH, (_hash(key, place),)).fetchall():
            reader = decided_by == "reader"
            reason = UNSUBSCRIBED if reader else "it was suspended when it was erased"
            db.execute(SUSPEND_AGAIN, (*place, decided_by, reason, since))


def export(db: Database, who: Who) -> Row:
    """Give all that is stored of somebody, as values of JSON; instants are ISO 8601 texts."""
    ids = meant(db, who)
    subscriptions = _rows(db, READ_SUBSCRIPTIONS, ids)
    deliveries = _rows(db, READ_DELIVERIES, ids)
    own = [one["id"] for one in deliveries]
    _hang(deliveries, "papers", _rows(db, READ_PAPERS, own))
    _hang(deliveries, "bounces", _rows(db, READ_BOUNCES, own))
    _hang(subscriptions, "suspensions", _rows(db, READ_SUSPENSIONS, ids))
    _hang(subscriptions, "topics", _rows(db, READ_TOPICS, ids))
    _hang(subscriptions, "topics_off", _rows(db, READ_OFF, ids))
    _hang(subscriptions, "signups", _rows(db, READ_SIGNUPS, ids))
    _hang(subscriptions, "pauses", _rows(db, READ_PAUSES, ids))
    _hang(subscriptions, "deliveries", deliveries)
    return {"subscriptions": subscriptions}


def _keep_hashes(db: Database, place: Place) -> None:
    """Let a hash stand for an address that stays suspended, and who said so."""
    rows = db.execute(TAKE_SUPPRESSIONS, place).fetchall()
    if rows:
        db.execute(MAKE_KEY)
        hashed = _hash(_key(db), place)
        db.conn.executemany(KEEP_HASH, [(hashed, *row) for row in rows])


def _key(db: Database) -> bytes:
    """Read the key under which this ledger hashes; empty while nobody was erased."""
    row = db.execute(READ_KEY).fetchone()
    return row[0] if row else b""


def _hash(key: bytes, place: Place) -> str:
    """Hash an address on a channel, in whatever case it is written."""
    told = f"{place.channel}\0{place.address.casefold()}"
    return hmac.digest(key, told.encode(), hashlib.sha256).hex()


def _rows(db: Database, query: str, ids: Collection[int]) -> list[Row]:
    """Read rows by column name: instants and lists as they are written for people."""
    return [
        {name: _plain(name, value) for name, value in row.items()}
        for row in db.query(query, (to_json(ids),))
    ]


def _plain(name: str, value: Any) -> object:  # noqa: ANN401  # whatever a column holds
    """Turn what stands in a column into a value of JSON."""
    if name == "at" or name.endswith("_at"):
        return to_iso(value)
    if name in ("active", "live"):
        return bool(value)
    return json.loads(value) if name == "topics" else value


def _hang(holders: Iterable[Row], name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Put rows under a name into what holds them, by its id."""
    by_id = {one["id"]: one for one in holders}
    for one in by_id.values():
        one[name] = []
    for row in rows:
        by_id[row["holder"]][name].append({k: v for k, v in row.items() if k != "holder"})
