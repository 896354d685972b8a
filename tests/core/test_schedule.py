"""When a digest is due, over every oddity of civil time."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.core.schedule import EVERY_DAY, Schedule, first_slot, last_slot, next_slot

WEEKDAYS = frozenset(range(5))
SECOND = timedelta(seconds=1)
ZONES = st.sampled_from(
    [
        *("UTC", "Europe/Madrid", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu"),
        *("America/Sao_Paulo", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Chatham"),
        *("Africa/Casablanca", "Africa/Cairo", "Asia/Tehran", "Asia/Gaza", "Atlantic/Azores"),
        *("America/Nuuk", "America/Havana", "Pacific/Apia", "Pacific/Kiritimati"),
    ]
)
INSTANTS = st.datetimes(datetime(1980, 1, 1), datetime(2037, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001
SCHEDULES = st.builds(
    Schedule,
    ZONES,
    st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    st.frozensets(st.integers(0, 6), min_size=1),
)


def utc(text: str) -> datetime:
    """Read `2026-03-29 01:00` as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def first_instant(day: date, at: time, zone: str) -> datetime:
    """Find, minute by minute, when clocks first show that local time or a later one."""
    wanted = datetime.combine(day, at)
    instant = wanted.replace(tzinfo=UTC) - timedelta(hours=16)
    while instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) < wanted:
        instant += timedelta(minutes=1)
    return instant


@pytest.mark.parametrize(
    ("zone", "at", "day", "expected"),
    [
        ("Europe/Madrid", "08:30", "2026-01-05", "2026-01-05 07:30"),
        ("Europe/Madrid", "08:30", "2026-07-06", "2026-07-06 06:30"),
        ("Asia/Kathmandu", "08:30", "2026-01-05", "2026-01-05 02:45"),
        # skipped: 02:00 to 03:00
        ("Europe/Madrid", "01:59", "2026-03-29", "2026-03-29 00:59"),
        ("Europe/Madrid", "02:00", "2026-03-29", "2026-03-29 01:00"),
        ("Europe/Madrid", "02:30", "2026-03-29", "2026-03-29 01:00"),
        ("Europe/Madrid", "02:59", "2026-03-29", "2026-03-29 01:00"),
        ("Europe/Madrid", "03:00", "2026-03-29", "2026-03-29 01:00"),
        ("America/New_York", "02:30", "2026-03-08", "2026-03-08 07:00"),
        # repeated: 02:00 to 03:00, or 01:00 to 02:00
        ("Europe/Madrid", "02:30", "2026-10-25", "2026-10-25 00:30"),
        ("Europe/Madrid", "03:00", "2026-10-25", "2026-10-25 02:00"),
        ("America/New_York", "01:30", "2026-11-01", "2026-11-01 05:30"),
        # half an hour, skipped and repeated
        ("Australia/Lord_Howe", "02:15", "2026-10-04", "2026-10-03 15:30"),
        ("Australia/Lord_Howe", "01:45", "2026-04-05", "2026-04-04 14:45"),
        # midnight itself is skipped, or repeated
        ("America/Sao_Paulo", "00:00", "2018-11-04", "2018-11-04 03:00"),
        ("America/Sao_Paulo", "00:30", "2018-11-04", "2018-11-04 03:00"),
        ("America/Sao_Paulo", "23:30", "2018-02-17", "2018-02-18 01:30"),
        ("America/St_Johns", "23:30", "2010-11-06", "2010-11-07 02:00"),
        ("America/St_Johns", "00:00", "2010-11-07", "2010-11-07 02:30"),
        # the whole of 30 December 2011 was skipped
        ("Pacific/Apia", "08:30", "2011-12-29", "2011-12-29 18:30"),
        ("Pacific/Apia", "08:30", "2011-12-30", "2011-12-30 10:00"),
        ("Pacific/Apia", "08:30", "2011-12-31", "2011-12-30 18:30"),
    ],
)
def test_fault_14_a_days_slot_moves_out_of_a_gap_and_takes_the_first_of_two(
    zone: str, at: str, day: str, expected: str
) -> None:
    weekday = date.fromisoformat(day).weekday()
    schedule = Schedule(zone, time.fromisoformat(at), frozenset({weekday}))
    slot = utc(expected)
    assert next_slot(schedule, slot - timedelta(days=2)) == slot
    assert next_slot(schedule, slot - SECOND) == slot
    assert last_slot(schedule, slot) == slot
    assert last_slot(schedule, slot + timedelta(days=2)) == slot
    assert last_slot(schedule, slot - SECOND) < slot
    assert next_slot(schedule, slot) > slot


@pytest.mark.parametrize(
    ("now", "last", "following"),
    [
        ("2026-01-05 07:29", "2026-01-02 07:30", "2026-01-05 07:30"),
        ("2026-01-05 07:30", "2026-01-05 07:30", "2026-01-06 07:30"),
        ("2026-01-09 12:00", "2026-01-09 07:30", "2026-01-12 07:30"),
        ("2026-01-11 23:59", "2026-01-09 07:30", "2026-01-12 07:30"),
    ],
)
def test_only_the_chosen_days_have_slots(now: str, last: str, following: str) -> None:
    schedule = Schedule("Europe/Madrid", time(8, 30), WEEKDAYS)
    assert last_slot(schedule, utc(now)) == utc(last)
    assert next_slot(schedule, utc(now)) == utc(following)


def test_slots_that_passed_unserved_coalesce_into_the_latest() -> None:
    schedule = Schedule("UTC", time(8, 30))
    assert last_slot(schedule, utc("2026-02-20 12:00")) == utc("2026-02-20 08:30")


def test_fault_14_an_hour_that_comes_twice_fires_once() -> None:
    schedule = Schedule("Europe/Madrid", time(2, 30))
    first = utc("2026-10-25 00:30")
    assert last_slot(schedule, utc("2026-10-25 01:30")) == first
    assert next_slot(schedule, first) == utc("2026-10-26 01:30")


def test_before_midnight_comes_again_a_slot_after_midnight_has_already_been() -> None:
    schedule = Schedule("America/St_Johns", time(0, 0))
    in_the_second_last_hour_of_the_6th = utc("2010-11-07 03:00")
    assert last_slot(schedule, in_the_second_last_hour_of_the_6th) == utc("2010-11-07 02:30")


def test_an_instant_in_any_zone_is_understood_and_slots_are_in_utc() -> None:
    schedule = Schedule("Europe/Madrid", time(8, 30))
    now = datetime(2026, 1, 5, 9, 0, tzinfo=ZoneInfo("Europe/Madrid"))
    assert last_slot(schedule, now) == utc("2026-01-05 07:30")
    assert last_slot(schedule, now).tzinfo is UTC
    assert next_slot(schedule, now).tzinfo is UTC


@given(INSTANTS)
def test_immediately_is_always_now(now: datetime) -> None:
    schedule = Schedule("Europe/Madrid", None)
    local = now.astimezone(ZoneInfo("Europe/Madrid"))
    assert last_slot(schedule, local) == next_slot(schedule, local) == now
    assert last_slot(schedule, local).tzinfo is UTC


@pytest.mark.parametrize(
    ("schedule", "written"),
    [
        (Schedule("UTC", None), "immediately 0123456 UTC"),
        (Schedule("UTC", time(8, 30), EVERY_DAY), "08:30 0123456 UTC"),
        (Schedule("Europe/Madrid", time(0, 5), frozenset({4, 0})), "00:05 04 Europe/Madrid"),
    ],
)
def test_a_schedule_is_written_so_that_a_change_shows(schedule: Schedule, written: str) -> None:
    assert str(schedule) == written


@given(SCHEDULES, INSTANTS)
def test_the_last_slot_is_past_and_the_next_is_to_come(schedule: Schedule, now: datetime) -> None:
    assert last_slot(schedule, now) <= now < next_slot(schedule, now)


@given(SCHEDULES, INSTANTS)
def test_no_slot_lies_between_the_last_and_the_next(schedule: Schedule, now: datetime) -> None:
    last, following = last_slot(schedule, now), next_slot(schedule, now)
    assert next_slot(schedule, last) == following
    assert next_slot(schedule, last - SECOND) == last
    assert last_slot(schedule, following) == following
    assert last_slot(schedule, following - SECOND) == last


@settings(max_examples=60, deadline=None)
@given(SCHEDULES, INSTANTS)
def test_slots_are_the_first_instants_of_their_hour_on_each_chosen_day(
    schedule: Schedule, now: datetime
) -> None:
    assert schedule.at is not None
    today = now.astimezone(ZoneInfo(schedule.timezone)).date()
    days = [today + timedelta(days=n) for n in range(-9, 10)]
    slots = [
        first_instant(day, schedule.at, schedule.timezone)
        for day in days
        if day.weekday() in schedule.days
    ]
    assert last_slot(schedule, now) == max(slot for slot in slots if slot <= now)
    assert next_slot(schedule, now) == min(slot for slot in slots if slot > now)


@given(ZONES, st.builds(time, st.integers(0, 23), st.integers(0, 59)), INSTANTS)
def test_each_local_day_has_one_slot(zone: str, at: time, now: datetime) -> None:
    # Two zones once skipped a day to cross the date line, and its slot moved to the next one.
    assume(zone not in {"Pacific/Apia", "Pacific/Kiritimati"})
    slot, days = last_slot(Schedule(zone, at), now), []
    for _ in range(8):
        days.append(slot.astimezone(ZoneInfo(zone)).date())
        slot = next_slot(Schedule(zone, at), slot)
    assert days == [days[0] + timedelta(days=n) for n in range(8)]


@given(SCHEDULES, st.booleans())
def test_a_schedule_is_read_back_as_it_is_written(schedule: Schedule, immediately: bool) -> None:  # noqa: FBT001  # drawn
    wanted = Schedule(schedule.timezone, None if immediately else schedule.at, schedule.days)
    assert Schedule.read(str(wanted)) == wanted


@given(SCHEDULES, st.dates(date(1980, 1, 10), date(2037, 1, 1)))
def test_the_first_digest_of_a_day_is_on_it_or_on_the_next_day_that_has_one(
    schedule: Schedule, day: date
) -> None:
    assert schedule.at
    days = (day + timedelta(days=offset) for offset in range(8))
    wanted = next(one for one in days if one.weekday() in schedule.days)
    midnight = first_instant(day, time(), schedule.timezone)
    found = first_slot(schedule, day)
    # That of the evening before may be skipped, and fire as the day begins.
    assert midnight <= found <= first_instant(wanted, schedule.at, schedule.timezone)
    assert last_slot(schedule, found) == found
    assert last_slot(schedule, found - SECOND) < midnight


def test_who_gets_digests_immediately_gets_the_first_of_a_day_when_it_begins() -> None:
    schedule = Schedule("Europe/Madrid", None)
    assert first_slot(schedule, date(2026, 2, 2)) == utc("2026-02-01 23:00")
