import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import DeliveryId, Outcome
from bot.core.polling import Batch, Mark, PollResult, Quarantined
from bot.store import SqliteStore
from tests.builders import NOON, paper, subscription, topic
from tests.store.scenario import DAY, MORNING, arrive, begin, claim, composition, give


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with SqliteStore.open(tmp_path / "papers.db") as opened:
        yield opened


async def dump(store: SqliteStore) -> list[str]:
    return await store._read(lambda db: list(db.conn.iterdump()))


class Crash(Exception):  # it is one
    """The process ends here."""


class CrashingConnection:
    """A connection whose statement number `left` (from 0) is never run, like all after it."""

    def __init__(self, connection: sqlite3.Connection, left: int) -> None:
        self._connection = connection
        self._left = left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        self._count(sql)
        return self._connection.execute(sql, *values)

    def executemany(self, sql: str, rows: Any) -> sqlite3.Cursor:
        """Run what a crash cuts in the middle: the first row, then nothing."""
        rows = iter(list(rows))
        first = next(rows, None)
        if first is not None:
            self._connection.execute(sql, first)
        self._count(sql)
        return self._connection.executemany(sql, rows)

    def _count(self, sql: str) -> None:
        if sql != "ROLLBACK":
            if self._left == 0:
                raise Crash
            self._left -= 1


async def record_much(store: SqliteStore) -> None:
    batch = Batch(
        (paper(1, version=2, categories=("cs.CL", "cs.LG")), paper(5), paper(6)),
        (Quarantined("2601.00007", "no title"), Quarantined("2601.00008", "no id")),
        (Mark("cs.CL", "a", "1", NOON), Mark("cs.CL", "b", "2", NOON)),
        frozenset({"cs.LG", "*"}),
    )
    await store.record("arxiv", batch, MORNING)


async def sync_much(store: SqliteStore) -> None:
    moved = subscription("bo", topics=(topic("Vision", "cat:cs.CV"), topic()))
    await store.sync([moved, subscription("cy"), subscription("di")], MORNING)


async def compose_much(store: SqliteStore) -> None:
    due = await store.due(MORNING, everyone=True)
    slot = MORNING + DAY
    await store.compose([composition(one, 1, 2, 3, slot=slot) for one in due], MORNING)


async def claim_all(store: SqliteStore) -> None:
    await claim(store, MORNING + DAY)


async def settle_all(store: SqliteStore) -> None:
    done = [
        Outcome(DeliveryId(1), "failed", "550", suspend=True),
        Outcome(DeliveryId(2), "retry", "451", MORNING, pause_until=MORNING + DAY),
    ]
    await store.settle(done, MORNING)


async def note_a_poll(store: SqliteStore) -> None:
    await store.polled(PollResult("arxiv", "ok", MORNING))


async def retry_all(store: SqliteStore) -> None:
    await store.deliveries("retry", [DeliveryId(3), DeliveryId(2)], now=MORNING)


async def drop_all(store: SqliteStore) -> None:
    await store.deliveries("drop", [DeliveryId(1), DeliveryId(2), DeliveryId(3)], now=MORNING)


async def prepare(store: SqliteStore) -> None:
    """Make a ledger that holds something for every step to change."""
    await begin(store, scopes=["cs.CL"])
    await store.sync([subscription("ana"), subscription("bo")], NOON)
    unpolled = Batch(marks=(Mark("*", "c", "3", NOON),), complete=frozenset({"*"}))
    await store.record("arxiv", unpolled, NOON)
    await arrive(store, *map(paper, range(1, 5)))
    ana, bo = await store.due(MORNING, everyone=True)
    await store.compose([composition(ana, 1), composition(bo, 1)], MORNING)
    await give(store, ana, 2, slot=MORNING + DAY / 2)
    await give(store, bo, 3, slot=MORNING + 3 * DAY, now=MORNING + 3 * DAY)
    await claim(store, MORNING)
    await store.settle([Outcome(DeliveryId(3), "failed", "552")], MORNING)


@pytest.mark.parametrize(
    "step",
    [
        record_much,
        sync_much,
        compose_much,
        claim_all,
        settle_all,
        note_a_poll,
        retry_all,
        drop_all,
    ],
)
async def test_a_crash_before_any_statement_leaves_nothing_half_written(
    sqlite: SqliteStore, step: Callable[[SqliteStore], Awaitable[None]]
) -> None:
    await prepare(sqlite)
    before = await dump(sqlite)
    connection = sqlite._db.conn
    for statements in range(200):
        sqlite._db.conn = CrashingConnection(connection, statements)  # type: ignore[assignment]  # a proxy
        try:
            await step(sqlite)
        except Crash:
            sqlite._db.conn = connection
            assert await dump(sqlite) == before
        else:
            break
    sqlite._db.conn = connection
    assert statements > 2
    assert await dump(sqlite) != before


async def test_an_interruption_inside_a_statement_leaves_nothing_half_written(
    sqlite: SqliteStore,
) -> None:
    await prepare(sqlite)
    before = await dump(sqlite)
    interrupted = 0
    for operations in range(10, 20_000, 97):
        await interrupt_after(sqlite, operations)
        try:
            await compose_much(sqlite)
        except sqlite3.OperationalError:
            interrupted += 1
            await interrupt_after(sqlite, None)
            assert await dump(sqlite) == before
        else:
            break
    await interrupt_after(sqlite, None)
    assert interrupted > 5
    assert len(await dump(sqlite)) > len(before)


async def interrupt_after(store: SqliteStore, operations: int | None) -> None:
    """Let SQLite stop once, after so many steps of its virtual machine, or never."""
    answers = chain(repeat(0, operations or 0), [operations is not None], repeat(0))
    handler = store._db.conn.set_progress_handler
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(store._thread, handler, partial(next, answers), 1)
