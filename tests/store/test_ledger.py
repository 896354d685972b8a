import pytest

from bot.core.errors import StoreError
from bot.core.model import DeliveryId
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


async def test_the_list_shows_the_newest_first_with_all_that_a_person_asks(store: Store) -> None:
    due = await set_out(store, 1, 2, 3)
    await give(store, due, 1, 2)
    await give(store, due, 3, slot=MORNING + DAY)
    newest, oldest = await store.deliveries("list", now=MORNING)
    assert [newest["id"], oldest["id"]] == [2, 1]
    assert oldest == {
        "id": 1,
        "key": "1-01060830",
        "subscriber": "ana",
        "channel": "email",
        "address": "ana@example.org",
        "state": "pending",
        "attempts": 0,
        "uncertain": 0,
        "papers": 2,
        "slot": "2026-01-06T08:30:00Z",
        "next_at": "2026-01-06T08:30:00Z",
        "error": None,
    }


async def test_a_list_of_named_deliveries_shows_those(store: Store) -> None:
    due = await set_out(store, 1, 2)
    for number in (1, 2):
        await give(store, due, number, slot=MORNING + number * DAY)
    (row,) = await store.deliveries("list", [DeliveryId(1)], now=MORNING)
    assert row["id"] == 1


async def test_what_is_settled_has_no_next_instant(store: Store) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "sent")
    assert (await rows(store))[0]["next_at"] is None


async def test_a_retry_makes_a_waiting_delivery_due_now(store: Store) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "retry", next_at=MORNING + 5 * DAY)
    (row,) = await store.deliveries("retry", [delivery.id], now=MORNING + HOUR)
    assert (row["state"], row["next_at"]) == ("pending", "2026-01-06T09:30:00Z")
    assert len(await claim(store, MORNING + HOUR)) == 1


async def test_a_retry_releases_what_was_held_and_it_is_still_uncertain(store: Store) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "held", uncertain=True)
    await store.deliveries("retry", [delivery.id], now=MORNING)
    (again,) = await claim(store)
    assert again.again


async def test_a_retry_takes_back_the_papers_of_a_failed_delivery(store: Store) -> None:
    delivery = await send_out(store, 1, 2)
    await settle(store, delivery, "failed", error="552")
    await store.deliveries("retry", [delivery.id], now=MORNING)
    assert (await the_one_due(store)).returned == ()
    (again,) = await claim(store)
    assert numbers_of(again) == [1, 2]


async def test_a_retry_leaves_out_what_another_delivery_has_given_meanwhile(store: Store) -> None:
    delivery = await send_out(store, 1, 2)
    await settle(store, delivery, "failed")
    await give(store, await the_one_due(store), 1, slot=MORNING + DAY)
    await store.deliveries("retry", [delivery.id], now=MORNING)
    assert [numbers_of(one) for one in await claim(store)] == [[2], [1]]


async def test_a_retry_that_has_nothing_left_to_give_is_dropped(store: Store) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "failed")
    await give(store, await the_one_due(store), 1, slot=MORNING + DAY)
    (row,) = await store.deliveries("retry", [delivery.id], now=MORNING)
    assert row["state"] == "dropped"
    assert [one.id for one in await claim(store)] == [2]


@pytest.mark.parametrize("state", ["failed", "held"])
async def test_a_retry_lifts_the_suspension_and_sends_again(store: Store, state: str) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, state, error="550", suspend=True)
    assert await store.due(MORNING, everyone=True) == []
    await store.deliveries("retry", [delivery.id], now=MORNING)
    assert (await store.status(MORNING)).suspended == ()
    assert len(await store.due(MORNING, everyone=True)) == 1
    assert [one.id for one in await claim(store)] == [delivery.id]


@pytest.mark.parametrize("state", ["retry", "failed", "held"])
async def test_a_retry_lets_the_channel_go_on_that_was_paused(store: Store, state: str) -> None:
    delivery = await send_out(store, 1)
    until = MORNING + HOUR
    await settle(store, delivery, state, error="535", next_at=until, pause_until=until)
    await store.deliveries("retry", [delivery.id], now=MORNING)
    assert (await store.status(MORNING)).paused == ()
    assert [one.id for one in await claim(store)] == [delivery.id]


@pytest.mark.parametrize("state", ["sent", "sending", "dropped"])
async def test_a_retry_lifts_what_holds_its_address_and_channel_back_whatever_became_of_it(
    store: Store, state: str
) -> None:
    due = await set_out(store, 1, 2)
    for number in (1, 2):
        await give(store, due, number, slot=MORNING + number * DAY)
    other, named = await claim(store)
    await settle(store, other, "failed", suspend=True, pause_until=MORNING + HOUR)
    if state == "sent":
        await settle(store, named, "sent")
    if state == "dropped":
        await store.deliveries("drop", [named.id], now=MORNING)
    (row,) = await store.deliveries("retry", [named.id], now=MORNING)
    assert row["state"] == state
    status = await store.status(MORNING)
    assert (status.suspended, status.paused) == ((), ())


async def test_a_retry_of_what_was_dropped_with_its_subscription_lifts_the_suspension(
    store: Store,
) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "failed", error="channel_not_found", suspend=True)
    await store.sync([], MORNING)
    await store.sync([subscription()], MORNING)
    await store.deliveries("retry", [delivery.id], now=MORNING)
    assert len(await store.due(MORNING, everyone=True)) == 1


async def test_a_retry_lifts_nothing_of_another_address_or_channel(store: Store) -> None:
    await begin(store)
    slack = subscription(channel="slack", address="#papers")
    due = await subscribe(store, subscription(), subscription("bo"), slack)
    await arrive(store, paper(1))
    await store.compose([composition(one, 1) for one in due], MORNING)
    ana, bo = await claim(store)
    (team,) = await claim(store, channel="slack")
    await settle(store, ana, "failed", suspend=True)
    await settle(store, team, "retry", next_at=MORNING, pause_until=MORNING + HOUR)
    await store.deliveries("retry", [bo.id], now=MORNING)
    status = await store.status(MORNING)
    assert (len(status.suspended), len(status.paused)) == (1, 1)


async def test_a_retry_leaves_what_is_sent_alone(store: Store) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "sent")
    (row,) = await store.deliveries("retry", [delivery.id], now=MORNING)
    assert row["state"] == "sent"


@pytest.mark.parametrize("state", ["retry", "held", "failed"])
async def test_a_dropped_delivery_is_never_sent_and_its_papers_do_not_return(
    store: Store, state: str
) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, state, next_at=MORNING)
    (row,) = await store.deliveries("drop", [delivery.id], now=MORNING)
    assert row["state"] == "dropped"
    assert await claim(store, MORNING + 9 * DAY) == []
    due = await the_one_due(store)
    assert due.returned == ()
    assert await give(store, due, 1, slot=MORNING + DAY) == 0


async def test_what_is_dropped_while_it_is_sent_stays_dropped(store: Store) -> None:
    delivery = await send_out(store, 1)
    await store.deliveries("drop", [delivery.id], now=MORNING)
    await settle(store, delivery, "retry", next_at=MORNING)
    assert await claim(store, MORNING + 9 * DAY) == []


async def test_a_sent_delivery_cannot_be_dropped(store: Store) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "sent")
    (row,) = await store.deliveries("drop", [delivery.id], now=MORNING)
    assert row["state"] == "sent"


@pytest.mark.parametrize("action", ["list", "retry", "drop"])
async def test_an_unknown_id_changes_nothing_and_is_named(store: Store, action: str) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "held")
    with pytest.raises(StoreError, match="77"):
        await store.deliveries(
            action,  # type: ignore[arg-type]  # one of the three
            [delivery.id, DeliveryId(77)],
            now=MORNING,
        )
    assert [row["state"] for row in await rows(store)] == ["held"]


@pytest.mark.parametrize("action", ["retry", "drop"])
async def test_no_ids_change_nothing(store: Store, action: str) -> None:
    await send_out(store, 1)
    assert (
        await store.deliveries(
            action,  # type: ignore[arg-type]  # one of the two
            now=MORNING,
        )
        == []
    )
