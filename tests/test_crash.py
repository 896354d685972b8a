"""The three steps, stopped at every await that they make, and run again.

All that they await are calls of a source, the store or a notifier: each dies before and after.
"""

import contextlib
import inspect
from collections import Counter
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.compose import compose
from bot.core.polling import Batch, Mark
from bot.deliver import Terms, deliver
from bot.poll import poll
from bot.store import SqliteStore
from tests.builders import NOON, paper, subscription
from tests.doubles import RecordingNotifier, ScriptedSource

SCOPES = frozenset({"cs.CL"})
MORNING = NOON + timedelta(hours=20, minutes=30)
NAMES = ("ana", "ben", "chi")
NEWS = [paper(number) for number in range(3, 9)]


class Crash(BaseException):
    """The process dies here."""


class Mortal:
    """Passes calls on to a part, and dies before or after the nth of them."""

    def __init__(self, part: Any, clock: "Deathclock") -> None:
        self._part = part
        self._clock = clock

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._part, name)
        if inspect.isasyncgenfunction(value):
            return self._mortal_pages(value)
        if not inspect.iscoroutinefunction(value):
            return value

        async def call(*args: Any, **more: Any) -> Any:
            self._clock.tick()
            result = await value(*args, **more)
            self._clock.tick()
            return result

        return call

    def _mortal_pages(self, pages: Any) -> Any:
        async def give(*args: Any) -> AsyncGenerator[Any, None]:
            async for page in pages(*args):
                self._clock.tick()
                yield page
                self._clock.tick()

        return give


class Deathclock:
    """Raises Crash at the nth tick, and at every one after it: a dead process does nothing."""

    def __init__(self, last: int) -> None:
        self.left = last

    def tick(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Crash


def pages() -> list[Batch]:
    marks = [Mark("cs.CL", f"day-{number}", "1", NOON) for number in range(2)]
    return [Batch(tuple(NEWS[:4]), marks=(marks[0],)), Batch(tuple(NEWS[2:]), marks=(marks[1],))]


async def whole_loop(path: Path, email: RecordingNotifier, clock: Deathclock) -> None:
    """Poll, compose and deliver as one process would."""
    everybody = [subscription(name) for name in NAMES]
    async with SqliteStore.open(path) as opened:
        store: Any = Mortal(opened, clock)
        source: Any = Mortal(ScriptedSource([pages()]), clock)
        await poll([source], store, scopes=SCOPES, now=MORNING, patience=1)
        await compose(store, everybody, now=MORNING, batch=2)
        await deliver(store, {"email": Mortal(email, clock)}, Terms(MORNING))


async def ledger(path: Path) -> None:
    """Make a ledger with its baseline and three subscriptions."""
    async with SqliteStore.open(path) as store:
        await store.record("scripted", Batch((paper(1),), complete=SCOPES), NOON)
        await store.sync([subscription(name) for name in NAMES], NOON)


DEATHS = 65
"""More than the calls of the whole loop."""


@pytest.mark.parametrize("last", range(DEATHS))
async def test_killed_at_any_call_and_run_again_it_loses_and_repeats_nothing(
    tmp_path: Path, last: int
) -> None:
    path = tmp_path / "daily-papers.db"
    await ledger(path)
    email = RecordingNotifier(concurrency=2)
    with contextlib.suppress(Crash):
        await whole_loop(path, email, Deathclock(last))
    accepted_before_death = len(email.sent)
    await whole_loop(path, email, Deathclock(10_000))
    async with SqliteStore.open(path, exclusive=False) as store:
        status = await store.status(MORNING)
    assert (status.pending, status.failed) == (0, 0)
    given = Counter((one.address, one.key) for one in email.sent)
    assert len(given) == len(NAMES)
    assert all(one.papers == [p.id for p in reversed(NEWS)] for one in email.sent)
    repeats = sum(given.values()) - len(given)
    assert repeats <= status.uncertain
    second = email.sent[accepted_before_death:]
    assert all(one.again for one in second if given[one.address, one.key] > 1)


async def test_the_deaths_cover_the_whole_loop(tmp_path: Path) -> None:
    path = tmp_path / "daily-papers.db"
    await ledger(path)
    clock = Deathclock(10_000)
    await whole_loop(path, RecordingNotifier(), clock)
    assert 10_000 - clock.left <= DEATHS
