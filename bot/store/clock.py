"""Healing what a clock that was wrong for a while left behind: instants too far in the future."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlite_utils import Database

from bot.core.schedule import Schedule, next_slot
from bot.store.rows import to_micros

SLOT_AHEAD = timedelta(hours=25)
"""How far ahead a served slot may lie: a clock set back by less must not bring a second digest."""
WAIT_AHEAD = timedelta(days=2)
"""How long a delivery may wait for its next attempt; a channel may ask for a day."""
PAUSE_AHEAD = timedelta(days=1)

READ_AHEAD = "SELECT id FROM subscriptions WHERE active AND slot > ?"

SERVE_AGAIN = "UPDATE subscriptions SET slot = ?, next_due = ? WHERE id = ?"

# It may have been composed by the same clock: its lifetime must not begin in the future either.
TRY_NOW = """
UPDATE deliveries SET next_at = :now, created_at = min(created_at, :now)
WHERE state = 'pending' AND next_at > :bound
"""

END_PAUSES = "DELETE FROM pauses WHERE until > ?"


def heal(db: Database, schedules: Mapping[int, Schedule], now: datetime) -> None:
    """Bring back to `now` what lies further ahead than it ever may; write only what differs.

    `schedules` are those of the subscriptions in use, by their ids.
    """
    rows = db.execute(READ_AHEAD, (to_micros(now + SLOT_AHEAD),))
    ahead = [row[0] for row in rows if row[0] in schedules]
    db.conn.executemany(
        SERVE_AGAIN,
        [(to_micros(now), to_micros(next_slot(schedules[one], now)), one) for one in ahead],
    )
    db.execute(TRY_NOW, {"now": to_micros(now), "bound": to_micros(now + WAIT_AHEAD)})
    db.execute(END_PAUSES, (to_micros(now + PAUSE_AHEAD),))
