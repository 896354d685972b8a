"""What came back: which reports are believed, what becomes of the papers, and who is suspended."""

from datetime import datetime, timedelta

import pytest

from bot.core.model import Delivery
from bot.core.people import Bounce, Verdict, Who
from bot.core.return_path import Named
from bot.interfaces import People, Store
from tests.builders import paper, subscription
from tests.store.lives import report
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
    rows,
    send_out,
    settle,
    the_one_due,
)


async def tell(store: Store, *reports: Bounce, now: datetime = MORNING + HOUR) -> list[Verdict]:
    assert isinstance(store, People)
    return list(await store.bounced(reports, now))


async def sent_daily(store: Store, days: int) -> list[Delivery]:
    """Begin with one delivery a day that was accepted, the first in the MORNING."""
    first = await send_out(store, 1)
    await settle(store, first, "sent")
    deliveries = [first]
    for day in range(1, days):
        now = MORNING + day * DAY
        await arrive(store, paper(day + 1), now=now)
        due = await the_one_due(store, now)
        await give(store, due, day + 1, slot=now, now=now, cursors=cursor_at(day + 1))
        (delivery,) = await claim(store, now)
        await settle(store, delivery, "sent", now=now)
        deliveries.append(delivery)
    return deliveries


async def suspended(store: Store) -> list[tuple[str, str]]:
    status = await store.status(MORNING + 20 * DAY)
    return [(one["by"], one["reason"]) for one in status.suspended]


async def test_one_hard_failure_suspends_and_its_papers_return_once_that_is_lifted(
    store: Store,
) -> None:
    (delivery,) = await sent_daily(store, 1)
    await arrive(store, paper(2))
    await give(store, await the_one_due(store), 2, slot=MORNING + HOUR)
    assert await tell(store, report(delivery)) == ["suspended"]
    assert await suspended(store) == [("bounce", "5.1.1 no such user")]
    assert [(row["state"], row["error"]) for row in await rows(store)] == [
        ("failed", "came back: 5.1.1 no such user"),
        ("failed", "5.1.1 no such user"),
    ]
    assert await claim(store, MORNING + DAY) == []
    assert isinstance(store, People)
    await store.resume(Who("ana"), MORNING + DAY)
    returned = (await the_one_due(store, MORNING + DAY)).returned
    assert [entry.paper for entry in returned] == [paper(1), paper(2)]


async def test_fault_42_a_forged_report_changes_nothing(store: Store) -> None:
    (delivery,) = await sent_daily(store, 1)
    true = report(delivery).named
    forged = [
        Bounce(Named(true.delivery, 16 * "a"), "hard"),
        Bounce(Named(true.delivery, true.signature[::-1]), "hard"),
        Bounce(Named(true.delivery, ""), "hard"),
        Bounce(Named(true.delivery + 1, true.signature), "hard"),
        Bounce(Named(10**18 - 1, true.signature), "hard"),
    ]
    verdicts = await tell(store, *forged)
    assert verdicts == ["forged", "forged", "forged", "unknown", "unknown"]
    assert await suspended(store) == []
    assert [row["state"] for row in await rows(store)] == ["sent"]
    assert (await store.status(MORNING)).bounced == {}


async def test_the_signature_of_one_delivery_is_not_that_of_another(store: Store) -> None:
    one, two = await sent_daily(store, 2)
    mixed = Bounce(Named(two.id, report(one).named.signature), "hard")
    assert await tell(store, mixed) == ["forged"]


async def test_the_same_report_counts_once(store: Store) -> None:
    (delivery,) = await sent_daily(store, 1)
    soft, hard = report(delivery, "soft", status="4.2.2"), report(delivery)
    assert await tell(store, soft, soft) == ["counted", "repeated"]
    assert await tell(store, soft, hard, hard) == ["repeated", "suspended", "repeated"]
    (row,) = await rows(store)
    assert (row["state"], row["error"]) == ("failed", "came back: 4.2.2 no such user")
    assert isinstance(store, People)
    (person,) = await store.people()
    assert (person.sent, person.failed, person.bounced) == (0, 1, 1)


async def test_what_could_not_be_taken_returns_with_the_next_digest(store: Store) -> None:
    (delivery,) = await sent_daily(store, 1)
    full = report(delivery, "soft", status="4.2.2", detail="mailbox full")
    assert await tell(store, full) == ["counted"]
    assert await suspended(store) == []
    due = await the_one_due(store, MORNING + DAY)
    assert [entry.paper for entry in due.returned] == [paper(1)]


async def test_soft_failures_in_a_row_over_a_week_suspend_in_whatever_order_they_are_told(
    store: Store,
) -> None:
    deliveries = await sent_daily(store, 8)
    soft = [report(one, "soft", status="4.2.2", detail="full") for one in deliveries]
    later = MORNING + 9 * DAY
    assert await tell(store, *reversed(soft[1:]), now=later) == 7 * ["counted"]
    assert await tell(store, soft[0], now=later) == ["suspended"]
    assert await suspended(store) == [("bounce", "4.2.2 full")]


async def test_a_digest_that_arrived_in_between_breaks_the_row(store: Store) -> None:
    deliveries = await sent_daily(store, 12)
    soft = [report(one, "soft") for one in deliveries]
    later = MORNING + 13 * DAY
    assert set(await tell(store, *soft[:6], *soft[7:], now=later)) == {"counted"}
    assert await tell(store, soft[6], now=later) == ["suspended"]


async def test_what_was_sent_before_it_was_resumed_says_nothing_more(store: Store) -> None:
    deliveries = await sent_daily(store, 9)
    later = MORNING + 9 * DAY
    assert isinstance(store, People)
    assert await tell(store, report(deliveries[0]), now=later) == ["suspended"]
    await store.resume(Who("ana"), later)
    rest = [report(deliveries[1]), *(report(one, "soft") for one in deliveries[2:])]
    assert set(await tell(store, *rest, now=later + HOUR)) == {"counted"}
    assert await suspended(store) == []
    await arrive(store, paper(20), now=later)
    await give(store, await the_one_due(store, later), 20, slot=later + DAY, now=later)
    (delivery,) = await claim(store, later + DAY)
    await settle(store, delivery, "sent", now=later + DAY)
    assert await tell(store, report(delivery), now=later + 2 * DAY) == ["suspended"]


async def test_a_policy_suspends_nobody_and_is_told(store: Store) -> None:
    deliveries = await sent_daily(store, 9)
    reports = [
        report(one, "policy", status="5.7.1", detail="looks like spam") for one in deliveries
    ]
    later = MORNING + 9 * DAY
    assert await tell(store, *reports, now=later) == 9 * ["counted"]
    status = await store.status(later)
    assert (status.suspended, status.bounced) == ((), {"policy": 9})
    assert status.policy[0] == {
        "channel": "email",
        "address": "ana@example.org",
        "status": "5.7.1",
        "detail": "looks like spam",
        "at": "2026-01-15T08:30:00Z",
    }
    assert (await store.status(later + 31 * DAY)).bounced == {}


async def test_a_report_that_comes_before_the_delivery_is_settled_counts(store: Store) -> None:
    delivery = await send_out(store, 1)
    assert await tell(store, report(delivery, "soft"), now=MORNING) == ["counted"]
    assert [row["state"] for row in await rows(store)] == ["sending"]
    await settle(store, delivery, "sent")
    assert [row["state"] for row in await rows(store)] == ["failed"]
    due = await the_one_due(store, MORNING + DAY)
    assert [entry.paper for entry in due.returned] == [paper(1)]


async def test_what_waits_for_a_person_as_it_may_have_arrived_did_not(store: Store) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "held", uncertain=True)
    await tell(store, report(delivery, "soft"))
    assert [row["state"] for row in await rows(store)] == ["failed"]


@pytest.mark.parametrize("state", ["retry", "failed"])
async def test_a_report_of_what_is_to_be_sent_again_is_only_written_down(
    store: Store, state: str
) -> None:
    delivery = await send_out(store, 1)
    later = MORNING + HOUR
    await settle(store, delivery, state, error="line broke", uncertain=True, next_at=later)
    before = await rows(store)
    assert await tell(store, report(delivery, "soft")) == ["counted"]
    assert await rows(store) == before


async def test_what_a_person_dropped_stays_dropped(store: Store) -> None:
    (delivery,) = await sent_daily(store, 1)
    await tell(store, report(delivery, "soft"))
    await store.deliveries("drop", [delivery.id], now=MORNING)
    await tell(store, report(delivery, "policy"))
    assert [row["state"] for row in await rows(store)] == ["dropped"]


async def test_one_who_left_is_not_written_to_though_what_came_back_is_lifted(store: Store) -> None:
    (delivery,) = await sent_daily(store, 1)
    assert isinstance(store, People)
    await store.unsubscribe(delivery.token, MORNING)
    assert await tell(store, report(delivery)) == ["suspended"]
    assert [by for by, _ in await suspended(store)] == ["bounce", "reader"]
    await store.resume(Who("ana"), MORNING + DAY)
    assert [by for by, _ in await suspended(store)] == ["reader"]
    held = await store.resubscribe(delivery.token, MORNING + DAY)
    assert held is not None
    assert held.reason is None


async def test_a_reader_who_comes_back_lifts_what_came_back(store: Store) -> None:
    (delivery,) = await sent_daily(store, 1)
    await tell(store, report(delivery))
    assert isinstance(store, People)
    held = await store.resubscribe(delivery.token, MORNING + DAY)
    assert held is not None
    assert held.reason is None
    due = await the_one_due(store, MORNING + DAY)
    assert [entry.paper for entry in due.returned] == [paper(1)]


async def test_an_address_is_judged_by_all_that_was_sent_there_and_by_nothing_else(
    store: Store,
) -> None:
    await begin(store)
    twins = subscription(), subscription("twin", address="ANA@example.org"), subscription("bo")
    await store.sync(twins, MORNING - HOUR)
    delivered: list[Delivery] = []
    for day in (0, 4, 8):
        now = MORNING + day * DAY
        await arrive(store, paper(day + 1), now=now)
        due = await store.due(now, everyone=True)
        await store.compose([composition(one, day + 1, slot=now) for one in due], now)
        delivered += await claim(store, now)
        for one in delivered[-3:]:
            await settle(store, one, "sent", now=now)
    ana = [report(one, "soft") for one in delivered if one.subscriber == "ana"]
    twin = [report(one, "soft") for one in delivered if one.subscriber == "twin"]
    later = MORNING + 9 * DAY
    # As long as nothing is known of them, the twin's arrived.
    assert await tell(store, *ana, now=later) == 3 * ["counted"]
    assert await tell(store, *twin, now=later) == ["counted", "counted", "suspended"]
    assert [row["state"] for row in await rows(store) if row["subscriber"] == "bo"] == 3 * ["sent"]


async def test_what_a_server_says_is_kept_in_part_and_may_be_nothing(store: Store) -> None:
    one, two = await sent_daily(store, 2)
    await tell(store, report(one, "policy", status="", detail=2000 * "x"))
    assert [len(row["detail"]) for row in (await store.status(MORNING)).policy] == [500]
    await tell(store, report(two, status="", detail=""))
    assert await suspended(store) == [("bounce", "its mail comes back")]


async def test_a_report_of_a_delivery_that_was_forgotten_is_of_nothing_known(store: Store) -> None:
    (delivery,) = await sent_daily(store, 1)
    await tell(store, report(delivery, "policy"))
    long = MORNING + 400 * DAY
    await store.deliveries("drop", [delivery.id], now=MORNING)
    await arrive(store, paper(9, published=long, updated=long), now=long)
    due = await the_one_due(store, long)
    await give(store, due, slot=long, cursors=cursor_at(2), now=long)
    await store.prune(timedelta(days=60), long)  # type: ignore[attr-defined]  # every store here can
    assert await rows(store) == []
    assert await tell(store, report(delivery), now=long) == ["unknown"]
