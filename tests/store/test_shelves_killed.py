"""Shelving and pruning, killed before any statement: what stands is sound, and it goes on."""

import os
import signal
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path
from shutil import copyfile

import pytest
from sqlite_utils import Database

from bot.core.query import Query
from bot.core.site.shelving import match
from bot.store import SqliteStore, indexing, retention, shelves
from bot.store.connection import opened, writing
from tests.builders import paper
from tests.store.scenario import MORNING, arrive, begin
from tests.store.shelving import DATED, LATTICE, MATHS, STUDY, catch_up, check_rows, check_shelves

LATER = MORNING + timedelta(days=90)
BEFORE = (STUDY, LATTICE)
WANTED = (STUDY, MATHS, DATED)


def shelve(db: Database, queries: Sequence[Query] = WANTED) -> None:
    """Shelve two papers after the other, as the store does."""
    hashes = [one.hash for one in queries]
    while (prepared := shelves.prepare(db, hashes, 2)) is not None:
        asked = [one for one in queries if one.hash in prepared.queries]
        found = match(asked, prepared.papers).papers
        with writing(db):
            shelves.enter(db, hashes, prepared, found)


def prune(db: Database) -> None:
    limits = retention.bounds(db, timedelta(days=60), LATER)
    with writing(db):
        retention.forget_papers(db, limits, "")


def index(db: Database) -> None:
    left = 1
    while left:
        prepared = indexing.prepare(db, 2)
        with writing(db):
            left = indexing.enter(db, prepared)


def all_of_it(db: Database) -> None:
    index(db)
    shelve(db)
    prune(db)
    index(db)
    shelve(db)


def killed_at(path: Path, last: int, work: Callable[[Database], None]) -> bool:
    """Work in a process of its own that is killed before its statement number `last`."""
    child = os.fork()
    if child == 0:
        try:
            with opened(path, exclusive=True) as db:
                statements = count()
                db.conn.set_trace_callback(
                    lambda _: (
                        os.kill(os.getpid(), signal.SIGKILL) if next(statements) == last else None
                    )
                )
                work(db)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


async def lived(path: Path) -> None:
    """Let papers stand on two shelves, one of which nobody wants any more; much has changed."""
    async with SqliteStore.open(path) as store:
        await begin(store, *(paper(n) for n in range(1, 5)), scopes=("cs.CL", "math.AG"))
        await catch_up(store, BEFORE)
        await arrive(store, paper(1, title="On Lattices"), paper(2, version=2, updated=MORNING))
        await arrive(store, paper(3, categories=("cs.CL", "math.AG")), paper(6))
        await arrive(store, paper(9, published=LATER, updated=LATER), now=LATER)


@pytest.mark.slow
async def test_killed_before_any_statement_the_shelves_are_sound_and_go_on(tmp_path: Path) -> None:
    path, copy = tmp_path / "papers.db", tmp_path / "copy.db"
    await lived(path)
    copyfile(path, copy)
    last = 0
    while killed_at(copy, last, all_of_it):
        async with SqliteStore.open(copy) as store:
            await check_rows(store)
            await catch_up(store, WANTED, 2)
            await check_shelves(store, WANTED)
        last += 1
        copyfile(path, copy)
    assert last > 100


@pytest.mark.parametrize("stage", [index, shelve, prune])
async def test_killed_before_its_last_commit_each_stage_is_done_again(
    tmp_path: Path, stage: Callable[[Database], None]
) -> None:
    path, copy = tmp_path / "papers.db", tmp_path / "copy.db"
    await lived(path)
    copyfile(path, copy)
    statements: list[str] = []
    with opened(copy, exclusive=True) as db:
        db.conn.set_trace_callback(statements.append)
        stage(db)
    copyfile(path, copy)
    last = max(number for number, sql in enumerate(statements) if sql.startswith("COMMIT"))
    assert killed_at(copy, last, stage)
    async with SqliteStore.open(copy) as store:
        await check_rows(store)
        await catch_up(store, WANTED, 2)
        await check_shelves(store, WANTED)
