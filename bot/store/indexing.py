"""Keeping the index of the papers' words up to date, some papers a transaction."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlite_utils import Database

from bot.core.arxiv_id import order_of
from bot.core.model import Paper
from bot.store import edition
from bot.store.documents import COLUMNS, documents
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

INSERT_INDEXED = "INSERT INTO indexed (number, paper, text) VALUES (?, ?, ?)"

_VALUES = f"rowid, {', '.join(COLUMNS)}) VALUES ("

INSERT_WORDS = f"INSERT INTO search ({_VALUES}?{', ?' * len(COLUMNS)})"

# This is how a row is taken out that keeps no copy of itself; its words must be told exactly.
DELETE_WORDS = f"INSERT INTO search (search, {_VALUES}'delete', ?{', ?' * len(COLUMNS)})"

INDEX_ALL = "INSERT INTO unindexed SELECT paper FROM indexed WHERE true ON CONFLICT DO NOTHING"


class Prepared(NamedTuple):
    """Papers that wait to be indexed, by id: as they are, if they are still kept, and laid out."""

    papers: Mapping[str, Paper | None]
    documents: Mapping[str, tuple[str, ...]]


def queue(db: Database, ids: Iterable[str]) -> None:
    """Note that these papers are new, changed or gone, in the transaction that makes them so."""
    db.execute(QUEUE, (to_json(ids),))


def left(db: Database) -> int:
    """Tell how many papers must be indexed before the index holds all as they are."""
    if not edition.is_followed(db, "index"):
        (count,) = db.execute("SELECT count(*) FROM papers").fetchone()
        return int(count)
    (count,) = db.execute(COUNT_UNINDEXED).fetchone()
    return int(count)


def prepare(db: Database, limit: int) -> Prepared:
    """Read up to `limit` papers that are new, changed or gone, and lay them out.

    That takes much longer than to enter them, and nobody who writes waits for it.
    """
    ids = [row[0] for row in db.execute(READ_UNINDEXED, (limit,))]
    papers = read_papers(db, ids)
    laid_out = zip(papers, documents([*papers.values()]), strict=True)
    return Prepared({one: papers.get(one) for one in ids}, dict(laid_out))


def enter(db: Database, prepared: Prepared) -> int:
    """Index what was prepared and is as it was then, and tell how many papers are left.

    Once words are cut by other rules than those of the index, all are to be indexed.
    """
    if not edition.is_followed(db, "index"):
        db.execute(INDEX_ALL)
        edition.follow(db, "index")
    papers = read_papers(db, prepared.papers)
    same = [one for one, paper in prepared.papers.items() if papers.get(one) == paper]
    _forget(db, same)
    for one in sorted(prepared.documents.keys() & same, key=order_of):
        _enter(db, one, prepared.documents[one])
    db.execute(DONE, (to_json(same),))
    (count,) = db.execute(COUNT_UNINDEXED).fetchone()
    return int(count)


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


def _enter(db: Database, paper: str, columns: Sequence[str]) -> None:
    """Index a paper of which nothing is in the index."""
    number = least_number(paper)
    while db.execute(IS_TAKEN, (number,)).fetchone():
        number += 1
    db.execute(INSERT_INDEXED, (number, paper, _packed(columns)))
    db.execute(INSERT_WORDS, (number, *columns))


def _packed(columns: Sequence[str]) -> bytes:
    """Pack what the index holds of a paper."""
    return zlib.compress("\n".join(columns).encode(), 1)


def _unpacked(text: bytes) -> list[str]:
    """Give back what was packed."""
    return zlib.decompress(text).decode().split("\n")
