"""How SQLite goes about the questions that are asked every few seconds, however much is stored."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from bot.core.enrolment import Enrolment, SignUp
from bot.core.polling import Batch
from bot.core.query import parse
from bot.core.schedule import Schedule
from bot.store import SqliteStore, later
from bot.store.rows import read_papers, to_micros
from tests.builders import NOON, paper, subscription
from tests.store.scenario import (
    DAY,
    MORNING,
    arrive,
    begin,
    claim,
    cursor_at,
    give,
    send_out,
    set_out,
    settle,
)

READERS = 100_000
WISH = SignUp("eva@example.org", ("RAG",), Schedule("UTC", time(8, 30)))

FILL = f"""
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {READERS})
INSERT INTO subscriptions
    (origin, subscriber, channel, address, timezone, schedule, token, slot, next_due)
SELECT 'configuration', 'reader' || n, 'email', n || '@example.org', 'UTC', '08:30 0123456 UTC',
    'token' || n, 0, CASE WHEN n % 20000 = 0 THEN :due ELSE :later END
FROM numbers
"""  # a constant of this module


BEHIND = """
INSERT INTO cursors (subscription, topic, query_hash, seq, began)
SELECT subscription, 'Mended', 'another', 0, 0 FROM cursors
"""


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with SqliteStore.open(tmp_path / "papers.db") as opened:
        yield opened


async def plans(store: SqliteStore, step: Awaitable[Any]) -> list[str]:
    """Take a step and tell, for each question and change, how SQLite went about it."""
    asked: list[str] = []
    loop = asyncio.get_running_loop()
    trace = store._db.conn.set_trace_callback
    await loop.run_in_executor(store._thread, trace, asked.append)
    await step
    await loop.run_in_executor(store._thread, trace, None)
    verbs = ("SELECT", "UPDATE", "WITH")
    return [await plan(store, sql) for sql in asked if sql.lstrip().startswith(verbs)]


async def plan(store: SqliteStore, sql: str) -> str:
    rows = await store._read(lambda db: db.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall())
    return "\n".join(row[3] for row in rows)


async def steps(store: SqliteStore, step: Awaitable[Any]) -> int:
    """Take a step and count, in hundreds, the instructions that SQLite ran for it."""
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += 1
        return 0

    loop = asyncio.get_running_loop()
    watch = store._db.conn.set_progress_handler
    await loop.run_in_executor(store._thread, watch, count, 100)
    await step
    await loop.run_in_executor(store._thread, watch, None, 100)
    return counted


async def with_readers(store: SqliteStore) -> None:
    """Let five of a hundred thousand subscriptions be due in the MORNING."""
    values = {"due": to_micros(MORNING), "later": to_micros(MORNING + DAY)}
    await store._write(lambda db: db.execute(FILL, values))


async def test_a_claim_reads_only_what_is_due_and_what_is_under_way(sqlite: SqliteStore) -> None:
    due = await set_out(sqlite, 1)
    await give(sqlite, due, 1)
    lapsed, _, look_up, *_ = await plans(sqlite, claim(sqlite))
    assert "SEARCH deliveries USING INDEX deliveries_sending (channel=?)" in lapsed
    assert "SCAN" not in lapsed.replace("SCAN json_each", "")
    assert "deliveries_pending (channel=? AND next_at<?)" in look_up
    assert "deliveries_sending (channel=?)" in look_up
    assert "SCAN d" not in look_up
    assert "SCAN s" not in look_up


async def test_settling_looks_at_no_delivery_but_its_own_and_those_of_its_address(
    sqlite: SqliteStore,
) -> None:
    delivery = await send_out(sqlite, 1)
    asked = await plans(sqlite, settle(sqlite, delivery, "failed", suspend=True))
    assert any("deliveries_of_subscription (subscription=? AND state=?)" in one for one in asked)
    assert not any("deliveries_by_state (state=?)" in one for one in asked)
    assert not any("SCAN d" in one or "SCAN other" in one for one in asked)


async def test_what_is_due_is_found_by_its_instant(sqlite: SqliteStore) -> None:
    await sqlite.sync([subscription()], NOON)
    look_up, *_ = await plans(sqlite, sqlite.due(MORNING))
    assert "subscriptions_due (next_due<?)" in look_up
    assert "SCAN s" not in look_up


async def test_a_preview_reads_subscriptions_from_its_page_on(sqlite: SqliteStore) -> None:
    await sqlite.sync([subscription()], NOON)
    look_up, *_ = await plans(sqlite, sqlite.due(MORNING, after=1, everyone=True))
    assert "USING INTEGER PRIMARY KEY (rowid>?)" in look_up
    assert "TEMP B-TREE" not in look_up


async def test_what_is_due_is_counted_by_its_instant(sqlite: SqliteStore) -> None:
    asked = await plans(sqlite, sqlite.status(MORNING))
    assert sum("subscriptions_due (next_due<?)" in one for one in asked) == 1


async def test_the_news_is_read_without_the_silent_rows(sqlite: SqliteStore) -> None:
    await begin(sqlite, paper(1))
    await arrive(sqlite, paper(2))
    look_up, sources = await plans(sqlite, sqlite.log(0, 2))
    assert "announcements_news (seq>? AND seq<?)" in look_up
    assert "TEMP B-TREE FOR ORDER BY" not in look_up
    assert "SEARCH sightings USING PRIMARY KEY (paper=?)" in sources


async def test_a_reach_reads_only_what_is_dated_within_it(sqlite: SqliteStore) -> None:
    await begin(sqlite, paper(1))
    look_up, _ = await plans(sqlite, sqlite.log(0, 2, since=NOON - DAY))
    assert "COVERING INDEX announcements_by_date (date>?)" in look_up
    assert "SCAN announcements" not in look_up


async def test_few_due_among_a_hundred_thousand_are_found_at_once(sqlite: SqliteStore) -> None:
    await with_readers(sqlite)
    found = await sqlite.due(MORNING)
    assert await steps(sqlite, sqlite.due(MORNING)) < 100
    assert [due.address for due in found] == [f"{n}0000@example.org" for n in (2, 4, 6, 8, 10)]
    assert (await sqlite.status(MORNING)).due == 5


async def test_all_due_of_a_hundred_thousand_are_read_in_pages_in_their_order(
    sqlite: SqliteStore,
) -> None:
    await with_readers(sqlite)
    first = await sqlite.due(MORNING + DAY, limit=3)
    rest = await sqlite.due(MORNING + DAY, after=first[-1].id, limit=2)
    assert [due.id for due in (*first, *rest)] == [1, 2, 3, 4, 5]


async def test_withdrawals_are_looked_up_only_past_the_cursors(sqlite: SqliteStore) -> None:
    due = await set_out(sqlite, 1)
    await give(sqlite, due, 1, cursors=cursor_at(1))
    idle = await plans(sqlite, sqlite.due(MORNING, everyone=True))
    assert not any("announcements_withdrawals (seq>?)" in one for one in idle)
    await arrive(sqlite, paper(1, version=2, comment="This paper has been withdrawn"))
    asked = await plans(sqlite, sqlite.due(MORNING, everyone=True))
    (look_up,) = [one for one in asked if "papers_given" in one and "announcements" in one]
    assert "announcements_withdrawals (seq>?)" in look_up
    assert "papers_given (subscription=? AND paper=? AND revision=?)" in look_up
    assert "papers_given (subscription=? AND paper=? AND revision>?)" in look_up


async def test_what_was_given_is_looked_up_from_what_is_again_past_the_cursors(
    sqlite: SqliteStore,
) -> None:
    due = await set_out(sqlite, 1)
    await give(sqlite, due, 1, cursors=cursor_at(1))
    await begin(sqlite, scopes=["cs.CV"])
    idle = await plans(sqlite, sqlite.due(MORNING, everyone=True))
    assert not any("announcements_again (seq>?)" in one for one in idle)
    await arrive(sqlite, paper(1, categories=("cs.CL", "cs.CV")))
    asked = await plans(sqlite, sqlite.due(MORNING, everyone=True))
    (look_up,) = [one for one in asked if "announcements_again (seq>?)" in one]
    assert "papers_given (subscription=? AND paper=? AND revision=?)" in look_up


async def test_a_batch_is_looked_up_by_its_ids_alone(sqlite: SqliteStore) -> None:
    await begin(sqlite, paper(1))
    absent = Batch((paper(2),), elsewhere=("2601.00003",), absent=("2601.00004",))
    asked = await plans(sqlite, sqlite.record("harvest", absent, NOON))
    assert not any("SCAN papers" in one or "SCAN seen" in one for one in asked)
    assert not any("SCAN announcements" in one or "SCAN gaps" in one for one in asked)


async def test_what_to_ask_for_by_id_is_read_from_its_indices(sqlite: SqliteStore) -> None:
    _, partial, gaps = await plans(sqlite, sqlite.memory("ids", NOON))
    assert "papers_partial (updated>?)" in partial
    assert "SCAN gaps USING INDEX gaps_open" in gaps
    assert "TEMP B-TREE" not in partial + gaps


async def test_a_census_looks_up_ids_one_by_one(sqlite: SqliteStore) -> None:
    await sqlite.record("harvest", Batch(census="2512.00001"), NOON)
    asked = await plans(sqlite, sqlite.record("harvest", Batch(census="2601.00002"), NOON))
    look_ups = [one for one in asked if "seen" in one]
    assert all("SEARCH seen USING PRIMARY KEY" in one for one in look_ups)
    assert all("SEARCH elsewhere USING PRIMARY KEY" in one for one in look_ups[1:])
    assert not any("SCAN seen" in one or "SCAN elsewhere" in one for one in look_ups)


async def test_finds_are_counted_over_the_papers_of_a_month(sqlite: SqliteStore) -> None:
    await begin(sqlite)
    await arrive(sqlite, paper(1))
    asked = await plans(sqlite, sqlite.status(NOON))
    look_ups = [one for one in asked if "sightings" in one]
    assert len(look_ups) == 2
    assert all("announcements_by_date (date>?" in one for one in look_ups)


async def test_what_was_given_meanwhile_is_looked_up_from_what_the_reader_was_given(
    sqlite: SqliteStore,
) -> None:
    due = await set_out(sqlite, 1, 2)
    await give(sqlite, due, 1, cursors=cursor_at(2))
    await sqlite._write(lambda db: db.execute(BEHIND))
    asked = await plans(sqlite, sqlite.due(MORNING, everyone=True))
    (look_up,) = [one for one in asked if "SCAN reader" in one]
    assert "papers_given (subscription=?)" in look_up
    assert "announcements_of_paper (paper=?)" in look_up
    assert (await sqlite.due(MORNING, everyone=True))[0].given == {paper(1).id}


async def test_a_number_that_nobody_asks_for_is_looked_up_nowhere(sqlite: SqliteStore) -> None:
    numbers = range(1, 101)
    await set_out(sqlite, *numbers)

    async def numberless() -> None:
        ids = [paper(number).id for number in numbers]
        await sqlite._read(lambda db: later.read_without(db, "report_no", ids))

    unwanted = await steps(sqlite, numberless())
    await sqlite._write(lambda db: later.want(db, "affiliations", wanted=True))
    assert await steps(sqlite, numberless()) < unwanted + 10
    await sqlite._write(lambda db: later.want(db, "report_no", wanted=True))
    assert await steps(sqlite, numberless()) > unwanted + 10


async def test_one_reader_of_a_hundred_thousand_comes_and_goes_at_once(sqlite: SqliteStore) -> None:
    await with_readers(sqlite)
    for step in (
        sqlite.holder("token77777"),
        sqlite.unsubscribe("token77777", MORNING),
        sqlite.resubscribe("token77777", MORNING),
        sqlite.unsubscribe("nobody's", MORNING),
    ):
        assert await steps(sqlite, step) < 10


async def test_what_people_read_is_looked_up_with_each_paper(sqlite: SqliteStore) -> None:
    await begin(sqlite, paper(1))
    await arrive(sqlite, paper(2))
    await sqlite.refresh(100)
    for step in (
        sqlite.log(0, 2),
        sqlite.log(0, 2, since=NOON - DAY),
        sqlite._read(lambda db: read_papers(db, [paper(1).id])),
        sqlite.candidates(parse("ti:study")),
    ):
        (look_up,) = [one for one in await plans(sqlite, step) if " readable" in one]
        assert "SEARCH readable USING INDEX sqlite_autoindex_readable_1 (paper=?)" in look_up
        assert "SCAN papers" not in look_up


async def test_papers_that_rules_have_left_behind_are_counted_without_their_words(
    sqlite: SqliteStore,
) -> None:
    await begin(sqlite, paper(1))
    await sqlite.refresh(100)
    await sqlite._write(lambda db: db.execute("UPDATE edition SET readable = ''"))
    counts = [one for one in await plans(sqlite, sqlite.refresh(0)) if "indexed" in one]
    assert any("SCAN indexed USING COVERING INDEX" in one for one in counts)
    assert not any("SCAN indexed\n" in f"{one}\n" for one in counts)


async def test_who_signed_up_is_found_without_looking_at_all_others(sqlite: SqliteStore) -> None:
    await with_readers(sqlite)
    assert await steps(sqlite, sqlite.last_signed_up()) <= 1
    assert await steps(sqlite, sqlite.signed_up(Enrolment())) <= 1
    asked = await plans(sqlite, sqlite.ask(WISH, NOON, per_hour=9))
    assert any("subscriptions_by_address (channel=? AND address=?)" in one for one in asked)
    assert not any("SCAN s" in one.replace("SCAN signups", "") for one in asked)


@pytest.mark.parametrize(
    "query", ["ti:study", "ti:study OR au:garcia", "cat:cs.CL", "NOT ti:other"]
)
async def test_what_is_found_is_read_from_the_newest_on_and_no_further(
    sqlite: SqliteStore, query: str
) -> None:
    await begin(sqlite, *(paper(number) for number in range(1, 40)))
    while await sqlite.refresh(100):
        pass
    (asked,) = await plans(sqlite, sqlite.candidates(parse(query), limit=5))
    assert "TEMP B-TREE" not in asked
    few = await steps(sqlite, sqlite.candidates(parse(query), limit=5))
    await arrive(sqlite, *(paper(number) for number in range(40, 1000)))
    while await sqlite.refresh(1000):
        pass
    assert await steps(sqlite, sqlite.candidates(parse(query), limit=5)) <= few + 1
