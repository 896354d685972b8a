"""Those who signed up by themselves: their cursors, and what they may choose from.

They are subscribed to all that is offered, and what they did not choose is turned off, as it is on
their own page: one way of saying what somebody wants.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlite_utils import Database

from bot.core.enrolment import CHANNEL, Enrolment
from bot.core.schedule import Schedule
from bot.core.subscription import Subscription
from bot.store import cursors
from bot.store.log import end
from bot.store.rows import to_micros

READ_LAST = """
SELECT coalesce(max(id), 0) FROM subscriptions INDEXED BY subscriptions_signed_up
WHERE origin = 'web' AND active
"""

READ_SIGNED_UP = """
SELECT id, address, schedule FROM subscriptions INDEXED BY subscriptions_signed_up
WHERE origin = 'web' AND active AND id > ? ORDER BY id
"""

READ_OFFERED = "SELECT topic FROM offered"

NOTE_OFFERED = "INSERT INTO offered (topic) VALUES (?)"

# Not for those who have its query by another name: that is the topic before it was renamed.
TURN_OFF = """
INSERT INTO topics_off (channel, address, subscriber, topic, at, seq)
SELECT s.channel, s.address, s.subscriber, :topic, :now, :head
FROM subscriptions AS s INDEXED BY subscriptions_signed_up
WHERE s.origin = 'web' AND s.active AND NOT EXISTS (
    SELECT 1 FROM cursors AS c WHERE c.subscription = s.id AND c.query_hash = :hash
        AND NOT EXISTS (
            SELECT 1 FROM topics_off AS x WHERE x.channel = s.channel AND x.address = s.address
                AND x.subscriber = s.subscriber AND x.topic = c.topic))
ON CONFLICT DO NOTHING
"""

# A row of the same key that was removed once must not be in the way: it is nobody's from then on.
ADOPT = (
    """
    UPDATE subscriptions SET origin = 'former ' || id
    WHERE origin = :origin AND subscriber = :subscriber AND channel = :channel
        AND address = :address AND NOT active
    """,
    """
    DELETE FROM topics_off
    WHERE channel = :channel AND address = :address AND subscriber = :subscriber
        AND :subscriber <> :former
    """,
    """
    UPDATE topics_off SET subscriber = :subscriber, address = :address
    WHERE channel = :channel AND address = :address AND subscriber = :former
    """,
    """
    UPDATE subscriptions SET origin = :origin, subscriber = :subscriber, address = :address
    WHERE id = :id
    """,
)


def last(db: Database) -> int:
    """Tell the last subscription that somebody signed up for; 0 before the first."""
    ((found,),) = db.execute(READ_LAST).fetchall()
    return int(found)


def signed_up(db: Database, enrolment: Enrolment, after: int = 0) -> dict[int, Subscription]:
    """Read the subscriptions of those who signed up, above a row."""
    return {
        row[0]: enrolment.subscription(row[1], Schedule.read(row[2]))
        for row in db.execute(READ_SIGNED_UP, (after,)).fetchall()
    }


def enrol(
    db: Database, enrolment: Enrolment, now: datetime, *, after: int = 0
) -> dict[int, Subscription]:
    """Subscribe those who signed up, above a row, to all that is offered, and give them.

    What was never offered before is off for all who signed up before; a topic that was only renamed
    stays as it was for each.
    """
    found = signed_up(db, enrolment, after)
    if found or enrolment.open:
        _offer(db, enrolment, now)
    if found:
        cursors.sync(db, found, now)
    return found


def adopt(db: Database, added: Sequence[Subscription], origin: str) -> bool:
    """Let the configuration take over whom it names itself now: they go on where they were.

    So nothing comes twice to an address, and nothing is missed; what its reader chose stays. Tells
    whether there was anybody.
    """
    adopted = False
    rows = db.execute(READ_SIGNED_UP, (0,)).fetchall() if added else []
    there = {row[1].casefold(): (row[0], row[1]) for row in rows}
    for one in added if there else ():
        if one.channel != CHANNEL:
            continue
        id_, former = there.pop(one.address.casefold(), (0, ""))
        if id_:
            values = {"origin": origin, "id": id_, "former": former}
            for statement in ADOPT:
                db.execute(statement, values | _key(one))
            adopted = True
    return adopted


def _key(one: Subscription) -> dict[str, str]:
    return {"subscriber": one.subscriber, "channel": one.channel, "address": one.address}


def _offer(db: Database, enrolment: Enrolment, now: datetime) -> None:
    """Note what may be chosen from now on, and turn off what nobody can have chosen yet."""
    known = {row[0] for row in db.execute(READ_OFFERED)}
    values = {"now": to_micros(now), "head": end(db)}
    for topic in enrolment.topics:
        if topic.name not in known:
            db.execute(TURN_OFF, values | {"topic": topic.name, "hash": topic.query.hash})
            db.execute(NOTE_OFFERED, (topic.name,))
