"""Readers leave over HTTP while their digests are sent: no send begins once they were answered."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from bot.compose import compose
from bot.core.people import Who
from bot.core.polling import Batch
from bot.core.subscription import Subscription
from bot.deliver import Terms, deliver
from bot.interfaces import Store
from bot.store import SqliteStore
from tests.builders import NOON, paper, subscription
from tests.doubles import RecordingNotifier
from tests.web.rig import ONE_CLICK, Site, browser

DAY = timedelta(days=1)
MORNING = NOON + timedelta(hours=20, minutes=30)
NAMES = ("ana", "ben", "chi", "dov", "eva", "fay")
EVERYBODY: list[Subscription] = [subscription(name) for name in NAMES]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """The bot's own ledger, in which an email is pending for each of NAMES."""
    async with SqliteStore.open(tmp_path / "daily-papers.db") as opened:
        await opened.record("test", Batch((paper(1),), complete=frozenset({"cs.CL"})), NOON)
        await opened.sync(EVERYBODY, NOON)
        await opened.record("test", Batch((paper(3), paper(4))), NOON)
        assert await compose(opened, EVERYBODY, now=MORNING) == len(NAMES)
        yield opened


async def begun(email: RecordingNotifier, count: int) -> None:
    """Wait until so many sends are under way."""
    async with asyncio.timeout(100):
        while email.busy < count:  # noqa: ASYNC110  # the fake has no event to wait for
            await asyncio.sleep(0.001)


async def leave(pages: Site, url: str, names: Iterable[str]) -> None:
    """Unsubscribe readers as their mail programs do, one after the other."""
    async with browser() as client:
        for name in names:
            answer = await client.post(f"{url}/u/{pages.token(name)}", data=ONE_CLICK)
            assert answer.status_code == 200


async def test_fault_40_nothing_is_sent_to_those_who_left_but_what_was_under_way(
    store: SqliteStore,
) -> None:
    pages = Site(store.path)
    email = RecordingNotifier(concurrency=2, gate=asyncio.Event())
    sending = asyncio.create_task(deliver(store, {"email": email}, Terms(MORNING)))
    await begun(email, 2)
    async with pages.over_http() as url:
        await leave(pages, url, NAMES)
        assert email.sent == []
        assert email.gate is not None
        email.gate.set()
        assert await sending == {"sent": 2}
    assert len({one.address for one in email.sent}) == len(email.sent) == 2
    for days in range(1, 9):
        await compose(store, EVERYBODY, now=MORNING + days * DAY)
        assert await deliver(store, {"email": email}, Terms(MORNING + days * DAY)) == {}
    assert len(email.sent) == 2


class Queueing(RecordingNotifier):
    """Lets a send begin only once its `turn` has come; `waits` is set while one is waited for."""

    def __init__(self, concurrency: int) -> None:
        super().__init__(concurrency=concurrency)
        self.turn, self.waits = asyncio.Event(), asyncio.Event()

    async def ready(self) -> None:
        self.waits.set()
        await self.turn.wait()


async def test_fault_40_who_leaves_before_the_turn_of_a_claimed_digest_is_not_sent_it(
    store: SqliteStore,
) -> None:
    pages = Site(store.path)
    email = Queueing(concurrency=len(NAMES))
    sending = asyncio.create_task(deliver(store, {"email": email}, Terms(MORNING)))
    await email.waits.wait()
    states = {row["state"] for row in await store.deliveries("list", now=MORNING)}
    assert states == {"sending"}
    async with pages.over_http() as url:
        await leave(pages, url, NAMES[:4])
    email.turn.set()
    assert await sending == {"sent": 2}
    assert {one.address for one in email.sent} == {f"{name}@example.org" for name in NAMES[4:]}
    rows = await store.deliveries("list", now=MORNING)
    assert sorted(row["state"] for row in rows) == ["dropped"] * 4 + ["sent"] * 2


async def test_who_is_erased_before_the_turn_of_a_claimed_digest_is_not_sent_it(
    store: SqliteStore,
) -> None:
    email = Queueing(concurrency=len(NAMES))
    sending = asyncio.create_task(deliver(store, {"email": email}, Terms(MORNING)))
    await email.waits.wait()
    async with SqliteStore.open(store.path, exclusive=False) as beside:
        await beside.erase(Who("ana"))
    email.turn.set()
    assert await sending == {"sent": 5}
    assert "ana@example.org" not in {one.address for one in email.sent}


async def test_of_a_store_that_knows_no_people_all_that_it_gives_is_sent(
    store: SqliteStore,
) -> None:
    plain = SimpleNamespace(claim=store.claim, settle=store.settle)
    ended = await deliver(cast("Store", plain), {"email": RecordingNotifier()}, Terms(MORNING))
    assert ended == {"sent": len(NAMES)}


async def test_stopped_before_their_turn_digests_stay_pending(store: SqliteStore) -> None:
    email, terms = Queueing(concurrency=2), Terms(MORNING)
    sending = asyncio.create_task(deliver(store, {"email": email}, terms))
    await email.waits.wait()
    terms.stop.set()
    assert await sending == {}
    status = await store.status(MORNING)
    assert (status.pending, status.uncertain) == (len(NAMES), 0)


async def test_fault_40_who_stays_is_sent_everything_while_others_leave(
    store: SqliteStore,
) -> None:
    pages = Site(store.path)
    email = RecordingNotifier(concurrency=1, gate=asyncio.Event())
    sending = asyncio.create_task(deliver(store, {"email": email}, Terms(MORNING)))
    await begun(email, 1)
    async with pages.over_http() as url:
        await leave(pages, url, NAMES[3:])
        assert email.gate is not None
        email.gate.set()
        ended = await sending
    sent = {one.address.partition("@")[0] for one in email.sent}
    assert sent >= set(NAMES[:3])
    assert len(sent) == len(email.sent) == ended["sent"] <= 4  # one of them was under way
    async with SqliteStore.open(store.path, exclusive=False) as beside:
        left = {one["address"] for one in (await beside.status(MORNING)).suspended}
    assert left == {f"{name}@example.org" for name in NAMES[3:]}


async def test_who_left_by_mistake_is_sent_what_was_dropped(store: SqliteStore) -> None:
    pages = Site(store.path)
    async with pages.over_http() as url:
        await leave(pages, url, NAMES[:1])
        email = RecordingNotifier()
        assert await deliver(store, {"email": email}, Terms(MORNING)) == {"sent": 5}
        async with browser() as client:
            back = await client.post(f"{url}/u/{pages.token('ana')}/resume")
            assert back.status_code == 200
    later = MORNING + DAY
    await compose(store, EVERYBODY, now=later)
    assert await deliver(store, {"email": email}, Terms(later)) == {"sent": 1}
    assert email.sent[-1].address == "ana@example.org"
    assert email.sent[-1].papers == [paper(4).id, paper(3).id]
