"""arXiv's calendar: which evenings it announces on, and when to poll."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.arxiv_calendar import (
    Calendar,
    Polls,
    announcements_between,
    eastern,
    inferred,
)
from bot.settings.holidays import calendar_of

EASTERN = ZoneInfo("America/New_York")
PUBLISHED = calendar_of(None)


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
            "2026-01-06 06:10",
            ("2026-01-06 06:05", True, "2026-01-06 01:30"),
            "2026-01-07 01:05",
        ),
        (
            "it came, and is whole, but the feeds of the new day are not there yet",
            "2026-01-06 05:10",
            ("2026-01-06 05:05", True, "2026-01-06 01:30"),
            "2026-01-06 06:05",
        ),
        (
            "a holiday's evening: the announcement before has come, so a few hours are enough",
            "2026-01-20 06:10",
            ("2026-01-20 06:05", True, "2026-01-19 02:00"),
            "2026-01-21 01:05",
        ),
        (
            "a holiday's evening, and all the same something came: once more",
            "2026-01-20 06:10",
            ("2026-01-20 06:05", True, "2026-01-20 06:05"),
            "2026-01-20 07:05",
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
            "Thursday's never came: after a day of asking, Sunday's",
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
    assert PUBLISHED.next_poll(at(now), known) == at(expected), case


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
    found = Calendar().next_poll(now, Polls(last, whole, brought))
    assert last < found <= now + timedelta(days=3)


@given(start=instants)
def test_following_the_calendar_polls_soon_after_every_announcement(start: datetime) -> None:
    polls = [start]
    news: datetime | None = None
    while polls[-1] < start + timedelta(days=14):
        polls.append(Calendar().next_poll(polls[-1], Polls(polls[-1], news=news)))
        news = polls[-1] if polls[-1].hour in (0, 1) else news
    assert all(later > earlier for earlier, later in pairwise(polls))
    assert len(polls) < 14 * 24 + 2


def test_each_evening_is_polled_after_oai_and_after_the_feeds_have_followed() -> None:
    last = news = at("2026-03-05 12:00")
    polled: dict[date, list[time]] = {}
    while last < at("2026-03-25 12:00"):
        last = PUBLISHED.next_poll(last, Polls(last, news=news))
        there = last.astimezone(EASTERN).replace(tzinfo=None) - timedelta(hours=20)
        polled.setdefault(there.date(), []).append(there.time())
        if time(0, 0) <= there.time() < time(2, 0):
            news = last
    polled.popitem()  # the walk ended in the midst of it
    for day, times in polled.items():
        assert day.weekday() not in (4, 5), "nothing comes after Friday's and Saturday's evening"
        since_eight = [timedelta(hours=one.hour, minutes=one.minute) for one in times]
        assert any(one >= timedelta(hours=3) for one in since_eight), "after 23:00"
        assert since_eight[-1] >= timedelta(hours=4, minutes=15), "after 00:15"


def evening(text: str) -> datetime:
    return datetime.combine(date.fromisoformat(text), time(20), EASTERN)


@pytest.mark.parametrize(
    ("case", "now", "last", "following"),
    [
        ("a Tuesday noon", "2026-11-17 12:00", "2026-11-16", "2026-11-17"),
        ("at the hour itself", "2026-11-17 20:00", "2026-11-17", "2026-11-18"),
        ("a moment before", "2026-11-17 19:59", "2026-11-16", "2026-11-17"),
        ("the weekend", "2026-11-21 12:00", "2026-11-19", "2026-11-22"),
        ("Thanksgiving, a Thursday", "2026-11-26 21:00", "2026-11-25", "2026-11-29"),
        ("a holiday on a Monday", "2026-09-07 21:00", "2026-09-06", "2026-09-08"),
        ("a holiday on a Friday leaves out Sunday", "2026-06-21 21:00", "2026-06-18", "2026-06-22"),
        ("the year's end", "2026-12-31 21:00", "2026-12-30", "2027-01-04"),
        ("the week of Christmas, as published", "2026-12-25 12:00", "2026-12-24", "2026-12-28"),
        ("clocks went forward on Sunday morning", "2026-03-08 12:00", "2026-03-05", "2026-03-08"),
        ("clocks went back on Sunday morning", "2026-11-01 12:00", "2026-10-29", "2026-11-01"),
        ("a day announced during the year", "2024-10-08 21:00", "2024-10-07", "2024-10-09"),
        ("a year that is not known", "2031-12-26 12:00", "2031-12-23", "2032-01-04"),
    ],
)
def test_the_announcements_around_an_instant(
    case: str, now: str, last: str, following: str
) -> None:
    there = datetime.fromisoformat(now).replace(tzinfo=EASTERN)
    assert PUBLISHED.last_announcement(there) == evening(last), case
    assert PUBLISHED.next_announcement(there) == evening(following), case


def test_announcements_between_leave_out_the_first_instant_and_hold_the_last() -> None:
    monday, friday = evening("2026-11-16"), evening("2026-11-20")
    days = [evening(f"2026-11-{day}") for day in (17, 18, 19)]
    assert list(PUBLISHED.announcements_between(monday, friday)) == days
    assert list(announcements_between(monday, days[-1])) == days
    assert PUBLISHED.announcements_between(friday, monday) == ()


@pytest.mark.parametrize(
    ("day", "rests"),
    [
        ("2027-01-01", True),
        ("2027-01-18", True),
        ("2027-01-11", False),
        ("2027-01-25", False),
        ("2027-06-18", True),
        ("2027-06-19", False),
        ("2027-07-05", True),
        ("2027-09-06", True),
        ("2027-11-25", True),
        ("2027-11-26", False),
        ("2027-12-23", False),
        ("2027-12-24", True),
        ("2027-12-31", True),
        ("2027-05-31", False),
    ],
)
def test_holidays_of_a_year_that_is_not_known_are_inferred(
    day: str,
    rests: bool,  # noqa: FBT001  # a column of the table
) -> None:
    assert inferred(date.fromisoformat(day)) is rests


def test_the_rule_infers_every_published_holiday_but_those_of_one_year_alone() -> None:
    published = {day for days in PUBLISHED.holidays.values() for day in days}
    missed = {day for day in published if not inferred(day)}
    assert missed == {date(2024, 5, 22), date(2024, 10, 8)}, "retreats of arXiv's staff"


@given(now=instants)
def test_an_announcement_is_an_evening_in_new_york_and_each_follows_from_the_last(
    now: datetime,
) -> None:
    for calendar in (PUBLISHED, Calendar()):
        last, following = calendar.last_announcement(now), calendar.next_announcement(now)
        assert last <= now < following
        assert calendar.next_announcement(last) == following
        assert calendar.last_announcement(following) == following
        for one in (last, following):
            there = one.astimezone(EASTERN)
            assert there.time() == time(20)
            assert there.weekday() not in (4, 5)
            day = there.date() - timedelta(days=2 if there.weekday() == 6 else 0)
            known = calendar.holidays.get(day.year)
            assert day not in known if known else not inferred(day)


@given(now=instants, hours=st.integers(0, 24 * 60))
def test_announcements_between_are_those_that_one_meets_on_the_way(
    now: datetime, hours: int
) -> None:
    until = now + timedelta(hours=hours)
    met = {
        PUBLISHED.last_announcement(now + timedelta(hours=step)) for step in range(hours + 1)
    } | {PUBLISHED.last_announcement(until)}
    assert set(PUBLISHED.announcements_between(now, until)) == {one for one in met if one > now}


def test_an_instant_is_written_on_arxivs_clock() -> None:
    assert eastern(at("2026-11-20 01:00")) == "Thu 19 Nov 20:00 EST"
    assert eastern(at("2026-07-07 00:00")) == "Mon 6 Jul 20:00 EDT"
