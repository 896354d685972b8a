from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.core.baseline import WATCH
from bot.core.model import Announcement, Detail, Former, Paper
from bot.core.polling import Batch, Recorded
from bot.interfaces import Store
from tests.builders import NOON, paper
from tests.store.scenario import DAY, HOUR, arrive, begin, news

WITHDRAWN = "This paper has been withdrawn by the authors"
OLD: dict[str, Any] = {"id": "2305.00001", "published": NOON - 970 * DAY}


def from_feed(number: int = 1, **changes: Any) -> Paper:
    values = {"published": NOON + DAY, "updated": NOON + DAY, "detail": Detail.FEED}
    return paper(number, **(values | changes))


async def revisions(store: Store) -> list[Announcement]:
    return [row for row in await news(store) if row.former is not None]


async def test_a_later_version_is_announced_once_with_what_it_replaced_whoever_brings_it(
    store: Store,
) -> None:
    await begin(store)
    await arrive(store, paper(1, title="First", comment="9 pages"))
    second = paper(1, version=2, title="Second", comment="Accepted at ACL", updated=NOON + HOUR)
    results = [
        await store.record("feeds", Batch((from_feed(version=2, title="Second"),)), NOON + DAY),
        await store.record("api", Batch((second,)), NOON + DAY),
        await store.record("harvest", Batch((second,)), NOON + 2 * DAY),
    ]
    assert results == [Recorded(revised=1), Recorded(known=1), Recorded(known=1)]
    (row,) = await revisions(store)
    assert (row.former, row.date, row.silent) == (Former(1, "First", "9 pages"), NOON + DAY, False)
    assert (row.paper, row.sources) == (second, frozenset({"feeds"}))


async def test_each_version_is_a_revision_of_its_own_and_a_stale_one_is_none(store: Store) -> None:
    await begin(store)
    for version in (1, 2, 1, 4, 3):
        await arrive(store, paper(1, version=version, title=f"V{version}"))
    assert [row.former for row in await revisions(store)] == [Former(1, "V1"), Former(2, "V2")]


async def test_a_revision_of_a_paper_known_since_the_baseline_is_announced(store: Store) -> None:
    await begin(store, paper(1))
    assert await arrive(store, paper(1, version=2)) == Recorded(revised=1)
    assert [row.silent for row in await news(store)] == [False]


async def test_a_revision_is_silent_while_no_scope_of_the_paper_has_begun(store: Store) -> None:
    maths = {"categories": ("math.CO",), "primary_category": "math.CO"}
    await begin(store, paper(1, **maths))
    assert await arrive(store, paper(1, version=2, **maths)) == Recorded(known=1)
    await begin(store, scopes=["math.CO"])
    assert await arrive(store, paper(1, version=3, **maths)) == Recorded(revised=1)


@pytest.mark.parametrize("told", [paper(1, **OLD, version=4, updated=NOON + HOUR)])
@pytest.mark.parametrize("source", ["harvest", "feeds"])
async def test_a_revision_of_a_paper_from_before_the_baseline_is_announced_and_the_paper_is_not(
    store: Store, told: Paper, source: str
) -> None:
    await begin(store, paper(5))
    if source == "feeds":
        told = from_feed(id=told.id, version=4)
    recorded = await store.record(source, Batch((told,)), NOON + DAY)
    assert recorded == Recorded(silent=1, revised=1)
    (row,) = await news(store)
    assert (row.former, row.paper) == (Former(0), told)
    assert await arrive(store, told) == Recorded(known=1)


@pytest.mark.parametrize(
    ("made", "seen"), [(NOON - HOUR, NOON + HOUR), (NOON + HOUR, NOON + WATCH + 2 * HOUR)]
)
async def test_a_revision_made_before_the_baseline_or_long_ago_is_silent(
    store: Store, made: Any, seen: Any
) -> None:
    await begin(store, paper(5))
    old = paper(1, **OLD, version=4, updated=made)
    assert await arrive(store, old, now=seen) == Recorded(silent=1)


async def test_a_later_version_that_is_seen_first_is_news_once(store: Store) -> None:
    await begin(store, paper(5))
    second = paper(6, version=2, updated=NOON + HOUR)
    assert await arrive(store, second) == Recorded(announced=1)
    assert await arrive(store, paper(6)) == Recorded(known=1)
    assert await revisions(store) == []


async def test_what_a_feed_told_is_completed_and_announced_no_second_time(store: Store) -> None:
    await begin(store)
    feed = from_feed(title="By a feed", abstract="-")
    assert await store.record("feeds", Batch((feed,)), NOON + HOUR) == Recorded(announced=1)
    whole = paper(1, comment="9 pages", doi="10.1/1")
    assert await store.record("api", Batch((whole,)), NOON + DAY) == Recorded(known=1)
    (row,) = await news(store)
    assert (row.paper, row.sources) == (whole, frozenset({"feeds", "api"}))
    await store.record("feeds", Batch((feed,)), NOON + DAY)
    assert (await news(store))[0].paper == whole


async def test_what_waits_for_comment_and_dates_is_told_newest_first_for_thirty_days(
    store: Store,
) -> None:
    await begin(store)
    feeds = [from_feed(1), from_feed(3), from_feed(2, updated=NOON + 2 * DAY)]
    await store.record("feeds", Batch((*feeds, paper(4))), NOON)
    assert (await store.status(NOON)).partial == 3
    later = NOON + 3 * DAY
    ids = ("2601.00002", "2601.00003", "2601.00001")
    assert (await store.memory("whoever", later)).partial == ids
    assert (await store.memory("whoever", NOON + 32 * DAY)).partial == ids[:1]
    await arrive(store, paper(3))
    assert (await store.memory("whoever", later)).partial == (ids[0], ids[2])


async def test_a_baseline_is_taken_without_the_dates_of_feeds(store: Store) -> None:
    old = from_feed(id="2512.00100", published=NOON - HOUR, updated=NOON - HOUR)
    await begin(store, old, paper(1), paper(5))
    assert await arrive(store, paper(1, id="2512.00200")) == Recorded(silent=1)
    assert await arrive(store, paper(3)) == Recorded(announced=1)


async def test_an_old_paper_that_a_feed_brings_up_is_within_nobodys_reach(store: Store) -> None:
    await begin(store, paper(5))
    old = from_feed(id="2305.00001", version=4)
    await store.record("feeds", Batch((old,)), NOON + DAY)
    assert [row.paper.id for row in await news(store, since=NOON) if row.silent] == []


async def test_a_silent_row_is_dated_by_its_paper_once_that_is_known(store: Store) -> None:
    await begin(store, paper(5))
    feed = from_feed(1, published=NOON, updated=NOON)
    await store.record("feeds", Batch((feed, from_feed(6))), NOON + 40 * DAY)
    whole = paper(1, published=NOON - 3 * DAY, updated=NOON - 3 * DAY)
    await store.record("api", Batch((whole, paper(6))), NOON + 41 * DAY)
    dates = {row.paper.id: row.date for row in await news(store, since=NOON - 9 * DAY)}
    assert dates[whole.id] == whole.published
    assert dates[paper(6).id] == NOON + 40 * DAY


async def test_a_scope_seen_only_as_of_today_begins_above_what_is_known_and_watches_no_gaps(
    store: Store,
) -> None:
    papers = (paper(1), from_feed(9))
    await store.record("feeds", Batch(papers, current=frozenset({"cs.CL"})), NOON)
    arrived = await arrive(store, paper(5), paper(10))
    assert arrived == Recorded(announced=1, silent=1)


async def test_a_scope_seen_whole_keeps_that_baseline(store: Store) -> None:
    both = frozenset({"cs.CL"})
    await store.record("api", Batch((paper(1), paper(9)), complete=both, current=both), NOON)
    await store.record("feeds", Batch((paper(20),), current=both), NOON + HOUR)
    assert await arrive(store, paper(5), paper(15)) == Recorded(announced=2)


async def test_a_withdrawal_that_is_learned_when_the_version_is_completed_is_told_then(
    store: Store,
) -> None:
    await begin(store)
    await arrive(store, paper(1, comment="9 pages"))
    await store.record("feeds", Batch((from_feed(version=2),)), NOON + DAY)
    whole = paper(1, version=2, comment=WITHDRAWN, updated=NOON + HOUR)
    assert await arrive(store, whole, now=NOON + DAY) == Recorded(revised=1)
    first, second = await revisions(store)
    assert first.former == Former(1, paper(1).title, "9 pages")
    assert second.former == Former(2, paper(1).title, "9 pages")
    stale = paper(1, version=2, comment="9 pages", doi="10.1/1", updated=NOON + HOUR)
    assert [await arrive(store, one) for one in (stale, whole)] == [Recorded(known=1)] * 2


async def test_a_withdrawal_from_before_the_baseline_is_told_to_nobody_whenever_it_is_learned(
    store: Store,
) -> None:
    listed = from_feed(version=2, published=NOON - 40 * DAY, updated=NOON - HOUR)
    await begin(store, listed)
    whole = paper(1, version=2, comment=WITHDRAWN, updated=NOON - DAY)
    assert await arrive(store, whole) == Recorded(known=1)


async def test_a_paper_that_comes_withdrawn_is_announced_as_it_is(store: Store) -> None:
    await begin(store)
    assert await arrive(store, paper(1, version=2, comment=WITHDRAWN)) == Recorded(announced=1)
    assert await arrive(store, paper(1, version=2, comment=WITHDRAWN)) == Recorded(known=1)


async def test_a_paper_met_elsewhere_since_the_baseline_is_news_when_it_comes_into_the_scope(
    store: Store,
) -> None:
    await begin(store, paper(5))
    met = await store.record("harvest", Batch(elsewhere=(paper(4).id,)), NOON + HOUR)
    assert met == Recorded()
    crossed = paper(4, version=2, categories=("cs.LG", "cs.CL"), primary_category="cs.LG")
    now = NOON + WATCH + timedelta(days=1)
    assert await arrive(store, crossed, now=now) == Recorded(late=1, silent=1)
    assert (await news(store))[-1].late == ("cs.CL",)
    assert await arrive(store, crossed, now=now) == Recorded(known=1)


async def test_a_paper_met_elsewhere_while_the_scope_was_not_polled_is_judged_by_the_baseline(
    store: Store,
) -> None:
    ids = (paper(4).id, paper(6).id)
    await store.record("harvest", Batch(elsewhere=ids), NOON - HOUR)
    await begin(store, paper(5))
    now = NOON + WATCH + timedelta(days=1)
    assert await arrive(store, paper(4), paper(6), now=now) == Recorded(announced=1, silent=1)


LISTED = NOON + WATCH - timedelta(days=3)
"""When a feed lists papers that have watched gaps: the baseline is three weeks old and more."""


async def with_a_gap(store: Store) -> None:
    """Take a baseline that knows papers 1 and 9, both submitted the day before."""
    await begin(store, paper(1), paper(9))


def crossed(**changes: Any) -> Paper:
    """Build what a feed tells of a paper that it lists as a cross-list."""
    told = {"published": NOON - 2 * WATCH, "updated": LISTED, "detail": Detail.FEED}
    return paper(5, **(told | changes))


@pytest.mark.parametrize(
    ("submitted", "expected"),
    [(NOON - timedelta(days=2), Recorded(announced=1)), (NOON - 2 * WATCH, Recorded(known=1))],
)
async def test_what_a_feed_cross_lists_is_judged_once_it_is_known_when_it_was_submitted(
    store: Store, submitted: datetime, expected: Recorded
) -> None:
    await with_a_gap(store)
    assert await arrive(store, crossed(), now=LISTED) == Recorded(silent=1)
    assert await arrive(store, crossed(), now=LISTED + HOUR) == Recorded(known=1)
    whole = paper(5, published=submitted)
    assert await arrive(store, whole, now=LISTED + 2 * HOUR) == expected
    assert await arrive(store, whole, now=LISTED + 3 * HOUR) == Recorded(known=1)


async def test_what_one_feed_cross_lists_and_another_lists_as_new_is_judged_at_once(
    store: Store,
) -> None:
    await with_a_gap(store)
    assert await arrive(store, crossed(), now=LISTED) == Recorded(silent=1)
    listed = crossed(published=LISTED)
    assert await arrive(store, listed, now=LISTED) == Recorded(announced=1)
    whole = paper(5, published=LISTED - DAY)
    assert await arrive(store, whole, now=LISTED + HOUR) == Recorded(known=1)


async def test_what_was_revised_meanwhile_is_judged_as_what_was_listed(store: Store) -> None:
    await with_a_gap(store)
    await arrive(store, crossed(), now=LISTED)
    whole = paper(5, version=2, published=NOON - timedelta(days=2), updated=LISTED)
    assert await arrive(store, whole, now=LISTED + HOUR) == Recorded(announced=1)


async def test_what_a_baseline_knew_from_a_feed_is_no_news_when_it_is_completed(
    store: Store,
) -> None:
    await begin(store, paper(1), crossed(updated=NOON), paper(9))
    assert await arrive(store, paper(5), now=NOON + HOUR) == Recorded(known=1)
