"""Outcomes of every kind, settled together: killed anywhere, all are written or none is.

Among them are a delivery that is gone, one that was dropped and one whose reader has left, and
what outcomes say beside themselves: addresses suspended, a channel paused, papers given back.
"""

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from sqlite_utils import Database

from bot.core.model import Delivery, Outcome
from bot.core.people import Who
from bot.store import SqliteStore, settling
from bot.store.connection import opened, writing
from tests.builders import paper, subscription
from tests.store.lives import report
from tests.store.scenario import (
    HOUR,
    MORNING,
    arrive,
    begin,
    claim,
    composition,
    give,
    rows,
    subscribe,
)
from tests.store.test_people_killed import content

NAMES = ("sent", "late", "gone", "unsure", "held", "untried", "refused", "large", "back")
LEFT = ("dropped", "erased", "leaver")
NOW = MORNING + timedelta(minutes=5)
STRIDE = 11
"""Instructions of SQLite between two deaths."""
Death = Callable[[Database], object]


def outcome_of(delivery: Delivery) -> Outcome:
    """Give each of NAMES an outcome of its own; all others were sent."""
    later = {"next_at": NOW + HOUR}
    changes: dict[str, dict[str, Any]] = {
        "late": {"state": "retry", "error": "451 later"} | later,
        "gone": {"state": "failed", "error": "550 5.1.1 nobody", "suspend": True},
        "unsure": {"state": "retry", "error": "no answer", "uncertain": True} | later,
        "held": {"state": "held", "error": "no answer", "uncertain": True},
        "untried": {"state": "released"},
        "refused": {"state": "retry", "error": "535", "pause_until": NOW + HOUR} | later,
        "large": {"state": "failed", "error": "552 too large"},
        "erased": {"state": "failed", "error": "550 nobody", "suspend": True},
    }
    values: dict[str, Any] = {"delivery": delivery.id, "state": "sent"}
    return Outcome(**(values | changes.get(delivery.subscriber, {})))


async def in_flight(path: Path) -> tuple[str, list[Outcome]]:
    """Make a ledger with a delivery under way to each, and give whose they are, and the outcomes.

    A second one waits for the address that is gone, and one that is under way has come back.
    """
    async with SqliteStore.open(path) as store:
        await begin(store)
        everybody = [subscription(name) for name in (*NAMES, *LEFT)]
        due = await subscribe(store, *everybody)
        await arrive(store, paper(1), paper(2))
        await store.compose([composition(one, 1) for one in due], MORNING)
        claimed = {one.subscriber: one for one in await claim(store)}
        assert len(claimed) == len(everybody)
        (gone,) = [one for one in due if one.subscriber == "gone"]
        await give(store, gone, 2, slot=MORNING + HOUR)
        await store.bounced([report(claimed["back"], "soft")], MORNING)
        await store.unsubscribe(claimed["leaver"].token, MORNING)
        await store.deliveries("drop", [claimed["dropped"].id], now=MORNING)
        await store.sync([one for one in everybody if one.subscriber != "erased"], MORNING)
        await store.erase(Who("erased"))
        return store._owner, [outcome_of(one) for one in claimed.values()]


def settled(path: Path, owner: str, outcomes: list[Outcome], watch: Death) -> None:
    """Settle as the store does, watched."""
    with opened(path, exclusive=False) as db:
        watch(db)
        with writing(db):
            settling.settle(db, owner, outcomes, NOW)


def killed(path: Path, owner: str, outcomes: list[Outcome], watch: Death) -> bool:
    """Settle in a process of its own; tell whether it was killed."""
    child = os.fork()
    if child == 0:
        try:
            settled(path, owner, outcomes, watch)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def at_statement(last: int) -> Death:
    """Die before the statement of this number."""
    met = count()
    return lambda db: db.conn.set_trace_callback(
        lambda _: os.kill(os.getpid(), signal.SIGKILL) if next(met) == last else None
    )


def after_instructions(many: int) -> Death:
    """Die after so many instructions of SQLite's machine."""
    return lambda db: db.conn.set_progress_handler(
        lambda: os.kill(os.getpid(), signal.SIGKILL), many
    )


@pytest.mark.parametrize(
    "deaths", [at_statement, pytest.param(after_instructions, marks=pytest.mark.slow)]
)
async def test_killed_anywhere_none_of_a_group_is_written_and_all_of_it_can_be(
    tmp_path: Path, deaths: Callable[[int], Death]
) -> None:
    path = tmp_path / "papers.db"
    owner, outcomes = await in_flight(path)
    before, whole = content(path), path.with_name("whole.db")
    copyfile(path, whole)
    settled(whole, owner, outcomes, lambda _: None)
    dead = 0
    for last in count(1, 1 if deaths is at_statement else STRIDE):
        if not killed(path, owner, outcomes, deaths(last)):
            break
        dead += 1
        assert content(path) == before
    assert dead > len(outcomes)
    assert content(path) == content(whole) != before


async def test_what_is_gone_takes_no_other_with_it_and_comes_back_by_none(tmp_path: Path) -> None:
    path = tmp_path / "papers.db"
    owner, outcomes = await in_flight(path)
    settled(path, owner, outcomes, lambda _: None)
    async with SqliteStore.open(path) as store:
        written = {(one["subscriber"], one["slot"]): one for one in await rows(store)}
        status = await store.status(NOW)
        claimed = {one.subscriber for one in await claim(store, NOW + HOUR)}
    states = {name: one["state"] for (name, slot), one in written.items() if "08:30" in slot}
    assert states == {
        **dict.fromkeys(("sent", "leaver"), "sent"),
        **dict.fromkeys(("late", "unsure", "untried", "refused"), "pending"),
        **dict.fromkeys(("gone", "large", "back"), "failed"),
        "held": "held",
        "dropped": "dropped",
    }
    assert [one["state"] for (_, slot), one in written.items() if "09:30" in slot] == ["failed"]
    assert {one["address"] for one in status.suspended} == {
        "gone@example.org",
        "leaver@example.org",
    }
    assert [one["channel"] for one in status.paused] == ["email"]
    assert status.uncertain == 2
    assert claimed == {"late", "unsure", "untried", "refused"}


async def test_killed_before_it_is_committed_all_of_it_is_claimed_again_under_the_same_keys(
    tmp_path: Path,
) -> None:
    path = tmp_path / "papers.db"
    owner, outcomes = await in_flight(path)
    assert killed(path, owner, outcomes, after_instructions(STRIDE))
    async with SqliteStore.open(path) as store:
        claimed = {one.subscriber: one for one in await claim(store, NOW)}
        keys = {one["subscriber"]: one["key"] for one in await rows(store)}
    assert set(claimed) == {*NAMES}, "who left gets nothing again"
    del claimed["gone"]
    assert all(one.again and one.key == keys[name] for name, one in claimed.items())
