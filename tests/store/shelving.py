"""What the shelves of the pages must hold, told anew from all that is stored."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from bot.core.baseline import submitted
from bot.core.model import Paper
from bot.core.query import Query, parse
from bot.core.site.model import Fingerprint, Place
from bot.core.site.places import folder_ids, folder_name
from bot.store import SqliteStore, log

STUDY, LATTICE, MATHS = parse("ti:study"), parse("ti:lattice"), parse("cat:math.AG")
DATED = parse("submittedDate:[202601010000 TO 202601312359] ANDNOT co:withdrawn")
QUERIES = (STUDY, LATTICE, MATHS, DATED)


async def ask(store: SqliteStore, sql: str, *values: Any) -> list[Any]:
    return await store._read(lambda db: db.execute(sql, values).fetchall())


async def catch_up(store: SqliteStore, queries: Sequence[Query], limit: int = 100) -> None:
    """Index and shelve until nothing is left."""
    while await store.refresh(limit):
        pass
    while await store.shelve(queries, limit):
        pass


async def stored(store: SqliteStore) -> dict[str, Paper]:
    ids = await ask(store, "SELECT id FROM papers")
    return {**await store.papers(row[0] for row in ids)}


def announced(db: Database, paper: str) -> datetime | None:
    """Tell when a paper was announced as new; the first row of the log that says so."""
    for row in log.of_paper(db, paper):
        if not (row.silent or row.late or row.completed or row.former):
            return row.date
    return None


def evening(instant: datetime) -> date:
    """Tell on which evening arXiv announced what was learned then: from Sunday to Thursday."""
    there = instant.astimezone(ZoneInfo("America/New_York"))
    day = there.date() if there.hour >= 20 else there.date() - timedelta(days=1)
    while day.weekday() in (4, 5):
        day -= timedelta(days=1)
    return day


async def expected(store: SqliteStore, queries: Sequence[Query]) -> dict[str, tuple[Any, ...]]:
    """Tell of each paper that any query matches the queries, the day and the version's instant."""
    found = {}
    for one, paper in (await stored(store)).items():
        matching = tuple(sorted({query.hash for query in queries if query.matches(paper)}))
        news = await store._read(announced, one)
        day = submitted(paper).astimezone(UTC).date() if news is None else evening(news)
        if matching:
            found[one] = (matching, day, paper.updated)
    return found


async def all_places(store: SqliteStore, limit: int = 2) -> list[Place]:
    found: list[Place] = []
    while page := await store.places(found[-1].paper if found else "", limit):
        assert len(page) <= limit
        found += page
    return found


async def check_shelves(store: SqliteStore, queries: Sequence[Query]) -> list[Place]:
    """See that every reading of the shelves gives what all stored papers and the queries make."""
    wanted = await expected(store, queries)
    places = await all_places(store)
    assert {one.paper: (one.queries, one.day, one.updated) for one in places} == wanted
    assert [one.paper for one in places] == sorted(wanted)
    newest = sorted(places, key=lambda one: (one.updated, one.paper), reverse=True)
    for query in queries:
        shelf = [one for one in newest if query.hash in one.queries]
        assert [*await store.shelf(query.hash)] == shelf
    for day in {one.day for one in places}:
        assert [*await store.on_day(day)] == [one for one in newest if one.day == day]
    await check_folders(store, places)
    for query in queries:
        counts = Counter(one.day for one in places if query.hash in one.queries)
        lately = await store.lately(date.min, date.max)
        assert lately.get(query.hash, {}) == counts
        for day in counts:
            found = (await store.lately(day, day)).get(query.hash)
            assert found == {day: counts[day]}
    await check_rows(store)
    assert {row[0] for row in await ask(store, "SELECT query FROM shelf_queries")} <= {
        one.hash for one in queries
    }
    return places


async def check_folders(
    store: SqliteStore, places: Sequence[Place]
) -> list[tuple[str, Fingerprint, list[Place]]]:
    """See that each folder of papers has a fingerprint, and that its papers are read apart."""
    found = []
    for name, fingerprint in (await store.fingerprints()).items():
        after, before = folder_ids(name)
        held = [*await store.places(after, before=before)]
        assert held == [one for one in places if folder_name(one.paper) == name]
        assert fingerprint.stamp == max(one.stamp for one in held)
        assert fingerprint.rows == sum(len(one.queries) for one in held)
        found.append((name, fingerprint, held))
    assert [one for _, _, held in found for one in held] == [*places]
    return found


async def check_rows(store: SqliteStore) -> None:
    """See what holds at any time: only stored papers, each once a shelf, below the last stamp."""
    sql = "SELECT query, paper, stamp FROM shelves"
    rows = await ask(store, sql)
    assert len({row[:2] for row in rows}) == len(rows)
    assert {row[1] for row in rows} <= set(await stored(store))
    assert len({row[1:] for row in rows}) == len({row[1] for row in rows}), "one stamp a paper"
    last = await store.shelved()
    assert max((row[2] for row in rows), default=0) <= last
    ((latest,),) = await ask(store, "SELECT latest FROM stamps")
    assert last <= latest
