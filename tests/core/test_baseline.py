from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.arxiv_id import order_of
from bot.core.baseline import (
    WATCH,
    Horizon,
    Known,
    covers,
    has_begun,
    inherited,
    is_revised_lately,
    may_be_news,
    news_in,
    submitted,
    take_horizons,
    take_present,
    unpolled,
)
from bot.core.model import Detail, Paper
from tests.builders import NOON, paper

DAY = timedelta(days=1)


def horizon(scope: str = "cs.CL", **changes: object) -> Horizon:
    """A baseline taken at NOON that knew 2601.00010 to 2601.00020."""
    taken = Horizon(scope, highest="2601.00020", lowest="2601.00010", at=NOON, known=11)
    return replace(taken, **changes)  # type: ignore[arg-type]  # each test names a real field


def news(candidate: Paper, *horizons: Horizon, now: datetime = NOON) -> bool:
    return bool(news_in(candidate, {one.scope: one for one in horizons}, now))


@pytest.mark.parametrize(
    ("scope", "categories", "expected"),
    [
        ("*", ["math.CO"], True),
        ("cs.CL", ["cs.LG", "cs.CL"], True),
        ("cs.CL", ["cs.LG"], False),
        ("cs.*", ["cs.LG"], True),
        ("cs", ["cs.LG"], True),
        ("cs.*", ["math.CO"], False),
        ("hep-th", ["hep-th"], True),
        ("astro-ph", ["astro-ph.GA"], True),
        ("cs", ["csx.AI"], False),
        ("*", [], True),
    ],
)
def test_a_scope_covers_its_category_its_archive_or_everything(
    scope: str, categories: list[str], *, expected: bool
) -> None:
    assert covers(scope, categories) is expected


def test_without_a_baseline_nothing_is_news() -> None:
    assert not news(paper(99))
    assert not news(paper(99), horizon("cs.LG"))


def test_an_id_above_the_horizon_is_news_whatever_its_version_and_date() -> None:
    assert news(paper(21), horizon())
    assert news(paper(21, version=3, published=NOON - 24 * DAY), horizon(), now=NOON + 400 * DAY)


def test_the_horizon_itself_and_what_is_below_the_floor_are_not_news() -> None:
    assert not news(paper(9), horizon())
    assert not news(paper(20), horizon(lowest=None))


def test_an_id_of_an_earlier_month_is_not_news_though_its_number_is_higher() -> None:
    old = paper(1, id="2512.99999", published=NOON - 20 * DAY)
    assert not news(old, horizon())


def test_an_id_missing_below_the_horizon_is_news_while_it_is_watched() -> None:
    gap = paper(15)
    assert news(gap, horizon())
    assert news(gap, horizon(), now=NOON + WATCH - timedelta(microseconds=1))
    assert not news(gap, horizon(), now=NOON + WATCH)


def test_the_floor_belongs_to_the_watched_gap() -> None:
    assert news(paper(10), horizon())


def test_a_revision_in_the_gap_is_not_news() -> None:
    assert not news(paper(15, version=2), horizon())


FIRST_SEEN = datetime(2025, 12, 7, tzinfo=UTC)
"""When the first of the 30 days begins that a poll at NOON sees whole."""


def test_a_paper_submitted_before_the_window_is_no_watched_gap() -> None:
    assert news(paper(15, published=FIRST_SEEN), horizon())
    assert not news(paper(15, published=FIRST_SEEN - timedelta(seconds=1)), horizon())


def test_one_scope_to_which_it_is_news_is_enough() -> None:
    both = paper(21, categories=("cs.CL", "cs.LG"))
    assert news(both, horizon("cs.CL", highest="2601.00030", lowest=None), horizon("cs.LG"))


def test_an_empty_ledgers_horizon_has_everything_above_it() -> None:
    assert news(paper(1, id="hep-th/9901001"), horizon(highest="", lowest=None))


def test_a_scope_has_begun_once_one_that_holds_it_has_a_horizon() -> None:
    assert has_begun(["cs.LG"], {"cs.*": horizon("cs.*")})
    assert not has_begun(["cs.LG"], {"cs.CL": horizon()})


def test_a_horizon_is_the_highest_id_of_its_scope_and_its_floor_the_lowest_recent_one() -> None:
    known = [
        Known("2512.01000", NOON - 29 * DAY, ["cs.CL"]),
        Known("2511.00001", NOON - 31 * DAY, ["cs.CL"]),
        Known("2601.00002", NOON, ["cs.CL", "cs.LG"]),
        Known("2601.00009", NOON, ["cs.LG"]),
    ]
    (taken,) = take_horizons(["cs.CL"], known, NOON)
    assert taken == Horizon("cs.CL", "2601.00002", "2512.01000", NOON, 3)


def test_a_scope_without_papers_takes_the_highest_id_of_all_and_watches_no_gap() -> None:
    known = [Known("2601.00002", NOON, ["cs.LG"])]
    assert take_horizons(["cs.CL"], known, NOON) == [Horizon("cs.CL", "2601.00002", None, NOON, 0)]
    assert take_horizons(["cs.CL"], [], NOON) == [Horizon("cs.CL", "", None, NOON, 0)]


def by_scope(*horizons: Horizon) -> dict[str, Horizon]:
    return {one.scope: one for one in horizons}


@pytest.mark.parametrize("wide", ["*", "cs.*", "cs"])
def test_a_scope_inherits_the_baseline_of_one_that_covers_it(wide: str) -> None:
    assert inherited(["cs.CL"], by_scope(horizon(wide))) == [horizon("cs.CL")]


def test_a_scope_keeps_its_own_baseline_and_inherits_none_of_its_parts_or_neighbours() -> None:
    assert inherited(["cs.CL"], by_scope(horizon("*"), horizon("cs.CL", known=3))) == []
    assert inherited(["*", "cs.*"], by_scope(horizon("cs.CL"))) == []
    assert inherited(["cs.CL"], by_scope(horizon("cs.LG"), horizon("math.*"))) == []


def test_of_several_that_cover_a_scope_the_earliest_baseline_is_inherited() -> None:
    late = horizon("*", highest="2601.00030", at=NOON + DAY)
    assert inherited(["cs.CL"], by_scope(late, horizon("cs.*"))) == [horizon("cs.CL")]
    assert inherited(["cs.CL"], by_scope(horizon("*"), replace(late, scope="cs.*"))) == [
        horizon("cs.CL")
    ]


def test_a_scope_is_polled_while_a_wanted_one_covers_it() -> None:
    horizons = by_scope(*map(horizon, ["*", "cs.*", "cs.CL", "math.CO"]))
    assert unpolled(["*"], horizons) == []
    assert unpolled(["cs.*", "math.CO"], horizons) == ["*"]
    assert unpolled(["cs.CL"], horizons) == ["*", "cs.*", "math.CO"]
    assert unpolled([], horizons) == ["*", "cs.*", "cs.CL", "math.CO"]


months = st.tuples(st.integers(15, 26), st.integers(1, 12))
ids = st.builds(lambda month, number: "{:02d}{:02d}.{:05d}".format(*month, number), months,
                st.integers(1, 99999))  # fmt: skip
instants = st.integers(0, 120).map(lambda days: NOON + timedelta(days=days - 100))
categories = st.lists(st.sampled_from(["cs.CL", "cs.LG", "math.CO", "hep-th"]), min_size=1)
knowns = st.lists(st.builds(Known, ids, instants, categories), max_size=20)


@given(knowns.flatmap(lambda known: st.tuples(st.just(known), st.permutations(known))))
def test_horizons_do_not_depend_on_the_order_in_which_papers_are_read(
    orders: tuple[list[Known], list[Known]],
) -> None:
    scopes = ["cs.CL", "cs.*", "*"]
    one, other = (take_horizons(scopes, known, NOON) for known in orders)
    assert one == other


@given(knowns, ids, st.integers(1, 3))
def test_after_a_baseline_of_everything_old_ids_are_news_only_as_first_versions_in_the_gap(
    known: list[Known], candidate: str, version: int
) -> None:
    horizons = {h.scope: h for h in take_horizons(["*"], known, NOON)}
    everything = horizons["*"]
    late = paper(1, id=candidate, version=version, published=NOON - WATCH / 2)
    above = not known or order_of(candidate) > max(order_of(one.id) for one in known)
    if above:
        assert news_in(late, horizons, NOON + 2 * WATCH)
    else:
        assert not news_in(late, horizons, NOON + 2 * WATCH)
        if news_in(late, horizons, NOON):
            assert version == 1
            assert everything.lowest is not None
            assert order_of(everything.lowest) <= order_of(candidate)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"version": 1}, False),
        ({"updated": NOON}, True),
        ({"updated": NOON - timedelta(microseconds=1)}, False),
        ({"categories": ("math.CO",)}, False),
        ({"categories": ("math.CO", "cs.CL")}, True),
    ],
)
def test_a_later_version_counts_that_was_made_after_a_horizon_that_covers_the_paper(
    changes: dict[str, object], *, expected: bool
) -> None:
    revised = replace(paper(1, version=3, updated=NOON + DAY), **changes)  # type: ignore[arg-type]
    assert is_revised_lately(revised, {"cs.CL": horizon()}, NOON + 2 * DAY) is expected


@pytest.mark.parametrize(("age", "expected"), [(WATCH, True), (WATCH + DAY, False)])
def test_a_later_version_counts_for_thirty_days(age: timedelta, *, expected: bool) -> None:
    revised = paper(1, version=2, updated=NOON + DAY)
    assert is_revised_lately(revised, {"*": horizon("*")}, NOON + DAY + age) is expected


def test_a_paper_of_which_only_a_feed_told_does_not_lower_the_floor() -> None:
    known = [Known("2512.00001", None, ["cs.CL"]), Known("2601.00005", NOON, ["cs.CL"])]
    (taken,) = take_horizons(["cs.CL"], known, NOON)
    assert (taken.lowest, taken.highest, taken.known) == ("2601.00005", "2601.00005", 2)


@pytest.mark.parametrize(
    ("base", "detail", "expected"),
    [
        ("2512.00001", Detail.API, NOON),
        ("2512.00001", Detail.FEED, datetime(2026, 1, 1, tzinfo=UTC)),
        ("2305.00001", Detail.FEED, datetime(2023, 6, 1, tzinfo=UTC)),
        ("hep-th/9901001", Detail.FEED, datetime(1999, 2, 1, tzinfo=UTC)),
        ("2601.00001", Detail.FEED, NOON),
    ],
)
def test_what_a_feed_tells_of_was_submitted_by_the_end_of_the_month_of_its_id(
    base: str, detail: Detail, expected: datetime
) -> None:
    assert submitted(paper(1, id=base, published=NOON, detail=detail)) == expected


@pytest.mark.parametrize(
    ("elsewhere", "expected"),
    [(None, False), (NOON - DAY, False), (NOON, True), (NOON + DAY, True)],
)
def test_what_was_met_elsewhere_since_the_baseline_has_been_cross_listed(
    elsewhere: datetime | None, *, expected: bool
) -> None:
    horizons = {"cs.CL": horizon()}
    assert bool(news_in(paper(1), horizons, NOON, elsewhere)) is expected
    assert not news_in(paper(1, categories=("cs.LG",)), horizons, NOON, elsewhere)


def test_only_what_a_feed_lists_in_a_gap_may_turn_out_to_be_news() -> None:
    old = {"published": NOON - 2 * WATCH, "updated": NOON, "detail": Detail.FEED}
    horizons = {"cs.CL": horizon()}
    assert may_be_news(paper(15, **old), horizons, NOON)
    assert not may_be_news(paper(15, **(old | {"detail": Detail.API})), horizons, NOON)
    assert not may_be_news(paper(5, **old), horizons, NOON), "below the lowest id"
    assert not may_be_news(paper(15, **old), horizons, NOON + WATCH), "no longer watched"


def test_a_scope_of_which_only_the_present_was_seen_begins_above_all_that_is_known() -> None:
    known = [Known("2601.00002", NOON, ["cs.CL"]), Known("2601.00009", None, ["cs.LG"])]
    expected = Horizon("cs.CL", "2601.00009", None, NOON, 1)
    assert take_present(["cs.CL"], known, "2601.00005", NOON) == [expected]
    higher = replace(expected, highest="2601.00400")
    assert take_present(["cs.CL"], known, "2601.00400", NOON) == [higher]
    everything = Horizon("*", "2601.00009", None, NOON, 2)
    assert take_present(["*"], known, "", NOON) == [everything]


@pytest.mark.parametrize(
    ("highest", "now", "begins"),
    [
        ("", NOON, False),
        ("2501.00007", NOON, False),
        ("2512.00007", NOON, False),
        ("2512.00007", datetime(2026, 1, 3, tzinfo=UTC), True),
        ("2601.00001", NOON, True),
    ],
)
def test_the_present_is_not_known_while_the_highest_id_is_of_a_month_that_is_over(
    highest: str, now: datetime, *, begins: bool
) -> None:
    old = [Known("2306.00001", None, ["cs.CL"])]
    assert bool(take_present(["cs.CL"], old, highest, now)) is begins


def test_a_paper_is_news_in_the_categories_of_the_scopes_whose_horizons_it_is_above() -> None:
    horizons = by_scope(horizon(), horizon("cs.CV", highest="2601.00030", lowest=None))
    both = paper(25, categories=("cs.CV", "cs.CL", "stat.ML"), published=NOON - 2 * WATCH)
    assert news_in(both, horizons, NOON) == ("cs.CL",)
    vision = paper(35, categories=("cs.CV", "stat.ML"))
    assert news_in(vision, horizons, NOON) == vision.categories
    assert news_in(paper(5, categories=("cs.CV", "cs.CL")), horizons, NOON) == ()
    assert news_in(paper(99, categories=("stat.ML",)), horizons, NOON) == ()


def test_what_is_news_in_one_category_is_so_where_a_baseline_would_have_met_it() -> None:
    horizons = by_scope(horizon(), horizon("cs.CV", highest="2601.00030", lowest=None))
    both = {"categories": ("cs.CV", "cs.CL")}
    lately = paper(25, published=FIRST_SEEN, **both)
    assert news_in(lately, horizons, NOON) == ("cs.CV", "cs.CL")
    before = replace(lately, published=FIRST_SEEN - timedelta(seconds=1))
    assert news_in(before, horizons, NOON) == ("cs.CL",)
    assert news_in(paper(25, categories=("cs.CV",)), horizons, NOON) == ()


def test_what_was_met_elsewhere_is_news_in_the_scopes_that_were_polled_then() -> None:
    horizons = by_scope(horizon(), horizon("cs.CV", at=NOON + 5 * DAY))
    both = paper(5, categories=("cs.CV", "cs.CL"), published=NOON - 2 * WATCH)
    assert news_in(both, horizons, NOON + 9 * DAY, NOON + DAY) == ("cs.CL",)
    assert news_in(both, horizons, NOON + 9 * DAY, NOON + 6 * DAY) == ("cs.CV", "cs.CL")


def test_what_is_news_in_one_category_may_turn_out_to_be_so_in_another() -> None:
    horizons = by_scope(horizon("cs.CL", highest="2601.00012"), horizon("cs.CV"))
    told = {"published": NOON - 2 * WATCH, "updated": NOON, "detail": Detail.FEED}
    both = paper(15, categories=("cs.CV", "cs.CL"), **told)
    assert news_in(both, horizons, NOON) == ("cs.CL",)
    assert may_be_news(both, horizons, NOON)
    assert not may_be_news(both, horizons, NOON, elsewhere=NOON), "news in both already"


@pytest.mark.parametrize(("age", "expected"), [(DAY, ("cs.CL", "math.CO")), (40 * DAY, ("cs.CL",))])
def test_in_a_category_that_nobody_asked_for_yet_only_what_is_recent_is_news(
    age: timedelta, expected: tuple[str, ...]
) -> None:
    both = paper(21, categories=("cs.CL", "math.CO"), published=NOON - age)
    assert news_in(both, {"cs.CL": horizon()}, NOON) == expected
    alone = paper(21, published=NOON - age)
    assert news_in(alone, {"cs.CL": horizon()}, NOON) == ("cs.CL",)
