"""Reading the log of announcements and its end."""

from datetime import datetime

from sqlite_utils import Database

from bot.core.model import Announcement
from bot.core.standing import Head
from bot.store.rows import PAPER_COLUMNS, paper_of, to_instant, to_micros, to_texts

# The sequence's own table knows the end even when the last rows are pruned.
READ_END = "SELECT seq FROM sqlite_sequence WHERE name = 'announcements'"

READ_ROWS = f"""
SELECT {PAPER_COLUMNS}, seq, date, silent,
    -- With what later cross-lists added: the paper is read as it is now, with all of them.
    CASE WHEN late = '[]' THEN late ELSE (
        SELECT json_group_array(DISTINCT added.value)
        FROM announcements AS later, json_each(later.late) AS added
        WHERE later.paper = announcements.paper AND later.seq >= announcements.seq
            AND later.late <> '[]') END
FROM announcements CROSS JOIN papers ON papers.id = announcements.paper
WHERE seq IN (%s) ORDER BY seq
"""  # noqa: S608  # constants of the package, like the two below

# Which rows a page holds is read from an index alone, before anything wide is.
READ_NEWS = (
    READ_ROWS
    % """
    SELECT seq FROM announcements INDEXED BY announcements_news
    WHERE NOT silent AND seq > :after AND seq <= :upto ORDER BY seq LIMIT :limit"""
)

READ_DATED = (
    READ_ROWS
    % """
    SELECT seq FROM announcements INDEXED BY announcements_by_date
    WHERE date >= :since AND seq > :after AND seq <= :upto ORDER BY seq LIMIT :limit"""
)


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
    query, values = READ_NEWS, {"after": after, "upto": upto, "limit": limit}
    if since is not None:
        query, values["since"] = READ_DATED, to_micros(since)
    return [
        Announcement(row[12], paper_of(row), to_instant(row[13]), to_texts(row[15]), bool(row[14]))
        for row in db.execute(query, values)
    ]
