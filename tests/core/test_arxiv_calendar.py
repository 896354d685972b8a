from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.arxiv_calendar import next_poll


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# In January New York is at UTC-5: Monday's announcement is Tuesday 01:00 UTC.
@pytest.mark.parametrize(
    ("case", "now", "last_poll", "last_news", "expected"),
    [
        ("never polled: at once", "2026-01-06 09:00", None, None, "2026-01-06 09:00"),
        (
            "announced since the last poll: at once",
            "2026-01-06 01:30",
            "2026-01-05 20:00",
            None,
            "2026-01-06 01:05",
        ),
        (
            "the announcement has not come: hourly",
            "2026-01-06 02:00",
            "2026-01-06 01:30",
            "2026-01-05 02:00",
            "2026-01-06 02:30",
        ),
        (
            "it has just come, and the index may still fill: once more in an hour",
            "2026-01-06 02:00",
            "2026-01-06 01:30",
            "2026-01-06 01:30",
            "2026-01-06 02:30",
        ),
        (
            "it came, and the poll after it brought nothing more: the next announcement",
            "2026-01-06 03:00",
            "2026-01-06 02:30",
            "2026-01-06 01:30",
            "2026-01-07 01:05",
        ),
        (
            "Thursday's came: nothing before Sunday evening in New York",
            "2026-01-09 06:00",
            "2026-01-09 03:00",
            "2026-01-09 02:00",
            "2026-01-12 01:05",
        ),
        (
            "Thursday's never came, a holiday: after a day of asking, Sunday's",
            "2026-01-10 00:30",
            "2026-01-10 00:20",
            "2026-01-08 02:00",
            "2026-01-12 01:05",
        ),
        (
            "in summer New York is at UTC-4",
            "2026-07-07 00:30",
            "2026-07-06 20:00",
            None,
            "2026-07-07 00:05",
        ),
    ],
)
def test_next_poll(
    case: str, now: str, last_poll: str | None, last_news: str | None, expected: str
) -> None:
    polled, brought = (at(text) if text else None for text in (last_poll, last_news))
    assert next_poll(at(now), polled, brought) == at(expected), case


instants = st.integers(0, 2 * 365 * 24 * 60).map(lambda n: at("2025-01-01") + timedelta(minutes=n))


@given(now=instants, since=st.integers(0, 20_000), news=st.none() | st.integers(0, 20_000))
def test_a_poll_is_never_more_than_an_announcement_free_weekend_away(
    now: datetime, since: int, news: int | None
) -> None:
    last_poll = now - timedelta(minutes=since)
    last_news = None if news is None else min(last_poll, now - timedelta(minutes=news))
    found = next_poll(now, last_poll, last_news)
    assert found - now <= timedelta(days=3)
    assert found > last_poll


@given(start=instants)
def test_following_the_calendar_polls_soon_after_every_announcement(start: datetime) -> None:
    polls = [start]
    news: datetime | None = None
    while polls[-1] < start + timedelta(days=14):
        polls.append(max(next_poll(polls[-1], polls[-1], news), polls[-1]))
        news = polls[-1] if polls[-1].hour in (0, 1) else news
    assert all(later > earlier for earlier, later in pairwise(polls))
    assert len(polls) < 14 * 24 + 2
