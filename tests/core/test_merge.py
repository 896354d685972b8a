from datetime import timedelta
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.merge import merged, one_of_each
from bot.core.model import Detail, Paper
from tests.builders import NOON, paper

FEED, HARVEST, API = Detail.FEED, Detail.HARVEST, Detail.API
DAY = timedelta(days=1)


def from_feed(version: int = 1, **changes: Any) -> Paper:
    """Build what a feed of NOON's day tells of paper 1."""
    values: dict[str, Any] = {"published": NOON, "updated": NOON, "detail": FEED}
    return paper(1, version=version, **(values | changes))


def test_a_later_version_told_whole_replaces_all() -> None:
    later = paper(1, version=2, title="Better", comment=None, categories=("cs.LG",))
    assert merged(paper(1, comment="9 pages", doi="10.1/1"), later) == later


def test_an_earlier_version_changes_nothing() -> None:
    known = paper(1, version=2, title="Better")
    assert merged(known, paper(1, comment="9 pages", categories=("cs.LG",))) == known


def test_a_later_version_of_a_feed_keeps_what_a_feed_does_not_tell() -> None:
    known = paper(1, comment="9 pages", journal_ref="J. 1", doi="10.1/1")
    found = merged(known, from_feed(2, title="Better"))
    assert (found.version, found.title, found.partial, found.updated) == (2, "Better", True, NOON)
    kept = (found.comment, found.journal_ref, found.doi, found.published)
    assert kept == ("9 pages", "J. 1", "10.1/1", known.published)


def test_what_a_feed_told_is_completed_from_an_earlier_version_that_comes_after() -> None:
    older = paper(1, comment="9 pages", journal_ref="J. 1", doi="10.1/1")
    assert merged(from_feed(2), older) == merged(older, from_feed(2))
    again = merged(merged(from_feed(3), older), paper(1, version=2, comment="late", doi="10.1/2"))
    assert (again.version, again.comment, again.doi) == (3, "9 pages", "10.1/1")


def test_that_an_earlier_version_was_withdrawn_is_not_said_of_one_that_a_feed_told() -> None:
    older = paper(1, version=2, comment="This paper has been withdrawn", doi="10.1/1")
    assert merged(from_feed(3), older) == merged(older, from_feed(3))
    kept = merged(older, from_feed(3))
    assert (kept.comment, kept.doi, kept.published) == (None, "10.1/1", older.published)


@pytest.mark.parametrize(("better", "worse"), [(API, HARVEST), (API, FEED), (HARVEST, FEED)])
@pytest.mark.parametrize("worse_last", [False, True])
def test_of_one_version_more_detail_is_never_overwritten_by_less(
    better: Detail, worse: Detail, *, worse_last: bool
) -> None:
    good = paper(1, title="By $x$", authors=("A", "B"), detail=better)
    poor = paper(
        1, title="By x", abstract="-", authors=("A B",), detail=worse, published=NOON, updated=NOON
    )
    found = merged(good, poor) if worse_last else merged(poor, good)
    assert found == good


def test_of_one_version_and_detail_the_later_telling_counts() -> None:
    later = paper(1, title="Corrected", comment=None, doi="10.1/1")
    assert merged(paper(1, comment="9 pages"), later) == later


def test_the_comment_is_what_was_last_told_by_whoever_tells_comments() -> None:
    known = paper(1, comment="9 pages")
    harvested = paper(1, comment="9 pages, accepted", journal_ref="J. 1", detail=HARVEST)
    found = merged(merged(known, harvested), from_feed())
    assert (found.comment, found.journal_ref, found.detail) == ("9 pages, accepted", "J. 1", API)


def test_a_version_once_withdrawn_stays_so() -> None:
    known = paper(1, version=2, comment="This paper has been withdrawn")
    assert merged(known, paper(1, version=2, comment="9 pages")).withdrawn


def test_a_withdrawal_ends_when_a_later_version_is_told_whole() -> None:
    withdrawn = paper(1, version=2, comment="This paper has been withdrawn")
    back = merged(merged(withdrawn, from_feed(3)), paper(1, version=3, comment="Mended"))
    assert not back.withdrawn


def test_two_feeds_leave_the_first_day_and_the_date_of_the_one_that_lists_it_as_new() -> None:
    crossed = from_feed(published=NOON - 40 * DAY, updated=NOON + DAY)
    for found in (merged(from_feed(), crossed), merged(crossed, from_feed())):
        assert (found.published, found.updated) == (NOON, NOON)


@pytest.mark.parametrize("version", [1, 2])
def test_what_a_feed_guesses_of_a_submission_gives_way_to_what_is_known(version: int) -> None:
    guess = from_feed(version, published=NOON - 40 * DAY)
    whole = paper(1, published=NOON - 3 * DAY)
    for found in (merged(guess, whole), merged(whole, guess)):
        assert found.published == whole.published


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (("cs.CL",), ("cs.CL", "cs.LG"), ("cs.CL", "cs.LG")),
        (("cs.CL", "stat.ML", "cs.AI"), ("cs.CL", "cs.AI"), ("cs.CL", "stat.ML", "cs.AI")),
        (("cs.CL", "stat.ML"), ("cs.CL", "cs.AI"), ("cs.CL", "cs.AI", "stat.ML")),
    ],
)
def test_of_one_version_the_categories_of_all_tellings_count(
    one: tuple[str, ...], other: tuple[str, ...], both: tuple[str, ...]
) -> None:
    first, second = paper(1, categories=one), paper(1, categories=other)
    assert merged(first, second).categories == merged(second, first).categories == both


def test_a_report_number_stays_whoever_else_tells_of_the_paper() -> None:
    numbered = paper(1, report_no="CERN-TH-1", detail=HARVEST)
    for other in (paper(1), paper(1, version=2), from_feed(2), paper(1, detail=HARVEST)):
        assert merged(numbered, other).report_no == "CERN-TH-1"
        assert merged(other, numbered).report_no == "CERN-TH-1"


def test_another_report_number_is_believed_if_it_is_of_no_older_version() -> None:
    known = paper(1, version=2, report_no="CERN-TH-1")
    told = [paper(1, version=number, report_no="LAPTH-2", detail=HARVEST) for number in (1, 2, 3)]
    numbers = [merged(known, one).report_no for one in told]
    assert numbers == ["CERN-TH-1", "LAPTH-2", "LAPTH-2"]


@pytest.mark.parametrize("other", [paper(1, version=2), from_feed(2), paper(1, detail=HARVEST)])
def test_affiliations_stay_until_others_are_told(other: Paper) -> None:
    told = paper(1, version=2, affiliations=("LMM", "UTPA"), report_no="CERN-TH-1")
    assert merged(told, other).affiliations == merged(other, told).affiliations == ("LMM", "UTPA")
    moved = [paper(1, version=number, affiliations=("IBISC",)) for number in (1, 2, 3)]
    found = [merged(told, one).affiliations for one in moved]
    assert found == [("LMM", "UTPA"), ("IBISC",), ("IBISC",)]
    assert merged(told, moved[2]).report_no == "CERN-TH-1"


def telling(version: int, detail: Detail, categories: list[str]) -> Paper:
    """Build what a source tells of a version: the same whenever it is asked."""
    whole = detail is not FEED
    return paper(
        1,
        version=version,
        title=f"Title {version} {detail.name}",
        categories=("cs.CL", *categories),  # the primary one is always among them
        published=NOON if not whole else NOON - DAY,
        updated=NOON if not whole else NOON - DAY + timedelta(hours=version),
        comment=f"version {version}" if whole else None,
        report_no="CERN-TH-1" if detail is HARVEST else None,
        affiliations=("LMM",) if detail is API else (),
        detail=detail,
    )


tellings = st.builds(
    telling,
    st.integers(1, 3),
    st.sampled_from(Detail),
    st.lists(st.sampled_from(["cs.CV", "cs.LG", "cs.AI"]), unique=True),
)
orders = st.lists(tellings, min_size=1, max_size=7).flatmap(
    lambda told: st.tuples(st.just(told), st.permutations(told))
)


@given(orders)
def test_copies_in_one_batch_give_one_paper_in_whatever_order(
    both: tuple[list[Paper], list[Paper]],
) -> None:
    one, other = both
    assert one_of_each(one) == one_of_each(other)


@given(orders)
def test_tellings_one_after_another_give_the_same_text_in_whatever_order(
    both: tuple[list[Paper], list[Paper]],
) -> None:
    one, other = (reduce(merged, told) for told in both)
    newest = max(telling.version for telling in both[0])
    assert one.version == other.version == newest
    assert (one.title, one.detail, one.updated) == (other.title, other.detail, other.updated)
    assert {*one.categories} == {*other.categories}
    assert (one.report_no, one.affiliations) == (other.report_no, other.affiliations)
    if not one.partial:
        assert (one.comment, one.published) == (other.comment, other.published)
        assert one.comment == f"version {newest}"
