"""Reading the log of announcements and its end."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from bot.core.arxiv_id import parse_id
from bot.core.model import Announcement
from bot.core.polling import FOLLOWERS
from bot.core.standing import Head
from bot.store import edition
from bot.store.later import LATER
from bot.store.rows import (
    SHOWN_COLUMNS,
    SHOWN_WIDTH,
    WITH_READABLE,
    former_of,
    shown_paper_of,
    to_instant,
    to_instant_or_none,
    to_json,
    to_micros,
    to_texts,
)

# The sequence's own table knows the end even when the last rows are pruned.
READ_END = "SELECT seq FROM sqlite_sequence WHERE name = 'announcements'"

# Each source alone has everything but for its own lag; one that only follows has nothing, and one
# that had nothing to ask says nothing.
READ_WHOLE = """
SELECT max(whole_at),
    max(at) FILTER (WHERE state <> 'ok' OR at = whole_at) > coalesce(max(whole_at), 0)
FROM polls WHERE source NOT IN (SELECT value FROM json_each(?))
"""

# A gap that was asked for in vain is most likely no paper; it is asked for again all the same.
COUNT_MISSING = "SELECT count(*) FROM gaps WHERE NOT void AND asked IS NULL"

READ_UNREAD = """
SELECT id FROM (SELECT DISTINCT id FROM quarantine) AS unread
WHERE NOT EXISTS (SELECT 1 FROM seen WHERE paper = id)
    AND NOT EXISTS (SELECT 1 FROM elsewhere WHERE paper = id)
    AND NOT EXISTS (SELECT 1 FROM gaps WHERE gaps.id = unread.id)
"""

READ_SIGHTINGS = """
SELECT paper, source FROM sightings WHERE paper IN (SELECT value FROM json_each(?))
"""

READ_ROWS = f"""
SELECT {SHOWN_COLUMNS}, seq, date, silent, source, former, completed,
    -- With what later cross-lists added: the paper is read as it is now, with all of them.
    CASE WHEN late = '[]' THEN late ELSE (
        SELECT json_group_array(DISTINCT added.value)
        FROM announcements AS later, json_each(later.late) AS added
        WHERE later.paper = announcements.paper AND later.seq >= announcements.seq
            AND later.late <> '[]') END
FROM announcements CROSS JOIN papers ON papers.id = announcements.paper {WITH_READABLE}
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

READ_OF_PAPER = (
    READ_ROWS
    % """
    SELECT seq FROM announcements INDEXED BY announcements_of_paper WHERE paper = :paper"""
)


def end(db: Database) -> int:
    """Tell the last sequence number ever given, or 0."""
    row = db.execute(READ_END).fetchone()
    return row[0] if row else 0


def head(db: Database) -> Head:
    """Tell the log's end, the scopes whose baseline is set, and how whole the log is."""
    whole_at, late = db.execute(READ_WHOLE, (to_json(FOLLOWERS),)).fetchone()
    (missing,) = db.execute(COUNT_MISSING).fetchone()
    return Head(
        seq=end(db),
        baselined=frozenset(row[0] for row in db.execute("SELECT scope FROM baselines")),
        whole_at=to_instant_or_none(whole_at),
        late=bool(late),
        missing=missing,
        unread=sum(_names_a_paper(row[0]) for row in db.execute(READ_UNREAD)),
    )


def announcements(
    db: Database, after: int, upto: int, *, since: datetime | None, limit: int
) -> list[Announcement]:
    """Read a range of the log, each announcement with its paper as it is known now."""
    query, values = READ_NEWS, {"after": after, "upto": upto, "limit": limit}
    values["reader"] = edition.reader()
    if since is not None:
        query, values["since"] = READ_DATED, to_micros(since)
    rows = db.execute(query, values).fetchall()
    sighted = _sightings(db, {row[0] for row in rows})
    return [_announcement(row, sighted) for row in rows]


def of_paper(db: Database, paper: str) -> list[Announcement]:
    """Read all that the log has of one paper, silent rows too."""
    sighted = _sightings(db, [paper])
    values = {"paper": paper, "reader": edition.reader()}
    return [_announcement(row, sighted) for row in db.execute(READ_OF_PAPER, values)]


def _announcement(row: Sequence[Any], sighted: Mapping[str, frozenset[str]]) -> Announcement:
    """Make an announcement of its row; of a revision only its own source is known."""
    seq, date, silent, source, former, completed, late = row[SHOWN_WIDTH:]
    own = frozenset({source})
    return Announcement(
        seq=seq,
        paper=shown_paper_of(row),
        date=to_instant(date),
        late=to_texts(late),
        silent=bool(silent),
        former=former_of(former),
        sources=sighted.get(row[0], own) if former is None else own,
        completed=LATER[completed],
    )


def _sightings(db: Database, ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """Read which sources brought these papers, as far as that is kept."""
    found: dict[str, set[str]] = {}
    for paper, source in db.execute(READ_SIGHTINGS, (to_json(ids),)):
        found.setdefault(paper, set()).add(source)
    return {paper: frozenset(sources) for paper, sources in found.items()}


def _names_a_paper(name: str) -> bool:
    """Tell a quarantined paper from a day or a page."""
    try:
        parse_id(name)
    except ValueError:
        return False
    return True
