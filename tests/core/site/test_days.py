from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.model import Detail
from bot.core.site.days import day_of, evening_of
from tests.builders import paper

EASTERN = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("learned", "day"),
    [
        # Monday's announcement: at once, in the night, and until that of Tuesday.
        (datetime(2026, 1, 5, 20, 0, tzinfo=EASTERN), date(2026, 1, 5)),
        (datetime(2026, 1, 5, 21, 39, tzinfo=EASTERN), date(2026, 1, 5)),
        (datetime(2026, 1, 6, 0, 10, tzinfo=EASTERN), date(2026, 1, 5)),
        (datetime(2026, 1, 6, 19, 59, 59, tzinfo=EASTERN), date(2026, 1, 5)),
        (datetime(2026, 1, 6, 20, 0, tzinfo=EASTERN), date(2026, 1, 6)),
        # In UTC the same evening is the next day.
        (datetime(2026, 1, 6, 1, 0, tzinfo=UTC), date(2026, 1, 5)),
        (datetime(2026, 1, 6, 0, 59, tzinfo=UTC), date(2026, 1, 4)),
        # There is none on Friday and Saturday.
        (datetime(2026, 1, 9, 22, 0, tzinfo=EASTERN), date(2026, 1, 8)),
        (datetime(2026, 1, 11, 19, 0, tzinfo=EASTERN), date(2026, 1, 8)),
        (datetime(2026, 1, 11, 20, 0, tzinfo=EASTERN), date(2026, 1, 11)),
        # In summer the hour is another one in UTC.
        (datetime(2026, 7, 7, 0, 0, tzinfo=UTC), date(2026, 7, 6)),
        (datetime(2026, 7, 6, 23, 59, tzinfo=UTC), date(2026, 7, 5)),
        # So it has on the evenings of days when the clock is set forward or back.
        (datetime(2026, 3, 9, 0, 0, tzinfo=UTC), date(2026, 3, 8)),
        (datetime(2026, 11, 2, 0, 59, tzinfo=UTC), date(2026, 10, 29)),
        (datetime(2026, 11, 2, 1, 0, tzinfo=UTC), date(2026, 11, 1)),
        # What comes on a holiday has been announced all the same.
        (datetime(2025, 12, 29, 21, 0, tzinfo=EASTERN), date(2025, 12, 29)),
    ],
)
def test_news_came_with_the_evening_before(learned: datetime, day: date) -> None:
    assert day_of(paper(), learned) == evening_of(learned) == day


@pytest.mark.parametrize(
    ("published", "day"),
    [
        (datetime(2026, 1, 4, 23, 59, tzinfo=UTC), date(2026, 1, 4)),
        (datetime(2026, 1, 5, 0, 0, tzinfo=UTC), date(2026, 1, 5)),
    ],
)
def test_what_was_known_came_on_the_day_of_its_submission_in_utc(
    published: datetime, day: date
) -> None:
    assert day_of(paper(published=published), None) == day


def test_of_what_a_feed_alone_tells_the_month_of_the_id_bounds_the_day() -> None:
    told = datetime(2026, 1, 5, tzinfo=UTC)
    old = paper(id="1905.00001", published=told, updated=told, detail=Detail.FEED)
    assert day_of(old, None) == date(2019, 6, 1)
