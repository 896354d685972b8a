from datetime import datetime
from typing import Any

import pytest

from bot.core.model import CursorKey, Due, Entry, Former, NewDelivery
from bot.core.polling import Batch
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
    rows,
    send_out,
    set_out,
    settle,
    subscribe,
    the_one_due,
)

GONE = "This paper has been withdrawn by the authors"


async def withdraw(store: Store, number: int = 1, version: int = 2, **changes: Any) -> None:
    await arrive(store, paper(number, version=version, comment=GONE, **changes), now=MORNING)


async def give_entries(
    store: Store, due: Due, *entries: Entry, slot: datetime = MORNING + DAY, **changes: Any
) -> int:
    new = NewDelivery(f"{due.id}-{slot:%d%H%M}", entries, 1, 1)
    return await store.compose([composition(due, slot=slot, deliveries=(new,), **changes)], slot)


async def test_a_withdrawal_is_owed_to_those_who_were_given_the_paper_under_its_topics(
    store: Store,
) -> None:
    due = await set_out(store, 1, 2)
    await give(store, due, 1, 2, cursors=cursor_at(2))
    await withdraw(store)
    (entry,) = (await the_one_due(store)).withdrawals
    expected = paper(1, version=2, comment=GONE)
    assert entry == Entry(expected, ("Language",), "replace", Former(1, expected.title), 3)


async def test_a_withdrawal_is_not_owed_to_those_who_were_never_given_the_paper(
    store: Store,
) -> None:
    await begin(store)
    ana, bo = await subscribe(store, subscription(), subscription("bo"))
    await arrive(store, paper(1), paper(2))
    await give(store, ana, 1, cursors=cursor_at(2))
    await give(store, bo, 2, cursors=cursor_at(2))
    await withdraw(store)
    assert [len(due.withdrawals) for due in await store.due(MORNING, everyone=True)] == [1, 0]


async def test_a_withdrawal_is_not_owed_for_a_revision_alone(store: Store) -> None:
    due = await set_out(store, 1)
    await arrive(store, paper(1, version=2))
    line = Entry(paper(1, version=2), ("Language",), "replace", Former(1), 2)
    await give_entries(store, due, line, cursors=cursor_at(2))
    await withdraw(store, version=3)
    assert (await the_one_due(store)).withdrawals == ()


async def test_a_revision_that_withdraws_nothing_is_not_owed(store: Store) -> None:
    due = await set_out(store, 1)
    await give(store, due, 1, cursors=cursor_at(1))
    await arrive(store, paper(1, version=2, comment="Accepted at ACL"))
    assert (await the_one_due(store)).withdrawals == ()


async def test_a_withdrawal_before_all_cursors_is_not_owed(store: Store) -> None:
    due = await set_out(store, 1)
    await give(store, due, 1, cursors=cursor_at(1))
    await withdraw(store)
    await give(store, due, slot=MORNING + DAY, cursors=cursor_at(2))
    assert (await the_one_due(store)).withdrawals == ()


async def test_a_withdrawal_is_owed_while_it_lies_past_one_topic_and_is_told_once(
    store: Store,
) -> None:
    await begin(store)
    topics = (topic(), topic("Vision", "cat:cs.CV"))
    (due,) = await subscribe(store, subscription(topics=topics))
    await arrive(store, paper(1))
    await give(store, due, 1, cursors=cursor_at(1))
    await withdraw(store)
    due = await the_one_due(store)
    (vision,) = [key for key in due.cursors if key.topic == "Vision"]
    ahead: dict[CursorKey, Any] = {**due.cursors, **cursor_at(2)}
    assert ahead[vision].seq < 2
    (entry,) = due.withdrawals
    assert await give_entries(store, due, entry, cursors=ahead) == 1
    assert (await the_one_due(store)).withdrawals == ()


async def test_two_withdrawals_of_one_paper_are_two(store: Store) -> None:
    due = await set_out(store, 1)
    await give(store, due, 1, cursors=cursor_at(1))
    await withdraw(store)
    await arrive(store, paper(1, version=3, comment="Mended"))
    await withdraw(store, version=4)
    owed = (await the_one_due(store)).withdrawals
    assert [(one.revision, one.former and one.former.version) for one in owed] == [(2, 1), (4, 3)]


async def test_a_paper_and_each_of_its_revisions_is_given_once(store: Store) -> None:
    due = await set_out(store, 1)
    await give(store, due, 1)
    await arrive(store, paper(1, version=2), now=MORNING)
    (_, revision) = await news(store)
    line = Entry(revision.paper, ("Language",), "replace", revision.former, revision.seq)
    assert await give_entries(store, due, line, Entry(paper(1), ("Language",))) == 1
    assert await give_entries(store, due, line, slot=MORNING + 2 * DAY) == 0
    _, told = await claim(store, MORNING + 3 * DAY)
    assert told.entries == (line,)


async def test_a_revision_whose_delivery_failed_returns_as_what_it_was(store: Store) -> None:
    due = await set_out(store, 1)
    await give(store, due, 1)
    await withdraw(store)
    (owed,) = (await the_one_due(store)).withdrawals
    await give_entries(store, due, owed)
    first, second = await claim(store, MORNING + DAY)
    await settle(store, first, "sent")
    await settle(store, second, "failed", error="552", now=MORNING + DAY)
    due = await the_one_due(store, MORNING + 2 * DAY)
    assert due.returned == due.withdrawals == (owed,)


async def test_a_revision_stays_given_where_the_paper_returns(store: Store) -> None:
    delivery = await send_out(store, 1)
    due = await the_one_due(store)
    await arrive(store, paper(1, version=2), now=MORNING)
    (_, revision) = await news(store)
    line = Entry(revision.paper, ("Language",), "replace", revision.former, revision.seq)
    await give_entries(store, due, line)
    await settle(store, delivery, "failed", error="552")
    (entry,) = (await the_one_due(store, MORNING + 2 * DAY)).returned
    assert (entry.revision, entry.former, entry.kind) == (0, None, "new")


async def test_only_papers_count_as_given_not_their_revisions(store: Store) -> None:
    await begin(store, paper(1))
    (due,) = await subscribe(store, subscription(since=9 * DAY))
    await arrive(store, paper(1, version=2))
    line = Entry(paper(1, version=2), ("Language",), "replace", Former(1), 2)
    await give_entries(store, due, line, slot=MORNING)
    assert (await the_one_due(store)).given == frozenset()
    await give(store, due, 1, slot=MORNING + DAY)
    assert (await the_one_due(store)).given == {paper(1).id}


@pytest.mark.parametrize("failures", [3, 4])
async def test_a_revision_is_given_up_after_as_many_failures_as_a_paper(
    store: Store, failures: int
) -> None:
    due = await set_out(store, 1)
    await give(store, due, 1)
    (sent,) = await claim(store)
    await settle(store, sent, "sent")
    await withdraw(store)
    for days in range(1, failures + 1):
        due = await the_one_due(store, MORNING + days * DAY)
        await give_entries(store, due, *due.returned or due.withdrawals, slot=due.slot + DAY)
        (delivery,) = await claim(store, MORNING + days * DAY)
        await settle(store, delivery, "failed", error="552", now=MORNING + days * DAY)
    status = await store.status(MORNING)
    returned = (await the_one_due(store, MORNING + 9 * DAY)).returned
    assert (len(returned), len(status.quarantined)) == ((1, 0) if failures == 3 else (0, 1))
    assert {row["state"] for row in await rows(store)} == {"sent", "failed"}


async def test_a_withdrawal_by_a_source_that_completes_a_feed_is_owed(store: Store) -> None:
    due = await set_out(store, 1)
    await give(store, due, 1, cursors=cursor_at(1))
    gone = paper(1, version=2, comment=GONE)
    await store.record("ids", Batch((gone,)), NOON + 2 * HOUR)
    assert [one.paper for one in (await the_one_due(store)).withdrawals] == [gone]


async def test_a_withdrawal_was_told_with_the_line_of_a_later_revision(store: Store) -> None:
    due = await set_out(store, 1)
    await give(store, due, 1, cursors=cursor_at(1))
    await withdraw(store)
    await arrive(store, paper(1, version=3, comment="Mended"))
    line = Entry(paper(1, version=3), ("Language",), "replace", Former(1), 3)
    await give_entries(store, due, line)
    assert (await the_one_due(store)).withdrawals == ()


async def test_a_line_tells_against_the_version_that_it_was_composed_with(store: Store) -> None:
    due = await set_out(store, 1)
    await give(store, due, 1)
    for version in (2, 3):
        await arrive(store, paper(1, version=version))
    line = Entry(paper(1, version=3), ("Language",), "replace", Former(1, "First", None), 3)
    await give_entries(store, due, line)
    _, delivery = await claim(store, MORNING + DAY)
    assert delivery.entries == (line,)
