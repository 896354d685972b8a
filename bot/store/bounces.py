"""What came back of deliveries that had been accepted, and what that says of their addresses."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from bot.core.people import Bounce, Passed, Suspension, Verdict, is_dead
from bot.core.return_path import is_signed
from bot.store.rows import to_instant, to_json, to_micros
from bot.store.suspensions import GIVE_BACK, Place, at, suspend

LONGEST = 500
"""How many characters of what a server said are kept."""

READ_DELIVERY = """
SELECT s.token, s.channel, s.address FROM deliveries AS d
    JOIN subscriptions AS s ON s.id = d.subscription
WHERE d.id = ?
"""

# One that nobody has settled yet was accepted just now.
INSERT_BOUNCE = """
INSERT INTO bounces (delivery, kind, status, detail, sent_at, at)
SELECT id, :kind, :status, :detail, coalesce(
    (SELECT min(sent_at) FROM bounces WHERE delivery = :delivery),
    iif(state IN ('sent', 'held'), settled_at, :now)), :now
FROM deliveries WHERE id = :delivery
ON CONFLICT DO NOTHING
"""

# What is pending or under way is sent again anyhow, and what was dropped is not to be given.
FAIL_RETURNED = """
UPDATE deliveries SET state = 'failed', settled_at = :now, error = (
    SELECT trim('came back: ' || b.status || ' ' || b.detail) FROM bounces AS b
    WHERE b.delivery = deliveries.id ORDER BY b.at DESC, b.kind LIMIT 1)
WHERE id IN (SELECT value FROM json_each(:ids)) AND state IN ('sent', 'held')
    AND EXISTS (SELECT 1 FROM bounces AS b WHERE b.delivery = deliveries.id)
RETURNING id
"""

READ_BACK = """
SELECT b.sent_at, b.kind FROM subscriptions AS s
    CROSS JOIN deliveries AS d ON d.subscription = s.id
    CROSS JOIN bounces AS b ON b.delivery = d.id
WHERE s.id IN (SELECT value FROM json_each(?)) AND b.sent_at > coalesce(s.resumed, -1)
"""

READ_ARRIVED = """
SELECT settled_at FROM deliveries INDEXED BY deliveries_of_subscription
WHERE subscription IN (SELECT value FROM json_each(?)) AND state = 'sent' AND settled_at >= ?
"""


def bounced(db: Database, reports: Sequence[Bounce], now: datetime) -> list[Verdict]:
    """Write reports down, and tell of each what it came to."""
    return [_judge(db, report, now) for report in reports]


def fail_returned(db: Database, ids: Collection[int], now: int) -> list[int]:
    """Fail those of the deliveries that came back although they had been accepted; give these."""
    values = {"ids": to_json(ids), "now": now}
    return [row[0] for row in db.execute(FAIL_RETURNED, values).fetchall()]


def _judge(db: Database, report: Bounce, now: datetime) -> Verdict:
    """Write one report down, unless it is forged or known, and see whether the address is dead."""
    row = db.execute(READ_DELIVERY, (report.named.delivery,)).fetchone()
    if row is None:
        return "unknown"
    if not is_signed(report.named, row[0]):
        return "forged"
    if not db.execute(INSERT_BOUNCE, _row(report, now)).rowcount:
        return "repeated"
    failed = fail_returned(db, [report.named.delivery], to_micros(now))
    db.execute(GIVE_BACK, (to_json(failed),))
    place = Place(*row[1:])
    if report.kind == "policy" or not is_dead(_history(db, at(db, [place]))):
        return "counted"
    reason = f"{report.status} {report.detail}".strip()[:LONGEST] or "its mail comes back"
    new = suspend(db, place, Suspension("bounce", reason, now), now)
    return "suspended" if new else "counted"


def _row(report: Bounce, now: datetime) -> dict[str, Any]:
    """Lay a report out for INSERT_BOUNCE."""
    return {
        "delivery": report.named.delivery,
        "kind": report.kind,
        "status": report.status,
        "detail": report.detail[:LONGEST],
        "now": to_micros(now),
    }


def _history(db: Database, ids: Collection[int]) -> Iterable[Passed]:
    """Read what was sent to an address since it was last resumed, from what came back first on."""
    back = db.execute(READ_BACK, (to_json(ids),)).fetchall()
    first = min((row[0] for row in back), default=0)
    arrived = db.execute(READ_ARRIVED, (to_json(ids), first)).fetchall() if back else []
    return [Passed(to_instant(row[0]), *row[1:]) for row in (*back, *arrived)]
