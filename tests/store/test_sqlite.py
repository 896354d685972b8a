import asyncio
import resource
import sqlite3
import stat
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import DatabaseUnusable, InstanceRunning, StoreError
from bot.interfaces import Store
from bot.store import SqliteStore
from tests.builders import NOON, paper, subscription, topic
from tests.store.scenario import (
    DAY,
    MORNING,
    arrive,
    begin,
    claim,
    send_out,
    settle,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "papers.db"


@pytest.fixture
async def sqlite(path: Path) -> AsyncIterator[SqliteStore]:
    async with SqliteStore.open(path) as opened:
        yield opened


def is_a_store(store: SqliteStore) -> Store:
    """Type checking alone tells whether the class keeps the contract."""
    return store


async def ask(store: SqliteStore, sql: str) -> list[tuple[Any, ...]]:
    return await store._read(lambda db: db.execute(sql).fetchall())


async def dump(store: SqliteStore) -> list[str]:
    return await store._read(lambda db: list(db.conn.iterdump()))


async def test_the_folder_is_made_and_the_file_is_its_owners_alone(
    path: Path, sqlite: SqliteStore
) -> None:
    await arrive(sqlite, paper(1))
    for name in ("papers.db", "papers.db-wal", "papers.db.lock"):
        assert stat.S_IMODE((path.parent / name).stat().st_mode) == 0o600


async def test_commits_are_durable_and_readers_do_not_wait(sqlite: SqliteStore) -> None:
    assert await ask(sqlite, "PRAGMA journal_mode") == [("wal",)]
    assert await ask(sqlite, "PRAGMA synchronous") == [(2,)]
    assert await ask(sqlite, "PRAGMA foreign_keys") == [(1,)]


async def test_a_second_instance_refuses_to_start_under_any_name(
    path: Path, sqlite: SqliteStore
) -> None:
    alias = path.with_name("alias.db")
    alias.symlink_to(path)
    for name in (path, alias):
        with pytest.raises(InstanceRunning, match=r"papers\.db\.lock"):
            async with SqliteStore.open(name):
                pass


async def test_a_reader_sees_what_is_committed_while_the_bot_runs(
    path: Path, sqlite: SqliteStore
) -> None:
    delivery = await send_out(sqlite, 1)
    async with SqliteStore.open(path, exclusive=False) as reader:
        assert (await reader.status(MORNING)).pending == 1
        assert len(await reader.due(MORNING, everyone=True)) == 1
        await settle(sqlite, delivery, "sent")
        (row,) = await reader.deliveries("list", now=MORNING)
        assert row["state"] == "sent"


async def test_without_the_lock_deliveries_can_be_retried_and_nothing_else_written(
    path: Path, sqlite: SqliteStore
) -> None:
    delivery = await send_out(sqlite, 1)
    await settle(sqlite, delivery, "held")
    async with SqliteStore.open(path, exclusive=False) as reader:
        with pytest.raises(StoreError, match="without the instance lock"):
            await claim(reader)
        await reader.deliveries("retry", [delivery.id], now=MORNING)
    assert len(await claim(sqlite)) == 1


async def test_a_reader_finds_no_database_before_the_first_run(path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="`daily-papers run` makes it"):
        async with SqliteStore.open(path, exclusive=False):
            pass
    assert not path.parent.exists()


async def test_a_writer_that_takes_too_long_is_named_and_the_store_goes_on(
    path: Path, sqlite: SqliteStore
) -> None:
    await ask(sqlite, "PRAGMA busy_timeout = 1")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="another process is writing to it; try again"):
        await arrive(sqlite, paper(1))
    other.execute("ROLLBACK")
    other.close()
    assert (await arrive(sqlite, paper(1))).silent == 1


def damage(path: Path, first: int, last: int) -> None:
    """Overwrite a range of the file's pages."""
    content = bytearray(path.read_bytes())
    content[4096 * first : 4096 * last] = b"\xab" * 4096 * (last - first)
    path.write_bytes(content)


def write_a_list(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("a shopping list\n" * 100)


def text_of(path: Path) -> str:
    return path.read_text()


@pytest.mark.parametrize(("first", "last"), [(1, 2), (3, 30), (20, 21)])
async def test_a_damaged_file_is_refused_before_anything_is_sent(
    path: Path, first: int, last: int
) -> None:
    async with SqliteStore.open(path) as store:
        await arrive(store, *map(paper, range(200)))
    damage(path, first, last)
    with pytest.raises(DatabaseUnusable, match=r"papers\.db: .*restore its last backup"):
        async with SqliteStore.open(path):
            pass


async def test_a_file_that_is_no_database_is_refused_untouched(path: Path) -> None:
    write_a_list(path)
    with pytest.raises(DatabaseUnusable, match="no SQLite database"):
        async with SqliteStore.open(path):
            pass
    assert text_of(path).startswith("a shopping list")


async def test_the_lock_is_free_after_a_failed_opening(path: Path) -> None:
    write_a_list(path)
    for _ in range(2):
        with pytest.raises(DatabaseUnusable):
            async with SqliteStore.open(path):
                pass


async def test_a_folder_that_cannot_be_made_is_named(path: Path) -> None:
    path.parent.touch()
    with pytest.raises(DatabaseUnusable, match=r"var: the database's folder cannot be made"):
        async with SqliteStore.open(path):
            pass


async def test_a_folder_in_the_place_of_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match=f"{tmp_path}: it cannot be opened"):
        async with SqliteStore.open(tmp_path):
            pass


async def test_a_full_disk_stops_cleanly_says_so_and_resumes(path: Path) -> None:
    async with SqliteStore.open(path) as store:
        await arrive(store, paper(1))
        ((pages,),) = await ask(store, "PRAGMA page_count")
        await ask(store, f"PRAGMA max_page_count = {pages}")
        before = await dump(store)
        with pytest.raises(DatabaseUnusable, match="disk is full: make room"):
            await arrive(store, *map(paper, range(2, 500)))
    async with SqliteStore.open(path) as store:
        assert await dump(store) == before
        assert (await arrive(store, *map(paper, range(2, 500)))).silent == 498


@contextmanager
def no_file_grows() -> Iterator[None]:
    """Let every write beyond 64 KB of any file fail, as a broken disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_after_a_failed_write_the_database_is_used_no_more_until_it_is_opened_anew(
    path: Path,
) -> None:
    async with SqliteStore.open(path) as store:
        await arrive(store, paper(1))
        with no_file_grows(), pytest.raises(DatabaseUnusable, match="look at the disk"):
            await arrive(store, *map(paper, range(2, 2000)))
        with pytest.raises(DatabaseUnusable, match="look at the disk"):
            await store.status(NOON)
    async with SqliteStore.open(path) as store:
        assert (await store.status(NOON)).papers == 1


async def test_a_sync_that_changes_nothing_writes_nothing(sqlite: SqliteStore) -> None:
    everybody = [subscription(f"reader{number}") for number in range(20)]
    everybody.append(subscription(topics=(topic("All", "cat:cs.*"), topic("Maths", "cat:math.CO"))))
    await begin(sqlite, paper(1), scopes=["cs.CL", "*"])
    await sqlite.sync(everybody, NOON)
    before = await sqlite._read(lambda db: db.conn.total_changes)
    await sqlite.sync(everybody, NOON + DAY)
    assert await sqlite._read(lambda db: db.conn.total_changes) == before


async def test_a_repeated_page_rewrites_no_paper(sqlite: SqliteStore) -> None:
    page = [paper(number) for number in range(1, 50)]
    await arrive(sqlite, *page)
    before = await sqlite._read(lambda db: db.conn.total_changes)
    await arrive(sqlite, *page)
    assert await sqlite._read(lambda db: db.conn.total_changes) == before


async def test_what_the_seen_table_holds_is_not_new_even_when_its_paper_is_gone(
    sqlite: SqliteStore,
) -> None:
    await begin(sqlite)
    await sqlite._write(lambda db: db.execute("INSERT INTO seen VALUES ('2601.00001')"))
    assert (await arrive(sqlite, paper(1))).known == 1
    assert (await sqlite.head()).seq == 0


async def test_sequence_numbers_are_never_used_again(sqlite: SqliteStore) -> None:
    await begin(sqlite)
    await arrive(sqlite, paper(1), paper(2))
    await sqlite._write(lambda db: db.execute("DELETE FROM announcements"))
    assert (await sqlite.head()).seq == 2
    await arrive(sqlite, paper(3))
    assert (await sqlite.head()).seq == 3


async def test_a_cancelled_caller_leaves_a_whole_transaction(path: Path) -> None:
    papers = [paper(number) for number in range(1, 2000)]
    loop, writing, cancelled = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def hold(sql: str) -> None:
        if sql.lstrip().startswith("INSERT"):
            loop.call_soon_threadsafe(writing.set)
            cancelled.wait(60)

    async with SqliteStore.open(path) as store:
        await loop.run_in_executor(store._thread, store._db.conn.set_trace_callback, hold)
        recording = asyncio.create_task(arrive(store, *papers))
        await writing.wait()
        recording.cancel()
        cancelled.set()
        with pytest.raises(asyncio.CancelledError):
            await recording
    async with SqliteStore.open(path) as store:
        assert (await store.status(NOON)).papers in (0, len(papers))


async def test_an_opening_that_is_cancelled_gives_the_lock_back(path: Path) -> None:
    async def enter() -> None:
        async with SqliteStore.open(path):
            await asyncio.sleep(60)

    for turns in range(4):
        opening = asyncio.create_task(enter())
        for _ in range(turns):
            await asyncio.sleep(0)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
    async with SqliteStore.open(path) as store:
        assert (await store.status(NOON)).papers == 0
