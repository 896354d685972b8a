"""What is known of arXiv as a whole: its highest id, what lies outside of our scopes, and gaps.

arXiv numbers the papers of a month from 1 without leaving one out. So once it was seen whole up to
an id, any number below that we never met is a gap: asked for by its id until it comes, or until it
has been absent for so long that it never will.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from sqlite_utils import Database

from bot.core.arxiv_id import id_of, month_of, order_of, order_or_least
from bot.core.polling import FOLLOWERS, Memory, Quarantined
from bot.store import scopes
from bot.store.rows import to_instant, to_json, to_micros

ASKED_AGAIN = timedelta(hours=20)
"""How long a gap rests after it was asked for: once a day, at whatever hour the poll is."""

VOID_AFTER = timedelta(days=14)
"""How long a gap is asked for."""

PARTIAL_FOR = timedelta(days=30)
"""How long comment and dates are asked for that a feed did not tell."""

LIMIT = 3_000
"""How many ids of each kind are asked for in one poll: thirty questions by id."""

MOST_GAPS = 20_000
"""How many gaps one census may open: more ids than arXiv gives in half a month were never lost."""

PAGE = 10_000
"""How many numbers are looked up at once."""

CENSUS = "census {}"
"""The name under which a census is quarantined that cannot be believed, with its id."""

READ_ARXIV = "SELECT highest, census FROM arxiv"

RISE = "UPDATE arxiv SET highest = ?, risen = ?"

MEET = "UPDATE arxiv SET met = max(coalesce(met, 0), ?)"

MOVE_CENSUS = "UPDATE arxiv SET census = ?"

INSERT_ELSEWHERE = """
INSERT INTO elsewhere (paper, at) SELECT value, ? FROM json_each(?) WHERE true
ON CONFLICT DO UPDATE SET at = max(at, excluded.at)
"""

READ_ELSEWHERE = """
SELECT paper, at FROM elsewhere WHERE paper IN (SELECT value FROM json_each(?))
"""

READ_UNKNOWN = """
SELECT value FROM json_each(?)
WHERE NOT EXISTS (SELECT 1 FROM seen WHERE paper = value)
    AND NOT EXISTS (SELECT 1 FROM elsewhere WHERE paper = value)
"""

READ_LAST_OF_MONTH = """
SELECT max(coalesce((SELECT max(paper) FROM seen WHERE paper >= :first AND paper < :end), ''),
    coalesce((SELECT max(paper) FROM elsewhere WHERE paper >= :first AND paper < :end), ''))
"""

INSERT_GAP = "INSERT INTO gaps (id, since) VALUES (?, ?) ON CONFLICT DO NOTHING"

CLOSE_GAPS = "DELETE FROM gaps WHERE id IN (SELECT value FROM json_each(?))"

MISS_GAPS = """
UPDATE gaps SET asked = :now, void = since <= :void_from
WHERE id IN (SELECT value FROM json_each(:ids))
"""

GIVE_UP_GAPS = "UPDATE gaps INDEXED BY gaps_open SET void = 1 WHERE NOT void AND since <= ?"

# What was asked after now was so by a clock that was ahead.
READ_GAPS = """
SELECT id FROM gaps INDEXED BY gaps_open
WHERE NOT void AND (asked IS NULL OR asked <= :rested OR asked > :now)
ORDER BY since, id LIMIT :limit
"""

READ_PARTIAL = """
SELECT id FROM papers INDEXED BY papers_partial
WHERE detail = 0 AND updated >= :from ORDER BY updated DESC, id DESC LIMIT :limit
"""


def note_known(
    db: Database, papers: Iterable[str], elsewhere: Iterable[str], now: datetime
) -> None:
    """Note that these ids exist: gaps that came are closed, and arXiv's highest id may rise."""
    outside = list(elsewhere)
    if outside:
        db.execute(INSERT_ELSEWHERE, (to_micros(now), to_json(outside)))
        db.execute(MEET, (to_micros(now),))
    met = [*papers, *outside]
    db.execute(CLOSE_GAPS, (to_json(met),))
    highest, _ = db.execute(READ_ARXIV).fetchone()
    top = max(met, key=order_of, default="")
    if order_or_least(top) > order_or_least(highest):
        db.execute(RISE, (top, to_micros(now)))


def last_elsewhere(db: Database, ids: Iterable[str]) -> dict[str, datetime]:
    """Tell when those of these papers that were met outside of all scopes were so last."""
    return {row[0]: to_instant(row[1]) for row in db.execute(READ_ELSEWHERE, (to_json(ids),))}


def note_absent(db: Database, ids: Iterable[str], now: datetime) -> None:
    """Note that these gaps were asked for and do not exist, or not yet."""
    values = {"now": to_micros(now), "void_from": to_micros(now - VOID_AFTER), "ids": to_json(ids)}
    db.execute(MISS_GAPS, values)


def take_census(db: Database, upto: str, now: datetime) -> Quarantined | None:
    """Open a gap for each number up to `upto` that was not met since the last census.

    The first census tells only where to begin. One that misses more than can be lost opens none,
    and is given back for a person to see.
    """
    _, last = db.execute(READ_ARXIV).fetchone()
    if order_or_least(upto) <= order_or_least(last):
        return None
    missing = list(islice(_unknown(db, last, upto), MOST_GAPS + 1)) if last else []
    db.execute(MOVE_CENSUS, (upto,))
    if len(missing) > MOST_GAPS:
        error = f"arXiv was seen whole up to {upto}, but more than {MOST_GAPS} ids below lack"
        return Quarantined(CENSUS.format(upto), error)
    db.conn.executemany(INSERT_GAP, [(one, to_micros(now)) for one in missing])
    return None


def give_up_gaps(db: Database, source: str, now: datetime) -> None:
    """Give up the gaps that are older than they are asked for, now that this source was polled.

    Whatever became of the questions; and at twice that age if those who ask are never polled.
    """
    asked = VOID_AFTER if source in FOLLOWERS else 2 * VOID_AFTER
    db.execute(GIVE_UP_GAPS, (to_micros(now - asked),))


def memory(db: Database, source: str, now: datetime) -> Memory:
    """Give back a source's marks, and what to ask for by id: the oldest gaps, the newest papers."""
    values = {"now": to_micros(now), "rested": to_micros(now - ASKED_AGAIN), "limit": LIMIT}
    values["from"] = to_micros(now - PARTIAL_FOR)
    return Memory(
        marks=scopes.marks(db, source),
        partial=tuple(row[0] for row in db.execute(READ_PARTIAL, values)),
        gaps=tuple(row[0] for row in db.execute(READ_GAPS, values)),
    )


def _unknown(db: Database, last: str, upto: str) -> Iterator[str]:
    """Name the ids after `last` up to `upto` that we never met, month by month.

    Of a month that is over, the highest id that we met is taken as its last.
    """
    for month in _months(month_of(last), month_of(upto)):
        first = order_of(last)[1] + 1 if month == month_of(last) else 1
        end = upto if month == month_of(upto) else _last_met(db, month)
        numbers = range(first, order_of(end)[1] + 1 if end else first)
        for start in range(0, len(numbers), PAGE):
            page = to_json(id_of(month, number) for number in numbers[start : start + PAGE])
            yield from (row[0] for row in db.execute(READ_UNKNOWN, (page,)))


def _last_met(db: Database, month: int) -> str:
    """Tell the highest id of a month that we met, or nothing."""
    prefix = f"{month % 10_000:04d}"
    # The dot's successor: all ids of the month lie between.
    bounds = {"first": f"{prefix}.", "end": f"{prefix}/"}
    found: str = db.execute(READ_LAST_OF_MONTH, bounds).fetchone()[0]
    return found


def _months(first: int, last: int) -> Iterator[int]:
    """Count the months from one to the other as yyyymm, both included."""
    for count in range(first // 100 * 12 + first % 100 - 1, last // 100 * 12 + last % 100):
        yield count // 12 * 100 + count % 12 + 1
