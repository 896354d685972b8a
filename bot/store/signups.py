"""Sign-ups that wait for their confirmation, and the subscriptions that they become.

An address is told here from the moment on at which a letter is to go there: until the sign-up
expires, or the letter could not be sent. Then it is overwritten, and the row is kept without it
until the write-ahead log, which still holds it, could be emptied.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlite_utils import Database

from bot.core.enrolment import CHANNEL, LETTERS, LIFETIME, ORIGIN, Asked, Confirmed, Enrolment
from bot.core.enrolment import SignUp as Wish
from bot.core.schedule import Schedule, next_slot
from bot.store import choices, people, roster
from bot.store.enrolment import enrol
from bot.store.erasure import OVERWRITE
from bot.store.log import end
from bot.store.people_schema import new_token
from bot.store.rows import to_instant, to_json, to_micros, to_texts
from bot.store.suspensions import Place

HOUR = timedelta(hours=1)
"""Over which letters are counted, and by how much a clock may go back without a sign-up's end."""

# What expires later than any can was written by a clock that was ahead.
FORGET = """
UPDATE signups SET address = '', topics = '[]', schedule = ''
WHERE (expires <= :now OR expires > :latest) AND address <> '' RETURNING token
"""

WITHDRAW = """
UPDATE signups SET address = '', topics = '[]', schedule = '', expires = 0 WHERE token = ?
"""

COUNT_EXPIRED = "SELECT count(*) FROM signups WHERE expires <= :now OR expires > :latest"

DELETE_FORGOTTEN = "DELETE FROM signups WHERE address = ''"

COUNT_LETTERS = """
SELECT count(*) FILTER (WHERE asked > :hour_ago), count(*) FILTER (WHERE address = :address)
FROM signups WHERE expires > :now
"""

# What these have said no reader lifts. The collation of `suppressions` counts.
READ_KEPT = """
SELECT count(*) FROM suppressions WHERE channel = :channel AND address = :address
    AND decided_by IN ('owner', 'channel')
"""

# One that somebody signed up for first, as that is theirs.
READ_THERE = """
SELECT id, token, origin FROM subscriptions
WHERE channel = :channel AND address = :address COLLATE NOCASE AND active
ORDER BY origin = 'web' DESC, id LIMIT 1
"""

INSERT = """
INSERT INTO signups (token, address, topics, schedule, known, asked, expires)
VALUES (:token, :address, :topics, :schedule, :known, :now, :expires)
"""

READ = """
SELECT address, topics, schedule, subscription FROM signups
WHERE token = ? AND NOT known AND expires > ?
"""

NOTE = "UPDATE signups SET subscription = ? WHERE token = ?"

# What is off already stays off since then.
TURN_OFF_OTHERS = """
INSERT INTO topics_off (channel, address, subscriber, topic, at, seq)
SELECT s.channel, s.address, s.subscriber, offered.topic, :now, :head
FROM offered CROSS JOIN subscriptions AS s
WHERE s.id = :id AND offered.topic NOT IN (SELECT value FROM json_each(:topics))
ON CONFLICT DO NOTHING
"""

RESCHEDULE = """
UPDATE subscriptions SET timezone = :timezone, schedule = :schedule, next_due = :next_due
WHERE id = :id
"""

READ_CONFIRMED = "SELECT token, next_due, timezone FROM subscriptions WHERE id = ?"


class _There(NamedTuple):
    """A subscription at the address."""

    id: int
    token: str
    origin: str


class _Row(NamedTuple):
    """A wish that may be confirmed, and the subscription that it has made or changed."""

    wish: Wish
    subscription: int | None


def ask(db: Database, wish: Wish, per_hour: int, now: datetime) -> Asked:
    """Take a wish down, unless no letter may go to the address, and say which one goes there."""
    place = Place(CHANNEL, wish.address)
    values = {"hour_ago": to_micros(now - HOUR), "now": to_micros(now), "address": wish.address}
    lately, there = db.execute(COUNT_LETTERS, values).fetchone()
    if lately >= per_hour:
        return Asked("busy")
    if there >= LETTERS:
        return Asked("enough")
    if db.execute(READ_KEPT, place._asdict()).fetchone()[0]:
        return Asked("kept")
    found, token = _there(db, place), new_token()
    db.execute(INSERT, _row(wish, now) | {"token": token, "known": found is not None})
    return Asked("known", token, found.token) if found else Asked("new", token, token)


def withdraw(db: Database, letter: str) -> None:
    """Forget a wish whose letter did not go."""
    db.execute(OVERWRITE).fetchall()
    db.execute(WITHDRAW, (letter,))


def awaiting(db: Database, token: str, now: datetime) -> Wish | Confirmed | None:
    """Read what a link confirms, or has; None where it confirms nothing, or nothing any more."""
    row = _read(db, token, now)
    if row is None or row.subscription is None:
        return row and row.wish
    return _confirmed(db, row.subscription)


def confirm(db: Database, token: str, enrolment: Enrolment, now: datetime) -> Confirmed | None:
    """Make a wish true, however often it is said, and give the subscription.

    What their reader or a report said of the address is lifted. One that the configuration has got
    meanwhile stays as it is.
    """
    row = _read(db, token, now)
    if row is None:
        return None
    id_ = row.subscription
    if id_ is None:
        there = _there(db, Place(CHANNEL, row.wish.address))
        theirs = there is None or there.origin == ORIGIN
        id_ = there.id if there and not theirs else _subscribe(db, row.wish, enrolment, now)
        db.execute(NOTE, (id_, token))
    return _confirmed(db, id_)


def expired(db: Database, now: datetime) -> int:
    """Count what has expired, and what of that was forgotten but for its traces."""
    return int(db.execute(COUNT_EXPIRED, _bounds(now)).fetchone()[0])


def forget(db: Database, now: datetime) -> int:
    """Forget what has expired, and tell how many there were."""
    db.execute(OVERWRITE).fetchall()
    return len(db.execute(FORGET, _bounds(now)).fetchall())


def delete_forgotten(db: Database) -> None:
    """Delete what was forgotten, once nothing is left of it."""
    db.execute(DELETE_FORGOTTEN)


def _bounds(now: datetime) -> dict[str, int]:
    return {"now": to_micros(now), "latest": to_micros(now + LIFETIME + HOUR)}


def _read(db: Database, token: str, now: datetime) -> _Row | None:
    """Read a wish that may be confirmed, or was."""
    row = db.execute(READ, (token, to_micros(now))).fetchone()
    return row and _Row(Wish(row[0], to_texts(row[1]), Schedule.read(row[2])), row[3])


def _there(db: Database, place: Place) -> _There | None:
    """Find the subscription at an address."""
    row = db.execute(READ_THERE, place._asdict()).fetchone()
    return row and _There(*row)


def _row(wish: Wish, now: datetime) -> dict[str, Any]:
    return {
        "address": wish.address,
        "topics": to_json(wish.topics),
        "schedule": str(wish.schedule),
        "now": to_micros(now),
        "expires": to_micros(now + LIFETIME),
    }


def _subscribe(db: Database, wish: Wish, enrolment: Enrolment, now: datetime) -> int:
    """Make the subscription, or change the one that there is, so that it is as it was wished."""
    place = Place(CHANNEL, wish.address)
    there = _there(db, place)
    if there is None:
        roster.add(db, [enrolment.subscription(wish.address, wish.schedule)], now)
        there = _there(db, place)
        assert there is not None  # noqa: S101  # it was added just now
        enrol(db, enrolment, now, after=there.id - 1)
    for name in wish.topics:
        choices.switch(db, there.token, name, on=True, now=now)
    values = {"id": there.id, "topics": to_json(wish.topics), "now": to_micros(now)}
    db.execute(TURN_OFF_OTHERS, values | {"head": end(db)})
    schedule = wish.schedule
    next_due = to_micros(next_slot(schedule, now))
    times = {"timezone": schedule.timezone, "schedule": str(schedule), "next_due": next_due}
    db.execute(RESCHEDULE, times | {"id": there.id})
    people.resubscribe(db, there.token, now)
    return there.id


def _confirmed(db: Database, id_: int) -> Confirmed | None:
    """Read a subscription as it is now; None where it was erased."""
    row = db.execute(READ_CONFIRMED, (id_,)).fetchone()
    holder = people.holder(db, row[0]) if row else None
    return Confirmed(row[0], holder, to_instant(row[1]), row[2]) if holder else None
