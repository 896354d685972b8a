from datetime import datetime, time, timedelta

import pytest

from bot.core.model import Cursor
from bot.core.schedule import Schedule
from bot.interfaces import Store
from tests.builders import NOON, paper, subscription, topic
from tests.store.scenario import (
    DAY,
    HOUR,
    MORNING,
    arrive,
    begin,
    claim,
    cursor_at,
    give,
    rows,
    send_out,
    set_out,
    settle,
    subscribe,
    the_one_due,
)


async def test_a_new_subscription_starts_at_the_end_of_the_log(store: Store) -> None:
    await begin(store)
    await arrive(store, paper(1), paper(2))
    (due,) = await subscribe(store, subscription())
    assert (due.subscriber, due.channel, due.address) == ("ana", "email", "ana@example.org")
    assert (due.slot, due.cursors, due.returned) == (NOON, cursor_at(2), ())


async def test_since_lets_a_new_subscription_reach_back(store: Store) -> None:
    (due,) = await subscribe(store, subscription(since=7 * DAY))
    assert due.cursors == cursor_at(0, reach=NOON - 7 * DAY)


async def test_a_subscription_is_due_from_its_next_instant_on(store: Store) -> None:
    await subscribe(store, subscription())
    assert await store.due(MORNING - timedelta(microseconds=1)) == []
    assert [due.subscriber for due in await store.due(MORNING)] == ["ana"]


async def test_immediately_is_due_at_once(store: Store) -> None:
    await subscribe(store, subscription(schedule=Schedule("UTC", None)))
    assert len(await store.due(NOON)) == 1


async def test_due_is_read_in_pages(store: Store) -> None:
    names = [f"reader{number}" for number in range(5)]
    await subscribe(store, *map(subscription, names))
    first = await store.due(MORNING, limit=3)
    rest = await store.due(MORNING, after=first[-1].id, limit=3)
    assert [due.subscriber for due in (*first, *rest)] == names


async def test_a_sync_that_changes_nothing_leaves_all_as_it_was(store: Store) -> None:
    before = await subscribe(store, subscription(since=DAY), subscription("bo"))
    await begin(store)
    await arrive(store, paper(1))
    after = await subscribe(store, subscription(since=DAY), subscription("bo"), now=NOON + DAY)
    assert after == before


async def test_a_new_topic_and_a_changed_query_start_at_the_end_and_the_others_go_on(
    store: Store,
) -> None:
    kept, old = topic(), topic("Maths", "cat:math.CO")
    await begin(store)
    await subscribe(store, subscription(topics=(kept, old)))
    await arrive(store, paper(1))
    changed, new = topic("Maths", "cat:math.PR"), topic("Vision", "cat:cs.CV")
    (due,) = await subscribe(store, subscription(topics=(kept, changed, new)))
    assert due.cursors == {kept.key: Cursor(0), changed.key: Cursor(1), new.key: Cursor(1)}


async def test_since_reaches_back_for_a_new_topic_of_an_old_subscription(store: Store) -> None:
    await subscribe(store, subscription())
    new = topic("Vision", "cat:cs.CV")
    (due,) = await subscribe(store, subscription(topics=(topic(), new), since=DAY), now=NOON + HOUR)
    assert due.cursors == {topic().key: Cursor(0), new.key: Cursor(0, NOON + HOUR - DAY)}


async def test_a_changed_schedule_counts_from_the_last_instant_served(store: Store) -> None:
    await subscribe(store, subscription())
    evening = subscription(schedule=Schedule("Europe/Madrid", time(18, 0)))
    await store.sync([evening], NOON + HOUR)
    (standing,) = (await store.status(NOON)).standings
    assert standing.next_due == datetime(2026, 1, 5, 17, 0, tzinfo=NOON.tzinfo)
    due = await the_one_due(store)
    assert due.slot == NOON


async def test_the_time_zone_of_a_delivery_follows_the_configuration(store: Store) -> None:
    due = await set_out(store, 1)
    await give(store, due, 1)
    await store.sync([subscription(schedule=Schedule("Asia/Tokyo", time(8, 30)))], NOON)
    (delivery,) = await claim(store)
    assert delivery.timezone == "Asia/Tokyo"


async def test_fault_40_what_is_removed_is_no_longer_due_and_its_pending_deliveries_are_dropped(
    store: Store,
) -> None:
    due = await set_out(store, 1)
    await give(store, due, 1)
    await store.sync([], NOON)
    assert await store.due(MORNING, everyone=True) == []
    assert await claim(store) == []
    assert [row["state"] for row in await rows(store)] == ["dropped"]
    assert (await store.status(MORNING)).standings == ()


async def test_a_subscription_that_comes_back_starts_anew_and_is_given_nothing_twice(
    store: Store,
) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "sent")
    await store.sync([], MORNING)
    await arrive(store, paper(2))
    (due,) = await subscribe(store, subscription(), now=MORNING)
    assert (due.slot, due.cursors) == (MORNING, cursor_at(2))
    assert await give(store, due, 1, slot=MORNING + DAY) == 0
    assert await give(store, due, 1, 2, slot=MORNING + 2 * DAY) == 1


async def test_papers_of_a_dropped_delivery_that_never_went_out_may_be_given_again(
    store: Store,
) -> None:
    due = await set_out(store, 1)
    await give(store, due, 1)
    await store.sync([], MORNING)
    (due,) = await subscribe(store, subscription(), now=MORNING)
    assert due.returned == ()
    assert await give(store, due, 1, slot=MORNING + DAY) == 1


@pytest.mark.parametrize("settled", [False, True])
async def test_papers_of_a_dropped_delivery_that_may_have_gone_out_are_not_given_again(
    store: Store, *, settled: bool
) -> None:
    delivery = await send_out(store, 1)
    if settled:
        await settle(store, delivery, "retry", next_at=MORNING, uncertain=True)
    await store.sync([], MORNING)
    (due,) = await subscribe(store, subscription(), now=MORNING)
    assert await give(store, due, 1, slot=MORNING + DAY) == 0


async def test_papers_that_failed_before_a_removal_do_not_return_after_it(store: Store) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "failed", error="552")
    await store.sync([], MORNING)
    (due,) = await subscribe(store, subscription(), now=MORNING)
    assert due.returned == ()


async def test_a_suspension_outlives_a_removal_and_is_blind_to_case(store: Store) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "failed", error="550 5.1.1", suspend=True)
    await store.sync([], MORNING)
    assert await subscribe(store, subscription(), now=MORNING) == []
    assert await subscribe(store, subscription(address="Ana@Example.org"), now=MORNING) == []


async def test_a_suspension_stops_one_address_alone(store: Store) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "failed", suspend=True)
    both = (subscription(), subscription(channel="slack", address="#papers"), subscription("bo"))
    due = await subscribe(store, *both, now=MORNING)
    assert [one.address for one in due] == ["#papers", "bo@example.org"]


async def test_only_rows_of_the_configuration_are_synchronised(store: Store) -> None:
    assert await subscribe(store, subscription(origin="web")) == []


@pytest.mark.slow
async def test_ten_thousand_subscriptions_are_synchronised_in_one_go(store: Store) -> None:
    everybody = [subscription(f"reader{number}") for number in range(10_000)]
    await store.sync(everybody, NOON)
    await store.sync(everybody[1:], NOON)
    assert (await store.status(MORNING)).due == 9_999


async def test_a_renamed_topic_goes_on_where_it_was(store: Store) -> None:
    await begin(store)
    await subscribe(store, subscription(since=7 * DAY))
    await arrive(store, paper(1))
    renamed = topic("Speech")
    (due,) = await subscribe(store, subscription(topics=(renamed,)), now=NOON + HOUR)
    assert due.cursors == {renamed.key: Cursor(0, NOON - 7 * DAY)}


async def test_topics_that_swap_their_names_keep_their_own_cursors(store: Store) -> None:
    one, two = topic("One", "cat:cs.CL"), topic("Two", "cat:cs.CV")
    await begin(store)
    await subscribe(store, subscription(topics=(one,)))
    await arrive(store, paper(1))
    await subscribe(store, subscription(topics=(one, two)))
    await arrive(store, paper(2))
    one, two = topic("Two", "cat:cs.CL"), topic("One", "cat:cs.CV")
    (due,) = await subscribe(store, subscription(topics=(one, two)))
    assert due.cursors == {one.key: Cursor(0), two.key: Cursor(1)}


async def test_topics_of_one_query_that_become_one_go_on_from_the_earliest(store: Store) -> None:
    first, second = topic("First"), topic("Second")
    await subscribe(store, subscription(topics=(first,)))
    await begin(store)
    await arrive(store, paper(1))
    await subscribe(store, subscription(topics=(first, second)))
    both = topic("Both")
    (due,) = await subscribe(store, subscription(topics=(both,)))
    assert due.cursors == {both.key: Cursor(0)}


async def test_a_copy_of_a_topic_that_stays_starts_at_the_end_of_the_log(store: Store) -> None:
    await begin(store)
    await subscribe(store, subscription())
    await arrive(store, paper(1))
    copy = topic("Copy")
    (due,) = await subscribe(store, subscription(topics=(topic(), copy)))
    assert due.cursors == {topic().key: Cursor(0), copy.key: Cursor(1)}
