"""The rhythm in which a poll reads and counts the last 30 days."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.polling import Mark
from bot.core.window import CATEGORIES_PER_QUESTION, DAYS, Step, Window, group_of, plan
from tests.builders import NOON

OLD = NOON.date() - timedelta(days=20)
MIDNIGHT = datetime(2026, 1, 5, tzinfo=UTC)


def step_of(steps: tuple[Step, ...], day: date) -> list[Step]:
    return [step for step in steps if step.day == day]


def marks_for(day: date, scopes: set[str], count: int, *, days_ago: float = 1) -> list[Mark]:
    step = Step(day, tuple(sorted(scopes)), "read")
    return list(step.marks(count, NOON - timedelta(days=days_ago)))


def test_a_first_poll_reads_thirty_days_whole_newest_first() -> None:
    steps = plan(NOON, {"cs.CL", "cs.AI"}, ())

    assert [step.day for step in steps] == [NOON.date() - timedelta(days=n) for n in range(30)]
    assert all(step.scopes == ("cs.AI", "cs.CL") for step in steps)
    assert all(step.action == "read" and step.floor is None for step in steps)


def test_without_scopes_there_is_nothing_to_ask() -> None:
    assert plan(NOON, frozenset(), marks_for(OLD, {"cs.CL"}, 3)) == ()


@pytest.mark.parametrize(("age", "action"), [(0, "read"), (6, "read"), (7, "count"), (29, "count")])
def test_the_youngest_seven_days_are_read_and_known_older_ones_counted(
    age: int, action: str
) -> None:
    day = NOON.date() - timedelta(days=age)
    [step] = step_of(plan(NOON, {"cs.CL"}, marks_for(day, {"cs.CL"}, 3)), day)
    assert (step.action, step.floor) == (action, 3)


@pytest.mark.parametrize(("days_ago", "action"), [(6.9, "count"), (7, "count"), (7.1, "read")])
def test_an_older_day_is_read_again_after_a_week(days_ago: float, action: str) -> None:
    marks = marks_for(OLD, {"cs.CL"}, 3, days_ago=days_ago)
    [step] = step_of(plan(NOON, {"cs.CL"}, marks), OLD)
    assert (step.action, step.floor) == (action, 3)


def test_a_new_category_is_read_on_its_own_while_the_known_ones_are_counted() -> None:
    marks = marks_for(OLD, {"cs.AI", "cs.CL"}, 9)
    steps = step_of(plan(NOON, {"cs.AI", "cs.CL", "cs.LG"}, marks), OLD)

    assert [(step.scopes, step.action, step.floor) for step in steps] == [
        (("cs.LG",), "read", None),
        (("cs.AI", "cs.CL"), "count", 9),
    ]


def test_a_category_given_up_makes_the_rest_of_its_group_unknown() -> None:
    marks = marks_for(OLD, {"cs.AI", "cs.CL"}, 9)
    [step] = step_of(plan(NOON, {"cs.AI"}, marks), OLD)
    assert (step.scopes, step.action, step.floor) == (("cs.AI",), "read", None)


def test_a_category_read_again_in_other_company_leaves_its_old_group_unknown() -> None:
    marks = [*marks_for(OLD, {"cs.AI", "cs.CL"}, 9)[:1], *marks_for(OLD, {"cs.CL", "cs.LG"}, 5)]
    steps = step_of(plan(NOON, {"cs.AI", "cs.CL", "cs.LG"}, marks), OLD)
    assert [(step.scopes, step.action) for step in steps] == [
        (("cs.AI",), "read"),
        (("cs.CL", "cs.LG"), "count"),
    ]


def test_reading_groups_together_expects_at_least_the_larger() -> None:
    day = NOON.date()
    marks = marks_for(day, {"cs.AI"}, 4) + marks_for(day, {"cs.CL"}, 7)
    [step] = step_of(plan(NOON, {"cs.AI", "cs.CL"}, marks), day)
    assert (step.scopes, step.floor) == (("cs.AI", "cs.CL"), 7)


def test_many_categories_are_asked_for_in_several_questions() -> None:
    scopes = {f"cs.A{n:03d}" for n in range(CATEGORIES_PER_QUESTION * 2 + 1)}
    steps = step_of(plan(NOON, scopes, ()), NOON.date())
    assert [len(step.scopes) for step in steps] == [60, 60, 1]
    assert {scope for step in steps for scope in step.scopes} == scopes


@pytest.mark.parametrize(
    "mark",
    [
        Mark("cs.CL", OLD.isoformat(), "nonsense", NOON),
        Mark("cs.CL", OLD.isoformat(), f"many@{group_of(['cs.CL'])}", NOON),
        Mark("cs.CL", "2025-11-01", f"3@{group_of(['cs.CL'])}", NOON),
        Mark("cs.AI", OLD.isoformat(), f"3@{group_of(['cs.AI'])}", NOON),
        Mark("cs.CL", OLD.isoformat(), f"3@{group_of(['cs.CL'])}", NOON + timedelta(seconds=1)),
    ],
)
def test_marks_that_say_nothing_of_the_day_leave_it_to_be_read(mark: Mark) -> None:
    [step] = step_of(plan(NOON, {"cs.CL"}, [mark]), OLD)
    assert (step.action, step.floor) == ("read", None)


def test_a_doubt_from_a_clock_that_ran_ahead_is_forgotten() -> None:
    marks = marks_for(OLD, {"cs.CL"}, 9)
    doubt = Step(OLD, ("cs.CL",), "count", 9).fewer(8, NOON + timedelta(days=300))
    [step] = step_of(plan(NOON, {"cs.CL"}, [*marks, *doubt]), OLD)
    assert (step.floor, step.fewer_since) == (9, None)


def test_owed_days_come_last_and_are_read_whole_for_those_who_are_owed_them() -> None:
    owed = {NOON.date() - timedelta(days=age): frozenset({"cs.CL"}) for age in (40, 30)}
    marks = marks_for(min(owed), {"cs.CL"}, 3)
    steps = plan(NOON, {"cs.AI", "cs.CL"}, marks, owed)

    assert len(steps) == DAYS + 2
    assert [(step.day, step.scopes, step.action, step.floor) for step in steps[DAYS:]] == [
        (max(owed), ("cs.CL",), "read", None),
        (min(owed), ("cs.CL",), "read", 3),
    ]


def test_fewer_papers_than_known_are_believed_after_two_days() -> None:
    marks = marks_for(OLD, {"cs.CL"}, 9, days_ago=4)
    [step] = step_of(plan(NOON, {"cs.CL"}, marks), OLD)
    assert not step.settles(NOON)

    seen = step.fewer(8, NOON - timedelta(days=1))
    [step] = step_of(plan(NOON, {"cs.CL"}, [*marks, *seen]), OLD)
    assert step.floor == 9
    assert not step.settles(NOON)
    assert step.settles(NOON + timedelta(days=1))
    assert step.fewer(8, NOON) == ()  # the first sight counts, not the last


def test_a_good_reading_afterwards_answers_the_doubt() -> None:
    doubt = Step(OLD, ("cs.CL",), "count", 9).fewer(8, NOON - timedelta(days=5))
    marks = [*marks_for(OLD, {"cs.CL"}, 9, days_ago=2), *doubt]
    [step] = step_of(plan(NOON, {"cs.CL"}, marks), OLD)
    assert step.fewer_since is None


def test_a_day_reaches_from_midnight_to_the_first_minute_of_the_next() -> None:
    window = Step(date(2026, 1, 5), ("cs.CL",), "read").window
    assert window.holds(MIDNIGHT)
    assert window.holds(MIDNIGHT + timedelta(days=1, seconds=59))
    assert not window.holds(MIDNIGHT - timedelta(seconds=1))
    assert not window.holds(MIDNIGHT + timedelta(days=1, minutes=1))
    assert str(window) == "2026-01-05 00:00 to 2026-01-06 00:00 UTC"


def test_the_days_follow_utc_wherever_now_is() -> None:
    late = datetime.fromisoformat("2026-01-04T22:00:00-05:00")
    assert plan(late, {"cs.CL"}, ())[0].day == date(2026, 1, 5)


def test_a_window_of_a_minute_is_not_cut() -> None:
    assert Window(MIDNIGHT, MIDNIGHT + timedelta(minutes=1)).halves() == ()


@given(minutes=st.integers(2, 3000), second=st.integers(0, 3000 * 60 + 59))
def test_halves_lose_no_instant(minutes: int, second: int) -> None:
    window = Window(MIDNIGHT, MIDNIGHT + timedelta(minutes=minutes))
    instant = MIDNIGHT + timedelta(seconds=second)
    first, last = window.halves()
    assert window.holds(instant) == (first.holds(instant) or last.holds(instant))
    assert first.end == last.start
    assert max(half.end - half.start for half in (first, last)) < window.end - window.start


SCOPES = st.frozensets(st.sampled_from(["cs.AI", "cs.CL", "cs.LG", "math.CO", "stat.ML"]))


@given(polls=st.lists(st.tuples(SCOPES, st.integers(0, 400), st.integers(0, 50)), max_size=6))
def test_whatever_came_before_each_wanted_scope_stands_once_in_each_day(
    polls: list[tuple[frozenset[str], int, int]],
) -> None:
    now, ledger = NOON, dict[tuple[str, str], Mark]()
    for scopes, hours, count in polls:
        now += timedelta(hours=hours)
        steps = plan(now, scopes, list(ledger.values()))

        assert len({step.day for step in steps}) == (DAYS if scopes else 0)
        for day in {step.day for step in steps}:
            asked = [scope for step in step_of(steps, day) for scope in step.scopes]
            assert sorted(asked) == sorted(scopes)
        for step in steps:
            if step.action == "count":
                assert step.floor is not None
            for mark in step.marks(count, now):
                ledger[mark.scope, mark.key] = mark


@given(age=st.integers(0, DAYS - 1), scopes=SCOPES.filter(bool), count=st.integers(0, 9999))
def test_a_mark_gives_back_the_count_for_the_same_scopes_only(
    age: int, scopes: frozenset[str], count: int
) -> None:
    day = NOON.date() - timedelta(days=age)
    marks = [replace(mark, at=NOON) for mark in marks_for(day, set(scopes), count)]
    [step] = step_of(plan(NOON, scopes, marks), day)
    assert step.floor == count
    others = plan(NOON, scopes | {"q-bio.QM"}, marks)
    assert all(step.floor in {None, count} for step in others)
