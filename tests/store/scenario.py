"""What happens to a ledger, as verbs: each is one or two calls of the store."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.model import (
    Announcement,
    Composition,
    Cursor,
    CursorKey,
    Delivery,
    Due,
    Entry,
    NewDelivery,
    Outcome,
    Paper,
)
from bot.core.polling import Batch, Recorded
from bot.core.subscription import Subscription
from bot.interfaces import Store
from tests.builders import NOON, paper, subscription, topic

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MORNING = datetime(2026, 1, 6, 8, 30, tzinfo=UTC)


async def begin(store: Store, *known: Paper, scopes: Sequence[str] = ("cs.CL",)) -> Recorded:
    """Take the baseline of `scopes` at NOON, with these papers known."""
    return await store.record("arxiv", Batch(known, complete=frozenset(scopes)), NOON)


async def arrive(store: Store, *papers: Paper, now: datetime = NOON + HOUR) -> Recorded:
    return await store.record("arxiv", Batch(papers), now)


async def news(store: Store, *, since: datetime | None = None) -> list[Announcement]:
    head = await store.head()
    return list(await store.log(0, head.seq, since=since))


async def subscribe(
    store: Store, *subscriptions: Subscription, now: datetime = NOON
) -> Sequence[Due]:
    """Make these all the subscriptions there are, and read them back."""
    await store.sync(subscriptions, now)
    return await store.due(now, everyone=True)


async def the_one_due(store: Store, now: datetime = MORNING) -> Due:
    (due,) = await store.due(now, everyone=True)
    return due


def composition(due: Due, *numbers: int, **changes: Any) -> Composition:
    """Decide that `due` is given the papers of these numbers, in one delivery at `slot`."""
    slot = changes.pop("slot", MORNING)
    entries = tuple(Entry(paper(number), ("Language",)) for number in numbers)
    key = f"{due.id}-{slot:%m%d%H%M}"
    values: dict[str, Any] = {
        "subscription": due.id,
        "slot": slot,
        "next_due": slot + DAY,
        "cursors": due.cursors,
        "deliveries": (NewDelivery(key, entries, 1, 1),) if numbers else (),
    }
    return Composition(**(values | changes))


async def give(store: Store, due: Due, *numbers: int, **changes: Any) -> int:
    now = changes.pop("now", MORNING)
    return await store.compose([composition(due, *numbers, **changes)], now)


async def claim(store: Store, now: datetime = MORNING, **changes: Any) -> Sequence[Delivery]:
    channel = changes.get("channel", "email")
    lease = changes.get("lease", HOUR)
    return await store.claim(channel, now, lease=lease, limit=changes.get("limit", 100))


async def settle(store: Store, delivery: Delivery, state: Any, **changes: Any) -> None:
    now = changes.pop("now", MORNING)
    await store.settle([Outcome(delivery.id, state, **changes)], now)


async def set_out(store: Store, *numbers: int) -> Due:
    """Begin with these papers announced to one subscriber, whose digest is due in the MORNING."""
    await begin(store)
    (due,) = await subscribe(store, subscription())
    await arrive(store, *(paper(number) for number in numbers))
    return due


async def send_out(store: Store, *numbers: int) -> Delivery:
    """Begin with one delivery of these papers, claimed in the MORNING."""
    due = await set_out(store, *numbers)
    await give(store, due, *numbers)
    (delivery,) = await claim(store)
    return delivery


async def rows(store: Store) -> list[dict[str, Any]]:
    """List the deliveries, the oldest first."""
    return [dict(row) for row in reversed(await store.deliveries("list", now=MORNING))]


def numbers_of(delivery: Delivery) -> list[int]:
    return [int(entry.paper.id[5:]) for entry in delivery.entries]


def cursor_at(seq: int, reach: datetime | None = None) -> dict[CursorKey, Cursor]:
    """The cursors of a subscription with the one topic that builders give it."""
    return {topic().key: Cursor(seq, reach)}
