import asyncio
import fcntl
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import DatabaseUnusable, StoreError
from bot.store import SqliteStore, backup
from bot.store.backup import back_up
from tests.builders import NOON, paper
from tests.store.faults import damage, mode_of, no_file_grows, octets_of, overwrite, size_of
from tests.store.scenario import MORNING, arrive, begin, claim, send_out

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "papers.db"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copies" / "papers.bak"


@pytest.fixture
async def sqlite(path: Path, copy: Path) -> AsyncIterator[SqliteStore]:
    copy.parent.mkdir()
    async with SqliteStore.open(path) as opened:
        yield opened


async def dump(store: SqliteStore) -> list[str]:
    return await store._read(lambda db: list(db.conn.iterdump()))


def content(file: Path) -> list[str]:
    with sqlite3.connect(f"{file.as_uri()}?immutable=1", uri=True) as connection:
        found = list(connection.iterdump())
    connection.close()
    return found


async def test_a_backup_of_a_running_bot_holds_all_that_was_committed(
    path: Path, copy: Path, sqlite: SqliteStore
) -> None:
    await send_out(sqlite, 1, 2)
    assert back_up(path, copy) == size_of(copy)
    assert content(copy) == await dump(sqlite)


async def test_a_backup_is_one_file_that_only_its_owner_can_read(
    path: Path, copy: Path, sqlite: SqliteStore
) -> None:
    await arrive(sqlite, paper(1))
    before = os.umask(0)
    try:
        back_up(path, copy)
    finally:
        os.umask(before)
    assert [one.name for one in copy.parent.iterdir()] == [copy.name]
    assert mode_of(copy) == 0o600


async def test_a_backup_opens_as_a_database_of_its_own(
    path: Path, copy: Path, sqlite: SqliteStore
) -> None:
    delivery = await send_out(sqlite, 1, 2)
    back_up(path, copy)
    async with SqliteStore.open(copy) as restored:
        (again,) = await claim(restored)
    assert (again.key, again.entries) == (delivery.key, delivery.entries)
    assert again.again, "it may have been accepted before the backup was restored"


async def test_what_is_written_meanwhile_neither_waits_nor_comes_into_the_copy(
    path: Path, copy: Path, sqlite: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await arrive(sqlite, *map(paper, range(1, 200)))
    before = await dump(sqlite)
    writer = sqlite3.connect(path, timeout=0, isolation_level=None)
    seen: list[int] = []

    class Source(sqlite3.Connection):
        def backup(self, target: sqlite3.Connection, **more: Any) -> None:
            def progress(*counts: int) -> None:
                writer.execute("INSERT INTO seen VALUES (?)", (f"2602.{len(seen):05d}",))
                seen.append(counts[1])
                more["progress"](*counts)

            super().backup(target, **(more | {"progress": progress}))

    monkeypatch.setattr(backup, "PAGES", 2)
    connect = partial(sqlite3.connect, factory=Source)
    monkeypatch.setattr(sqlite3, "connect", connect)
    back_up(path, copy)
    monkeypatch.undo()
    writer.close()
    assert len(seen) > 10
    assert seen == sorted(seen, reverse=True), "the copying began anew"
    assert content(copy) == before


async def test_a_backup_replaces_an_earlier_one(
    path: Path, copy: Path, sqlite: SqliteStore
) -> None:
    for number in (1, 2):
        await arrive(sqlite, paper(number))
        back_up(path, copy)
        assert content(copy) == await dump(sqlite)


async def test_an_empty_file_is_filled(path: Path, copy: Path, sqlite: SqliteStore) -> None:
    overwrite(copy)
    assert back_up(path, copy) > 0


@pytest.mark.parametrize(
    "kind", ["a text", "a short text", "another program's", "in use", "a broken copy"]
)
async def test_nothing_but_a_backup_is_replaced(
    path: Path, copy: Path, sqlite: SqliteStore, kind: str
) -> None:
    if kind.endswith("text"):
        overwrite(copy, b"a shopping list\n" * (1 if "short" in kind else 100))
    elif kind == "a broken copy":
        back_up(path, copy)
        overwrite(copy, octets_of(copy)[:60] + bytes(5000))
    elif kind == "in use":
        async with SqliteStore.open(copy) as other:
            await arrive(other, paper(7))
    else:
        with sqlite3.connect(copy) as other_program:
            other_program.execute("CREATE TABLE photos (id)")
        other_program.close()
    before = octets_of(copy)
    with pytest.raises(StoreError, match="is no backup of Daily Papers, so it was left alone"):
        back_up(path, copy)
    assert octets_of(copy) == before


@pytest.mark.parametrize("end", ["", "-wal", "-shm", ".lock"])
async def test_the_database_itself_is_never_a_target(
    path: Path, sqlite: SqliteStore, tmp_path: Path, end: str
) -> None:
    alias = tmp_path / "alias"
    alias.symlink_to(f"{path}{end}")
    for target in (Path(f"{path}{end}"), alias):
        with pytest.raises(StoreError, match="the database itself lies there"):
            back_up(path, target)


@pytest.mark.parametrize("target", ["/dev/null", "."])
async def test_what_is_no_ordinary_file_is_left_alone(
    path: Path, sqlite: SqliteStore, target: str
) -> None:
    with pytest.raises(StoreError, match="no ordinary file"):
        back_up(path, Path(target))


async def test_a_target_that_cannot_be_written_is_named(
    path: Path, copy: Path, sqlite: SqliteStore
) -> None:
    missing = copy.parent / "nowhere" / "papers.bak"
    with pytest.raises(StoreError, match=f"{missing}: the backup was not made: No such file"):
        back_up(path, missing)


async def test_before_the_first_run_there_is_nothing_to_copy(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="`daily-papers run` makes it"):
        back_up(tmp_path / "papers.db", tmp_path / "copy")
    (tmp_path / "papers.db").touch()
    with pytest.raises(StoreError, match="nothing in it yet"):
        back_up(tmp_path / "papers.db", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


async def test_another_programs_database_is_not_copied(tmp_path: Path) -> None:
    path = tmp_path / "photos.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE photos (id)")
    connection.close()
    with pytest.raises(DatabaseUnusable, match="belongs to another program"):
        back_up(path, tmp_path / "copy")


async def test_fault_21_a_damaged_database_is_not_copied_over_its_last_backup(
    path: Path, copy: Path
) -> None:
    copy.parent.mkdir()
    async with SqliteStore.open(path) as store:
        await arrive(store, *map(paper, range(1, 200)))
        back_up(path, copy)
    before = octets_of(copy)
    damage(path, 20, 21)
    with pytest.raises(DatabaseUnusable, match=r"papers\.db: .* restore its last backup"):
        back_up(path, copy)
    assert octets_of(copy) == before
    assert [one.name for one in copy.parent.iterdir()] == [copy.name]


async def test_fault_21_a_database_cut_short_is_not_copied(path: Path, copy: Path) -> None:
    copy.parent.mkdir()
    async with SqliteStore.open(path) as store:
        await arrive(store, *map(paper, range(1, 200)))
    os.truncate(path, size_of(path) // 2)
    with pytest.raises(DatabaseUnusable, match=r"papers\.db: .* restore its last backup"):
        back_up(path, copy)
    assert list(copy.parent.iterdir()) == []


async def test_fault_19_a_disk_that_fails_under_the_copy_leaves_the_last_backup(
    path: Path, copy: Path, sqlite: SqliteStore
) -> None:
    await arrive(sqlite, paper(1))
    back_up(path, copy)
    before = octets_of(copy)
    await arrive(sqlite, *map(paper, range(2, 500)))
    with no_file_grows(len(before)), pytest.raises(StoreError, match=f"{copy}: .* the disk there"):
        back_up(path, copy)
    assert octets_of(copy) == before
    assert [one.name for one in copy.parent.iterdir()] == [copy.name]
    assert (await sqlite.status(NOON)).papers == 499, "the bot goes on"


async def test_fault_18_a_full_disk_under_the_copy_leaves_the_last_backup(
    path: Path, copy: Path, sqlite: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await arrive(sqlite, paper(1))
    back_up(path, copy)
    before = octets_of(copy)
    await arrive(sqlite, *map(paper, range(2, 500)))
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect

    def small(name: Any, *values: Any, **more: Any) -> sqlite3.Connection:
        connection = connect(name, *values, **more)
        if str(name).endswith(".part"):
            connection.execute("PRAGMA max_page_count = 20").fetchall()
        return connection

    monkeypatch.setattr(sqlite3, "connect", small)
    with pytest.raises(StoreError, match=f"{copy}: the disk is full: .* make room"):
        back_up(path, copy)
    assert octets_of(copy) == before


async def test_what_a_killed_backup_left_behind_is_used_again(
    path: Path, copy: Path, sqlite: SqliteStore
) -> None:
    await arrive(sqlite, paper(1))
    draft = copy.with_name(f"{copy.name}.part")
    draft.write_bytes(b"half a copy" * 1000)
    draft.chmod(0o644)
    back_up(path, copy)
    assert content(copy) == await dump(sqlite)
    assert mode_of(copy) == 0o600


async def test_two_backups_to_one_file_do_not_meet(
    path: Path, copy: Path, sqlite: SqliteStore
) -> None:
    await arrive(sqlite, paper(1))
    draft = copy.with_name(f"{copy.name}.part")
    with draft.open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(StoreError, match="another backup to it is under way"):
            back_up(path, copy)
        assert draft.exists(), "it is the other's"
    back_up(path, copy)


async def test_a_draft_that_is_a_link_leads_nowhere(
    path: Path, copy: Path, sqlite: SqliteStore, tmp_path: Path
) -> None:
    await arrive(sqlite, paper(1))
    precious = tmp_path / "precious"
    precious.write_text("precious")
    copy.with_name(f"{copy.name}.part").symlink_to(precious)
    with pytest.raises(StoreError, match="the backup was not made"):
        back_up(path, copy)
    assert precious.read_text() == "precious"


KILLED = """
import os, signal, sys
from pathlib import Path
from bot.store import backup
backup.PAGES = 4
class Dying(backup.sqlite3.Connection):
    def backup(self, target, *, pages, progress):
        def die(status, remaining, total):
            if remaining < total / 2:
                os.kill(os.getpid(), signal.SIGKILL)
        super().backup(target, pages=pages, progress=die)
connect = backup.sqlite3.connect
backup.sqlite3.connect = lambda *a, **k: connect(*a, **k, factory=Dying)
backup.back_up(Path(sys.argv[1]), Path(sys.argv[2]))
"""


async def test_a_backup_that_is_killed_leaves_the_last_one_whole(
    path: Path, copy: Path, sqlite: SqliteStore
) -> None:
    await begin(sqlite, paper(1))
    back_up(path, copy)
    before = octets_of(copy)
    await arrive(sqlite, *map(paper, range(2, 100)))
    command = [sys.executable, "-c", KILLED, str(path), str(copy)]
    done = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, check=False)
    assert done.returncode == -9
    assert octets_of(copy) == before
    back_up(path, copy)
    assert content(copy) == await dump(sqlite)
    assert (await sqlite.status(MORNING)).papers == 99


def test_memory_does_not_grow_with_the_database(path: Path, copy: Path) -> None:
    copy.parent.mkdir()
    asyncio.run(fill(path))
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE ballast (content BLOB)")
        connection.executemany("INSERT INTO ballast VALUES (?)", [(bytes(10**6),)] * 60)
    connection.close()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert back_up(path, copy) > 60 * 10**6
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000


async def fill(path: Path) -> None:
    async with SqliteStore.open(path) as store:
        await arrive(store, paper(1))
