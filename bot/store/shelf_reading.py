"""Reading what stands on the shelves of the pages, from narrow indices alone."""

import json
import sqlite3
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlite_utils import Database

from bot.core.site.days import evening_of
from bot.core.site.model import Fingerprint, Place
from bot.core.site.places import folder_ids, folder_name
from bot.store.rows import to_instant, to_json, to_micros

ALWAYS = 2**62
"""Beyond every instant, and, negative, before."""

COMBINED = 2**14
"""Combinations of queries that are kept as their hashes."""

READ_NAMES = "SELECT number, query FROM shelf_queries"

# With max() the other columns are those of the row that has it: while only some of the queries were
# matched with a later version, the others have the earlier one.
READ_PLACES = """
SELECT paper, group_concat(query), day, max(updated), stamp
FROM shelves INDEXED BY shelves_of_paper
WHERE paper > ? AND paper < ? GROUP BY paper ORDER BY paper LIMIT ?
"""

READ_NEXT = "SELECT min(paper) FROM shelves INDEXED BY shelves_of_paper WHERE paper > ?"

READ_FINGERPRINT = """
SELECT count(*), ifnull(max(stamp), 0) FROM shelves INDEXED BY shelves_of_paper
WHERE paper > ? AND paper < ?
"""

READ_LATELY = """
SELECT query, day, count(*) FROM shelves INDEXED BY shelves_of_day
WHERE day >= ? AND day <= ? GROUP BY query, day
"""

READ_SHELF = """
SELECT paper, (SELECT group_concat(query) FROM shelves AS every INDEXED BY shelves_of_paper
               WHERE every.paper = shelves.paper), day, updated, stamp
FROM shelves
WHERE query = (SELECT number FROM shelf_queries WHERE query = ?) AND updated >= ? AND updated < ?
ORDER BY updated DESC, paper DESC LIMIT ?
"""

READ_DAY = """
SELECT paper, group_concat(query), day, max(updated), stamp
FROM shelves INDEXED BY shelves_of_day
WHERE day = ? GROUP BY paper ORDER BY 4 DESC, paper DESC
"""

READ_PLACES_OF = """
SELECT paper, group_concat(query), day, max(updated), stamp
FROM shelves INDEXED BY shelves_of_paper
WHERE paper IN (SELECT value FROM json_each(?)) GROUP BY paper
"""

READ_SHELVED = "SELECT shelved FROM stamps"

READ_STAMPED = "SELECT latest FROM stamps"

READ_MADE = "SELECT max(applied_at) FROM _sqlite_migrations"

READ_LAST_ROW = "SELECT seq, date, paper FROM announcements ORDER BY seq DESC LIMIT 1"

READ_LAST_INDEXED = """
SELECT stamp, paper FROM indexed INDEXED BY indexed_by_stamp ORDER BY stamp DESC, paper DESC LIMIT 1
"""

READ_STAMP = "SELECT stamp FROM indexed WHERE paper = ?"

READ_ROW = "SELECT seq, date, paper FROM announcements WHERE seq = ?"

READ_LAST_NEWS = """
SELECT date FROM announcements INDEXED BY announcements_news
WHERE NOT silent ORDER BY seq DESC LIMIT 1
"""

READ_LAST_KNOWN = "SELECT max(date) FROM announcements INDEXED BY announcements_by_date"


def places(db: Database, after: str, before: str, limit: int) -> list[Place]:
    """Read what stands on any shelf, by the text of the ids."""
    return _read(db, READ_PLACES, (after, before, limit))


def fingerprints(db: Database) -> dict[str, Fingerprint]:
    """Tell what stands for the places of each folder of papers, in the order of their ids."""
    found: dict[str, Fingerprint] = {}
    after = ""
    while (paper := db.execute(READ_NEXT, (after,)).fetchone()[0]) is not None:
        name = folder_name(paper)
        ids = folder_ids(name)
        found[name] = Fingerprint(*db.execute(READ_FINGERPRINT, ids).fetchone())
        after = max(ids[1], paper)
    return found


def lately(db: Database, since: date, until: date) -> dict[str, dict[date, int]]:
    """Count what each shelf got on each of some days, by the queries' hashes."""
    names: dict[int, str] = dict(db.execute(READ_NAMES).fetchall())
    found: dict[str, dict[date, int]] = {}
    for number, day, count in db.execute(READ_LATELY, (since.toordinal(), until.toordinal())):
        found.setdefault(names[number], {})[date.fromordinal(day)] = count
    return found


def shelf(
    db: Database,
    query: str,
    *,
    since: datetime | None,
    before: datetime | None,
    limit: int | None,
) -> list[Place]:
    """Read one shelf, the newest first."""
    start = -ALWAYS if since is None else to_micros(since)
    end = ALWAYS if before is None else to_micros(before)
    return _read(db, READ_SHELF, (query, start, end, -1 if limit is None else limit))


def on_day(db: Database, day: date) -> list[Place]:
    """Read what came on a day, sorted as a shelf is."""
    return _read(db, READ_DAY, (day.toordinal(),))


def places_of(db: Database, ids: Iterable[str]) -> dict[str, Place]:
    """Read where papers stand."""
    return {one.paper: one for one in _read(db, READ_PLACES_OF, (to_json(set(ids)),))}


def updated(db: Database) -> date | None:
    """Tell the day of the last announcement, or of the last submission where none has come yet."""
    news = db.execute(READ_LAST_NEWS).fetchone()
    if news is not None:
        return evening_of(to_instant(news[0]))
    (known,) = db.execute(READ_LAST_KNOWN).fetchone()
    return None if known is None else to_instant(known).date()


def shelved(db: Database) -> int:
    """Tell the stamp of the last change of any shelf."""
    (stamp,) = db.execute(READ_SHELVED).fetchone()
    return int(stamp)


def tip(db: Database) -> tuple[int, str]:
    """Tell the last stamp given, and when the ledger was made, with the last rows of log and index.

    That is the paper with the last stamp.
    """
    (stamp,) = db.execute(READ_STAMPED).fetchone()
    row, last = (db.execute(sql).fetchone() or () for sql in (READ_LAST_ROW, READ_LAST_INDEXED))
    return int(stamp), json.dumps([_made(db), row, last])


def goes_on(db: Database, stamp: int, ledger: str) -> bool:
    """Tell whether the ledger has what `tip` told of it: a row, and a stamp that only rises."""
    try:
        made, (*row,), (*last,) = json.loads(ledger)
        (latest,) = db.execute(READ_STAMPED).fetchone()
        return (
            made == _made(db)
            and latest >= stamp
            and (not row or tuple(row) == db.execute(READ_ROW, row[:1]).fetchone())
            and (not last or _stamp_of(db, last[1]) >= last[0])
        )
    # Anybody may have changed what `tip` wrote.
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError, sqlite3.Error):
        return False


def _stamp_of(db: Database, paper: str) -> int:
    """Tell the stamp of a paper in the index, where it is there; raises LookupError."""
    row = db.execute(READ_STAMP, (paper,)).fetchone()
    if row is None:
        raise LookupError(paper)
    return int(row[0])


def _made(db: Database) -> str:
    """Tell when the ledger was made, or last migrated."""
    (made,) = db.execute(READ_MADE).fetchone()
    return str(made)


def _read(db: Database, sql: str, values: tuple[Any, ...]) -> list[Place]:
    """Read places from rows of a paper, the numbers of its queries, its day, instant and stamp."""
    named, day_of = _naming(db), date.fromordinal
    return [
        Place(paper, named(numbers), day_of(day), to_instant(micros), stamp)
        for paper, numbers, day, micros, stamp in db.execute(sql, values)
    ]


def _naming(db: Database) -> Callable[[str], tuple[str, ...]]:
    """Give what turns the numbers of queries, with commas between them, into their hashes."""
    return _names(tuple(db.execute(READ_NAMES)))


@lru_cache(maxsize=4)  # the same for all that is read while no query comes or goes
def _names(queries: tuple[tuple[int, str], ...]) -> Callable[[str], tuple[str, ...]]:
    names = {str(number): query for number, query in queries}
    # Most papers stand where others do.
    return lru_cache(COMBINED)(
        lambda numbers: tuple(sorted(names[one] for one in numbers.split(",")))
    )
