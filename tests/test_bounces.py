"""`daily-papers bounces` as mail servers and people run it."""

import asyncio
import io
import json
import socket
import sqlite3
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bot.bounces import Read, read_mailbox
from bot.cli import main
from bot.core.errors import MailboxError
from bot.core.people import Bounce
from bot.core.return_path import return_path
from bot.mailboxes import Letter, MaildirMailbox, Piped
from bot.settings import load
from tests import returned_mail as mail
from tests.asking import lived
from tests.builders import NOON, paper
from tests.returned_mail import BOUNCES

LATER = "2026-01-20T09:00Z"
Command = Callable[..., tuple[int, str, str]]


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


class World(NamedTuple):
    """A ledger in which ana was sent deliveries: their return paths, and her token."""

    folder: Path
    paths: list[str]
    token: str

    @property
    def config(self) -> Path:
        return self.folder / "daily-papers.toml"

    def configure(
        self, *, bounces: str = f'bounces = "{BOUNCES}"', port: int = 25, more: str = ""
    ) -> None:
        self.config.write_text(
            f"""
database = "{self.folder}/daily-papers.db"
[arxiv]
contact = "test@example.org"
api_url = "http://127.0.0.1:1/api"
min_interval = 0.0
patience = 0.1
[email]
host = "127.0.0.1"
port = {port}
tls = "none"
sender = "papers@example.org"
{bounces}
{more}
[[topic]]
name = "Language"
query = "cat:cs.CL"
[[subscriber]]
name = "ana"
email = ["ana@example.org"]
""",
            encoding="utf-8",
        )


async def _lived(folder: Path) -> None:
    """Send ana two digests, a day apart."""
    async with lived(folder) as world:
        for day, number in enumerate((3, 4)):
            now = NOON + timedelta(days=day)
            await world.announce(paper(number), now=now + timedelta(hours=1))
            await world.compose(now + timedelta(hours=20, minutes=30))
            await world.deliver(now + timedelta(hours=20, minutes=30))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(tmp_path)
    asyncio.run(_lived(tmp_path))
    with closing(sqlite3.connect(tmp_path / "daily-papers.db")) as db:
        ((token,),) = db.execute("SELECT token FROM subscriptions").fetchall()
        ids = [row[0] for row in db.execute("SELECT id FROM deliveries ORDER BY id")]
    found = World(tmp_path, [return_path(BOUNCES, one, token) for one in ids], token)
    found.configure()
    monkeypatch.setenv("DAILY_PAPERS_CONFIG", str(found.config))
    return found


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Give a function that runs `daily-papers …`, piping `octets` in."""

    def run(
        *words: str, octets: bytes = b"", stream: type[io.TextIOWrapper] = io.TextIOWrapper
    ) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["daily-papers", *words])
        monkeypatch.setattr(sys, "stdin", stream(io.BytesIO(octets)))
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    return run


def maildir(folder: Path, *letters: bytes) -> Path:
    """Make a Maildir of these messages."""
    for part in ("new", "cur", "tmp"):
        (folder / "mail" / part).mkdir(parents=True)
    for number, letter in enumerate(letters):
        (folder / "mail" / "new" / f"{number}.test").write_bytes(letter)
    return folder / "mail"


def unread(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "new").iterdir())


def suspended(command: Command) -> list[tuple[str, str]]:
    status = json.loads(command("status", "--json", "--at", LATER)[1])
    return [(one["by"], one["address"]) for one in status["suspended"]]


class TestPiped:
    def test_a_hard_failure_suspends_the_address_once(self, world: World, command: Command) -> None:
        report = mail.postfix(world.paths[1])
        code, out, err = command("bounces", "--at", LATER, octets=report)
        assert (code, err) == (0, "")
        assert out == (
            "delivery 2: hard 5.1.1, its address is suspended: 550 5.1.1 <ana@example.org>: "
            "Recipient address rejected: User unknown\n"
            "1 report: 1 suspended an address\n"
        )
        assert suspended(command) == [("bounce", "ana@example.org")]
        code, out, _ = command("bounces", "--at", LATER, octets=report)
        assert code == 0
        assert "delivery 2: hard 5.1.1, counted before" in out

    @pytest.mark.parametrize(
        ("letter", "told"),
        [
            (mail.exim, "delivery 1: soft 5.2.2, counted: 552 5.2.2 Over quota"),
            (mail.gmail, "delivery 1: policy 5.7.26, which suspends nobody: 550-5.7.26 Your"),
        ],
    )
    def test_others_are_counted(
        self, letter: Callable[[str], bytes], told: str, world: World, command: Command
    ) -> None:
        _, out, _ = command("bounces", "--at", LATER, octets=letter(world.paths[0]))
        assert out.startswith(told)
        assert out.endswith("\n1 report: 1 counted\n")
        assert suspended(command) == []

    def test_fault_42_a_forged_report_is_told_and_counts_for_nothing(
        self, world: World, command: Command
    ) -> None:
        forged = return_path(BOUNCES, 1, "another token")
        code, out, _ = command("bounces", "--at", LATER, octets=mail.postfix(forged))
        assert code == 0
        assert "not counted: the address that it came to is not signed by us" in out
        assert "1 report: 1 forged" in out
        _, out, _ = command(
            "bounces", "--at", LATER, octets=mail.postfix(return_path(BOUNCES, 99, world.token))
        )
        assert "the ledger does not know this delivery" in out
        assert suspended(command) == []

    def test_fault_42_nothing_is_ever_answered(self, world: World, command: Command) -> None:
        letters = [
            mail.postfix(world.paths[0]),
            mail.away(world.paths[0]),
            mail.person(f"unsubscribe {world.token}"),
            mail.person("A question"),
            mail.receipt(world.paths[0]),
            b"\xff\0 nonsense",
        ]
        with socket.create_server(("127.0.0.1", 0)) as listening:
            world.configure(port=listening.getsockname()[1])
            assert [command("bounces", "--at", LATER, octets=one)[0] for one in letters] == [0] * 6
            listening.settimeout(0)
            with pytest.raises(BlockingIOError):
                listening.accept()

    def test_the_servers_word_on_the_recipient_comes_first(
        self, world: World, command: Command
    ) -> None:
        told = ("--recipient", "x@example.org", "--recipient", world.paths[1])
        letter = mail.postfix("bounces@papers.example.org")
        assert "names no delivery" in command("bounces", "--at", LATER, octets=letter)[1]
        assert "delivery 2: hard" in command("bounces", "--at", LATER, *told, octets=letter)[1]
        assert "mail of a person" in command("bounces", "--at", LATER, *told)[1]

    def test_a_reader_leaves_by_mail_as_often_as_they_like(
        self, world: World, command: Command
    ) -> None:
        letter = mail.person(f"Unsubscribe {world.token}")
        for _ in range(2):
            code, out, _ = command("bounces", "--at", LATER, octets=letter)
            assert (code, out.splitlines()) == (
                0,
                [
                    "unsubscribe: ana, ana@example.org: nothing is sent there any more",
                    "1 unsubscribed",
                ],
            )
        assert suspended(command) == [("reader", "ana@example.org")]

    def test_a_token_of_nobody_is_told_without_it(self, world: World, command: Command) -> None:
        letter = mail.person(f"unsubscribe {'x' * 22}")
        code, out, _ = command("bounces", "--at", LATER, octets=letter)
        assert (code, out.splitlines()) == (
            0,
            ["unsubscribe: nobody has this token", "1 unsubscribed with nobody's token"],
        )

    def test_without_an_address_for_reports_readers_may_still_leave(
        self, world: World, command: Command
    ) -> None:
        world.configure(bounces="")
        _, out, err = command("bounces", "--at", LATER, octets=mail.postfix(world.paths[0]))
        assert "email.bounces is not set" in err
        assert "left there: a report that names no delivery" in out
        letter = mail.person(f"unsubscribe {world.token}")
        assert "1 unsubscribed" in command("bounces", "--at", LATER, octets=letter)[1]

    def test_while_the_ledger_is_written_to_the_mail_server_keeps_the_message(
        self, world: World, command: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.store.connection.BUSY_SECONDS", 0.0)
        report = mail.postfix(world.paths[1])
        with closing(sqlite3.connect(world.folder / "daily-papers.db")) as db:
            db.execute("BEGIN IMMEDIATE")
            code, out, err = command("bounces", "--at", LATER, octets=report)
        assert (code, out) == (75, "")
        assert "another process is writing" in err
        assert command("bounces", "--at", LATER, octets=report)[0] == 0

    def test_whatever_else_is_in_the_way_it_keeps_it_too(
        self, world: World, command: Command
    ) -> None:
        (world.folder / "daily-papers.db").unlink()
        code, _, err = command("bounces", octets=mail.postfix(world.paths[1]))
        assert code == 75
        assert "there is no database yet" in err
        world.config.write_text("nonsense = 1\n", encoding="utf-8")
        code, _, err = command("bounces", octets=mail.postfix(world.paths[1]))
        assert code == 75
        assert "nonsense" in err

    def test_a_fault_of_ours_loses_no_report_either(
        self, world: World, command: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> None:
            raise ZeroDivisionError("a fault of ours")

        monkeypatch.setattr("bot.bounces.read_mailbox", broken)
        code, _, err = command("bounces", octets=mail.postfix(world.paths[1]))
        assert code == 75
        assert "Traceback" in err
        assert "a fault of ours" in err

    @pytest.mark.slow
    def test_a_real_pipe_is_read_and_a_real_exit_code_given(self, world: World) -> None:
        def piped(octets: bytes) -> tuple[int, bytes]:
            words = [sys.executable, "-m", "bot", "bounces", "--at", LATER]
            done = subprocess.run(words, input=octets, capture_output=True, check=False)
            return done.returncode, done.stdout

        # As a server writes it that does not care whether all is read.
        code, said = piped(mail.postfix(world.paths[1]) + b"x\n" * 1_000_000)
        assert (code, said[:48]) == (0, b"delivery 2: hard 5.1.1, its address is suspended")
        (world.folder / "daily-papers.db").unlink()
        assert piped(mail.postfix(world.paths[1])) == (75, b"")

    def test_json_for_scripts(self, world: World, command: Command) -> None:
        letters = {
            "bounce": mail.postfix(world.paths[1]),
            "unsubscribe": mail.person(f"unsubscribe {world.token}"),
            "ignored": mail.away(),
        }
        told = {
            name: json.loads(command("bounces", "--json", "--at", LATER, octets=one)[1])
            for name, one in letters.items()
        }
        assert told == {
            "bounce": {
                "letters": [
                    {
                        "letter": "standard input",
                        "is": "bounce",
                        "delivery": 2,
                        "kind": "hard",
                        "status": "5.1.1",
                        "detail": "550 5.1.1 <ana@example.org>: Recipient address rejected: User "
                        "unknown",
                        "verdict": "suspended",
                        "settled": True,
                    }
                ]
            },
            "unsubscribe": {
                "letters": [
                    {
                        "letter": "standard input",
                        "is": "unsubscribe",
                        "subscriber": "ana",
                        "channel": "email",
                        "address": "ana@example.org",
                        "settled": True,
                    }
                ]
            },
            "ignored": {
                "letters": [
                    {
                        "letter": "standard input",
                        "is": "ignored",
                        "reason": "an automatic reply",
                        "settled": False,
                    }
                ]
            },
        }


class TestMaildir:
    def test_what_is_ours_is_counted_and_marked_and_the_rest_left_for_a_person(
        self, world: World, command: Command
    ) -> None:
        folder = maildir(
            world.folder,
            mail.person("A question"),
            mail.exim(world.paths[0]),
            mail.postfix(world.paths[1], action="delayed", status="4.4.1"),
            mail.away(),
            mail.person(f"unsubscribe {world.token}"),
            mail.qmail(world.paths[1]),
        )
        world.configure(more=f'[bounces]\nmaildir = "{folder}"')
        code, out, _ = command("bounces", "--at", LATER)
        assert code == 0
        assert out == (
            "delivery 1: soft 5.2.2, counted: 552 5.2.2 Over quota\n"
            "unsubscribe: ana, ana@example.org: nothing is sent there any more\n"
            "delivery 2: hard 5.1.1, its address is suspended: Sorry, no mailbox here by that "
            "name. (#5.1.1)\n"
            "2 reports: 1 suspended an address, 1 counted; 1 unsubscribed; 1 only late: its "
            "server goes on trying; 1 left there: mail of a person, or of a list; 1 left there: "
            "an automatic reply\n"
        )
        assert unread(folder) == ["0.test", "3.test"]
        _, out, _ = command("bounces", "--maildir", str(folder), "--at", LATER)
        assert out.startswith("1 left there: mail of a person")

    def test_an_empty_one_says_so(self, world: World, command: Command) -> None:
        folder = maildir(world.folder)
        told = command("bounces", "--maildir", str(folder), "--at", LATER)
        assert told == (0, "Nothing new came back.\n", "")

    def test_many_are_counted_a_few_at_a_time(self, world: World, command: Command) -> None:
        folder = maildir(world.folder, *[mail.exim(world.paths[0])] * 120)
        _, out, _ = command("bounces", "--maildir", str(folder), "--at", LATER)
        assert out.splitlines()[-1] == "120 reports: 1 counted, 119 counted before"
        assert unread(folder) == []

    def test_one_that_is_not_there_ends_with_1(self, world: World, command: Command) -> None:
        code, out, err = command("bounces", "--maildir", "nowhere", "--at", LATER)
        assert (code, out) == (1, "")
        assert "cannot read in the Maildir nowhere" in err

    def test_where_nothing_is_configured_or_too_much_is_asked_it_ends_with_2(
        self, world: World, command: Command
    ) -> None:
        code, _, err = command("bounces")
        assert code == 2
        assert '[bounces] does not say where mail comes back to. Add host = "imap' in err
        assert command("bounces", "--imap")[0] == 2
        assert command("bounces", "--imap", "--maildir", "x")[0] == 2
        assert command("bounces", "--imap", "--recipient", "x@y.org")[0] == 2

    def test_somebody_at_a_terminal_is_not_asked_for_a_message(
        self, world: World, command: Command
    ) -> None:
        report = mail.postfix(world.paths[1])
        assert command("bounces", octets=report, stream=Terminal)[0] == 2

    def test_check_tries_it(self, world: World, command: Command) -> None:
        folder = maildir(world.folder, mail.person())
        world.configure(more=f'[bounces]\nmaildir = "{folder}"')
        probes = json.loads(command("check", "--json")[1])
        assert {"what": f"bounces {folder}", "ok": True, "detail": "1 unread"} in probes
        assert unread(folder) == ["0.test"]


class Breaking(MaildirMailbox):
    """A Maildir whose process is killed before it marks anything."""

    async def settle(self, names: Sequence[str]) -> None:
        raise MailboxError("killed")


async def read_all(mailbox: Any, config: Path) -> list[Read]:
    return [one async for one in read_mailbox(load(config, env={}), mailbox, NOON)]


def test_fault_42_what_was_counted_but_not_marked_counts_once(world: World) -> None:
    folder = maildir(world.folder, mail.exim(world.paths[0]), mail.exim(world.paths[1]))
    with pytest.raises(MailboxError):
        asyncio.run(read_all(Breaking(folder), world.config))
    assert unread(folder) == ["0.test", "1.test"]
    told = asyncio.run(read_all(MaildirMailbox(folder), world.config))
    assert [one.verdict for one in told] == ["repeated", "repeated"]
    assert unread(folder) == []


def test_what_was_read_before_a_mailbox_breaks_is_told_and_done(world: World) -> None:
    class Broken(Piped):
        async def unread(self) -> AsyncGenerator[Letter, None]:
            for _ in range(50):
                yield Letter("one", mail.exim(world.paths[0]))
            raise MailboxError("the connection broke")

    told: list[Read] = []

    async def read_on() -> None:
        async for one in read_mailbox(load(world.config, env={}), Broken(b""), NOON):
            told.append(one)  # noqa: PERF401 - it breaks off

    with pytest.raises(MailboxError, match="broke"):
        asyncio.run(read_on())
    assert len(told) == 50
    assert isinstance(told[0].returned, Bounce)
    assert [one.verdict for one in told[:2]] == ["counted", "repeated"]


def test_a_store_that_keeps_no_people_is_told(
    world: World, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.bounces.People", type("Nobody", (), {}))
    code, _, err = command("bounces", octets=mail.postfix(world.paths[0]))
    assert code == 75
    assert "keeps no record of what came back" in err
