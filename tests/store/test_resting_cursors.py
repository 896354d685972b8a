"""What a topic that is refused keeps in the ledger, and where it goes on once it is mended."""

from dataclasses import replace

import pytest

from bot.core.model import Cursor
from bot.core.polling import Batch, Mark
from bot.core.schedule import Schedule
from bot.core.subscription import EVERYTHING, Subscription, polled_for
from bot.interfaces import Store
from tests.builders import NOON, paper, subscription, topic
from tests.store.scenario import (
    DAY,
    arrive,
    begin,
    claim,
    give,
    rows,
    subscribe,
    the_one_due,
)

MATHS = topic("Maths", "cat:math.CO")
BOTH = subscription(topics=(topic(), MATHS))
MATHS_REFUSED = subscription(refused=("Maths",))
ALL_REFUSED = subscription(topics=(), refused=("Language", "Maths"))


async def known(store: Store) -> None:
    """Take the baselines of both topics, and subscribe to them."""
    await begin(store, scopes=("cs.CL", "math.CO"))
    await subscribe(store, BOTH)


async def test_its_cursor_rests_and_goes_on_where_it_was(store: Store) -> None:
    await known(store)
    await arrive(store, paper(1))
    (due,) = await subscribe(store, MATHS_REFUSED)
    assert due.cursors == {topic().key: Cursor(0)}
    await arrive(store, paper(2))
    (due,) = await subscribe(store, MATHS_REFUSED)
    assert due.cursors == {topic().key: Cursor(0)}
    (due,) = await subscribe(store, BOTH)
    assert due.cursors == {topic().key: Cursor(0), MATHS.key: Cursor(0)}


async def test_with_another_query_it_begins_where_it_was_refused(store: Store) -> None:
    await known(store)
    await arrive(store, paper(1))
    await subscribe(store, MATHS_REFUSED)
    await arrive(store, paper(2))
    await subscribe(store, MATHS_REFUSED)
    await arrive(store, paper(3))
    other = topic("Maths", "cat:math.PR")
    (due,) = await subscribe(store, replace(BOTH, topics=(topic(), other)))
    assert due.cursors == {topic().key: Cursor(0), other.key: Cursor(1)}


async def test_a_new_topic_begins_when_it_was_written_although_it_could_not_be_read(
    store: Store,
) -> None:
    await begin(store)
    await arrive(store, paper(1))
    await subscribe(store, subscription())
    await subscribe(store, replace(MATHS_REFUSED, since=7 * DAY))
    await arrive(store, paper(2))
    (due,) = await subscribe(store, replace(BOTH, since=7 * DAY), now=NOON + DAY)
    assert due.cursors == {topic().key: Cursor(1), MATHS.key: Cursor(1, NOON - 7 * DAY)}


async def test_once_it_is_mended_it_is_a_topic_like_any_other(store: Store) -> None:
    await known(store)
    await subscribe(store, MATHS_REFUSED)
    await subscribe(store, BOTH)
    await arrive(store, paper(1))
    other = topic("Maths", "cat:math.PR")
    (due,) = await subscribe(store, replace(BOTH, topics=(topic(), other)))
    assert due.cursors[other.key] == Cursor(1), "a changed query brings nothing from the past"


async def test_one_that_is_taken_out_is_gone_for_good(store: Store) -> None:
    await known(store)
    await subscribe(store, MATHS_REFUSED)
    await arrive(store, paper(1))
    await subscribe(store, subscription())
    (due,) = await subscribe(store, BOTH)
    assert due.cursors == {topic().key: Cursor(0), MATHS.key: Cursor(1)}


async def test_a_topic_takes_over_nothing_from_another_that_was_refused(store: Store) -> None:
    await known(store)
    await subscribe(store, MATHS_REFUSED)
    await arrive(store, paper(1))
    await subscribe(store, replace(BOTH, refused=("Later",)))
    await arrive(store, paper(2))
    later = topic("Later", "cat:cs.CV")
    (due,) = await subscribe(store, replace(BOTH, topics=(topic(), MATHS, later)))
    assert due.cursors[later.key] == Cursor(1)


async def test_what_a_refused_topic_waits_for_is_not_due(store: Store) -> None:
    at_once = Schedule("UTC", None)
    await begin(store)
    waiting = replace(ALL_REFUSED, schedule=at_once)
    await subscribe(store, replace(BOTH, schedule=at_once))
    await subscribe(store, waiting)
    await arrive(store, paper(1))
    assert (await store.status(NOON)).due == 0
    await subscribe(store, replace(MATHS_REFUSED, schedule=at_once))
    assert (await store.status(NOON)).due == 1


async def test_the_subscription_and_what_is_pending_for_it_stay(store: Store) -> None:
    await known(store)
    await arrive(store, paper(1))
    await give(store, await the_one_due(store), 1)
    (due,) = await subscribe(store, ALL_REFUSED)
    assert (due.subscriber, due.cursors) == ("ana", {})
    assert [row["state"] for row in await rows(store)] == ["pending"]
    assert len(await claim(store)) == 1


async def test_while_there_is_one_the_baselines_and_marks_stay(store: Store) -> None:
    await known(store)
    mark = Mark("math.CO", "day", "7", NOON)
    await store.record("arxiv", Batch(marks=(mark,)), NOON)
    for refused in (MATHS_REFUSED, ALL_REFUSED):
        await subscribe(store, refused)
        assert (await store.head()).baselined == {"cs.CL", "math.CO"}
        assert (await store.memory("arxiv", NOON)).marks == (mark,)
    await subscribe(store, subscription())
    assert (await store.head()).baselined == {"cs.CL"}
    assert (await store.memory("arxiv", NOON)).marks == ()


class TestWhatIsPolled:
    """While a topic is refused, all that has a baseline is polled on."""

    def polled(self, *subscriptions: Subscription, baselined: frozenset[str]) -> frozenset[str]:
        return polled_for(subscriptions, baselined)

    def test_without_a_refused_topic_what_the_others_need(self) -> None:
        assert self.polled(BOTH, baselined=frozenset({"cs.CV"})) == {"cs.CL", "math.CO"}

    def test_with_one_what_was_polled_before_too(self) -> None:
        polled = self.polled(MATHS_REFUSED, baselined=frozenset({"math.CO"}))
        assert polled == {"cs.CL", "math.CO"}

    def test_everything_takes_the_others_in(self) -> None:
        polled = self.polled(MATHS_REFUSED, baselined=frozenset({"math.CO", EVERYTHING}))
        assert polled == {EVERYTHING}

    def test_one_that_nobody_could_ever_read_needs_nothing(self) -> None:
        assert self.polled(ALL_REFUSED, baselined=frozenset()) == frozenset()


async def test_what_another_topic_gave_meanwhile_is_known_once_it_is_mended(store: Store) -> None:
    await known(store)
    await subscribe(store, MATHS_REFUSED)
    await arrive(store, paper(1), paper(2))
    due = await the_one_due(store)
    await give(store, due, 1, cursors={topic().key: Cursor(2)})
    assert (await the_one_due(store)).given == frozenset()
    await arrive(store, paper(3))
    (due,) = await subscribe(store, BOTH)
    assert due.cursors == {topic().key: Cursor(2), MATHS.key: Cursor(0)}
    assert due.given == {paper(1).id}


async def test_a_topic_that_is_new_has_nothing_to_know_of_the_others(store: Store) -> None:
    await begin(store)
    await subscribe(store, subscription())
    await arrive(store, paper(1))
    (due,) = await subscribe(store, BOTH)
    assert (len({*due.cursors.values()}), due.given) == (2, frozenset())


@pytest.mark.parametrize("name", ["Sums", "Maths"])
async def test_one_that_is_renamed_as_its_query_breaks_goes_on_under_either_name(
    name: str, store: Store
) -> None:
    await known(store)
    await arrive(store, paper(1))
    await subscribe(store, subscription(refused=("Sums",)))
    await arrive(store, paper(2))
    mended = topic(name, "cat:math.CO")
    (due,) = await subscribe(store, replace(BOTH, topics=(topic(), mended)))
    assert due.cursors == {topic().key: Cursor(0), mended.key: Cursor(0)}


async def test_with_another_name_and_another_query_it_is_a_new_topic(store: Store) -> None:
    await known(store)
    await arrive(store, paper(1))
    await subscribe(store, subscription(refused=("Sums", "Numbers")))
    other = topic("Sums", "cat:math.PR")
    (due,) = await subscribe(store, replace(BOTH, topics=(topic(), other)))
    assert due.cursors == {topic().key: Cursor(0), other.key: Cursor(1)}
