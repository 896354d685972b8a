"""Settling: what became of claimed deliveries, and what that says of addresses and channels."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from bot.core.model import Outcome
from bot.store import bounces
from bot.store.rows import to_json, to_micros
from bot.store.suspensions import ENDED, GIVE_BACK

# One that was dropped meanwhile, or taken by somebody else, is no longer ours to change.
SETTLE = """
UPDATE deliveries SET state = :state, error = CASE WHEN :released THEN error ELSE :error END,
    next_at = coalesce(:next_at, next_at), settled_at = :settled_at,
    attempts = attempts - :released, uncertain = uncertain + :uncertain,
    owner = NULL, lease_until = NULL
WHERE id = :id AND state = 'sending' AND owner = :owner
"""

SUSPEND = """
INSERT INTO suppressions (channel, address, reason, at)
SELECT s.channel, s.address, coalesce(:error, ''), :now
FROM deliveries AS d JOIN subscriptions AS s ON s.id = d.subscription WHERE d.id = :id
ON CONFLICT DO NOTHING
"""

# What is pending at a suspended address would wait for ever. The collation is that of
# `suppressions`, which must stand on the left.
END_SUSPENDED = f"""
UPDATE deliveries INDEXED BY deliveries_of_subscription SET {ENDED}
WHERE state = 'pending' AND subscription IN (
    SELECT other.id FROM deliveries AS d
        CROSS JOIN subscriptions AS s ON s.id = d.subscription
        CROSS JOIN suppressions AS x ON x.channel = s.channel AND x.address = s.address
        CROSS JOIN subscriptions AS other
            ON x.channel = other.channel AND x.address = other.address
    WHERE d.id IN (SELECT value FROM json_each(:ids)))
RETURNING id
"""  # noqa: S608  # a constant of the package

# As CLAIMABLE has it: the lease ended, or its process is gone. It may have been accepted.
END_LAPSED = f"""
UPDATE deliveries INDEXED BY deliveries_sending
SET {ENDED}, uncertain = uncertain + 1, owner = NULL, lease_until = NULL
WHERE state = 'sending' AND channel = :channel AND (lease_until <= :now OR owner <> :owner)
    AND EXISTS (SELECT 1 FROM suppressions AS x JOIN subscriptions AS s
                    ON x.channel = s.channel AND x.address = s.address
                WHERE s.id = deliveries.subscription)
RETURNING id
"""  # noqa: S608  # a constant of the package

PAUSE = """
INSERT INTO pauses (channel, until, reason, at)
SELECT channel, :pause_until, coalesce(:error, ''), :now FROM deliveries WHERE id = :id
ON CONFLICT DO UPDATE SET until = max(until, excluded.until), reason = excluded.reason,
    at = excluded.at
"""


def settle(db: Database, owner: str, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Write outcomes, and what they say of addresses and channels.

    What is pending at a suspended address ends with the reason of the suspension.
    """
    at = to_micros(now)
    rows = [_outcome_row(outcome, owner, at) for outcome in outcomes]
    db.conn.executemany(SETTLE, rows)
    db.conn.executemany(SUSPEND, [r for r, o in zip(rows, outcomes, strict=True) if o.suspend])
    db.conn.executemany(PAUSE, [row for row in rows if row["pause_until"] is not None])
    ids = to_json(outcome.delivery for outcome in outcomes)
    failed = [row[0] for row in db.execute(END_SUSPENDED, {"ids": ids, "now": at}).fetchall()]
    failed += bounces.fail_returned(db, [one.delivery for one in outcomes], at)
    failed += [outcome.delivery for outcome in outcomes if outcome.state == "failed"]
    db.execute(GIVE_BACK, (to_json(failed),))


def end_lapsed(db: Database, values: Mapping[str, Any]) -> None:
    """End what nobody sends any more to a suspended address, as what is pending there ends.

    `values` are those of a claim: channel, owner and now.
    """
    failed = [row[0] for row in db.execute(END_LAPSED, dict(values)).fetchall()]
    db.execute(GIVE_BACK, (to_json(failed),))


def _outcome_row(outcome: Outcome, owner: str, now: int) -> dict[str, Any]:
    """Lay an outcome out for SETTLE, SUSPEND and PAUSE."""
    pause = outcome.pause_until
    released = outcome.state == "released"
    waits = released or outcome.state == "retry"
    next_at = None if released else outcome.next_at
    return {
        "id": outcome.delivery,
        "owner": owner,
        "now": now,
        "state": "pending" if waits else outcome.state,
        "released": released,
        "error": outcome.error,
        "next_at": None if next_at is None else to_micros(next_at),
        "settled_at": None if waits else now,
        "uncertain": outcome.uncertain and not released,
        "pause_until": None if pause is None else to_micros(pause),
    }
