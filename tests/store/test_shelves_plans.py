"""How SQLite reads and writes the shelves: from narrow indices, whatever else is stored."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from bot.core.query import parse
from bot.store import SqliteStore
from bot.store.rows import to_micros
from tests.builders import NOON, paper
from tests.store.scenario import DAY, HOUR, arrive, begin
from tests.store.shelving import QUERIES, STUDY, catch_up
from tests.store.test_plans import plans, steps

SHELVES = 50
FILL = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :papers)
INSERT INTO shelves (query, updated, paper, day, stamp)
SELECT n % :shelves + 1, :noon + n * 1000000, 'p' || printf('%07d', n), 739000 + n / 500, n
FROM numbers
"""


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with SqliteStore.open(tmp_path / "papers.db") as opened:
        yield opened


async def filled(store: SqliteStore, papers: int) -> None:
    """Let papers stand on fifty shelves, each on one; the papers themselves are not needed."""

    def fill(db: Database) -> None:
        db.execute("DELETE FROM shelves")
        db.execute("DELETE FROM shelf_queries")
        for number in range(1, SHELVES + 1):
            row = (number, parse(f"ti:w{number}").hash)
            db.execute("INSERT INTO shelf_queries VALUES (?, ?, 0, '')", row)
        values = {"papers": papers, "shelves": SHELVES, "noon": to_micros(NOON)}
        db.execute(FILL, values)

    def run(db: Database) -> None:
        db.execute("PRAGMA foreign_keys = OFF")
        with db.atomic():
            fill(db)

    await store._call(store._outside, run)


def wide(plan: str) -> bool:
    """Tell whether a plan reads rows of which an index does not hold all."""
    tables = [line for line in plan.splitlines() if "shelves" in line and "shelves_of" in line]
    return any("COVERING" not in line for line in tables)


Ask = Callable[[SqliteStore], Awaitable[Any]]
READINGS: dict[str, Ask] = {
    "places": lambda store: store.places(paper(1).id, 100),
    "shelf": lambda store: store.shelf(STUDY.hash, limit=100),
    "a month of a shelf": lambda store: store.shelf(STUDY.hash, since=NOON, before=NOON + 30 * DAY),
    "day": lambda store: store.on_day(date(2026, 1, 5)),
    "places of some": lambda store: store.places_of([paper(1).id, paper(2).id]),
}


@pytest.mark.parametrize("name", READINGS)
async def test_what_stands_is_read_from_its_own_rows_alone(sqlite: SqliteStore, name: str) -> None:
    await begin(sqlite, paper(1))
    await catch_up(sqlite, QUERIES)
    _, asked = await plans(sqlite, READINGS[name](sqlite))
    assert not wide(asked)
    assert not any(f" {table} " in f"{asked} " for table in ("papers", "indexed", "announcements"))
    assert ("TEMP B-TREE" in asked) == (name == "day"), "a day is small, and sorted by itself"


@pytest.mark.parametrize(
    ("name", "used"),
    [
        ("places", "shelves_of_paper (paper>? AND paper<?)"),
        ("shelf", "USING PRIMARY KEY (query=? AND updated>? AND updated<?)"),
        ("a month of a shelf", "USING PRIMARY KEY (query=? AND updated>? AND updated<?)"),
        ("day", "shelves_of_day (day=?)"),
        ("places of some", "shelves_of_paper (paper=?)"),
    ],
)
async def test_reading_begins_where_it_is_asked_for(
    sqlite: SqliteStore, name: str, used: str
) -> None:
    _, asked = await plans(sqlite, READINGS[name](sqlite))
    assert used in asked


@pytest.mark.parametrize("name", READINGS)
async def test_a_page_takes_no_longer_however_much_stands_on_the_shelves(
    sqlite: SqliteStore, name: str
) -> None:
    asked: dict[str, Ask] = {
        "places": lambda store: store.places("p0000500", 100),
        "shelf": lambda store: store.shelf(parse("ti:w7").hash, limit=100),
        "a month of a shelf": lambda store: store.shelf(
            parse("ti:w7").hash, since=NOON, before=NOON + HOUR
        ),
        "day": lambda store: store.on_day(date.fromordinal(739001)),
        "places of some": lambda store: store.places_of(f"p{one:07d}" for one in range(400, 500)),
    }
    await filled(sqlite, 5_000)
    few = await steps(sqlite, asked[name](sqlite))
    assert len(await asked[name](sqlite)) >= 72
    await filled(sqlite, 40_000)
    assert await steps(sqlite, asked[name](sqlite)) <= 1.1 * few + 5


async def test_folders_and_days_are_counted_within_one_index(sqlite: SqliteStore) -> None:
    await begin(sqlite, paper(1))
    await catch_up(sqlite, QUERIES)
    following, folder, end = await plans(sqlite, sqlite.fingerprints())
    assert following == end
    assert "SEARCH shelves USING COVERING INDEX shelves_of_paper (paper>?)" in following
    assert "SEARCH shelves USING COVERING INDEX shelves_of_paper (paper>? AND paper<?)" in folder
    _, days = await plans(sqlite, sqlite.lately(date(2025, 12, 7), date(2026, 1, 5)))
    assert "SEARCH shelves USING COVERING INDEX shelves_of_day (day>? AND day<?)" in days


async def test_all_places_are_read_in_one_walk(sqlite: SqliteStore) -> None:
    await filled(sqlite, 40_000)
    hundreds = await steps(sqlite, sqlite.places(limit=40_000))
    assert hundreds * 100 / 40_000 < 60, "instructions of SQLite's a paper"


async def test_a_batch_looks_at_no_paper_but_its_own(sqlite: SqliteStore) -> None:
    await begin(sqlite, paper(1), paper(2))
    await catch_up(sqlite, QUERIES)
    await arrive(sqlite, paper(2, version=2, updated=NOON), paper(3))
    await sqlite.refresh(10)
    asked = await plans(sqlite, sqlite.shelve(QUERIES, 10))
    whole = ("SCAN papers", "SCAN indexed", "SCAN announcements", "SCAN shelves")
    assert not any(scan in one for one in asked for scan in whole)
    after = [one for one in asked if "indexed_by_stamp" in one]
    assert all("COVERING INDEX indexed_by_stamp ((stamp,paper)>(?,?))" in one for one in after)
    assert after


async def test_what_is_brought_up_to_date_is_so_at_a_glance(sqlite: SqliteStore) -> None:
    await begin(sqlite, *(paper(number) for number in range(1, 500)))
    await catch_up(sqlite, QUERIES)
    assert await steps(sqlite, sqlite.shelve(QUERIES, 100)) < 10


async def test_the_stamp_and_the_day_of_the_last_change_are_looked_up(sqlite: SqliteStore) -> None:
    await begin(sqlite, paper(1))
    await arrive(sqlite, *(paper(number) for number in range(2, 500)))
    await catch_up(sqlite, QUERIES)
    assert await steps(sqlite, sqlite.shelved()) < 5
    assert await steps(sqlite, sqlite.updated()) < 5
