"""A ledger with one digest pending for each reader, and passes over it as time goes by."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

from bot.compose import compose
from bot.core.polling import Batch
from bot.deliver import Terms, deliver
from bot.interfaces import Notifier
from bot.store import SqliteStore
from tests.builders import NOON, paper, subscription

MORNING = NOON + timedelta(hours=20, minutes=30)


@asynccontextmanager
async def outbox(folder: Path, readers: int) -> AsyncIterator[SqliteStore]:
    """Give a ledger in which, at MORNING, one email is pending for each of r0, r1, …"""
    async with SqliteStore.open(folder / "daily-papers.db") as store:
        await store.record("test", Batch((paper(1),), complete=frozenset({"cs.CL"})), NOON)
        everybody = [subscription(f"r{number}") for number in range(readers)]
        await store.sync(everybody, NOON)
        await store.record("test", Batch((paper(3), paper(4))), NOON)
        assert await compose(store, everybody, now=MORNING) == readers
        yield store


async def send_all(
    store: SqliteStore, email: Notifier, now: datetime, **terms: Any
) -> Counter[str]:
    """Make one pass."""
    return await deliver(store, {"email": email}, Terms(now, **terms))


async def next_attempt(store: SqliteStore, now: datetime) -> datetime:
    """Tell when the first of what is pending is tried again."""
    rows = await store.deliveries("list", now=now)
    told = [datetime.fromisoformat(row["next_at"]) for row in rows if row["state"] == "pending"]
    return min(told) + timedelta(seconds=1)  # rows tell whole seconds


def received(messages: Sequence[bytes]) -> Counter[str]:
    """Count the messages by whom they are to."""
    return Counter(str(message_from_bytes(one)["To"]).partition("@")[0] for one in messages)


def ids(messages: Sequence[bytes]) -> Counter[str]:
    """Count the messages by their id."""
    return Counter(str(message_from_bytes(one)["Message-ID"]) for one in messages)


def once(readers: int) -> Counter[str]:
    """What `received` gives where each reader got one message."""
    return Counter({f"r{number}": 1 for number in range(readers)})
