"""The circuit breaker: some failures in a row open it, and one try after a rest closes it."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import DeliveryError, PermanentFailure, TemporaryFailure, Uncertain
from bot.notifiers.smtp_breaker import FAILURES, LOCK_OUT, LONGEST, REST, Breaker
from bot.notifiers.smtp_replies import Gone
from bot.notifiers.smtp_server import LogInRefused


class Clock:
    """Seconds that a test lets pass."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def gone() -> Gone:
    return Gone("421 4.3.2 not now")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock)


def opened(breaker: Breaker) -> Breaker:
    for _ in range(FAILURES):
        breaker.failed(gone())
    return breaker


def is_open(breaker: Breaker) -> bool:
    try:
        breaker.check()
    except DeliveryError:
        return True
    return False


def test_fewer_failures_in_a_row_leave_it_closed(breaker: Breaker) -> None:
    for _ in range(3):
        for _ in range(FAILURES - 1):
            breaker.failed(gone())
        assert breaker.enter() is False
        breaker.answered()


def test_open_it_raises_what_opened_it_and_when_to_come_back(
    breaker: Breaker, clock: Clock
) -> None:
    opened(breaker)
    clock.now += 10
    with pytest.raises(TemporaryFailure, match=r"4\.3\.2") as caught:
        breaker.enter()
    assert caught.value.retry_after == REST - 10


def test_what_the_server_asked_for_is_not_made_shorter(breaker: Breaker) -> None:
    for _ in range(FAILURES):
        breaker.failed(TemporaryFailure("later", retry_after=4000.0))
    with pytest.raises(TemporaryFailure) as caught:
        breaker.check()
    assert caught.value.retry_after == 4000.0


def test_what_opened_it_may_have_been_accepted_but_what_it_holds_back_was_not(
    breaker: Breaker,
) -> None:
    for _ in range(FAILURES):
        breaker.failed(Uncertain("the answer was lost"))
    with pytest.raises(TemporaryFailure, match="the answer was lost"):
        breaker.check()


def test_after_the_rest_one_tries_while_the_others_wait(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += REST
    assert breaker.enter() is True
    assert breaker.enter() is None
    breaker.leave()  # given up before anything came of it: the next one tries
    assert breaker.enter() is True
    breaker.answered()
    breaker.leave()
    assert breaker.enter() is False


def test_each_try_that_fails_doubles_the_rest_up_to_a_bound(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    rests = []
    for _ in range(8):
        before = clock.now
        while is_open(breaker):
            clock.now += 1
        rests.append(clock.now - before)
        breaker.failed(gone())
    assert rests == [30, 60, 120, 240, 480, 960, 960, LONGEST]


def test_once_it_closed_all_is_forgotten(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += REST
    breaker.failed(gone())
    clock.now += 2 * REST
    breaker.answered()
    breaker.failed(gone())
    assert not is_open(breaker)
    opened(breaker)
    clock.now += REST
    assert not is_open(breaker)


@pytest.mark.parametrize("late", [Breaker.answered, lambda breaker: breaker.failed(gone())])
def test_what_was_under_way_when_it_opened_changes_nothing(
    late: Callable[[Breaker], None], breaker: Breaker, clock: Clock
) -> None:
    opened(breaker)
    late(breaker)
    clock.now += REST - 1
    assert is_open(breaker)
    clock.now += 1
    assert not is_open(breaker)


@pytest.mark.parametrize(
    ("failure", "rest"),
    [
        (LogInRefused("535", scope="channel"), LOCK_OUT),
        (PermanentFailure("no TLS", scope="channel"), REST),
    ],
)
def test_what_time_does_not_mend_opens_it_at_once(
    failure: PermanentFailure, rest: float, breaker: Breaker, clock: Clock
) -> None:
    breaker.failed(failure)
    with pytest.raises(type(failure)):
        breaker.check()
    clock.now += rest
    assert breaker.enter() is True


@given(st.lists(st.sampled_from(["failed", "answered", "enter", "leave", 7.0, 200.0]), max_size=80))
def test_never_do_two_try_at_once_and_never_is_it_open_for_ever(steps: list[str | float]) -> None:
    clock = Clock()
    breaker = Breaker(clock)
    trying = 0
    for step in steps:
        if isinstance(step, float):
            clock.now += step
        elif step == "enter":
            trying += not is_open(breaker) and breaker.enter() is True
        elif step == "leave":
            breaker.leave()
            trying = 0
        elif step == "failed":
            breaker.failed(gone())
        else:
            breaker.answered()
        assert trying <= 1
    clock.now += LONGEST
    assert not is_open(breaker)
