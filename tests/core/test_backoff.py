"""Retries: soon at first, then rarer, never all at once, and not for ever."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.backoff import CAP, FIRST, LONGEST_WAIT, expired, retry_at
from tests.builders import NOON

KEYS = st.text(max_size=80)
ATTEMPTS = st.integers(1, 10_000)


def wait(attempt: int, key: str = "k1", retry_after: float | None = None) -> float:
    """Give the seconds until the next attempt."""
    return (retry_at(NOON, attempt, key=key, retry_after=retry_after) - NOON).total_seconds()


@given(KEYS)
def test_the_first_retry_comes_after_five_minutes(key: str) -> None:
    assert wait(1, key) == 300


@pytest.mark.parametrize(
    ("attempt", "bound"), [(2, 600), (3, 1_200), (4, 2_400), (5, 4_000), (6, 4_000), (99, 4_000)]
)
def test_later_retries_are_spread_up_to_a_bound_that_doubles(attempt: int, bound: float) -> None:
    waits = [wait(attempt, f"key-{n}") for n in range(400)]
    assert min(waits) >= FIRST
    assert max(waits) < bound
    spread = bound - FIRST
    assert sum(waits) / len(waits) == pytest.approx(FIRST + spread / 2, abs=spread / 10)
    assert len(set(waits)) == len(waits)


@given(ATTEMPTS, KEYS)
def test_a_retry_waits_between_five_minutes_and_the_cap(attempt: int, key: str) -> None:
    assert FIRST <= wait(attempt, key) <= CAP


@given(ATTEMPTS, KEYS)
def test_the_same_question_has_the_same_answer(attempt: int, key: str) -> None:
    assert wait(attempt, key) == wait(attempt, key)


@given(ATTEMPTS, KEYS, st.floats(0, LONGEST_WAIT))
def test_the_channels_own_wish_is_kept(attempt: int, key: str, wish: float) -> None:
    # An instant has whole microseconds.
    assert wait(attempt, key, wish) >= wish - 1e-6
    assert wait(attempt, key, wish) <= max(CAP, wish + 1e-6)


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (0.0, 300.0),
        (1.5, 300.0),
        (300.5, 300.5),
        (86_400.0, 86_400.0),
        (86_401.0, 86_400.0),
        (float("inf"), 86_400.0),
        (float("-inf"), 300.0),
        (-5.0, 300.0),
        (float("nan"), 300.0),
    ],
)
def test_a_wish_that_makes_no_sense_is_bounded(wish: float, expected: float) -> None:
    assert wait(1, retry_after=wish) == expected


def test_an_attempt_that_was_never_counted_is_the_first() -> None:
    assert wait(0) == FIRST


@pytest.mark.parametrize(
    ("age", "over"),
    [
        (timedelta(0), False),
        (timedelta(days=5, seconds=-1), False),
        (timedelta(days=5), True),
        (timedelta(days=50), True),
        (timedelta(days=-1), False),
    ],
)
def test_a_delivery_is_useful_for_five_days(age: timedelta, *, over: bool) -> None:
    assert expired(NOON, NOON + age) is over
