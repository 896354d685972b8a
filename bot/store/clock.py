"""Healing what a clock that was wrong for a while left behind: instants too far in the future."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlite_utils import Database

from bot.core.schedule import Schedule, next_slot
from bot.core.wishes import LONGEST_PAUSE
from bot.store.rows import to_micros

AHEAD = timedelta(days=8)
"""How far ahead anything may lie: a week, as of which a step may be taken, and a day's wait.

Slots lie a week apart at most, and no channel waits or rests for more than a day.
"""

READ_AHEAD = "SELECT id FROM subscriptions WHERE active AND slot > ?"

SERVE_AGAIN = "UPDATE subscriptions SET slot = ?, next_due = ? WHERE id = ?"

# When it was composed stays as it is: as of a past day, it would be given up tomorrow.
TRY_NOW = "UPDATE deliveries SET next_at = :now WHERE state = 'pending' AND next_at > :bound"

END_PAUSES = "DELETE FROM pauses WHERE until > ?"

# What was learned or told then was so by now. What was met elsewhere was so before any baseline
# that is taken now, and not before one that was taken then.
BRING_BACK = (
    """
    UPDATE subscriptions SET covered = iif(covered > :bound, :now, covered),
        heard = iif(heard > :bound, :now, heard), resumed = iif(resumed > :bound, :now, resumed)
    WHERE covered > :bound OR heard > :bound OR resumed > :bound
    """,
    "UPDATE suppressions SET at = :now WHERE at > :bound",
    "UPDATE topics_off SET at = :now WHERE at > :bound",
    "UPDATE reader_pauses SET at = :now WHERE at > :bound",
    "UPDATE bounces SET sent_at = min(sent_at, :now), at = :now WHERE at > :bound",
    """
    UPDATE polls SET whole_at = iif(whole_at > :bound, :now, whole_at),
        failing = iif(failing > :bound, :now, failing)
    WHERE whole_at > :bound OR failing > :bound
    """,
    "UPDATE arxiv SET risen = :now WHERE risen > :bound",
    "UPDATE gaps SET since = :now WHERE since > :bound",
    "UPDATE baselines SET at = :now - 1 WHERE at > :bound",
    "UPDATE quarantine SET at = :now WHERE at > :bound",
)

# Very many: `met` is when the last of them was met.
MEET_AGAIN = (
    "UPDATE elsewhere SET at = :now - 1 WHERE at > :bound",
    "UPDATE arxiv SET met = :now WHERE met > :bound",
)

# A reader may pause for a year. What ends later was chosen by a clock that was ahead.
END_READER_PAUSES = "UPDATE reader_pauses SET until = :now WHERE until > :longest"

READ_MET = "SELECT coalesce(max(met), 0) FROM arxiv"


def heal(db: Database, schedules: Mapping[int, Schedule], now: datetime) -> None:
    """Bring back to `now` what lies further ahead than it ever may; write only what differs.

    `schedules` are those of the subscriptions in use, by their ids.
    """
    bound = to_micros(now + AHEAD)
    rows = db.execute(READ_AHEAD, (bound,))
    ahead = [row[0] for row in rows if row[0] in schedules]
    db.conn.executemany(
        SERVE_AGAIN,
        [(to_micros(now), to_micros(next_slot(schedules[one], now)), one) for one in ahead],
    )
    (met,) = db.execute(READ_MET).fetchone()
    for statement in (TRY_NOW, *BRING_BACK, *(MEET_AGAIN if met > bound else ())):
        db.execute(statement, {"now": to_micros(now), "bound": bound})
    db.execute(END_PAUSES, (bound,))
    longest = to_micros(now + LONGEST_PAUSE + AHEAD)
    db.execute(END_READER_PAUSES, {"now": to_micros(now), "longest": longest})
