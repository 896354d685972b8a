from datetime import datetime, timedelta

import pytest

from bot.core.polling import Batch, PollResult, Quarantined, Recorded
from bot.core.schedule import Schedule
from bot.interfaces import Store
from tests.builders import NOON, paper, subscription
from tests.store.lives import ANA, people, report
from tests.store.scenario import (
    DAY,
    HOUR,
    MORNING,
    arrive,
    claim,
    give,
    numbers_of,
    rows,
    send_out,
    set_out,
    settle,
    the_one_due,
)

INSTANT = timedelta(microseconds=1)
YEAR = 365 * DAY


async def next_due(store: Store) -> datetime:
    (standing,) = (await store.status(NOON)).standings
    return standing.next_due


async def test_fault_13_after_a_clock_that_was_a_year_ahead_the_next_digest_comes_at_its_hour(
    store: Store,
) -> None:
    due = await set_out(store, 1, 2)
    await give(store, due, 1, slot=MORNING + YEAR, now=MORNING + YEAR)
    await store.sync([subscription()], MORNING + HOUR)
    assert (await the_one_due(store)).slot == MORNING + HOUR
    assert await next_due(store) == MORNING + DAY
    assert await give(store, due, 2, slot=MORNING + DAY, now=MORNING + DAY) == 1


async def test_a_changed_schedule_is_healed_as_it_is_now(store: Store) -> None:
    due = await set_out(store, 1)
    await give(store, due, slot=MORNING + YEAR)
    await store.sync([subscription(schedule=Schedule("UTC", None))], MORNING)
    assert await next_due(store) == MORNING


async def test_a_clock_that_went_back_a_little_changes_nothing(store: Store) -> None:
    due = await set_out(store, 1, 2)
    await give(store, due, 1, slot=MORNING + DAY)
    await store.sync([subscription()], MORNING - 7 * DAY)
    assert (await the_one_due(store)).slot == MORNING + DAY
    assert await next_due(store) == MORNING + 2 * DAY
    assert await give(store, due, 2, slot=MORNING) == 0
    await store.sync([subscription()], MORNING - 7 * DAY - INSTANT)
    assert (await the_one_due(store)).slot == MORNING - 7 * DAY - INSTANT


async def test_what_waits_for_an_instant_of_a_wrong_clock_is_due_now(store: Store) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "retry", error="451", next_at=MORNING + 8 * DAY)
    await store.sync([subscription()], MORNING)
    assert await claim(store, MORNING + 8 * DAY - INSTANT) == []
    await store.sync([subscription()], MORNING - INSTANT)
    assert [one.id for one in await claim(store, MORNING)] == [delivery.id]


async def test_what_was_composed_by_a_wrong_clock_is_sent_now(store: Store) -> None:
    due = await set_out(store, 1)
    await give(store, due, 1, slot=MORNING + YEAR, now=MORNING + YEAR)
    await store.sync([subscription()], MORNING)
    assert [numbers_of(one) for one in await claim(store, MORNING)] == [[1]]


@pytest.mark.parametrize("now", [MORNING - 400 * DAY, MORNING + HOUR])
async def test_the_lifetime_of_what_waits_stays_as_it_is(store: Store, now: datetime) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "retry", next_at=MORNING + YEAR)
    await store.sync([subscription()], now)
    (again,) = await claim(store, MORNING + HOUR)
    assert again.created_at == MORNING


@pytest.mark.parametrize("past", [DAY, 7 * DAY])
async def test_a_step_taken_as_of_a_past_day_moves_nothing_that_waits(
    store: Store, past: timedelta
) -> None:
    await send_out(store, 1)
    (delivery,) = await claim(store, MORNING + HOUR)
    tomorrow = MORNING + DAY
    await settle(store, delivery, "retry", next_at=tomorrow, pause_until=MORNING + HOUR)
    before = await rows(store), await store.status(MORNING), await the_one_due(store)
    await store.sync([subscription()], MORNING - past)
    assert (await rows(store), await store.status(MORNING), await the_one_due(store)) == before


@pytest.mark.parametrize(("ahead", "paused"), [(8 * DAY, 1), (8 * DAY + INSTANT, 0)])
async def test_a_pause_that_ends_after_more_than_eight_days_is_a_wrong_clocks(
    store: Store, ahead: timedelta, paused: int
) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "retry", next_at=MORNING, pause_until=MORNING + ahead)
    await store.sync([subscription()], MORNING)
    assert len((await store.status(MORNING)).paused) == paused
    assert len(await claim(store)) == 1 - paused


async def test_what_is_settled_stays_as_it_is(store: Store) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "held", next_at=MORNING + YEAR)
    await arrive(store, paper(2))
    before = await rows(store)
    await store.sync([subscription()], MORNING)
    assert await rows(store) == before


async def test_what_was_learned_by_a_clock_that_was_a_year_ahead_was_learned_now(
    store: Store,
) -> None:
    due = await set_out(store, 1)
    ahead = MORNING + YEAR
    await store.record("harvest", Batch(census="2601.00001"), ahead)
    await store.record("harvest", Batch(census="2601.00003", elsewhere=("2601.00003",)), ahead)
    await store.polled(PollResult("harvest", "ok", ahead, whole_at=ahead))
    await give(store, due, 1, slot=ahead, covered=ahead)
    await store.sync([subscription()], MORNING)
    again = await the_one_due(store)
    assert (again.covered, again.heard) == (MORNING, MORNING)
    assert (await store.head()).whole_at == MORNING
    assert (await store.status(MORNING)).risen == MORNING
    await store.record("ids", Batch(absent=("2601.00002",)), MORNING + 14 * DAY)
    assert (await store.status(MORNING)).void == 1


async def test_what_was_learned_by_a_clock_that_was_a_little_ahead_stays(store: Store) -> None:
    ahead = MORNING + 8 * DAY
    await store.record("harvest", Batch(complete=frozenset({"cs.CL"})), ahead)
    await store.polled(PollResult("harvest", "ok", ahead, whole_at=ahead))
    await store.sync([subscription()], MORNING)
    assert (await store.head()).whole_at == ahead
    (baseline,) = (await store.status(MORNING)).baselines
    assert baseline.at == ahead


async def test_a_baseline_taken_by_a_clock_that_was_ahead_was_taken_just_now(store: Store) -> None:
    await store.sync([subscription()], MORNING)
    await store.record("api", Batch((paper(9),), complete=frozenset({"cs.CL"})), MORNING + YEAR)
    await store.sync([subscription()], MORNING)
    (baseline,) = (await store.status(MORNING)).baselines
    assert (baseline.at, baseline.horizon) == (MORNING - INSTANT, "2601.00009")


async def test_what_a_clock_that_was_ahead_met_elsewhere_is_judged_by_a_later_baseline(
    store: Store,
) -> None:
    await store.sync([subscription()], MORNING)
    await store.record("harvest", Batch(elsewhere=("2501.00008",)), MORNING)
    await store.record("harvest", Batch(elsewhere=("2501.00009",)), MORNING + YEAR)
    await store.sync([subscription()], MORNING)
    await store.record("api", Batch((paper(50),), complete=frozenset({"cs.CL"})), MORNING)
    old = paper(9, id="2501.00009", published=MORNING - 370 * DAY, updated=MORNING - 370 * DAY)
    assert await arrive(store, old, now=MORNING + DAY) == Recorded(silent=1)


async def test_what_a_clock_that_was_ahead_could_not_read_is_forgotten_as_any_other(
    store: Store,
) -> None:
    unread = Batch(quarantined=(Quarantined("2601.00009", "no title"),))
    await store.record("api", unread, MORNING + YEAR)
    await store.sync([subscription()], MORNING)
    await store.polled(PollResult("api", "failed", MORNING + 61 * DAY))
    assert (await store.status(MORNING)).quarantined == ()


async def test_what_was_said_of_people_a_year_ahead_was_said_by_now(store: Store) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "sent")
    ahead = MORNING + YEAR
    await people(store).bounced([report(delivery, "policy")], ahead)
    await people(store).suspend(ANA, "on leave", ahead)
    await people(store).resume(ANA, ahead)
    await people(store).unsubscribe(delivery.token, ahead)
    await store.sync([subscription()], MORNING + HOUR)
    assert [one["at"] for one in (await store.status(ahead)).suspended] == ["2026-01-06T09:30:00Z"]
    told = (await people(store).export(ANA))["subscriptions"][0]
    assert told["resumed_at"] == "2026-01-06T09:30:00Z"
    (back,) = told["deliveries"][0]["bounces"]
    assert (back["at"], back["sent_at"]) == ("2026-01-06T09:30:00Z", "2026-01-06T08:30:00Z")
