"""What a channel's fault comes to: in the ledger, in `status`, and for all others on it."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.compose import compose
from bot.core.polling import Batch
from bot.deliver import MARGIN, PAUSE
from bot.demo.slack_server import Fault
from bot.demo.slack_workspace import Channel
from bot.store import SqliteStore
from tests.builders import NOON, paper, subscription
from tests.loopback import TOKEN, Loopback, loopback, reader
from tests.notifiers.mailing import notifier
from tests.notifiers.outbox import MORNING, once, outbox, received, send_all
from tests.notifiers.scripted_smtp import ScriptedSmtp, serving

Command = Callable[..., tuple[int, str, str]]
POST = "chat.postMessage"
MONDAY, TUESDAY = "2026-01-05T09:00Z", "2026-01-06T09:00Z"
AN_HOUR_LATER = "2026-01-06T10:10Z"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """Three rooms of Slack whose readers know all but what is announced next."""
    monkeypatch.setenv("DAILY_PAPERS_SLACK__TOKEN", TOKEN)
    with loopback(tmp_path, [paper(1), paper(2)]) as servers:
        monkeypatch.setenv("DAILY_PAPERS_CONFIG", str(servers.config))
        rooms = {f"C00000001{n}": Channel(f"C00000001{n}", name) for n, name in enumerate("abc")}
        servers.slack.workspace.channels |= rooms
        servers.configure("".join(reader(one, email="[]", slack=f'["#{one}"]') for one in "abc"))
        yield servers


def status_of(command: Command, at: str) -> dict[str, Any]:
    return dict(json.loads(command("status", "--json", "--at", at)[1]))


def test_fault_34_a_channel_that_is_gone_is_suspended_with_its_cure_and_no_other_waits(
    world: Loopback, command: Command
) -> None:
    assert command("run", "--once", "--at", MONDAY)[0] == 0
    world.announce(paper(3))
    gone = Fault(error="is_archived")
    # Refused by its name, it is tried by its id, as private channels are.
    world.slack.faults = lambda method, said: (
        gone if method == POST and said["channel"] in {"#b", "C000000011"} else None
    )
    assert command("run", "--once", "--at", TUESDAY)[0] == 1
    assert [len(world.slack.messages(room)) for room in "abc"] == [1, 0, 1]
    status = status_of(command, TUESDAY)
    assert (status["sent"], status["pending"], status["failed"], status["paused"]) == (2, 0, 1, [])
    (row,) = status["suspended"]
    assert (row["address"], row["by"]) == ("#b", "channel")
    assert "is_archived" in row["reason"]
    assert command("run", "--once", "--at", AN_HOUR_LATER)[0] == 0, "it is not tried again"


def test_fault_36_a_post_whose_answer_was_lost_is_found_by_the_next_run_and_not_repeated(
    world: Loopback, command: Command
) -> None:
    assert command("run", "--once", "--at", MONDAY)[0] == 0
    world.announce(paper(3))
    lost = {"#a": Fault(done=True, drop=True), "#b": Fault(drop=True)}
    world.slack.faults = lambda method, said: (
        lost.pop(said["channel"], None) if method == POST else None
    )
    code, said, _ = command("run", "--once", "--at", TUESDAY)
    assert code == 1
    assert "1 sent, 2 to be tried again" in said
    status = status_of(command, TUESDAY)
    assert (status["sent"], status["pending"], status["uncertain"]) == (1, 2, 2)
    assert command("run", "--once", "--at", AN_HOUR_LATER)[0] == 0
    assert [len(world.slack.messages(room)) for room in "abc"] == [1, 1, 1]
    asked = [method for method, _ in world.slack.calls]
    assert asked.count("conversations.history") == 2, "only for what was uncertain"
    assert asked.count(POST) == 4, "what had arrived is not posted again"
    assert status_of(command, AN_HOUR_LATER)["sent"] == 3


async def test_fault_29_where_tls_is_taken_away_all_waits_and_nothing_was_said(
    tmp_path: Path,
) -> None:
    stripped = ScriptedSmtp(extensions=("AUTH PLAIN",))
    async with outbox(tmp_path, 5) as store:
        async with serving(stripped), notifier(stripped, tls="starttls") as email:
            await send_all(store, email, MORNING)
            status = await store.status(MORNING)
            assert (status.pending, status.failed, status.suspended) == (5, 0, ())
            assert "STARTTLS" in status.paused[0]["reason"]
            tried = stripped.connections
            assert await send_all(store, email, MORNING + PAUSE / 2) == {}
            assert stripped.connections == tried
        assert {one.split(" ")[0] for one in stripped.commands} <= {"EHLO", "QUIT"}
        whole = ScriptedSmtp()
        async with serving(whole), notifier(whole) as email:
            await send_all(store, email, MORNING + PAUSE)
            await send_all(store, email, MORNING + PAUSE + MARGIN + timedelta(hours=1))
    assert received(whole.messages) == once(5)


async def test_fault_32_an_address_that_the_server_cannot_carry_is_suspended_alone_and_told_why(
    tmp_path: Path,
) -> None:
    everybody = [subscription("ana"), subscription("josé", address="josé@example.org")]
    server = ScriptedSmtp()
    async with SqliteStore.open(tmp_path / "daily-papers.db") as store:
        await store.record("test", Batch((paper(1),), complete=frozenset({"cs.CL"})), NOON)
        await store.sync(everybody, NOON)
        await store.record("test", Batch((paper(3),)), NOON)
        await compose(store, everybody, now=MORNING)
        async with serving(server), notifier(server) as email:
            assert await send_all(store, email, MORNING) == {"sent": 1, "failed": 1}
        status = await store.status(MORNING)
    (row,) = status.suspended
    assert row["address"] == "josé@example.org"
    assert "it lacks SMTPUTF8" in row["reason"]
    assert (status.sent, status.paused) == (1, ())
