"""Outcomes that one transaction settles: one that has lost its delivery costs the others nothing.

The group is real: the first outcome's transaction takes until all others wait for the next.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.compose import compose
from bot.core.digest import Digest
from bot.core.errors import TemporaryFailure
from bot.core.model import Outcome
from bot.core.people import Who
from bot.core.polling import Batch
from bot.deliver import Terms, deliver
from bot.store import SqliteStore
from tests.builders import NOON, paper, subscription
from tests.doubles import RecordingNotifier

NAMES = ("ana", "ben", "chi", "dov", "eva", "fay")
MORNING = NOON + timedelta(hours=20, minutes=30)


class Slow(SqliteStore):
    """A ledger whose first transaction of outcomes ends once it is told to go on."""

    def __init__(self, path: Path, *, exclusive: bool) -> None:
        super().__init__(path, exclusive=exclusive)
        self.sizes: list[int] = []
        self.begun, self.go = asyncio.Event(), asyncio.Event()

    async def settle(self, outcomes: Sequence[Outcome], now: datetime) -> None:
        self.sizes.append(len(outcomes))
        self.begun.set()
        if len(self.sizes) == 1:
            await self.go.wait()
        await super().settle(outcomes, now)


class AnaFirst(RecordingNotifier):
    """Accepts the digests of all others once that of ana is being settled."""

    def __init__(self, store: Slow) -> None:
        super().__init__(concurrency=len(NAMES))
        self._store = store

    async def send(self, digest: Digest, address: str, *, key: str, again: bool = False) -> None:
        if digest.subscriber != "ana":
            await self._store.begun.wait()
        await super().send(digest, address, key=key, again=again)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Slow]:
    """A ledger in which one email is pending for each of NAMES."""
    async with Slow.open(tmp_path / "daily-papers.db") as opened:
        await opened.record("test", Batch((paper(1),), complete=frozenset({"cs.CL"})), NOON)
        everybody = [subscription(name) for name in NAMES]
        await opened.sync(everybody, NOON)
        await opened.record("test", Batch((paper(3),)), NOON)
        assert await compose(opened, everybody, now=MORNING) == len(NAMES)
        yield opened


@pytest.fixture
async def email(store: Slow) -> AnaFirst:
    return AnaFirst(store)


async def tried(email: AnaFirst, count: int) -> None:
    """Wait until so many were accepted and all have come to an end."""
    async with asyncio.timeout(60):
        while len(email.sent) < count or email.busy:  # noqa: ASYNC110  # the fake has no event
            await asyncio.sleep(0.001)


async def states(store: Slow) -> dict[str, str]:
    rows = await store.deliveries("list", now=MORNING)
    return {row["subscriber"]: row["state"] for row in rows}


async def test_what_lost_its_delivery_or_its_reader_meanwhile_takes_no_other_with_it(
    store: Slow, email: AnaFirst
) -> None:
    passing = asyncio.create_task(deliver(store, {"email": email}, Terms(MORNING)))
    await tried(email, len(NAMES))
    numbers = {r["subscriber"]: r["id"] for r in await store.deliveries("list", now=MORNING)}
    async with SqliteStore.open(store.path, exclusive=False) as beside:
        token = next(one.digest.token for one in email.sent if one.digest.subscriber == "ben")
        assert await beside.unsubscribe(token, MORNING) is not None
        await beside.erase(Who("chi"))
        await beside.deliveries("drop", [numbers["dov"]], now=MORNING)
    store.go.set()
    assert await passing == {"sent": len(NAMES)}
    assert store.sizes == [1, len(NAMES) - 1]
    # What was accepted before its reader left was sent; what is gone stays so.
    assert await states(store) == dict.fromkeys(("ana", "ben", "eva", "fay"), "sent") | {
        "dov": "dropped"
    }


async def test_a_server_whose_words_cannot_be_written_takes_no_other_with_it(
    store: Slow, email: AnaFirst
) -> None:
    said = TemporaryFailure("450 come \udcff back\x00 later")
    email.fault = lambda address, _: said if address.startswith("chi@") else None
    passing = asyncio.create_task(deliver(store, {"email": email}, Terms(MORNING)))
    await tried(email, len(NAMES) - 1)
    store.go.set()
    assert await passing == {"sent": len(NAMES) - 1, "retry": 1}
    assert store.sizes == [1, len(NAMES) - 1]
    assert await states(store) == dict.fromkeys(NAMES, "sent") | {"chi": "pending"}
    rows = await store.deliveries("list", now=MORNING)
    assert [row["error"] for row in rows if row["error"]] == ["450 come � back later"]
