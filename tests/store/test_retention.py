import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from bot.core.model import Paper
from bot.core.polling import Batch
from bot.core.standing import Pruned
from bot.store import SqliteStore, retention
from tests.builders import NOON, paper, subscription
from tests.store.faults import PAGE, size_of
from tests.store.scenario import (
    DAY,
    MORNING,
    arrive,
    begin,
    claim,
    composition,
    cursor_at,
    give,
    numbers_of,
    rows,
    send_out,
    set_out,
    settle,
    the_one_due,
)

ROOT = Path(__file__).parents[2]
KEPT = timedelta(days=60)
LATER = MORNING + timedelta(days=90)
NEW = 900
"""The number of a paper of LATER, from which retention counts."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "papers.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    async with SqliteStore.open(path) as opened:
        yield opened


def late_paper(number: int = NEW, **changes: Any) -> Paper:
    return paper(number, **({"published": LATER, "updated": LATER} | changes))


async def ask(store: SqliteStore, sql: str) -> list[Any]:
    return await store._read(lambda db: db.execute(sql).fetchall())


async def ids(store: SqliteStore, table: str = "papers", column: str = "id") -> list[str]:
    sql = f"SELECT DISTINCT {column} FROM {table} ORDER BY 1"
    return [row[0] for row in await store._read(lambda db: db.execute(sql).fetchall())]


async def numbers(store: SqliteStore) -> list[int]:
    return [int(one[5:]) for one in await ids(store) if one != f"2601.{NEW:05d}"]


async def read_all(store: SqliteStore) -> None:
    """Let the one subscription read to the end of the log."""
    due = await the_one_due(store, LATER)
    cursors = cursor_at((await store.head()).seq)
    done = composition(due, slot=LATER - DAY, next_due=LATER + 9 * DAY, cursors=cursors)
    await store.compose([done], LATER - DAY)


async def time_passes(store: SqliteStore) -> None:
    """Let everything be read, and a paper of LATER arrive."""
    await read_all(store)
    await arrive(store, late_paper(), now=LATER)


async def given_and_settled(store: SqliteStore, state: str, *papers: int) -> None:
    delivery = await send_out(store, *papers)
    await settle(store, delivery, state)


async def prune(store: SqliteStore, kept: timedelta = KEPT) -> Pruned:
    return await store.prune(kept, LATER)


@pytest.mark.parametrize("state", ["sent", "dropped"])
async def test_old_papers_go_with_all_that_hangs_on_them(store: SqliteStore, state: str) -> None:
    delivery = await send_out(store, 1, 2)
    if state == "dropped":
        await store.deliveries("drop", [delivery.id], now=MORNING)
    else:
        await settle(store, delivery, state)
    await time_passes(store)
    pruned = await prune(store)
    assert (pruned.papers, pruned.deliveries) == (2, 1)
    assert await rows(store) == []
    for table, column in (("papers", "id"), ("announcements", "paper"), ("sightings", "paper")):
        assert await ids(store, table, column) == [f"2601.{NEW:05d}"]
    assert await ids(store, "delivery_papers", "paper") == []


async def test_no_id_is_ever_forgotten(store: SqliteStore) -> None:
    await given_and_settled(store, "sent", 1, 2)
    await store.record("arxiv", Batch(elsewhere=("2601.00050",)), NOON)
    await time_passes(store)
    known = await ids(store, "seen", "paper")
    await prune(store)
    assert await ids(store, "seen", "paper") == known
    assert "2601.00050" in await ids(store, "elsewhere", "paper")


@pytest.mark.parametrize("source", ["arxiv", "another"])
async def test_what_was_pruned_and_comes_again_from_any_source_is_no_news(
    store: SqliteStore, source: str
) -> None:
    await given_and_settled(store, "sent", 1, 2)
    await time_passes(store)
    await prune(store)
    seq = (await store.head()).seq
    again = await store.record(source, Batch((paper(1), paper(2))), LATER + DAY)
    assert (again.announced, again.late, again.silent, again.revised) == (0, 0, 0, 0)
    assert (await store.head()).seq == seq


async def test_a_cross_list_of_what_was_pruned_reaches_nobody_twice(store: SqliteStore) -> None:
    await given_and_settled(store, "sent", 1)
    await time_passes(store)
    await prune(store)
    crossed = paper(1, categories=("cs.CL", "cs.LG"))
    assert (await arrive(store, crossed, now=LATER + DAY)).late == 0


async def test_a_later_version_of_what_was_pruned_is_a_revision_and_never_news(
    store: SqliteStore,
) -> None:
    await given_and_settled(store, "sent", 1)
    await time_passes(store)
    await prune(store)
    seq = (await store.head()).seq
    second = paper(1, version=2, updated=LATER)
    recorded = await arrive(store, second, now=LATER + DAY)
    assert (recorded.announced, recorded.revised) == (0, 1)
    (row,) = await store.log(seq, seq + 9)
    assert row.former is not None
    assert row.former.version == 0


async def test_a_paper_of_a_baseline_goes_when_it_is_old(store: SqliteStore) -> None:
    await begin(store, paper(1), paper(2))
    await arrive(store, late_paper(), now=LATER)
    await prune(store)
    assert await numbers(store) == []


async def test_what_is_younger_than_retention_stays(store: SqliteStore) -> None:
    await given_and_settled(store, "sent", 1, 2)
    await time_passes(store)
    assert await prune(store, timedelta(days=100)) == Pruned()
    assert await numbers(store) == [1, 2]


async def test_a_paper_stays_that_was_lately_revised(store: SqliteStore) -> None:
    await given_and_settled(store, "sent", 1, 2)
    await arrive(store, paper(2, version=2, updated=LATER - DAY), now=LATER - DAY)
    await time_passes(store)
    await prune(store)
    assert await numbers(store) == [2]


async def test_a_paper_stays_that_was_lately_announced_anywhere(store: SqliteStore) -> None:
    await begin(store, paper(1), scopes=["cs.CL", "cs.LG"])
    crossed = paper(1, categories=("cs.CL", "cs.LG"))
    assert (await arrive(store, crossed, now=LATER - DAY)).late == 1
    await arrive(store, late_paper(), now=LATER)
    await prune(store)
    assert await numbers(store) == [1]


async def test_while_a_paper_stays_it_is_known_who_was_given_it(store: SqliteStore) -> None:
    await given_and_settled(store, "sent", 1, 2)
    await arrive(store, paper(2, version=2, updated=LATER - DAY), now=LATER - DAY)
    await time_passes(store)
    pruned = await prune(store)
    assert (pruned.papers, pruned.deliveries) == (1, 0)
    due = await the_one_due(store, LATER)
    assert await give(store, due, 2, slot=LATER, now=LATER) == 0, "it was given already"


@pytest.mark.parametrize("state", ["pending", "sending", "held"])
async def test_a_paper_stays_that_a_delivery_still_needs(store: SqliteStore, state: str) -> None:
    due = await set_out(store, 1, 2)
    await give(store, due, 1, 2)
    if state != "pending":
        (delivery,) = await claim(store)
        if state == "held":
            await settle(store, delivery, "held")
    await time_passes(store)
    assert await prune(store) == Pruned()
    assert await numbers(store) == [1, 2]


async def test_a_held_delivery_goes_out_after_pruning(store: SqliteStore) -> None:
    delivery = await send_out(store, 1, 2)
    await settle(store, delivery, "held")
    await time_passes(store)
    await prune(store)
    await store.deliveries("retry", [delivery.id], now=LATER)
    (again,) = await claim(store, LATER)
    assert numbers_of(again) == [1, 2]


async def test_what_a_failed_delivery_owes_stays_until_it_was_given(store: SqliteStore) -> None:
    await given_and_settled(store, "failed", 1, 2)
    await time_passes(store)
    assert await prune(store) == Pruned()
    due = await the_one_due(store, LATER + 9 * DAY)
    assert [entry.paper.id for entry in due.returned] == ["2601.00001", "2601.00002"]


async def test_what_was_given_up_goes_and_does_not_come_back(store: SqliteStore) -> None:
    due = await set_out(store, 1)
    for day in range(4):
        slot = MORNING + day * DAY
        await give(store, due, 1, slot=slot, now=slot)
        (delivery,) = await claim(store, slot)
        await settle(store, delivery, "failed", now=slot)
    await time_passes(store)
    assert (await store.status(LATER)).quarantined
    pruned = await prune(store)
    assert (pruned.papers, pruned.deliveries) == (1, 4)
    assert (await the_one_due(store, LATER + 9 * DAY)).returned == ()
    assert (await store.status(LATER)).quarantined == ()


async def test_what_a_reader_has_not_read_stays(store: SqliteStore) -> None:
    await set_out(store, 1, 2)
    await arrive(store, late_paper(), now=LATER)
    assert await prune(store) == Pruned()
    assert await numbers(store) == [1, 2]


async def test_what_a_reader_reaches_back_for_stays(store: SqliteStore) -> None:
    await begin(store, paper(1))
    reaching = subscription(since=timedelta(days=30))
    await store.sync([reaching], NOON)
    await arrive(store, late_paper(), now=LATER)
    due = await the_one_due(store, LATER)
    ahead = cursor_at((await store.head()).seq, NOON - 30 * DAY)
    await store.compose([composition(due, slot=LATER, cursors=ahead)], LATER)
    assert await prune(store) == Pruned()


async def test_a_clock_that_runs_ahead_makes_nothing_old(store: SqliteStore) -> None:
    await given_and_settled(store, "sent", 1, 2)
    await read_all(store)
    assert await store.prune(KEPT, LATER + timedelta(days=36_500)) == Pruned()
    assert await numbers(store) == [1, 2]


async def test_a_note_without_papers_goes_when_it_is_old(store: SqliteStore) -> None:
    await given_and_settled(store, "sent", 1)
    await time_passes(store)
    await store._write(
        lambda db: db.execute("DELETE FROM delivery_papers"),
    )
    assert (await prune(store)).deliveries == 1


async def test_suspensions_are_never_forgotten(store: SqliteStore) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "failed", suspend=True, error="550 unknown")
    await arrive(store, late_paper(), now=LATER)
    await prune(store, timedelta(days=60))
    ((suspended),) = (await store.status(LATER)).suspended
    assert suspended["address"] == "ana@example.org"


async def test_pruning_changes_nothing_of_what_is_still_to_come(store: SqliteStore) -> None:
    await given_and_settled(store, "sent", 1, 2)
    await time_passes(store)
    head, due = await store.head(), await the_one_due(store, LATER + 9 * DAY)
    log = await store.log(0, head.seq, since=LATER - 30 * DAY)
    await prune(store)
    assert await store.head() == head
    assert await the_one_due(store, LATER + 9 * DAY) == due
    assert await store.log(0, head.seq, since=LATER - 30 * DAY) == log
    assert (await store.status(LATER)).highest == f"2601.{NEW:05d}"


async def fill(store: SqliteStore, count: int = 4000) -> None:
    """Make a ledger of so many old papers, with long abstracts."""
    await begin(store)
    await store.sync([subscription()], NOON)
    words = "We study a subject and report. " * 150
    await arrive(store, *(paper(number, abstract=words) for number in range(1, count + 1)))
    await arrive(store, late_paper(count + 1), now=LATER)
    await read_all(store)


async def test_others_write_while_much_is_pruned(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(store, 300)
    monkeypatch.setattr(retention, "CHUNK", 10)
    pruning = asyncio.create_task(prune(store))
    arrived = 0
    while not pruning.done():
        arrived += 1
        await arrive(store, late_paper(1000 + arrived), now=LATER)
    assert pruning.result().papers == 300
    assert arrived > 10
    assert len(await ids(store)) == arrived + 1


async def test_the_file_gets_smaller_in_steps(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "STEP", 100)
    steps = 0
    give_back = retention.give_back

    def counted(db: Database, path: Path) -> bool:
        nonlocal steps
        steps += 1
        return give_back(db, path)

    monkeypatch.setattr(retention, "give_back", counted)
    async with SqliteStore.open(path) as store:
        await fill(store)
        await store._call(store._outside, lambda db: db.execute("PRAGMA wal_checkpoint").fetchall())
        before = size_of(path)
        pruned = await prune(store)
        assert before > 20_000_000
        assert steps <= pruned.octets // PAGE // 100 + 1
        assert size_of(path) < before / 4
        assert pruned.octets == before - size_of(path)
        assert await store._read(lambda db: db.execute("PRAGMA quick_check").fetchone()) == ("ok",)


@pytest.mark.parametrize("room", [True, False])
async def test_a_file_of_an_earlier_version_gets_smaller_where_the_disk_has_room(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    room: bool,  # noqa: FBT001  # a column of the table
) -> None:
    with sqlite3.connect(path) as earlier:
        earlier.execute("PRAGMA journal_mode = WAL").fetchall()
        earlier.execute("CREATE TABLE _sqlite_migrations (id, migration_set, name, applied_at)")
    earlier.close()
    monkeypatch.setattr(retention, "_has_room", lambda db, path: room)
    async with SqliteStore.open(path) as store:
        await fill(store)
        await store._call(store._outside, lambda db: db.execute("PRAGMA wal_checkpoint").fetchall())
        before = size_of(path)
        pruned = await prune(store)
        assert (size_of(path) < before / 4) is room
        assert (pruned.octets > 0) is room
        mode = await store._read(lambda db: db.execute("PRAGMA auto_vacuum").fetchone())
        assert mode == (2 if room else 0,)


async def test_fault_18_a_disk_too_full_for_the_copy_leaves_the_file_large(
    store: SqliteStore,
) -> None:
    await fill(store, 10)

    class Full(sqlite3.Connection):
        """Refuses to copy the file, as SQLite does where there is no room for that."""

        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            if sql == "VACUUM":
                # A real refusal: no page may be added.
                super().execute("PRAGMA max_page_count = 1").fetchall()
                return super().execute("CREATE TABLE much AS SELECT randomblob(1000000)")
            if sql == "PRAGMA auto_vacuum":
                return super().execute("SELECT 0")
            return super().execute(sql, *values)

    connection = sqlite3.connect(store.path, factory=Full, isolation_level=None)
    db = await store._read(lambda db: db)
    proxy = type(db)(connection)
    assert retention.give_back(proxy, store.path) is False
    connection.close()
    assert len(await ids(store)) == 11


async def test_a_disk_has_room_for_twice_what_is_live(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(store, 10)
    ((live,),) = await store._read(
        lambda db: db.execute(
            "SELECT (page_count - freelist_count) * page_size"
            " FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
        ).fetchall()
    )
    state = os.statvfs(store.path.parent)
    for blocks, enough in ((2 * live // state.f_frsize + 1, True), (live // state.f_frsize, False)):
        numbers = [*state[:4], blocks, *state[5:]]
        monkeypatch.setattr(os, "statvfs", lambda _, n=numbers: os.statvfs_result(n))
        assert await store._read(lambda db: retention._has_room(db, store.path)) is enough


PRUNING = """
import asyncio, os, signal, sys
from tests.store.test_retention import LATER, KEPT, PULSE
from bot.store import SqliteStore, retention
retention.CHUNK, retention.STEP = 5, 20
retention.WORTH_OCTETS = 1000
left = int(sys.argv[2])
def beat():
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
async def main():
    async with SqliteStore.open(sys.argv[1]) as store:
        await store._read(lambda db: db.conn.set_progress_handler(beat, PULSE))
        await store.prune(KEPT, LATER)
asyncio.run(main())
"""
PULSE = 200
"""How many instructions of SQLite's virtual machine a beat has: a death has no clock."""
LIFETIME = 50
"""How many beats a process may live; to prune all takes over 500."""


def killed_while_pruning(path: Path, beats: int) -> bool:
    """Prune in a process that kills itself after so many beats; tell whether it came to that."""
    command = [sys.executable, "-c", PRUNING, str(path), str(beats)]
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    assert code in {0, -signal.SIGKILL}
    return code != 0


@pytest.mark.slow
async def test_killed_while_pruning_it_loses_nothing_and_goes_on_the_next_time(path: Path) -> None:
    async with SqliteStore.open(path) as store:
        await given_and_settled(store, "held", 1, 2)
        words = "We study a subject and report. " * 30
        old = [paper(number, abstract=words) for number in range(3, 800)]
        await arrive(store, *old)
        await time_passes(store)
        seen = await ids(store, "seen", "paper")
    chance, kills = random.Random(2601), 0
    while killed_while_pruning(path, chance.randint(1, LIFETIME)):
        kills += 1
        async with SqliteStore.open(path) as store:
            await check(store, seen)
    async with SqliteStore.open(path) as store:
        await check(store, seen)
        assert await numbers(store) == [1, 2]
    assert kills > 10


async def check(store: SqliteStore, seen: Sequence[str]) -> None:
    """See that no id went, nothing hangs in the air, and what is held can still be sent."""
    assert await ids(store, "seen", "paper") == seen
    checks = ("PRAGMA foreign_key_check", "PRAGMA integrity_check")
    assert [await ask(store, check) for check in checks] == [[], [("ok",)]]
    (held,) = await rows(store)
    assert (held["state"], held["papers"]) == ("held", 2)
