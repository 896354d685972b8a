"""Which day's feed should be there, and whether it holds what was announced last."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.arxiv_calendar import Calendar
from bot.core.feed_day import (
    READY,
    day_of,
    expected_day,
    holds_the_last,
    midnight,
    unread_days,
)

NO_HOLIDAYS = Calendar({2026: frozenset()})
FRIDAY, MONDAY, TUESDAY = date(2026, 1, 9), date(2026, 1, 12), date(2026, 1, 13)


@pytest.mark.parametrize(
    ("utc", "day"),
    [
        ("2026-01-09T05:09", date(2026, 1, 8)),  # Friday 00:09 Eastern: not made yet
        ("2026-01-09T05:10", FRIDAY),
        ("2026-01-10T04:59", FRIDAY),  # Friday 23:59 Eastern
        ("2026-01-10T12:00", FRIDAY),  # on a weekend nothing newer is due
        ("2026-01-11T12:00", FRIDAY),
        ("2026-01-12T04:59", FRIDAY),  # announced on Sunday at 20:00, but in Monday's feed
        ("2026-01-12T05:09", FRIDAY),
        ("2026-01-12T05:10", MONDAY),
        ("2026-01-13T04:00", MONDAY),
    ],
)
def test_a_feed_is_due_on_the_day_after_an_announcement(utc: str, day: date) -> None:
    now = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert expected_day(now, NO_HOLIDAYS) == day


@pytest.mark.parametrize(
    ("utc", "day"),
    [("2026-07-06T03:59", date(2026, 7, 3)), ("2026-07-06T04:10", date(2026, 7, 6))],
)
def test_in_summer_the_day_begins_an_hour_earlier_by_utc(utc: str, day: date) -> None:
    now = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert expected_day(now, NO_HOLIDAYS) == day


def test_after_a_holiday_no_feed_is_due() -> None:
    calendar = Calendar({2026: frozenset({MONDAY})})
    tuesday = datetime(2026, 1, 13, 12, tzinfo=UTC)
    assert expected_day(tuesday, calendar) == MONDAY
    assert expected_day(tuesday, NO_HOLIDAYS) == TUESDAY


def test_a_feed_bears_midnight_eastern() -> None:
    assert midnight(MONDAY) == datetime(2026, 1, 12, 5, tzinfo=UTC)
    assert midnight(date(2026, 7, 6)) == datetime(2026, 7, 6, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("utc", "last"),
    [
        ("2026-01-12T12:00", True),
        ("2026-01-13T00:59", True),
        ("2026-01-13T01:00", False),  # 20:00 Eastern: announced, and in tomorrow's feed
    ],
)
def test_from_an_announcement_to_midnight_no_feed_holds_it(utc: str, last: bool) -> None:  # noqa: FBT001  # a column of the table
    now = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert holds_the_last(MONDAY, now, NO_HOLIDAYS) is last


@given(st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  # bounds are naive
def test_the_expected_feed_is_never_of_tomorrow_and_never_of_a_weekend(now: datetime) -> None:
    day = expected_day(now, Calendar())
    assert midnight(day) <= now - READY
    assert day.weekday() < 5
    assert day_of(midnight(day)) == day


def test_between_two_feeds_only_days_that_held_an_announcement_count_as_unread() -> None:
    friday = date(2026, 1, 16)
    between = tuple(date(2026, 1, day) for day in (13, 14, 15))
    assert unread_days(MONDAY, friday, NO_HOLIDAYS) == between
    assert unread_days(friday, date(2026, 1, 19), NO_HOLIDAYS) == ()
    assert unread_days(friday, MONDAY, NO_HOLIDAYS) == ()
    tuesday_free = Calendar({2026: frozenset({date(2026, 1, 13)})})
    assert unread_days(MONDAY, friday, tuesday_free) == (date(2026, 1, 13), date(2026, 1, 15))
