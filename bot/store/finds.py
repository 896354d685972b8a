"""What each source found of the papers announced lately, and what it should have found."""

from datetime import datetime, timedelta

from sqlite_utils import Database

from bot.core.polling import FOLLOWERS
from bot.core.standing import Finds
from bot.store.rows import to_json, to_micros

LATELY = timedelta(days=30)
"""How far back finds are counted."""

SETTLED = timedelta(days=2)
"""How long a source may take to bring what another one brought."""

SHOWN = 20
"""How many of the papers that a source missed are named: the newest."""

# A source counts from the day on which it first brought anything.
READ_FINDS = """
WITH
    lately AS MATERIALIZED (
        SELECT paper, seq, source, date FROM announcements INDEXED BY announcements_by_date
        WHERE date >= :since AND NOT silent AND former IS NULL AND late = '[]'
            AND NOT completed & 13),
    sources AS MATERIALIZED (
        SELECT source, min(at) AS began FROM sightings
        WHERE source NOT IN (SELECT value FROM json_each(:followers)) GROUP BY source)
SELECT sources.source, total(lately.source = sources.source), count(sightings.at),
    total(sightings.at IS NULL AND lately.date <= :settled AND lately.date >= began)
FROM sources CROSS JOIN lately
    LEFT JOIN sightings ON sightings.paper = lately.paper AND sightings.source = sources.source
GROUP BY sources.source ORDER BY sources.source
"""

READ_MISSED = """
SELECT paper FROM announcements AS a INDEXED BY announcements_by_date
WHERE date >= max(:since, (SELECT min(at) FROM sightings WHERE source = :source))
    AND date <= :settled AND NOT silent AND former IS NULL AND late = '[]'
    AND NOT completed & 13
    AND NOT EXISTS (SELECT 1 FROM sightings AS s WHERE s.paper = a.paper AND s.source = :source)
ORDER BY date DESC, seq DESC LIMIT :shown
"""


def finds(db: Database, now: datetime) -> tuple[Finds, ...]:
    """Count by source, over the papers announced in the last 30 days."""
    values = {"since": to_micros(now - LATELY), "settled": to_micros(now - SETTLED)}
    rows = db.execute(READ_FINDS, {**values, "followers": to_json(FOLLOWERS)}).fetchall()
    return tuple(
        Finds(source, int(first), found, int(missing), _missed(db, source, values))
        for source, first, found, missing in rows
    )


def _missed(db: Database, source: str, values: dict[str, int]) -> tuple[str, ...]:
    """Name the newest of the papers that the source should have found."""
    rows = db.execute(READ_MISSED, {**values, "source": source, "shown": SHOWN})
    return tuple(row[0] for row in rows)
