from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.core.model import Coverage, DeliveryId, Due, Entry, NewDelivery
from bot.interfaces import Store
from tests.builders import NOON, paper, subscription
from tests.store.scenario import (
    DAY,
    HOUR,
    MORNING,
    begin,
    claim,
    composition,
    give,
    rows,
    set_out,
    settle,
    subscribe,
    the_one_due,
)

FACTS = Coverage(
    announced=12,
    received=11,
    matched=1,
    sources=("arxiv_api", "arxiv_rss"),
    since=NOON - DAY,
    until=datetime(2026, 1, 6, 3, 30, 0, 123456, tzinfo=UTC),
    late=True,
    topics=("Language",),
)


async def note(store: Store, due: Due, coverage: Coverage | None = None, **changes: Any) -> int:
    slot = changes.get("slot", MORNING)
    new = NewDelivery(f"note-{slot:%d%H%M}", (), 1, 1, coverage)
    return await store.compose([composition(due, deliveries=(new,), **changes)], slot)


async def test_a_note_that_nothing_matched_is_written_claimed_and_settled(store: Store) -> None:
    due = await set_out(store, 1)
    assert await note(store, due, replace(FACTS, matched=0)) == 1
    (delivery,) = await claim(store)
    assert (delivery.entries, delivery.coverage) == ((), replace(FACTS, matched=0))
    await settle(store, delivery, "sent")
    assert (await store.status(MORNING)).sent == 1


async def test_a_delivery_that_became_empty_is_no_note(store: Store) -> None:
    due = await set_out(store, 1)
    await give(store, due, 1)
    new = NewDelivery("again", (Entry(paper(1), ("Language",)),), 1, 1, FACTS)
    compositions = [composition(due, slot=MORNING + DAY, deliveries=(new,))]
    assert await store.compose(compositions, MORNING + DAY) == 0
    assert len(await rows(store)) == 1


async def test_a_note_that_failed_for_good_does_not_return(store: Store) -> None:
    due = await set_out(store, 1)
    await note(store, due)
    (delivery,) = await claim(store)
    await settle(store, delivery, "failed", error="552")
    due = await the_one_due(store, MORNING + DAY)
    assert due.returned == ()
    assert (await store.status(MORNING)).quarantined == ()


async def test_a_note_can_be_tried_again_by_a_person(store: Store) -> None:
    due = await set_out(store, 1)
    await note(store, due)
    (delivery,) = await claim(store)
    await settle(store, delivery, "failed", error="552")
    (row,) = await store.deliveries("retry", [DeliveryId(delivery.id)], now=MORNING)
    assert row["state"] == "pending"
    assert len(await claim(store)) == 1


async def test_each_part_keeps_what_its_digest_rests_on(store: Store) -> None:
    due = await set_out(store, 1, 2)
    parts = tuple(
        NewDelivery(f"part {n}", (Entry(paper(n), ("Language",)),), n, 2, FACTS) for n in (1, 2)
    )
    await store.compose([composition(due, deliveries=parts)], MORNING)
    assert [one.coverage for one in await claim(store)] == [FACTS, FACTS]


async def test_a_delivery_without_facts_has_none(store: Store) -> None:
    due = await set_out(store, 1)
    await give(store, due, 1)
    (delivery,) = await claim(store)
    assert delivery.coverage is None


async def test_what_digests_cover_moves_on_and_never_back(store: Store) -> None:
    due = await set_out(store, 1)
    assert due.covered is None
    steps = [(NOON, NOON), (NOON + DAY, NOON + DAY), (None, NOON + DAY), (NOON, NOON + DAY)]
    for days, (covered, expected) in enumerate(steps):
        await give(store, due, slot=MORNING + days * DAY, covered=covered)
        assert (await the_one_due(store)).covered == expected


async def test_a_subscription_was_last_heard_of_with_its_last_delivery_of_papers_or_a_note(
    store: Store,
) -> None:
    due = await set_out(store, 1)
    assert due.heard == NOON
    heard = []
    await give(store, due, slot=MORNING)
    heard.append((await the_one_due(store)).heard)
    await give(store, due, 1, slot=MORNING + DAY)
    heard.append((await the_one_due(store)).heard)
    await give(store, due, 1, slot=MORNING + 2 * DAY)
    heard.append((await the_one_due(store)).heard)
    await note(store, due, slot=MORNING + 3 * DAY)
    heard.append((await the_one_due(store)).heard)
    assert heard == [NOON, MORNING + DAY, MORNING + DAY, MORNING + 3 * DAY]


async def test_a_subscription_that_comes_back_begins_anew(store: Store) -> None:
    due = await set_out(store, 1)
    await give(store, due, 1, covered=NOON)
    await subscribe(store, now=MORNING + DAY)
    (again,) = await subscribe(store, subscription(), now=MORNING + 9 * DAY)
    assert (again.covered, again.heard) == (None, MORNING + 9 * DAY)


async def test_status_tells_since_when_the_oldest_delivery_waits(store: Store) -> None:
    await begin(store)
    ana, bo = await subscribe(store, subscription(), subscription("bo"))
    assert (await store.status(NOON)).oldest_pending is None
    await note(store, ana, slot=MORNING)
    await note(store, bo, slot=MORNING + HOUR)
    first, second = await claim(store, MORNING + HOUR)
    assert (await store.status(NOON)).oldest_pending == MORNING
    await settle(store, first, "sent")
    await settle(store, second, "retry", next_at=MORNING + DAY)
    assert (await store.status(NOON)).oldest_pending == MORNING + HOUR
