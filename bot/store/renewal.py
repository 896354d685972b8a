"""Going through all indexed papers once rules have changed, from the highest number down.

How far that has come is a number for each of what is made by rules. It moves in the transaction
that writes what is made anew, so that a process may die anywhere, and nothing has to be queued.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from sqlite_utils import Database

from bot.store import edition

Made = Literal["index", "readable"]
"""What is made of the papers by rules: the words in the index, and what people read."""

ALL: tuple[Made, ...] = ("index", "readable")
INDEX: tuple[Made, ...] = ("index",)

ABOVE = 2**62
"""Beyond every number in the index."""

READ_BELOW: Mapping[Made, str] = {
    "index": "SELECT index_below FROM edition",
    "readable": "SELECT readable_below FROM edition",
}

# What is indexed later is made by the rules of then.
BEGIN: Mapping[Made, str] = {
    "index": """
        UPDATE edition SET index_below = coalesce((SELECT max(number) + 1 FROM indexed), 0)
    """,
    "readable": """
        UPDATE edition SET readable_below = coalesce((SELECT max(number) + 1 FROM indexed), 0)
    """,
}

# Unless another process, of other rules, has made all to be gone through again meanwhile.
MOVE: Mapping[Made, str] = {
    "index": """
        UPDATE edition SET index_below = min(index_below, :end) WHERE index_below <= :begin
    """,
    "readable": """
        UPDATE edition SET readable_below = min(readable_below, :end)
        WHERE readable_below <= :begin
    """,
}

READ_STRETCH = "SELECT paper, number FROM indexed WHERE number < ? ORDER BY number DESC LIMIT ?"

# The plus keeps SQLite from the wide rows: the index of ids holds all that is asked for.
COUNT_LEFT = """
SELECT count(*) FROM indexed WHERE +number < ? AND paper NOT IN (SELECT paper FROM unindexed)
"""


class Stretch(NamedTuple):
    """Papers to be renewed, with all that are numbered from `end` on and below `begin`.

    `papers` gives of each what of it is to be made anew.
    """

    begin: int
    end: int
    papers: Mapping[str, frozenset[Made]]

    def of(self, made: Made) -> list[str]:
        """Name the papers of which this is to be made anew."""
        return [paper for paper, renewed in self.papers.items() if made in renewed]


def stretch(db: Database, made: Iterable[Made], room: int) -> Stretch:
    """Read which papers come next, at most as many as there is room for."""
    below = {one: _below(db, one) for one in made}
    begin = max(below.values())
    rows = db.execute(READ_STRETCH, (begin, room)).fetchall() if begin and room else []
    papers = {row[0]: frozenset(one for one in below if row[1] < below[one]) for row in rows}
    if len(rows) < room:
        return Stretch(begin, 0, papers)
    return Stretch(begin, rows[-1][1] if rows else begin, papers)


def follow(db: Database) -> None:
    """Begin anew with what other rules have made than those of today."""
    for one in ALL:
        if not edition.is_followed(db, one):
            edition.follow(db, one)
            db.execute(BEGIN[one])


def move(db: Database, done: Stretch, made: Iterable[Made]) -> None:
    """Note that a stretch is renewed, in the transaction that does it, after `follow`."""
    for one in made:
        db.execute(MOVE[one], {"begin": done.begin, "end": done.end})


def left(db: Database, made: Iterable[Made]) -> int:
    """Count the papers that are yet to be renewed and not queued besides."""
    begin = max(_below(db, one) for one in made)
    if not begin:
        return 0
    (count,) = db.execute(COUNT_LEFT, (begin,)).fetchone()
    return int(count)


def _below(db: Database, made: Made) -> int:
    """Tell below which number papers are yet to be renewed; 0 where all are."""
    if not edition.is_followed(db, made):
        return ABOVE
    (below,) = db.execute(READ_BELOW[made]).fetchone()
    return int(below)
