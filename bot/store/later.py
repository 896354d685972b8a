"""What comes of a paper after its announcement, and for whom the log then tells of it again."""

from collections.abc import Iterable

from sqlite_utils import Database

from bot.store.rows import to_json

READING = """
CREATE TABLE reading (one INTEGER PRIMARY KEY CHECK (one = 1), upto INTEGER NOT NULL) STRICT;
INSERT INTO reading SELECT 1, coalesce(max(seq), 0) FROM cursors;
"""

# Flags of a row. What a feed has announced without comment and dates is awaited, and told again
# once somebody read it so; and so is a paper whose number comes when somebody read it without.
COMMENTED, AWAITED, NUMBERED = 1, 2, 4
_COMMENTS, _NUMBER = ("comment", "journal_ref", "doi"), ("report_no",)
LATER = {
    0: (),
    COMMENTED: _COMMENTS,
    AWAITED: (),
    NUMBERED: _NUMBER,
    COMMENTED | NUMBERED: (*_COMMENTS, *_NUMBER),
}
"""By its flags, the fields that have come where a row tells of a paper again."""

# Only where a query in use reads report numbers: every tenth paper has one, and the log would grow.
# CROSS JOIN begins with that, so that nothing else is looked at where none does.
READ_NUMBERLESS = """
SELECT DISTINCT paper
FROM wanted CROSS JOIN announcements INDEXED BY announcements_of_paper
WHERE field = 'report_no' AND paper IN (SELECT value FROM json_each(?))
    AND NOT silent AND former IS NULL AND NOT completed & 5 AND seq <= (SELECT upto FROM reading)
"""

READ_UPTO = "SELECT upto FROM reading"

MOVE_UPTO = "UPDATE reading SET upto = max(upto, ?)"

WANT = "INSERT INTO wanted (field) VALUES (?) ON CONFLICT DO NOTHING"

WANT_NO_MORE = "DELETE FROM wanted WHERE field = ?"


def numberless(db: Database, ids: Iterable[str]) -> set[str]:
    """Tell of which papers somebody has read the announcement without the number they have now."""
    return {row[0] for row in db.execute(READ_NUMBERLESS, (to_json(ids),))}


def read_upto(db: Database) -> int:
    """Tell how far the log may have been read by anybody."""
    (upto,) = db.execute(READ_UPTO).fetchone()
    return int(upto)


def note_read(db: Database, upto: int) -> None:
    """Note that the log up to here may have been read as it is now.

    That must stand before it is read: what comes of its papers afterwards is told again, and what
    came before is read with them. Cursors move too late for that, when a digest is written.
    """
    db.execute(MOVE_UPTO, (upto,))


def want_numbers(db: Database, *, wanted: bool) -> None:
    """Note whether anybody's query reads report numbers, so that one that comes late is told."""
    db.execute(WANT if wanted else WANT_NO_MORE, ("report_no",))
