"""What poll writes: papers, what is new of them as announcements, marks, and how the poll ended."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlite_utils import Database

from bot.core.arxiv_id import order_of
from bot.core.baseline import Horizon, has_begun, is_news
from bot.core.model import Paper
from bot.core.polling import Batch, PollResult, Quarantined, Recorded
from bot.store import scopes
from bot.store.rows import PAPER_COLUMNS, paper_row, to_json, to_micros, to_texts

DAYS_KEPT = timedelta(days=60)
"""How long a quarantined day (its id is the date) is shown; no source asks for it any more then."""

# Never a word about what is already there: that is what makes it quick among millions.
INSERT_SEEN = """
INSERT INTO seen (paper) SELECT value FROM json_each(?) WHERE true
ON CONFLICT DO NOTHING RETURNING paper
"""

READ_KNOWN = """
SELECT id, version, ever FROM papers WHERE id IN (SELECT value FROM json_each(?))
"""

# A stale answer may bring an older version; that never overwrites a newer one.
UPSERT_PAPER = f"""
INSERT INTO papers ({PAPER_COLUMNS}, ever) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    version = excluded.version, title = excluded.title, abstract = excluded.abstract,
    authors = excluded.authors, categories = excluded.categories,
    primary_category = excluded.primary_category, published = excluded.published,
    updated = excluded.updated, comment = excluded.comment,
    journal_ref = excluded.journal_ref, doi = excluded.doi, ever = excluded.ever
WHERE excluded.version > version OR (excluded.version = version
    AND (excluded.title, excluded.abstract, excluded.authors, excluded.categories,
         excluded.primary_category, excluded.published, excluded.updated, excluded.comment,
         excluded.journal_ref, excluded.doi)
    IS NOT (title, abstract, authors, categories, primary_category, published, updated, comment,
            journal_ref, doi))
"""  # noqa: S608  # a constant of the package

INSERT_ANNOUNCEMENT = """
INSERT INTO announcements (paper, date, silent, late, source) VALUES (?, ?, ?, ?, ?)
"""

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
INSERT INTO polls (source, state, at, received, announced, error) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET state = excluded.state, at = excluded.at,
    received = excluded.received, announced = excluded.announced, error = excluded.error
"""


class _Row(NamedTuple):
    """What is known of a paper: its version, and every category that it was ever in."""

    version: int
    ever: frozenset[str]


class _News(NamedTuple):
    """One announcement to be written."""

    paper: Paper
    date: datetime
    silent: bool = False
    late: tuple[str, ...] = ()


def record(db: Database, source: str, batch: Batch, now: datetime) -> Recorded:
    """Write one batch, and count what it was; the order of its papers makes no difference."""
    papers, unreadable = _sorted_out(batch.papers)
    known = _read_known(db, papers)
    new = insert_seen(db, [paper.id for paper in papers])
    horizons = scopes.horizons(db)
    _write_papers(db, papers, known)
    news = [_first(paper, horizons, now) for paper in papers if paper.id in new]
    late = [
        _News(paper, now, late=added)
        for paper in papers
        if (added := _added(paper, known.get(paper.id))) and has_begun(added, horizons)
    ]
    _write_news(db, source, news + late)
    _write_quarantine(db, source, (*batch.quarantined, *unreadable), now)
    # A mark means that what it names was read whole, as a paper's coming means that of the paper.
    whole = {mark.key for mark in batch.marks} - {row.id for row in batch.quarantined}
    released = sorted(whole | {paper.id for paper in papers})
    db.execute(RELEASE_QUARANTINE, (source, to_json(released)))
    db.execute(FORGET_DAYS, (source, (now - DAYS_KEPT).date().isoformat()))
    scopes.write_marks(db, source, batch.marks)
    # Last, so that what came in this batch belongs to the baseline that it completes.
    scopes.take_baselines(db, sorted(batch.complete - horizons.keys()), now)
    silent = sum(announcement.silent for announcement in news)
    return Recorded(
        announced=len(news) - silent,
        late=len(late),
        silent=silent,
        known=len(papers) - len(news) - len(late),
    )


def note_poll(db: Database, result: PollResult) -> None:
    """Write how a source's poll ended; only the last one is kept."""
    at = to_micros(result.at)
    row = (result.source, result.state, at, result.received, result.announced, result.error)
    db.execute(UPSERT_POLL, row)


def insert_seen(db: Database, ids: Iterable[str]) -> set[str]:
    """Enter ids into the seen-table, and tell which of them were not there."""
    return {row[0] for row in db.execute(INSERT_SEEN, (to_json(ids),))}


def one_of_each(papers: Iterable[Paper]) -> list[Paper]:
    """Keep the highest version of each paper, in the order of ids.

    Copies of that version that differ (a page overtaken by a cross-list) give one paper in the
    categories of all.
    """
    groups: dict[str, list[Paper]] = {}
    for paper in papers:
        groups.setdefault(paper.id, []).append(paper)
    return [_merged(groups[key]) for key in sorted(groups, key=lambda key: (order_of(key), key))]


def _merged(copies: list[Paper]) -> Paper:
    """Make one paper of the copies with the highest version."""
    if len(copies) == 1:
        return copies[0]
    version = max(copy.version for copy in copies)
    newest = [copy for copy in copies if copy.version == version]
    best = max(newest, key=_rank)
    extra = {category for copy in newest for category in copy.categories}
    return replace(best, categories=(*best.categories, *sorted(extra - {*best.categories})))


def _rank(paper: Paper) -> tuple[datetime, str]:
    """Order copies of one version: by date, then by anything that does not depend on arrival."""
    return paper.updated, repr(paper_row(paper))


def _sorted_out(papers: Iterable[Paper]) -> tuple[list[Paper], list[Quarantined]]:
    """Part the papers that can be written, once each, from those that cannot."""
    sound: list[Paper] = []
    unreadable: list[Quarantined] = []
    for paper in papers:
        flaw = _flaw(paper)
        if flaw is None:
            sound.append(paper)
        else:
            unreadable.append(Quarantined(ascii(paper.id)[1:-1], flaw))
    return one_of_each(sound), unreadable


def _flaw(paper: Paper) -> str | None:
    """Say why a paper cannot be written; one such must not stop its batch."""
    try:
        order_of(paper.id)
        to_json(paper_row(paper)).encode()
    except UnicodeEncodeError:
        return "its text holds half a character (a lone surrogate)"
    except ValueError:
        return "its id is no arXiv id"
    return None


def _read_known(db: Database, papers: Iterable[Paper]) -> dict[str, _Row]:
    """Read what the ledger holds of these papers, by id."""
    rows = db.execute(READ_KNOWN, (to_json(paper.id for paper in papers),))
    return {row[0]: _Row(row[1], frozenset(to_texts(row[2]))) for row in rows}


def _write_papers(db: Database, papers: Iterable[Paper], known: Mapping[str, _Row]) -> None:
    """Insert or update the papers' current metadata."""
    empty = _Row(0, frozenset())
    db.conn.executemany(
        UPSERT_PAPER,
        (
            (
                *paper_row(paper),
                to_json(sorted(known.get(paper.id, empty).ever | {*paper.categories})),
            )
            for paper in papers
        ),
    )


def _first(paper: Paper, horizons: Mapping[str, Horizon], now: datetime) -> _News:
    """Announce a paper never seen before, silently where it belongs to a baseline."""
    if is_news(paper, horizons, now):
        return _News(paper, now)
    return _News(paper, paper.published, silent=True)


def _added(paper: Paper, row: _Row | None) -> tuple[str, ...]:
    """Tell the categories that a known paper was never in before.

    An older version adds none; nor does a paper of which only the id is still known.
    """
    if row is None or paper.version < row.version:
        return ()
    return tuple(category for category in paper.categories if category not in row.ever)


def _write_news(db: Database, source: str, news: Iterable[_News]) -> None:
    """Append to the log."""
    db.conn.executemany(
        INSERT_ANNOUNCEMENT,
        ((n.paper.id, to_micros(n.date), n.silent, to_json(n.late), source) for n in news),
    )


def _write_quarantine(
    db: Database, source: str, quarantined: Iterable[Quarantined], now: datetime
) -> None:
    """Keep what could not be read, until it can."""
    at = to_micros(now)
    rows = ((source, one.id[:200], one.error[:500], at) for one in quarantined)
    db.conn.executemany(UPSERT_QUARANTINE, rows)
