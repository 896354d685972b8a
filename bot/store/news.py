"""What of a batch is announced, and which sources brought what was."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from sqlite_utils import Database

from bot.core.baseline import (
    Horizon,
    has_begun,
    is_revised_lately,
    may_be_news,
    news_in,
    submitted,
)
from bot.core.model import Former, Paper
from bot.store import later
from bot.store.rows import categories_row, former_row, to_json, to_micros

SIGHTED_FOR = timedelta(days=30)
"""For how long after its announcement it is noted which sources bring a paper."""

INSERT_ANNOUNCEMENT = """
INSERT INTO announcements (paper, date, silent, late, source, former, withdrawal, completed)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""

SIGHT = """
INSERT INTO sightings (paper, source, at)
SELECT DISTINCT paper, :source, :at FROM announcements INDEXED BY announcements_of_paper
WHERE paper IN (SELECT value FROM json_each(:ids))
    AND date >= :since AND NOT silent AND former IS NULL AND NOT completed & 13
ON CONFLICT DO NOTHING
"""

# A silent row is dated by its paper, of which a feed could not tell when it was submitted.
REDATE = "UPDATE announcements SET date = ? WHERE paper = ? AND silent"

FORGET_SIGHTINGS = "DELETE FROM sightings WHERE at < ?"

# Open rows are silent until their paper's date of submission is known, and then judged once.
OPEN = 2

READ_OPEN = """
SELECT paper FROM announcements INDEXED BY announcements_of_paper
WHERE paper IN (SELECT value FROM json_each(?)) AND silent = 2
"""

CLOSE = """
UPDATE announcements INDEXED BY announcements_of_paper SET silent = 1
WHERE paper IN (SELECT value FROM json_each(?)) AND silent = 2
"""

READ_PASSED = """
SELECT paper FROM announcements INDEXED BY announcements_of_paper
WHERE paper IN (SELECT value FROM json_each(?)) AND completed = 2
    AND seq <= (SELECT upto FROM reading)
"""

COME = """
UPDATE announcements INDEXED BY announcements_of_paper SET completed = 0
WHERE paper IN (SELECT value FROM json_each(?)) AND completed = 2
"""

_PLACES = {"news": 0, "silent": 0, "open": 0, "late": 1, "completed": 2, "revision": 2}
"""In which order the rows of a batch are written."""


class Stored(NamedTuple):
    """What the ledger holds of a paper, and every category that it was ever in."""

    paper: Paper
    ever: frozenset[str]


@dataclass(frozen=True, slots=True)
class Told:
    """What a source tells of a paper, and what is known of it before and with that.

    `new` tells that its id was never seen; seen and not `stored` is one whose row was pruned.
    `elsewhere` is when it was last met outside of all scopes, if it was. `judged` tells that it can
    be judged only now, as its date of submission was not known; `passed` that somebody has read its
    announcement before its comment was known, and `lacking` without what of LACKING comes with
    this, as flags of a row.
    """

    paper: Paper
    known: Paper
    stored: Stored | None
    new: bool
    elsewhere: datetime | None = None
    judged: bool = False
    passed: bool = False
    lacking: int = 0

    @property
    def ever(self) -> frozenset[str]:
        """Every category that it was ever in, but for what an older version tells too late."""
        before = self.stored.ever if self.stored else frozenset[str]()
        return before | {*self.known.categories}

    @property
    def completed(self) -> bool:
        """Whether it is known only now when the paper was submitted."""
        return self.stored is not None and self.stored.paper.partial and not self.known.partial

    @property
    def redated(self) -> bool:
        """Whether it is known better only now when the paper was submitted."""
        before = self.stored.paper if self.stored else self.known
        return before.partial and self.known.published != before.published

    @property
    def commented(self) -> bool:
        """Whether something is known only now that a feed does not tell, and queries read."""
        told = (self.known.comment, self.known.journal_ref, self.known.doi)
        before = self.stored.paper if self.stored else self.known
        return any(told) and told != (before.comment, before.journal_ref, before.doi)

    def gains(self, field: later.Lacking) -> bool:
        """Tell whether its report number, or its authors' affiliations, are known only now."""
        before = self.stored.paper if self.stored else self.known
        return not getattr(before, field) and bool(getattr(self.known, field))

    @property
    def later(self) -> int:
        """What has come that those who read its announcement did not know, as flags of a row."""
        return later.COMMENTED * (self.passed and self.commented) | self.lacking

    @property
    def first(self) -> Paper | None:
        """The paper as it was met first, if it is to be judged now whether that is news."""
        if self.judged and self.stored is not None:
            return replace(self.known, version=self.stored.paper.version)
        return self.known if self.new else None

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
    kind: Literal["news", "silent", "open", "late", "completed", "revision"]
    date: datetime
    late: tuple[str, ...] = ()
    partial: bool = False
    former: Former | None = None
    withdrawal: bool = False
    later: int = 0


def of(told: Told, horizons: Mapping[str, Horizon], now: datetime) -> Iterator[Row]:
    """Tell what of a paper is announced; what is none of these was known.

    What is news in some of its categories alone is announced as if it were cross-listed there.
    """
    paper = told.known
    fresh = _fresh(told, horizons, now)
    if fresh and fresh == paper.categories:
        yield Row(paper.id, "news", now, partial=paper.partial)
        return
    if told.new:
        may_be = may_be_news(paper, horizons, now, told.elsewhere)
        yield Row(paper.id, "open" if may_be else "silent", submitted(paper))
    added = told.added if told.added and has_begun(told.added, horizons) else ()
    if fresh or added:
        late = tuple(dict.fromkeys((*fresh, *added)))
        yield Row(paper.id, "late", now, late, paper.partial)
    if told.later:
        yield Row(paper.id, "completed", now, later=told.later)
    former = _replaced(told, horizons, now)
    if former is not None:
        yield Row(paper.id, "revision", now, former=former, withdrawal=told.withdrawn)


def _replaced(told: Told, horizons: Mapping[str, Horizon], now: datetime) -> Former | None:
    """Tell what a revision replaced, if that is news to anybody."""
    lately = is_revised_lately(told.known, horizons, now)
    if told.stored is None:
        return Former(0) if lately else None
    # That a version is withdrawn may be learned only when it is completed, however old it is.
    if told.completed and told.paper.version == told.stored.paper.version and not lately:
        return None
    return told.replaced if has_begun(told.known.categories, horizons) else None


def _fresh(told: Told, horizons: Mapping[str, Horizon], now: datetime) -> tuple[str, ...]:
    """Name the categories in which a paper is news that is to be judged now."""
    if told.first is None:
        return ()
    fresh = news_in(told.first, horizons, now, told.elsewhere)
    if told.stored is None:
        return fresh
    already = news_in(told.stored.paper, horizons, now)
    return tuple(one for one in fresh if one not in already)


def write(db: Database, source: str, rows: Iterable[Row]) -> None:
    """Append to the log: papers in the order of their ids, then what became of known ones."""
    db.conn.executemany(
        INSERT_ANNOUNCEMENT,
        [
            (
                row.paper,
                to_micros(row.date),
                {"silent": 1, "open": OPEN}.get(row.kind, 0),
                categories_row(row.late),
                source,
                former_row(row.former),
                row.withdrawal,
                row.later or later.AWAITED * row.partial,
            )
            for row in sorted(rows, key=lambda row: _PLACES[row.kind])
        ],
    )


def awaited(db: Database, told: Iterable[Told]) -> Iterator[Told]:
    """Note of papers completed now what waited for that; it waits no more."""
    told = list(told)
    completed = to_json(one.known.id for one in told if one.completed)
    dated = to_json(one.known.id for one in told if one.completed or one.redated)
    opened = {row[0] for row in db.execute(READ_OPEN, (dated,))}
    passed = {row[0] for row in db.execute(READ_PASSED, (completed,))}
    lacking = _lacking(db, told)
    for statement in (CLOSE, COME) if completed != "[]" else ():
        db.execute(statement, (completed,))
    for one in told:
        base = one.known.id
        if base in opened or base in passed or base in lacking:
            yield replace(
                one,
                judged=base in opened,
                passed=base in passed,
                lacking=lacking.get(base, 0),
            )
        else:
            yield one


def _lacking(db: Database, told: Iterable[Told]) -> dict[str, int]:
    """Tell which papers somebody has read without what they gain now, by the flags of that."""
    found: dict[str, int] = {}
    for field, flag in later.LACKING.items():
        gained = [one.known.id for one in told if one.gains(field)]
        for base in later.read_without(db, field, gained) if gained else ():
            found[base] = found.get(base, 0) | flag
    return found


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
