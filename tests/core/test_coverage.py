"""Counting what was announced, received and by whom."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.core.coverage import Census, Count
from bot.core.model import Announcement, Detail, Former
from bot.core.subscription import EVERYTHING
from tests.builders import NOON, paper

CL, CV = frozenset({"cs.CL"}), frozenset({"cs.CV"})
API = frozenset({"arxiv_api"})


def row(seq: int, number: int = 0, *, date: datetime = NOON, **changes: Any) -> Announcement:
    values = {"late": (), "sources": API} | {
        name: changes.pop(name)
        for name in ("late", "former", "sources", "completed")
        if name in changes
    }
    return Announcement(seq, paper(number or seq, **changes), date, **values)


def test_papers_count_in_the_scopes_that_hold_them() -> None:
    census = Census(
        [row(1), row(2, categories=("cs.CV", "cs.CL")), row(3, categories=("math.PR",))]
    )
    assert census.count(CL).papers == 2
    assert census.count(CV).papers == 1
    assert census.count(CL | CV).papers == 2, "a paper in both counts once"
    assert census.count(frozenset({"cs.*"})).papers == 2
    assert census.count(frozenset({EVERYTHING})).papers == 3
    assert census.count(frozenset({"q-bio.BM"})) == Count()


def test_rows_are_counted_from_a_place_or_an_instant_on() -> None:
    census = Census(row(n, date=NOON + timedelta(days=n)) for n in range(1, 6))
    assert census.count(CL, after=2).papers == 3
    assert census.count(CL, after=5) == Count()
    assert census.count(CL, since=NOON + timedelta(days=4)).papers == 2
    assert census.count(CL, after=4, since=NOON).papers == 1


def test_what_only_a_feed_has_told_has_come_too() -> None:
    census = Census([row(1), row(2, detail=Detail.FEED), row(3, detail=Detail.HARVEST)])
    assert census.count(CL).papers == 3


def test_a_late_cross_list_counts_in_the_categories_that_it_added() -> None:
    both = ("cs.CL", "cs.CV")
    first, late = row(1, 7, categories=both), row(4, 7, categories=both, late=("cs.CV",))
    assert Census([late]).count(CV).papers == 1
    assert Census([late]).count(CL).papers == 0
    for rows in ([first, late], [late, first]):
        census = Census(rows)
        assert census.count(CV).papers == 1, "a paper counts once however many rows it has"
        assert census.count(CL, after=1).papers == 0
        assert census.count(CL | CV, after=1).papers == 1


def test_a_revision_does_not_count() -> None:
    assert Census([row(1, former=Former(1))]).count(CL) == Count()


def test_a_paper_that_was_completed_was_counted_when_it_came() -> None:
    assert Census([row(1, completed=("comment",))]).count(CL) == Count()


def test_it_knows_when_the_papers_came_that_are_still_partial() -> None:
    feed = {"detail": Detail.FEED}
    hours = [NOON + timedelta(hours=n) for n in range(6)]
    census = Census(
        [
            row(1, date=hours[1], **feed),
            row(2, date=hours[2], **feed),
            row(3, date=hours[3]),
            row(4, date=hours[4], categories=("cs.CV",), **feed),
        ]
    )
    assert census.incomplete(CL) == {hours[1], hours[2]}
    assert census.incomplete(CL, after=1) == {hours[2]}
    assert census.incomplete(CL | CV, after=2) == {hours[4]}
    assert census.incomplete(frozenset({"math.PR"})) == frozenset()
    census.add([row(5, date=hours[5], **feed)])
    assert census.incomplete(CL, after=2) == {hours[5]}, "what comes later counts too"


def test_a_partial_revision_is_no_paper_that_is_waited_for() -> None:
    assert Census([row(1, former=Former(1), detail=Detail.FEED)]).incomplete(CL) == frozenset()


def test_sources_are_named_in_one_order_the_foreign_ones_last() -> None:
    brought = [
        {"zbmath", "arxiv_ids"},
        {"arxiv_oai", "another"},
        {"arxiv_rss"},
        {"arxiv_api"},
    ]
    rows = [row(n, sources=frozenset(names)) for n, names in enumerate(brought, start=1)]
    elsewhere = row(9, sources=frozenset({"never"}), categories=("math.PR",))
    count = Census([*rows, elsewhere]).count(CL)
    assert count.sources == (
        *("arxiv_api", "arxiv_rss", "arxiv_oai", "arxiv_ids"),
        *("another", "zbmath"),
    )


def test_rows_that_come_later_count_too() -> None:
    census = Census([row(5)])
    assert census.count(CL).papers == 1
    census.add([row(3), row(4)])
    assert census.count(CL).papers == 3
    assert census.count(CL, after=3).papers == 2


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 9), st.booleans()), max_size=30))
def test_it_counts_each_paper_past_the_place_whatever_the_order(
    drawn: list[tuple[int, int, bool]],
) -> None:
    both = ("cs.CL", "cs.CV")
    census = Census(
        row(seq, number, categories=both, late=("cs.CV",) if late else ())
        for seq, number, late in drawn
    )
    for after in (0, 10, 39):
        papers = {number for seq, number, _ in drawn if seq > after}
        assert census.count(CV, after=after).papers == len(papers)
