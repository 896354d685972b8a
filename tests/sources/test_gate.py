"""The gate that all requests to arXiv share."""

import asyncio

import pytest

from bot.sources.gate import Gate

HOST, OTHER = "export.arxiv.org", "rss.arxiv.org"


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(clock: Clock) -> Gate:
    return Gate(3.0, clock=clock, sleep=clock.sleep)


async def test_the_first_request_does_not_wait(gate: Gate, clock: Clock) -> None:
    async with gate.turn(HOST):
        assert clock.now == 100.0


async def test_requests_start_at_least_the_interval_apart_whoever_makes_them(
    gate: Gate, clock: Clock
) -> None:
    starts = []

    async def request() -> None:
        async with gate.turn(HOST):
            starts.append(clock.now)

    await asyncio.gather(*(request() for _ in range(4)))
    assert starts == [100.0, 103.0, 106.0, 109.0]


async def test_only_one_request_is_under_way_at_a_time(gate: Gate, clock: Clock) -> None:
    under_way, most = 0, 0

    async def request() -> None:
        nonlocal under_way, most
        async with gate.turn(HOST):
            under_way += 1
            most = max(most, under_way)
            await clock.sleep(10.0)
            under_way -= 1

    await asyncio.gather(*(request() for _ in range(3)))
    assert most == 1


async def test_a_hold_makes_everybody_wait_who_asks_that_host_and_the_longer_one_wins(
    gate: Gate, clock: Clock
) -> None:
    gate.hold(60.0, HOST)
    gate.hold(5.0, HOST)
    assert gate.held(HOST) == 60.0
    async with gate.turn(HOST):
        assert clock.now == 160.0
    assert gate.held(HOST) == 0.0


async def test_a_host_that_is_held_holds_no_other_even_while_somebody_waits_for_it() -> None:
    gate = Gate(0.0)
    gate.hold(3600.0, HOST)

    async def request() -> None:
        async with gate.turn(HOST):
            pytest.fail("the hold was ignored")

    waiting = asyncio.create_task(request())
    await asyncio.sleep(0)
    async with asyncio.timeout(1), gate.turn(OTHER):
        assert (gate.held(OTHER), gate.held(HOST) > 3000.0) == (0.0, True)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_the_interval_lies_between_requests_to_whatever_host(
    gate: Gate, clock: Clock
) -> None:
    async with gate.turn(HOST):
        pass
    async with gate.turn(OTHER):
        assert clock.now == 103.0


async def test_a_hold_set_by_whoever_has_the_turn_holds_the_next(gate: Gate, clock: Clock) -> None:
    async def next_one() -> float:
        async with gate.turn(HOST):
            return clock.now

    async with gate.turn(HOST):
        waiting = asyncio.create_task(next_one())
        await asyncio.sleep(0)
        gate.hold(40.0, HOST)
    assert await waiting == 140.0


async def test_a_hold_set_while_others_wait_holds_them_too(clock: Clock) -> None:
    async def sleep(seconds: float) -> None:
        if clock.now < 103.0:
            shared.hold(30.0, HOST)
        await clock.sleep(seconds)

    shared = Gate(3.0, clock=clock, sleep=sleep)
    async with shared.turn(HOST):
        pass
    async with shared.turn(HOST):
        assert clock.now == 130.0


async def test_whoever_gives_up_waiting_frees_the_turn() -> None:
    gate = Gate(0.0)
    gate.hold(3600.0, HOST)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01), gate.turn(HOST):
            pytest.fail("the hold was ignored")
    gate._held_until.clear()
    async with asyncio.timeout(1), gate.turn(HOST):
        pass


async def test_a_failing_request_frees_the_turn(gate: Gate) -> None:
    with pytest.raises(ValueError, match="broken"):
        async with gate.turn(HOST):
            raise ValueError("broken")
    async with asyncio.timeout(1), gate.turn(HOST):
        pass
