"""Reading what became of one paper on its way to one subscriber, for `why`."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from bot.core.model import Cursor, CursorKey, DeliveryId, Entry, SubscriptionId
from bot.core.story import Cause, Flaw, Gap, Held, Passage, Reading, Story
from bot.store import choices, cursors, log, returns, scopes
from bot.store.news import OPEN
from bot.store.rows import (
    former_of,
    read_papers,
    to_instant,
    to_instant_or_none,
    to_json,
    to_micros,
    to_texts,
)
from bot.store.suspensions import suspensions_of

READ_STANDING = """
SELECT EXISTS (SELECT 1 FROM seen WHERE paper = :id),
    EXISTS (SELECT 1 FROM announcements INDEXED BY announcements_of_paper
            WHERE paper = :id AND silent = :open),
    (SELECT at FROM elsewhere WHERE paper = :id),
    (SELECT highest FROM arxiv),
    (SELECT max(at) FROM polls)
"""

READ_GAP = "SELECT since, asked, void FROM gaps WHERE id = ?"

READ_FLAWS = "SELECT source, error, at FROM quarantine WHERE id = ? ORDER BY at DESC, source"

READ_SIGHTINGS = "SELECT source, at FROM sightings WHERE paper = ? ORDER BY at, source"

READ_SUBSCRIPTIONS = """
SELECT s.id, s.channel, s.address, s.timezone, s.active, s.next_due, p.reason, p.at, p.until
FROM subscriptions AS s
    LEFT JOIN pauses AS p ON p.channel = s.channel AND p.until > :now
WHERE s.subscriber = :subscriber ORDER BY s.active DESC, s.id
"""

READ_READINGS = """
SELECT subscription, topic, query_hash, seq, reach, began, reached, made_at FROM cursors
WHERE subscription IN (SELECT value FROM json_each(?))
"""

# By subscription and paper: the rows of a paper alone may be as many as there are readers.
READ_PASSAGES = """
SELECT p.subscription, d.id, d.state, d.slot, d.created_at, d.next_at, p.topics, p.kind,
    p.revision, p.live, p.former, d.attempts, d.uncertain, d.lease_until, d.settled_at, d.error
FROM (SELECT * FROM delivery_papers INDEXED BY papers_given
      WHERE live AND paper = :id AND subscription IN (SELECT value FROM json_each(:ids))
      UNION ALL
      SELECT * FROM delivery_papers INDEXED BY papers_returned
      WHERE NOT live AND paper = :id AND subscription IN (SELECT value FROM json_each(:ids))) AS p
    JOIN deliveries AS d ON d.id = p.delivery
ORDER BY d.id, p.revision
"""


def story(db: Database, subscriber: str, paper: str, now: datetime) -> Story:
    """Read all facts of one paper and one subscriber, whose removed subscriptions count too."""
    values = {"id": paper, "open": OPEN}
    seen, undated, elsewhere, highest, polled = db.execute(READ_STANDING, values).fetchone()
    return Story(
        id=paper,
        seen=bool(seen),
        paper=read_papers(db, [paper]).get(paper),
        rows=tuple(log.of_paper(db, paper)),
        undated=bool(undated),
        sightings={row[0]: to_instant(row[1]) for row in db.execute(READ_SIGHTINGS, (paper,))},
        elsewhere=to_instant_or_none(elsewhere),
        gap=_gap(db, paper),
        flaws=tuple(
            Flaw(row[0], row[1], to_instant(row[2])) for row in db.execute(READ_FLAWS, (paper,))
        ),
        head=log.head(db),
        horizons=scopes.horizons(db),
        highest=highest,
        polled=to_instant_or_none(polled),
        held=tuple(_held(db, subscriber, paper, now)),
    )


def _gap(db: Database, paper: str) -> Gap | None:
    """Read whether a census missed the id."""
    row = db.execute(READ_GAP, (paper,)).fetchone()
    return row and Gap(to_instant(row[0]), to_instant_or_none(row[1]), bool(row[2]))


def _held(db: Database, subscriber: str, paper: str, now: datetime) -> list[Held]:
    """Read the subscriber's subscriptions, those in use first."""
    asked = {"subscriber": subscriber, "now": to_micros(now)}
    rows = db.execute(READ_SUBSCRIPTIONS, asked).fetchall()
    ids = [row[0] for row in rows]
    readings = _readings(db, ids)
    passages = _passages(db, ids, paper)
    positions = {
        row: {key: one.cursor for key, one in held.items()} for row, held in readings.items()
    }
    returned = returns.returned(db, ids, now)
    withdrawn = returns.withdrawals(db, positions)
    suspensions = suspensions_of(db, ids)
    off, paused = choices.off(db, ids), choices.paused(db, ids)
    return [
        replace(
            _bare(row),
            suspended=next(iter(suspensions.get(row[0], ())), None),
            readings=readings.get(row[0], {}),
            passages=tuple(passages.get(row[0], ())),
            returned=_of(paper, returned.get(row[0], ())),
            withdrawals=_of(paper, withdrawn.get(row[0], ())),
            given_up=_given_up(passages.get(row[0], ())),
            off=off.get(row[0], {}),
            away=_to_come(paused.get(row[0]), now),
        )
        for row in rows
    ]


def _to_come(instant: datetime | None, now: datetime) -> datetime | None:
    """Leave out an instant that has passed."""
    return instant if instant is not None and instant > now else None


def _bare(row: Sequence[Any]) -> Held:
    """Make a subscription of its row alone."""
    paused = row[6:]
    return Held(
        id=SubscriptionId(row[0]),
        channel=row[1],
        address=row[2],
        timezone=row[3],
        active=bool(row[4]),
        next_due=to_instant(row[5]),
        paused=None if paused[0] is None else Cause(paused[0], *map(to_instant, paused[1:])),
    )


def _readings(db: Database, ids: list[int]) -> dict[int, dict[CursorKey, Reading]]:
    """Read how far each topic of these subscriptions has read, and from where it began.

    What rests is left out.
    """
    found: dict[int, dict[CursorKey, Reading]] = {}
    for row in db.execute(READ_READINGS, (to_json(ids),)):
        cursor = Cursor(row[3], to_instant_or_none(row[4]))
        began = (row[5], to_instant_or_none(row[6]), to_instant_or_none(row[7]))
        found.setdefault(row[0], {})[CursorKey(row[1], row[2])] = Reading(cursor, *began)
    return {row: cursors.in_force(held) for row, held in found.items()}


def _passages(db: Database, ids: list[int], paper: str) -> dict[int, list[Passage]]:
    """Read the deliveries of these subscriptions that hold the paper, by subscription."""
    found: dict[int, list[Passage]] = {}
    for row in db.execute(READ_PASSAGES, {"id": paper, "ids": to_json(ids)}):
        found.setdefault(row[0], []).append(_passage(row[1:]))
    return found


def _passage(row: Sequence[Any]) -> Passage:
    """Make a passage of its row."""
    former = former_of(row[9])
    return Passage(
        delivery=DeliveryId(row[0]),
        state=row[1],
        slot=to_instant(row[2]),
        created_at=to_instant(row[3]),
        next_at=to_instant(row[4]),
        topics=to_texts(row[5]),
        kind=row[6],
        revision=row[7],
        live=bool(row[8]),
        former=None if former is None else former.version,
        attempts=row[10],
        uncertain=row[11],
        lease_until=to_instant_or_none(row[12]),
        settled_at=to_instant_or_none(row[13]),
        error=row[14],
    )


def _of(paper: str, entries: Collection[Entry]) -> tuple[Entry, ...]:
    """Keep the entries of one paper."""
    return tuple(one for one in entries if one.paper.id == paper)


def _given_up(passages: Collection[Passage]) -> frozenset[int]:
    """Name the revisions that failed as often as they may and that no delivery took up."""
    failures = Counter(one.revision for one in passages if one.state == "failed" and not one.live)
    live = {one.revision for one in passages if one.live}
    return frozenset(one for one in failures if failures[one] > returns.RETURNS and one not in live)
