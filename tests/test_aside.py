"""What is done aside leaves the event loop free, and has ended whenever its caller has."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import Parts
from bot.aside import aside
from bot.compose import compose
from bot.core.model import Paper
from bot.core.polling import Batch
from bot.core.query import Query
from bot.core.query.engine import Engine
from bot.core.rounds import Rounds
from bot.service import Service
from bot.settings import Settings, load
from bot.store import SqliteStore
from tests.builders import NOON, paper

MORNING = NOON.replace(hour=8, minute=30) + timedelta(days=1)
PATIENCE = 60
"""Seconds after which a test fails that waits for what does not come."""
CONFIG = """
database = "{folder}/papers.db"
[[topic]]
name = "Mine"
query = "{query}"
[[subscriber]]
name = "ana"
deliver_at = "08:30"
maildir = ["{folder}/ana"]
"""


class Work:
    """Work in a thread that goes on once it is let, and the order in which things happened."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._may_go_on = threading.Event()
        self.began = asyncio.Event()
        self.events: list[str] = []

    def __call__(self) -> str:
        self.events.append("began")
        self._loop.call_soon_threadsafe(self.began.set)
        assert self._may_go_on.wait(PATIENCE), "the loop does not turn"
        self.events.append("ended")
        return "done"

    def let_go_on(self) -> None:
        self._may_go_on.set()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  # some of it happens in a thread
            await asyncio.sleep(0)


async def turn(times: int = 50) -> None:
    """Let the loop turn more often than any cancellation takes to arrive."""
    for _ in range(times):
        await asyncio.sleep(0)


async def test_the_loop_turns_while_the_work_is_done() -> None:
    work = Work()
    working = asyncio.create_task(aside(work))
    await until(work.began.is_set)
    work.let_go_on()
    assert await working == "done"


async def test_what_the_work_raises_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        await aside(lambda: 1 // 0)


async def test_a_cancelled_caller_waits_for_the_work_however_often_it_is_cancelled() -> None:
    work = Work()
    working = asyncio.create_task(aside(work))
    await until(work.began.is_set)
    for _ in range(3):
        working.cancel()
        await turn()
        assert not working.done()
    work.let_go_on()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert work.events == ["began", "ended"]


async def test_what_fails_while_it_is_cancelled_has_failed() -> None:
    work = Work()

    def fail() -> None:
        work()
        raise ZeroDivisionError

    working = asyncio.create_task(aside(fail))
    await until(work.began.is_set)
    working.cancel()
    await turn()
    work.let_go_on()
    with pytest.raises(ZeroDivisionError):
        await working


def configured(folder: Path, query: str) -> Settings:
    path = folder / "daily-papers.toml"
    path.write_text(CONFIG.format(folder=folder, query=query), encoding="utf-8")
    return load(path, env={})


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    """Settings in whose ledger a paper is announced that a digest is due for."""
    settings = configured(tmp_path, "cat:cs.CL")
    async with SqliteStore.open(settings.database) as store:
        await store.sync(settings.subscriptions(), NOON)
        await store.record("test", Batch((paper(1),), complete=frozenset({"cs.CL"})), NOON)
        await store.record("test", Batch((paper(2),)), NOON)
    return settings


def wait_in_select(patch: pytest.MonkeyPatch) -> Work:
    """Let engines match only once they are let, and note each change of one after that began."""
    work, select, add, discard = Work(), Engine.select, Engine.add, Engine.discard

    def selecting(self: Engine, papers: Sequence[Paper]) -> object:
        work()
        return select(self, papers)

    def adding(self: Engine, query: Query) -> None:
        work.events += ["changed"] * bool(work.events)
        add(self, query)

    def discarding(self: Engine, query: Query) -> None:
        work.events.append("changed")
        discard(self, query)

    patch.setattr(Engine, "select", selecting)
    patch.setattr(Engine, "add", adding)
    patch.setattr(Engine, "discard", discarding)
    return work


async def test_the_loop_turns_while_queries_are_matched(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = wait_in_select(monkeypatch)
    async with SqliteStore.open(settings.database) as store:
        composing = asyncio.create_task(compose(store, settings.subscriptions(), now=MORNING))
        await until(work.began.is_set)
        assert (await store.head()).seq > 0
        work.let_go_on()
        assert await composing == 1


class Composing(Service):
    """Only composes."""

    async def _poll(self, parts: Parts, rounds: Rounds) -> None:
        rounds.since = MORNING - timedelta(days=1)  # a poll that hangs is not waited for
        await asyncio.Event().wait()

    async def _watch(self, parts: Parts, rounds: Rounds) -> None:
        await self._turn.wait()

    async def _deliver(self, parts: Parts, channel: str) -> None:
        await self._turn.wait()


def composers_being_cancelled() -> list[asyncio.Task[object]]:
    return [
        task
        for task in asyncio.all_tasks()
        if task.cancelling() and getattr(task.get_coro(), "__name__", "") == "_compose"
    ]


async def test_a_reload_changes_no_engine_that_is_matching(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = wait_in_select(monkeypatch)
    new = configured(tmp_path, "ti:study")
    service = Composing(lambda: new, clock=lambda: MORNING, tick=0.001, drain=0.0)
    running = asyncio.create_task(service.run(settings))
    await until(work.began.is_set)
    service.reload()
    await until(lambda: composers_being_cancelled() or "changed" in work.events)
    await turn()
    assert composers_being_cancelled(), "it left its match to a thread"
    work.let_go_on()
    await until(lambda: "changed" in work.events)
    service.stop()
    await running
    assert work.events[:3] == ["began", "ended", "changed"]
