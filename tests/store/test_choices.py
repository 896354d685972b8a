"""What readers choose: topics off and on, and pauses; no change of the configuration undoes it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.core.model import Cursor, CursorKey, Due
from bot.core.people import Who
from bot.core.schedule import Schedule
from bot.core.subscription import Subscription
from bot.core.wishes import Wishes
from bot.interfaces import Store
from bot.store import SqliteStore
from tests.builders import NOON, paper, subscription, topic
from tests.store.lives import ANA, people, preferences
from tests.store.scenario import (
    DAY,
    HOUR,
    MORNING,
    arrive,
    begin,
    claim,
    give,
    numbers_of,
    send_out,
    set_out,
    settle,
    subscribe,
    the_one_due,
)

RAG, AGENTS = topic("RAG", "ti:rag"), topic("Agents", "abs:agent")
BOTH = subscription(topics=(RAG, AGENTS))
FRIDAY = date(2026, 1, 9)
ON_FRIDAY = datetime(2026, 1, 9, 8, 30, tzinfo=UTC)


async def token_of(store: Store, who: Who = ANA) -> str:
    told = await people(store).export(who)
    return str(told["subscriptions"][0]["token"])


async def wishes(store: Store, now: datetime = MORNING) -> Wishes:
    found = await preferences(store).wishes(await token_of(store), now)
    assert found is not None
    return found


async def off(store: Store) -> dict[str, datetime | None]:
    return {one.topic: one.off for one in (await wishes(store)).topics}


async def switch(store: Store, name: str, *, on: bool, now: datetime = MORNING) -> None:
    await preferences(store).switch(await token_of(store), name, on=on, now=now)


async def pause(store: Store, day: date | None = FRIDAY, now: datetime = MORNING) -> None:
    await preferences(store).pause(await token_of(store), day, now)


async def two_topics(store: Store, *numbers: int) -> Due:
    """Begin with a reader of two topics, and these papers announced since."""
    await begin(store)
    (due,) = await subscribe(store, BOTH)
    await arrive(store, *(paper(number) for number in numbers))
    return due


def at(seq: int) -> Mapping[CursorKey, Cursor]:
    return {one.key: Cursor(seq) for one in BOTH.topics}


async def test_a_reader_sees_their_topics_and_nothing_else_before_they_choose(store: Store) -> None:
    await two_topics(store)
    found = await wishes(store)
    assert [(one.topic, one.off) for one in found.topics] == [("Agents", None), ("RAG", None)]
    assert (found.timezone, found.until, found.sent) == ("UTC", None, ())
    assert found.holder.address == "ana@example.org"


@pytest.mark.parametrize("token", ["", "x", "' OR 1 = 1 --", "A" * 22])
async def test_nobodys_token_shows_and_changes_nothing(store: Store, token: str) -> None:
    await two_topics(store)
    asked = preferences(store)
    assert await asked.wishes(token, MORNING) is None
    await asked.switch(token, "RAG", on=False, now=MORNING)
    await asked.pause(token, FRIDAY, MORNING)
    assert await off(store) == {"Agents": None, "RAG": None}
    assert (await wishes(store)).until is None


async def test_a_topic_is_off_from_then_on_and_whoever_composes_is_told(store: Store) -> None:
    await two_topics(store, 1)
    await switch(store, "RAG", on=False)
    await switch(store, "RAG", on=False, now=MORNING + DAY)
    assert await off(store) == {"Agents": None, "RAG": MORNING}
    assert (await the_one_due(store)).off == {"RAG"}


@pytest.mark.parametrize("name", ["", "rag", "RAG ", "Another's", "\x00", "' OR 1 = 1 --"])
async def test_what_is_no_topic_of_the_subscription_is_not_turned_off(
    store: Store, name: str
) -> None:
    await two_topics(store)
    await switch(store, name, on=False)
    await switch(store, name, on=True)
    assert (await the_one_due(store)).off == set()


async def test_turned_on_again_a_topic_begins_at_the_logs_end(store: Store) -> None:
    await two_topics(store, 1, 2)
    await switch(store, "RAG", on=False)
    await arrive(store, paper(3), now=MORNING)
    await switch(store, "RAG", on=True, now=MORNING + HOUR)
    due = await the_one_due(store)
    assert due.off == set()
    assert due.cursors == {RAG.key: Cursor(3), AGENTS.key: Cursor(0)}


async def test_turned_on_again_before_anything_was_announced_it_goes_on_where_it_was(
    store: Store,
) -> None:
    await two_topics(store, 1, 2)
    await switch(store, "RAG", on=False)
    await switch(store, "RAG", on=True, now=MORNING + HOUR)
    assert (await the_one_due(store)).cursors == at(0)
    await switch(store, "RAG", on=True, now=MORNING + HOUR)
    assert (await the_one_due(store)).cursors == at(0)


async def test_a_topic_that_reached_back_does_not_reach_back_again(store: Store) -> None:
    await begin(store)
    wanted = subscription(topics=(RAG, AGENTS), since=3 * DAY)
    await subscribe(store, wanted)
    await switch(store, "RAG", on=False)
    await subscribe(store, subscription(topics=(AGENTS,), since=3 * DAY), now=MORNING + HOUR)
    await subscribe(store, wanted, now=MORNING + 2 * HOUR)
    due = await the_one_due(store)
    assert due.off == {"RAG"}
    assert due.cursors[RAG.key].reach is not None, "as the configuration wants a new topic to"
    await switch(store, "RAG", on=True, now=MORNING + 3 * HOUR)
    assert (await the_one_due(store)).cursors[RAG.key] == Cursor(0)


@pytest.mark.parametrize(
    "edited",
    [
        pytest.param([], id="the subscription removed"),
        pytest.param([subscription(topics=(AGENTS,))], id="the topic removed"),
        pytest.param(
            [subscription(topics=(topic("RAG", "ti:retrieval"), AGENTS))], id="the query changed"
        ),
        pytest.param([subscription(topics=(AGENTS,), refused=("RAG",))], id="the query refused"),
    ],
)
async def test_no_edit_of_the_configuration_turns_a_topic_on(
    store: Store, edited: list[Subscription]
) -> None:
    await two_topics(store)
    await switch(store, "RAG", on=False)
    await store.sync(edited, MORNING + HOUR)
    assert all(one.off == {"RAG"} for one in await store.due(MORNING, everyone=True))
    await store.sync([BOTH], MORNING + 2 * HOUR)
    assert (await the_one_due(store)).off == {"RAG"}
    assert await off(store) == {"Agents": None, "RAG": MORNING}


async def test_a_refused_topic_that_is_turned_off_and_on_begins_at_the_logs_end_once_mended(
    store: Store,
) -> None:
    await two_topics(store, 1)
    await store.sync([subscription(topics=(AGENTS,), refused=("RAG",))], MORNING)
    await switch(store, "RAG", on=False)
    await arrive(store, paper(2), now=MORNING)
    await switch(store, "RAG", on=True)
    await store.sync([BOTH], MORNING + HOUR)
    assert (await the_one_due(store)).cursors[RAG.key] == Cursor(2)


async def test_what_one_reader_turns_off_stays_on_for_others(store: Store) -> None:
    await begin(store)
    at_ana = subscription("bo", address="ana@example.org", topics=(RAG, AGENTS))
    await subscribe(store, BOTH, at_ana, subscription("cy", topics=(RAG,)))
    await switch(store, "RAG", on=False)
    due = await store.due(MORNING, everyone=True)
    assert {one.subscriber: one.off for one in due} == {"ana": {"RAG"}, "bo": set(), "cy": set()}


async def test_while_a_reader_pauses_nothing_is_due_claimed_or_written(store: Store) -> None:
    due = await set_out(store, 1, 2)
    await give(store, due, 1)
    await pause(store)
    assert await store.due(MORNING + DAY) == []
    assert await store.due(MORNING + DAY, everyone=True) == []
    assert await claim(store, ON_FRIDAY - timedelta(seconds=1)) == []
    assert await give(store, due, 2, slot=MORNING + HOUR) == 0
    status = await store.status(MORNING + DAY)
    assert (status.due, status.pending, status.oldest_pending) == (0, 1, None)
    assert [one.paused for one in status.standings] == [ON_FRIDAY]
    (row,) = status.reader_pauses
    assert (row["subscriber"], row["until"]) == ("ana", "2026-01-09T08:30:00Z")


async def test_afterwards_all_goes_on_where_it_was(store: Store) -> None:
    due = await set_out(store, 1, 2)
    await give(store, due, 1)
    await pause(store)
    (delivery,) = await claim(store, ON_FRIDAY)
    assert numbers_of(delivery) == [1]
    (again,) = await store.due(ON_FRIDAY)
    assert again.cursors == due.cursors
    assert await give(store, again, 2, slot=ON_FRIDAY, now=ON_FRIDAY) == 1
    status = await store.status(ON_FRIDAY)
    assert (status.reader_pauses, status.standings[0].paused) == ((), None)


async def test_what_waited_is_tried_as_long_as_if_it_were_new(store: Store) -> None:
    due = await set_out(store, 1)
    await give(store, due, 1)
    await pause(store, date(2026, 3, 2))
    end = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    (delivery,) = await claim(store, end)
    assert delivery.created_at == end
    await settle(store, delivery, "retry", next_at=end + HOUR, now=end)
    (again,) = await claim(store, end + DAY)
    assert again.created_at == end


async def test_a_pause_that_is_ended_goes_on_at_once(store: Store) -> None:
    due = await set_out(store, 1)
    await give(store, due, 1)
    await pause(store)
    await pause(store, None, MORNING + HOUR)
    assert (await wishes(store, MORNING + HOUR)).until is None
    (delivery,) = await claim(store, MORNING + HOUR)
    assert delivery.created_at == MORNING + HOUR
    await pause(store, None, MORNING + DAY)
    assert len(await store.due(MORNING + DAY)) == 1


async def test_a_pause_can_be_made_longer_and_shorter(store: Store) -> None:
    await set_out(store, 1)
    await pause(store, date(2026, 1, 20))
    await pause(store, FRIDAY, MORNING + HOUR)
    assert (await wishes(store)).until == ON_FRIDAY
    with pytest.raises(ValueError, match="a pause ends between"):
        await pause(store, date(2026, 1, 6))
    assert (await wishes(store)).until == ON_FRIDAY


async def test_what_was_under_way_when_its_reader_paused_waits_too(store: Store) -> None:
    await send_out(store, 1)
    await pause(store)
    assert await claim(store, MORNING + 2 * DAY) == [], "its lease has ended"
    (delivery,) = await claim(store, ON_FRIDAY)
    assert (numbers_of(delivery), delivery.again) == ([1], True)


async def test_a_pause_is_of_the_address_in_whatever_case(store: Store) -> None:
    await begin(store)
    other = subscription("bo", address="ANA@Example.org")
    elsewhere = subscription("cy", channel="slack", address="ana@example.org")
    await subscribe(store, subscription(), other, elsewhere)
    await pause(store)
    assert [one.subscriber for one in await store.due(MORNING + DAY)] == ["cy"]


async def test_a_pause_neither_lifts_a_suspension_nor_takes_its_place(store: Store) -> None:
    due = await set_out(store, 1)
    await give(store, due, 1)
    await people(store).suspend(ANA, "on leave", MORNING)
    await pause(store)
    await pause(store, None, MORNING + HOUR)
    assert (await wishes(store)).holder.by == "owner"
    assert await store.due(ON_FRIDAY) == []
    await people(store).resume(ANA, MORNING + HOUR)
    assert len(await store.due(ON_FRIDAY)) == 1


async def test_who_unsubscribes_pauses_no_more_nor_can(store: Store) -> None:
    await set_out(store, 1)
    token = await token_of(store)
    await pause(store)
    await people(store).unsubscribe(token, MORNING + HOUR)
    await pause(store, FRIDAY, MORNING + 2 * HOUR)
    assert (await wishes(store, MORNING + 2 * HOUR)).until is None
    await people(store).resubscribe(token, MORNING + 3 * HOUR)
    assert len(await store.due(MORNING + 3 * HOUR)) == 1


async def test_no_edit_of_the_configuration_ends_a_pause(store: Store) -> None:
    await set_out(store, 1)
    await pause(store)
    await store.sync([], MORNING)
    await store.sync([subscription("bo", address="ana@example.org")], MORNING)
    await store.sync([subscription(schedule=Schedule("UTC", time(6)))], MORNING)
    assert await store.due(ON_FRIDAY - HOUR) == []
    assert len(await store.due(ON_FRIDAY)) == 1


async def test_people_are_listed_with_what_they_chose(store: Store) -> None:
    await two_topics(store)
    await switch(store, "RAG", on=False)
    await pause(store)
    (person,) = await people(store).people()
    assert (person.off, person.paused) == (("RAG",), ON_FRIDAY)
    status = await store.status(MORNING)
    (row,) = status.topics_off
    assert (row["subscriber"], row["topic"], row["at"]) == ("ana", "RAG", "2026-01-06T08:30:00Z")


async def test_what_was_chosen_is_given_out_and_gone_once_its_reader_is_erased(
    store: Store,
) -> None:
    await two_topics(store)
    await switch(store, "RAG", on=False)
    await pause(store)
    (told,) = (await people(store).export(ANA))["subscriptions"]
    assert told["topics_off"] == [{"topic": "RAG", "at": "2026-01-06T08:30:00Z"}]
    assert told["pauses"] == [{"at": "2026-01-06T08:30:00Z", "until_at": "2026-01-09T08:30:00Z"}]
    await store.sync([], MORNING)
    await people(store).erase(ANA)
    await subscribe(store, BOTH, now=MORNING)
    found = await wishes(store)
    assert (found.until, [one.off for one in found.topics]) == (None, [None, None])


async def test_the_pause_of_an_address_stays_while_another_subscriber_has_it(store: Store) -> None:
    await begin(store)
    await subscribe(store, subscription("bo", address="ana@example.org"), BOTH)
    await switch(store, "RAG", on=False)
    await pause(store)
    await people(store).erase(Who("ana"))
    (bo,) = await people(store).people()
    assert (bo.subscriber, bo.paused, bo.off) == ("bo", ON_FRIDAY, ())


async def test_the_newest_thirty_deliveries_that_were_sent_are_shown(store: Store) -> None:
    due = await set_out(store, *range(1, 34))
    for number in range(1, 34):
        at_ = MORNING + number * HOUR
        await give(store, due, number, slot=at_, now=at_)
        (delivery,) = await claim(store, at_)
        await settle(store, delivery, "failed" if number == 33 else "sent", now=at_)
    sent = (await wishes(store)).sent
    assert [one.at for one in sent] == [MORNING + n * HOUR for n in range(32, 2, -1)]
    assert [entry.paper.id for entry in sent[0].entries] == [paper(32).id]
    assert [section.topic for section in sent[0].sections] == ["Language"]


async def test_what_was_chosen_by_a_clock_that_was_ahead_is_brought_back(tmp_path: Path) -> None:
    async with SqliteStore.open(tmp_path / "papers.db") as store:
        await two_topics(store)
        ahead = MORNING + 400 * DAY
        await switch(store, "RAG", on=False, now=ahead)
        await pause(store, (ahead + 2 * DAY).date(), ahead)
        await store.sync([BOTH], MORNING)
        assert (await off(store))["RAG"] == MORNING
        assert (await wishes(store)).until is None
        await pause(store, (MORNING + 365 * DAY).date())
        await store.sync([BOTH], MORNING + HOUR)
        assert (await wishes(store)).until == MORNING + 365 * DAY


async def test_what_a_paused_reader_has_not_read_is_not_forgotten(tmp_path: Path) -> None:
    async with SqliteStore.open(tmp_path / "papers.db") as store:
        due = await set_out(store, 1, 2, 3)
        await give(store, due, 1)
        await pause(store, date(2026, 12, 1))
        late = NOON + 200 * DAY
        await arrive(store, paper(900, published=late, updated=late), now=late)
        await store.prune(60 * DAY, late)
        end = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
        (delivery,) = await claim(store, end)
        assert numbers_of(delivery) == [1]
        (again,) = await store.due(end)
        assert again.cursors == due.cursors
        log = await store.log(0, (await store.head()).seq)
        assert [one.paper.id for one in log] == [paper(n).id for n in (1, 2, 3, 900)]
