"""Keeping the index of the papers' words up to date, some papers a transaction."""

import hashlib
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import chain

from sqlite_utils import Database

from bot.core.arxiv_id import order_of
from bot.core.model import Paper
from bot.core.query.taxonomy import family_of, subjects
from bot.core.query.words import fold, stem, words
from bot.store.rows import read_papers, to_json

COLUMNS = ("ti", "abs", "co", "jr", "rn", "subjects", "au", "labels", "words")
"""The index's columns, in their order."""

SEVERAL = ".."
"""A word that no text has: it stands in columns where a word has more than one stem.

Each but the first then stands after all the words, and no longer beside its neighbours.
"""

BEGINNING = 6
"""How many letters of a word are kept that are not those of its stem, for wildcards."""

SLOTS = 64
"""How many papers may share their number within the month: old archives each counted from 1."""

READ_UNINDEXED = "SELECT paper FROM unindexed ORDER BY paper DESC LIMIT ?"

COUNT_UNINDEXED = "SELECT count(*) FROM unindexed"

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

READ_RULES = "SELECT rules FROM edition"

MOVE_RULES = "UPDATE edition SET rules = ?"

INDEX_ALL = "INSERT INTO unindexed SELECT paper FROM indexed WHERE true ON CONFLICT DO NOTHING"

_OTHER = re.compile("[^0-9a-z.\x80-\ud7ff\ue000-\U0010ffff]")
_TOUCHSTONE = Paper(
    id="hep-th/9901001",
    version=1,
    title=r"Schr\"odinger's Naïve Møller-Plesset LLMs: 2.5 $\alpha$-decays, O'Brien",
    abstract="Ähnliche Größen für Αθήνα 北京 №5 ﬁne-tuned GPT-4.1's optimisation flies happily; "
    "let us possibly grok topology, grokking",
    authors=("Paul Erdős", "J.-P. Serre"),
    categories=("hep-th", "math.AG"),
    primary_category="hep-th",
    published=datetime(1999, 1, 1, tzinfo=UTC),
    updated=datetime(1999, 1, 1, tzinfo=UTC),
    doi="10.1000/X_y",
)


def left(db: Database) -> int:
    """Tell how many papers must be indexed before the index holds all as they are."""
    (rules,) = db.execute(READ_RULES).fetchone()
    if rules != _rules():
        (count,) = db.execute("SELECT count(*) FROM papers").fetchone()
        return int(count)
    (count,) = db.execute(COUNT_UNINDEXED).fetchone()
    return int(count)


def refresh(db: Database, limit: int) -> int:
    """Index up to `limit` papers that are new, changed or gone, and tell how many are left.

    Once the words are cut by other rules than those of the index, all are to be indexed.
    """
    if db.execute(READ_RULES).fetchone() != (_rules(),):
        db.execute(INDEX_ALL)
        db.execute(MOVE_RULES, (_rules(),))
    ids = [row[0] for row in db.execute(READ_UNINDEXED, (limit,))]
    if ids:
        _forget(db, ids)
        _enter(db, sorted(read_papers(db, ids).values(), key=lambda one: order_of(one.id)))
        db.execute(DONE, (to_json(ids),))
    (count,) = db.execute(COUNT_UNINDEXED).fetchone()
    return int(count)


def least_number(paper: str) -> int:
    """Tell the lowest number that a paper with this id can have in the index."""
    month, number = order_of(paper)
    return (month * 100_000 + number) * SLOTS


def documents(papers: Sequence[Paper]) -> list[tuple[str, ...]]:
    """Lay out what the index holds of each paper, by COLUMNS."""
    cut = [[_cut(texts) for texts in _texts(paper)] for paper in papers]
    folded = {word: fold(word) for word in {word for row in cut for of in row for word in of}}
    forms = list({form for of in folded.values() for form in of})
    stem_of = dict(zip(forms, stem(forms), strict=True))
    stems = {word: tuple(dict.fromkeys(stem_of[one] for one in of)) for word, of in folded.items()}
    lost = {
        word: {one[:BEGINNING] for one in of if one[:BEGINNING] != stem_of[one][:BEGINNING]}
        for word, of in folded.items()
    }
    return [
        (
            *(_column(column, stems) for column in row[:-1]),
            " ".join(chain.from_iterable(folded[word] for word in row[-1])),
            " ".join(_labels(paper)),
            " ".join(sorted({one for of in row[:-1] for word in of for one in lost[word]})),
        )
        for paper, row in zip(papers, cut, strict=True)
    ]


def label(kind: str, value: str) -> str:
    """Write a category, an id or a DOI as one word; that two have the same does no harm."""
    return f"{kind}.{_OTHER.sub('.', value.lower())}"


@cache
def _rules() -> str:
    """Stand for the rules by which words are cut, folded and stemmed, by what they make of some."""
    return hashlib.sha256(repr(documents([_TOUCHSTONE])).encode()).hexdigest()[:16]


def _forget(db: Database, ids: Iterable[str]) -> None:
    """Take out what the index holds of these papers."""
    names = to_json(ids)
    rows = db.execute(READ_INDEXED, (names,)).fetchall()
    db.conn.executemany(DELETE_WORDS, [(number, *_unpacked(text)) for number, text in rows])
    db.execute(FORGET_INDEXED, (names,))


def _enter(db: Database, papers: Sequence[Paper]) -> None:
    """Index these papers, of which nothing is in the index."""
    for paper, columns in zip(papers, documents(papers), strict=True):
        number = least_number(paper.id)
        while db.execute(IS_TAKEN, (number,)).fetchone():
            number += 1
        db.execute(INSERT_INDEXED, (number, paper.id, _packed(columns)))
        db.execute(INSERT_WORDS, (number, *columns))


def _packed(columns: Sequence[str]) -> bytes:
    """Pack what the index holds of a paper."""
    return zlib.compress("\n".join(columns).encode(), 1)


def _unpacked(text: bytes) -> list[str]:
    """Give back what was packed."""
    return zlib.decompress(text).decode().split("\n")


def _texts(paper: Paper) -> tuple[Sequence[str], ...]:
    """Give the texts of each column of words, the authors' last."""
    return (
        (paper.title,),
        (paper.abstract,),
        (paper.comment or "",),
        (paper.journal_ref or "",),
        (paper.report_no or "",),
        subjects(paper.categories),
        paper.authors,
    )


def _cut(texts: Iterable[str]) -> list[str]:
    """Cut texts into words."""
    return [word for text in texts for word in words(text)]


def _column(found: Sequence[str], stems: Mapping[str, tuple[str, ...]]) -> str:
    """Write the stems of words in their order; where one has several, mark that."""
    first = [stems[word][0] for word in found]
    others = [other for word in found for other in stems[word][1:]]
    return " ".join((*first, SEVERAL, *others) if others else first)


def _labels(paper: Paper) -> list[str]:
    """Give the labels by which a paper can be asked for."""
    categories = {*paper.categories, *map(family_of, paper.categories)}
    found = [label("cat", name) for name in sorted(categories)]
    primary = paper.primary_category
    found += [label("primary", name) for name in (primary, family_of(primary))]
    found.append(label("id", paper.id))
    return [*found, label("doi", paper.doi)] if paper.doi else found
