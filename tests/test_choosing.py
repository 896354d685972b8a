"""Readers turn topics off and pause while the bot works: all else comes, and comes once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.compose import compose
from bot.core.errors import TemporaryFailure
from bot.core.model import Composition
from bot.core.people import Who
from bot.core.polling import Batch
from bot.deliver import Terms, deliver
from bot.store import SqliteStore
from tests.builders import NOON, paper, subscription, topic
from tests.doubles import RecordingNotifier
from tests.test_leaving import Queueing

DAY = timedelta(days=1)
MORNING = NOON + timedelta(hours=20, minutes=30)
STUDIES, EVEN = topic("Studies", "ti:study"), topic("Even", "abs:subject AND cat:cs.CL")
ANA = subscription(topics=(STUDIES, EVEN))
Step = Callable[[], Coroutine[Any, Any, None]]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """A ledger that knows paper 1, and has one reader of two topics."""
    async with SqliteStore.open(tmp_path / "daily-papers.db") as opened:
        await opened.record("test", Batch((paper(1),), complete=frozenset({"cs.CL"})), NOON)
        await opened.sync([ANA], NOON)
        yield opened


async def token_of(store: SqliteStore) -> str:
    told = await store.export(Who("ana"))
    return str(told["subscriptions"][0]["token"])


async def pause(store: SqliteStore, until: date | None, now: datetime) -> None:
    """Pause as the page does, beside the bot."""
    async with SqliteStore.open(store.path, exclusive=False) as beside:
        await beside.pause(await token_of(beside), until, now)


async def switch(store: SqliteStore, name: str, now: datetime, *, on: bool) -> None:
    """Turn a topic off or on as the page does, beside the bot."""
    async with SqliteStore.open(store.path, exclusive=False) as beside:
        await beside.switch(await token_of(beside), name, on=on, now=now)


async def announce(store: SqliteStore, *numbers: int, now: datetime = NOON) -> None:
    await store.record("test", Batch(tuple(paper(number) for number in numbers)), now)


async def a_morning(store: SqliteStore, email: RecordingNotifier, now: datetime) -> Counter[str]:
    await compose(store, [ANA], now=now)
    return await deliver(store, {"email": email}, Terms(now))


def got(email: RecordingNotifier) -> list[tuple[int, tuple[str, ...]]]:
    """Tell which papers came, in their order, each with the topics that it is labelled by."""
    return [
        (int(entry.paper.id[5:]), entry.topics)
        for one in email.sent
        for section in one.digest.sections
        for entry in section.entries
    ]


def numbers(email: RecordingNotifier) -> list[int]:
    return sorted(number for number, _ in got(email))


async def test_over_a_pause_nothing_is_lost_and_nothing_comes_twice(store: SqliteStore) -> None:
    email = RecordingNotifier()
    for day in range(12):
        now = MORNING + day * DAY
        await announce(store, 10 + 2 * day, 11 + 2 * day, now=now - timedelta(hours=6))
        if day == 3:
            await pause(store, (now + 5 * DAY).date(), now - timedelta(hours=1))
        before = len(email.sent)
        await a_morning(store, email, now)
        assert len(email.sent) - before == (0 if 3 <= day < 8 else 1)
        if day == 8:
            assert len(email.sent[-1].digest.sections[0].entries) == 12, "of six days"
    assert numbers(email) == [*range(10, 34)]


async def test_what_was_pending_comes_after_the_pause_however_long_ago_it_was_written(
    store: SqliteStore,
) -> None:
    await announce(store, 3)
    await compose(store, [ANA], now=MORNING)
    await pause(store, (MORNING + 30 * DAY).date(), MORNING)
    late = MORNING + 30 * DAY
    failing = RecordingNotifier(fault=lambda _address, _key: TemporaryFailure("greylisted"))
    assert await a_morning(store, failing, late) == {"retry": 1}, "and not given up as too old"
    email = RecordingNotifier()
    assert await deliver(store, {"email": email}, Terms(late + DAY)) == {"sent": 1}
    assert numbers(email) == [3]


async def test_who_pauses_before_the_turn_of_a_claimed_digest_gets_it_afterwards(
    store: SqliteStore,
) -> None:
    await announce(store, 3)
    await compose(store, [ANA], now=MORNING)
    email = Queueing(concurrency=1)
    sending = asyncio.create_task(deliver(store, {"email": email}, Terms(MORNING)))
    await email.waits.wait()
    await pause(store, (MORNING + 2 * DAY).date(), MORNING)
    email.turn.set()
    assert await sending == {}
    assert await a_morning(store, email, MORNING + DAY) == {}
    assert await a_morning(store, email, MORNING + 2 * DAY) == {"sent": 1}
    assert [(one.again, numbers(email)) for one in email.sent] == [(False, [3])]


async def test_a_topic_turned_off_after_a_claim_may_come_once_more_and_not_again(
    store: SqliteStore,
) -> None:
    await announce(store, 3)
    await compose(store, [ANA], now=MORNING)
    email = Queueing(concurrency=1)
    sending = asyncio.create_task(deliver(store, {"email": email}, Terms(MORNING)))
    await email.waits.wait()
    await switch(store, "Studies", MORNING, on=False)
    email.turn.set()
    assert await sending == {"sent": 1}
    await announce(store, 4)
    assert await a_morning(store, email, MORNING + DAY) == {"sent": 1}
    assert got(email) == [(3, ("Studies", "Even")), (4, ("Even",))]


class Meddled:
    """The store of a bot, in which something happens between its reading and its writing."""

    def __init__(self, store: SqliteStore, meanwhile: Step) -> None:
        self._store, self._meanwhile = store, meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def compose(self, compositions: Sequence[Composition], now: datetime) -> int:
        await self._meanwhile()
        return await self._store.compose(compositions, now)


async def test_who_pauses_while_their_digest_is_composed_gets_it_afterwards(
    store: SqliteStore,
) -> None:
    await announce(store, 3)

    async def meanwhile() -> None:
        await pause(store, (MORNING + 2 * DAY).date(), MORNING)

    assert await compose(Meddled(store, meanwhile), [ANA], now=MORNING) == 0
    assert await store.deliveries("list", now=MORNING) == []
    email = RecordingNotifier()
    assert await a_morning(store, email, MORNING + 2 * DAY) == {"sent": 1}
    assert numbers(email) == [3]


async def test_a_topic_switched_while_a_digest_is_composed_loses_and_repeats_nothing(
    store: SqliteStore,
) -> None:
    await switch(store, "Studies", NOON, on=False)
    await announce(store, 3)

    async def meanwhile() -> None:
        await announce(store, 4, now=MORNING)
        await switch(store, "Studies", MORNING, on=True)
        await announce(store, 5, now=MORNING)

    assert await compose(Meddled(store, meanwhile), [ANA], now=MORNING) == 1
    email = RecordingNotifier()
    await deliver(store, {"email": email}, Terms(MORNING))
    await a_morning(store, email, MORNING + DAY)
    assert got(email) == [(3, ("Even",)), (5, ("Studies", "Even")), (4, ("Even",))]


async def test_with_every_topic_off_nothing_is_sent_and_on_again_only_what_is_new(
    store: SqliteStore,
) -> None:
    email = RecordingNotifier()
    for one in ANA.topics:
        await switch(store, one.name, NOON, on=False)
    for day in range(3):
        await announce(store, 10 + day, now=MORNING + day * DAY)
        assert await a_morning(store, email, MORNING + day * DAY) == {}
    await announce(store, 20, now=MORNING + 3 * DAY)
    await switch(store, "Even", MORNING + 3 * DAY, on=True)
    await announce(store, 21, now=MORNING + 3 * DAY)
    assert await a_morning(store, email, MORNING + 4 * DAY) == {"sent": 1}
    assert got(email) == [(21, ("Even",))]
    assert (await store.status(MORNING + 4 * DAY)).due == 0


async def test_what_failed_returns_by_the_topics_that_are_on(store: SqliteStore) -> None:
    await announce(store, 3)
    await compose(store, [ANA], now=MORNING)
    await store.suspend(Who("ana"), "her server is down", MORNING)
    await switch(store, "Studies", MORNING, on=False)
    await store.resume(Who("ana"), MORNING)
    email = RecordingNotifier()
    assert await a_morning(store, email, MORNING + DAY) == {"sent": 1}
    assert got(email) == [(3, ("Even",))]
