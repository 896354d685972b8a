"""How far each topic of each subscription has read the log, and from where it began."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from sqlite_utils import Database

from bot.core.model import Cursor, CursorKey
from bot.core.subscription import Subscription
from bot.store import edition, later
from bot.store.log import end
from bot.store.rows import to_instant_or_none, to_json, to_micros

T = TypeVar("T")
RESTING = ""
"""The hash of a cursor as a topic would have begun with when it was refused.

While it is there, the topic's own cursor rests. A topic that is mended with another query than
before has given nothing since then, and begins with it.
"""

# From where a cursor began, and when: how `why` tells what a topic came too late for, and how one
# that has moved since, and may have given something, is told from one that has not. Of cursors
# made before they were kept, they are not known.
BEGINNINGS = (
    "ALTER TABLE cursors ADD COLUMN began INTEGER",
    "ALTER TABLE cursors ADD COLUMN reached INTEGER",
    "ALTER TABLE cursors ADD COLUMN made_at INTEGER",
)

READ_CURSORS = """
SELECT subscription, topic, query_hash, seq, reach FROM cursors
WHERE subscription IN (SELECT value FROM json_each(?))
"""

INSERT_CURSOR = """
INSERT INTO cursors (subscription, topic, query_hash, seq, reach, began, reached, made_at)
VALUES (:row, :topic, :hash, :seq, :reach, :seq, :reach, :now)
"""

# A topic that is refused may have a cursor of its own by the query that another has left.
INHERIT_CURSOR = """
INSERT INTO cursors (subscription, topic, query_hash, seq, reach, began, reached, made_at)
SELECT subscription, :topic, :hash, seq, reach, began, reached, made_at FROM cursors
WHERE subscription = :row AND topic = :of_topic AND query_hash = :of_hash
ON CONFLICT DO NOTHING
"""

# Once queries are known by other hashes, none tells any more whether a topic that is refused is
# mended with its own: it goes on from where that was, whatever it asks for then.
BRING_BACK = """
UPDATE cursors AS resting SET seq = (
    SELECT min(seq) FROM cursors AS kept
    WHERE kept.subscription = resting.subscription AND kept.topic = resting.topic)
WHERE query_hash = ''
"""

DELETE_CURSOR = "DELETE FROM cursors WHERE subscription = ? AND topic = ? AND query_hash = ?"


def read(db: Database, ids: Iterable[int]) -> dict[int, dict[CursorKey, Cursor]]:
    """Read the cursors of these subscriptions."""
    found: dict[int, dict[CursorKey, Cursor]] = {}
    for row in db.execute(READ_CURSORS, (to_json(ids),)):
        cursor = Cursor(row[3], to_instant_or_none(row[4]))
        found.setdefault(row[0], {})[CursorKey(row[1], row[2])] = cursor
    return found


def in_force(held: Mapping[CursorKey, T]) -> dict[CursorKey, T]:
    """Leave out what rests of a subscription's cursors, or of what is kept by their keys."""
    resting = {key.topic for key in held if key.query_hash == RESTING}
    return {key: one for key, one in held.items() if key.topic not in resting}


def sync(db: Database, wanted: Mapping[int, Subscription], now: datetime) -> None:
    """Give each new topic a cursor at the log's end, and drop those of topics that are gone.

    One that is new by its name alone goes on where the topic with its query was. Those of a refused
    topic stay, and rest. Once, where queries have other hashes than in the version before, one that
    is new by its query alone goes on where the topic of its name was.
    """
    same_rules = edition.is_followed(db, "cursors")
    stored = read(db, wanted)
    head = end(db)
    fresh, inherited, gone = [], [], []
    for row, subscription in wanted.items():
        have = stored.get(row, {})
        want, left = _want(subscription), _left(subscription, have)
        for key in want - have.keys():
            values = {"row": row, "topic": key.topic, "hash": key.query_hash}
            heirloom = _heirloom(key, left, by_name=not same_rules)
            if heirloom is None:
                begun = _begin(key, left, Cursor(head, _reach(subscription, now)))
                reach = None if begun.reach is None else to_micros(begun.reach)
                fresh.append(values | {"seq": begun.seq, "reach": reach, "now": to_micros(now)})
                inherited += _kept_for(key, left, values)
            else:
                inherited.append(values | _of(heirloom))
        gone += [(row, key.topic, key.query_hash) for key in left]
    _write(db, fresh, inherited, gone)
    if fresh:
        later.note_read(db, head)
    if not same_rules:
        db.execute(BRING_BACK)
        edition.follow(db, "cursors")


def _want(subscription: Subscription) -> set[CursorKey]:
    """Name the cursors that a subscription needs."""
    resting = {CursorKey(name, RESTING) for name in subscription.refused}
    return resting | {topic.key for topic in subscription.topics}


def _left(subscription: Subscription, have: Mapping[CursorKey, Cursor]) -> dict[CursorKey, Cursor]:
    """Give the cursors that no topic needs any more; those of a refused topic are kept for it."""
    over = have.keys() - _want(subscription)
    return {key: have[key] for key in over if key.topic not in subscription.refused}


def _heirloom(
    key: CursorKey, left: Mapping[CursorKey, Cursor], *, by_name: bool = False
) -> CursorKey | None:
    """Name the cursor that a new one goes on with: of those left by its query the first.

    With `by_name`, and none of that query, of those left by its topic. Where a topic was refused
    says nothing of any.
    """
    if key.query_hash == RESTING:
        return None
    heirlooms = [old for old in left if old.query_hash == key.query_hash]
    if by_name and not heirlooms:
        heirlooms = [old for old in left if old.topic == key.topic and old.query_hash != RESTING]
    return min(heirlooms, key=lambda old: (left[old].seq, old.topic), default=None)


def _of(heirloom: CursorKey) -> dict[str, str]:
    """Lay out what is inherited for INHERIT_CURSOR."""
    return {"of_topic": heirloom.topic, "of_hash": heirloom.query_hash}


def _kept_for(
    key: CursorKey, left: Mapping[CursorKey, Cursor], values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Keep for a topic that is refused from now on what was left by others.

    Nobody knows yet whether it is one of them, renamed when its query was broken.
    """
    if key.query_hash != RESTING:
        return []
    heirlooms = {heirloom for old in left if (heirloom := _heirloom(old, left)) is not None}
    return [dict(values) | {"hash": one.query_hash} | _of(one) for one in heirlooms]


def _begin(key: CursorKey, left: Mapping[CursorKey, Cursor], fresh: Cursor) -> Cursor:
    """Tell where a new query begins: at the log's end, or as it did when its topic was refused."""
    return left.get(CursorKey(key.topic, RESTING), fresh)


def _reach(subscription: Subscription, now: datetime) -> datetime | None:
    """Tell how far back the subscription's new topics reach."""
    return now - subscription.since if subscription.since else None


def _write(
    db: Database,
    fresh: list[dict[str, Any]],
    inherited: list[dict[str, Any]],
    gone: list[tuple[int, str, str]],
) -> None:
    """Write what is new before what it inherits from goes."""
    db.conn.executemany(INSERT_CURSOR, fresh)
    db.conn.executemany(INHERIT_CURSOR, inherited)
    db.conn.executemany(DELETE_CURSOR, gone)
