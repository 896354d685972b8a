from datetime import timedelta
from pathlib import Path

from bot.core.model import Cursor, CursorKey, Entry, NewDelivery
from bot.interfaces import Store
from tests.builders import NOON, paper, subscription, topic
from tests.store.scenario import (
    DAY,
    HOUR,
    MORNING,
    arrive,
    begin,
    claim,
    composition,
    cursor_at,
    give,
    news,
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


async def test_a_composition_writes_its_delivery_and_moves_cursor_and_slot(store: Store) -> None:
    due = await set_out(store, 1, 2)
    assert await give(store, due, 2, 1, cursors=cursor_at(2)) == 1
    moved = await the_one_due(store)
    assert (moved.slot, moved.cursors) == (MORNING, cursor_at(2))
    assert await store.due(MORNING + DAY - MINUTE) == []
    (delivery,) = await claim(store)
    assert numbers_of(delivery) == [2, 1]


async def test_a_claimed_delivery_holds_all_that_sending_needs(store: Store) -> None:
    due = await set_out(store, 1)
    entries = (Entry(paper(1), ("Language", "Späte"), "cross"),)
    await give(store, due, deliveries=(NewDelivery("key-1", entries, 2, 3),), now=MORNING + MINUTE)
    (delivery,) = await claim(store, MORNING + HOUR)
    assert delivery.entries == entries
    assert (delivery.key, delivery.part, delivery.parts) == ("key-1", 2, 3)
    assert (delivery.subscription, delivery.subscriber) == (due.id, "ana")
    assert (delivery.channel, delivery.address) == ("email", "ana@example.org")
    assert (delivery.timezone, delivery.slot) == ("UTC", MORNING)
    assert (delivery.created_at, delivery.attempts) == (MORNING + MINUTE, 1)
    assert not delivery.again
    assert not delivery.reclaimed


async def test_a_paper_is_given_to_a_subscription_once(store: Store) -> None:
    due = await set_out(store, 1, 2)
    await give(store, due, 1)
    assert await give(store, due, 1, 2, slot=MORNING + DAY) == 1
    assert [numbers_of(delivery) for delivery in await claim(store)] == [[1], [2]]


async def test_a_delivery_left_empty_is_not_written_but_the_slot_is_served(store: Store) -> None:
    due = await set_out(store, 1)
    await give(store, due, 1)
    assert await give(store, due, 1, slot=MORNING + DAY) == 0
    assert (await the_one_due(store)).slot == MORNING + DAY
    assert len(await rows(store)) == 1


async def test_two_parts_of_one_digest_never_share_a_paper(store: Store) -> None:
    due = await set_out(store, 1, 2)
    entries = tuple(Entry(paper(number), ("Language",)) for number in (1, 2))
    parts = (NewDelivery("a", entries, 1, 2), NewDelivery("b", entries, 2, 2))
    assert await give(store, due, deliveries=parts) == 1


async def test_the_parts_that_are_left_are_numbered_anew(store: Store) -> None:
    due = await set_out(store, *range(1, 6))
    await give(store, due, 1, 4)
    cut = [
        NewDelivery(key, tuple(Entry(paper(n), ("Language",)) for n in numbers), part, 4)
        for part, (key, numbers) in enumerate(
            {"a": (2,), "b": (1, 4), "c": (3, 4), "d": (5,)}.items(), start=1
        )
    ]
    assert await give(store, due, deliveries=tuple(cut), slot=MORNING + DAY) == 3
    _, *rest = await claim(store)
    assert [(one.key, one.part, one.parts) for one in rest] == [
        ("a", 1, 3),
        ("c", 2, 3),
        ("d", 3, 3),
    ]


async def test_a_part_left_empty_leaves_the_numbers_of_other_digests_alone(store: Store) -> None:
    await begin(store)
    ana, bo = await subscribe(store, subscription(), subscription("bo"))
    await arrive(store, paper(1), paper(2))
    await give(store, ana, 1)
    entries = (Entry(paper(2), ("Language",)),)
    third = NewDelivery("third", entries, 3, 3)
    again = composition(ana, 1, slot=MORNING + DAY)
    assert await store.compose([again, composition(bo, deliveries=(third,))], MORNING) == 1
    _, delivery = await claim(store)
    assert (delivery.key, delivery.part, delivery.parts) == ("third", 3, 3)


async def test_two_subscriptions_are_each_given_the_paper(store: Store) -> None:
    await begin(store)
    ana, bo = await subscribe(store, subscription(), subscription("bo"))
    await arrive(store, paper(1))
    assert await store.compose([composition(ana, 1), composition(bo, 1)], MORNING) == 2


async def test_a_subscription_that_vanished_meanwhile_is_left_out(store: Store) -> None:
    await begin(store)
    ana, bo = await subscribe(store, subscription(), subscription("bo"))
    await arrive(store, paper(1))
    await store.sync([subscription("bo")], NOON)
    assert await store.compose([composition(ana, 1), composition(bo, 1)], MORNING) == 1
    assert [row["subscriber"] for row in await rows(store)] == ["bo"]


async def test_a_clock_that_went_back_gives_no_second_digest_and_loses_nothing(
    store: Store,
) -> None:
    due = await set_out(store, 1, 2)
    await give(store, due, 1, cursors=cursor_at(1))
    assert await give(store, due, 2, slot=MORNING - HOUR, cursors=cursor_at(2)) == 0
    assert (await the_one_due(store)).cursors == cursor_at(1)
    assert await give(store, due, 2, slot=MORNING + DAY, cursors=cursor_at(2)) == 1


async def test_a_second_digest_for_the_same_instant_waits_for_the_next(store: Store) -> None:
    due = await set_out(store, 1, 2)
    await give(store, due, 1, cursors=cursor_at(1))
    assert await give(store, due, 2, cursors=cursor_at(2)) == 0
    assert (await the_one_due(store)).cursors == cursor_at(1)


async def test_a_cursor_never_goes_back(store: Store) -> None:
    due = await set_out(store, 1, 2)
    await give(store, due, cursors=cursor_at(2))
    await give(store, due, slot=MORNING + DAY, cursors=cursor_at(1))
    assert (await the_one_due(store)).cursors == cursor_at(2)


async def test_a_reach_is_asked_once(store: Store) -> None:
    (due,) = await subscribe(store, subscription(since=DAY))
    await give(store, due, cursors=cursor_at(0))
    assert (await the_one_due(store)).cursors == cursor_at(0, reach=None)


async def test_a_topic_changed_between_reading_and_composing_keeps_its_own_cursor(
    store: Store,
) -> None:
    due = await set_out(store, 1)
    new = topic("Vision", "cat:cs.CV")
    await store.sync([subscription(topics=(new,))], NOON)
    await give(store, due, 1, cursors={**cursor_at(1), CursorKey("gone", "0"): Cursor(1)})
    assert (await the_one_due(store)).cursors == {new.key: Cursor(1)}


async def test_claims_take_the_oldest_first_and_each_once(store: Store) -> None:
    due = await set_out(store, 1, 2, 3)
    for number in (1, 2, 3):
        await give(store, due, number, slot=MORNING + number * DAY)
    first = await claim(store, limit=2)
    second = await claim(store, limit=2)
    assert [numbers_of(delivery) for delivery in (*first, *second)] == [[1], [2], [3]]
    assert await claim(store) == []


async def test_what_was_due_first_is_claimed_first(store: Store) -> None:
    due = await set_out(store, 1, 2, 3)
    for number in (1, 2, 3):
        await give(store, due, number, slot=MORNING + number * DAY, now=MORNING)
    one, two, _ = await claim(store)
    await settle(store, one, "retry", next_at=MORNING + 2 * HOUR)
    await settle(store, two, "retry", next_at=MORNING + HOUR)
    late = await claim(store, MORNING + 3 * HOUR)
    assert [numbers_of(delivery) for delivery in late] == [[3], [2], [1]]


async def test_a_channel_claims_only_its_own(store: Store) -> None:
    await begin(store)
    slack = subscription(channel="slack", address="#papers")
    ana, team = await subscribe(store, subscription(), slack)
    await arrive(store, paper(1))
    await store.compose([composition(ana, 1), composition(team, 1)], MORNING)
    assert [delivery.address for delivery in await claim(store, channel="slack")] == ["#papers"]
    assert [d.address for d in await claim(store, channel="email")] == ["ana@example.org"]
    assert await claim(store, channel="maildir") == []


async def test_a_delivery_waits_for_its_retry_instant(store: Store) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "retry", error="451", next_at=MORNING + 5 * MINUTE)
    assert await claim(store, MORNING + 5 * MINUTE - timedelta(microseconds=1)) == []
    (again,) = await claim(store, MORNING + 5 * MINUTE)
    assert (again.attempts, again.again, again.key) == (2, False, delivery.key)
    assert (await rows(store))[0]["error"] == "451"


async def test_a_delivery_whose_lease_ended_is_taken_again_as_uncertain(store: Store) -> None:
    delivery = await send_out(store, 1)
    assert await claim(store, MORNING + HOUR - MINUTE) == []
    (again,) = await claim(store, MORNING + HOUR)
    assert (again.id, again.again, again.attempts) == (delivery.id, True, 2)
    assert again.reclaimed
    assert (await store.status(MORNING)).uncertain == 1


async def test_a_delivery_of_a_process_that_is_gone_is_taken_at_once_as_uncertain(
    opener: Opener, tmp_path: Path
) -> None:
    async with opener(tmp_path) as store:
        delivery = await send_out(store, 1)
    async with opener(tmp_path) as store:
        (again,) = await claim(store)
        assert (again.key, again.again, again.reclaimed) == (delivery.key, True, True)
        assert (await store.status(MORNING)).uncertain == 1


async def test_only_what_was_under_way_is_reclaimed(opener: Opener, tmp_path: Path) -> None:
    async with opener(tmp_path) as store:
        due = await set_out(store, 1, 2, 3)
        for number in (1, 2, 3):
            await give(store, due, number, slot=MORNING + number * DAY)
        uncertain, _ = await claim(store, limit=2)
        await settle(store, uncertain, "retry", next_at=MORNING, uncertain=True)
    async with opener(tmp_path) as store:
        taken = {numbers_of(one)[0]: one for one in await claim(store)}
        assert {number: one.reclaimed for number, one in taken.items()} == {
            1: False,
            2: True,
            3: False,
        }
        assert [taken[number].again for number in (1, 2, 3)] == [True, True, False]


async def test_what_was_written_before_the_process_ended_is_sent_by_the_next_as_certain(
    opener: Opener, tmp_path: Path
) -> None:
    async with opener(tmp_path) as store:
        due = await set_out(store, 1)
        await give(store, due, 1)
    async with opener(tmp_path) as store:
        (delivery,) = await claim(store)
        assert (numbers_of(delivery), delivery.again) == ([1], False)


async def test_nothing_to_write_is_no_error(store: Store) -> None:
    assert await store.compose([], NOON) == 0
    await store.settle([], NOON)
    assert await news(store) == []
