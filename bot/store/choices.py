"""What readers choose: topics turned off and on, and pauses.

A topic that is off is a row by itself: composing reads it and gives nothing by that topic, while
its cursor goes on. A pause holds back whoever composes and claims, who look for it themselves. So
each choice is one transaction, and touches neither deliveries nor the cursors of other topics.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlite_utils import Database

from bot.core.schedule import Schedule
from bot.core.wishes import pause_end
from bot.store import later
from bot.store.log import end
from bot.store.rows import to_instant, to_json, to_micros
from bot.store.suspensions import Place

READ_READER = """
SELECT channel, address, subscriber, schedule FROM subscriptions WHERE token = ?
"""

# The collations of `topics_off` and `reader_pauses` count, which stand on the left.
READ_OFF = """
SELECT s.id, x.topic, x.at FROM subscriptions AS s CROSS JOIN topics_off AS x
    ON x.channel = s.channel AND x.address = s.address AND x.subscriber = s.subscriber
WHERE s.id IN (SELECT value FROM json_each(?)) ORDER BY s.id, x.topic
"""

READ_UNTIL = """
SELECT s.id, r.until FROM subscriptions AS s CROSS JOIN reader_pauses AS r
    ON r.channel = s.channel AND r.address = s.address
WHERE s.id IN (SELECT value FROM json_each(?))
"""

# What one subscription reads may be off for several, whose addresses differ in case alone.
_OF_READER = """
SELECT id FROM subscriptions WHERE channel = :channel AND address = :address COLLATE NOCASE
    AND subscriber = :subscriber
"""

TURN_OFF = f"""
INSERT INTO topics_off (channel, address, subscriber, topic, at, seq)
SELECT :channel, :address, :subscriber, :topic, :now, :head
WHERE EXISTS (SELECT 1 FROM cursors WHERE topic = :topic AND subscription IN ({_OF_READER}))
ON CONFLICT DO NOTHING
"""  # noqa: S608  # a constant of this module

TURN_ON = """
DELETE FROM topics_off WHERE channel = :channel AND address = :address
    AND subscriber = :subscriber AND topic = :topic
RETURNING at, seq
"""

# As a topic begins that is new, but that it never reaches back. Where nothing was announced in
# between, what was to come before that is still to come.
BEGIN_AT_END = f"""
UPDATE cursors SET seq = max(seq, :head), reach = NULL, began = :head, reached = NULL,
    made_at = :now
WHERE topic = :topic AND subscription IN ({_OF_READER}) AND (:head > :seq OR made_at >= :at)
"""  # noqa: S608  # a constant of this module

# Who left is away already, and a pause that is begun again is the same pause.
PAUSE = """
INSERT INTO reader_pauses (channel, address, at, until)
SELECT :channel, :address, :now, :until
WHERE NOT EXISTS (SELECT 1 FROM suppressions WHERE channel = :channel AND address = :address
                  AND decided_by = 'reader')
ON CONFLICT DO UPDATE SET at = iif(until > :now, at, excluded.at), until = excluded.until
"""

END_PAUSE = """
UPDATE reader_pauses SET until = :now
WHERE channel = :channel AND address = :address AND until > :now
"""


class Reader(NamedTuple):
    """Whose choices these are: topics of a subscriber at an address, and when digests are due."""

    channel: str
    address: str
    subscriber: str
    schedule: str


def switch(db: Database, token: str, topic: str, *, on: bool, now: datetime) -> None:
    """Turn a topic of the reader's off or on; what is no topic of theirs stays as it is."""
    reader = _reader(db, token)
    if reader is None:
        return
    values = reader._asdict() | {"topic": topic, "now": to_micros(now), "head": end(db)}
    if on:
        _turn_on(db, values)
    else:
        db.execute(TURN_OFF, values)


def pause(db: Database, token: str, day: date | None, now: datetime) -> None:
    """Let the reader's digests wait until a day; without one they go on.

    Raises ValueError where the day is none until which one may pause.
    """
    reader = _reader(db, token)
    if reader is None:
        return
    if day is None:
        end_pause(db, Place(reader.channel, reader.address), now)
        return
    until = pause_end(Schedule.read(reader.schedule), day, now)
    db.execute(PAUSE, reader._asdict() | {"now": to_micros(now), "until": to_micros(until)})


def end_pause(db: Database, place: Place, now: datetime) -> None:
    """End a pause that is not over."""
    db.execute(END_PAUSE, place._asdict() | {"now": to_micros(now)})


def off(db: Database, ids: Collection[int]) -> dict[int, dict[str, datetime]]:
    """Read by subscription which topics its reader has turned off, and since when."""
    found: dict[int, dict[str, datetime]] = {}
    for row in db.execute(READ_OFF, (to_json(ids),)):
        found.setdefault(row[0], {})[row[1]] = to_instant(row[2])
    return found


def paused(db: Database, ids: Collection[int]) -> dict[int, datetime]:
    """Read by subscription until when its reader has paused, or had last."""
    return {row[0]: to_instant(row[1]) for row in db.execute(READ_UNTIL, (to_json(ids),))}


def _reader(db: Database, token: str) -> Reader | None:
    """Read whose token it is."""
    row = db.execute(READ_READER, (token,)).fetchone() if token else None
    return row and Reader(*row)


def _turn_on(db: Database, values: dict[str, Any]) -> None:
    """Take the row away, and let the topic begin at the log's end if it missed anything."""
    row = db.execute(TURN_ON, values).fetchone()
    if row is not None:
        db.execute(BEGIN_AT_END, values | {"at": row[0], "seq": row[1]})
        later.note_read(db, values["head"])
