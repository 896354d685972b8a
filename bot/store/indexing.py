"""Keeping what is made of the papers up to date, some a transaction: their words, and readings.

Papers that are new, changed or gone wait in a queue. Once rules have changed, all are gone through
besides: see `renewal`.
"""

import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlite_utils import Database

from bot.core.arxiv_id import order_of
from bot.core.model import Paper
from bot.store import readable, renewal, stamps
from bot.store.documents import COLUMNS, documents
from bot.store.renewal import ALL, Made, Stretch
from bot.store.rows import read_papers, to_json

SLOTS = 64
"""How many papers may share their number within the month: old archives each counted from 1."""

READ_UNINDEXED = "SELECT paper FROM unindexed ORDER BY paper DESC LIMIT ?"

COUNT_UNINDEXED = "SELECT count(*) FROM unindexed"

QUEUE = """
INSERT INTO unindexed SELECT value FROM json_each(?) WHERE true ON CONFLICT DO NOTHING
"""

DONE = "DELETE FROM unindexed WHERE paper IN (SELECT value FROM json_each(?))"

READ_INDEXED = """
SELECT number, text FROM indexed WHERE paper IN (SELECT value FROM json_each(?)) ORDER BY number
"""

FORGET_INDEXED = "DELETE FROM indexed WHERE paper IN (SELECT value FROM json_each(?))"

IS_TAKEN = "SELECT 1 FROM indexed WHERE number = ?"

INSERT_INDEXED = "INSERT INTO indexed (number, paper, text, stamp) VALUES (?, ?, ?, ?)"

_VALUES = f"rowid, {', '.join(COLUMNS)}) VALUES ("

INSERT_WORDS = f"INSERT INTO search ({_VALUES}?{', ?' * len(COLUMNS)})"

# This is how a row is taken out that keeps no copy of itself; its words must be told exactly.
DELETE_WORDS = f"INSERT INTO search (search, {_VALUES}'delete', ?{', ?' * len(COLUMNS)})"


class Prepared(NamedTuple):
    """Papers that were `queued` or are of a `stretch`: as they are, if they are still kept, by id.

    Of some there are `documents` for the index, and of some `readings`.
    """

    papers: Mapping[str, Paper | None]
    documents: Mapping[str, tuple[str, ...]]
    readings: Mapping[str, readable.Reading]
    queued: Collection[str]
    stretch: Stretch


def queue(db: Database, ids: Iterable[str]) -> None:
    """Note that these papers are new, changed or gone, in the transaction that makes them so.

    What people read of them is gone with that.
    """
    names = to_json(ids)
    db.execute(QUEUE, (names,))
    db.execute(readable.FORGET, (names,))


def left(db: Database, made: Collection[Made] = ALL) -> int:
    """Tell how many papers must be gone through before all that is made of them is as it should."""
    (count,) = db.execute(COUNT_UNINDEXED).fetchone()
    return int(count) + renewal.left(db, made)


def prepare(db: Database, limit: int, made: Collection[Made] = ALL) -> Prepared:
    """Read up to `limit` papers that are new, changed or gone, or to be renewed, and what they say.

    That takes much longer than to enter it, and nobody who writes waits for it.
    """
    queued = [row[0] for row in db.execute(READ_UNINDEXED, (limit,))]
    stretch = renewal.stretch(db, made, limit - len(queued))
    papers = read_papers(db, [*queued, *stretch.papers])
    words = [papers[one] for one in {*queued, *stretch.of("index")} if one in papers]
    read = [papers[one] for one in {*queued, *stretch.of("readable")} if one in papers]
    return Prepared(
        {one: papers.get(one) for one in (*queued, *stretch.papers)},
        dict(zip((one.id for one in words), documents(words), strict=True)),
        {one.id: readable.reading_of(one) for one in read},
        queued,
        stretch,
    )


def enter(db: Database, prepared: Prepared, made: Collection[Made] = ALL) -> int:
    """Write what was prepared of papers that are as they were then, and tell how many are left.

    Once something was made by other rules than today's, it is to be made of all papers anew.
    """
    renewal.follow(db)
    papers = read_papers(db, prepared.papers)
    same = {one for one, paper in prepared.papers.items() if papers.get(one) == paper}
    _forget(db, (one for one in same if one in prepared.documents or one not in papers))
    stamp = stamps.advance(db)
    for one in sorted(prepared.documents.keys() & same, key=order_of):
        _enter(db, one, prepared.documents[one], stamp)
    readable.write(db, {one: prepared.readings[one] for one in prepared.readings.keys() & same})
    db.execute(DONE, (to_json(same.intersection(prepared.queued)),))
    renewal.move(db, prepared.stretch, made)
    return left(db, made)


def least_number(paper: str) -> int:
    """Tell the lowest number that a paper with this id can have in the index."""
    month, number = order_of(paper)
    return (month * 100_000 + number) * SLOTS


def _forget(db: Database, ids: Iterable[str]) -> None:
    """Take out what the index holds of these papers."""
    names = to_json(ids)
    rows = db.execute(READ_INDEXED, (names,)).fetchall()
    db.conn.executemany(DELETE_WORDS, [(number, *_unpacked(text)) for number, text in rows])
    db.execute(FORGET_INDEXED, (names,))


def _enter(db: Database, paper: str, columns: Sequence[str], stamp: int) -> None:
    """Index a paper of which nothing is in the index."""
    number = least_number(paper)
    while db.execute(IS_TAKEN, (number,)).fetchone():
        number += 1
    db.execute(INSERT_INDEXED, (number, paper, _packed(columns), stamp))
    db.execute(INSERT_WORDS, (number, *columns))


def _packed(columns: Sequence[str]) -> bytes:
    """Pack what the index holds of a paper."""
    return zlib.compress("\n".join(columns).encode(), 1)


def _unpacked(text: bytes) -> list[str]:
    """Give back what was packed."""
    return zlib.decompress(text).decode().split("\n")
