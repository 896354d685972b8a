"""Who subscribes: the configuration's rows, their cursors, and which of them are due."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlite_utils import Database

from bot.core.enrolment import Enrolment
from bot.core.model import Due, SubscriptionId
from bot.core.schedule import next_slot
from bot.core.subscription import Subscription, Topic, polled_for
from bot.store import choices, clock, cursors, later, returns, scopes
from bot.store.choices_schema import PAUSED
from bot.store.enrolment import adopt, enrol
from bot.store.erasure import suspend_again
from bot.store.people_schema import new_token
from bot.store.rows import to_instant, to_instant_or_none, to_json, to_micros
from bot.store.suspensions import Place

ORIGIN = "configuration"

READ_ROWS = """
SELECT subscriber, channel, address, id, schedule, slot, active
FROM subscriptions WHERE origin = ?
"""

# An inactive row is one that was removed: it comes back as new, but knows what it was given, and
# has the token that stands in what it was sent.
UPSERT_ROW = """
INSERT INTO subscriptions
    (origin, subscriber, channel, address, timezone, schedule, slot, next_due, heard, token)
VALUES (
    :origin, :subscriber, :channel, :address, :timezone, :schedule, :slot, :next_due, :slot, :token)
ON CONFLICT (origin, subscriber, channel, address) DO UPDATE SET
    active = 1, timezone = excluded.timezone, schedule = excluded.schedule,
    slot = excluded.slot, next_due = excluded.next_due, heard = excluded.heard, covered = NULL
"""

RESCHEDULE = "UPDATE subscriptions SET timezone = ?, schedule = ?, next_due = ? WHERE id = ?"

# What was never under way was never given: only that is free to be given again one day.
REMOVE = (
    """
    UPDATE delivery_papers SET live = 0 WHERE live AND delivery IN (
        SELECT id FROM deliveries WHERE subscription IN (SELECT value FROM json_each(:ids))
            AND state = 'pending' AND uncertain = 0)
    """,
    """
    UPDATE deliveries SET state = 'dropped', settled_at = :now
    WHERE subscription IN (SELECT value FROM json_each(:ids))
        AND state IN ('pending', 'sending', 'failed', 'held')
    """,
    "DELETE FROM cursors WHERE subscription IN (SELECT value FROM json_each(:ids))",
    "UPDATE subscriptions SET active = 0 WHERE id IN (SELECT value FROM json_each(:ids))",
)

# Who is due is read from the index alone.
READ_DUE = f"""
SELECT id, subscriber, channel, address, slot, covered, heard FROM subscriptions WHERE id IN (
    SELECT id FROM subscriptions AS s INDEXED BY subscriptions_due
    WHERE active AND next_due <= :now AND id > :after
        AND NOT EXISTS (SELECT 1 FROM suppressions AS x
                        WHERE x.channel = s.channel AND x.address = s.address)
        AND NOT {PAUSED}
    ORDER BY id LIMIT :limit)
ORDER BY id
"""  # noqa: S608  # a constant of the package, like the next

READ_EVERYONE = f"""
SELECT id, subscriber, channel, address, slot, covered, heard FROM subscriptions AS s NOT INDEXED
WHERE id > :after AND active
    AND NOT EXISTS (SELECT 1 FROM suppressions AS x
                    WHERE x.channel = s.channel AND x.address = s.address)
    AND NOT {PAUSED}
ORDER BY id LIMIT :limit
"""  # noqa: S608

Key = tuple[str, str, str]


class _Row(NamedTuple):
    """A subscription as it is stored."""

    id: int
    schedule: str
    slot: int
    active: bool


def sync(
    db: Database,
    subscriptions: Sequence[Subscription],
    now: datetime,
    *,
    shown: Sequence[Topic] = (),
    enrolment: Enrolment | None = None,
) -> dict[int, Subscription]:
    """Make the configuration's rows equal to `subscriptions`; write only what differs.

    Those who signed up are enrolled, and given; without an `enrolment` they stay as they are.
    Baselines follow the scopes of all of them, and of the topics that are `shown` on the pages, and
    what a wrong clock left is healed.
    Of a refused topic the cursors rest, and no baseline goes.
    """
    wanted = {(s.subscriber, s.channel, s.address): s for s in subscriptions if s.origin == ORIGIN}
    stored = _read_rows(db)
    _remove(db, [r.id for key, r in stored.items() if r.active and key not in wanted], now)
    added = [s for key, s in wanted.items() if _is_new(stored.get(key))]
    if adopt(db, added, ORIGIN):
        stored = _read_rows(db)
        added = [s for key, s in wanted.items() if _is_new(stored.get(key))]
    add(db, added, now)
    _reschedule(db, wanted, stored)
    if added:
        stored = _read_rows(db)
    by_id = {stored[key].id: s for key, s in wanted.items()}
    cursors.sync(db, by_id, now)
    joined = enrol(db, enrolment, now) if enrolment is not None else {}
    everybody = [*subscriptions, *joined.values()]
    scopes.follow(db, polled_for(everybody, scopes.horizons(db), shown), now)
    _want(db, [*wanted.values(), *joined.values()])
    clock.heal(db, {row: s.schedule for row, s in (by_id | joined).items()}, now)
    return joined


def due(db: Database, now: datetime, *, after: int, limit: int, everyone: bool) -> list[Due]:
    """Read due subscriptions with their cursors, and the entries that came back to them."""
    values = {"after": after, "now": to_micros(now), "limit": limit}
    rows = db.execute(READ_EVERYONE if everyone else READ_DUE, values).fetchall()
    ids = [row[0] for row in rows]
    held = {row: cursors.in_force(had) for row, had in cursors.read(db, ids).items()}
    returned = returns.returned(db, ids, now)
    given = returns.given(db, held)
    withdrawals = returns.withdrawals(db, held)
    off = choices.off(db, ids)
    return [
        Due(
            id=SubscriptionId(row[0]),
            subscriber=row[1],
            channel=row[2],
            address=row[3],
            slot=to_instant(row[4]),
            cursors=held.get(row[0], {}),
            returned=tuple(returned.get(row[0], ())),
            given=given.get(row[0], frozenset()),
            withdrawals=tuple(withdrawals.get(row[0], ())),
            covered=to_instant_or_none(row[5]),
            heard=to_instant_or_none(row[6]),
            off=frozenset(off.get(row[0], ())),
        )
        for row in rows
    ]


def _want(db: Database, subscriptions: Collection[Subscription]) -> None:
    """Note what of a paper any topic reads that may come late; of a refused one nobody knows."""
    refused = any(one.refused for one in subscriptions)
    queries = [topic.query for one in subscriptions for topic in one.topics]
    numbers = refused or any(query.reads_report_numbers for query in queries)
    later.want(db, "report_no", wanted=numbers)
    # What reads these reads numbers too: where nothing does, no query is looked at twice.
    places = refused or (numbers and any(query.reads_affiliations for query in queries))
    later.want(db, "affiliations", wanted=places)


def _is_new(row: _Row | None) -> bool:
    """Whether somebody is to be added: not there, or removed once."""
    return row is None or not row.active


def _read_rows(db: Database) -> dict[Key, _Row]:
    """Read the configuration's rows, removed ones too, by what identifies them."""
    rows = db.execute(READ_ROWS, (ORIGIN,))
    return {(r[0], r[1], r[2]): _Row(r[3], r[4], r[5], bool(r[6])) for r in rows}


def _remove(db: Database, ids: list[int], now: datetime) -> None:
    """Take subscriptions out of use."""
    if not ids:
        return
    for statement in REMOVE:
        db.execute(statement, {"ids": to_json(ids), "now": to_micros(now)})


def add(db: Database, subscriptions: Collection[Subscription], now: datetime) -> None:
    """Insert new subscriptions, and put back into use those that were removed once.

    Of an address that was suspended when it was erased, it comes true again.
    """
    slot = to_micros(now)
    db.conn.executemany(
        UPSERT_ROW,
        (
            {
                "origin": s.origin,
                "subscriber": s.subscriber,
                "channel": s.channel,
                "address": s.address,
                "timezone": s.schedule.timezone,
                "schedule": str(s.schedule),
                "slot": slot,
                "next_due": to_micros(next_slot(s.schedule, now)),
                "token": new_token(),
            }
            for s in subscriptions
        ),
    )
    suspend_again(db, [Place(s.channel, s.address) for s in subscriptions])


def _reschedule(
    db: Database, wanted: Mapping[Key, Subscription], stored: Mapping[Key, _Row]
) -> None:
    """Give those whose schedule changed their next instant, counted from the last one served."""
    changes = []
    for key, row in stored.items():
        if not row.active or key not in wanted or str(wanted[key].schedule) == row.schedule:
            continue
        schedule = wanted[key].schedule
        next_due = to_micros(next_slot(schedule, to_instant(row.slot)))
        changes.append((schedule.timezone, str(schedule), next_due, row.id))
    db.conn.executemany(RESCHEDULE, changes)
