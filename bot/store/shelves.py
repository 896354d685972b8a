"""The shelves of the pages: which papers each query matches, kept up with papers and queries.

Papers are gone through in the order of their stamps, so that what is new or has changed since comes
last, and each query has a place there. It moves in the transaction that writes what the papers up
to it are matched by. So a process may die anywhere, and two may do the same at once: one of them
finds the place moved, and writes nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlite_utils import Database

from bot.core.model import Paper
from bot.core.site.days import day_of
from bot.store import stamps
from bot.store.rows import read_papers, to_instant_or_none, to_json, to_micros

Position = tuple[int, str]
"""A stamp and a paper with it: as far as a query was matched."""

NOWHERE: Position = (-1, "")
AT_ONCE = 5_000
"""How many rows of a shelf that nobody wants any more go in one transaction."""

READ_QUERIES = "SELECT query, number, stamp, paper FROM shelf_queries"

READ_AFTER = """
SELECT paper, stamp FROM indexed INDEXED BY indexed_by_stamp
WHERE (stamp, paper) > (?, ?) ORDER BY stamp, paper LIMIT ?
"""

COUNT_AFTER = """
SELECT count(*) FROM indexed INDEXED BY indexed_by_stamp WHERE (stamp, paper) > (?, ?)
"""

COUNT_ROWS = "SELECT count(*) FROM shelves WHERE query = ?"

READ_STAMPS = """
SELECT paper, stamp FROM indexed
WHERE paper IN (SELECT value FROM json_each(:ids))
    AND paper IN (SELECT id FROM papers WHERE id IN (SELECT value FROM json_each(:ids)))
"""

# A row that told of a cross-list, a revision or a completion announced nothing for the first time.
READ_LEARNED = """
SELECT paper, min(date) FROM announcements INDEXED BY announcements_of_paper
WHERE paper IN (SELECT value FROM json_each(?))
    AND NOT silent AND late = '[]' AND former IS NULL AND NOT completed & 13
GROUP BY paper
"""

ENTER_QUERY = """
INSERT INTO shelf_queries (query, stamp, paper) VALUES (?, -1, '')
ON CONFLICT DO UPDATE SET query = query RETURNING number
"""

MOVE_QUERY = "UPDATE shelf_queries SET stamp = ?, paper = ? WHERE number = ?"

FORGET_QUERY = "DELETE FROM shelf_queries WHERE number = ?"

EMPTY = """
DELETE FROM shelves WHERE (query, updated, paper) IN (
    SELECT query, updated, paper FROM shelves WHERE query = ? LIMIT ?)
RETURNING 1
"""

TAKE_OFF = """
DELETE FROM shelves
WHERE paper IN (SELECT value FROM json_each(?)) AND query IN (SELECT value FROM json_each(?))
RETURNING paper
"""

FORGET = "DELETE FROM shelves WHERE paper IN (SELECT value FROM json_each(?)) RETURNING 1"

INSERT = "INSERT INTO shelves (query, updated, paper, day, stamp) VALUES (?, ?, ?, ?, ?)"

STAMP = """
UPDATE shelves SET stamp = :stamp
WHERE paper IN (SELECT value FROM json_each(:ids)) AND stamp <> :stamp
"""

NOTE_CHANGE = "UPDATE stamps SET shelved = ?"


class Prepared(NamedTuple):
    """What comes next for those `queries`, by hash, that have come to `begin`.

    `papers` are the kept ones after it up to `end`, with their `stamps` and `days` by id.
    """

    queries: Collection[str]
    begin: Position
    end: Position
    papers: Sequence[Paper]
    stamps: Mapping[str, int]
    days: Mapping[str, int]


class _Query(NamedTuple):
    """A query that has a shelf: its number, and how far it was matched."""

    number: int
    at: Position


def left(db: Database, wanted: Collection[str]) -> int:
    """Tell how much there is to do: papers for each place at which a wanted query stands.

    Each row counts, too, that stands on a shelf that is not wanted.
    """
    known = _known(db)
    gone = [known[one].number for one in known.keys() - wanted]
    rows = [_count(db, COUNT_ROWS, number) for number in gone]
    papers = [_count(db, COUNT_AFTER, *at) for at in {_at(known, one) for one in wanted}]
    return sum(max(1, count) for count in rows) + sum(papers)


def prepare(db: Database, wanted: Collection[str], limit: int) -> Prepared | None:
    """Read up to `limit` papers for those queries that have come furthest, but not to the end.

    So new papers wait for no new query. None where there is nothing to do; without papers what is
    left is to let go of shelves.
    """
    known = _known(db)
    for begin in sorted({_at(known, one) for one in wanted}, reverse=True):
        rows = db.execute(READ_AFTER, (*begin, limit)).fetchall()
        if rows:
            papers = read_papers(db, (row[0] for row in rows))
            return Prepared(
                [one for one in wanted if _at(known, one) == begin],
                begin,
                (rows[-1][1], rows[-1][0]),
                [*papers.values()],
                dict(rows),
                _days(db, papers),
            )
    return Prepared((), NOWHERE, NOWHERE, (), {}, {}) if known.keys() - wanted else None


def enter(
    db: Database,
    wanted: Collection[str],
    prepared: Prepared,
    matched: Mapping[str, Sequence[Paper]],
) -> int:
    """Write which of the papers that are as they were are `matched`, and tell how much is left.

    That is for the queries that have come no further meanwhile.
    """
    stamp = stamps.advance(db)
    if _let_go(db, wanted):
        db.execute(NOTE_CHANGE, (stamp,))
    known = _known(db)
    numbers = {
        one: _enter_query(db, one) for one in prepared.queries if _at(known, one) == prepared.begin
    }
    _put(db, prepared, {numbers[one]: matched.get(one, ()) for one in numbers}, stamp)
    rows = [(*prepared.end, number) for number in numbers.values()]
    db.conn.executemany(MOVE_QUERY, rows)
    return left(db, wanted)


def forget(db: Database, ids: Iterable[str]) -> None:
    """Take papers off all shelves, in the transaction that forgets them."""
    if db.execute(FORGET, (to_json(ids),)).fetchall():
        db.execute(NOTE_CHANGE, (stamps.advance(db),))


def _known(db: Database) -> dict[str, _Query]:
    """Read which queries have a shelf, by hash."""
    return {
        query: _Query(number, (stamp, paper))
        for query, number, stamp, paper in db.execute(READ_QUERIES)
    }


def _at(known: Mapping[str, _Query], query: str) -> Position:
    """Tell how far a query was matched."""
    return known[query].at if query in known else NOWHERE


def _count(db: Database, sql: str, *values: int | str) -> int:
    """Ask for a number."""
    (count,) = db.execute(sql, values).fetchone()
    return int(count)


def _days(db: Database, papers: Mapping[str, Paper]) -> dict[str, int]:
    """Tell on which day each paper came."""
    learned = dict(db.execute(READ_LEARNED, (to_json(papers),)).fetchall())
    return {
        one: day_of(paper, to_instant_or_none(learned.get(one))).toordinal()
        for one, paper in papers.items()
    }


def _enter_query(db: Database, query: str) -> int:
    """Give a query a shelf, if it has none, and tell its number."""
    ((number,),) = db.execute(ENTER_QUERY, (query,)).fetchall()
    return int(number)


def _let_go(db: Database, wanted: Collection[str]) -> bool:
    """Empty a part of the shelves that are not wanted, and tell whether anything stood there.

    Such a query is matched from the beginning if it comes back, so that nothing is missing then.
    """
    known = _known(db)
    room = AT_ONCE
    for one in sorted(known.keys() - wanted):
        number = known[one].number
        db.execute(MOVE_QUERY, (*NOWHERE, number))
        room -= len(db.execute(EMPTY, (number, room)).fetchall())
        if not room:
            break
        db.execute(FORGET_QUERY, (number,))
    return room < AT_ONCE


def _put(
    db: Database, prepared: Prepared, found: Mapping[int, Sequence[Paper]], stamp: int
) -> None:
    """Let papers stand on those shelves, by their numbers, that have `found` them, on no others."""
    ids = {"ids": to_json(prepared.stamps)}
    now = dict(db.execute(READ_STAMPS, ids).fetchall())
    same = {paper for paper, before in prepared.stamps.items() if now.get(paper) == before}
    taken = db.execute(TAKE_OFF, (to_json(same), to_json(found))).fetchall()
    rows = [
        (number, to_micros(paper.updated), paper.id, prepared.days[paper.id], stamp)
        for number, papers in found.items()
        for paper in papers
        if paper.id in same
    ]
    db.conn.executemany(INSERT, rows)
    changed = {row[0] for row in taken} | {row[2] for row in rows}
    if changed:
        # What stays elsewhere of these papers tells of other shelves than before, too.
        db.execute(STAMP, {"stamp": stamp, "ids": to_json(changed)})
        db.execute(NOTE_CHANGE, (stamp,))
