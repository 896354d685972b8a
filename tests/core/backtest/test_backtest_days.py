"""On which day of arXiv's calendar a stored paper counts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.arxiv_calendar import Calendar
from bot.core.backtest import Day, period_of, weeks
from bot.core.model import Announcement, Former
from tests.builders import paper

FRIDAY = datetime(2026, 1, 30, 12, tzinfo=UTC)
# Martin Luther King's day.
CALENDAR = Calendar({2025: frozenset(), 2026: frozenset({date(2026, 1, 19)})})
PERIOD = period_of(CALENDAR, FRIDAY, 14)


def row(at: str, *, silent: bool = False) -> Announcement:
    return Announcement(1, paper(), datetime.fromisoformat(at), silent=silent)


def day_of(one: Announcement) -> date | None:
    place = PERIOD.place(one)
    return None if place is None else PERIOD.day(place)


def test_a_period_has_the_announcements_of_the_calendar() -> None:
    days = [PERIOD.day(place) for place in range(len(PERIOD.evenings))]
    assert [day.day for day in days] == [18, 20, 21, 22, 25, 26, 27, 28, 29]


@pytest.mark.parametrize(
    ("learned", "day"),
    [
        ("2026-01-21T01:00Z", date(2026, 1, 20)),  # 20:00 Eastern, to the minute
        ("2026-01-21T03:00Z", date(2026, 1, 20)),
        ("2026-01-22T00:59Z", date(2026, 1, 20)),
        ("2026-01-30T11:00Z", date(2026, 1, 29)),
        ("2026-01-19T00:59Z", None),  # before the first
        ("2026-01-30T12:01Z", None),  # after now
    ],
)
def test_what_was_announced_to_us_counts_at_the_announcement_before(
    learned: str, day: date | None
) -> None:
    assert day_of(row(learned)) == day


@pytest.mark.parametrize(
    ("submitted", "day"),
    [
        ("2026-01-15T19:00Z", None),  # Thursday 14:00 Eastern: in time for that evening
        ("2026-01-15T19:01Z", date(2026, 1, 18)),
        ("2026-01-16T19:00Z", date(2026, 1, 18)),  # Friday 14:00: Sunday's
        ("2026-01-16T19:01Z", date(2026, 1, 20)),  # Monday is a holiday
        ("2026-01-20T19:01Z", date(2026, 1, 21)),
        ("2026-01-29T23:00Z", date(2026, 1, 29)),  # stored, so announced
        ("2026-01-30T12:01Z", None),
    ],
)
def test_what_was_known_from_the_start_counts_where_it_was_submitted_in_time(
    submitted: str, day: date | None
) -> None:
    assert day_of(row(submitted, silent=True)) == day


def test_a_paper_has_one_place_however_many_rows_tell_of_it() -> None:
    one = row("2026-01-21T03:00Z")
    assert PERIOD.place(one) is not None
    assert PERIOD.place(replace(one, late=("cs.LG",))) is None
    assert PERIOD.place(replace(one, completed=("comment",))) is None
    assert PERIOD.place(replace(one, former=Former(1))) is None


def test_days_without_an_announcement_are_listed_as_such() -> None:
    count = len(PERIOD.evenings)
    days = PERIOD.days([10] * count, list(range(count)))
    assert days[0] == Day(date(2026, 1, 18), 1, 10, 0)
    assert days[-1] == Day(date(2026, 1, 29), 1, 10, 8)
    assert [day.date.day for day in days if not day.announcements] == [19, 23, 24]
    assert [one.date for one in days] == [date(2026, 1, 18 + n) for n in range(12)]


def test_a_period_may_have_no_announcement_at_all() -> None:
    saturday = FRIDAY + timedelta(days=1, hours=12)
    period = period_of(CALENDAR, saturday, 1)
    assert period.evenings == ()
    assert period.days([], []) == ()
    assert period.place(row("2026-01-31T12:00Z", silent=True)) is None
    assert period.place(row("2026-01-31T12:00Z")) is None


def test_weeks_begin_on_sunday_as_announcements_do() -> None:
    days = PERIOD.days([10] * 9, [1] * 9)
    assert weeks(days) == (Day(date(2026, 1, 18), 4, 40, 4), Day(date(2026, 1, 25), 5, 50, 5))
