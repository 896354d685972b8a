"""What an outage leaves to be read, until it has been read."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.backlog import REACH, Backlog, backlogs, owed_by_day
from bot.core.polling import Mark
from bot.core.window import DAYS, Step, plan
from tests.builders import NOON

TODAY = NOON.date()


def ago(age: int) -> date:
    return TODAY - timedelta(days=age)


def read(ages: range, *, days_ago: float, scope: str = "cs.CL") -> list[Mark]:
    """Say that days of these ages, as of NOON, were read whole so long before NOON."""
    at = NOON - timedelta(days=days_ago)
    return [mark for age in ages for mark in Step(ago(age), (scope,), "read").marks(1, at)]


def before(outage: int, scope: str = "cs.CL") -> list[Mark]:
    """The marks of one poll, so many days ago."""
    return read(range(outage, outage + DAYS), days_ago=outage, scope=scope)


def ages(backlog: Backlog) -> list[int]:
    return [(TODAY - day).days for day in backlog.days]


def test_a_first_run_owes_nothing() -> None:
    assert backlogs(NOON, {"cs.CL"}, ()) == ()


def test_polls_of_one_day_owe_nothing() -> None:
    assert backlogs(NOON, {"cs.CL"}, read(range(DAYS), days_ago=0.4)) == ()


@pytest.mark.parametrize("outage", [1, 3, 31, 70, 370])
def test_after_an_outage_all_days_are_owed_that_were_among_the_last_thirty_meanwhile(
    outage: int,
) -> None:
    [owed] = backlogs(NOON, {"cs.CL"}, before(outage))
    assert ages(owed) == list(range(30, outage + 30))
    assert owed.lost is None


def test_an_owed_day_is_dropped_once_it_is_read_while_the_others_stay_owed() -> None:
    [owed] = backlogs(NOON, {"cs.CL"}, before(70))
    assert owed.mark is not None
    caught_up = [*before(70), owed.mark, *read(range(40), days_ago=0)]
    caught_up += read(range(61, 100), days_ago=0)

    [left] = backlogs(NOON + timedelta(hours=1), {"cs.CL"}, caught_up)
    assert ages(left) == list(range(40, 61))
    assert (left.mark, left.lost) == (None, None)
    caught_up += read(range(40, 61), days_ago=-0.1)
    assert backlogs(NOON + timedelta(hours=3), {"cs.CL"}, caught_up) == ()


def test_what_failed_stays_owed_on_the_days_that_follow() -> None:
    [owed] = backlogs(NOON, {"cs.CL"}, before(70))
    assert owed.mark is not None
    marks = [
        *before(70),
        owed.mark,
        *read(range(50), days_ago=0),
        *read(range(51, 100), days_ago=0),
    ]
    [next_day] = backlogs(NOON + timedelta(days=1), {"cs.CL"}, marks)
    assert ages(next_day) == [29, 50]  # as of NOON: the day that has left the 30, and the failed
    assert next_day.mark is not None
    assert next_day.mark.value == ago(50).isoformat()


def test_a_second_outage_adds_to_what_the_first_left() -> None:
    [owed] = backlogs(NOON - timedelta(days=50), {"cs.CL"}, before(120))
    assert owed.mark is not None
    marks = [*before(120), owed.mark, *read(range(50, 100), days_ago=50)]
    [both] = backlogs(NOON, {"cs.CL"}, marks)
    # Those aged 80 to 99 were 30 days old and more when they were read.
    assert ages(both) == [*range(30, 80), *range(100, 150)]


def test_a_catch_up_of_which_nothing_came_is_owed_whole_and_what_came_since_too() -> None:
    [owed] = backlogs(NOON - timedelta(days=35), {"cs.CL"}, before(70))
    assert owed.mark is not None
    marks = [*before(70), owed.mark, *before(0, "cs.AI")]
    [later] = backlogs(NOON, {"cs.CL"}, marks)
    assert ages(later) == list(range(30, 100))


@pytest.mark.parametrize(("outage", "lost"), [(370, None), (371, 1), (500, 130)])
def test_what_lies_beyond_reach_is_told_and_not_asked_for(outage: int, lost: int | None) -> None:
    [owed] = backlogs(NOON, {"cs.CL"}, before(outage))
    assert ages(owed)[-1] == REACH - 1
    assert owed.lost == (lost and (ago(REACH + lost - 1), ago(REACH)))


def test_what_lies_beyond_reach_is_told_once() -> None:
    [owed] = backlogs(NOON, {"cs.CL"}, before(500))
    assert owed.mark is not None
    for came in ([], read(range(1), days_ago=0)):
        marks = [*before(500), owed.mark, *came]
        [again] = backlogs(NOON + timedelta(hours=1), {"cs.CL"}, marks)
        assert again.lost is None
        assert ages(again)[-1] == REACH - 1


def test_an_owed_day_that_drifts_out_of_reach_is_given_up() -> None:
    mark = Mark("cs.CL", "backlog", ago(REACH + 5).isoformat(), NOON - timedelta(hours=1))
    marks = [mark, *read(range(DAYS, REACH - 1), days_ago=0), *read(range(DAYS), days_ago=0)]
    [owed] = backlogs(NOON, {"cs.CL"}, marks)
    assert ages(owed) == [REACH - 1]


def test_a_category_followed_again_while_others_were_read_starts_afresh() -> None:
    marks = [*before(200), *before(1, "cs.AI")]
    [owed] = backlogs(NOON, {"cs.AI", "cs.CL"}, marks)
    assert (owed.scope, ages(owed)) == ("cs.AI", [30])


def test_a_category_that_failed_in_the_last_polls_before_an_outage_is_owed_its_days() -> None:
    marks = [*before(75), *before(70, "cs.AI")]
    assert [(one.scope, len(one.days)) for one in backlogs(NOON, {"cs.AI", "cs.CL"}, marks)] == [
        ("cs.AI", 70),
        ("cs.CL", 75),
    ]


def test_a_category_no_longer_wanted_is_owed_nothing() -> None:
    assert backlogs(NOON, {"cs.AI"}, before(70)) == ()


def test_marks_of_a_clock_that_ran_ahead_say_nothing() -> None:
    wrong = NOON + timedelta(days=300)
    ahead = [
        *(replace(mark, at=wrong) for mark in read(range(-300, 60), days_ago=0)),
        Mark("cs.CL", "backlog", ago(300).isoformat(), wrong),
    ]
    assert backlogs(NOON, {"cs.CL"}, ahead) == ()
    [owed] = backlogs(NOON, {"cs.CL"}, [*ahead, *read(range(60, 65), days_ago=40)])
    assert ages(owed) == list(range(30, 70))


@pytest.mark.parametrize("value", ["", "soon"])
def test_a_backlog_that_cannot_be_read_owes_nothing(value: str) -> None:
    marks = [*read(range(DAYS), days_ago=0), Mark("cs.CL", "backlog", value, NOON)]
    assert backlogs(NOON, {"cs.CL"}, marks) == ()


def test_a_doubted_day_was_not_read() -> None:
    doubts = Step(TODAY, ("cs.CL",), "read", 9).fewer(8, NOON)
    [owed] = backlogs(NOON, {"cs.CL"}, [*before(70), *doubts])
    assert len(owed.days) == 70


def test_days_follow_utc_wherever_the_clocks_are() -> None:
    marks = [replace(mark, at=mark.at.astimezone()) for mark in before(1)]
    now = datetime.fromisoformat("2026-01-05T22:00:00-05:00")
    [owed] = backlogs(now, {"cs.CL"}, marks)
    assert owed.days == (date(2025, 12, 7), date(2025, 12, 6))
    assert owed.mark is not None
    assert owed.mark.at.astimezone(UTC).date() == date(2026, 1, 6)


def test_each_owed_day_names_all_who_are_owed_it() -> None:
    owed = backlogs(NOON, {"cs.AI", "cs.CL"}, [*before(2), *before(1, "cs.AI")])
    assert owed_by_day(owed) == {
        ago(30): frozenset({"cs.AI", "cs.CL"}),
        ago(31): frozenset({"cs.CL"}),
    }


# Single requests fail, and all after some request, as when patience ends.
FAILING = st.builds(
    lambda few, rest: few | set(range(rest, REACH)),
    st.sets(st.integers(0, 150)),
    st.integers(0, 200) | st.just(REACH),
)
HOURS = st.integers(1, 24 * 70)
POLLS = st.lists(st.tuples(HOURS, FAILING), max_size=4)
PAPERS = st.lists(st.tuples(st.integers(-29, 300), st.integers(0, 29)), max_size=8)


@given(polls=POLLS, papers=PAPERS, clean=HOURS)
def test_whatever_was_announced_within_thirty_days_is_found_however_polls_came_and_failed(
    polls: list[tuple[int, set[int]]], papers: list[tuple[int, int]], clean: int
) -> None:
    ledger: dict[str, Mark] = {}
    found: set[int] = set()
    now = NOON
    # Each paper: its day of submission, and after how many days it was announced, at noon.
    days = [(TODAY + timedelta(days=submitted), held) for submitted, held in papers]
    for hours, failing in [(0, set[int]()), *polls, (clean, set[int]())]:
        now += timedelta(hours=hours)
        announced = {
            n
            for n, (day, held) in enumerate(days)
            if datetime.combine(day + timedelta(days=held), NOON.time(), UTC) <= now
        }
        marks = tuple(ledger.values())
        owed = backlogs(now, {"cs.CL"}, marks)
        assert not any(backlog.lost for backlog in owed)
        first = [backlog.mark for backlog in owed if backlog.mark]
        for place, step in enumerate(plan(now, {"cs.CL"}, marks, owed_by_day(owed))):
            if place in failing:
                continue
            here = {n for n in announced if days[n][0] == step.day}
            found |= here
            if step.action == "count" and step.floor == len(here):
                continue
            for mark in (*first, *step.marks(len(here), now)):
                ledger[mark.key] = mark
            first = []
    early = {n for n, (day, _) in enumerate(days) if day < TODAY - timedelta(days=DAYS - 1)}
    assert announced - early <= found


def test_an_ordinary_week_of_polls_asks_for_one_older_day_a_day() -> None:
    ledger: dict[str, Mark] = {}
    extra = []
    for hours in range(0, 24 * 7, 6):
        now = NOON + timedelta(hours=hours)
        marks = tuple(ledger.values())
        owed = backlogs(now, {"cs.CL"}, marks)
        steps = plan(now, {"cs.CL"}, marks, owed_by_day(owed))
        extra.append(len(steps) - DAYS)
        ledger.update({backlog.mark.key: backlog.mark for backlog in owed if backlog.mark})
        for step in steps:
            if step.action == "read":
                ledger.update({mark.key: mark for mark in step.marks(0, now)})
    assert extra == [0, 0, *[1, 0, 0, 0] * 6, 1, 0]
