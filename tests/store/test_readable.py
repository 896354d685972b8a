"""What people read of papers, as the ledger keeps it: never of other text, never by old rules."""

import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from sqlite_utils import Database

from bot.core.model import Paper
from bot.core.polling import Batch
from bot.core.query import parse
from bot.core.render.wording import display
from bot.store import SqliteStore, edition, indexing, intake, readable, renewal, retention
from bot.store.backup import back_up
from bot.store.connection import opened, writing
from bot.store.rows import read_papers
from tests.builders import NOON, paper
from tests.store.scenario import DAY, arrive, begin, claim, news, send_out
from tests.store.test_migrations import migrated_before

LATER = NOON + timedelta(days=90)
TEX = r"A Study of $\alpha$-Decay"
READ = "A Study of α-Decay"
EVERY = parse("submittedDate:[1991 TO 2100]")


def tex(number: int = 1, **changes: Any) -> Paper:
    """Build a paper of which people read something else than what stands there."""
    return paper(number, **({"title": TEX, "comment": r"Schr\"odinger's"} | changes))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "papers.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    async with SqliteStore.open(path) as found:
        yield found


async def refresh(store: SqliteStore, limit: int = 100) -> int:
    """Let all be read, and count the transactions that it takes."""
    steps = 1
    while await store.refresh(limit):
        steps += 1
    return steps


async def held(store: SqliteStore, *papers: Paper) -> None:
    await begin(store, *papers)
    await refresh(store)


async def kept(store: SqliteStore) -> dict[str, tuple[str | None, ...]]:
    """Give what is kept by today's rules, by paper."""
    return await store._read(of)


def of(db: Database) -> dict[str, tuple[str | None, ...]]:
    """Give what is kept by today's rules, and see that it is right."""
    rows = db.execute("SELECT * FROM readable WHERE read_by = ?", [edition.reader()]).fetchall()
    papers = read_papers(db, [row[0] for row in rows])
    found = {row[0]: row[2:] for row in rows}
    assert found == {one: readable.reading_of(papers[one]) for one in found}
    return found


async def known(store: SqliteStore, *numbers: int) -> list[bool]:
    """Tell of which papers it is known what people read when they are loaded."""
    papers = await store._read(lambda db: read_papers(db, [paper(one).id for one in numbers]))
    return [papers[paper(one).id].readable is not None for one in numbers]


@pytest.fixture
def other_rules(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Let people read everything in another way from now on."""

    def change(ending: str) -> None:
        def reads(text: str) -> str:
            return f"{display(text)}{ending}" if text else ""

        monkeypatch.setattr(edition, "display", reads)
        monkeypatch.setattr(readable, "display", reads)
        edition.rules_of_reading.cache_clear()

    yield change
    monkeypatch.undo()
    edition.rules_of_reading.cache_clear()


async def test_what_people_read_is_kept_where_it_is_something_else(store: SqliteStore) -> None:
    await held(store, tex(1), paper(2), paper(3, comment="12 pages"))
    assert await kept(store) == {
        paper(1).id: (READ, None, "Schrödinger's"),
        paper(2).id: (None, None, None),
        paper(3).id: (None, None, None),
    }


async def test_it_comes_with_the_paper_wherever_one_is_loaded(store: SqliteStore) -> None:
    delivery = await send_out(store, 1)
    await arrive(store, tex(1), paper(2))
    await refresh(store)
    expected = {
        TEX: READ,
        tex().abstract: tex().abstract,
        r"Schr\"odinger's": "Schrödinger's",
    }
    loaded = [(await news(store))[0].paper, *(await store.candidates(parse("ti:decay")))]
    told = await store.story("ana", paper(1).id, NOON)
    loaded += [told.rows[0].paper] + ([told.paper] if told.paper else [])
    (again,) = await claim(store, NOON + 2 * DAY)
    assert again.id == delivery.id
    loaded += [one.paper for one in again.entries]
    assert [one.readable for one in loaded] == 5 * [expected]
    assert {*loaded} == {tex()}
    (plain,) = await store.candidates(parse("id:2601.00002"))
    assert plain.readable == {text: text for text in (plain.title, plain.abstract, "")}


async def test_until_it_is_read_a_paper_comes_without(store: SqliteStore) -> None:
    await begin(store, tex(1), tex(2), tex(3))
    assert await store.refresh(2) == 1
    assert await known(store, 1, 2, 3) == [False, True, True]


@pytest.mark.parametrize(
    "changes",
    [{"title": "Of $\\beta$"}, {"abstract": "Of $\\beta$"}, {"comment": "$\\beta$ pages"}],
)
async def test_what_changes_is_no_longer_known_from_the_same_transaction_on(
    store: SqliteStore, changes: dict[str, Any]
) -> None:
    await held(store, tex(1), tex(2))
    await arrive(store, tex(1, version=2, updated=NOON, **changes))
    assert await known(store, 1, 2) == [False, True]
    await refresh(store)
    assert await known(store, 1, 2) == [True, True]
    assert any("β" in (text or "") for text in (await kept(store))[paper(1).id])


async def test_what_changes_while_it_is_read_is_read_again(store: SqliteStore) -> None:
    await begin(store, tex(1), tex(2))
    prepared = await store._read(indexing.prepare, 100)
    await arrive(store, tex(1, version=2, title="On Lattices", updated=NOON))
    assert await store._write(indexing.enter, prepared) == 1
    assert await known(store, 1, 2) == [False, True]


async def test_what_is_pruned_keeps_nothing(store: SqliteStore) -> None:
    await held(store, tex(1), tex(2))
    await arrive(store, paper(9, published=LATER, updated=LATER), now=LATER)
    assert (await store.prune(timedelta(days=60), LATER)).papers == 2
    rows = await store._read(lambda db: db.execute("SELECT paper FROM readable").fetchall())
    assert rows == []
    await refresh(store)
    assert {*await kept(store)} == {paper(9).id}


async def test_a_backup_carries_it(path: Path, store: SqliteStore) -> None:
    await held(store, tex(1))
    copy = path.with_name("copy.db")
    back_up(path, copy)
    async with SqliteStore.open(copy) as restored:
        assert await known(restored, 1) == [True]
        assert await restored.refresh(0) == 0


async def test_by_other_rules_nothing_is_known_until_it_is_read_anew_a_few_at_a_time(
    store: SqliteStore, other_rules: Callable[[str], None]
) -> None:
    await held(store, *(tex(number) for number in range(1, 8)))
    other_rules("!")
    assert await known(store, 1, 7) == [False, False]
    assert await store.refresh(0) == 7
    assert await store.refresh(3) == 4
    assert await known(store, 4, 5) == [False, True]
    await arrive(store, tex(2, version=2, updated=NOON, title="New"), tex(8))
    assert await store.refresh(0) == 5
    assert await refresh(store, 3) == 2
    assert {texts[1] for texts in (await kept(store)).values()} == {
        f"{tex(number).abstract}!" for number in range(1, 9)
    }


async def test_rules_that_change_again_half_way_begin_anew(
    store: SqliteStore, other_rules: Callable[[str], None]
) -> None:
    await held(store, *(tex(number) for number in range(1, 6)))
    other_rules("!")
    assert await store.refresh(2) == 3
    other_rules("?")
    assert await store.refresh(0) == 5
    assert await refresh(store, 2) == 3
    assert len(await kept(store)) == 5


async def test_other_rules_of_reading_leave_the_index_as_it_is(
    store: SqliteStore, other_rules: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    await held(store, tex(1), tex(2))
    other_rules("!")
    laid_out: list[Paper] = []

    def laying_out(papers: Sequence[Paper]) -> list[tuple[str, ...]]:
        laid_out.extend(papers)
        return []

    monkeypatch.setattr(indexing, "documents", laying_out)
    await refresh(store)
    assert (laid_out, await known(store, 1, 2)) == ([], [True, True])


async def test_beside_a_bot_nobody_waits_for_what_people_read(
    path: Path, store: SqliteStore, other_rules: Callable[[str], None]
) -> None:
    await held(store, tex(1), tex(2))
    other_rules("!")
    await arrive(store, tex(3))
    async with SqliteStore.open(path, exclusive=False) as beside:
        assert await beside.refresh(0) == 1
        assert await beside.refresh(100) == 0
        assert await known(beside, 1, 2, 3) == [False, False, True]
    assert await store.refresh(0) == 2
    await refresh(store)
    assert len(await kept(store)) == 3


async def test_what_another_process_begins_anew_meanwhile_is_not_taken_for_done(
    store: SqliteStore, other_rules: Callable[[str], None]
) -> None:
    await held(store, *(tex(number) for number in range(1, 6)))
    other_rules("!")
    await store.refresh(3)
    prepared = await store._read(indexing.prepare, 1)
    other_rules("?")
    await store._write(renewal.follow)
    other_rules("!")
    await store._write(renewal.follow)
    assert await store._write(indexing.enter, prepared) == 5
    await refresh(store)
    assert len(await kept(store)) == 5


async def test_an_earlier_ledger_is_read_in_as_many_small_transactions_as_it_takes(
    path: Path,
) -> None:
    migrated_before(path, "0011-readable")
    with closing(sqlite3.connect(path)) as earlier, earlier:
        earlier.executemany(
            """INSERT INTO papers (id, version, title, abstract, authors, categories,
                   primary_category, published, updated, ever)
               VALUES (?, 1, 'Of $x^2$', 'B', '["C"]', '["cs.CL"]', 'cs.CL', 1, 1, '["cs.CL"]')""",
            [(paper(number).id,) for number in range(1, 8)],
        )
        earlier.execute("INSERT INTO unindexed SELECT id FROM papers")
        earlier.execute("INSERT INTO indexed SELECT 0 + substr(id, 6), id, x'' FROM papers")
        earlier.execute("DELETE FROM unindexed")
        earlier.execute("UPDATE edition SET rules = ?", [edition.rules()])
    async with SqliteStore.open(path) as store:
        assert await store._read(lambda db: db.execute("SELECT * FROM unindexed").fetchall()) == []
        assert await store.refresh(0) == 7
        assert await refresh(store, 3) == 3
        assert {*(await kept(store)).values()} == {("Of x²", None, None)}


def _changes(db: Database) -> None:
    """Let one paper go, one change and one come, and begin to read by other rules."""
    old = dict.fromkeys(("before", "read", "reached"), 2**62)
    with writing(db):
        retention.forget_papers(db, old, paper(2).id)
    new = (tex(1, version=2, updated=NOON, title=r"Of $\beta$"), tex(4))
    with writing(db):
        intake.record(db, "arxiv", Batch(new), NOON)
    left = 1
    while left:
        prepared = indexing.prepare(db, 1)
        with writing(db):
            left = indexing.enter(db, prepared)


def killed_at(path: Path, last: int) -> bool:
    """Make the changes in a process of its own that is killed before its statement `last`."""
    child = os.fork()
    if child == 0:
        try:
            with opened(path, exclusive=True) as db:
                statements = count()

                def die(_: str) -> None:
                    if next(statements) == last:
                        os.kill(os.getpid(), signal.SIGKILL)

                db.conn.set_trace_callback(die)
                _changes(db)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


@pytest.mark.slow
async def test_killed_before_any_statement_nothing_wrong_is_kept_and_all_is_read_in_the_end(
    path: Path, other_rules: Callable[[str], None]
) -> None:
    async with SqliteStore.open(path) as store:
        await held(store, tex(1), tex(2), tex(3))
    other_rules("!")
    copy = path.with_name("copy.db")
    copyfile(path, copy)
    last = 0
    while killed_at(copy, last):
        async with SqliteStore.open(copy) as store:
            await kept(store)
            await refresh(store)
            rows = await store._read(lambda db: db.execute("SELECT id FROM papers").fetchall())
            assert {*await kept(store)} == {row[0] for row in rows}
        last += 1
        copyfile(path, copy)
    assert last > 40
