"""What becomes of cursors where another version knew the same queries by other hashes."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.model import Cursor
from bot.core.subscription import Subscription, Topic
from bot.store import SqliteStore, edition
from bot.store.later import read_upto
from tests.builders import NOON, paper, subscription, topic
from tests.store.scenario import DAY, arrive, begin, subscribe
from tests.store.test_migrations import migrated_before

MATHS = topic("Maths", "cat:math.CO")
OTHER = topic("Maths", "cat:math.PR")


def formerly(one: Topic) -> Topic:
    """Give a topic as an earlier version knew it: the same text, and another hash."""
    return replace(one, query=replace(one.query, meaning=f"{one.query.meaning} as it was"))


OLD = subscription(topics=(formerly(topic()), formerly(MATHS)))
NEW = subscription(topics=(topic(), MATHS))


@pytest.fixture
def store_path(tmp_path: Path) -> Path:
    return tmp_path / "papers.db"


async def upgrade(store: SqliteStore, rules: str = "") -> None:
    """Let the ledger be one of a version that read queries by other rules."""
    await store._write(lambda db: db.execute("UPDATE edition SET cursors = ?", [rules]))


async def known(store: SqliteStore, *before: Subscription) -> None:
    """Subscribe at 0, let paper 1 come, and then make these changes one after the other."""
    await begin(store, scopes=("cs.CL", "math.CO"))
    await subscribe(store, OLD)
    await arrive(store, paper(1))
    for number, one in enumerate(before, start=2):
        await subscribe(store, one)
        await arrive(store, paper(number))


@pytest.mark.parametrize("rules", ["", "those of before"])
async def test_a_topic_that_nobody_touched_goes_on_where_it_was(
    rules: str, store_path: Path
) -> None:
    async with SqliteStore.open(store_path) as store:
        await known(store)
        await upgrade(store, rules)
    async with SqliteStore.open(store_path) as store:
        (due,) = await subscribe(store, NEW)
        assert due.cursors == {topic().key: Cursor(0), MATHS.key: Cursor(0)}


async def test_only_the_first_time_as_a_query_that_is_changed_brings_nothing_from_the_past(
    store_path: Path,
) -> None:
    async with SqliteStore.open(store_path) as store:
        await known(store)
        await upgrade(store)
        await subscribe(store, NEW)
        (due,) = await subscribe(store, replace(NEW, topics=(topic(), OTHER)))
        assert due.cursors == {topic().key: Cursor(0), OTHER.key: Cursor(1)}


async def test_what_a_topic_waits_for_and_from_where_it_began_go_with_it(store_path: Path) -> None:
    async with SqliteStore.open(store_path) as store:
        await subscribe(store, replace(OLD, since=7 * DAY))
        await upgrade(store)
        (due,) = await subscribe(store, replace(NEW, since=7 * DAY), now=NOON + DAY)
        assert {*due.cursors.values()} == {Cursor(0, NOON - 7 * DAY)}
        made = await store._read(lambda db: {*db.execute("SELECT began, made_at FROM cursors")})
        assert made == {(0, int(NOON.timestamp() * 1_000_000))}


async def test_one_that_is_renamed_goes_on_by_its_query_whose_hash_is_the_same(
    store_path: Path,
) -> None:
    async with SqliteStore.open(store_path) as store:
        await begin(store)
        await subscribe(store, subscription(topics=(topic("A"),)))
        await arrive(store, paper(1))
        await subscribe(store, subscription(topics=(topic("A"), topic("B", "cat:cs.CV"))))
        await upgrade(store)
        swapped = subscription(topics=(topic("B"), topic("A", "cat:cs.CV")))
        (due,) = await subscribe(store, swapped)
        assert {key.topic: one.seq for key, one in due.cursors.items()} == {"B": 0, "A": 1}


@pytest.mark.parametrize("mended", [MATHS, OTHER])
@pytest.mark.parametrize("at_once", [True, False])
async def test_one_that_is_refused_meanwhile_goes_on_from_where_its_own_query_was(
    mended: Topic, store_path: Path, *, at_once: bool
) -> None:
    async with SqliteStore.open(store_path) as store:
        await known(store, replace(OLD, topics=OLD.topics[:1], refused=("Maths",)))
        await upgrade(store)
        if not at_once:
            await subscribe(store, subscription(refused=("Maths",)))
            await arrive(store, paper(9))
        (due,) = await subscribe(store, replace(NEW, topics=(topic(), mended)))
        assert due.cursors == {topic().key: Cursor(0), mended.key: Cursor(0)}


async def test_one_that_is_new_begins_at_the_end(store_path: Path) -> None:
    async with SqliteStore.open(store_path) as store:
        await known(store)
        await upgrade(store)
        later = topic("Later", "cat:cs.CV")
        (due,) = await subscribe(store, replace(NEW, topics=(*NEW.topics, later)))
        assert due.cursors[later.key] == Cursor(1)


async def test_a_ledger_of_before_knows_how_far_it_was_read(store_path: Path) -> None:
    migrated_before(store_path, "0007-reading")
    with closing(sqlite3.connect(store_path)) as before, before:
        before.executemany(
            "INSERT INTO cursors (subscription, topic, query_hash, seq) VALUES (?, 'T', 'h', ?)",
            [(1, 7), (2, 3)],
        )
    async with SqliteStore.open(store_path) as store:
        assert await store._read(read_upto) == 7
        assert not await store._read(edition.is_followed, "cursors")
        await store.sync([], NOON + timedelta(days=1))
        assert await store._read(edition.is_followed, "cursors")
