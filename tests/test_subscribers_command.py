"""`daily-papers subscribers` as its owner uses it: what it prints, changes and refuses."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer import Abort

from bot.cli import main
from bot.core.errors import StoreError
from bot.core.people import Bounce, Who
from bot.settings import load, subscribers_at
from bot.store import SqliteStore
from bot.subscribers import suspend
from tests.builders import paper, subscription
from tests.store.lives import named, people, report
from tests.store.scenario import MORNING, arrive, begin, claim, composition, rows, settle

Command = Callable[..., tuple[int, str, str]]
CONFIG = """
database = "papers.db"
[arxiv]
contact = "test@example.org"
[email]
host = "127.0.0.1"
port = 9
tls = "none"
sender = "papers@example.org"
[[topic]]
name = "Language"
query = "cat:cs.CL"
"""
READER = """
[[subscriber]]
name = "{0}"
email = ["{0}@example.org"]
"""
AT = ("--at", "2026-01-06T09:00Z")


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder whose configuration names ana and bo; the ledger also knows cy."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "daily-papers.toml"
    path.write_text(CONFIG + READER.format("ana") + READER.format("bo"), encoding="utf-8")
    monkeypatch.setenv("DAILY_PAPERS_CONFIG", str(path))
    return path


@pytest.fixture
def command(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Give a function that runs `daily-papers …` and tells exit code, output and errors."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["daily-papers", *words])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        code = left.value.code
        return (0 if code is None else int(code)), out, err

    return run


def with_store(work: Callable[[SqliteStore], Coroutine[Any, Any, None]]) -> None:
    async def do() -> None:
        async with SqliteStore.open("papers.db") as store:
            await work(store)

    asyncio.run(do())


async def live(store: SqliteStore) -> None:
    """Let each of three have a digest; bo's came back, and cy left and was removed."""
    await begin(store)
    await store.sync([subscription(name) for name in ("ana", "bo", "cy")], MORNING)
    await arrive(store, paper(1))
    due = await store.due(MORNING, everyone=True)
    await store.compose([composition(one, 1) for one in due], MORNING)
    deliveries = {one.subscriber: one for one in await claim(store)}
    for one in deliveries.values():
        await settle(store, one, "sent")
    await people(store).bounced([report(deliveries["bo"])], MORNING)
    await people(store).unsubscribe(deliveries["cy"].token, MORNING)
    await store.sync([subscription("ana"), subscription("bo")], MORNING)


@pytest.fixture
def ledger(config: Path) -> Path:
    with_store(live)
    return config


def test_nobody_is_there_before_the_first_run(command: Command) -> None:
    code, out, _ = command("subscribers", "list")
    assert code == 0
    assert out == (
        "nobody is in the ledger yet; `daily-papers run` makes it, and enters those of the "
        "configuration\n"
    )
    assert command("subscribers", "list", "--json")[1] == "[]\n"
    code, _, error = command("subscribers", "suspend", "ana")
    assert code == 1
    assert "papers.db: nobody is in the ledger yet" in error


def test_all_are_listed_in_plain_lines(ledger: Path, command: Command) -> None:
    code, out, _ = command("subscribers", "list")
    assert code == 0
    assert out.splitlines() == [
        "subscriber\tana\temail\tana@example.org\tWed 7 Jan 08:30 (UTC)\t1\t0\t0",
        (
            "subscriber\tbo\temail\tbo@example.org\t"
            "suspended by a report since 2026-01-06: 5.1.1 no such user\t0\t1\t1"
        ),
        (
            "subscriber\tcy\temail\tcy@example.org\t"
            "removed; suspended by its reader since 2026-01-06: unsubscribed\t1\t0\t0"
        ),
    ]


@pytest.mark.parametrize("columns", [80, 120])
def test_on_a_terminal_there_is_a_table(
    ledger: Path, command: Command, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(columns))
    out = command("subscribers", "list")[1]
    plain = re.sub(r"\x1b\[[0-9;]*m", "", out)
    assert max(map(len, plain.splitlines())) <= columns
    assert "next digest" in plain
    assert "┃" in plain


def test_a_script_gets_them_as_json(ledger: Path, command: Command) -> None:
    ana, bo, cy = json.loads(command("subscribers", "list", "--json")[1])
    assert ana == {
        "subscriber": "ana",
        "channel": "email",
        "address": "ana@example.org",
        "timezone": "UTC",
        "active": True,
        "sent": 1,
        "failed": 0,
        "bounced": 0,
        "next_digest": "2026-01-07T08:30:00+00:00",
        "paused_until": None,
        "topics_off": [],
        "suspended": [],
    }
    assert (bo["bounced"], bo["next_digest"]) == (1, None)
    assert bo["suspended"] == [
        {"by": "bounce", "reason": "5.1.1 no such user", "at": "2026-01-06T08:30:00+00:00"}
    ]
    assert (cy["active"], cy["suspended"][0]["by"]) == (False, "reader")


def test_who_is_served_immediately_has_no_hour(ledger: Path, command: Command) -> None:
    written = ledger.read_text()
    ledger.write_text(written.replace('name = "ana"', 'name = "ana"\ndeliver_at = "immediately"'))
    assert "\tana@example.org\timmediately\t" in command("subscribers", "list")[1]


def test_somebody_is_suspended_and_resumed_by_name_or_address(
    ledger: Path, command: Command
) -> None:
    code, out, _ = command("subscribers", "suspend", "ana", "--reason", " on\n leave ", *AT)
    assert code == 0
    assert out == (
        "ana, email ana@example.org: suspended by the owner since 2026-01-06: on leave; "
        "`daily-papers subscribers resume ana@example.org` lifts that\n"
    )
    assert "suspended\temail\tana@example.org\towner\ton leave" in command("status", *AT)[1]
    code, out, _ = command("subscribers", "resume", "ANA@example.org", "--from-now", *AT)
    assert (code, out) == (0, "ana, email ana@example.org: digests go there\n")


def test_who_unsubscribed_is_resumed_only_where_that_is_asked(
    ledger: Path, command: Command
) -> None:
    code, out, _ = command("subscribers", "resume", "cy", *AT)
    assert code == 1
    assert "`daily-papers subscribers resume cy@example.org --unsubscribed` lifts that" in out
    code, out, _ = command("subscribers", "resume", "cy", "--unsubscribed", *AT)
    assert (code, out) == (0, "cy, email cy@example.org: digests go there\n")


@pytest.mark.parametrize("action", ["suspend", "resume", "erase", "export"])
def test_a_name_that_nobody_has_ends_with_2_and_tells_who_was_likely_meant(
    ledger: Path, command: Command, action: str
) -> None:
    code, _, error = command("subscribers", action, "Anna")
    assert (code, "did you mean ana?" in error) == (2, True)
    code, _, error = command("subscribers", action, "bo@example.com")
    assert (code, "did you mean bo@example.org?" in error) == (2, True)
    code, _, error = command("subscribers", action, "ana", "--channel", "slack")
    assert code == 2
    assert "the name or the address 'ana' on slack; `daily-papers subscribers list`" in error
    code, _, error = command("subscribers", action, "\x1b[2Jx")
    assert code == 2
    assert "\x1b[2J" not in error


def test_who_is_still_in_the_configuration_is_not_erased(ledger: Path, command: Command) -> None:
    line = ledger.read_text().splitlines().index("[[subscriber]]") + 1
    code, _, error = command("subscribers", "erase", "ana@example.org", "--yes")
    assert code == 2
    assert f"daily-papers.toml:{line}: ana is still subscribed there by email" in error
    assert len(json.loads(command("subscribers", "list", "--json")[1])) == 3


def test_who_is_removed_is_erased_and_stays_unsubscribed(ledger: Path, command: Command) -> None:
    code, out, _ = command("subscribers", "erase", "cy", "--yes")
    assert code == 0
    assert out == (
        "erased: cy, email cy@example.org, with 1 sent and 0 failed deliveries\n"
        "Earlier backups, logs and mail servers still have what they had.\n"
    )
    assert "cy" not in command("subscribers", "list")[1]
    assert command("subscribers", "erase", "cy", "--yes")[0] == 2

    async def add_again(store: SqliteStore) -> None:
        await store.sync([subscription("cy")], MORNING)
        assert await store.due(MORNING, everyone=True) == []

    with_store(add_again)


def test_to_erase_asks_first(
    ledger: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    code, out, error = command("subscribers", "erase", "cy")
    assert code == 2
    assert "to be erased: cy" in out
    assert "add --yes" in error
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.confirm", no)
    assert command("subscribers", "erase", "cy")[0] == 1
    monkeypatch.setattr("typer.confirm", lambda *_, **__: True)
    code, out, _ = command("subscribers", "erase", "cy")
    assert (code, "\nerased: cy" in out) == (0, True)


def no(*_: object, abort: bool) -> None:
    """Answer as somebody does who has second thoughts."""
    assert abort
    raise Abort


def test_all_that_is_known_of_somebody_is_printed(ledger: Path, command: Command) -> None:
    code, out, _ = command("subscribers", "export", "bo")
    (one,) = json.loads(out)["subscriptions"]
    assert (code, one["address"]) == (0, "bo@example.org")
    assert one["deliveries"][0]["bounces"][0]["detail"] == "no such user"


def test_status_tells_what_came_back(ledger: Path, command: Command) -> None:
    async def refuse(store: SqliteStore) -> None:
        (row, *_) = [one for one in await rows(store) if one["subscriber"] == "ana"]
        token = (await store.export(Who("ana")))["subscriptions"][0]["token"]
        spam = Bounce(named(row["id"], token), "policy", "5.7.1", "looks like spam")
        await store.bounced([spam], MORNING)

    with_store(refuse)
    out = command("status", *AT)[1]
    assert "came back within 30 days: 1 hard, 1 policy\n" in out
    assert "policy\temail\tana@example.org\t5.7.1\tlooks like spam\t2026-01-06T08:30:00Z" in out
    told = json.loads(command("status", "--json", *AT)[1])
    assert told["bounced"] == {"hard": 1, "policy": 1}
    assert [one["by"] for one in told["suspended"]] == ["bounce", "reader"]


FAR = datetime(2100, 1, 1, 8, 30, tzinfo=UTC)
"""Until when somebody has paused as of any day on which these tests are run."""


def test_what_readers_have_chosen_is_listed_and_in_the_status(
    ledger: Path, command: Command
) -> None:
    async def choose(store: SqliteStore) -> None:
        told = (await store.export(Who("ana")))["subscriptions"][0]
        await store.switch(told["token"], told["topics"][0]["topic"], on=False, now=MORNING)
        await store.pause(told["token"], FAR.date(), FAR - timedelta(days=9))

    with_store(choose)
    (name,) = json.loads(command("subscribers", "list", "--json")[1])[0]["topics_off"]
    listed = command("subscribers", "list")[1]
    assert f"paused by its reader until Fri 1 Jan 08:30 (UTC); off: {name}" in listed
    ana = json.loads(command("subscribers", "list", "--json")[1])[0]
    assert ana["paused_until"] == ana["next_digest"] == FAR.isoformat()
    out = command("status", *AT)[1]
    assert "paused by reader\tana\temail\tana@example.org\t" in out
    assert f"turned off by reader\tana\temail\tana@example.org\t{name}\t2026-01-06T" in out
    told = json.loads(command("status", "--json", *AT)[1])
    assert [one["until"] for one in told["reader_pauses"]] == ["2100-01-01T08:30:00Z"]
    assert [one["topic"] for one in told["topics_off"]] == [name]
    assert FAR.isoformat() in {one["paused"] for one in told["next_digests"]}


def test_a_test_digest_goes_to_nobody_who_is_suspended(ledger: Path, command: Command) -> None:
    command("subscribers", "suspend", "bo", "--reason", "on leave", *AT)
    code, out, _ = command("send", "bo", *AT)
    assert code == 1
    assert "suspended by the owner: on leave; `daily-papers subscribers resume bo@ex" in out


def test_a_store_that_knows_no_people_says_so(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def another(_: object) -> AsyncIterator[object]:
        yield object()

    monkeypatch.setattr("bot.subscribers.reading", another)
    with pytest.raises(StoreError, match="does not know people"):
        asyncio.run(suspend(load(ledger, env={}), Who("ana"), "why", MORNING))


def test_subscribers_are_found_in_all_files_of_the_configuration(config: Path) -> None:
    more = config.parent / "subscribers.d" / "more.toml"
    more.parent.mkdir()
    more.write_text(READER.format("dee"), encoding="utf-8")
    places = subscribers_at(config, env={})
    assert places.keys() == {"ana", "bo", "dee"}
    assert places["dee"] == f"{more}:2"
