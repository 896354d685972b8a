"""What is believed of one category's feed, and what is remembered of it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.feed_reading import REMEMBERED, Item, Reading, Shown, reading_of, shown_of

FRIDAY, SATURDAY, MONDAY, TUESDAY = (date(2026, 1, day) for day in (9, 10, 12, 13))


def item(number: int, day: date = MONDAY, kind: str = "new") -> Item:
    return Item(f"2601.{number:05d}v1 {kind}", day, ("cs.CL",))


def shown(*numbers: int, day: date = MONDAY, bears: date | None = None) -> Shown:
    return Shown(day, tuple(item(number, bears or day) for number in numbers))


FED = Reading().after(shown(1, 2, 3, 4, 5, 6, day=FRIDAY), FRIDAY)


def test_what_is_new_is_believed() -> None:
    assert FED.doubt(shown(7, 8), MONDAY) == ""


def test_nothing_known_gives_no_reason_to_doubt() -> None:
    assert Reading().doubt(shown(), MONDAY) == ""
    assert Reading().doubt(shown(1), MONDAY) == ""


def test_row_feed_stale_by_its_own_date() -> None:
    assert FED.doubt(shown(7, day=FRIDAY), MONDAY) == "the feed is still that of 2026-01-09"


def test_row_feed_stale_by_the_dates_of_all_its_items() -> None:
    old = shown(7, bears=FRIDAY)
    assert Reading().doubt(old, MONDAY) == "the items are still those of 2026-01-09"
    mixed = Shown(MONDAY, (item(7, FRIDAY), item(8, MONDAY)))
    assert Reading().doubt(mixed, MONDAY) == ""


def test_row_feed_stale_by_the_same_items_as_before_in_any_order() -> None:
    again = shown(6, 5, 4, 3, 2, 1)
    assert FED.doubt(again, MONDAY) == "the items are the same as on 2026-01-09"
    assert FED.doubt(shown(6, 5, 4, 3, 2), MONDAY) == ""


def test_a_paper_announced_twice_in_different_ways_is_no_repeat() -> None:
    lone = Reading().after(Shown(FRIDAY, (item(1, FRIDAY),)), FRIDAY)
    crossed = Shown(MONDAY, (item(1, MONDAY, "cross"),))
    assert lone.doubt(crossed, MONDAY) == ""


def test_the_same_days_feed_asked_again_is_no_repeat() -> None:
    assert FED.doubt(shown(1, 2, 3, 4, 5, 6, day=FRIDAY), FRIDAY) == ""


def test_a_weekends_feed_may_be_empty_or_still_hold_fridays() -> None:
    assert FED.doubt(shown(day=SATURDAY), FRIDAY) == ""
    assert FED.doubt(shown(1, 2, 3, 4, 5, 6, day=SATURDAY), FRIDAY) == ""


def test_an_empty_feed_is_doubted_where_much_is_usual() -> None:
    doubted = "nothing, although there were never fewer than 5"
    assert Reading(FRIDAY, "x", (6, 5, 40)).doubt(shown(), MONDAY) == doubted
    assert Reading(FRIDAY, "x", (4, 9, 40)).doubt(shown(), MONDAY) == ""


def test_at_first_an_empty_feed_is_doubted_only_where_it_held_very_much() -> None:
    assert Reading(FRIDAY, "x", (19, 60)).doubt(shown(), MONDAY) == ""
    doubted = "nothing, although there were never fewer than 20"
    assert Reading(FRIDAY, "x", (20, 60)).doubt(shown(), MONDAY) == doubted


def test_an_empty_weekend_leaves_what_is_known_alone() -> None:
    assert FED.after(shown(day=SATURDAY), FRIDAY) == FED


def test_an_empty_announcement_counts_and_does_not_hide_a_repeat_of_what_came_before() -> None:
    small = Reading().after(shown(1, day=FRIDAY), FRIDAY)
    after = small.after(shown(), MONDAY)
    assert (after.day, after.print, after.counts) == (MONDAY, small.print, (1, 0))
    assert after.doubt(shown(1, day=TUESDAY), TUESDAY) == "the items are the same as on 2026-01-12"


def test_a_feed_made_anew_on_its_day_counts_once_with_the_most_that_it_held() -> None:
    grown = FED.after(shown(*range(8), day=FRIDAY), FRIDAY)
    assert grown.counts == (8,)
    shrunk = grown.after(shown(1, 2, day=FRIDAY), FRIDAY)
    assert shrunk.counts == (8,)
    assert shrunk.print == shown(1, 2).print


def test_an_older_feed_believed_at_a_weekend_takes_no_day_back() -> None:
    extra = FED.after(shown(9, day=SATURDAY), FRIDAY)
    assert extra.day == SATURDAY
    assert extra.after(shown(1, day=FRIDAY), FRIDAY).day == SATURDAY


def test_two_weeks_are_remembered() -> None:
    reading = Reading()
    for number in range(1, REMEMBERED + 5):
        day = MONDAY + timedelta(days=number)
        reading = reading.after(shown(*range(number), day=day), day)
    assert reading.counts == tuple(range(5, REMEMBERED + 5))
    assert reading.expectation("cs.CL") == REMEMBERED + 4


def test_without_memory_a_large_category_is_guessed_larger() -> None:
    assert Reading().expectation("cs.LG") > Reading().expectation("cs.GL") > 0


@given(
    st.builds(
        Reading,
        st.none() | st.dates(),
        st.text(),
        st.lists(st.integers(0, 2000), max_size=REMEMBERED).map(tuple),
    )
)
def test_a_reading_survives_its_mark(reading: Reading) -> None:
    assert reading_of(reading.to_json()) == reading


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"day": "soon", "print": "", "counts": []}', '{"day": 3}']
)
def test_a_mark_that_makes_no_sense_is_as_good_as_none(text: str) -> None:
    assert reading_of(text) == Reading()


def test_a_category_is_shown_by_the_items_that_bear_it() -> None:
    both = Item("2601.00001v1 new", MONDAY, ("cs.LG", "cs.CL"))
    other = Item("2601.00002v1 new", MONDAY, ("cs.LG",))
    assert shown_of("cs.CL", MONDAY, (both, other)) == Shown(MONDAY, (both,))
