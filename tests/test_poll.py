from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.errors import SourceUnavailable, StoreError
from bot.core.polling import Batch, Mark, PollRequest, Quarantined
from bot.poll import poll
from bot.store import SqliteStore
from tests.builders import NOON, paper
from tests.doubles import ScriptedSource

CL = frozenset({"cs.CL"})
DONE = Batch(complete=CL)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with SqliteStore.open(tmp_path / "daily-papers.db") as opened:
        yield opened


async def test_the_first_whole_poll_sets_a_silent_baseline(store: SqliteStore) -> None:
    source = ScriptedSource([[Batch((paper(1), paper(2))), DONE]])
    (result,) = await poll([source], store, scopes=CL, now=NOON, patience=1)
    assert (result.state, result.received, result.announced) == ("ok", 2, 0)
    assert (await store.head()).baselined == CL


async def test_after_the_baseline_an_unknown_id_above_it_is_announced(store: SqliteStore) -> None:
    source = ScriptedSource([[Batch((paper(1),)), DONE], [Batch((paper(1), paper(2)))]])
    await poll([source], store, scopes=CL, now=NOON, patience=1)
    (result,) = await poll([source], store, scopes=CL, now=NOON + timedelta(days=1), patience=1)
    assert result.announced == 1
    rows = await store.log(0, (await store.head()).seq)
    assert [row.paper.id for row in rows] == [paper(2).id]


async def test_a_source_is_given_back_its_own_marks(store: SqliteStore) -> None:
    mark = Mark("cs.CL", "2026-01-04", "17", NOON)
    source = ScriptedSource([[Batch(marks=(mark,))], []])
    other = ScriptedSource([[], []], name="other")
    for _ in range(2):
        await poll([source, other], store, scopes=CL, now=NOON, patience=9)
    assert [request.marks for request in source.asked] == [(), (mark,)]
    assert [request.marks for request in other.asked] == [(), ()]
    assert {request.patience for request in source.asked + other.asked} == {9}


async def test_a_failing_source_keeps_what_it_brought_and_stops_only_itself(
    store: SqliteStore,
) -> None:
    failing = ScriptedSource([[Batch((paper(1),)), SourceUnavailable("HTTP 503")]], name="failing")
    dead = ScriptedSource([[SourceUnavailable("connection refused")]], name="dead")
    broken = ScriptedSource([[ZeroDivisionError("oh")]], name="broken")
    healthy = ScriptedSource([[Batch((paper(2),)), DONE]], name="healthy")
    results = await poll([failing, dead, broken, healthy], store, scopes=CL, now=NOON, patience=1)
    assert {one.source: one.state for one in results} == {
        "failing": "partial",
        "dead": "failed",
        "broken": "failed",
        "healthy": "ok",
    }
    noted = {one.source: one for one in (await store.status(NOON)).polls}
    assert noted["failing"].error == "HTTP 503"
    assert "ZeroDivisionError" in str(noted["broken"].error)
    assert (await store.status(NOON)).papers == 2


async def test_what_could_not_be_read_is_quarantined_and_shown(store: SqliteStore) -> None:
    batch = Batch((paper(1),), quarantined=(Quarantined("2601.00009", "no title"),))
    await poll([ScriptedSource([[batch]])], store, scopes=CL, now=NOON, patience=1)
    (row,) = (await store.status(NOON)).quarantined
    assert (row["id"], row["error"]) == ("2601.00009", "no title")


async def test_a_failing_ledger_ends_the_poll(store: SqliteStore) -> None:
    source = ScriptedSource([[Batch((paper(1),)), StoreError("disk full")]])
    with pytest.raises(StoreError, match="disk full"):
        await poll([source], store, scopes=CL, now=NOON, patience=1)


async def test_a_source_is_closed_when_its_poll_is_abandoned(store: SqliteStore) -> None:
    closed = []

    class Careful(ScriptedSource):
        async def poll(self, request: PollRequest) -> AsyncGenerator[Batch, None]:
            try:
                async with aclosing(super().poll(request)) as batches:
                    async for batch in batches:
                        yield batch
            finally:
                closed.append(self.name)

    source = Careful([[SourceUnavailable("gone")]])
    await poll([source], store, scopes=CL, now=NOON, patience=1)
    assert closed == ["scripted"]
