"""The shelves of the pages: what makes a paper stand on one, what takes it off, and who may see."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import StoreError
from bot.core.model import Detail, Paper
from bot.core.query import Query
from bot.core.query.engine import Engine
from bot.core.site.shelving import match
from bot.interfaces import Shelving
from bot.store import SqliteStore, shelves
from bot.store.backup import back_up
from bot.store.transactions import ROOM
from tests.builders import NOON, paper
from tests.store.scenario import DAY, HOUR, MORNING, arrive, begin
from tests.store.shelving import (
    DATED,
    LATTICE,
    MATHS,
    QUERIES,
    STUDY,
    all_places,
    catch_up,
    check_folders,
    check_shelves,
    evening,
)
from tests.store.test_indexing import lose
from tests.store.test_migrations import migrated_before

LATER = MORNING + timedelta(days=90)
EASTERN_MORNING = datetime(2026, 1, 6, 13, 0, tzinfo=UTC)
WAITS = 0.1
"""Seconds between two looks of a connection that waits to write, as SQLite has it at most."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "papers.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    async with SqliteStore.open(path) as opened:
        yield opened


async def index(store: SqliteStore) -> None:
    while await store.refresh(100):
        pass


async def on(store: SqliteStore, query: Query) -> list[int]:
    """Give the numbers of the papers on a shelf, in their order."""
    return [int(one.paper[5:]) for one in await store.shelf(query.hash)]


async def stamp_of(store: SqliteStore, number: int) -> int:
    (stamp,) = {p.stamp for p in await store.places() if p.paper == paper(number).id}
    return stamp


async def held(store: SqliteStore, *papers: Paper, queries: Sequence[Query] = QUERIES) -> None:
    """Let the ledger hold these papers, all indexed and shelved."""
    await begin(store, *papers, scopes=("cs.CL", "math.AG"))
    await catch_up(store, queries)


async def test_a_store_with_shelves_is_known_by_that(store: SqliteStore) -> None:
    assert isinstance(store, Shelving)


async def test_a_new_store_has_empty_shelves(store: SqliteStore) -> None:
    assert await store.shelve(QUERIES, 10) == 0
    assert (await store.places(), await store.shelf(STUDY.hash)) == ([], [])
    assert (await store.on_day(NOON.date()), await store.shelved()) == ([], 0)


async def test_what_comes_is_shelved_a_few_at_a_time(store: SqliteStore) -> None:
    await begin(store, *(paper(number) for number in range(1, 8)))
    assert await store.shelve([STUDY], 3) == 0, "nothing is indexed yet"
    await index(store)
    assert await store.shelve([STUDY], 0) == 7
    assert await store.shelved() == 0
    assert [await store.shelve([STUDY], 3) for _ in range(4)] == [4, 1, 0, 0]
    assert await on(store, STUDY) == [7, 6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "On Lattices"},
        {"version": 2, "updated": NOON},
        {"categories": ("cs.CL", "math.AG")},
        {"comment": "withdrawn by its authors"},
        {"published": NOON - 90 * DAY, "updated": NOON - 90 * DAY},
        {"authors": ("Li Wei",)},
    ],
)
async def test_what_changes_stands_where_it_belongs_then_under_a_new_stamp(
    store: SqliteStore, changes: dict[str, Any]
) -> None:
    await held(store, paper(1, detail=Detail.FEED), paper(2))
    before, other, shelved = (
        await stamp_of(store, 1),
        await stamp_of(store, 2),
        await store.shelved(),
    )
    await arrive(store, paper(1, **changes))
    await catch_up(store, QUERIES)
    await check_shelves(store, QUERIES)
    if changes != {"title": "On Lattices"}:
        assert await stamp_of(store, 1) > before
    assert await stamp_of(store, 2) == other
    assert await store.shelved() > shelved


async def test_a_feeds_paper_that_is_completed_gets_its_day_and_a_new_stamp(
    store: SqliteStore,
) -> None:
    await held(store, paper(1, title="Nothing"))
    await arrive(store, paper(1, id="2512.00009", detail=Detail.FEED, published=NOON, updated=NOON))
    await catch_up(store, QUERIES)
    (before,) = await store.shelf(STUDY.hash)
    submitted = datetime(2025, 12, 3, tzinfo=UTC)
    await arrive(store, paper(1, id="2512.00009", published=submitted, updated=submitted))
    await catch_up(store, QUERIES)
    await check_shelves(store, QUERIES)
    (after,) = await store.shelf(STUDY.hash)
    assert (before.day, after.day) == (date(2026, 1, 1), date(2025, 12, 3))
    assert after.stamp > before.stamp


async def test_what_is_told_again_stays_as_it_is(store: SqliteStore) -> None:
    await held(store, paper(1))
    before = await check_shelves(store, QUERIES)
    await arrive(store, paper(1))
    assert (await store.refresh(0), await store.shelve(QUERIES, 0)) == (0, 0)
    assert await all_places(store) == before


async def test_a_paper_that_matches_no_longer_leaves_one_shelf_and_tells_so_on_the_others(
    store: SqliteStore,
) -> None:
    await held(store, paper(1, title="A Study of Lattices"), queries=[STUDY])
    await catch_up(store, [STUDY, LATTICE])
    assert len((await store.places())[0].queries) == 2
    await arrive(store, paper(1, title="A Study"))
    while await store.refresh(100):
        pass
    prepared = await store._read(shelves.prepare, [LATTICE.hash], 10)
    assert prepared is not None
    before = await stamp_of(store, 1)
    await store._write(shelves.enter, [STUDY.hash, LATTICE.hash], prepared, {})
    (place,) = await store.places()
    assert (place.queries, place.stamp > before) == ((STUDY.hash,), True)


async def test_news_has_the_day_of_its_evening_and_what_was_known_that_of_its_submission(
    store: SqliteStore,
) -> None:
    await begin(store, paper(1), scopes=("cs.CL", "math.AG"))
    await arrive(store, paper(2), now=EASTERN_MORNING)
    await arrive(store, paper(1, categories=("cs.CL", "math.AG")), now=EASTERN_MORNING + 4 * DAY)
    await arrive(store, paper(2, version=2, updated=LATER), now=LATER)
    await catch_up(store, QUERIES)
    assert [(one.paper, one.day) for one in await check_shelves(store, QUERIES)] == [
        (paper(1).id, date(2026, 1, 4)),
        (paper(2).id, date(2026, 1, 5)),
    ]


async def test_a_day_is_read_newest_first_whatever_shelves_its_papers_stand_on(
    store: SqliteStore,
) -> None:
    late = [paper(n, updated=NOON + n % 3 * HOUR, version=2) for n in range(1, 7)]
    await begin(store)
    await arrive(store, *late, now=EASTERN_MORNING)
    await arrive(store, paper(9, title="Nothing"), now=EASTERN_MORNING)
    await catch_up(store, [STUDY, MATHS])
    day = date(2026, 1, 5)
    assert [int(one.paper[5:]) for one in await store.on_day(day)] == [5, 2, 4, 1, 6, 3]
    assert await store.on_day(day + DAY) == []


async def test_a_shelf_is_read_between_two_instants_and_so_far(store: SqliteStore) -> None:
    await held(store, *(paper(n, updated=NOON + n * HOUR) for n in range(1, 7)))
    since, before = NOON + 2 * HOUR, NOON + 5 * HOUR
    found = await store.shelf(STUDY.hash, since=since, before=before)
    assert [int(one.paper[5:]) for one in found] == [4, 3, 2]
    found = await store.shelf(STUDY.hash, before=before, limit=2)
    assert [int(one.paper[5:]) for one in found] == [4, 3]
    assert len(await store.shelf(STUDY.hash, since=since, limit=100)) == 5
    assert await store.shelf("of nobody") == []


async def test_the_last_announcement_counts_or_else_the_last_submission(
    store: SqliteStore,
) -> None:
    assert await store.updated() is None
    await begin(store, paper(1, published=NOON - 3 * DAY), paper(2))
    assert await store.updated() == date(2026, 1, 4)
    await arrive(store, paper(3), now=EASTERN_MORNING)
    assert await store.updated() == date(2026, 1, 5)
    await arrive(store, paper(1, version=2, updated=LATER), now=LATER)
    assert await store.updated() == evening(LATER)


async def test_papers_are_read_by_their_ids_where_they_are(store: SqliteStore) -> None:
    await held(store, paper(1), paper(2))
    assert await store.papers(one.id for one in (paper(2), paper(7))) == {paper(2).id: paper(2)}


async def test_a_query_that_comes_is_matched_with_all_and_one_that_goes_leaves_nothing(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await held(store, *(paper(n) for n in range(1, 6)), queries=[STUDY])
    await catch_up(store, [STUDY, DATED])
    await check_shelves(store, [STUDY, DATED])
    monkeypatch.setattr(shelves, "AT_ONCE", 2)
    assert await store.shelve([DATED], 0) == 5
    before = await store.shelved()
    assert [await store.shelve([DATED], 10) for _ in range(4)] == [3, 1, 0, 0]
    assert await store.shelved() > before
    await check_shelves(store, [DATED])


async def test_a_query_that_comes_back_while_its_shelf_is_emptied_is_matched_anew(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await held(store, *(paper(n) for n in range(1, 6)), queries=[STUDY])
    monkeypatch.setattr(shelves, "AT_ONCE", 2)
    await store.shelve([], 10)
    await catch_up(store, [STUDY], 2)
    await check_shelves(store, [STUDY])


async def test_no_queries_leave_nothing(store: SqliteStore) -> None:
    await held(store, paper(1))
    await catch_up(store, [])
    assert await check_shelves(store, []) == []


async def test_what_is_new_waits_for_no_query_that_is(store: SqliteStore) -> None:
    await held(store, *(paper(n) for n in range(1, 6)), queries=[STUDY])
    await arrive(store, paper(8))
    await index(store)
    assert await store.shelve([STUDY, DATED], 0) == 1 + 6
    assert await store.shelve([STUDY, DATED], 2) == 6
    assert await on(store, STUDY) == [8, 5, 4, 3, 2, 1]
    assert await on(store, DATED) == []
    await catch_up(store, [STUDY, DATED], 2)
    await check_shelves(store, [STUDY, DATED])


async def test_what_is_pruned_stands_nowhere_at_once(store: SqliteStore) -> None:
    await held(store, *(paper(n) for n in range(1, 4)))
    await arrive(store, paper(9, published=LATER, updated=LATER), now=LATER)
    await catch_up(store, QUERIES)
    before = await store.shelved()
    await store.prune(timedelta(days=60), LATER)
    assert [one.paper for one in await store.places()] == [paper(9).id]
    assert await store.shelved() > before
    await arrive(store, paper(2, version=2, updated=LATER), now=LATER)
    await catch_up(store, QUERIES)
    assert [one.paper for one in await check_shelves(store, QUERIES)] == [paper(2).id, paper(9).id]


async def test_what_changes_or_goes_while_it_is_matched_is_not_entered_as_it_was(
    store: SqliteStore,
) -> None:
    await begin(store, paper(1), paper(2), paper(3))
    await index(store)
    hashes = [one.hash for one in QUERIES]
    prepared = await store._read(shelves.prepare, hashes, 100)
    assert prepared is not None
    await arrive(store, paper(1, version=2, updated=NOON))
    await store._write(lambda db: db.execute("DELETE FROM announcements"))
    await lose(store, paper(3).id)
    found = match(QUERIES, prepared.papers).papers
    assert await store._write(shelves.enter, hashes, prepared, found) == 1
    assert [one.paper for one in await store.places()] == [paper(2).id]
    await catch_up(store, QUERIES)
    await check_shelves(store, QUERIES)


async def test_what_another_process_did_meanwhile_is_not_done_again(store: SqliteStore) -> None:
    await begin(store, paper(1), paper(2))
    await index(store)
    hashes = [one.hash for one in QUERIES]
    prepared = await store._read(shelves.prepare, hashes, 1)
    assert prepared is not None
    await catch_up(store, QUERIES)
    before = await check_shelves(store, QUERIES)
    assert await store._write(shelves.enter, hashes, prepared, {}) == 0
    assert await check_shelves(store, QUERIES) == before


async def test_two_processes_that_shelve_at_once_do_no_harm(
    path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def rest(seconds: float) -> None:
        """Wait for nobody."""

    await begin(store, *(paper(number) for number in range(1, 30)))
    await index(store)
    async with SqliteStore.open(path, exclusive=False) as beside:
        monkeypatch.setattr("bot.store.transactions.asyncio.sleep", rest)
        await asyncio.gather(catch_up(store, QUERIES, 2), catch_up(beside, QUERIES, 3))
    await check_shelves(store, QUERIES)


@pytest.mark.parametrize("exclusive", [True, False])
async def test_beside_a_bot_it_leaves_the_bot_room_between_transactions(
    path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch, *, exclusive: bool
) -> None:
    await begin(store, *(paper(number) for number in range(1, 6)))
    await index(store)
    rested: list[float] = []

    async def rest(seconds: float) -> None:
        rested.append(seconds)

    monkeypatch.setattr("bot.store.transactions.asyncio.sleep", rest)
    async with SqliteStore.open(path, exclusive=False) as beside:
        while await (store if exclusive else beside).shelve(QUERIES, 2):
            pass
    assert [one >= ROOM > 2 * WAITS for one in rested] == ([] if exclusive else [True, True])


async def test_while_another_process_writes_what_is_shelved_is_read(
    path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await held(store, paper(1))
    await arrive(store, paper(2))
    await index(store)
    monkeypatch.setattr("bot.store.connection.BUSY_SECONDS", 0.0)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with SqliteStore.open(path, exclusive=False) as beside:
            with pytest.raises(StoreError, match="another process is writing"):
                await beside.shelve(QUERIES, 1)
            assert await beside.shelve(QUERIES, 0) == 1
            assert await on(beside, STUDY) == [1]


async def test_nobody_who_writes_waits_while_papers_are_matched(
    path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begin(store, paper(1), paper(2))
    await index(store)

    def matching(*given: Any) -> Any:
        with closing(sqlite3.connect(path, timeout=0.0)) as other, other:
            other.execute("UPDATE papers SET title = 'Nothing' WHERE id = ?", [paper(2).id])
        return match(*given)

    monkeypatch.setattr("bot.store.sqlite_shelves.match", matching)
    assert await store.shelve([STUDY], 10) == 0


async def test_once_words_are_cut_by_other_rules_the_shelves_stand_and_are_matched_anew(
    store: SqliteStore,
) -> None:
    await held(store, *(paper(number) for number in range(1, 4)))
    before = await check_shelves(store, QUERIES)
    await store._write(lambda db: db.execute("UPDATE edition SET rules = 'of before'"))
    assert await store.refresh(2) > 0
    assert await all_places(store) == before
    await catch_up(store, QUERIES, 2)
    after = await check_shelves(store, QUERIES)
    assert all(new.stamp > old.stamp for old, new in zip(before, after, strict=True))


async def test_a_query_that_fails_harms_only_itself_and_is_told(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await begin(store, paper(1, title="On Lattices"), paper(2))
    await index(store)
    add = Engine.add

    def adding(engine: Engine, query: Query) -> None:
        if query == LATTICE:
            raise ZeroDivisionError("of lattices")
        add(engine, query)

    monkeypatch.setattr(Engine, "add", adding)
    assert await store.shelve([STUDY, LATTICE], 10) == 0
    told = "".join(capsys.readouterr())
    assert "shelf.failed" in told
    assert "ti:lattice" in told
    assert "ZeroDivisionError: of lattices" in told
    await check_shelves(store, [STUDY, LATTICE])


async def test_a_backup_has_the_shelves_and_goes_on(path: Path, store: SqliteStore) -> None:
    await held(store, paper(1))
    copy = path.with_name("copy.db")
    back_up(path, copy)
    async with SqliteStore.open(copy) as restored:
        assert await on(restored, STUDY) == [1]
        await arrive(restored, paper(2))
        await catch_up(restored, QUERIES)
        await check_shelves(restored, QUERIES)


async def test_papers_that_were_indexed_before_there_were_shelves_are_shelved_in_steps(
    path: Path,
) -> None:
    migrated_before(path, "0013-shelves")
    with closing(sqlite3.connect(path)) as earlier, earlier:
        for number in range(1, 6):
            one = paper(number)
            earlier.execute(
                "INSERT INTO papers (id, version, title, abstract, authors, categories, "
                "primary_category, published, updated, ever, detail) "
                "VALUES (?, 1, ?, 'b', '[]', '[]', 'cs.CL', 1, 1, '[]', 0)",
                [one.id, one.title],
            )
            earlier.execute("INSERT INTO indexed VALUES (?, ?, x'00')", [number, one.id])
    async with SqliteStore.open(path) as store:
        assert [await store.shelve([STUDY], 2) for _ in range(3)] == [3, 1, 0]
        assert await on(store, STUDY) == [5, 4, 3, 2, 1]


async def test_places_of_some_papers_are_those_of_all(store: SqliteStore) -> None:
    await held(store, *(paper(n) for n in range(1, 9)))
    await catch_up(store, QUERIES)
    places = {one.paper: one for one in await store.places()}
    assert places
    assert await store.places_of([*places, "2601.99999", paper(1).id]) == places
    assert await store.places_of([]) == {}


async def test_whatever_changes_shelves_or_index_moves_the_tip(store: SqliteStore) -> None:
    tips = [await store.tip()]
    await held(store, paper(1))
    await catch_up(store, QUERIES)
    tips.append(await store.tip())
    assert await store.refresh(10) == await store.shelve(QUERIES, 10) == 0
    assert await store.tip() == tips[-1], "nothing was done"
    await arrive(store, paper(2), now=LATER)
    tips.append(await store.tip())
    await catch_up(store, QUERIES)
    tips.append(await store.tip())
    assert len({*tips}) == len(tips)
    assert [stamp for stamp, _ in tips] == sorted(stamp for stamp, _ in tips)


async def test_two_ledgers_never_have_one_tip(tmp_path: Path) -> None:
    tips = set()
    for name in ("one", "other"):
        async with SqliteStore.open(tmp_path / name) as opened:
            await held(opened, paper(1))
            tips.add(await opened.tip())
    assert len(tips) == 2


OTHERS = (
    paper(1, id="2512.00007"),
    paper(2, id="2512.12345"),
    paper(3, id="hep-th/9901001"),
    paper(4, id="hep-ph/9901001"),
    paper(5, id="math/0601001"),
    paper(6, id="math-ph/0601001"),
)


async def test_each_folder_of_papers_has_a_fingerprint_and_is_read_apart(
    store: SqliteStore,
) -> None:
    assert await store.fingerprints() == {}
    await held(store, *OTHERS, paper(1), paper(2))
    await catch_up(store, QUERIES)
    places = await all_places(store)
    found = await check_folders(store, places)
    assert [(name, len(held)) for name, _, held in found] == [
        ("2512", 2),
        ("2601", 2),
        *(("hep-ph", 1), ("hep-th", 1), ("math-ph", 1), ("math", 1)),
    ]


async def test_only_the_folder_of_a_paper_that_changes_has_another_fingerprint(
    store: SqliteStore,
) -> None:
    await held(store, *OTHERS)
    await catch_up(store, QUERIES)
    before = await store.fingerprints()
    changed = replace(OTHERS[0], version=2, updated=LATER)
    await arrive(store, changed, now=LATER)
    await catch_up(store, QUERIES)
    after = await store.fingerprints()
    assert {name for name in after if after[name] != before[name]} == {"2512"}
    assert after["2512"].stamp > max(one.stamp for one in before.values())


async def test_what_each_shelf_got_lately_is_counted_by_days(store: SqliteStore) -> None:
    await held(store, paper(1), paper(2, title="On Lattices"))
    await arrive(store, paper(3), now=LATER)
    await catch_up(store, QUERIES)
    days = sorted({one.day for one in await store.places()})
    lately = await store.lately(days[0], days[-1])
    assert {one: sum(of.values()) for one, of in lately.items()} == {
        STUDY.hash: 2,
        LATTICE.hash: 1,
        DATED.hash: 3,
    }
    assert await store.lately(days[-1] + DAY, days[-1] + 30 * DAY) == {}


async def test_a_ledger_goes_on_from_where_it_was(store: SqliteStore) -> None:
    empty = await store.tip()
    assert await store.goes_on(*empty)
    await held(store, paper(1))
    first = await store.tip()
    await arrive(store, paper(2), now=LATER)
    await catch_up(store, QUERIES)
    last = await store.tip()
    for tip in (empty, first, last):
        assert await store.goes_on(*tip)
    stamp, ledger = last
    made, row, (indexed, name) = json.loads(ledger)
    assert not await store.goes_on(stamp + 1, ledger)
    for other in (
        ["of another day", row, [indexed, name]],
        *([made, one, [indexed, name]] for one in ([row[0] + 1, *row[1:]], [*row[:2], "x"])),
        *([made, row, one] for one in ([indexed + 1, name], [indexed, "2601.99999"])),
    ):
        assert not await store.goes_on(stamp, json.dumps(other))


@pytest.mark.parametrize(
    "odd",
    [
        *("", "{}", "[]", "7", "[null", '{"a": 1}', "[" * 100_000, '["MADE", 7, []]'),
        *('["MADE", [{}], []]', '["MADE", [99999999999999999999], []]', '["MADE", [], [1]]'),
        *('["MADE", [], [1, []]]', '["MADE", [], ["x", "2601.00001"]]', '["MADE", [null], []]'),
    ],
)
async def test_what_nobody_told_of_a_ledger_is_not_believed(store: SqliteStore, odd: str) -> None:
    await held(store, paper(1))
    stamp, ledger = await store.tip()
    assert not await store.goes_on(stamp, odd.replace("MADE", json.loads(ledger)[0]))


async def test_a_ledger_that_went_back_does_not_go_on(path: Path) -> None:
    async with SqliteStore.open(path) as store:
        await held(store, paper(1), paper(2))
        await catch_up(store, QUERIES)
    kept = shutil.copyfile(path, path.with_suffix(".kept"))

    async def changed(number: int) -> tuple[int, str]:
        """Change a title, of which the log tells nothing."""
        async with SqliteStore.open(path) as store:
            await arrive(store, paper(number, title="Another Study"), now=LATER)
            await catch_up(store, QUERIES)
            return await store.tip()

    before = await changed(1)
    shutil.copyfile(kept, path)
    async with SqliteStore.open(path) as store:
        assert not await store.goes_on(*before)
    after = await changed(2)
    assert after[0] == before[0]
    async with SqliteStore.open(path) as store:
        assert not await store.goes_on(*before)
        assert await store.goes_on(*after)


async def test_a_ledger_goes_on_until_its_row_is_pruned(store: SqliteStore) -> None:
    await held(store, paper(1))
    await arrive(store, paper(2), now=LATER)
    tip = await store.tip()
    late = LATER + 400 * DAY
    await arrive(store, paper(3, published=late, updated=late), now=late)
    assert await store.goes_on(*tip)
    await store.prune(30 * DAY, late)
    assert not await store.goes_on(*tip)
    assert await store.goes_on(*await store.tip())
