"""Changes that are made of people, killed at every statement: each is made whole, or not at all."""

import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, time
from itertools import count
from pathlib import Path
from shutil import copyfile

import pytest
from sqlite_utils import Database

from bot.core.enrolment import LIFETIME, Enrolment, SignUp
from bot.core.people import Bounce
from bot.core.schedule import Schedule
from bot.store import SqliteStore, bounces, choices, erasure, people, roster, signups
from bot.store.connection import opened, writing
from tests.builders import paper, subscription, topic
from tests.store.lives import ANA, lived, named
from tests.store.scenario import MORNING, arrive

Step = Callable[[Database, str], object]
NOW = datetime(2026, 1, 6, 9, 30, tzinfo=UTC)
LETTER = "S2FtfqNaZz4oTcXoQy2cfg"
OPEN = Enrolment((topic(), topic("RAG", "ti:rag")), open=True)
WISH = SignUp("eva@example.org", ("RAG",), Schedule("UTC", time(8, 30)))
STEPS: dict[str, Step] = {
    "unsubscribe": lambda db, token: people.unsubscribe(db, token, NOW),
    "resubscribe": lambda db, token: people.resubscribe(db, token, NOW),
    "suspend": lambda db, _: people.suspend_by_hand(db, ANA, "on leave", NOW),
    "resume": lambda db, _: people.resume(
        db, people.Resumption(ANA, anew=True, unsubscribed=True), NOW
    ),
    "erase": lambda db, _: erasure.erase(db, ANA),
    "off": lambda db, token: choices.switch(db, token, "Language", on=False, now=NOW),
    "on": lambda db, token: choices.switch(db, token, "Language", on=True, now=NOW),
    "pause": lambda db, token: choices.pause(db, token, date(2026, 2, 2), NOW),
    "go on": lambda db, token: choices.pause(db, token, None, NOW),
    "bounced": lambda db, token: bounces.bounced(db, [signed(db, token)], NOW),
    "ask": lambda db, _: signups.ask(db, WISH, 9, NOW),
    "withdraw": lambda db, _: signups.withdraw(db, LETTER),
    "confirm": lambda db, _: signups.confirm(db, LETTER, OPEN, NOW),
    "forget": lambda db, _: signups.forget(db, NOW + LIFETIME),
    "taken over": lambda db, _: roster.sync(
        db, [subscription(), subscription("eva")], NOW, enrolment=OPEN
    ),
}
"""Each change that is made of people, by what it is called."""


def signed(db: Database, token: str) -> Bounce:
    """A hard report of the first delivery of whoever has the token."""
    sql = """SELECT d.id FROM deliveries AS d JOIN subscriptions AS s ON s.id = d.subscription
        WHERE s.token = ? ORDER BY d.id LIMIT 1"""
    (number,) = db.execute(sql, (token,)).fetchone()
    return Bounce(named(number, token), "hard", "5.1.1", "no such user")


def run(path: Path, step: Step, token: str, on_statement: Callable[[], object]) -> None:
    """Make a change as the store does, watched at every statement."""
    with opened(path, exclusive=False) as db:
        db.conn.set_trace_callback(lambda _: on_statement())
        with writing(db):
            step(db, token)


def killed_at(path: Path, last: int, step: Step, token: str) -> bool:
    """Make it in a process of its own that is killed before its statement number `last`."""
    statements = count()
    child = os.fork()
    if child == 0:
        try:
            run(
                path,
                step,
                token,
                lambda: os.kill(os.getpid(), signal.SIGKILL) if next(statements) == last else None,
            )
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def content(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        return [line for line in db.iterdump() if 'INTO "erasing"' not in line]


@pytest.mark.slow
@pytest.mark.parametrize("name", STEPS)
async def test_killed_at_any_statement_nothing_was_done_and_it_can_be_done_again(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The same tokens each time, so that what was done twice can be compared.
    monkeypatch.setattr(signups, "new_token", lambda: LETTER)
    path = tmp_path / "papers.db"
    async with SqliteStore.open(path) as store:
        await lived(store, "bo")
        (token,) = await store._read(
            lambda db: db.execute("SELECT token FROM subscriptions ORDER BY id").fetchone()
        )
        if name in ("resubscribe", "resume", "erase"):
            await store.unsubscribe(token, MORNING)
            await store.suspend(ANA, "on leave", MORNING)
        if name in ("on", "erase"):
            await store.switch(token, "Language", on=False, now=MORNING)
            await arrive(store, paper(3))
        if name in ("withdraw", "confirm", "forget", "taken over"):
            await store.ask(WISH, MORNING, per_hour=9)
        if name in ("confirm", "taken over"):
            await store.unsubscribe(token, MORNING)
            monkeypatch.setattr(roster, "new_token", lambda: "of a newcomer")
        if name == "taken over":
            await store.confirm(LETTER, OPEN, MORNING)
        if name in ("unsubscribe", "go on"):
            await store.pause(token, date(2026, 2, 2), MORNING)
    before = content(path)
    whole = path.with_name("whole.db")
    copyfile(path, whole)
    statements = count()
    run(whole, STEPS[name], token, lambda: next(statements))
    total = next(statements)
    assert content(whole) != before
    for last in range(total):
        assert killed_at(path, last, STEPS[name], token)
        assert content(path) == before
    assert not killed_at(path, total, STEPS[name], token)
    assert without_hashes(content(path)) == without_hashes(content(whole))
    async with SqliteStore.open(path) as store:
        await store.status(MORNING)


def without_hashes(lines: list[str]) -> list[str]:
    """Leave out what a key of its own makes of an address."""
    return [line for line in lines if 'INTO "erased"' not in line]
