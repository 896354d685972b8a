"""Numbering changes of the papers, so that what follows them can tell what it has not seen yet.

A stamp is given within the transaction that makes the change. As those come one after the other, a
snapshot that holds one stamp holds all lower ones, and none is ever added below it.
"""

from collections.abc import Iterable

from sqlite_utils import Database

from bot.store.rows import to_json

ADVANCE = "UPDATE stamps SET latest = latest + 1 RETURNING latest"

STAMP = "UPDATE indexed SET stamp = ? WHERE paper IN (SELECT value FROM json_each(?))"


def advance(db: Database) -> int:
    """Give this transaction a stamp above all others."""
    ((latest,),) = db.execute(ADVANCE).fetchall()
    return int(latest)


def restamp(db: Database, ids: Iterable[str]) -> None:
    """Note that papers have changed, but for those that are not indexed, in this transaction."""
    names = to_json(ids)
    if names != "[]":
        db.execute(STAMP, (advance(db), names))
