"""Diff 2,000 ids against 3 million seen, and compare with a bare insert of the same rows.

Run: python -m tests.bench.bench_seen
"""

import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path

from sqlite_utils import Database

from bot.store.connection import opened
from bot.store.intake import insert_seen

SEEN = 3_000_000
ASKED = 2_000
NEW = 500
KNOWN = ASKED - NEW
ROUNDS = 25

Diff = Callable[[Database, list[str]], set[str]]

BARE = "INSERT INTO seen VALUES (?) ON CONFLICT DO NOTHING RETURNING paper"


def ids(numbers: Iterable[int]) -> list[str]:
    """Spread numbers over months as arXiv does: 15,000 ids in each."""
    return [
        f"{7 + number // 180_000:02d}{1 + number // 15_000 % 12:02d}.{number % 15_000:05d}"
        for number in numbers
    ]


def bare_insert(db: Database, asked: list[str]) -> set[str]:
    """Insert row by row, as plainly as SQLite lets one."""
    return {
        row[0]
        for one in asked
        for row in [db.conn.execute(BARE, (one,)).fetchone()]
        if row is not None
    }


def milliseconds(db: Database, diff: Diff, known: Iterable[int]) -> float:
    """Time one diff of known and new ids, and take it back."""
    asked = ids([*known, *range(SEEN, SEEN + NEW)])
    db.execute("BEGIN IMMEDIATE")
    start = time.perf_counter()
    new = diff(db, asked)
    taken = (time.perf_counter() - start) * 1000
    db.rollback()
    if len(new) != NEW:
        raise AssertionError(f"{len(new)} new ids, not {NEW}")
    return taken


def fill(db: Database) -> None:
    """Write the ids that are seen."""
    for start in range(0, SEEN, 100_000):
        page = json.dumps(ids(range(start, start + 100_000)))
        db.execute("INSERT INTO seen SELECT value FROM json_each(?)", (page,))


def main() -> None:
    """Print both times and their ratio, for ids that lie together and ids that do not."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        db = stack.enter_context(opened(Path(folder) / "papers.db", exclusive=True))
        fill(db)
        print(f"SQLite {sqlite3.sqlite_version}: {ASKED} ids, {NEW} new, against {SEEN:,} seen")
        for name, first, step in (("recent", SEEN - KNOWN, 1), ("scattered", 7, SEEN // KNOWN)):
            known = range(first, SEEN, step)[:KNOWN]
            ours, bare = (
                statistics.median(milliseconds(db, diff, known) for _ in range(ROUNDS))
                for diff in (insert_seen, bare_insert)
            )
            print(f"{name}: {ours:.2f} ms, bare insert {bare:.2f} ms, ratio {ours / bare:.2f}")
    print("target: at most 10 ms, or a ratio of at most 3")


if __name__ == "__main__":
    main()
