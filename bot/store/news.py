"""What of a batch is announced, and which sources brought what was."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from sqlite_utils import Database

from bot.core.baseline import (
    Horizon,
    has_begun,
    is_cross_listed,
    is_news,
    is_revised_lately,
    submitted,
)
from bot.core.model import Former, Paper
from bot.store.rows import former_row, to_json, to_micros

SIGHTED_FOR = timedelta(days=30)
"""For how long after its announcement it is noted which sources bring a paper."""

INSERT_ANNOUNCEMENT = """
INSERT INTO announcements (paper, date, silent, late, source, former, withdrawal)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""

SIGHT = """
INSERT INTO sightings (paper, source, at)
SELECT DISTINCT paper, :source, :at FROM announcements INDEXED BY announcements_of_paper
WHERE paper IN (SELECT value FROM json_each(:ids))
    AND date >= :since AND NOT silent AND former IS NULL
ON CONFLICT DO NOTHING
"""

# A silent row is dated by its paper, of which a feed could not tell when it was submitted.
REDATE = "UPDATE announcements SET date = ? WHERE paper = ? AND silent"

FORGET_SIGHTINGS = "DELETE FROM sightings WHERE at < ?"

_PLACES = {"news": 0, "silent": 0, "late": 1, "revision": 2}
"""In which order the rows of a batch are written."""


class Stored(NamedTuple):
    """What the ledger holds of a paper, and every category that it was ever in."""

    paper: Paper
    ever: frozenset[str]


@dataclass(frozen=True, slots=True)
class Told:
    """What a source tells of a paper, and what is known of it before and with that.

    `new` tells that its id was never seen; seen and not `stored` is one whose row was pruned.
    `elsewhere` is when it was last met outside of all scopes, if it was.
    """

    paper: Paper
    known: Paper
    stored: Stored | None
    new: bool
    elsewhere: datetime | None = None

    @property
    def ever(self) -> frozenset[str]:
        """Every category that it was ever in, but for what an older version tells too late."""
        before = self.stored.ever if self.stored else frozenset[str]()
        return before | {*self.known.categories}

    @property
    def added(self) -> tuple[str, ...]:
        """The categories that a known paper was never in before; an older version adds none."""
        if self.stored is None or self.paper.version < self.stored.paper.version:
            return ()
        return tuple(one for one in self.paper.categories if one not in self.stored.ever)

    @property
    def replaced(self) -> Former | None:
        """What was replaced: by a later version, or by the news that this one is withdrawn."""
        if self.stored is None:
            return None
        before = self.stored.paper
        withdrawn = self.paper.version == before.version and self.withdrawn
        if self.paper.version > before.version or withdrawn:
            return Former(before.version, before.title, before.comment)
        return None

    @property
    def withdrawn(self) -> bool:
        """Whether it is known only now that the paper is withdrawn."""
        return self.known.withdrawn and not (self.stored and self.stored.paper.withdrawn)


class Row(NamedTuple):
    """One announcement to be written."""

    paper: str
    kind: Literal["news", "silent", "late", "revision"]
    date: datetime
    late: tuple[str, ...] = ()
    former: Former | None = None
    withdrawal: bool = False


def of(told: Told, horizons: Mapping[str, Horizon], now: datetime) -> Iterator[Row]:
    """Tell what of a paper is announced; what is none of these was known."""
    paper = told.known
    if told.new and (
        is_news(paper, horizons, now) or is_cross_listed(paper, told.elsewhere, horizons)
    ):
        yield Row(paper.id, "news", now)
        return
    if told.new:
        yield Row(paper.id, "silent", submitted(paper))
    if told.added and has_begun(told.added, horizons):
        yield Row(paper.id, "late", now, late=told.added)
    former = told.replaced if has_begun(paper.categories, horizons) else None
    if told.stored is None and is_revised_lately(paper, horizons, now):
        former = Former(0)
    if former is not None:
        yield Row(paper.id, "revision", now, former=former, withdrawal=told.withdrawn)


def write(db: Database, source: str, rows: Iterable[Row]) -> None:
    """Append to the log: papers in the order of their ids, then what became of known ones."""
    db.conn.executemany(
        INSERT_ANNOUNCEMENT,
        [
            (
                row.paper,
                to_micros(row.date),
                row.kind == "silent",
                to_json(row.late),
                source,
                former_row(row.former),
                row.withdrawal,
            )
            for row in sorted(rows, key=lambda row: _PLACES[row.kind])
        ],
    )


def redate(db: Database, told: Iterable[Told]) -> None:
    """Date the silent rows of papers of which it is known only now when they were submitted."""
    rows = [
        (to_micros(submitted(one.known)), one.known.id)
        for one in told
        if one.stored is not None and submitted(one.known) != submitted(one.stored.paper)
    ]
    db.conn.executemany(REDATE, rows)


def sight(db: Database, source: str, ids: Iterable[str], now: datetime) -> None:
    """Note that this source has brought those of these papers that were announced lately."""
    since = to_micros(now - SIGHTED_FOR)
    values = {"source": source, "at": to_micros(now), "since": since, "ids": to_json(ids)}
    db.execute(SIGHT, values)


def forget_sightings(db: Database, now: datetime) -> None:
    """Forget what was brought so long ago that no count of `status` has it any more."""
    db.execute(FORGET_SIGHTINGS, (to_micros(now - 2 * SIGHTED_FOR),))
