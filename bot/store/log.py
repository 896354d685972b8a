"""Reading the log of announcements, its end, and the marks of a source."""

from datetime import datetime

from sqlite_utils import Database

from bot.core.model import Announcement, Head, Mark
from bot.store.rows import PAPER_COLUMNS, paper_of, to_instant, to_micros, to_texts

# The sequence's own table knows the end even when the last rows are pruned.
READ_END = "SELECT seq FROM sqlite_sequence WHERE name = 'announcements'"

READ_LOG = f"""
SELECT {PAPER_COLUMNS}, seq, date, silent,
    -- With what later cross-lists added: the paper is read as it is now, with all of them.
    CASE WHEN late = '[]' THEN late ELSE (
        SELECT json_group_array(DISTINCT added.value)
        FROM announcements AS later, json_each(later.late) AS added
        WHERE later.paper = announcements.paper AND later.seq >= announcements.seq
            AND later.late <> '[]') END
FROM announcements JOIN papers ON papers.id = announcements.paper
WHERE seq > :after AND seq <= :upto
    AND CASE WHEN :since IS NULL THEN NOT silent ELSE date >= :since END
ORDER BY seq LIMIT :limit
"""  # noqa: S608  # a constant of the package

READ_MARKS = "SELECT scope, key, value, at FROM marks WHERE source = ? ORDER BY scope, key"


def end(db: Database) -> int:
    """Tell the last sequence number ever given, or 0."""
    row = db.execute(READ_END).fetchone()
    return row[0] if row else 0


def head(db: Database) -> Head:
    """Tell the log's end and the scopes whose baseline is set."""
    return Head(end(db), frozenset(row[0] for row in db.execute("SELECT scope FROM baselines")))


def announcements(
    db: Database, after: int, upto: int, *, since: datetime | None, limit: int
) -> list[Announcement]:
    """Read a range of the log, each announcement with its paper as it is known now."""
    since_micros = None if since is None else to_micros(since)
    values = {"after": after, "upto": upto, "since": since_micros, "limit": limit}
    return [
        Announcement(row[12], paper_of(row), to_instant(row[13]), to_texts(row[15]), bool(row[14]))
        for row in db.execute(READ_LOG, values)
    ]


def marks(db: Database, source: str) -> tuple[Mark, ...]:
    """Read a source's marks."""
    rows = db.execute(READ_MARKS, (source,))
    return tuple(Mark(row[0], row[1], row[2], to_instant(row[3])) for row in rows)
