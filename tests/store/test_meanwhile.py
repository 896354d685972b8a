"""What comes of a paper between a digest's reading of the log and its being written."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from bot.compose import compose, foresee
from bot.core.model import Composition, Detail, Paper
from bot.core.polling import Batch
from bot.core.subscription import Subscription, Topic
from bot.store import SqliteStore
from bot.store.later import read_upto
from tests.builders import NOON, paper, subscription, topic
from tests.store.scenario import DAY, MORNING, arrive, begin, claim, numbers_of
from tests.store.test_affiliations import HARVESTED, OF_A_LABORATORY, TOLD
from tests.store.test_completions import TOLD_LATER, from_feed
from tests.store.test_report_numbers import NUMBERED, harvested

COMMENTED = topic("Accepted", "cat:cs.CL AND co:accepted")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with SqliteStore.open(tmp_path / "papers.db") as opened:
        await begin(opened)
        yield opened


async def subscribed(store: SqliteStore, one: Topic, announced: Paper) -> Subscription:
    """Let a paper come that a new reader has not read yet."""
    reader = subscription(topics=(one,))
    await store.sync([reader], NOON)
    await arrive(store, announced)
    return reader


def meanwhile(store: SqliteStore, known: Paper, patch: pytest.MonkeyPatch) -> None:
    """Let a source tell of a paper after the log was read, and before what came of it is kept."""
    written = store.compose

    async def overtaken(compositions: Sequence[Composition], now: datetime) -> int:
        await store.record("harvest", Batch((known,)), now)
        return await written(compositions, now)

    patch.setattr(store, "compose", overtaken)


@pytest.mark.parametrize(
    ("one", "announced", "known"),
    [
        (NUMBERED, paper(5), harvested()),
        (OF_A_LABORATORY, HARVESTED, TOLD),
        (COMMENTED, from_feed(), paper(5, **TOLD_LATER)),
    ],
    ids=["a report number", "affiliations", "a comment"],
)
async def test_what_a_paper_is_wanted_for_comes_with_the_next_digest_once(
    store: SqliteStore,
    monkeypatch: pytest.MonkeyPatch,
    one: Topic,
    announced: Paper,
    known: Paper,
) -> None:
    reader = await subscribed(store, one, announced)
    with monkeypatch.context() as patch:
        meanwhile(store, known, patch)
        assert await compose(store, [reader], now=MORNING) == 0
    assert await compose(store, [reader], now=MORNING + DAY) == 1
    (delivery,) = await claim(store, MORNING + DAY)
    assert numbers_of(delivery) == [5]
    assert await compose(store, [reader], now=MORNING + 2 * DAY) == 0


async def test_to_look_ahead_counts_as_reading_for_nobody(store: SqliteStore) -> None:
    reader = await subscribed(store, COMMENTED, from_feed(detail=Detail.FEED))
    await foresee(store, [reader], now=MORNING)
    assert await store._read(read_upto) == 0
    await compose(store, [reader], now=MORNING)
    assert await store._read(read_upto) == 1
