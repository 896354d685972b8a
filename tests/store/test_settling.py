from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.model import Outcome
from bot.interfaces import Store
from tests.builders import subscription
from tests.store.scenario import (
    DAY,
    HOUR,
    MORNING,
    claim,
    give,
    rows,
    send_out,
    set_out,
    settle,
    subscribe,
    the_one_due,
)
from tests.store.stores import Opener

MINUTE = timedelta(minutes=1)


async def test_an_ambiguous_attempt_makes_every_later_one_uncertain(store: Store) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "retry", next_at=MORNING, uncertain=True)
    (second,) = await claim(store)
    await settle(store, second, "retry", next_at=MORNING)
    (third,) = await claim(store)
    assert (second.again, third.again) == (True, True)
    assert (await rows(store))[0]["uncertain"] == 1
    assert (await store.status(MORNING)).uncertain == 1


async def test_what_is_sent_is_done(store: Store) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "sent")
    assert await claim(store, MORNING + 100 * DAY) == []
    status = await store.status(MORNING)
    assert (status.sent, status.pending) == (1, 0)


async def test_what_is_held_waits_and_its_papers_do_not_return(store: Store) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "held", error="no answer after DATA", uncertain=True)
    assert await claim(store, MORNING + 100 * DAY) == []
    assert (await the_one_due(store)).returned == ()
    assert (await store.status(MORNING)).held == 1


async def test_what_was_taken_over_and_is_held_counts_once(store: Store) -> None:
    await send_out(store, 1)
    (taken,) = await claim(store, MORNING + HOUR)
    await settle(store, taken, "held", error="its process died while sending")
    (row,) = await rows(store)
    assert (row["state"], row["uncertain"]) == ("held", 1)


async def test_what_is_released_is_pending_as_if_it_had_never_been_claimed(store: Store) -> None:
    first = await send_out(store, 1)
    await settle(store, first, "retry", error="451 busy", next_at=MORNING + MINUTE)
    (before,) = await rows(store)
    (again,) = await claim(store, MORNING + HOUR)
    await settle(store, again, "released", now=MORNING + HOUR, uncertain=True)
    assert await rows(store) == [before]
    (third,) = await claim(store, MORNING + MINUTE)
    assert (third.attempts, third.again) == (2, False)


async def test_what_was_taken_over_and_is_released_stays_uncertain(store: Store) -> None:
    await send_out(store, 1)
    (taken,) = await claim(store, MORNING + HOUR)
    await settle(store, taken, "released")
    (again,) = await claim(store, MORNING + HOUR)
    assert again.again
    assert (await store.status(MORNING)).uncertain == 1


async def test_a_paused_channel_gives_nothing_until_its_pause_ends(store: Store) -> None:
    delivery = await send_out(store, 1)
    until = MORNING + HOUR
    paused = Outcome(delivery.id, "retry", "535 bad password", MORNING, pause_until=until)
    await store.settle([paused], MORNING)
    assert await claim(store, until - MINUTE) == []
    assert (await store.status(MORNING)).paused == (
        {
            "channel": "email",
            "until": "2026-01-06T09:30:00Z",
            "reason": "535 bad password",
            "at": "2026-01-06T08:30:00Z",
        },
    )
    assert len(await claim(store, until)) == 1
    assert (await store.status(until)).paused == ()


async def test_a_shorter_pause_does_not_cut_a_longer_one(store: Store) -> None:
    delivery = await send_out(store, 1)
    for hours in (2, 1):
        until = MORNING + hours * HOUR
        await settle(store, delivery, "retry", next_at=MORNING, pause_until=until)
    assert await claim(store, MORNING + HOUR) == []


@pytest.mark.parametrize("state", ["sent", "retry", "released", "failed", "held"])
async def test_settling_what_was_dropped_meanwhile_does_not_revive_it(
    store: Store, state: str
) -> None:
    delivery = await send_out(store, 1)
    await store.sync([], MORNING)
    await settle(store, delivery, state, next_at=MORNING)
    assert [row["state"] for row in await rows(store)] == ["dropped"]
    (due,) = await subscribe(store, subscription(), now=MORNING)
    assert due.returned == ()


async def test_a_delivery_of_a_process_that_is_gone_is_settled_only_once_claimed_again(
    opener: Opener, tmp_path: Path
) -> None:
    async with opener(tmp_path) as store:
        delivery = await send_out(store, 1)
    async with opener(tmp_path) as store:
        await settle(store, delivery, "sent")
        assert (await store.status(MORNING)).sent == 0
        assert len(await claim(store)) == 1


async def test_settling_twice_counts_once(store: Store) -> None:
    delivery = await send_out(store, 1)
    for state in ("retry", "failed", "sent"):
        await settle(store, delivery, state, next_at=MORNING + HOUR, uncertain=True)
    (row,) = await rows(store)
    assert (row["state"], row["uncertain"]) == ("pending", 1)
    assert (await the_one_due(store)).returned == ()


async def test_one_settle_takes_many_outcomes(store: Store) -> None:
    due = await set_out(store, 1, 2)
    for number in (1, 2):
        await give(store, due, number, slot=MORNING + number * DAY)
    one, two = await claim(store)
    await store.settle([Outcome(one.id, "sent"), Outcome(two.id, "failed", "552")], MORNING)
    assert [row["state"] for row in await rows(store)] == ["sent", "failed"]
    assert [e.paper.id for e in (await the_one_due(store)).returned] == ["2601.00002"]
