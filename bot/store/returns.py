"""What a due subscription is owed besides the news, and what it was given already."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlite_utils import Database

from bot.core.model import Cursor, CursorKey, Entry
from bot.store.rows import read_entries, to_json, to_micros

Cursors = Mapping[int, Mapping[CursorKey, Cursor]]
"""By subscription, how far each of its topics has read."""

RETURNS = 3
"""How often a paper is given again after a delivery that failed for good."""
REST = timedelta(hours=12)
"""How long one that is served immediately waits for it, or all returns were over in a minute."""

# The entries of failed deliveries that no other delivery has taken up.
# Of a paper that failed more than once, the row of the last delivery counts: max() brings it.
# CROSS JOIN begins with the few papers that came back, not with all deliveries that ever failed.
# A revision is also taken up by whatever was given of its paper later: one line tells of all.
READ_RETURNED = """
SELECT p.subscription, p.paper, p.topics, p.kind, p.revision, p.former, max(p.delivery) AS last
FROM delivery_papers AS p CROSS JOIN deliveries AS d ON d.id = p.delivery
    CROSS JOIN subscriptions AS s ON s.id = p.subscription
WHERE p.subscription IN (SELECT value FROM json_each(:ids)) AND NOT p.live AND d.state = 'failed'
    AND NOT EXISTS (SELECT 1 FROM delivery_papers AS other WHERE other.live
                    AND other.subscription = p.subscription AND other.paper = p.paper
                    AND (other.revision = p.revision
                         OR p.revision > 0 AND other.delivery > p.delivery))
GROUP BY p.subscription, p.paper, p.revision HAVING count(*) <= :returns
    -- What is settled after now was so by a clock that was ahead.
    AND NOT sum(s.schedule LIKE 'immediately %'
                AND d.settled_at > :rested AND d.settled_at <= :now)
ORDER BY p.subscription, last, p.position
"""

READ_GIVEN = """
SELECT subscription, paper FROM delivery_papers
WHERE live AND revision = 0 AND subscription IN (SELECT value FROM json_each(?))
"""

# What is in the log again: papers cross-listed late, and those of which something came late.
READ_LAST_AGAIN = """
SELECT max(seq) FROM announcements INDEXED BY announcements_again
WHERE late <> '[]' OR completed & 13
"""

# Begins with the few of these past each subscription's cursor, and looks each of them up among
# what that subscription was given.
READ_GIVEN_BEFORE = """
WITH again AS MATERIALIZED (
    SELECT paper, max(seq) AS seq FROM announcements INDEXED BY announcements_again
    WHERE (late <> '[]' OR completed & 13) AND seq > :least GROUP BY paper)
SELECT p.subscription, p.paper FROM json_each(:readers) AS reader
    CROSS JOIN again ON again.seq > reader.value ->> 1
    CROSS JOIN delivery_papers AS p INDEXED BY papers_given
        ON p.subscription = reader.value ->> 0 AND p.paper = again.paper AND p.revision = 0
        AND p.live
"""

# Where a topic was refused and is mended, it reads what the others have read and may have given. A
# cursor that has not moved since it began has given nothing. Begins with what each was given, not
# with the log, which all of them would read.
READ_GIVEN_MEANWHILE = """
WITH reader AS MATERIALIZED (
    SELECT subscription, min(seq) AS least,
        max(seq) FILTER (WHERE began IS NULL OR seq > began) AS most
    FROM cursors AS c WHERE subscription IN (SELECT value FROM json_each(?))
        AND NOT EXISTS (SELECT 1 FROM cursors AS resting
                        WHERE resting.subscription = c.subscription
                            AND resting.topic = c.topic AND resting.query_hash = '')
    GROUP BY subscription HAVING least < most)
SELECT p.subscription, p.paper FROM reader
    CROSS JOIN delivery_papers AS p INDEXED BY papers_given
        ON p.subscription = reader.subscription AND p.revision = 0 AND p.live
WHERE EXISTS (SELECT 1 FROM announcements AS a INDEXED BY announcements_of_paper
              WHERE a.paper = p.paper AND a.seq > reader.least AND a.seq <= reader.most
                  AND NOT a.silent)
"""

READ_LAST_WITHDRAWAL = """
SELECT max(seq) FROM announcements INDEXED BY announcements_withdrawals WHERE withdrawal
"""

# Begins with the few withdrawals past each subscription's cursor, and looks each of them up among
# what that subscription was given. The line of a later revision told of all before it.
READ_WITHDRAWALS = """
SELECT reader.value ->> 0 AS subscription, a.paper, p.topics, 'replace', a.seq, a.former
FROM json_each(:readers) AS reader
    CROSS JOIN announcements AS a INDEXED BY announcements_withdrawals
        ON a.withdrawal AND a.seq > reader.value ->> 1
    CROSS JOIN delivery_papers AS p INDEXED BY papers_given
        ON p.subscription = reader.value ->> 0 AND p.paper = a.paper AND p.revision = 0 AND p.live
WHERE NOT EXISTS (SELECT 1 FROM delivery_papers AS told WHERE told.live
                  AND told.subscription = p.subscription AND told.paper = a.paper
                  AND told.revision >= a.seq)
ORDER BY subscription, a.seq
"""


def returned(db: Database, ids: Iterable[int], now: datetime) -> dict[int, list[Entry]]:
    """Read the entries that came back to these subscriptions and may be given again by now."""
    values = {"ids": to_json(ids), "returns": RETURNS}
    values |= {"now": to_micros(now), "rested": to_micros(now - REST)}
    return read_entries(db, READ_RETURNED, values)


def given(db: Database, cursors: Cursors) -> dict[int, frozenset[str]]:
    """Read the papers that those were given who can meet them again.

    Who reaches back can meet all of them, and others those that are in the log again, or that one
    topic gave while another was refused.
    """
    ids = [row for row, held in cursors.items() if any(c.reach is not None for c in held.values())]
    found = db.execute(READ_GIVEN, (to_json(ids),)).fetchall() if ids else []
    if readers := _behind(cursors, *db.execute(READ_LAST_AGAIN).fetchone()):
        values = {"readers": to_json(readers), "least": min(seq for _, seq in readers)}
        found += db.execute(READ_GIVEN_BEFORE, values).fetchall()
    if apart := [row for row, held in cursors.items() if len({c.seq for c in held.values()}) > 1]:
        found += db.execute(READ_GIVEN_MEANWHILE, (to_json(apart),)).fetchall()
    papers: dict[int, set[str]] = {}
    for subscription, paper in found:
        papers.setdefault(subscription, set()).add(paper)
    return {row: frozenset(given_to) for row, given_to in papers.items()}


def withdrawals(db: Database, cursors: Cursors) -> dict[int, list[Entry]]:
    """Read the withdrawals past each subscription's cursors of papers that it was given."""
    readers = _behind(cursors, *db.execute(READ_LAST_WITHDRAWAL).fetchone())
    return read_entries(db, READ_WITHDRAWALS, {"readers": to_json(readers)}) if readers else {}


def _behind(cursors: Cursors, last: int | None) -> list[tuple[int, int]]:
    """Give the subscriptions that have not read up to `last`, each with its earliest cursor."""
    first = {row: min(c.seq for c in held.values()) for row, held in cursors.items() if held}
    return [(row, seq) for row, seq in first.items() if last is not None and seq < last]
