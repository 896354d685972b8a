"""The archive as years, months and weeks."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.site.calendar import LEVELS, level, years_of


def test_months_are_weeks_from_monday_to_sunday() -> None:
    ((year,),) = [years_of({date(2026, 2, 3): 4, date(2026, 2, 28): 1})]
    (month,) = year.months
    assert (year.year, year.count, month.first, month.count) == (2026, 5, date(2026, 2, 1), 5)
    assert [[one.date.day if one else 0 for one in week] for week in month.weeks] == [
        [0, 0, 0, 0, 0, 0, 1],
        [2, 3, 4, 5, 6, 7, 8],
        [9, 10, 11, 12, 13, 14, 15],
        [16, 17, 18, 19, 20, 21, 22],
        [23, 24, 25, 26, 27, 28, 0],
    ]


@pytest.mark.parametrize(
    ("count", "most", "shade"), [(0, 100, 0), (1, 100, 1), (25, 100, 2), (26, 100, 3), (9, 9, 4)]
)
def test_small_counts_are_told_apart(count: int, most: int, shade: int) -> None:
    assert level(count, most) == shade


DAYS = st.dictionaries(
    st.integers(0, 3_000).map(lambda n: date(2019, 12, 28) + timedelta(days=n)),
    st.integers(0, 400),
    max_size=40,
)


@given(DAYS)
def test_every_day_that_brought_papers_stands_there_once(days: dict[date, int]) -> None:
    years = years_of(days)
    cells = [one for year in years for month in year.months for week in month.weeks for one in week]
    found = {one.date: one.count for one in cells if one and one.count}
    assert found == {day: count for day, count in days.items() if count}
    assert sum(year.count for year in years) == sum(days.values())
    assert all(
        0 <= one.level <= LEVELS and bool(one.level) is bool(one.count) for one in cells if one
    )
    months = [month.first for year in years for month in year.months]
    assert months == sorted(set(months), reverse=True)
    assert all(len(week) == 7 for year in years for month in year.months for week in month.weeks)
