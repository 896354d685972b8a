from datetime import timedelta

import pytest

from bot.core.model import Due
from bot.core.schedule import Schedule
from bot.interfaces import Store
from tests.builders import NOON, paper, subscription
from tests.store.scenario import (
    DAY,
    HOUR,
    MORNING,
    arrive,
    begin,
    claim,
    give,
    send_out,
    settle,
    subscribe,
    the_one_due,
)

MINUTE = timedelta(minutes=1)


async def test_papers_of_a_delivery_that_failed_for_good_return(store: Store) -> None:
    delivery = await send_out(store, 2, 1)
    await settle(store, delivery, "failed", error="552 too large")
    due = await the_one_due(store)
    assert due.returned == delivery.entries
    assert await give(store, due, 1, 2, slot=MORNING + DAY) == 1
    assert (await the_one_due(store)).returned == ()


async def test_a_returned_paper_is_shown_as_it_is_known_now(store: Store) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "failed")
    await arrive(store, paper(1, version=2, title="Revised"))
    (entry,) = (await the_one_due(store)).returned
    assert entry.paper.title == "Revised"


async def test_a_paper_that_fails_again_and_again_is_given_up_and_shown(store: Store) -> None:
    delivery = await send_out(store, 1)
    for days in range(1, 4):
        await settle(store, delivery, "failed", error="552 too large")
        due = await the_one_due(store)
        assert [entry.paper for entry in due.returned] == [paper(1)]
        await give(store, due, 1, slot=MORNING + days * DAY)
        (delivery,) = await claim(store)
    assert (await store.status(MORNING)).quarantined == ()
    await settle(store, delivery, "failed", error="552 still too large")
    assert (await the_one_due(store)).returned == ()
    assert (await store.status(MORNING)).quarantined == (
        {
            "id": "2601.00001",
            "error": "552 still too large",
            "source": "email ana@example.org",
            "at": "2026-01-06T08:30:00Z",
        },
    )


async def failed_for(store: Store, schedule: Schedule) -> Due:
    """Begin with a paper whose delivery failed in the MORNING, after one that failed before."""
    await begin(store)
    (due,) = await subscribe(store, subscription(schedule=schedule))
    await arrive(store, paper(1))
    for now in (NOON + HOUR, MORNING):
        await give(store, due, 1, slot=now, now=now)
        (delivery,) = await claim(store, now)
        await settle(store, delivery, "failed", error="554", now=now)
    return due


@pytest.mark.parametrize(
    ("after", "returns"), [(timedelta(0), 0), (12 * HOUR - MINUTE, 0), (12 * HOUR, 1)]
)
@pytest.mark.parametrize("everyone", [False, True])
async def test_what_failed_for_one_served_immediately_returns_after_half_a_day(
    store: Store, after: timedelta, returns: int, *, everyone: bool
) -> None:
    due = await failed_for(store, Schedule("UTC", None))
    await give(store, due, slot=MORNING, next_due=MORNING)
    (again,) = await store.due(MORNING + after, everyone=everyone)
    assert len(again.returned) == returns


async def test_what_failed_for_one_served_daily_returns_with_the_next_digest(store: Store) -> None:
    await failed_for(store, subscription().schedule)
    assert len((await the_one_due(store, MORNING)).returned) == 1


async def test_what_failed_by_a_clock_that_was_ahead_does_not_wait_for_that_instant(
    store: Store,
) -> None:
    await failed_for(store, Schedule("UTC", None))
    assert len((await the_one_due(store, MORNING - 9 * DAY)).returned) == 1
