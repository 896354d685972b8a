"""Keeping what people read of the papers: title, abstract and comment without LaTeX.

What is kept is only ever what `display` makes of the text that the ledger holds: the transaction
that changes or prunes a paper takes its row away, the one that takes the paper off the queue writes
it anew, and a row by other rules than today's is not read. Who is shown a paper without a row
converts it. So a process may die anywhere: rows are missing then, and none is wrong.
"""

from collections.abc import Mapping

from sqlite_utils import Database

from bot.core.model import Paper
from bot.core.render.wording import display
from bot.store import edition

WRITE = """
INSERT INTO readable (paper, read_by, shown_title, shown_abstract, shown_comment)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT (paper) DO UPDATE SET read_by = excluded.read_by, shown_title = excluded.shown_title,
    shown_abstract = excluded.shown_abstract, shown_comment = excluded.shown_comment
"""

FORGET = "DELETE FROM readable WHERE paper IN (SELECT value FROM json_each(?))"

Reading = tuple[str | None, ...]
"""What people read of title, abstract and comment; None where that is the text itself."""


def reading_of(paper: Paper) -> Reading:
    """Read a paper by today's rules."""
    texts = (paper.title, paper.abstract, paper.comment or "")
    return tuple(None if (shown := display(text)) == text else shown for text in texts)


def write(db: Database, readings: Mapping[str, Reading]) -> None:
    """Keep what was read, by paper, instead of what was kept before."""
    by = edition.reader()
    db.conn.executemany(WRITE, [(paper, by, *texts) for paper, texts in sorted(readings.items())])
