"""People: whose token it is, who leaves and comes back, and whom the owner suspends and resumes."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlite_utils import Database

from bot.core.errors import StoreError
from bot.core.people import UNSUBSCRIBED, By, Holder, Person, Suspension, Who
from bot.store import choices
from bot.store.rows import to_instant, to_instant_or_none, to_json
from bot.store.suspensions import Place, at, go_on, lift, places_of, suspend, suspensions_of

READ_HOLDER = """
SELECT s.id, s.subscriber, s.channel, s.address, r.until
FROM subscriptions AS s
    LEFT JOIN reader_pauses AS r ON r.channel = s.channel AND r.address = s.address
WHERE s.token = ?
"""

READ_NAMED = """
SELECT id FROM subscriptions WHERE subscriber = :name AND channel = coalesce(:channel, channel)
"""

READ_ADDRESSED = """
SELECT id FROM subscriptions
WHERE address = :name COLLATE NOCASE AND channel = coalesce(:channel, channel)
"""

READ_IDS = """
SELECT id FROM subscriptions
WHERE :names IS NULL OR subscriber IN (SELECT value FROM json_each(:names))
"""

READ_PEOPLE = """
SELECT id, subscriber, channel, address, timezone, next_due, active FROM subscriptions
WHERE id IN (SELECT value FROM json_each(?)) ORDER BY subscriber, channel, address, id
"""

COUNT_ENDED = """
SELECT subscription, state, count(*) FROM deliveries
WHERE subscription IN (SELECT value FROM json_each(?)) AND state IN ('sent', 'failed')
GROUP BY subscription, state
"""

COUNT_BOUNCED = """
SELECT d.subscription, count(DISTINCT b.delivery)
FROM bounces AS b CROSS JOIN deliveries AS d ON d.id = b.delivery
WHERE d.subscription IN (SELECT value FROM json_each(?)) GROUP BY d.subscription
"""


class Resumption(NamedTuple):
    """What a person resumes: digests that begin `anew`, and also for who `unsubscribed`."""

    who: Who
    anew: bool
    unsubscribed: bool


def holder(db: Database, token: str) -> Holder | None:
    """Tell whose token it is, and whether anything goes to the address."""
    row = _held(db, token)
    if row is None:
        return None
    first = next(iter(suspensions_of(db, [row[0]]).get(row[0], ())), None)
    held = Holder(*row[1:4], paused=to_instant_or_none(row[4]))
    return replace(held, reason=first.reason, at=first.at, by=first.by) if first else held


def unsubscribe(db: Database, token: str, now: datetime) -> Holder | None:
    """Suspend an address in its reader's name, drop what waits for it, and end a pause."""
    row = _held(db, token)
    if row is not None:
        suspend(db, Place(*row[2:4]), Suspension("reader", UNSUBSCRIBED, now), now)
        choices.end_pause(db, Place(*row[2:4]), now)
    return holder(db, token)


def resubscribe(db: Database, token: str, now: datetime) -> Holder | None:
    """Lift what the reader said, or a report; after long it begins anew."""
    row = _held(db, token)
    if row is not None:
        place = Place(*row[2:4])
        lifted = lift(db, place, ["reader", "bounce"], now)
        if lifted:
            go_on(db, place, now, since=min(lifted.values()))
    return holder(db, token)


def people(db: Database, names: Sequence[str]) -> list[Person]:
    """Read the subscriptions of these subscribers, or all, in use or removed."""
    values = {"names": to_json(names) if names else None}
    return read(db, [row[0] for row in db.execute(READ_IDS, values)])


def suspend_by_hand(db: Database, who: Who, reason: str, now: datetime) -> list[Person]:
    """Suspend addresses in the owner's name."""
    places = places_of(db, meant(db, who))
    for place in places:
        suspend(db, place, Suspension("owner", reason, now), now)
    return read(db, at(db, places))


def resume(db: Database, asked: Resumption, now: datetime) -> list[Person]:
    """Lift what the owner, the channel or a report said, and the reader's word where asked."""
    whose: list[By] = ["owner", "channel", "bounce"]
    if asked.unsubscribed:
        whose.append("reader")
    places = places_of(db, meant(db, asked.who))
    for place in places:
        lifted = lift(db, place, whose, now)
        if asked.anew and lifted:
            go_on(db, place, now, since=None)
        elif "reader" in lifted:
            go_on(db, place, now, since=lifted["reader"])
    return read(db, at(db, places))


def meant(db: Database, who: Who) -> list[int]:
    """Give the subscriptions of a subscriber by name, or else those at an address.

    Raises StoreError where there are none.
    """
    for query in (READ_NAMED, READ_ADDRESSED):
        if rows := db.execute(query, who._asdict()).fetchall():
            return sorted(row[0] for row in rows)
    on = f" on {who.channel}" if who.channel else ""
    raise StoreError(
        f"no subscriber has the name or the address {who.name!r}{on}; "
        "`daily-papers subscribers list` shows them"
    )


def read(db: Database, ids: Collection[int]) -> list[Person]:
    """Read these subscriptions as those see them who handle people."""
    values = (to_json(ids),)
    suspensions = suspensions_of(db, ids)
    counts = Counter({(row[0], row[1]): row[2] for row in db.execute(COUNT_ENDED, values)})
    bounced = Counter(dict(db.execute(COUNT_BOUNCED, values).fetchall()))
    off, paused = choices.off(db, ids), choices.paused(db, ids)
    return [
        Person(
            subscriber=row[1],
            channel=row[2],
            address=row[3],
            timezone=row[4],
            next_due=to_instant(row[5]),
            active=bool(row[6]),
            suspensions=tuple(suspensions.get(row[0], ())),
            sent=counts[row[0], "sent"],
            failed=counts[row[0], "failed"],
            bounced=bounced[row[0]],
            paused=paused.get(row[0]),
            off=tuple(off.get(row[0], ())),
        )
        for row in db.execute(READ_PEOPLE, values)
    ]


def _held(db: Database, token: str) -> tuple[int, str, str, str, int | None] | None:
    """Read whose token it is: subscription, subscriber, channel, address, and its last pause."""
    row: tuple[int, str, str, str, int | None] | None = db.execute(READ_HOLDER, (token,)).fetchone()
    return row if token else None
