"""A database of the first release, with rows of every kind, goes on after the migration."""

import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.core.model import Detail
from bot.core.polling import Batch, Mark, PollResult, Recorded
from bot.store import SqliteStore
from bot.store.migrations import migrations
from bot.store.rows import to_micros
from tests.builders import NOON, paper, subscription, topic
from tests.store.scenario import (
    DAY,
    HOUR,
    MORNING,
    arrive,
    claim,
    cursor_at,
    give,
    news,
    numbers_of,
    settle,
    the_one_due,
)

FIRST_RELEASE = "0004-sources"
"""The step that the first release did not have."""

INSERT_PAPER = """
INSERT INTO papers VALUES (?, ?, ?, ?, '["Ana García","Li Wei"]', '["cs.CL"]', 'cs.CL',
    ?, ?, ?, NULL, NULL, '["cs.CL"]')
"""

ROWS = (
    "INSERT INTO seen SELECT id FROM papers",
    "INSERT INTO seen VALUES ('2512.09999')",  # its paper was pruned
    """INSERT INTO announcements (paper, date, silent, late, source)
       SELECT id, :noon, id = '2601.00001', '[]', 'arxiv_api' FROM papers ORDER BY id""",
    "INSERT INTO baselines VALUES ('cs.CL', '2601.00001', '2601.00001', :noon, 1)",
    "INSERT INTO marks VALUES ('arxiv_api', 'cs.CL', '2026-01-05', '66@a', :noon)",
    "INSERT INTO polls VALUES ('arxiv_api', 'ok', :noon, 66, 3, NULL)",
    "INSERT INTO polls VALUES ('other', 'failed', :noon, 0, 0, '503')",
    "INSERT INTO quarantine VALUES ('arxiv_api', '2601.00007', 'no title', :noon)",
    """INSERT INTO subscriptions
           (origin, subscriber, channel, address, timezone, schedule, slot, next_due)
       VALUES ('configuration', 'ana', 'email', 'ana@example.org', 'UTC', '08:30 0123456 UTC',
           :noon, :morning)""",
    "INSERT INTO cursors VALUES (1, 'Language', :query, 4, NULL)",
    "INSERT INTO suppressions VALUES ('email', 'bo@example.org', '550', :noon)",
    "INSERT INTO pauses VALUES ('slack', :morning, 'token revoked', :noon)",
    """INSERT INTO deliveries
           (key, subscription, channel, slot, part, parts, state, created_at, next_at, settled_at)
       VALUES ('sent', 1, 'email', :noon, 1, 1, 'sent', :noon, :noon, :noon),
           ('failed', 1, 'email', :noon, 1, 1, 'failed', :noon, :noon, :noon),
           ('pending', 1, 'email', :noon, 1, 1, 'pending', :noon, :noon, NULL)""",
    """INSERT INTO delivery_papers (delivery, position, subscription, paper, topics, kind, live)
       VALUES (1, 0, 1, '2601.00002', '["Language"]', 'new', 1),
           (2, 0, 1, '2601.00003', '["Language"]', 'cross', 0),
           (3, 0, 1, '2601.00004', '["Language"]', 'new', 1)""",
)


def fill(path: Path) -> None:
    """Make a database of the first release: paper 1 is of the baseline; 2 to 4 were announced."""
    values = {
        "noon": to_micros(NOON),
        "morning": to_micros(MORNING),
        "query": topic().key.query_hash,
    }
    with Database(path) as db:
        migrations.apply(db, stop_before=FIRST_RELEASE)
        for number in range(1, 5):
            one = paper(number, comment="9 pages")
            instants = (to_micros(one.published), to_micros(one.updated))
            row = (one.id, 1, one.title, one.abstract, *instants, one.comment)
            db.execute(INSERT_PAPER, row)
        for statement in ROWS:
            used = {name: value for name, value in values.items() if f":{name}" in statement}
            db.execute(statement, used)
        db.conn.commit()


@pytest.fixture
async def upgraded(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    path = tmp_path / "papers.db"
    fill(path)
    async with SqliteStore.open(path) as store:
        yield store


async def test_every_row_of_an_earlier_release_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "papers.db"
    fill(path)
    before = content(path)
    async with SqliteStore.open(path):
        pass
    after = content(path)
    assert before.keys() <= after.keys()
    for table, rows in before.items():
        pairs = zip(after[table], rows, strict=True)
        assert [{name: row[name] for name in kept} for row, kept in pairs] == rows


def content(path: Path) -> dict[str, list[dict[str, object]]]:
    """Read every table but SQLite's own and that of the migrations, as columns by name."""
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%sqlite%'"
    ).fetchall()
    tables = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for (name,) in names}
    connection.close()
    return {name: sorted(map(dict, rows), key=repr) for name, rows in tables.items()}


async def test_what_was_known_is_known_whole_and_announced_no_second_time(
    upgraded: SqliteStore,
) -> None:
    known = [paper(number, comment="9 pages") for number in range(1, 5)]
    assert [row.paper for row in await news(upgraded)] == known[1:]
    assert {row.sources for row in await news(upgraded)} == {frozenset({"arxiv_api"})}
    pruned = paper(1, id="2512.09999")
    assert await arrive(upgraded, *known, pruned) == Recorded(known=5)
    feed = paper(2, title="By a feed", detail=Detail.FEED)
    assert await arrive(upgraded, feed) == Recorded(known=1)
    assert (await news(upgraded))[0].paper == known[1]


async def test_the_new_facts_begin_with_what_the_old_rows_tell(upgraded: SqliteStore) -> None:
    status = await upgraded.status(NOON)
    assert (status.highest, status.risen) == ("2601.00004", NOON)
    assert (status.partial, status.gaps, status.void, status.finds) == (0, 0, 0, ())
    assert status.polls == (
        PollResult("arxiv_api", "ok", NOON, 66, 3, whole_at=NOON),
        PollResult("other", "failed", NOON, error="503"),
    )
    head = await upgraded.head()
    assert (head.seq, head.whole_at, head.late, head.unread) == (4, NOON, False, 1)
    due = await the_one_due(upgraded)
    assert (due.cursors, due.covered, due.heard) == (cursor_at(4), None, NOON)
    mark = Mark("cs.CL", "2026-01-05", "66@a", NOON)
    assert (await upgraded.memory("arxiv_api", NOON)).marks == (mark,)


async def test_deliveries_go_on_where_they_were(upgraded: SqliteStore) -> None:
    due = await the_one_due(upgraded)
    assert [(entry.paper.id, entry.kind) for entry in due.returned] == [("2601.00003", "cross")]
    assert await give(upgraded, due, 2, 3, 4, slot=MORNING) == 1
    old, new = await claim(upgraded)
    assert (numbers_of(old), numbers_of(new)) == ([4], [3])
    await settle(upgraded, old, "sent")
    assert (await upgraded.status(MORNING)).sent == 2


async def test_revisions_and_withdrawals_begin_with_the_papers_of_before(
    upgraded: SqliteStore,
) -> None:
    await upgraded.sync([subscription()], NOON)
    gone = paper(2, version=2, comment="This paper has been withdrawn")
    assert await arrive(upgraded, gone, now=NOON + HOUR) == Recorded(revised=1)
    (owed,) = (await the_one_due(upgraded)).withdrawals
    assert owed.former is not None
    assert (owed.paper, owed.former.comment, owed.topics) == (gone, "9 pages", ("Language",))


async def test_a_census_begins_anew_with_what_was_seen(upgraded: SqliteStore) -> None:
    for upto, now in (("2601.00001", NOON), ("2601.00006", NOON + DAY)):
        await upgraded.record("arxiv_oai", Batch(census=upto), now)
    later = NOON + DAY + timedelta(hours=1)
    assert (await upgraded.memory("ids", later)).gaps == ("2601.00005", "2601.00006")
