from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.model import Delivery, DeliveryId
from bot.interfaces import Store
from tests.builders import paper, subscription
from tests.store.scenario import (
    DAY,
    HOUR,
    MORNING,
    arrive,
    begin,
    claim,
    composition,
    give,
    numbers_of,
    rows,
    send_out,
    set_out,
    settle,
    subscribe,
    the_one_due,
)
from tests.store.stores import Opener

MINUTE = timedelta(minutes=1)


async def test_all_that_is_pending_for_a_suspended_address_fails_with_it(store: Store) -> None:
    delivery = await send_out(store, 1, 2)
    due = await the_one_due(store)
    await arrive(store, paper(3))
    await give(store, due, 3, slot=MORNING + DAY)
    await settle(store, delivery, "failed", error="550 5.1.1 no such user", suspend=True)
    assert await claim(store, MORNING + 9 * DAY) == []
    assert [(row["state"], row["error"], row["next_at"]) for row in await rows(store)] == [
        ("failed", "550 5.1.1 no such user", None)
    ] * 2
    assert (await store.status(MORNING)).suspended == (
        {
            "channel": "email",
            "address": "ana@example.org",
            "by": "channel",
            "reason": "550 5.1.1 no such user",
            "at": "2026-01-06T08:30:00Z",
        },
    )


async def test_what_failed_with_its_address_comes_once_the_suspension_is_lifted(
    store: Store,
) -> None:
    delivery = await send_out(store, 1)
    await arrive(store, paper(2), paper(3))
    await give(store, await the_one_due(store), 2, slot=MORNING + DAY)
    await settle(store, delivery, "failed", error="550", suspend=True)
    await store.deliveries("retry", [delivery.id], now=MORNING)
    due = await the_one_due(store)
    assert [entry.paper.id for entry in due.returned] == ["2601.00002"]
    assert await give(store, due, 2, 3, slot=MORNING + 2 * DAY) == 1
    assert [numbers_of(one) for one in await claim(store, MORNING + HOUR)] == [[1], [2, 3]]


async def test_a_suspension_fails_what_is_pending_for_the_address_under_any_name_and_no_other(
    store: Store,
) -> None:
    await begin(store)
    everybody = (
        subscription(),
        subscription("twin", address="Ana@Example.ORG"),
        subscription("bo"),
        subscription(channel="slack", address="ana@example.org"),
    )
    due = await subscribe(store, *everybody)
    await arrive(store, paper(1))
    await store.compose([composition(one, 1) for one in due], MORNING)
    (first,) = await claim(store, limit=1)
    await settle(store, first, "failed", error="550", suspend=True)
    assert [row["state"] for row in await rows(store)] == ["failed", "failed", "pending", "pending"]


@pytest.mark.parametrize("state", ["retry", "released"])
async def test_what_is_given_back_to_a_suspended_address_fails_too(
    store: Store, state: str
) -> None:
    due = await set_out(store, 1, 2)
    for number in (1, 2):
        await give(store, due, number, slot=MORNING + number * DAY)
    one, two = await claim(store)
    await settle(store, one, "failed", error="550 5.1.1", suspend=True)
    assert [row["state"] for row in await rows(store)] == ["failed", "sending"]
    await settle(store, two, state, error="451", next_at=MORNING)
    assert [(row["state"], row["error"]) for row in await rows(store)] == [
        ("failed", "550 5.1.1")
    ] * 2


async def under_way_at_a_suspended_address(store: Store) -> Delivery:
    """Begin with two deliveries claimed for an HOUR; the first one's refusal suspends both."""
    due = await set_out(store, 1, 2)
    for number in (1, 2):
        await give(store, due, number, slot=MORNING + number * DAY)
    one, two = await claim(store)
    await settle(store, one, "failed", error="550 5.1.1", suspend=True)
    return two


async def test_what_was_under_way_to_a_suspended_address_fails_once_its_lease_ended(
    store: Store,
) -> None:
    two = await under_way_at_a_suspended_address(store)
    assert await claim(store, MORNING + HOUR - MINUTE) == []
    assert (await rows(store))[1]["state"] == "sending"
    assert await claim(store, MORNING + HOUR, channel="slack") == []
    assert (await rows(store))[1]["state"] == "sending"
    assert await claim(store, MORNING + HOUR) == []
    row = (await rows(store))[1]
    assert (row["id"], row["state"], row["error"]) == (two.id, "failed", "550 5.1.1")
    assert (row["uncertain"], (await store.status(MORNING)).uncertain) == (1, 1)


@pytest.mark.parametrize("named", [1, 2])
async def test_what_a_process_left_under_way_to_a_suspended_address_comes_once_it_is_lifted(
    opener: Opener, tmp_path: Path, named: int
) -> None:
    async with opener(tmp_path) as store:
        await under_way_at_a_suspended_address(store)
    async with opener(tmp_path) as store:
        assert await claim(store) == []
        assert [row["state"] for row in await rows(store)] == ["failed", "failed"]
        await store.deliveries("retry", [DeliveryId(named)], now=MORNING)
        (again,) = await claim(store)
        assert (numbers_of(again), again.again) == ([named], named == 2)
        returned = (await the_one_due(store)).returned
        assert [entry.paper for entry in returned] == [paper(3 - named)]


async def test_what_a_process_left_under_way_to_other_addresses_is_taken_over(
    opener: Opener, tmp_path: Path
) -> None:
    async with opener(tmp_path) as store:
        await begin(store)
        due = await subscribe(store, subscription(), subscription("bo"))
        await arrive(store, paper(1))
        await store.compose([composition(one, 1) for one in due], MORNING)
        ana, _ = await claim(store)
        await settle(store, ana, "failed", error="550", suspend=True)
    async with opener(tmp_path) as store:
        assert [one.subscriber for one in await claim(store)] == ["bo"]


async def test_nothing_is_composed_for_an_address_suspended_meanwhile(store: Store) -> None:
    delivery = await send_out(store, 1)
    due = await the_one_due(store)
    await settle(store, delivery, "failed", error="550", suspend=True)
    assert await give(store, due, 1, slot=MORNING + DAY) == 0
    await store.deliveries("retry", [delivery.id], now=MORNING)
    assert (await the_one_due(store)).slot == MORNING
