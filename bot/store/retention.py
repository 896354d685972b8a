"""Forgetting what is old: papers and settled deliveries; never an id, never what is still owed.

All that hangs on a paper goes together with it: while its row is there, so is what tells whom it
was given to. A later version of a paper that is gone is still no news, as its id is kept.
"""

import os
import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from bot.core.people import UNDO
from bot.store import indexing, shelves
from bot.store.returns import RETURNS
from bot.store.rows import to_json, to_micros

CHUNK = 500
"""How many rows one transaction takes, so that nobody waits for long."""
STEP = 500
"""How many free pages one transaction gives back: to move so many takes a fraction of a second."""
WORTH_OCTETS = 10_000_000
WORTH_SHARE = 0.25
"""Room is given back where at least so much, and such a share of the file, is free."""

Bounds = Mapping[str, int]
"""What bounds forgetting: see `bounds`."""

READ_NEWEST = "SELECT max(published) FROM papers"

# Whoever left for so long begins anew if they come back: nothing is kept for them.
READ_CURSORS = """
SELECT min(c.seq), min(c.reach)
FROM cursors AS c CROSS JOIN subscriptions AS s ON s.id = c.subscription
WHERE NOT EXISTS (SELECT 1 FROM suppressions AS x
                  WHERE x.channel = s.channel AND x.address = s.address
                      AND x.decided_by = 'reader' AND x.at < ?)
"""

# What a failed delivery gives back is owed until it has come back as often as it may.
READ_OLD = f"""
SELECT id FROM papers
WHERE id > :after AND published < :before AND updated < :before
    AND NOT EXISTS (
        SELECT 1 FROM announcements AS a WHERE a.paper = papers.id
            AND (a.date >= :reached OR (NOT a.silent AND a.seq > :read)))
    AND NOT EXISTS (
        SELECT 1 FROM delivery_papers AS p CROSS JOIN deliveries AS d ON d.id = p.delivery
        WHERE p.paper = papers.id
            AND (d.settled_at IS NULL OR d.settled_at >= :before OR d.state = 'held'
                OR (d.state = 'failed' AND NOT p.live AND (
                    SELECT max(twin.live) = 0 AND count(*) <= {RETURNS}
                    FROM delivery_papers AS twin
                    WHERE twin.paper = p.paper AND twin.subscription = p.subscription
                        AND twin.revision = p.revision))))
ORDER BY id LIMIT :limit
"""  # noqa: S608  # a constant of the package

# What refers to a paper goes before it.
FORGET_PAPERS = (
    "DELETE FROM delivery_papers WHERE paper IN (SELECT value FROM json_each(?))",
    "DELETE FROM announcements WHERE paper IN (SELECT value FROM json_each(?))",
    "DELETE FROM sightings WHERE paper IN (SELECT value FROM json_each(?))",
    "DELETE FROM papers WHERE id IN (SELECT value FROM json_each(?))",
)

FORGET_DELIVERIES = """
DELETE FROM deliveries WHERE id IN (
    SELECT id FROM deliveries AS d
    WHERE state IN ('sent', 'failed', 'dropped') AND settled_at < :before
        AND NOT EXISTS (SELECT 1 FROM delivery_papers WHERE delivery = d.id)
    ORDER BY id LIMIT :limit)
RETURNING id
"""


def bounds(db: Database, kept: timedelta, now: datetime) -> Bounds:
    """Tell what is old: all `before` an instant, as far as it was read and is not asked for again.

    It counts from the newest submission known, so that a clock that runs ahead makes nothing old.
    Announcements up to `read` were read by everybody; nobody reaches back before `reached`.
    """
    (newest,) = db.execute(READ_NEWEST).fetchone()
    read, reach = db.execute(READ_CURSORS, (to_micros(now - UNDO),)).fetchone()
    before = min(to_micros(now), newest or 0) - kept // timedelta(microseconds=1)
    return {
        "before": before,
        "read": 2**62 if read is None else read,
        "reached": before if reach is None else min(before, reach),
    }


def forget_papers(db: Database, limits: Bounds, after: str) -> list[str]:
    """Forget the first CHUNK of old papers with ids beyond `after`, and give their ids."""
    values = {**limits, "after": after, "limit": CHUNK}
    ids = [row[0] for row in db.execute(READ_OLD, values)]
    shelves.forget(db, ids)
    for statement in FORGET_PAPERS if ids else ():
        db.execute(statement, (to_json(ids),))
    indexing.queue(db, ids)
    return ids


def forget_deliveries(db: Database, limits: Bounds) -> int:
    """Forget up to CHUNK old deliveries of which all papers are gone, and count them."""
    values = {"before": limits["before"], "limit": CHUNK}
    return len(db.execute(FORGET_DELIVERIES, values).fetchall())


def is_worth_it(db: Database) -> bool:
    """Tell whether enough of the file is free to give it back."""
    free, pages, size = _free(db), _pragma(db, "page_count"), _pragma(db, "page_size")
    return free * size >= WORTH_OCTETS and free >= pages * WORTH_SHARE


def give_back(db: Database, path: Path) -> bool:
    """Give some free pages of the file back, outside a transaction; tell whether there are more.

    A file of an earlier version can only do so all at once, the first time, if its disk has room.
    """
    if _pragma(db, "auto_vacuum") == 2:  # incremental
        # A statement that Python runs by itself ends with its first page.
        db.conn.executescript(f"PRAGMA incremental_vacuum({STEP})")
        if _free(db):
            return True
    elif _has_room(db, path):
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        try:
            db.execute("VACUUM")
        except sqlite3.OperationalError as error:
            # Of the copy that it makes elsewhere; the database is as it was.
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_FULL:
                raise
    # The file itself shrinks when its write-ahead log is brought in.
    db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    return False


def _has_room(db: Database, path: Path) -> bool:
    """Tell whether the disk holds what is live twice more: as a copy, and in the log."""
    live = (_pragma(db, "page_count") - _free(db)) * _pragma(db, "page_size")
    disk = os.statvfs(path.parent)
    return disk.f_bavail * disk.f_frsize > 2 * live


def _free(db: Database) -> int:
    """Count the pages that hold nothing."""
    return _pragma(db, "freelist_count")


def _pragma(db: Database, name: str) -> int:
    """Read a number that SQLite keeps of the file."""
    (value,) = db.execute(f"PRAGMA {name}").fetchone()
    return int(value)
