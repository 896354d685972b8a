"""Every earlier schema brought up to date, and interrupted at every statement of that."""

import os
import signal
import sqlite3
from collections.abc import Callable
from itertools import count
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest

from bot.store.connection import opened
from bot.store.migrations import NAMES
from tests.store.test_migrations import migrated_before

STEPS = sorted(NAMES)

ROWS = {
    "papers": """INSERT INTO papers
        (id, version, title, abstract, authors, categories, primary_category, published, updated,
         ever) VALUES ('2601.00001', 1, 'A', 'B', '["C"]', '["cs.CL"]', 'cs.CL', 1, 1, '["cs.CL"]')
    """,
    "seen": "INSERT INTO seen VALUES ('2601.00001')",
    "announcements": """INSERT INTO announcements (paper, date, silent, late, source)
        VALUES ('2601.00001', 5, 0, '[]', 'arxiv_api')""",
    "polls": """INSERT INTO polls (source, state, at, received, announced)
        VALUES ('arxiv_api', 'ok', 5, 1, 1)""",
    "marks": "INSERT INTO marks VALUES ('arxiv_api', 'cs.CL', '2026-01-05', '1', 5)",
    "subscriptions": """INSERT INTO subscriptions
        (id, origin, subscriber, channel, address, timezone, schedule, slot, next_due)
        VALUES (1, 'configuration', 'ana', 'email', 'ana@example.org', 'UTC', '08:30', 5, 6)""",
    "suppressions": """INSERT INTO suppressions (channel, address, reason, at)
        VALUES ('email', 'ben@example.org', '550', 5)""",
    "deliveries": """INSERT INTO deliveries
        (id, key, subscription, channel, slot, part, parts, state, created_at, next_at)
        VALUES (1, 'k', 1, 'email', 5, 1, 1, 'pending', 5, 5)""",
    "delivery_papers": """INSERT INTO delivery_papers
        (delivery, position, subscription, paper, topics, kind)
        VALUES (1, 0, 1, '2601.00001', '["T"]', 'new')""",
}
"""A row for each table that matters, in columns that every schema has which has the table."""


@pytest.fixture(autouse=True)
def _the_same_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let migrations that are compared give the one subscription the same token."""
    monkeypatch.setattr("bot.store.people_schema.new_token", lambda: 22 * "t")


@pytest.fixture(params=STEPS, ids=lambda step: f"before-{step}")
def earlier(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Give a database as it was before a step, in use: with rows, and a write-ahead log."""
    path = tmp_path / "earlier.db"
    migrated_before(path, request.param)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA journal_mode = WAL").fetchall()
        there = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
        for table, statement in ROWS.items():
            if table in there:
                db.execute(statement)
    db.close()
    return path


def content(path: Path) -> list[str]:
    """Read all that a database holds, but for the instants at which it was migrated."""
    db = sqlite3.connect(path)
    lines = [line for line in db.iterdump() if not line.startswith('INSERT INTO "_sqlite_mig')]
    query = "SELECT name FROM _sqlite_migrations ORDER BY id"
    lines += [row[0] for row in db.execute(query)]
    db.close()
    return lines


def migrate(path: Path) -> None:
    with opened(path, exclusive=True):
        pass


def traced(monkeypatch: pytest.MonkeyPatch, on_statement: Callable[[Any], object]) -> None:
    """Let every connection that the ledger opens call `on_statement` before each statement."""
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect

    def connected(*values: Any, **more: Any) -> sqlite3.Connection:
        made = connect(*values, **more)
        made.set_trace_callback(lambda _: on_statement(made))
        return made

    monkeypatch.setattr(sqlite3, "connect", connected)


def whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], int]:
    """Migrate a copy undisturbed: tell what it holds then, and how many statements it took."""
    copy = path.with_name("whole.db")
    copyfile(path, copy)
    statements = count()
    with monkeypatch.context() as patched:
        traced(patched, lambda _: next(statements))
        migrate(copy)
    return content(copy), next(statements)


def test_every_earlier_schema_keeps_its_rows(earlier: Path) -> None:
    before = content(earlier)
    migrate(earlier)
    db = sqlite3.connect(earlier)
    kept = {table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ROWS}
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    db.close()
    for table, rows in kept.items():
        assert rows == any(line.startswith(f'INSERT INTO "{table}"') for line in before)


@pytest.mark.slow
def test_fault_22_an_error_at_any_statement_of_a_migration_rolls_all_of_it_back(
    earlier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(earlier)
    after, statements = whole(earlier, monkeypatch)
    for last in range(statements):
        path = earlier.with_name(f"{last}.db")
        copyfile(earlier, path)
        with monkeypatch.context() as patched:
            traced(patched, failing_at(last))
            with pytest.raises(sqlite3.OperationalError):
                migrate(path)
        assert content(path) == before
        migrate(path)
        assert content(path) == after
    assert statements > 10


def failing_at(last: int) -> Callable[[Any], object]:
    """Make SQLite interrupt statement number `last` (from 0) of a connection."""
    statements = count()
    due: list[int] = []

    def fail(made: sqlite3.Connection) -> None:
        number = next(statements)
        if number == 0:
            made.set_progress_handler(lambda: due.pop() if due else 0, 1)
        if number == last:
            due.append(1)

    return fail


@pytest.mark.slow
def test_fault_22_killed_at_any_statement_of_a_migration_the_next_start_completes_it(
    earlier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(earlier)
    after, statements = whole(earlier, monkeypatch)
    for last in range(statements):
        path = earlier.with_name(f"{last}.db")
        copyfile(earlier, path)
        assert killed_at(path, last, monkeypatch)
        assert content(path) == before
        assert killed_at(path, statements // 2, monkeypatch), "and once more"
        migrate(path)
        assert content(path) == after


def killed_at(path: Path, last: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Migrate in a process of its own that is killed before statement number `last`."""
    statements = count()

    def die(_: sqlite3.Connection) -> None:
        if next(statements) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        traced(monkeypatch, die)
        try:
            migrate(path)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)
