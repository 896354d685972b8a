"""What a disk can do to the ledger while it is in use, for real: it stops, says so, and resumes.

The numbers are those of the table of faults that deliveries must stand.
"""

import asyncio
import re
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import DatabaseUnusable, InstanceRunning, StoreError
from bot.core.model import DeliveryId, Outcome
from bot.core.polling import Batch, Mark, PollResult
from bot.store import SqliteStore
from tests.builders import NOON, paper, subscription
from tests.store.faults import PAGE, damage, no_file_grows, octets_of, overwrite, remove
from tests.store.scenario import DAY, MORNING, arrive, begin, claim, composition, rows, send_out

Step = Callable[[SqliteStore], Awaitable[Any]]
WIDE = "We study a subject and report. " * 200


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "papers.db"


@pytest.fixture
async def sqlite(path: Path) -> AsyncIterator[SqliteStore]:
    async with SqliteStore.open(path) as opened:
        yield opened


async def dump(store: SqliteStore) -> list[str]:
    return await store._read(lambda db: list(db.conn.iterdump()))


async def ask(store: SqliteStore, sql: str) -> list[tuple[Any, ...]]:
    return await store._read(lambda db: db.execute(sql).fetchall())


async def pragma(store: SqliteStore, words: str) -> Any:
    asked = f"PRAGMA {words}"
    found = await store._call(store._outside, lambda db: db.execute(asked).fetchall())
    return found[0][0] if found else None


async def prepare(store: SqliteStore) -> None:
    """Make a ledger with something to poll, compose, claim and settle."""
    await begin(store)
    readers = [subscription(f"reader{number}") for number in range(20)]
    await store.sync([subscription("ana"), *readers], NOON)
    await arrive(store, *map(paper, range(1, 9)))
    ana, *_ = await store.due(MORNING, everyone=True)
    await store.compose([composition(ana, 1)], MORNING)
    await claim(store)
    # Nothing is free then, and nothing waits to be brought in.
    await pragma(store, "incremental_vacuum")
    await pragma(store, "wal_checkpoint(TRUNCATE)")


async def record_much(store: SqliteStore) -> None:
    marks = tuple(Mark("cs.CL", f"day-{day}", "1", NOON) for day in range(50))
    await store.record(
        "arxiv", Batch(tuple(paper(n, abstract=WIDE) for n in range(9, 60)), marks=marks), MORNING
    )


async def sync_much(store: SqliteStore) -> None:
    await store.sync([subscription(f"reader{number}") for number in range(400)], MORNING)


async def compose_much(store: SqliteStore) -> None:
    due = await store.due(MORNING, everyone=True)
    slot = MORNING + DAY
    await store.compose([composition(one, *range(2, 9), slot=slot) for one in due], MORNING)


async def settle_much(store: SqliteStore) -> None:
    await store.settle([Outcome(DeliveryId(1), "retry", WIDE * 3, MORNING)], MORNING)


async def note_polls(store: SqliteStore) -> None:
    await store.polled(PollResult("arxiv", "failed", MORNING, error=WIDE * 3))


async def claim_much(store: SqliteStore) -> None:
    await claim(store, MORNING + DAY)


async def done(store: SqliteStore, step: Step) -> bool:
    """Take a step in a process of its own, which must claim anew what it settles."""
    if step is settle_much:
        await claim(store)
    before = await dump(store)
    await step(store)
    return await dump(store) != before


STEPS: list[Step] = [record_much, sync_much, compose_much, settle_much, note_polls]


@pytest.mark.parametrize("step", STEPS)
async def test_fault_18_a_full_disk_stops_each_step_whole_and_it_is_done_once_there_is_room(
    path: Path, step: Step
) -> None:
    async with SqliteStore.open(path) as store:
        await prepare(store)
        before = await dump(store)
        await pragma(store, f"max_page_count = {await pragma(store, 'page_count')}")
        with pytest.raises(DatabaseUnusable, match=rf"{path}: the disk is full: make room"):
            await step(store)
        with pytest.raises(DatabaseUnusable, match="make room"):
            await store.status(NOON)
    async with SqliteStore.open(path) as store:
        assert await dump(store) == before
        assert await done(store, step)


@pytest.mark.parametrize("step", [*STEPS, claim_much])
async def test_fault_19_a_write_that_fails_stops_each_step_whole_and_it_is_done_by_the_next_start(
    path: Path, step: Step
) -> None:
    async with SqliteStore.open(path) as store:
        await prepare(store)
        before = await dump(store)
        with no_file_grows(PAGE), pytest.raises(DatabaseUnusable, match=f"{path}: .* at the disk"):
            await step(store)
        with pytest.raises(DatabaseUnusable, match="at the disk"):
            await store.settle([], MORNING)
    async with SqliteStore.open(path) as store:
        assert await dump(store) == before
        assert await done(store, step)


async def test_fault_19_a_disk_that_fails_as_the_ledger_is_closed_loses_nothing(
    path: Path,
) -> None:
    async with SqliteStore.open(path) as store:
        await arrive(store, *(paper(number, abstract=WIDE) for number in range(1, 40)))
        before = await dump(store)
        limit = no_file_grows(PAGE)
        limit.__enter__()
    limit.__exit__(None, None, None)
    async with SqliteStore.open(path) as store:
        assert await dump(store) == before


async def test_fault_19_a_disk_that_fails_at_the_start_is_named(path: Path) -> None:
    with no_file_grows(100), pytest.raises(DatabaseUnusable, match=f"{path}: .* at the disk"):
        async with SqliteStore.open(path):
            pass
    async with SqliteStore.open(path) as store:
        assert (await store.status(NOON)).papers == 0


async def page_of(store: SqliteStore, table: str) -> int:
    """Tell a page, counted from 0, that holds rows of a table: its root."""
    sql = "SELECT rootpage FROM sqlite_master WHERE name = ?"
    return int(await store._read(lambda db: db.execute(sql, (table,)).fetchone()[0])) - 1


@pytest.mark.parametrize(
    ("table", "step"),
    [
        ("seen", record_much),
        ("papers", record_much),
        ("subscriptions", lambda store: store.due(MORNING, everyone=True)),
        ("announcements", lambda store: store.log(0, 99)),
        ("deliveries", settle_much),
        ("delivery_papers", lambda store: claim(store, MORNING + DAY)),
        ("polls", lambda store: store.status(NOON)),
    ],
)
async def test_fault_21_damage_met_while_running_stops_everything_and_names_the_cure(
    path: Path, table: str, step: Step
) -> None:
    async with SqliteStore.open(path) as store:
        await prepare(store)
        page = await page_of(store, table)
    # As a process finds it whose disk goes bad after its start, in a file larger than its memory.
    async with SqliteStore.open(path) as store:
        await pragma(store, "shrink_memory")
        damage(path, page, page + 1)
        with pytest.raises(DatabaseUnusable, match=rf"{path}: .*stop the bot and restore its last"):
            await step(store)
        with pytest.raises(DatabaseUnusable, match="restore its last backup"):
            await store.head()
    with pytest.raises(DatabaseUnusable, match="restore its last backup"):
        async with SqliteStore.open(path):
            pass


async def test_fault_21_text_that_is_none_is_damage(path: Path) -> None:
    async with SqliteStore.open(path) as store:
        await begin(store)
        await arrive(store, paper(1, title="Rotten from within"))
        await pragma(store, "wal_checkpoint(TRUNCATE)")
    content = octets_of(path)
    overwrite(path, content.replace(b"Rotten from within", b"\xff\xfetten from within"))
    async with SqliteStore.open(path) as store:
        with pytest.raises(DatabaseUnusable, match="restore its last backup"):
            await store.log(0, 9)


COMMITTING = """
import asyncio, os, signal, sys
from bot.store import SqliteStore
from tests.builders import paper
from tests.store.scenario import arrive
async def main():
    async with SqliteStore.open(sys.argv[1]) as store:
        for number in range(1, 60):
            await arrive(store, paper(number))
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.999])
async def test_fault_21_a_damaged_log_leaves_the_ledger_at_an_earlier_commit(
    path: Path, share: float
) -> None:
    """SQLite takes a page of the log that does not add up for the end of it, as after a crash."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", COMMITTING, str(path)],
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == -9
    log = Path(f"{path}-wal")
    content = bytearray(octets_of(log))
    at = max(100, int(len(content) * share))
    content[at : at + 64] = b"\xab" * 64
    overwrite(log, bytes(content))
    async with SqliteStore.open(path) as store:
        known = [row[0] for row in await ask(store, "SELECT paper FROM seen ORDER BY paper")]
        assert known == [paper(number).id for number in range(1, len(known) + 1)]
        assert await ask(store, "PRAGMA integrity_check") == [("ok",)]
        assert (await arrive(store, *map(paper, range(1, 60)))).silent == 59 - len(known)


@pytest.mark.parametrize("what", ["removed", "replaced", "its log removed", "its folder renamed"])
async def test_fault_19_a_database_that_is_taken_away_while_running_stops_it(
    path: Path, tmp_path: Path, what: str
) -> None:
    folder = tmp_path / "var"
    path = folder / path.name
    async with SqliteStore.open(path) as store:
        await arrive(store, paper(1))
        match what:
            case "removed":
                remove(path)
            case "replaced":
                path.rename(tmp_path / "old.db")
                overwrite(path)
            case "its log removed":
                remove(f"{path}-wal")
            case _:
                folder.rename(tmp_path / "elsewhere")
        for _ in range(2):
            with pytest.raises(DatabaseUnusable, match=f"{path}: .* removed or replaced while"):
                await arrive(store, paper(2))


async def test_fault_20_a_second_instance_refuses_and_the_first_goes_on(
    path: Path, sqlite: SqliteStore
) -> None:
    with pytest.raises(InstanceRunning, match=re.escape(str(path))):
        async with SqliteStore.open(path):
            pass
    assert (await arrive(sqlite, paper(1))).silent == 1


async def test_fault_20_a_locked_database_is_waited_for_and_then_named(
    path: Path, sqlite: SqliteStore
) -> None:
    assert (await ask(sqlite, "PRAGMA busy_timeout"))[0][0] >= 1000
    await pragma(sqlite, "busy_timeout = 60000")
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(arrive(sqlite, paper(1)))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    other.execute("ROLLBACK")
    assert (await waiting).silent == 1
    await pragma(sqlite, "busy_timeout = 1")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="another process is writing to it; try again"):
        await arrive(sqlite, paper(2))
    other.execute("ROLLBACK")
    other.close()


KILLED_BEFORE_COMMIT = """
import asyncio, os, signal, sys
from bot.store import SqliteStore
from tests.store.test_faults import {step}
async def main():
    async with SqliteStore.open(sys.argv[1]) as store:
        class Dying(type(store._db)):
            def commit(self):
                os.kill(os.getpid(), signal.SIGKILL)
        store._db.__class__ = Dying
        await {step}(store)
asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("step", [record_much, compose_much, settle_much])
async def test_fault_15_killed_before_a_commit_nothing_of_it_is_there(
    path: Path, step: Callable[..., Any]
) -> None:
    async with SqliteStore.open(path) as store:
        await prepare(store)
        before = await dump(store)
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", KILLED_BEFORE_COMMIT.format(step=step.__name__), str(path)],
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == -9
    async with SqliteStore.open(path) as store:
        assert await dump(store) == before


KILLED_AFTER_COMMIT = """
import asyncio, os, signal, sys
from bot.store import SqliteStore
from tests.store.test_faults import compose_much
async def main():
    async with SqliteStore.open(sys.argv[1]) as store:
        await compose_much(store)
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


async def test_fault_16_killed_after_a_commit_all_of_it_is_sent_by_the_next_start(
    path: Path,
) -> None:
    async with SqliteStore.open(path) as store:
        await prepare(store)
    command = [sys.executable, "-c", KILLED_AFTER_COMMIT, str(path)]
    root = Path(__file__).parents[2]
    killed = await asyncio.to_thread(subprocess.run, command, check=False, cwd=root)
    assert killed.returncode == -9
    async with SqliteStore.open(path) as store:
        # What the first process had claimed may have gone; of the others nobody knows yet.
        claimed = await claim(store, MORNING + DAY)
        assert [one.again for one in claimed] == [True] + [False] * 21
        assert {len(one.entries) for one in claimed if not one.again} == {7}


async def test_fault_17_what_was_under_way_when_its_process_died_is_uncertain(path: Path) -> None:
    async with SqliteStore.open(path) as store:
        delivery = await send_out(store, 1)
    async with SqliteStore.open(path) as store:
        (again,) = await claim(store)
        assert (again.key, again.again) == (delivery.key, True)
        assert [row["uncertain"] for row in await rows(store)] == [1]
