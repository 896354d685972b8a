"""What comes of a paper after its announcement, and for whom the log then tells of it again."""

from collections.abc import Iterable, Mapping
from typing import Literal

from sqlite_utils import Database

from bot.store.rows import to_json

READING = """
CREATE TABLE reading (one INTEGER PRIMARY KEY CHECK (one = 1), upto INTEGER NOT NULL) STRICT;
INSERT INTO reading SELECT 1, coalesce(max(seq), 0) FROM cursors;
"""

# Flags of a row. What a feed has announced without comment and dates is awaited, and told again
# once somebody read it so; and so is a paper whose number, or whose authors' affiliations, come
# when somebody read it without.
COMMENTED, AWAITED, NUMBERED, AFFILIATED = 1, 2, 4, 8
_FIELDS: Mapping[int, tuple[str, ...]] = {
    COMMENTED: ("comment", "journal_ref", "doi"),
    AWAITED: (),
    NUMBERED: ("report_no",),
    AFFILIATED: ("affiliations",),
}
LATER = tuple(
    tuple(field for flag, fields in _FIELDS.items() if flags & flag for field in fields)
    for flags in range(16)
)
"""By its flags, the fields that have come where a row tells of a paper again."""

Lacking = Literal["report_no", "affiliations"]
"""What most tellings of a paper know nothing of, and may come long after its announcement."""

LACKING: Mapping[Lacking, int] = {"report_no": NUMBERED, "affiliations": AFFILIATED}
"""By the field, the flag of a row that tells of it."""

# Only where a query in use reads that: every tenth paper has a number, and the log would grow.
# CROSS JOIN begins with that, so that nothing else is looked at where none does.
READ_WITHOUT = """
SELECT DISTINCT paper
FROM wanted CROSS JOIN announcements INDEXED BY announcements_of_paper
WHERE field = ? AND paper IN (SELECT value FROM json_each(?))
    AND NOT silent AND former IS NULL AND NOT completed & 13 AND seq <= (SELECT upto FROM reading)
"""

AFFILIATIONS = """
ALTER TABLE papers ADD COLUMN affiliations TEXT NOT NULL DEFAULT '[]';

-- The flags of `completed` that tell of a paper again are 1, 4 and, since then, 8: affiliations.
DROP INDEX announcements_again;
CREATE INDEX announcements_again ON announcements(seq, paper, completed)
    WHERE late <> '[]' OR completed & 13;
"""

READ_UPTO = "SELECT upto FROM reading"

MOVE_UPTO = "UPDATE reading SET upto = max(upto, ?)"

WANT = "INSERT INTO wanted (field) VALUES (?) ON CONFLICT DO NOTHING"

WANT_NO_MORE = "DELETE FROM wanted WHERE field = ?"


def read_without(db: Database, field: Lacking, ids: Iterable[str]) -> set[str]:
    """Tell of which papers somebody has read the announcement without what they have now."""
    return {row[0] for row in db.execute(READ_WITHOUT, (field, to_json(ids)))}


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


def want(db: Database, field: Lacking, *, wanted: bool) -> None:
    """Note whether anybody's query reads this, so that it is told where it comes late."""
    db.execute(WANT if wanted else WANT_NO_MORE, (field,))
