"""What poll writes: papers, what is new of them as announcements, marks, and how the poll ended."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlite_utils import Database

from bot.core.arxiv_id import month_at, order_of, parse_id
from bot.core.merge import merged, one_of_each
from bot.core.model import Paper
from bot.core.polling import Batch, PollResult, Quarantined, Recorded
from bot.store import audit, indexing, news, scopes, stamps
from bot.store.documents import what_is_laid_out
from bot.store.rows import (
    PAPER_COLUMNS,
    WIDTH,
    categories_row,
    paper_of,
    paper_row,
    to_json,
    to_micros,
    to_texts,
)

QUARANTINED_FOR = timedelta(days=60)
"""How long something quarantined is shown that nobody meets again; no source asks for it then."""

# Never a word about what is already there: that is what makes it quick among millions.
INSERT_SEEN = """
INSERT INTO seen (paper) SELECT value FROM json_each(?) WHERE true
ON CONFLICT DO NOTHING RETURNING paper
"""

READ_KNOWN = f"""
SELECT {PAPER_COLUMNS}, ever FROM papers WHERE id IN (SELECT value FROM json_each(?))
"""  # noqa: S608  # a constant of the package

UPSERT_PAPER = f"""
INSERT INTO papers ({PAPER_COLUMNS}, ever) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    version = excluded.version, title = excluded.title, abstract = excluded.abstract,
    authors = excluded.authors, categories = excluded.categories,
    primary_category = excluded.primary_category, published = excluded.published,
    updated = excluded.updated, comment = excluded.comment,
    journal_ref = excluded.journal_ref, doi = excluded.doi, detail = excluded.detail,
    report_no = excluded.report_no, affiliations = excluded.affiliations, ever = excluded.ever
"""  # noqa: S608  # a constant of the package

UPSERT_QUARANTINE = """
INSERT INTO quarantine (source, id, error, at) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET error = excluded.error, at = excluded.at
"""

RELEASE_OWN = "DELETE FROM quarantine WHERE source = ? AND id IN (SELECT value FROM json_each(?))"

RELEASE_PAPERS = "DELETE FROM quarantine WHERE id IN (SELECT value FROM json_each(?))"

FORGET_QUARANTINE = "DELETE FROM quarantine WHERE at < ?"

UPSERT_POLL = """
INSERT INTO polls (source, state, at, received, announced, error, whole_at, failing)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET state = excluded.state, at = excluded.at,
    received = excluded.received, announced = excluded.announced, error = excluded.error,
    whole_at = coalesce(excluded.whole_at, whole_at),
    failing = iif(excluded.failing, coalesce(failing, excluded.failing), NULL)
"""


class _Readable(NamedTuple):
    """What of a batch can be written: papers once each, ids of others; and what cannot."""

    papers: list[Paper]
    elsewhere: list[str]
    census: str
    flawed: list[Quarantined]


def record(db: Database, source: str, batch: Batch, now: datetime) -> Recorded:
    """Write one batch, and count what it was; the order of its papers makes no difference."""
    read = _readable(batch, now)
    stored = _read_stored(db, read.papers)
    new = insert_seen(db, [paper.id for paper in read.papers])
    horizons = scopes.horizons(db)
    told = _tellings(db, read.papers, stored, new)
    _write_papers(db, told)
    news.redate(db, told)
    rows = [row for one in told for row in news.of(one, horizons, now)]
    news.write(db, source, rows)
    news.sight(db, source, (paper.id for paper in read.papers), now)
    quarantined = (*batch.quarantined, *read.flawed, *_audit(db, read, batch.absent, now))
    _write_quarantine(db, source, quarantined, now)
    db.execute(RELEASE_PAPERS, (to_json([*(one.id for one in read.papers), *read.elsewhere]),))
    # A mark means that what it names was read whole, as a paper's coming means that of the paper.
    whole = {mark.key for mark in batch.marks} - {row.id for row in quarantined}
    db.execute(RELEASE_OWN, (source, to_json(sorted(whole))))
    scopes.write_marks(db, source, batch.marks)
    # Last, so that what came in this batch belongs to the baseline that it completes.
    complete = batch.complete - horizons.keys()
    current = batch.current - complete - horizons.keys()
    scopes.take_baselines(db, sorted(complete), sorted(current), now)
    return _counted(rows, len(read.papers))


def note_poll(db: Database, result: PollResult) -> None:
    """Write how a source's poll ended, and let go what has been kept for long enough.

    Only the last one is kept, and when one was whole.
    """
    at = to_micros(result.at)
    whole_at = None if result.whole_at is None else to_micros(result.whole_at)
    row = (result.source, result.state, at, result.received, result.announced, result.error)
    db.execute(UPSERT_POLL, (*row, whole_at, None if result.state == "ok" else at))
    news.forget_sightings(db, result.at)
    audit.give_up_gaps(db, result.source, result.at)
    db.execute(FORGET_QUARANTINE, (to_micros(result.at - QUARANTINED_FOR),))


def insert_seen(db: Database, ids: Iterable[str]) -> set[str]:
    """Enter ids into the seen-table, and tell which of them were not there."""
    return {row[0] for row in db.execute(INSERT_SEEN, (to_json(ids),))}


def _readable(batch: Batch, now: datetime) -> _Readable:
    """Part what can be written from what cannot: one such must not stop its batch."""
    sound: list[Paper] = []
    flawed: list[Quarantined] = []
    tomorrow = now + timedelta(days=1)
    for paper in batch.papers:
        # A clock that is behind must cost no paper, so what it says of itself is believed too.
        latest = max(tomorrow, paper.published, paper.updated)
        flaw = _flaw(paper.id, latest) or _flaw_of_text(paper)
        if flaw is None:
            sound.append(paper)
        else:
            flawed.append(Quarantined(ascii(paper.id)[1:-1], flaw))
    doubted = {one: flaw for one in batch.elsewhere if (flaw := _flaw(one, tomorrow))}
    flawed += [Quarantined(f"{ascii(one)[1:-1]} (elsewhere)", doubted[one]) for one in doubted]
    elsewhere = [one for one in batch.elsewhere if one not in doubted]
    census = batch.census
    if census and (flaw := _flaw(census, tomorrow)):
        flawed.append(Quarantined(audit.CENSUS.format(ascii(census)[1:-1]), flaw))
        census = ""
    return _Readable(one_of_each(sound), elsewhere, census, flawed)


def _flaw(base: str, latest: datetime) -> str | None:
    """Say why an id cannot be written that was given by the `latest` instant."""
    try:
        month, _ = order_of(base)
        base.encode()
    except ValueError:
        return "its id is no arXiv id"
    if month > month_at(latest):
        return "its id is of a month that has not come"
    return None


def _flaw_of_text(paper: Paper) -> str | None:
    """Say why a paper cannot be written."""
    optional = (paper.comment, paper.journal_ref, paper.doi, paper.report_no)
    lists = (*paper.authors, *paper.affiliations, *paper.categories, paper.primary_category)
    try:
        "".join((paper.title, paper.abstract, *lists, *filter(None, optional))).encode()
    except UnicodeEncodeError:
        return "its text holds half a character (a lone surrogate)"
    return None


def _read_stored(db: Database, papers: Iterable[Paper]) -> dict[str, news.Stored]:
    """Read what the ledger holds of these papers, by id."""
    rows = db.execute(READ_KNOWN, (to_json(paper.id for paper in papers),))
    return {row[0]: news.Stored(paper_of(row), frozenset(to_texts(row[WIDTH]))) for row in rows}


def _tellings(
    db: Database, papers: Iterable[Paper], stored: Mapping[str, news.Stored], new: Collection[str]
) -> list[news.Told]:
    """Put together what a source tells of each paper and what is known of it."""
    elsewhere = audit.last_elsewhere(db, new)
    told = []
    for paper in papers:
        before = stored.get(paper.id)
        known = paper if before is None else merged(before.paper, paper)
        met = elsewhere.get(paper.id)
        told.append(news.Told(paper, known, before, new=paper.id in new, elsewhere=met))
    return list(news.awaited(db, told))


def _write_papers(db: Database, told: Iterable[news.Told]) -> None:
    """Insert or update the papers of which something is known now that was not."""
    written = [one for one in told if one.stored is None or (one.known, one.ever) != one.stored]
    db.conn.executemany(
        UPSERT_PAPER,
        [(*paper_row(one.known), categories_row(tuple(sorted(one.ever)))) for one in written],
    )
    queued = {one.known.id for one in written if _is_to_be_indexed(one)}
    indexing.queue(db, sorted(queued))
    # What is queued is stamped when it is indexed.
    changed = (one.known.id for one in written if one.stored and one.known != one.stored.paper)
    stamps.restamp(db, [one for one in changed if one not in queued])


def _is_to_be_indexed(told: news.Told) -> bool:
    """Tell whether the index does not hold a paper as it is known now."""
    if told.stored is None:
        return True
    return bool(what_is_laid_out(told.known) != what_is_laid_out(told.stored.paper))


def _audit(
    db: Database, read: _Readable, absent: Iterable[str], now: datetime
) -> list[Quarantined]:
    """Note which ids exist and which do not; give what of that is not believed."""
    audit.note_known(db, [paper.id for paper in read.papers], read.elsewhere, now)
    audit.note_absent(db, absent, now)
    doubt = audit.take_census(db, read.census, now) if read.census else None
    return [] if doubt is None else [doubt]


def _counted(rows: Iterable[news.Row], papers: int) -> Recorded:
    """Count what a batch was; a paper may be more than one thing."""
    rows = list(rows)
    return Recorded(
        announced=sum(row.kind == "news" for row in rows),
        late=sum(row.kind == "late" for row in rows),
        silent=sum(row.kind in ("silent", "open") for row in rows),
        known=papers - len({row.paper for row in rows if row.kind != "completed"}),
        revised=sum(row.kind == "revision" for row in rows),
    )


def _write_quarantine(
    db: Database, source: str, quarantined: Iterable[Quarantined], now: datetime
) -> None:
    """Keep what could not be read, until it can: a paper under its id, whoever names it how."""
    at = to_micros(now)
    rows = ((source, _name(one.id), one.error[:500], at) for one in quarantined)
    db.conn.executemany(UPSERT_QUARANTINE, rows)


def _name(told: str) -> str:
    """Give the id of what is named, or its name if that is none of a paper."""
    try:
        return parse_id(told).base
    except ValueError:
        return told[:200]
