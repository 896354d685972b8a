"""Outcomes are settled together where they come together, and none is lost to who goes away."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import pytest

from bot.core.errors import StoreBusy, StoreError
from bot.core.model import Outcome
from bot.outcomes import Outcomes
from tests.builders import NOON


class Ledger:
    """Settles one batch at a time, each once it is told to go on; or fails."""

    def __init__(self) -> None:
        self.begun: list[list[int]] = []
        self.settled: list[int] = []
        self.go = asyncio.Semaphore(0)
        self.failure: Exception | None = None
        self.unwritable: set[int] = set()

    async def settle(self, outcomes: Sequence[Outcome], now: datetime) -> None:
        assert now == NOON
        self.begun.append([one.delivery for one in outcomes])
        await self.go.acquire()
        if self.failure is not None:
            raise self.failure
        if self.unwritable.intersection(self.begun[-1]):
            raise OverflowError
        self.settled += [one.delivery for one in outcomes]


def writing(ledger: Ledger, outcomes: Outcomes, *numbers: int) -> list[asyncio.Task[None]]:
    return [
        asyncio.create_task(outcomes.write([Outcome(cast("Any", number), "sent")]))
        for number in numbers
    ]


async def rounds(many: int = 5) -> None:
    for _ in range(many):
        await asyncio.sleep(0)


@pytest.fixture
async def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
async def outcomes(ledger: Ledger) -> Outcomes:
    return Outcomes(cast("Any", ledger), "email", NOON)


async def test_what_comes_while_one_transaction_runs_is_the_next(
    ledger: Ledger, outcomes: Outcomes
) -> None:
    first = writing(ledger, outcomes, 1)
    await rounds()
    others = writing(ledger, outcomes, 2, 3, 4)
    await rounds()
    assert ledger.begun == [[1]]
    assert not any(one.done() for one in [*first, *others])
    ledger.go.release()
    await rounds()
    assert ledger.begun == [[1], [2, 3, 4]]
    ledger.go.release()
    await asyncio.gather(*first, *others)
    assert ledger.settled == [1, 2, 3, 4]


async def test_who_is_cancelled_stops_nothing(ledger: Ledger, outcomes: Outcomes) -> None:
    tasks = writing(ledger, outcomes, 1, 2)
    await rounds()
    for one in tasks:
        one.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for _ in range(2):
        ledger.go.release()
    await rounds()
    assert sorted(ledger.settled) == [1, 2]


async def test_a_ledger_that_fails_is_told_to_all_who_wait_and_tried_again_by_the_next(
    ledger: Ledger, outcomes: Outcomes
) -> None:
    ledger.failure = StoreError("the disk is full")
    tasks = writing(ledger, outcomes, 1, 2)
    await rounds()
    ledger.go.release()
    failures = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(failure) for failure in failures] == [StoreError, StoreError]
    ledger.failure = None
    (task,) = writing(ledger, outcomes, 3)
    ledger.go.release()
    await task
    assert 3 in ledger.settled


async def test_while_another_process_writes_the_same_is_tried_again(
    ledger: Ledger, outcomes: Outcomes
) -> None:
    ledger.failure = StoreBusy("another process writes")
    (task,) = writing(ledger, outcomes, 1)
    ledger.go.release()
    await rounds(20)
    ledger.failure = None
    ledger.go.release()
    await task
    assert ledger.settled == [1]
    assert ledger.begun == [[1], [1]]


async def test_one_that_cannot_be_written_takes_no_other_with_it(
    ledger: Ledger, outcomes: Outcomes
) -> None:
    ledger.unwritable = {2}
    tasks = writing(ledger, outcomes, 1, 2, 3)
    for _ in range(4):
        ledger.go.release()
    failures = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(failure) for failure in failures] == [OverflowError] * 3
    assert ledger.begun == [[1, 2, 3], [1], [2], [3]]
    assert ledger.settled == [1, 3]
