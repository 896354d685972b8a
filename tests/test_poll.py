import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from bot.core.errors import SourceUnavailable, StoreError
from bot.core.model import Detail
from bot.core.polling import Batch, Mark, PollRequest, Quarantined
from bot.poll import poll
from bot.store import SqliteStore
from tests.builders import NOON, paper
from tests.doubles import ScriptedSource

CL = frozenset({"cs.CL"})
DONE = Batch(complete=CL)
CURRENT = Batch((paper(1),), current=CL)


class FollowingSource(ScriptedSource):
    follows: Literal[True] = True


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


async def test_a_source_is_whole_where_it_asked_and_got_all(store: SqliteStore) -> None:
    whole = ScriptedSource([[Batch()]], name="whole")
    idle = ScriptedSource([[]], name="idle")
    partial = ScriptedSource([[Batch(), SourceUnavailable("gone")]], name="partial")
    follower = FollowingSource([[]], name="follower")
    results = await poll([whole, idle, partial, follower], store, scopes=CL, now=NOON, patience=1)
    told = {one.source: (one.state, one.whole_at) for one in results}
    assert told == {
        "whole": ("ok", NOON),
        "idle": ("ok", None),
        "partial": ("partial", None),
        "follower": ("ok", NOON),
    }
    assert [one.source for one in results if one.idle] == ["idle"]


async def test_a_source_that_had_nothing_to_ask_does_not_make_a_failed_poll_whole(
    store: SqliteStore,
) -> None:
    api = ScriptedSource([[DONE], [SourceUnavailable("down")]], name="api")
    oai = ScriptedSource([[Batch()], []], name="oai")
    await poll([api, oai], store, scopes=CL, now=NOON, patience=1)
    assert not (await store.head()).late
    later = NOON + timedelta(hours=3)
    await poll([api, oai], store, scopes=CL, now=later, patience=1)
    head = await store.head()
    assert (head.late, head.whole_at) == (True, NOON)
    await poll([ScriptedSource([], name="oai")], store, scopes=CL, now=later, patience=1)
    assert [one.idle for one in (await store.status(later)).polls if one.source == "oai"] == [True]


class Hanging(ScriptedSource):
    """Never ends once it has brought what is scripted."""

    async def poll(self, request: PollRequest) -> AsyncGenerator[Batch, None]:
        async with aclosing(super().poll(request)) as batches:
            async for batch in batches:
                yield batch
        await asyncio.Event().wait()


async def test_a_poll_that_does_not_end_is_given_up_and_keeps_what_it_brought(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.poll.BOUND", 0.3)
    dead, half = Hanging([[]], name="dead"), Hanging([[Batch((paper(1),))]], name="half")
    sound = ScriptedSource([[DONE]], name="sound")
    results = await poll([dead, half, sound], store, scopes=CL, now=NOON, patience=1)
    assert [one.state for one in results] == ["failed", "partial", "ok"]
    assert "had not ended" in str(results[0].error)
    assert (await store.status(NOON)).papers == 1


async def test_a_time_out_of_a_sources_own_is_a_fault_in_it(store: SqliteStore) -> None:
    source = ScriptedSource([[TimeoutError("within")]])
    (result,) = await poll([source], store, scopes=CL, now=NOON, patience=1)
    assert "a fault in the source itself: TimeoutError: within" in str(result.error)


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


async def test_a_source_that_follows_is_polled_once_all_others_have_ended(
    store: SqliteStore,
) -> None:
    told: list[str] = []

    class Telling(ScriptedSource):
        async def poll(self, request: PollRequest) -> AsyncGenerator[Batch, None]:
            told.append(f"{self.name} begins")
            async with aclosing(super().poll(request)) as batches:
                async for batch in batches:
                    yield batch
            told.append(f"{self.name} ends")

    class TellingFollower(Telling):
        follows: Literal[True] = True

    sources = [
        TellingFollower([[Batch()]], name="last"),
        Telling([[Batch(), Batch()]], name="a"),
        Telling([[Batch(), Batch(), Batch()]], name="b"),
    ]
    results = await poll(sources, store, scopes=CL, now=NOON, patience=1)
    assert told == ["a begins", "b begins", "a ends", "b ends", "last begins", "last ends"]
    assert [one.source for one in results] == ["a", "b", "last"]


async def test_a_source_that_follows_sees_what_the_others_have_just_brought(
    store: SqliteStore,
) -> None:
    feed = ScriptedSource([[Batch((paper(1, detail=Detail.FEED),))]], name="feed")
    follower = FollowingSource([[Batch((paper(1, comment="8 pages"),))], []], name="follower")
    await poll([follower, feed], store, scopes=CL, now=NOON, patience=1)
    assert follower.asked[0].memory.partial == (paper(1).id,)
    await poll([follower], store, scopes=CL, now=NOON, patience=1)
    assert follower.asked[1].memory.partial == ()


async def test_a_source_that_follows_is_polled_although_the_others_failed(
    store: SqliteStore,
) -> None:
    dead = ScriptedSource([[SourceUnavailable("gone")]], name="dead")
    follower = FollowingSource([[Batch((paper(1),))]], name="follower")
    results = await poll([dead, follower], store, scopes=CL, now=NOON, patience=1)
    assert {one.source: one.state for one in results} == {"dead": "failed", "follower": "ok"}


@pytest.mark.parametrize("ends", [[], [SourceUnavailable("at the end")]])
async def test_where_all_others_failed_what_was_announced_last_begins_a_scope(
    store: SqliteStore, ends: list[Exception]
) -> None:
    feed = ScriptedSource([[CURRENT, *ends]], name="feed")
    dead = ScriptedSource([[SourceUnavailable("gone")]], name="dead")
    follower = FollowingSource([[]], name="follower")
    await poll([dead, feed, follower], store, scopes=CL, now=NOON, patience=1)
    assert (await store.head()).baselined == CL

    later = [[replace(CURRENT, papers=(paper(1), paper(2)))]]
    feed = ScriptedSource([*later], name="feed")
    (result,) = await poll([feed], store, scopes=CL, now=NOON + timedelta(days=1), patience=1)
    assert result.announced == 1


@pytest.mark.parametrize(
    "better", [[], [Batch((paper(2),)), SourceUnavailable("half of it")]], ids=["ok", "partial"]
)
async def test_where_another_source_brought_anything_it_is_left_to_that_one(
    store: SqliteStore, better: list[Batch | Exception]
) -> None:
    feed = ScriptedSource([[CURRENT]], name="feed")
    other = ScriptedSource([better], name="other")
    await poll([feed, other], store, scopes=CL, now=NOON, patience=1)
    assert (await store.head()).baselined == frozenset()
    assert (await store.status(NOON)).papers >= 1
