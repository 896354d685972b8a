import sqlite3
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from bot.core.errors import DatabaseUnusable
from bot.store import SqliteStore
from bot.store.migrations import NAMES, migrations
from tests.builders import NOON


def schema(path: Path) -> list[str]:
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall()
    connection.close()
    return [row[0] for row in rows]


def migrated_before(path: Path, step: str | None) -> None:
    """Make the database as it was before `step` was written."""
    with Database(path) as db:
        migrations.apply(db, stop_before=step)


async def opened(path: Path) -> None:
    async with SqliteStore.open(path) as store:
        await store.status(NOON)


def test_every_step_is_named() -> None:
    with Database(memory=True) as db:
        assert {step.name for step in migrations.pending(db)} == NAMES


@pytest.mark.parametrize("step", sorted(NAMES))
async def test_a_migrated_database_is_as_a_fresh_one(tmp_path: Path, step: str) -> None:
    old, fresh = tmp_path / "old.db", tmp_path / "fresh.db"
    migrated_before(old, step)
    await opened(old)
    await opened(fresh)
    assert schema(old) == schema(fresh)


async def test_fault_22_an_interrupted_migration_is_rolled_back_and_done_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "papers.db"
    migrated_before(path, "0002-subscriptions")
    before = schema(path)
    with monkeypatch.context() as patched:
        patched.setattr("bot.store.migrations.OUTBOX", "CREATE TABLE a (b); CREATE TABLE a (b);")
        with pytest.raises(sqlite3.OperationalError, match="already exists"):
            await opened(path)
    assert schema(path) == before
    await opened(path)
    assert len(schema(path)) > len(before)


async def test_a_database_of_a_newer_version_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "papers.db"
    await opened(path)
    newer = Migrations("daily-papers")
    newer(name="9999-later")(lambda db: db.execute("CREATE TABLE later (id)") and None)
    with Database(path) as db:
        newer.apply(db)
    before = schema(path)
    with pytest.raises(DatabaseUnusable, match=r"newer version of Daily Papers made it \(9999-"):
        await opened(path)
    assert schema(path) == before


async def test_a_database_of_another_program_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "photos.db"
    with Database(path) as db:
        db.execute("CREATE TABLE photos (id)")
    with pytest.raises(DatabaseUnusable, match="belongs to another program"):
        await opened(path)
    assert schema(path) == ["CREATE TABLE photos (id)"]


async def test_a_reader_does_not_migrate(tmp_path: Path) -> None:
    path = tmp_path / "papers.db"
    migrated_before(path, "0003-outbox")
    with pytest.raises(DatabaseUnusable, match="an earlier version made it; `daily-papers run`"):
        async with SqliteStore.open(path, exclusive=False):
            pass
