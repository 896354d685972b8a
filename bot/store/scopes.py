"""What is known of each scope: where its news begins, and how far the sources have come in it."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache

from sqlite_utils import Database

from bot.core.baseline import Horizon, Known, inherited, take_horizons, take_present, unpolled
from bot.core.polling import Mark
from bot.store.rows import to_instant, to_json, to_micros, to_texts

MARKS_KEPT = timedelta(days=400)
"""How long a mark is kept that no poll renews; sources look back a month."""

READ_BASELINES = "SELECT scope, highest, lowest, at, known FROM baselines"

INSERT_BASELINE = """
INSERT INTO baselines (scope, highest, lowest, at, known) VALUES (?, ?, ?, ?, ?)
"""

DELETE_BASELINES = "DELETE FROM baselines WHERE scope IN (SELECT value FROM json_each(?))"

READ_MARKS = "SELECT scope, key, value, at FROM marks WHERE source = ? ORDER BY scope, key"

UPSERT_MARK = """
INSERT INTO marks (source, scope, key, value, at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET value = excluded.value, at = excluded.at
"""

DELETE_MARKS = "DELETE FROM marks WHERE scope IN (SELECT value FROM json_each(?))"

PRUNE_MARKS = "DELETE FROM marks WHERE at < ?"


def horizons(db: Database) -> dict[str, Horizon]:
    """Read every baseline that is set, by scope."""
    rows = db.execute(READ_BASELINES)
    return {row[0]: Horizon(row[0], row[1], row[2], to_instant(row[3]), row[4]) for row in rows}


def take_baselines(
    db: Database, complete: Collection[str], current: Collection[str], now: datetime
) -> None:
    """Set the baseline of scopes that have none; it stays as it is while the scope is polled.

    One of which no more than the present was seen (`current`) may have to wait for it.
    """
    if complete:
        _insert(db, take_horizons(complete, _known(db), now))
    if current:
        (highest,) = db.execute("SELECT highest FROM arxiv").fetchone()
        _insert(db, take_present(current, _known(db), highest, now))


def follow(db: Database, wanted: Collection[str], now: datetime) -> None:
    """Let baselines and marks follow what is polled from now on; write only what differs.

    The marks of a baseline that goes, go with it, so that sources read its days whole again.
    """
    stored = horizons(db)
    _insert(db, inherited(wanted, stored))
    if stale := unpolled(wanted, stored):
        for statement in (DELETE_BASELINES, DELETE_MARKS):
            db.execute(statement, (to_json(stale),))
    db.execute(PRUNE_MARKS, (to_micros(now - MARKS_KEPT),))


def marks(db: Database, source: str) -> tuple[Mark, ...]:
    """Read a source's marks."""
    rows = db.execute(READ_MARKS, (source,))
    return tuple(Mark(row[0], row[1], row[2], to_instant(row[3])) for row in rows)


def write_marks(db: Database, source: str, marks: Iterable[Mark]) -> None:
    """Write how far the source has come."""
    rows = ((source, mark.scope, mark.key, mark.value, to_micros(mark.at)) for mark in marks)
    db.conn.executemany(UPSERT_MARK, rows)


def _known(db: Database) -> Iterator[Known]:
    """Read all that a baseline needs, one paper at a time."""
    for row in db.execute("SELECT id, published, categories, detail FROM papers"):
        yield Known(row[0], to_instant(row[1]) if row[3] else None, _categories(row[2]))


@lru_cache(maxsize=4096)  # few combinations make up most papers
def _categories(text: str) -> tuple[str, ...]:
    return to_texts(text)


def _insert(db: Database, baselines: Iterable[Horizon]) -> None:
    """Write baselines of scopes that have none."""
    db.conn.executemany(
        INSERT_BASELINE,
        [(one.scope, one.highest, one.lowest, to_micros(one.at), one.known) for one in baselines],
    )
