"""What the page of one reader shows: what they have chosen, and what they got."""

from datetime import datetime

from sqlite_utils import Database

from bot.core.wishes import Sent, TopicWish, Wishes
from bot.store.people import holder
from bot.store.rows import read_entries, to_instant, to_instant_or_none, to_json

RECENT = 30
"""How many deliveries it shows."""

READ_ZONE = "SELECT timezone FROM subscriptions WHERE token = ?"

# The collation of `topics_off` counts, which stands on the left.
READ_TOPICS = """
SELECT DISTINCT c.topic, x.at
FROM subscriptions AS s CROSS JOIN cursors AS c ON c.subscription = s.id
    LEFT JOIN topics_off AS x ON x.channel = s.channel AND x.address = s.address
        AND x.subscriber = s.subscriber AND x.topic = c.topic
WHERE s.token = ? ORDER BY c.topic COLLATE NOCASE, c.topic
"""

READ_SENT = """
SELECT d.id, d.slot, d.part, d.parts
FROM subscriptions AS s CROSS JOIN deliveries AS d INDEXED BY deliveries_of_subscription
    ON d.subscription = s.id AND d.state = 'sent'
WHERE s.token = ? ORDER BY d.id DESC LIMIT ?
"""

READ_ENTRIES = """
SELECT delivery, paper, topics, kind, revision, former FROM delivery_papers
WHERE live AND delivery IN (SELECT value FROM json_each(:ids)) ORDER BY delivery, position
"""


def wishes(db: Database, token: str, now: datetime) -> Wishes | None:
    """Read what the reader has chosen, and got; None for nobody's token."""
    held = holder(db, token)
    if held is None:
        return None
    (timezone,) = db.execute(READ_ZONE, (token,)).fetchone()
    topics = db.execute(READ_TOPICS, (token,)).fetchall()
    return Wishes(
        held,
        timezone,
        tuple(TopicWish(row[0], to_instant_or_none(row[1])) for row in topics),
        held.paused if held.paused is not None and held.paused > now else None,
        _sent(db, token),
    )


def _sent(db: Database, token: str) -> tuple[Sent, ...]:
    """Read the newest deliveries that were sent, with their papers as they are now."""
    rows = db.execute(READ_SENT, (token, RECENT)).fetchall()
    entries = read_entries(db, READ_ENTRIES, {"ids": to_json(row[0] for row in rows)})
    return tuple(
        Sent(to_instant(row[1]), tuple(entries.get(row[0], ())), row[2], row[3]) for row in rows
    )
