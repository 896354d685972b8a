"""The ledger at a glance: everything that `status` tells."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from sqlite_utils import Database

from bot.core.polling import PollResult
from bot.core.standing import Baseline, Standing, Status
from bot.store.choices_schema import PAUSED
from bot.store.finds import finds
from bot.store.returns import RETURNS
from bot.store.rows import to_instant, to_instant_or_none, to_iso, to_micros

LATELY = timedelta(days=30)
"""How far back `status` tells of mail that came back."""
LIMIT = 1000
"""How many rows of each kind `status` reads; the counts are of all."""

# One that is served immediately is always due, but counts only while a cursor that does not rest
# has more to read.
COUNT_DUE = f"""
SELECT count(*) FROM subscriptions AS s INDEXED BY subscriptions_due
WHERE active AND next_due <= :now
    AND (schedule NOT LIKE 'immediately %' OR EXISTS (
        SELECT 1 FROM cursors AS c WHERE subscription = s.id AND seq < (
            SELECT seq FROM sqlite_sequence WHERE name = 'announcements')
            AND NOT EXISTS (SELECT 1 FROM cursors WHERE subscription = s.id
                            AND topic = c.topic AND query_hash = '')))
    AND NOT EXISTS (SELECT 1 FROM suppressions AS x
                    WHERE x.channel = s.channel AND x.address = s.address)
    AND NOT {PAUSED}
"""  # noqa: S608  # a constant of the package, like the next

COUNT_STATES = "SELECT state, count(*) FROM deliveries GROUP BY state"

COUNT_UNDELIVERED = """
SELECT channel, state, count(*) FROM deliveries INDEXED BY deliveries_by_state
WHERE state IN ('pending', 'sending', 'failed', 'held') GROUP BY channel, state
"""

# Announced are papers and late cross-lists, not what is told of them later, which is never silent.
# The oldest that waits is not one that waits as its reader wishes.
COUNT_REST = f"""
SELECT (SELECT count(*) FROM deliveries WHERE uncertain > 0) AS uncertain,
    (SELECT count(*) FROM seen) AS papers,
    (SELECT count(*) FROM announcements WHERE NOT silent)
        - (SELECT count(*) FROM announcements WHERE former IS NOT NULL)
        - (SELECT count(*) FROM announcements INDEXED BY announcements_again
           WHERE (late <> '[]' OR completed & 13) AND completed & 13) AS announced,
    (SELECT min(created_at) FROM deliveries AS d CROSS JOIN subscriptions AS s
            ON s.id = d.subscription
        WHERE state IN ('pending', 'sending') AND NOT {PAUSED}) AS oldest
"""  # noqa: S608

READ_ARXIV = """
SELECT highest, risen, (SELECT count(*) FROM papers WHERE detail = 0) AS partial,
    (SELECT count(*) FROM gaps WHERE NOT void) AS gaps,
    (SELECT count(*) FROM gaps WHERE void) AS void
FROM arxiv
"""

READ_POLLS = """
SELECT source, state, at, received, announced, error, whole_at, failing FROM polls ORDER BY source
"""

READ_SUSPENDED = """
SELECT channel, address, decided_by AS "by", reason, at FROM suppressions
ORDER BY at DESC, channel, address, decided_by DESC LIMIT ?
"""

COUNT_BOUNCED = "SELECT kind, count(*) FROM bounces WHERE at > ? GROUP BY kind ORDER BY kind"

READ_POLICY = """
SELECT s.channel, s.address, b.status, b.detail, b.at
FROM bounces AS b INDEXED BY bounces_by_date
    CROSS JOIN deliveries AS d ON d.id = b.delivery
    CROSS JOIN subscriptions AS s ON s.id = d.subscription
WHERE b.at > ? AND b.kind = 'policy' ORDER BY b.at DESC, b.delivery LIMIT ?
"""

READ_PLAIN = """
SELECT d.channel, s.address, d.error, d.settled_at AS at
FROM deliveries AS d INDEXED BY deliveries_plain CROSS JOIN subscriptions AS s
    ON s.id = d.subscription
WHERE d.settled_at > ? AND d.state = 'sent' AND d.error IS NOT NULL
ORDER BY d.settled_at DESC, d.id DESC LIMIT ?
"""

READ_PAUSED = """
SELECT channel, reason, at, until FROM pauses WHERE until > ? ORDER BY channel
"""

# By the subscriptions that are there: an address alone says nobody's name.
READ_READER_PAUSES = """
SELECT s.subscriber, s.channel, s.address, r.at, r.until
FROM reader_pauses AS r CROSS JOIN subscriptions AS s
    ON r.channel = s.channel AND r.address = s.address
WHERE r.until > ? AND s.active ORDER BY r.until, s.id LIMIT ?
"""

# Of those who signed up it is only what they did not choose.
READ_TOPICS_OFF = """
SELECT x.subscriber, x.channel, x.address, x.topic, x.at FROM topics_off AS x
WHERE NOT EXISTS (
    SELECT 1 FROM subscriptions AS s WHERE s.channel = x.channel
        AND s.address = x.address COLLATE NOCASE AND s.subscriber = x.subscriber
        AND s.origin = 'web')
ORDER BY x.at DESC, x.subscriber, x.topic LIMIT ?
"""

COUNT_SIGNUPS = """
SELECT
    (SELECT count(*) FROM subscriptions INDEXED BY subscriptions_signed_up
     WHERE origin = 'web' AND active),
    (SELECT count(*) FROM signups
     WHERE NOT known AND subscription IS NULL AND expires > :now)
"""

READ_QUARANTINE = "SELECT id, error, source, at FROM quarantine ORDER BY at DESC, id LIMIT ?"

# Papers that failed as often as they may: no delivery holds them and none will again.
READ_GIVEN_UP = """
SELECT p.paper AS id, coalesce(d.error, '') AS error, s.channel || ' ' || s.address AS source,
    d.settled_at AS at, max(p.delivery)
FROM delivery_papers AS p
    JOIN deliveries AS d ON d.id = p.delivery
    JOIN subscriptions AS s ON s.id = p.subscription
WHERE NOT p.live AND d.state = 'failed'
    AND NOT EXISTS (SELECT 1 FROM delivery_papers AS other WHERE other.live
                    AND other.subscription = p.subscription AND other.paper = p.paper
                    AND other.revision = p.revision)
GROUP BY p.subscription, p.paper, p.revision HAVING count(*) > ?
ORDER BY at DESC, id LIMIT ?
"""

READ_BASELINES = "SELECT scope, highest, at, known FROM baselines ORDER BY scope"

READ_STANDINGS = """
SELECT s.subscriber, s.channel, s.address, s.next_due, (
    SELECT x.reason FROM suppressions AS x WHERE x.channel = s.channel AND x.address = s.address
    ORDER BY x.decided_by DESC LIMIT 1), (
    SELECT r.until FROM reader_pauses AS r
    WHERE r.channel = s.channel AND r.address = s.address AND r.until > :now), s.timezone
FROM subscriptions AS s
WHERE active ORDER BY s.next_due, s.id LIMIT :limit
"""


def status(db: Database, now: datetime) -> Status:
    """Read everything on one snapshot."""
    at = to_micros(now)
    states = dict(db.execute(COUNT_STATES).fetchall())
    (due,) = db.execute(COUNT_DUE, {"now": at}).fetchone()
    uncertain, papers, announced, oldest = db.execute(COUNT_REST, {"now": at}).fetchone()
    told = Status(
        polls=tuple(_polls(db)),
        due=due,
        pending=states.get("pending", 0) + states.get("sending", 0),
        sent=states.get("sent", 0),
        failed=states.get("failed", 0),
        held=states.get("held", 0),
        uncertain=uncertain,
        papers=papers,
        announced=announced,
        suspended=tuple(_texts(db, READ_SUSPENDED, LIMIT)),
        paused=tuple(_texts(db, READ_PAUSED, at)),
        reader_pauses=tuple(_texts(db, READ_READER_PAUSES, at, LIMIT)),
        topics_off=tuple(_texts(db, READ_TOPICS_OFF, LIMIT)),
        quarantined=(
            *_texts(db, READ_QUARANTINE, LIMIT),
            *_texts(db, READ_GIVEN_UP, RETURNS, LIMIT),
        ),
        baselines=tuple(_baselines(db)),
        standings=tuple(_standings(db, at)),
        finds=finds(db, now),
        oldest_pending=to_instant_or_none(oldest),
        undelivered={(row[0], row[1]): row[2] for row in db.execute(COUNT_UNDELIVERED)},
    )
    signed_up, signups = db.execute(COUNT_SIGNUPS, {"now": at}).fetchone()
    told = replace(told, signed_up=signed_up, signups=signups)
    return _with_lately(db, _with_arxiv(db, told), to_micros(now - LATELY))


def _with_arxiv(db: Database, told: Status) -> Status:
    """Add what is known of arXiv as a whole."""
    highest, risen, partial, gaps, void = db.execute(READ_ARXIV).fetchone()
    return replace(
        told,
        highest=highest,
        risen=to_instant_or_none(risen),
        partial=partial,
        gaps=gaps,
        void=void,
    )


def _with_lately(db: Database, told: Status, since: int) -> Status:
    """Add what came back since then, and what was sent as titles and links alone."""
    return replace(
        told,
        bounced=dict(db.execute(COUNT_BOUNCED, (since,)).fetchall()),
        policy=tuple(_texts(db, READ_POLICY, since, LIMIT)),
        plain=tuple(_texts(db, READ_PLAIN, since, LIMIT)),
    )


def _polls(db: Database) -> Iterator[PollResult]:
    """Read how each source's last poll ended."""
    for row in db.execute(READ_POLLS):
        whole_at, failing = map(to_instant_or_none, row[6:])
        at = to_instant(row[2])
        yield PollResult(row[0], row[1], at, row[3], row[4], row[5], whole_at, failing)


def _baselines(db: Database) -> Iterator[Baseline]:
    """Read where each scope's news begins."""
    for row in db.execute(READ_BASELINES):
        yield Baseline(row[0], row[1], to_instant(row[2]), row[3])


def _standings(db: Database, now: int) -> Iterator[Standing]:
    """Read the subscriptions, the next one due first."""
    for row in db.execute(READ_STANDINGS, {"now": now, "limit": LIMIT}):
        paused = to_instant_or_none(row[5])
        yield Standing(row[0], row[1], row[2], to_instant(row[3]), row[4], paused, row[6])


def _texts(db: Database, query: str, *values: int) -> Iterator[dict[str, str]]:
    """Read rows as texts by column name, with instants in ISO 8601."""
    for row in db.query(query, values):
        yield {
            name: to_iso(value) or "" if name in ("at", "until") else value
            for name, value in row.items()
            if isinstance(value, str) or name in ("at", "until")
        }
