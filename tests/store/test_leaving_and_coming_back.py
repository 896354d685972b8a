"""People who leave and come back, and whom the owner suspends: what they then get and do not."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.errors import StoreError
from bot.core.model import DeliveryId
from bot.core.people import UNDO, UNSUBSCRIBED, Holder, Suspension, Who
from bot.interfaces import Store
from bot.store import SqliteStore
from tests.builders import paper, subscription
from tests.store.lives import ANA, people
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
    numbers_of,
    rows,
    send_out,
    set_out,
    settle,
    subscribe,
    the_one_due,
)
from tests.store.stores import Opener

LEFT = Holder("ana", "email", "ana@example.org", UNSUBSCRIBED, MORNING, "reader")
HERE = Holder("ana", "email", "ana@example.org")


async def states(store: Store) -> list[tuple[str, str | None]]:
    return [(row["state"], row["error"]) for row in await rows(store)]


async def suspensions(store: Store, name: str = "ana") -> list[tuple[str, str]]:
    (person,) = await people(store).people([name])
    return [(one.by, one.reason) for one in person.suspensions]


async def left(store: Store, *given_: int) -> str:
    """Begin with what is pending for a reader who unsubscribes in the MORNING; give the token."""
    due = await set_out(store, 1, 2, 3, 4)
    await give(store, due, 1)
    (delivery,) = await claim(store)
    await settle(store, delivery, "sent")
    for number in given_:
        await give(store, due, number, slot=MORNING + number * HOUR, cursors=cursor_at(number))
    await people(store).unsubscribe(delivery.token, MORNING)
    return delivery.token


async def test_every_subscription_has_a_token_of_its_own_in_its_deliveries(store: Store) -> None:
    await begin(store)
    due = await subscribe(store, subscription(), subscription("bo"), subscription("cy"))
    await arrive(store, paper(1))
    await store.compose([composition(one, 1) for one in due], MORNING)
    tokens = {one.token: one.subscriber for one in await claim(store)}
    assert len(tokens) == 3
    assert {len(token) for token in tokens} == {22}
    for token, name in tokens.items():
        held = await people(store).holder(token)
        assert held == Holder(name, "email", f"{name}@example.org")


async def test_a_token_lasts_while_a_subscription_is_removed_and_comes_back(store: Store) -> None:
    first = await send_out(store, 1)
    await store.sync([], MORNING)
    assert await people(store).holder(first.token) == HERE
    await subscribe(store, subscription(), now=MORNING + HOUR)
    await arrive(store, paper(2), now=MORNING + 2 * HOUR)
    await give(store, await the_one_due(store), 2, slot=MORNING + DAY)
    (again,) = await claim(store, MORNING + DAY)
    assert again.token == first.token


@pytest.mark.parametrize("token", ["", "x", "nobody's", 22 * "A", "' OR 1 = 1 --", "\0", "ana"])
async def test_a_forged_token_is_nobodys_and_changes_nothing(store: Store, token: str) -> None:
    await send_out(store, 1)
    for answer in (
        await people(store).holder(token),
        await people(store).unsubscribe(token, MORNING),
        await people(store).resubscribe(token, MORNING),
    ):
        assert answer is None
    assert await suspensions(store) == []


async def test_a_cut_or_changed_token_is_nobodys(store: Store) -> None:
    token = (await send_out(store, 1)).token
    for other in (token[:-1], f"{token}A", token.swapcase(), f" {token}"):
        assert await people(store).unsubscribe(other, MORNING) is None


async def test_who_unsubscribes_gets_nothing_more_and_what_waits_is_dropped(store: Store) -> None:
    token = await left(store, 2, 3)
    assert await people(store).holder(token) == LEFT
    assert await states(store) == [("sent", None), *[("dropped", UNSUBSCRIBED)] * 2]
    await arrive(store, paper(5), now=MORNING + HOUR)
    assert await store.due(MORNING + 9 * DAY) == []
    assert await claim(store, MORNING + 9 * DAY) == []
    status = await store.status(MORNING)
    assert (status.pending, status.failed, status.due) == (0, 0, 0)
    assert [(one["by"], one["reason"]) for one in status.suspended] == [("reader", UNSUBSCRIBED)]
    assert [one.suspended for one in status.standings] == [UNSUBSCRIBED]


async def test_to_unsubscribe_again_changes_nothing(store: Store) -> None:
    token = await left(store, 2)
    assert await people(store).unsubscribe(token, MORNING + DAY) == LEFT
    assert await states(store) == [("sent", None), ("dropped", UNSUBSCRIBED)]


async def test_an_unsubscribe_holds_for_all_at_the_address_and_for_no_other(store: Store) -> None:
    await begin(store)
    due = await subscribe(
        store,
        subscription(),
        subscription("twin", address="Ana@Example.ORG"),
        subscription("bo"),
        subscription(channel="slack", address="ana@example.org"),
    )
    await arrive(store, paper(1))
    await store.compose([composition(one, 1) for one in due], MORNING)
    (delivery,) = await claim(store, limit=1)
    await people(store).unsubscribe(delivery.token, MORNING)
    found = {(row["subscriber"], row["channel"]): row["state"] for row in await rows(store)}
    assert found == {
        ("ana", "email"): "sending",
        ("twin", "email"): "dropped",
        ("bo", "email"): "pending",
        ("ana", "slack"): "pending",
    }


@pytest.mark.parametrize(
    ("outcome", "state"),
    [("sent", "sent"), ("retry", "dropped"), ("released", "dropped"), ("failed", "failed")],
)
async def test_fault_40_what_is_under_way_may_arrive_and_is_not_sent_again(
    store: Store, outcome: str, state: str
) -> None:
    delivery = await send_out(store, 1)
    await people(store).unsubscribe(delivery.token, MORNING)
    assert await states(store) == [("sending", None)]
    await settle(store, delivery, outcome, next_at=MORNING + HOUR, now=MORNING + HOUR)
    assert (await states(store))[0][0] == state
    assert await claim(store, MORNING + DAY) == []


async def test_fault_40_what_a_dead_process_was_sending_is_dropped(
    opener: Opener, tmp_path: Path
) -> None:
    async with opener(tmp_path) as store:
        delivery = await send_out(store, 1)
        await people(store).unsubscribe(delivery.token, MORNING)
    async with opener(tmp_path) as store:
        assert await claim(store) == []
        assert await states(store) == [("dropped", UNSUBSCRIBED)]
        assert (await store.status(MORNING)).uncertain == 1
        await people(store).resubscribe(delivery.token, MORNING + HOUR)
        (again,) = await claim(store, MORNING + HOUR)
        assert (again.key, again.again) == (delivery.key, True)


async def test_no_change_of_the_configuration_brings_a_reader_back(store: Store) -> None:
    token = await left(store)
    await store.sync([], MORNING + HOUR)
    other = subscription("ana2", address="ANA@example.org")
    assert await subscribe(store, subscription(), other, now=MORNING + DAY) == []
    assert await people(store).holder(token) == LEFT


async def test_who_comes_back_within_a_week_goes_on_where_they_were(store: Store) -> None:
    token = await left(store, 2, 3)
    back = MORNING + UNDO
    assert await people(store).resubscribe(token, back) == HERE
    assert [numbers_of(one) for one in await claim(store, back)] == [[2], [3]]
    due = await the_one_due(store, back)
    assert [cursor.seq for cursor in due.cursors.values()] == [3]
    assert await give(store, due, 4, slot=back) == 1


async def test_who_comes_back_later_begins_anew_and_nothing_old_comes(store: Store) -> None:
    due = await set_out(store, 1, 2, 3, 4)
    for number in (1, 2, 3):
        await give(store, due, number, slot=MORNING + number * HOUR, cursors=cursor_at(number))
    failed, held, _ = await claim(store)
    await settle(store, failed, "failed", error="too large")
    await settle(store, held, "held")
    await people(store).unsubscribe(failed.token, MORNING)
    back = MORNING + UNDO + timedelta(seconds=1)
    assert await people(store).resubscribe(failed.token, back) == HERE
    # The third was under way by then, and its process has died.
    assert [numbers_of(one) for one in await claim(store, back)] == [[3]]
    assert [state for state, _ in await states(store)] == ["dropped", "dropped", "sending"]
    due = await the_one_due(store, back)
    assert (due.returned, due.heard, due.covered) == ((), back, None)
    head = await store.head()
    assert [cursor.seq for cursor in due.cursors.values()] == [head.seq]


async def test_what_was_dropped_then_may_come_by_a_topic_that_reaches_back(store: Store) -> None:
    token = await left(store, 2)
    back = MORNING + 2 * UNDO
    await people(store).resubscribe(token, back)
    assert await states(store) == [("sent", None), ("dropped", UNSUBSCRIBED)]
    due = await the_one_due(store, back)
    assert await give(store, due, 1, 2, slot=back) == 1
    (delivery,) = await claim(store, back)
    assert numbers_of(delivery) == [2]


async def test_only_what_the_last_unsubscribe_dropped_comes_back_with_it(store: Store) -> None:
    token = await left(store, 2)
    await people(store).resubscribe(token, MORNING + 2 * UNDO)
    await people(store).unsubscribe(token, MORNING + 3 * UNDO)
    await people(store).resubscribe(token, MORNING + 3 * UNDO)
    assert await claim(store, MORNING + 3 * UNDO) == []


async def test_what_was_dropped_for_somebody_removed_meanwhile_stays_so(store: Store) -> None:
    token = await left(store, 2)
    await store.sync([], MORNING + HOUR)
    await people(store).resubscribe(token, MORNING + 2 * HOUR)
    assert await states(store) == [("sent", None), ("dropped", UNSUBSCRIBED)]


async def test_to_come_back_where_nobody_left_changes_nothing(store: Store) -> None:
    delivery = await send_out(store, 1)
    assert await people(store).resubscribe(delivery.token, MORNING) == HERE
    assert await states(store) == [("sending", None)]


async def test_what_the_owner_suspended_returns_once_it_is_resumed(store: Store) -> None:
    due = await set_out(store, 1)
    await give(store, due, 1)
    (person,) = await people(store).suspend(ANA, "on leave", MORNING)
    assert person.suspensions == (Suspension("owner", "on leave", MORNING),)
    assert await states(store) == [("failed", "on leave")]
    assert await claim(store, MORNING + HOUR) == []
    (person,) = await people(store).resume(ANA, MORNING + 60 * DAY)
    assert (person.suspensions, person.failed) == ((), 1)
    assert [entry.paper for entry in (await the_one_due(store)).returned] == [paper(1)]


async def test_who_is_resumed_anew_gets_nothing_of_before(store: Store) -> None:
    due = await set_out(store, 1, 2)
    await give(store, due, 1, cursors=cursor_at(1))
    await people(store).suspend(ANA, "on leave", MORNING)
    await people(store).resume(ANA, MORNING + DAY, anew=True)
    due = await the_one_due(store)
    assert (due.returned, [cursor.seq for cursor in due.cursors.values()]) == ((), [2])
    assert await people(store).resume(ANA, MORNING + DAY, anew=True)
    assert await states(store) == [("dropped", "on leave")]


async def test_to_resume_anew_whom_nobody_suspended_changes_nothing(store: Store) -> None:
    due = await set_out(store, 1)
    await give(store, due, 1)
    await people(store).resume(ANA, MORNING, anew=True)
    assert await states(store) == [("pending", None)]


async def test_a_reader_cannot_lift_what_the_owner_said(store: Store) -> None:
    token = await left(store, 2)
    await people(store).suspend(ANA, "spam trap", MORNING)
    held = await people(store).resubscribe(token, MORNING + HOUR)
    assert held == Holder("ana", "email", "ana@example.org", "spam trap", MORNING, "owner")
    assert await claim(store, MORNING + DAY) == []
    assert await states(store) == [("sent", None), ("failed", "spam trap")]
    await people(store).resume(ANA, MORNING + DAY)
    assert [entry.paper for entry in (await the_one_due(store)).returned] == [paper(2)]


async def test_the_owner_lifts_what_a_reader_said_only_where_that_is_asked(store: Store) -> None:
    await left(store, 2)
    await people(store).suspend(ANA, "on leave", MORNING)
    assert await suspensions(store) == [("reader", UNSUBSCRIBED), ("owner", "on leave")]
    (person,) = await people(store).resume(ANA, MORNING + HOUR)
    assert [one.by for one in person.suspensions] == ["reader"]
    assert await claim(store, MORNING + DAY) == []
    (person,) = await people(store).resume(ANA, MORNING + DAY, unsubscribed=True)
    assert person.suspensions == ()
    assert [numbers_of(one) for one in await claim(store, MORNING + DAY)] == [[2]]


async def test_what_a_channel_refused_stays_refused_whatever_the_reader_says(store: Store) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "failed", error="550 no such user", suspend=True)
    held = await people(store).resubscribe(delivery.token, MORNING)
    assert held is not None
    assert (held.by, held.reason) == ("channel", "550 no such user")
    await people(store).resume(ANA, MORNING)
    assert [entry.paper for entry in (await the_one_due(store)).returned] == [paper(1)]


async def test_a_retry_lifts_what_the_channel_said_and_nobodys_word(store: Store) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "failed", error="550", suspend=True)
    await people(store).suspend(ANA, "asked to", MORNING)
    with pytest.raises(StoreError, match=r"suspended by the owner \(asked to\); `daily-papers sub"):
        await store.deliveries("retry", [delivery.id], now=MORNING)
    await people(store).unsubscribe(delivery.token, MORNING)
    with pytest.raises(StoreError, match=r"its reader \(unsubscribed\); .* --unsubscribed` lifts"):
        await store.deliveries("retry", [delivery.id], now=MORNING)
    assert [by for by, _ in await suspensions(store)] == ["reader", "owner", "channel"]
    await people(store).resume(ANA, MORNING, unsubscribed=True)
    await store.deliveries("retry", [delivery.id], now=MORNING)
    assert await claim(store) != []


async def test_a_name_means_all_of_a_subscriber_and_an_address_whoever_has_it(store: Store) -> None:
    await subscribe(
        store,
        subscription(),
        subscription(channel="slack", address="#rag"),
        subscription("twin", address="Ana@example.org"),
        subscription("bo"),
    )

    async def met(who: Who) -> list[tuple[str, str]]:
        found = await people(store).suspend(who, "why", MORNING)
        await people(store).resume(who, MORNING)
        return [(one.subscriber, one.channel) for one in found]

    at_the_address = [("ana", "email"), ("twin", "email")]
    assert await met(ANA) == [("ana", "email"), ("ana", "slack"), ("twin", "email")]
    assert await met(Who("ana", "slack")) == [("ana", "slack")]
    assert await met(Who("ANA@EXAMPLE.ORG")) == at_the_address
    assert await met(Who("#rag")) == [("ana", "slack")]
    assert await met(Who("bo@example.org", "email")) == [("bo", "email")]


@pytest.mark.parametrize(
    "who", [Who("cy"), Who("ANA"), Who("ana", "slack"), Who("ana@example.or"), Who("%"), Who("")]
)
async def test_nobody_is_meant_by_what_is_no_name_and_no_address(store: Store, who: Who) -> None:
    await send_out(store, 1)
    for asked in (
        people(store).suspend(who, "why", MORNING),
        people(store).resume(who, MORNING),
        people(store).erase(who),
        people(store).export(who),
    ):
        with pytest.raises(StoreError, match="no subscriber has the name or the address"):
            await asked
    assert await suspensions(store) == []


async def test_people_are_listed_with_what_became_of_their_digests(store: Store) -> None:
    await begin(store)
    due = await subscribe(store, subscription(), subscription("bo"))
    await arrive(store, paper(1), paper(2))
    await store.compose([composition(one, 1) for one in due], MORNING)
    ana, bo = await claim(store)
    await settle(store, ana, "sent")
    await settle(store, bo, "failed", error="550", suspend=True)
    await store.sync([subscription("bo")], MORNING)
    first, second = await people(store).people()
    assert (first.subscriber, first.active, first.sent, first.failed) == ("ana", False, 1, 0)
    assert (second.subscriber, second.active, second.sent, second.failed) == ("bo", True, 0, 1)
    assert second.suspensions == (Suspension("channel", "550", MORNING),)
    assert (second.timezone, second.next_due) == ("UTC", MORNING + DAY)
    assert await people(store).people(["bo", "cy"]) == [second]


async def test_it_can_all_be_done_beside_a_running_bot(tmp_path: Path) -> None:
    path = tmp_path / "papers.db"
    async with SqliteStore.open(path) as bot:
        due = await set_out(bot, 1, 2)
        await give(bot, due, 1)
        await give(bot, due, 2, slot=MORNING + HOUR)
        (delivery,) = await claim(bot, limit=1)
        async with SqliteStore.open(path, exclusive=False) as web:
            await web.unsubscribe(delivery.token, MORNING)
        await settle(bot, delivery, "sent")
        assert await states(bot) == [("sent", None), ("dropped", UNSUBSCRIBED)]
        assert await claim(bot, MORNING + HOUR) == []
        async with SqliteStore.open(path, exclusive=False) as web:
            await web.resubscribe(delivery.token, MORNING + HOUR)
        (again,) = await claim(bot, MORNING + HOUR)
        assert again.id == DeliveryId(2)


async def test_who_left_long_ago_keeps_nothing_from_being_forgotten(store: Store) -> None:
    await set_out(store, 1)
    long = MORNING + 400 * DAY
    await arrive(store, paper(2, published=long, updated=long), now=long)
    assert isinstance(store, SqliteStore)
    (token,) = await store._read(
        lambda db: db.execute("SELECT token FROM subscriptions").fetchone()
    )
    assert (await store.prune(90 * DAY, long)).papers == 0
    await store.unsubscribe(token, long)
    assert (await store.prune(90 * DAY, long + UNDO)).papers == 0
    assert (await store.prune(90 * DAY, long + UNDO + HOUR)).papers == 1


async def test_fault_40_while_digests_go_out_none_is_begun_after_its_reader_left(
    tmp_path: Path,
) -> None:
    path = tmp_path / "papers.db"
    names = [f"reader{number}" for number in range(40)]
    gone: set[str] = set()
    met: list[str] = []

    async def leave(web: SqliteStore, tokens: dict[str, str]) -> None:
        for name in sorted(names, key=lambda one: one[::-1])[:30]:
            await web.unsubscribe(tokens[name], MORNING)
            gone.add(name)

    async def send(bot: SqliteStore) -> None:
        while True:
            had_left = set(gone)
            claimed = await claim(bot, limit=1)
            if not claimed:
                return
            assert claimed[0].subscriber not in had_left
            met.append(claimed[0].subscriber)
            await settle(bot, claimed[0], "sent")

    async with SqliteStore.open(path) as bot, SqliteStore.open(path, exclusive=False) as web:
        await begin(bot)
        due = await subscribe(bot, *(subscription(name) for name in names))
        await arrive(bot, paper(1))
        await bot.compose([composition(one, 1) for one in due], MORNING)
        sql = "SELECT subscriber, token FROM subscriptions"
        tokens = dict(await bot._read(lambda db: db.execute(sql).fetchall()))
        await asyncio.gather(leave(web, tokens), send(bot))
        found = {row["subscriber"]: row["state"] for row in await rows(bot)}
    assert {name for name, state in found.items() if state == "sent"} == set(met)
    assert {state for name, state in found.items() if name not in met} <= {"dropped"}
    assert set(met) >= set(names) - gone
