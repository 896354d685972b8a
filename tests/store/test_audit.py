from collections.abc import Iterable
from typing import Any

import pytest

from bot.core.polling import Batch, PollResult, Recorded
from bot.interfaces import Store
from bot.store import audit
from tests.builders import NOON, paper
from tests.store.scenario import DAY, HOUR, arrive, begin


def ids(numbers: Iterable[int], month: str = "2601") -> tuple[str, ...]:
    return tuple(f"{month}.{number:05d}" for number in numbers)


async def take_census(store: Store, upto: str, now: Any = NOON, **changes: Any) -> Recorded:
    return await store.record("harvest", Batch(census=upto, **changes), now)


async def gaps(store: Store, now: Any = NOON) -> tuple[str, ...]:
    return (await store.memory("ids", now)).gaps


async def with_gaps(store: Store) -> None:
    """Let 2601.00004 and 2601.00006 lack of what a census saw up to 2601.00007."""
    await take_census(store, "2601.00003")
    await take_census(store, "2601.00007", papers=(paper(5),), elsewhere=ids([7]))


async def test_the_first_census_tells_only_where_to_begin(store: Store) -> None:
    await take_census(store, "2601.00100")
    assert await gaps(store) == ()


async def test_a_census_opens_a_gap_for_each_id_that_was_never_met(store: Store) -> None:
    await with_gaps(store)
    assert await gaps(store) == ids([4, 6])
    assert (await store.status(NOON)).gaps == (await store.head()).missing == 2


async def test_a_census_that_goes_back_or_comes_again_opens_nothing(store: Store) -> None:
    await with_gaps(store)
    await take_census(store, "2601.00007")
    await take_census(store, "2512.00500")
    await take_census(store, "2601.00008", elsewhere=ids([8]))
    assert await gaps(store) == ids([4, 6])


async def test_a_census_of_a_later_month_audits_the_rest_of_each_month_before_it(
    store: Store,
) -> None:
    await take_census(store, "2511.00002")
    elsewhere = (*ids([5], "2511"), *ids([2], "2512"), *ids([1, 3], "2601"))
    await take_census(store, "2601.00003", elsewhere=elsewhere)
    assert await gaps(store) == (*ids([3, 4], "2511"), *ids([1], "2512"), *ids([2], "2601"))


async def test_a_month_of_which_nothing_was_met_has_no_gaps(store: Store) -> None:
    await take_census(store, "2511.00002")
    await take_census(store, "2601.00001", elsewhere=ids([1]))
    assert await gaps(store) == ()


async def test_a_gap_that_comes_is_closed_whether_in_a_scope_or_elsewhere(store: Store) -> None:
    await begin(store, paper(1))
    await with_gaps(store)
    arrived = await store.record("ids", Batch((paper(4),), elsewhere=ids([6])), NOON + HOUR)
    assert arrived == Recorded(announced=1)
    assert await gaps(store) == ()
    assert (await store.head()).missing == 0


async def test_a_gap_that_is_absent_is_asked_for_again_a_day_later_and_void_after_two_weeks(
    store: Store,
) -> None:
    await with_gaps(store)
    absent = Batch(absent=ids([4]))
    await store.record("ids", absent, NOON)
    assert await gaps(store, NOON + 19 * HOUR) == ids([6])
    assert await gaps(store, NOON + 20 * HOUR) == ids([4, 6])
    await store.record("ids", absent, NOON + 14 * DAY - HOUR)
    assert (await store.status(NOON)).void == 0
    await store.record("ids", absent, NOON + 14 * DAY)
    assert await gaps(store, NOON + 20 * DAY) == ids([6])
    status = await store.status(NOON)
    assert (status.gaps, status.void, (await store.head()).missing) == (1, 1, 1)


async def test_a_void_gap_that_comes_after_all_is_news(store: Store) -> None:
    await begin(store, paper(1))
    await with_gaps(store)
    await store.record("ids", Batch(absent=ids([4])), NOON + 14 * DAY)
    assert await arrive(store, paper(4), now=NOON + 15 * DAY) == Recorded(announced=1)
    assert (await store.status(NOON)).void == 0


async def test_what_is_absent_and_no_gap_is_no_gap_afterwards(store: Store) -> None:
    await store.record("ids", Batch(absent=ids([4])), NOON)
    assert await gaps(store, NOON + DAY) == ()


async def test_a_gap_asked_for_by_a_clock_that_was_ahead_is_asked_for_now(store: Store) -> None:
    await with_gaps(store)
    await store.record("ids", Batch(absent=ids([4])), NOON + DAY)
    assert await gaps(store, NOON) == ids([4, 6])


async def test_after_a_census_that_was_not_believed_the_next_one_goes_on_from_there(
    store: Store,
) -> None:
    june = NOON + 150 * DAY
    await take_census(store, "2605.00003", june)
    await take_census(store, "2605.40000", june)
    await take_census(store, "2605.40002", june, elsewhere=("2605.40002",))
    assert await gaps(store, june) == ("2605.40001",)
    (shown,) = (await store.status(NOON)).quarantined
    assert shown["id"] == "census 2605.40000"


async def test_a_gap_is_given_up_after_two_weeks_though_nobody_could_tell_of_it(
    store: Store,
) -> None:
    await with_gaps(store)
    await store.record("arxiv_ids", Batch(absent=ids([4])), NOON + DAY)
    for days, left in ((13, 2), (14, 0)):
        await store.polled(PollResult("arxiv_ids", "failed", NOON + days * DAY))
        assert len(await gaps(store, NOON + 20 * DAY)) == left
    status = await store.status(NOON)
    assert (status.gaps, status.void, (await store.head()).missing) == (0, 2, 0)


async def test_a_gap_is_given_up_after_four_weeks_where_nobody_asks_by_id(store: Store) -> None:
    await with_gaps(store)
    for days, left in ((27, 2), (28, 0)):
        await store.polled(PollResult("harvest", "ok", NOON + days * DAY))
        assert (await store.head()).missing == left


async def test_a_census_that_misses_more_than_can_be_lost_is_not_believed_but_shown(
    store: Store,
) -> None:
    await take_census(store, "2601.00003")
    assert await take_census(store, "2601.99999", papers=(paper(4),)) == Recorded(silent=1)
    (shown,) = (await store.status(NOON)).quarantined
    assert shown["error"] == (
        f"arXiv was seen whole up to 2601.99999, but more than {audit.MOST_GAPS} ids below lack"
    )
    assert (await gaps(store), (await store.head()).missing) == ((), 0)


async def test_the_oldest_gaps_are_asked_for_first_and_only_so_many(store: Store) -> None:
    await take_census(store, "2601.00001")
    await take_census(store, "2601.00002", NOON)
    await take_census(store, f"2601.{audit.LIMIT + 5:05d}", NOON - HOUR)
    asked = await gaps(store)
    assert len(asked) == audit.LIMIT
    assert asked[0] == "2601.00003"
    assert "2601.00002" not in asked


async def test_the_highest_id_rises_with_papers_and_with_what_is_listed_elsewhere(
    store: Store,
) -> None:
    assert ((await store.status(NOON)).highest, (await store.status(NOON)).risen) == ("", None)
    steps = [
        (Batch((paper(5), paper(3))), "2601.00005", NOON),
        (Batch(elsewhere=ids([9])), "2601.00009", NOON + HOUR),
        (Batch((paper(7),), elsewhere=("hep-th/9901001",)), "2601.00009", NOON + HOUR),
        (Batch(elsewhere=("hep-th/9901002",)), "2601.00009", NOON + HOUR),
        (Batch(), "2601.00009", NOON + HOUR),
    ]
    for hours, (batch, highest, risen) in enumerate(steps):
        await store.record("harvest", batch, NOON + hours * HOUR)
        status = await store.status(NOON)
        assert (status.highest, status.risen) == (highest, risen)


@pytest.mark.parametrize("odd", ["Error", "2601.0\ud800"])
async def test_an_id_elsewhere_that_cannot_be_read_is_quarantined_alone(
    store: Store, odd: str
) -> None:
    await store.record("harvest", Batch(elsewhere=(odd, *ids([2]))), NOON)
    status = await store.status(NOON)
    assert ([row["id"] for row in status.quarantined], status.highest) == (
        [f"{ascii(odd)[1:-1]} (elsewhere)"],
        "2601.00002",
    )
