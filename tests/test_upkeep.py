from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import upkeep
from bot.core.errors import DatabaseUnusable, StoreError
from bot.core.query import Query, parse
from bot.core.standing import Pruned
from bot.interfaces import Prunable
from bot.settings import Settings
from bot.settings.tables import PagesSettings
from bot.settings.topic import TopicSettings
from bot.store import SqliteStore
from bot.upkeep import catch_up, catch_up_shelves, index_some, prune_if_due, shelve_some
from tests.builders import NOON, paper
from tests.store.scenario import DAY, HOUR, arrive, begin

SETTINGS = Settings(retention=timedelta(days=90))
LATER = NOON + 100 * DAY


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with SqliteStore.open(tmp_path / "papers.db") as opened:
        await begin(opened, paper(1), paper(2))
        await arrive(opened, paper(3, published=LATER, updated=LATER), now=LATER)
        yield opened


async def test_the_retention_of_the_settings_is_acted_on(store: SqliteStore) -> None:
    assert isinstance(store, Prunable)
    pruned = await prune_if_due(store, SETTINGS, LATER)
    assert pruned is not None
    assert pruned.papers == 2


async def test_it_is_done_once_a_day(store: SqliteStore) -> None:
    done = [
        await prune_if_due(store, SETTINGS, LATER + hours * HOUR) is not None
        for hours in (0, 1, 23, 24, 25, 48)
    ]
    assert done == [True, False, False, True, False, True]


async def test_a_clock_that_was_ahead_does_not_put_it_off(store: SqliteStore) -> None:
    await prune_if_due(store, SETTINGS, LATER + 1000 * DAY)
    assert await prune_if_due(store, SETTINGS, LATER) == Pruned()


async def test_it_is_no_poll_and_no_baseline(store: SqliteStore) -> None:
    before = await store.status(LATER)
    await prune_if_due(store, SETTINGS, LATER)
    after = await store.status(LATER)
    assert (after.polls, after.baselines, after.finds) == (
        before.polls,
        before.baselines,
        before.finds,
    )


async def test_a_store_that_keeps_everything_is_left_alone(store: SqliteStore) -> None:
    class Keeping:
        memory = store.memory

    keeping: object = Keeping()
    assert await prune_if_due(keeping, SETTINGS, LATER) is None  # type: ignore[arg-type]  # a part


async def failing(store: SqliteStore, failure: StoreError, monkeypatch: pytest.MonkeyPatch) -> None:
    async def prune(kept: timedelta, now: datetime) -> Pruned:
        raise failure

    monkeypatch.setattr(store, "prune", prune)


async def test_another_writer_postpones_it(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await failing(store, StoreError("another process is writing"), monkeypatch)
    assert await prune_if_due(store, SETTINGS, LATER) is None
    monkeypatch.undo()
    assert await prune_if_due(store, SETTINGS, LATER) is not None


async def test_fault_21_a_ledger_that_fails_under_it_is_no_small_matter(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await failing(store, DatabaseUnusable("damaged"), monkeypatch)
    with pytest.raises(DatabaseUnusable):
        await prune_if_due(store, SETTINGS, LATER)


async def test_new_papers_are_indexed_so_many_after_a_pass(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await arrive(store, *(paper(number) for number in range(10, 20)))
    monkeypatch.setattr(upkeep, "AT_ONCE", 2)
    monkeypatch.setattr(upkeep, "A_PASS", 5)
    left = []
    for _ in range(4):
        await index_some(store)
        left.append(await store.refresh(0))
    assert left == [7, 1, 0, 0]
    assert len(await store.candidates(parse("ti:study"))) == 13


async def test_how_far_indexing_has_come_is_told(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "AT_ONCE", 2)
    told: list[tuple[int, int]] = []
    assert await catch_up(store, progress=lambda *how_far: told.append(how_far)) == (0, "")
    assert told == [(2, 3), (3, 3)]


async def unable(
    store: SqliteStore,
    failure: StoreError,
    monkeypatch: pytest.MonkeyPatch,
    step: str = "refresh",
) -> None:
    work = getattr(store, step)

    async def failing(*given: Any) -> Any:
        if given[-1]:
            raise failure
        return await work(*given)

    monkeypatch.setattr(store, step, failing)


async def test_another_writer_postpones_indexing(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await unable(store, StoreError("another process is writing"), monkeypatch)
    assert await catch_up(store) == (3, "another process is writing")
    await index_some(store)
    assert "another process is writing" in "".join(capsys.readouterr())
    monkeypatch.undo()
    await index_some(store)
    assert await store.refresh(0) == 0


async def test_fault_21_a_ledger_that_fails_while_it_is_indexed_is_no_small_matter(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await unable(store, DatabaseUnusable("damaged"), monkeypatch)
    with pytest.raises(DatabaseUnusable):
        await index_some(store)


async def test_a_store_that_cannot_be_searched_is_left_alone() -> None:
    await index_some(object())  # type: ignore[arg-type]  # a store that has nothing of it


STUDY, LATTICE = parse("ti:study"), parse("ti:lattice")
PAGES = SETTINGS.model_copy(
    update={
        "pages": PagesSettings(),
        "topic": (TopicSettings(name="Study", query="ti:study", authors=("Li Wei",)),),
    }
)


async def test_new_papers_are_shelved_so_many_after_a_pass_where_there_are_pages(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await arrive(store, *(paper(number) for number in range(10, 20)))
    await catch_up(store)
    monkeypatch.setattr(upkeep, "MATCHED_AT_ONCE", 2)
    monkeypatch.setattr(upkeep, "A_PASS", 5)
    await shelve_some(store, SETTINGS)
    assert await store.places() == []
    stood = []
    for _ in range(4):
        await shelve_some(store, PAGES)
        stood.append(len(await store.places()))
    assert stood == [6, 12, 13, 13]
    assert {len(one.queries) for one in await store.places()} == {2}, "a topic's, and a person's"


async def test_shelves_are_brought_up_to_date_with_what_is_not_even_indexed(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "AT_ONCE", 2)
    monkeypatch.setattr(upkeep, "MATCHED_AT_ONCE", 2)
    told: list[tuple[int, int]] = []

    async def caught_up(*queries: Query) -> tuple[int, str]:
        told.clear()
        return await catch_up_shelves(store, queries, progress=lambda *one: told.append(one))

    assert await caught_up(STUDY) == (0, "")
    assert told == [(2, 6), (3, 6), (5, 6), (6, 6)]
    assert len(await store.shelf(STUDY.hash)) == 3
    await arrive(store, paper(4, title="On Lattices"))
    assert await caught_up(STUDY, LATTICE) == (0, "")
    assert told == [(1, 5), (2, 6), (4, 6), (6, 6)]
    assert await catch_up_shelves(store, []) == (0, "")
    assert await store.places() == []


async def test_another_writer_postpones_shelving(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patched:
        await unable(store, StoreError("another process is writing"), patched)
        assert await catch_up_shelves(store, [STUDY]) == (3, "another process is writing")
    await catch_up(store)
    with monkeypatch.context() as patched:
        await unable(store, StoreError("another process is writing"), patched, "shelve")
        assert await catch_up_shelves(store, [STUDY]) == (3, "another process is writing")
        await shelve_some(store, PAGES)
    assert "shelves.postponed" in "".join(capsys.readouterr())
    assert await catch_up_shelves(store, [STUDY]) == (0, "")


async def test_fault_21_a_ledger_that_fails_while_it_is_shelved_is_no_small_matter(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await catch_up(store)
    await unable(store, DatabaseUnusable("damaged"), monkeypatch, "shelve")
    with pytest.raises(DatabaseUnusable):
        await shelve_some(store, PAGES)


async def test_a_store_without_shelves_is_left_alone() -> None:
    await shelve_some(object(), PAGES)  # type: ignore[arg-type]  # a store that has nothing of it
