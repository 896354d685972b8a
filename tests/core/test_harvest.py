"""How far back a harvest reaches and when one is due, around arXiv's updates at 22:30 Eastern."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.harvest import (
    HARVEST,
    LONGEST_REST,
    OVERLAP,
    REACH,
    completed,
    first_day,
    is_due,
    last_harvest,
    reaches_too_far,
    short,
    times_short,
)
from bot.core.polling import Mark
from tests.builders import NOON

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# NOON is a Monday: arXiv updated last on Sunday at 22:30 Eastern, which was Monday 03:30 UTC.
SUNDAY_UPDATE = datetime(2026, 1, 5, 4, 0, tzinfo=UTC)
"""With the half hour that it may be late."""


def mark(scope: str, at: datetime, *, key: str = HARVEST) -> Mark:
    return Mark(scope, key, at.isoformat(), at)


def test_a_first_harvest_reaches_thirty_days_back() -> None:
    assert first_day({"cs.CL"}, (), NOON) == (NOON - REACH).date()
    assert last_harvest({"cs.CL"}, (), NOON) is None


def test_a_harvest_overlaps_the_earliest_of_the_last_ones_by_three_days() -> None:
    marks = (mark("cs.CL", NOON - DAY), mark("cs.LG", NOON - 2 * DAY))
    assert first_day({"cs.CL", "cs.LG"}, marks, NOON) == (NOON - 2 * DAY - OVERLAP).date()
    assert last_harvest({"cs.CL", "cs.LG"}, marks, NOON) == NOON - 2 * DAY


def test_what_nobody_wants_any_more_does_not_count() -> None:
    marks = (mark("cs.CL", NOON - DAY), mark("cs.LG", NOON - 200 * DAY))
    assert first_day({"cs.CL"}, marks, NOON) == (NOON - DAY - OVERLAP).date()


def test_a_new_scope_does_not_shorten_what_an_old_one_is_owed() -> None:
    marks = (mark("cs.CL", NOON - 50 * DAY),)
    assert first_day({"cs.CL", "cs.LG"}, marks, NOON) == (NOON - 50 * DAY - OVERLAP).date()
    assert last_harvest({"cs.CL", "cs.LG"}, marks, NOON) is None


def test_the_day_is_that_of_utc() -> None:
    late = datetime.fromisoformat("2026-01-05T23:30:00-05:00")
    assert first_day({"cs.CL"}, (mark("cs.CL", late),), late) == date(2026, 1, 3)


LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("now", [NOON, LONG_AGO])
def test_a_mark_ahead_of_the_clock_tells_the_time_as_the_clock_was_set_back(now: datetime) -> None:
    later = NOON + 2 * DAY
    marks = (mark("cs.CL", later),)
    assert first_day({"cs.CL"}, marks, now) == (later - OVERLAP).date()
    assert first_day({"cs.CL", "cs.LG"}, marks, now) == (later - REACH).date()
    assert last_harvest({"cs.CL"}, marks, now) is None


def test_a_harvest_under_a_clock_set_back_leaves_no_mark_that_lies_further_back() -> None:
    later = mark("cs.CL", NOON)
    done = completed({"cs.CL", "cs.LG"}, NOON + DAY, LONG_AGO, (later,))
    assert [(one.scope, one.value) for one in done] == [
        ("cs.CL", NOON.isoformat()),
        ("cs.LG", NOON.isoformat()),
    ]
    assert first_day({"cs.CL", "cs.LG"}, done, NOON + DAY) == (NOON - OVERLAP).date()


def test_a_service_whose_clock_is_behind_takes_no_mark_back() -> None:
    (one,) = completed({"cs.CL"}, NOON - 5 * DAY, NOON, (mark("cs.CL", NOON - DAY),))
    assert one.value == (NOON - DAY).isoformat()


@pytest.mark.parametrize(
    ("first", "now", "far"),
    [
        (LONG_AGO, LONG_AGO, True),
        (NOON - 3 * DAY, LONG_AGO, False),  # from a mark
        (NOON - 1000 * DAY, NOON, False),  # nobody harvested for so long
        (NOON - 430 * DAY, NOON - 400 * DAY, False),
    ],
)
def test_a_harvest_reaches_too_far_only_because_of_a_wrong_clock(
    first: datetime, now: datetime, *, far: bool
) -> None:
    assert reaches_too_far(first.date(), NOON, now) is far


def test_a_mark_that_is_a_little_ahead_counts_as_now() -> None:
    marks = (mark("cs.CL", NOON + HOUR),)
    assert first_day({"cs.CL"}, marks, NOON) == (NOON - OVERLAP).date()
    assert last_harvest({"cs.CL"}, marks, NOON) == NOON


@pytest.mark.parametrize("value", ["", "soon", "2026-13-01T00:00:00+00:00"])
def test_a_mark_that_is_illegible_is_none(value: str) -> None:
    marks = (Mark("cs.CL", HARVEST, value, NOON), mark("cs.CL", NOON, key="other"))
    assert first_day({"cs.CL"}, marks, NOON) == (NOON - REACH).date()


def test_a_mark_without_a_zone_is_in_utc() -> None:
    marks = (Mark("cs.CL", HARVEST, "2026-01-04T12:00:00", NOON),)
    assert last_harvest({"cs.CL"}, marks, NOON) == NOON - DAY


def test_without_scopes_nothing_is_missing() -> None:
    assert first_day((), (), NOON) == (NOON - OVERLAP).date()


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, NOON, True),
        (SUNDAY_UPDATE - HOUR, SUNDAY_UPDATE - timedelta(minutes=1), False),
        (SUNDAY_UPDATE - HOUR, SUNDAY_UPDATE, True),
        (SUNDAY_UPDATE, SUNDAY_UPDATE + HOUR, False),
        (SUNDAY_UPDATE, SUNDAY_UPDATE + 3 * HOUR, True),
        (SUNDAY_UPDATE + 3 * HOUR, SUNDAY_UPDATE + 4 * HOUR, False),
        (SUNDAY_UPDATE + 3 * HOUR, SUNDAY_UPDATE + 23 * HOUR, False),
        (SUNDAY_UPDATE + 3 * HOUR, SUNDAY_UPDATE + 24 * HOUR, True),
    ],
)
def test_a_harvest_is_due_after_each_update_and_once_more_three_hours_later(
    last: datetime | None, now: datetime, *, due: bool
) -> None:
    assert is_due(last, now) is due


def test_the_update_keeps_eastern_time_in_summer() -> None:
    update = datetime(2026, 7, 6, 3, 0, tzinfo=UTC)  # a Sunday's, 22:30 and half an hour, in EDT
    assert not is_due(update - HOUR, update - timedelta(minutes=1))
    assert is_due(update - HOUR, update)


def test_no_rest_lasts_longer_than_a_day() -> None:
    saturday = datetime(2026, 1, 3, 12, 0, tzinfo=UTC)
    assert not is_due(saturday, saturday + 23 * HOUR)
    assert is_due(saturday, saturday + LONGEST_REST)


@given(st.integers(0, 365 * 24 * 60))
def test_hourly_polls_harvest_at_most_thrice_in_any_day(minutes: int) -> None:
    start = NOON + timedelta(minutes=minutes)
    last, count = start, 0
    for hour in range(24):
        now = start + hour * HOUR
        if is_due(last, now):
            last, count = now, count + 1
    assert count <= 3


def test_a_completed_harvest_is_marked_for_each_scope_with_the_earlier_clock() -> None:
    assert completed({"cs.LG", "cs.CL"}, NOON + DAY, NOON) == (
        Mark("cs.CL", HARVEST, NOON.isoformat(), NOON),
        Mark("cs.LG", HARVEST, NOON.isoformat(), NOON),
    )
    (one,) = completed({"*"}, NOON - HOUR, NOON)
    assert last_harvest({"*"}, (one,), NOON) == NOON - HOUR


def test_short_harvests_in_a_row_are_counted() -> None:
    assert times_short(()) == 0
    assert times_short((mark("*", NOON), short(2, NOON))) == 2
    assert times_short((Mark("*", "short", "many", NOON),)) == 0
