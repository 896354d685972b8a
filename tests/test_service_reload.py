"""A reload changes the ledger only once nothing of the new settings can fail any more."""

import asyncio
import socket
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.app import Parts
from bot.compose import compose
from bot.core.errors import StoreError
from bot.core.polling import Batch
from bot.core.refusal import Refusal
from bot.interfaces import Store
from bot.refusals import note_kept
from bot.service import Service
from bot.settings import Settings, load
from bot.store import SqliteStore, connection
from tests.builders import NOON, paper

CONFIG = """
database = "{folder}/papers.db"
{metrics}
[[topic]]
name = "Mine"
query = "{query}"
[[subscriber]]
name = "{reader}"
deliver_at = "08:30"
days = ["mon"]
maildir = ["{folder}/{reader}"]
"""
OLD, NEW, BROKEN = "cat:cs.CL", "cat:cs.CL AND ti:x", "cat:cs.CL AND OR"
NOW = NOON + timedelta(days=7)
KEPT = ([2], 1)
"""Ana's cursor where her digest left it, and the digest, still to be sent."""


def configured(folder: Path, query: str, port: int | None = None, reader: str = "ana") -> Settings:
    path = folder / "daily-papers.toml"
    metrics = "" if port is None else f"[metrics]\nport = {port}"
    text = CONFIG.format(folder=folder, query=query, metrics=metrics, reader=reader)
    path.write_text(text, encoding="utf-8")
    return load(path, env={})


@pytest.fixture
async def old(tmp_path: Path) -> Settings:
    """Settings with whose ledger a digest is pending, and a paper came after it."""
    settings = configured(tmp_path, OLD)
    async with SqliteStore.open(settings.database) as store:
        await store.sync(settings.subscriptions(), NOON)
        await store.record("test", Batch((paper(1),), complete=frozenset({"cs.CL"})), NOON)
        await store.record("test", Batch((paper(2),)), NOON)
        assert await compose(store, settings.subscriptions(), now=NOW) == 1
        await store.record("test", Batch((paper(3),)), NOW)
    return settings


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


Step = Callable[["Scripted"], None]


def _nothing(_service: "Scripted") -> None:
    """Go on with what was read meanwhile."""


class Scripted(Service):
    """Makes one step in each generation, and notes with what query and ledger that began."""

    def __init__(self, *read: Settings, steps: Sequence[Step]) -> None:
        files = iter(read)
        super().__init__(lambda: next(files), clock=lambda: NOW, tick=0.01)
        self._steps = iter(steps)
        self.queries: list[str | None] = []
        self.refused: tuple[Refusal, ...] = ()
        self.ledgers: list[tuple[list[int], int]] = []

    async def _serve(self, parts: Parts) -> None:
        (due,) = await parts.store.due(NOW, everyone=True)
        cursors = [one.seq for one in due.cursors.values()]
        self.ledgers.append((cursors, (await parts.store.status(NOW)).pending))
        self.queries.append(parts.settings.topic[0].query)
        self.refused = parts.settings.refused
        next(self._steps)(self)


@pytest.mark.parametrize("reader", ["ana", "ben"])
async def test_settings_whose_port_is_taken_change_no_cursor_and_no_delivery(
    reader: str, old: Settings, tmp_path: Path, taken: int
) -> None:
    new = configured(tmp_path, NEW, taken, reader)
    service = Scripted(new, steps=[Service.reload, Service.stop])
    with capture_logs() as logs:
        await service.run(old)
    assert "configuration.unusable" in [line["event"] for line in logs]
    assert service.queries == [OLD, OLD]
    assert service.ledgers == [KEPT, KEPT]


def meanwhile(patch: pytest.MonkeyPatch, react: Callable[[Settings], object]) -> None:
    """Let something happen while parts are assembled: of what may fail, the last but one."""

    async def noted(store: Store, settings: Settings, now: datetime) -> None:
        react(settings)
        await note_kept(store, settings, now)

    patch.setattr("bot.app.note_kept", noted)


async def test_what_cannot_be_remembered_of_settings_changes_no_cursor_and_no_delivery(
    old: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = configured(tmp_path, NEW, reader="ben")

    def fail(settings: Settings) -> None:
        if settings.topic == new.topic:
            raise StoreError("it cannot be written")

    meanwhile(monkeypatch, fail)
    service = Scripted(new, steps=[Service.reload, Service.stop])
    await service.run(old)
    assert service.queries == [OLD, OLD]
    assert service.ledgers == [KEPT, KEPT]


async def test_a_ledger_that_another_process_keeps_busy_is_waited_for(
    old: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.01)
    other = sqlite3.connect(old.database, isolation_level=None)

    def read_while_locked(service: Scripted) -> None:
        other.execute("BEGIN IMMEDIATE")
        service.reload()

    service = Scripted(configured(tmp_path, NEW), steps=[read_while_locked, Service.stop])
    with capture_logs() as logs:
        running = asyncio.create_task(service.run(old))
        while "service.waiting" not in [line["event"] for line in logs]:
            assert not running.done()
            await asyncio.sleep(0.01)
        other.close()
        await running
    assert "configuration.unusable" not in [line["event"] for line in logs]
    assert service.queries == [OLD, NEW]


@pytest.mark.parametrize(
    ("failures", "kept"), [([], [NEW, NEW]), ([StoreError("it cannot be written")], [OLD])]
)
async def test_a_broken_query_stays_as_the_reload_left_it_that_was_still_being_taken_up(
    failures: list[StoreError],
    kept: list[str],
    old: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    new, broken = configured(tmp_path, NEW), configured(tmp_path, BROKEN)
    steps: list[Step] = [Service.reload, *[_nothing] * (len(kept) - 1), Service.stop]
    service = Scripted(new, broken, steps=steps)

    def read_again(settings: Settings) -> None:
        if settings.refused or settings.topic != new.topic:
            return
        service.reload()
        for failure in failures:
            raise failure

    meanwhile(monkeypatch, read_again)
    await service.run(old)
    assert service.queries == [OLD, *kept]
    assert [one.stays for one in service.refused] == [True]
