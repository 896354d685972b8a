from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.arxiv_calendar import Polls, next_poll


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


MONDAY = "2026-01-06 01:05"
"""Monday's announcement, when the index has begun to fill; in January New York is at UTC-5."""


@pytest.mark.parametrize(
    ("case", "now", "polls", "expected"),
    [
        ("never polled: at once", "2026-01-06 09:00", (), "2026-01-06 09:00"),
        ("announced since the last poll", "2026-01-06 01:30", ("2026-01-05 20:00",), MONDAY),
        (
            "the announcement has not come: hourly",
            "2026-01-06 02:00",
            ("2026-01-06 01:30", True, "2026-01-05 02:00"),
            "2026-01-06 02:30",
        ),
        (
            "it has just come, and the index still fills",
            "2026-01-06 02:00",
            ("2026-01-06 01:30", True, "2026-01-06 01:30"),
            "2026-01-06 02:30",
        ),
        (
            "one poll brought nothing more, but the index may pause for an hour",
            "2026-01-06 03:00",
            ("2026-01-06 02:30", True, "2026-01-06 01:30"),
            "2026-01-06 03:30",
        ),
        (
            "it came, had time to fill, and brought nothing more: the next announcement",
            "2026-01-06 06:00",
            ("2026-01-06 05:30", True, "2026-01-06 01:30"),
            "2026-01-07 01:05",
        ),
        (
            "as before, but the last poll failed in part",
            "2026-01-06 06:00",
            ("2026-01-06 05:30", False, "2026-01-06 01:30"),
            "2026-01-06 06:30",
        ),
        (
            "late news: once more",
            "2026-01-06 06:00",
            ("2026-01-06 05:30", True, "2026-01-06 05:30"),
            "2026-01-06 06:30",
        ),
        (
            "Thursday's came: nothing before Sunday evening in New York",
            "2026-01-09 08:00",
            ("2026-01-09 07:00", True, "2026-01-09 02:00"),
            "2026-01-12 01:05",
        ),
        (
            "Thursday's never came, a holiday: after a day of asking, Sunday's",
            "2026-01-10 00:30",
            ("2026-01-10 00:20", True, "2026-01-08 02:00"),
            "2026-01-12 01:05",
        ),
        (
            "arXiv fails since Thursday: every hour, through the weekend",
            "2026-01-10 12:30",
            ("2026-01-10 12:00", False, "2026-01-08 02:00"),
            "2026-01-10 13:00",
        ),
        (
            "the clock was far ahead when the last poll was noted: at once",
            "2026-01-06 09:00",
            ("2027-01-06 09:00", True, None),
            "2026-01-06 09:00",
        ),
        (
            "in summer New York is at UTC-4",
            "2026-07-07 00:30",
            ("2026-07-06 20:00",),
            "2026-07-07 00:05",
        ),
    ],
)
def test_next_poll(case: str, now: str, polls: tuple[Any, ...], expected: str) -> None:
    last, whole, news = polls + (None, True, None)[len(polls) :]
    known = Polls(last and at(last), whole, news and at(news))
    assert next_poll(at(now), known) == at(expected), case


instants = st.integers(0, 2 * 365 * 24 * 60).map(lambda n: at("2025-01-01") + timedelta(minutes=n))


@given(
    now=instants,
    since=st.integers(0, 20_000),
    news=st.none() | st.integers(0, 20_000),
    whole=st.booleans(),
)
def test_a_poll_is_never_more_than_an_announcement_free_weekend_away(
    now: datetime,
    since: int,
    news: int | None,
    whole: bool,  # noqa: FBT001  # drawn
) -> None:
    last = now - timedelta(minutes=since)
    brought = None if news is None else min(last, now - timedelta(minutes=news))
    found = next_poll(now, Polls(last, whole, brought))
    assert last < found <= now + timedelta(days=3)


@given(start=instants)
def test_following_the_calendar_polls_soon_after_every_announcement(start: datetime) -> None:
    polls = [start]
    news: datetime | None = None
    while polls[-1] < start + timedelta(days=14):
        polls.append(next_poll(polls[-1], Polls(polls[-1], news=news)))
        news = polls[-1] if polls[-1].hour in (0, 1) else news
    assert all(later > earlier for earlier, later in pairwise(polls))
    assert len(polls) < 14 * 24 + 2
