"""What poll writes: papers, what is new of them as announcements, marks, and how the poll ended."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlite_utils import Database

from bot.core.arxiv_id import order_of
from bot.core.merge import merged, one_of_each
from bot.core.model import Paper
from bot.core.polling import Batch, PollResult, Quarantined, Recorded
from bot.store import audit, news, scopes
from bot.store.rows import PAPER_COLUMNS, WIDTH, paper_of, paper_row, to_json, to_micros, to_texts

DAYS_KEPT = timedelta(days=60)
"""How long a quarantined day (its id is the date) is shown; no source asks for it any more then."""

# Never a word about what is already there: that is what makes it quick among millions.
INSERT_SEEN = """
INSERT INTO seen (paper) SELECT value FROM json_each(?) WHERE true
ON CONFLICT DO NOTHING RETURNING paper
"""

READ_KNOWN = f"""
SELECT {PAPER_COLUMNS}, ever FROM papers WHERE id IN (SELECT value FROM json_each(?))
"""  # noqa: S608  # a constant of the package

UPSERT_PAPER = f"""
INSERT INTO papers ({PAPER_COLUMNS}, ever) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    version = excluded.version, title = excluded.title, abstract = excluded.abstract,
    authors = excluded.authors, categories = excluded.categories,
    primary_category = excluded.primary_category, published = excluded.published,
    updated = excluded.updated, comment = excluded.comment,
    journal_ref = excluded.journal_ref, doi = excluded.doi, detail = excluded.detail,
    ever = excluded.ever
"""  # noqa: S608  # a constant of the package

UPSERT_QUARANTINE = """
INSERT INTO quarantine (source, id, error, at) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET error = excluded.error, at = excluded.at
"""

RELEASE_QUARANTINE = """
DELETE FROM quarantine WHERE source = ? AND id IN (SELECT value FROM json_each(?))
"""

FORGET_DAYS = """
DELETE FROM quarantine WHERE source = ? AND id < ?
    AND id GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'
"""

UPSERT_POLL = """
INSERT INTO polls (source, state, at, received, announced, error, whole_at)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET state = excluded.state, at = excluded.at,
    received = excluded.received, announced = excluded.announced, error = excluded.error,
    whole_at = coalesce(excluded.whole_at, whole_at)
"""


class _Readable(NamedTuple):
    """What of a batch can be written: papers once each, ids of others; and what cannot."""

    papers: list[Paper]
    elsewhere: list[str]
    flawed: list[Quarantined]


def record(db: Database, source: str, batch: Batch, now: datetime) -> Recorded:
    """Write one batch, and count what it was; the order of its papers makes no difference."""
    read = _readable(batch)
    stored = _read_stored(db, read.papers)
    new = insert_seen(db, [paper.id for paper in read.papers])
    horizons = scopes.horizons(db)
    elsewhere = audit.last_elsewhere(db, new)
    told = [
        _told(paper, stored.get(paper.id), elsewhere.get(paper.id), new=paper.id in new)
        for paper in read.papers
    ]
    _write_papers(db, told)
    news.redate(db, told)
    rows = [row for one in told for row in news.of(one, horizons, now)]
    news.write(db, source, rows)
    news.sight(db, source, (paper.id for paper in read.papers), now)
    doubts = _audit(db, read, batch, now)
    quarantined = (*batch.quarantined, *doubts)
    _write_quarantine(db, source, (*quarantined, *read.flawed), now)
    # A mark means that what it names was read whole, as a paper's coming means that of the paper.
    whole = {mark.key for mark in batch.marks} | {audit.CENSUS for _ in batch.census[:1]}
    whole -= {row.id for row in quarantined}
    _release(db, source, whole | {paper.id for paper in read.papers}, now)
    scopes.write_marks(db, source, batch.marks)
    # Last, so that what came in this batch belongs to the baseline that it completes.
    complete = batch.complete - horizons.keys()
    current = batch.current - complete - horizons.keys()
    scopes.take_baselines(db, sorted(complete), sorted(current), now)
    return _counted(rows, len(read.papers))


def note_poll(db: Database, result: PollResult) -> None:
    """Write how a source's poll ended; only the last one is kept, and when one was whole."""
    at = to_micros(result.at)
    whole_at = at if result.state == "ok" else None
    row = (result.source, result.state, at, result.received, result.announced, result.error)
    db.execute(UPSERT_POLL, (*row, whole_at))
    news.forget_sightings(db, result.at)


def insert_seen(db: Database, ids: Iterable[str]) -> set[str]:
    """Enter ids into the seen-table, and tell which of them were not there."""
    return {row[0] for row in db.execute(INSERT_SEEN, (to_json(ids),))}


def _readable(batch: Batch) -> _Readable:
    """Part what can be written from what cannot: one such must not stop its batch."""
    sound: list[Paper] = []
    elsewhere: list[str] = []
    flawed: list[Quarantined] = []
    for paper in batch.papers:
        flaw = _flaw(paper.id) or _flaw_of_text(paper)
        if flaw is None:
            sound.append(paper)
        else:
            flawed.append(Quarantined(ascii(paper.id)[1:-1], flaw))
    for base in batch.elsewhere:
        flaw = _flaw(base)
        if flaw is None:
            elsewhere.append(base)
        else:
            flawed.append(Quarantined(ascii(base)[1:-1], flaw))
    return _Readable(one_of_each(sound), elsewhere, flawed)


def _flaw(base: str) -> str | None:
    """Say why an id cannot be written."""
    try:
        order_of(base)
        base.encode()
    except ValueError:
        return "its id is no arXiv id"
    return None


def _flaw_of_text(paper: Paper) -> str | None:
    """Say why a paper cannot be written."""
    try:
        to_json(paper_row(paper)).encode()
    except UnicodeEncodeError:
        return "its text holds half a character (a lone surrogate)"
    return None


def _read_stored(db: Database, papers: Iterable[Paper]) -> dict[str, news.Stored]:
    """Read what the ledger holds of these papers, by id."""
    rows = db.execute(READ_KNOWN, (to_json(paper.id for paper in papers),))
    return {row[0]: news.Stored(paper_of(row), frozenset(to_texts(row[WIDTH]))) for row in rows}


def _told(
    paper: Paper, stored: news.Stored | None, elsewhere: datetime | None, *, new: bool
) -> news.Told:
    """Put together what a source tells of a paper and what is known of it."""
    known = paper if stored is None else merged(stored.paper, paper)
    return news.Told(paper, known, stored, new=new, elsewhere=elsewhere)


def _write_papers(db: Database, told: Iterable[news.Told]) -> None:
    """Insert or update the papers of which something is known now that was not."""
    db.conn.executemany(
        UPSERT_PAPER,
        [
            (*paper_row(one.known), to_json(sorted(one.ever)))
            for one in told
            if one.stored is None or (one.known, one.ever) != one.stored
        ],
    )


def _audit(db: Database, read: _Readable, batch: Batch, now: datetime) -> list[Quarantined]:
    """Note which ids exist and which do not; give what of that is not believed."""
    audit.note_known(db, [paper.id for paper in read.papers], read.elsewhere, now)
    audit.note_absent(db, batch.absent, now)
    doubt = audit.take_census(db, batch.census, now) if batch.census else None
    return [] if doubt is None else [doubt]


def _release(db: Database, source: str, whole: Iterable[str], now: datetime) -> None:
    """Release from quarantine what could be read now, and days that nobody asks for any more."""
    db.execute(RELEASE_QUARANTINE, (source, to_json(sorted(whole))))
    db.execute(FORGET_DAYS, (source, (now - DAYS_KEPT).date().isoformat()))


def _counted(rows: Iterable[news.Row], papers: int) -> Recorded:
    """Count what a batch was; a paper may be more than one thing."""
    rows = list(rows)
    return Recorded(
        announced=sum(row.kind == "news" for row in rows),
        late=sum(row.kind == "late" for row in rows),
        silent=sum(row.kind == "silent" for row in rows),
        known=papers - len({row.paper for row in rows}),
        revised=sum(row.kind == "revision" for row in rows),
    )


def _write_quarantine(
    db: Database, source: str, quarantined: Iterable[Quarantined], now: datetime
) -> None:
    """Keep what could not be read, until it can."""
    at = to_micros(now)
    rows = ((source, one.id[:200], one.error[:500], at) for one in quarantined)
    db.conn.executemany(UPSERT_QUARANTINE, rows)
