"""How the index keeps up with the papers: what makes it look again, and what cannot harm it."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from sqlite_utils import Database

from bot.core.errors import StoreError
from bot.core.model import Detail, Paper
from bot.core.polling import Batch
from bot.core.query import parse
from bot.interfaces import Searchable
from bot.store import SqliteStore, documents, edition, indexing
from bot.store.backup import back_up
from bot.store.connection import opened as opened_file
from bot.store.connection import writing
from bot.store.migrations import NAMES
from bot.store.transactions import ROOM
from tests.builders import NOON, paper
from tests.store.scenario import DAY, MORNING, arrive, begin
from tests.store.test_interrupted_migrations import ROWS
from tests.store.test_migrations import migrated_before

LATER = MORNING + timedelta(days=90)
STUDY = parse("ti:study")
WAITS = 0.1
"""Seconds between two looks of a connection that waits to write, as SQLite has it at most."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "papers.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    async with SqliteStore.open(path) as opened:
        yield opened


async def ask(store: SqliteStore, sql: str, *values: Any) -> list[Any]:
    return await store._read(lambda db: db.execute(sql, values).fetchall())


async def lose(store: SqliteStore, *ids: str) -> None:
    """Let papers go as pruning does, and nothing else."""

    def forget(db: Database) -> None:
        db.conn.executemany("DELETE FROM papers WHERE id = ?", [(one,) for one in ids])
        indexing.queue(db, ids)

    await store._write(forget)


async def unindexed(store: SqliteStore) -> list[str]:
    return [row[0] for row in await ask(store, "SELECT paper FROM unindexed ORDER BY 1")]


async def refresh(store: SqliteStore, limit: int = 100) -> None:
    while await store.refresh(limit):
        pass


async def found(store: SqliteStore, query: str) -> list[int]:
    rows = await store.candidates(parse(query))
    return [int(one.id[5:]) for one in rows if parse(query).matches(one)]


async def held(store: SqliteStore, *papers: Paper) -> None:
    """Let the ledger hold these papers, all indexed."""
    await begin(store, *papers)
    await refresh(store)


async def sound(store: SqliteStore) -> None:
    """See that the index holds what it should, by SQLite's own check and by what it was made of.

    What people read of papers is kept of the same ones.
    """
    await store._call(
        store._in_write,
        lambda db: db.execute("INSERT INTO search(search) VALUES ('integrity-check')"),
    )
    entered = await ask(store, "SELECT paper FROM indexed ORDER BY number")
    rows = await ask(
        store, "SELECT rowid FROM search WHERE search MATCH 'labels : cat*' ORDER BY 1"
    )
    numbers = await ask(store, "SELECT number FROM indexed ORDER BY 1")
    assert rows == numbers
    papers = {row[0] for row in await ask(store, "SELECT id FROM papers")}
    assert {row[0] for row in entered} == papers
    assert {row[0] for row in await ask(store, "SELECT paper FROM readable")} == papers


async def test_a_store_that_can_be_searched_is_known_by_that(store: SqliteStore) -> None:
    assert isinstance(store, Searchable)


async def test_what_comes_is_indexed_a_few_at_a_time(store: SqliteStore) -> None:
    await begin(store, *(paper(number) for number in range(1, 8)))
    assert await store.refresh(0) == 7
    assert [await store.refresh(3) for _ in range(4)] == [4, 1, 0, 0]
    assert await found(store, "ti:study") == [7, 6, 5, 4, 3, 2, 1]
    await sound(store)


@pytest.mark.parametrize(
    ("changes", "query"),
    [
        ({"title": "On Lattices"}, "ti:lattice"),
        ({"abstract": "On lattices."}, "abs:lattice"),
        ({"comment": "Lattices"}, "co:lattice"),
        ({"journal_ref": "J. Lattices"}, "jr:lattice"),
        ({"report_no": "LATTICE-7"}, "rn:lattice"),
        ({"affiliations": ("Institute for Lattices",)}, "all:lattice"),
        ({"doi": "10.1000/1"}, "doi:10.1000/1"),
        ({"authors": ("Paul Erdős",)}, "au:erdos"),
        ({"categories": ("cs.CL", "math.AG")}, "cat:math.AG"),
        ({"categories": ("math.AG",), "primary_category": "math.AG"}, "primary:math"),
    ],
)
async def test_what_changes_is_found_as_it_is_now(
    store: SqliteStore, changes: dict[str, Any], query: str
) -> None:
    await held(store, paper(1), paper(2))
    assert await found(store, query) == []
    await arrive(store, paper(1, **changes))
    assert await unindexed(store) == [paper(1).id]
    await refresh(store)
    assert await found(store, query) == [1]
    await arrive(store, paper(1, version=2, updated=NOON))
    await refresh(store)
    stays = not changes.keys().isdisjoint({"report_no", "affiliations"})
    assert await found(store, query) == ([1] if stays else [])
    await sound(store)


async def test_what_the_index_does_not_hold_makes_no_work(store: SqliteStore) -> None:
    await held(store, paper(1, detail=Detail.FEED))
    await arrive(store, paper(1))
    await arrive(store, paper(1, updated=NOON, published=NOON))
    assert await unindexed(store) == []


async def test_the_newest_come_first_by_their_ids_in_pages(store: SqliteStore) -> None:
    ids = ("math/9912001", "hep-th/0001001", "0704.0002", "1412.9999", "1501.00001", "2601.00002")
    await begin(store, *(paper(1, id=one) for one in ids))
    await refresh(store)
    pages: list[Sequence[Paper]] = []
    while page := await store.candidates(
        STUDY, before=pages[-1][-1].id if pages else None, limit=4
    ):
        pages.append(page)
    assert [one.id for page in pages for one in page] == list(reversed(ids))


async def test_old_papers_that_share_a_number_are_all_found(store: SqliteStore) -> None:
    archives = [f"{one}{other}" for one in "abcdefghij" for other in "abcdefg"]
    await begin(
        store, *(paper(1, id=f"{one}/9901001") for one in archives), paper(2, id="math/9901002")
    )
    await refresh(store)
    assert len(await store.candidates(STUDY)) == len(archives) + 1 > indexing.SLOTS
    await sound(store)


async def test_a_page_goes_on_behind_a_paper_that_is_gone(store: SqliteStore) -> None:
    await held(store, *(paper(number) for number in (1, 2, 4)))
    page = await store.candidates(STUDY, before=paper(3).id)
    assert [one.id for one in page] == [paper(2).id, paper(1).id]


async def test_what_is_pruned_is_gone_at_once_and_from_the_index_with_the_next_look(
    store: SqliteStore,
) -> None:
    await held(store, *(paper(number) for number in range(1, 6)))
    await arrive(store, paper(9, published=LATER, updated=LATER), now=LATER)
    assert (await store.prune(timedelta(days=60), LATER)).papers == 5
    assert await found(store, "ti:study") == []
    await refresh(store, 2)
    assert await found(store, "ti:study") == [9]
    await sound(store)
    await arrive(store, paper(3, version=2, updated=LATER), now=LATER + DAY)
    await refresh(store)
    assert await found(store, "ti:study") == [9, 3]
    await sound(store)


async def test_what_was_never_indexed_can_be_pruned(store: SqliteStore) -> None:
    await begin(store, paper(1))
    await arrive(store, paper(9, published=LATER, updated=LATER), now=LATER)
    await store.prune(timedelta(days=60), LATER)
    await refresh(store)
    assert await found(store, "ti:study") == [9]
    await sound(store)


async def test_rows_that_vacuum_numbers_anew_are_still_found(store: SqliteStore) -> None:
    await held(store, *(paper(number, title=f"Study w{number}") for number in range(1, 9)))
    await store._call(store._in_write, lambda db: db.execute("DELETE FROM announcements"))
    await lose(store, *(paper(number).id for number in range(1, 4)))
    await store._call(store._outside, lambda db: db.execute("VACUUM"))
    await refresh(store)
    assert [await found(store, f"ti:w{number}") for number in (3, 4, 8)] == [[], [4], [8]]
    await sound(store)


async def test_once_words_are_cut_by_other_rules_all_is_indexed_anew(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await held(store, *(paper(number) for number in range(1, 6)))
    assert await store.refresh(100) == 0
    edition.rules.cache_clear()
    with monkeypatch.context() as patched:
        patched.setattr(documents, "stem", lambda forms: [f"{one}x" for one in forms])
        assert await store.refresh(0) == 5
        await refresh(store, 2)
        (row,) = await ask(store, "SELECT count(*) FROM search WHERE search MATCH 'ti : studyx'")
        assert row == (5,)
        await sound(store)
    edition.rules.cache_clear()
    await refresh(store)
    assert await found(store, "ti:study") == [5, 4, 3, 2, 1]
    await sound(store)


async def test_a_backup_can_be_searched_and_goes_on(path: Path, store: SqliteStore) -> None:
    await held(store, paper(1))
    await arrive(store, paper(2))
    copy = path.with_name("copy.db")
    back_up(path, copy)
    async with SqliteStore.open(copy) as restored:
        assert await found(restored, "ti:study") == [1]
        assert await unindexed(restored) == [paper(2).id]
        await refresh(restored)
        assert await found(restored, "ti:study") == [2, 1]
        await sound(restored)


async def test_it_is_brought_up_to_date_and_asked_beside_a_running_bot(
    path: Path, store: SqliteStore
) -> None:
    await begin(store, paper(1), paper(2))
    async with SqliteStore.open(path, exclusive=False) as beside:
        assert await beside.refresh(1) == 1
        assert await store.refresh(1) == 0
        assert await found(beside, "ti:study") == [2, 1]


async def test_while_another_process_writes_what_is_indexed_is_found(
    path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await held(store, paper(1))
    await arrive(store, paper(2))
    monkeypatch.setattr("bot.store.connection.BUSY_SECONDS", 0.0)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with SqliteStore.open(path, exclusive=False) as beside:
            with pytest.raises(StoreError, match="another process is writing"):
                await beside.refresh(1)
            assert await beside.refresh(0) == 1
            assert await found(beside, "ti:study") == [1]


async def test_others_write_while_much_is_indexed(store: SqliteStore) -> None:
    await begin(store, *(paper(number) for number in range(1, 60)))
    indexer = asyncio.create_task(refresh(store, 5))
    for number in range(1001, 1011):
        await store.record("arxiv", Batch((paper(number),)), NOON)
    assert not indexer.done()
    await indexer
    assert len(await found(store, "ti:study")) == 59 + 10


async def test_what_changes_while_it_is_laid_out_is_indexed_as_it_is_then(
    store: SqliteStore,
) -> None:
    await begin(store, paper(1), paper(2), paper(3))
    prepared = await store._read(indexing.prepare, 100)
    await arrive(store, paper(1, version=2, title="On Lattices", updated=NOON))
    await store._write(lambda db: db.execute("DELETE FROM announcements"))
    await lose(store, paper(3).id)
    assert await store._write(indexing.enter, prepared) == 2
    assert await found(store, "ti:study") == [2]
    await refresh(store)
    assert await found(store, "ti:study OR ti:lattices") == [2, 1]
    await sound(store)


async def test_nobody_who_writes_waits_while_papers_are_laid_out(
    path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begin(store, paper(1), paper(2))
    monkeypatch.setattr("bot.store.connection.BUSY_SECONDS", 0.0)
    lay_out = documents.documents

    def laying_out(papers: Sequence[Paper]) -> list[tuple[str, ...]]:
        with closing(sqlite3.connect(path, timeout=0.0)) as other, other:
            other.execute("UPDATE papers SET title = 'On Lattices' WHERE id = ?", [paper(2).id])
        return lay_out(papers)

    monkeypatch.setattr(indexing, "documents", laying_out)
    assert await store.refresh(10) == 1
    monkeypatch.undo()
    await refresh(store)
    assert await found(store, "ti:lattices") == [2]


@pytest.mark.parametrize("exclusive", [True, False])
async def test_beside_a_bot_it_leaves_the_bot_room_between_transactions(
    path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch, *, exclusive: bool
) -> None:
    await begin(store, *(paper(number) for number in range(1, 6)))
    rested: list[float] = []

    async def rest(seconds: float) -> None:
        rested.append(seconds)

    monkeypatch.setattr("bot.store.transactions.asyncio.sleep", rest)
    async with SqliteStore.open(path, exclusive=False) as beside:
        await refresh(store if exclusive else beside, 2)
    assert [one >= ROOM > 2 * WAITS for one in rested] == ([] if exclusive else [True, True])


@pytest.mark.parametrize("step", sorted(NAMES))
async def test_papers_of_every_earlier_schema_are_indexed(path: Path, step: str) -> None:
    migrated_before(path, step)
    with closing(sqlite3.connect(path)) as earlier, earlier:
        there = {row[0] for row in earlier.execute("SELECT name FROM sqlite_master")}
        if "papers" in there:
            earlier.execute(ROWS["papers"])
        if "unindexed" in there and "papers_come" not in there:  # whoever writes a paper queues it
            earlier.execute("INSERT INTO unindexed SELECT id FROM papers")
    async with SqliteStore.open(path) as opened:
        await refresh(opened)
        assert len(await opened.candidates(parse("abs:b"))) == ("papers" in there)
        await sound(opened)


def killed_at(path: Path, last: int) -> bool:
    """Index in a process of its own that is killed before its statement number `last`."""
    child = os.fork()
    if child == 0:
        try:
            with opened_file(path, exclusive=True) as db:
                statements = count()
                db.conn.set_trace_callback(
                    lambda _: (
                        os.kill(os.getpid(), signal.SIGKILL) if next(statements) == last else None
                    )
                )
                left = 1
                while left:
                    prepared = indexing.prepare(db, 2)
                    with writing(db):
                        left = indexing.enter(db, prepared)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


@pytest.mark.slow
async def test_killed_before_any_statement_the_index_is_whole_and_goes_on(path: Path) -> None:
    async with SqliteStore.open(path) as store:
        await held(store, *(paper(number) for number in range(1, 4)))
        await arrive(store, paper(1, title="A Study of Lattices"), paper(4))
        await arrive(store, paper(9, published=LATER, updated=LATER), now=LATER)
        await store._write(lambda db: db.execute("DELETE FROM announcements"))
        await lose(store, paper(2).id)
    last = 0
    copy = path.with_name("copy.db")
    copyfile(path, copy)
    while killed_at(copy, last):
        async with SqliteStore.open(copy) as store:
            await refresh(store)
            await sound(store)
            assert await found(store, "ti:study") == [9, 4, 3, 1]
            assert await found(store, "ti:lattice") == [1]
        last += 1
        copyfile(path, copy)
    assert last > 10
