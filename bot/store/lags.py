"""How long accepted digests were on their way, for the metrics."""

from datetime import datetime

from sqlite_utils import Database

from bot.core.model import Lag
from bot.store.rows import to_micros

# Of a paper announced again (a cross-list, a revision) the last time before the digest counts.
# What is given from before a baseline was never announced, and is not measured.
READ_LAGS = """
SELECT channel, settled_at - learned FROM (
    SELECT d.channel, d.settled_at, (
        SELECT min((
            SELECT max(a.date) FROM announcements AS a
            WHERE a.paper = p.paper AND NOT a.silent AND a.date <= d.created_at))
        FROM delivery_papers AS p WHERE p.delivery = d.id AND p.live) AS learned
    FROM deliveries AS d
    WHERE d.state = 'sent' AND d.settled_at > :after AND d.settled_at <= :until
    ORDER BY d.settled_at)
WHERE learned IS NOT NULL
"""


def lags(db: Database, after: datetime, until: datetime) -> list[Lag]:
    """Measure the digests accepted with `after` < instant <= `until`."""
    values = {"after": to_micros(after), "until": to_micros(until)}
    return [Lag(row[0], max(0, row[1]) / 1e6) for row in db.execute(READ_LAGS, values)]
