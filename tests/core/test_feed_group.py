"""Which feeds are asked for: leaves only, grouped by what to expect, together for the day."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.feed_group import FULL, MOST, Group, group_of, groups_for, leaves_of
from bot.core.feed_reading import Reading
from bot.core.query.taxonomy import NAMES

FRIDAY, MONDAY = date(2026, 1, 9), date(2026, 1, 12)


@pytest.mark.parametrize(
    ("scope", "leaves"),
    [
        ("cs.CL", {"cs.CL"}),
        ("hep-th", {"hep-th"}),
        ("hep-th.*", {"hep-th"}),
        ("q-bio", {name for name in NAMES if name.startswith("q-bio.")}),
        ("astro-ph.*", {name for name in NAMES if name.startswith("astro-ph.")}),
        ("math-ph", {"math-ph"}),
        ("math.MP", {"math.MP"}),
        ("acc-phys", {"acc-phys"}),  # an archive that is closed: arXiv will say so
        ("*", set(NAMES)),
    ],
)
def test_only_leaves_are_asked_for(scope: str, leaves: set[str]) -> None:
    assert leaves_of(scope) == leaves


def test_a_whole_archive_never_becomes_one_name() -> None:
    assert "cs" not in leaves_of("cs") | leaves_of("cs.*") | leaves_of("*")
    assert leaves_of("cs") == leaves_of("cs.*")
    assert len(leaves_of("cs")) == 40


SIZES = st.dictionaries(st.sampled_from(sorted(NAMES)), st.integers(0, 2_400), min_size=1)


@given(SIZES)
def test_every_leaf_is_asked_once_in_a_group_that_fits_a_feed(
    sizes: dict[str, int],
) -> None:
    readings = {leaf: Reading(FRIDAY, "", (size,)) for leaf, size in sizes.items()}
    groups = groups_for(sizes, readings, (), MONDAY)
    assert sorted(leaf for group in groups for leaf in group.leaves) == sorted(sizes)
    for group in groups:
        assert group.leaves == tuple(sorted(group.leaves))
        total = sum(sizes[leaf] for leaf in group.leaves)
        assert total < FULL or len(group.leaves) == 1
        assert len(group.leaves) <= MOST


def test_what_is_usual_decides_and_unknown_categories_are_taken_for_large() -> None:
    small = {leaf: Reading(FRIDAY, "", (3, 9, 4)) for leaf in NAMES}
    assert len(groups_for(NAMES, small, (), MONDAY)) == -(-len(NAMES) // MOST)
    assert 10 < len(groups_for(NAMES, {}, (), MONDAY)) < 30


READ = {leaf: Reading(MONDAY, "x", (9,)) for leaf in ("cs.AI", "cs.CL", "cs.GL")}


def test_a_group_that_was_believed_today_stays_together() -> None:
    kept = Group(("cs.AI", "cs.CL"), MONDAY, '"x"')
    groups = groups_for({"cs.AI", "cs.CL", "cs.GL"}, READ, (kept,), MONDAY)
    assert groups == [kept, Group(("cs.GL",))]


@pytest.mark.parametrize(
    "earlier",
    [
        Group(("cs.AI", "cs.CL", "cs.GL"), MONDAY, '"x"'),  # of more than is wanted now
        Group((), MONDAY),
    ],
)
def test_other_groups_are_formed_anew(earlier: Group) -> None:
    groups = groups_for({"cs.AI", "cs.CL"}, READ, (earlier,), MONDAY)
    assert groups == [Group(("cs.AI", "cs.CL"))]


@pytest.mark.parametrize("day", [None, FRIDAY])
def test_a_group_of_which_a_category_was_not_read_today_is_formed_anew(day: date | None) -> None:
    """At a day's very beginning its feed may be there and hold nothing yet."""
    earlier = Group(("cs.AI", "cs.CL"), MONDAY, '"x"')
    readings = READ | {"cs.CL": Reading(day, "x", (9,))}
    groups = groups_for({"cs.AI", "cs.CL"}, readings, (earlier,), MONDAY)
    assert groups == [Group(("cs.AI", "cs.CL"))]


def test_of_two_groups_that_overlap_only_one_stays() -> None:
    first, second = Group(("cs.AI", "cs.CL"), MONDAY), Group(("cs.CL", "cs.GL"), MONDAY)
    groups = groups_for({"cs.AI", "cs.CL", "cs.GL"}, READ, (first, second), MONDAY)
    assert groups == [first, Group(("cs.GL",))]


def test_conditions_are_sent_only_once_the_expected_feed_was_believed() -> None:
    group = Group(("cs.CL",), MONDAY, '"x"', "Mon, 12 Jan 2026 05:00:03 GMT")
    assert group.conditions(MONDAY) == {
        "If-None-Match": '"x"',
        "If-Modified-Since": "Mon, 12 Jan 2026 05:00:03 GMT",
    }
    assert group.conditions(FRIDAY) == group.conditions(MONDAY)
    assert Group(("cs.CL",), FRIDAY, '"x"').conditions(MONDAY) == {}
    assert Group(("cs.CL",)).conditions(MONDAY) == {}
    assert Group(("cs.CL",), MONDAY).conditions(MONDAY) == {}


def test_a_group_is_halved_down_to_single_leaves() -> None:
    group = Group(("a", "b", "c"), MONDAY, '"x"')
    assert group.halves() == (Group(("a",)), Group(("b", "c")))
    assert Group(("a",)).halves() == ()


@given(st.lists(st.text()).map(tuple), st.none() | st.dates(), st.text(), st.text())
def test_a_group_survives_its_mark(
    leaves: tuple[str, ...], day: date | None, etag: str, modified: str
) -> None:
    group = Group(leaves, day, etag, modified)
    assert group_of(group.to_json()) == group


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"leaves": [], "day": "soon"}'])
def test_a_mark_that_makes_no_sense_is_a_group_of_nothing(text: str) -> None:
    assert group_of(text) == Group(())
