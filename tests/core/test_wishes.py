"""What readers choose: until when they may pause, and when digests then go on."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.core.people import Holder
from bot.core.schedule import Schedule
from bot.core.wishes import TopicWish, Wishes, pause_days, pause_end
from tests.builders import NOON

MADRID = Schedule("Europe/Madrid", time(8, 30))
MONDAYS = Schedule("America/New_York", time(7), frozenset({0}))
ANA = Holder("ana", "email", "ana@example.org")


@pytest.mark.parametrize(
    ("schedule", "day", "goes_on"),
    [
        pytest.param(MADRID, date(2026, 1, 6), "2026-01-06T07:30Z", id="tomorrow"),
        pytest.param(MADRID, date(2026, 7, 6), "2026-07-06T06:30Z", id="in summer"),
        pytest.param(MADRID, date(2027, 1, 5), "2027-01-05T07:30Z", id="in a year"),
        pytest.param(MONDAYS, date(2026, 1, 12), "2026-01-12T12:00Z", id="on its day"),
        pytest.param(MONDAYS, date(2026, 1, 13), "2026-01-19T12:00Z", id="after its day"),
        pytest.param(
            Schedule("Asia/Tokyo", None), date(2026, 1, 7), "2026-01-06T15:00Z", id="immediately"
        ),
    ],
)
def test_digests_go_on_at_their_hour_on_the_day_or_on_the_next_of_theirs(
    schedule: Schedule, day: date, goes_on: str
) -> None:
    assert pause_end(schedule, day, NOON) == datetime.fromisoformat(goes_on)


@pytest.mark.parametrize("day", [date(2026, 1, 5), date(1, 1, 1), date(2027, 1, 6), date.max])
def test_a_day_that_is_over_or_too_far_ends_no_pause(day: date) -> None:
    with pytest.raises(ValueError, match="a pause ends between 2026-01-06 and 2027-01-05"):
        pause_end(MADRID, day, NOON)


@pytest.mark.parametrize(
    ("zone", "tomorrow"),
    [
        ("Pacific/Kiritimati", date(2026, 1, 7)),
        ("UTC", date(2026, 1, 6)),
        ("America/Los_Angeles", date(2026, 1, 5)),
    ],
)
def test_tomorrow_is_the_readers_own(zone: str, tomorrow: date) -> None:
    night = datetime(2026, 1, 5, 23 if zone != "America/Los_Angeles" else 2, tzinfo=UTC)
    assert pause_days(zone, night) == (tomorrow, tomorrow + timedelta(days=364))


def test_only_who_has_turned_off_every_topic_there_is_has_none_on() -> None:
    on, off = TopicWish("RAG"), TopicWish("Agents", NOON)
    assert Wishes(ANA, "UTC", (off,)).all_off
    assert not Wishes(ANA, "UTC", (on, off)).all_off
    assert not Wishes(ANA, "UTC").all_off


def test_who_paused_may_get_digests_from_that_instant_on() -> None:
    until = NOON + timedelta(days=1)
    paused = Holder("ana", "email", "ana@example.org", paused=until)
    assert not paused.may_get(until - timedelta(seconds=1))
    assert paused.may_get(until)
    assert ANA.may_get(NOON)
    assert not replace(paused, reason="unsubscribed", at=NOON, by="reader").may_get(until)
