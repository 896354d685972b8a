"""The whole program on a disk that fails: it ends with 1, names file and cure, and resumes.

Real refusals of SQLite and of the operating system; the numbers are those of the table of faults
that deliveries must stand.
"""

import asyncio
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest

from bot.app import run_once
from bot.core.errors import DatabaseUnusable
from bot.core.model import Paper
from bot.demo.mail_server import Received
from bot.notifiers.email import EmailNotifier
from bot.service import Service
from bot.settings import load
from tests.builders import NOON, paper
from tests.loopback import TOKEN, Loopback, loopback, reader
from tests.store.faults import damage, no_file_grows, remove

ROOT = Path(__file__).parents[1]
MONDAY, TUESDAY = "2026-01-05T09:00Z", "2026-01-06T09:00Z"
NEWS = [paper(number, abstract="We study a subject. " * 100) for number in range(3, 40)]

FULL = """
import sqlite3, sys
connect = sqlite3.connect

def on_a_full_disk(*values, **more):
    connection = connect(*values, **more)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {max(pages, 1)}").fetchall()
    return connection

sqlite3.connect = on_a_full_disk
from bot.cli import main
main()
"""
"""The program on a disk without room for one more page."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Loopback]:
    with loopback(tmp_path, [paper(1), paper(2)]) as servers:
        servers.configure(reader("ana"))
        yield servers


def database(world: Loopback) -> Path:
    return world.config.parent / "var" / "daily-papers.db"


def bot(
    world: Loopback,
    *words: str,
    code: str | None = None,
    within: Sequence[str] = (),
    largest: int = resource.RLIM_INFINITY,
) -> subprocess.CompletedProcess[str]:
    """Run a command: of `code` where given, `within` a wrapper, with no file beyond `largest`."""
    start = ["-m", "bot"] if code is None else ["-c", code]
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    return subprocess.run(
        [*within, sys.executable, *start, *words, "--config", str(world.config)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"DAILY_PAPERS_SLACK__TOKEN": TOKEN},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard)),
        timeout=300,
    )


def papers_in(messages: Sequence[Received], papers: Sequence[Paper]) -> list[int]:
    """Count for each paper the messages that hold it."""
    texts = [one.content.replace(b"=\r\n", b"") for one in messages]
    return [sum(f"/abs/{one.id}".encode() in text for text in texts) for one in papers]


def resumes(world: Loopback) -> None:
    """See that the next run gives every paper once."""
    done = bot(world, "run", "--once", "--at", TUESDAY)
    assert done.returncode == 0, done.stderr
    assert papers_in(world.mail.messages, NEWS) == [1] * len(NEWS)


@pytest.mark.slow
def test_fault_18_a_full_disk_ends_a_pass_that_says_so_and_resumes(world: Loopback) -> None:
    bot(world, "run", "--once", "--at", MONDAY)
    world.announce(*NEWS)
    done = bot(world, "run", "--once", "--at", TUESDAY, code=FULL)
    assert done.returncode == 1
    assert f"{database(world)}: the disk is full: make room and start again" in done.stderr
    assert "Traceback" not in done.stderr
    assert world.mail.messages == []
    resumes(world)


@pytest.mark.slow
def test_fault_19_a_write_that_fails_ends_a_pass_that_says_so_and_resumes(world: Loopback) -> None:
    bot(world, "run", "--once", "--at", MONDAY)
    world.announce(*NEWS)
    done = bot(world, "run", "--once", "--at", TUESDAY, largest=65536)
    assert done.returncode == 1
    assert f"{database(world)}: reading or writing failed: look at the disk" in done.stderr
    assert "Traceback" not in done.stderr
    assert world.mail.messages == []
    resumes(world)


@pytest.mark.slow
def test_fault_18_a_full_disk_ends_the_bot_that_stays_and_it_resumes(world: Loopback) -> None:
    bot(world, "run", "--once", "--at", MONDAY)
    done = bot(world, "run", code=FULL)
    assert done.returncode == 1
    assert f"{database(world)}: the disk is full: make room and start again" in done.stderr
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "run", "--config", str(world.config)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stderr is not None
        assert any("poll.done" in line for line in running.stderr)
        running.send_signal(signal.SIGTERM)
        running.stderr.read()
        assert running.wait(300) == 0


async def test_fault_19_a_disk_that_fails_after_a_send_leaves_one_counted_copy(
    world: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(world.config, env={})
    await run_once(settings, now=NOON)
    world.announce(*NEWS)
    disk = no_file_grows(4096)
    send = EmailNotifier.send

    async def then_it_fails(*values: object, **more: object) -> None:
        await send(*values, **more)  # type: ignore[arg-type]  # passed on as they are
        disk.__enter__()

    monkeypatch.setattr(EmailNotifier, "send", then_it_fails)
    try:
        with pytest.raises(DatabaseUnusable, match="look at the disk"):
            await run_once(settings, now=NOON + timedelta(days=1))
    finally:
        disk.__exit__(None, None, None)
    assert len(world.mail.messages) == 1
    monkeypatch.undo()
    done = await run_once(settings, now=NOON + timedelta(days=1, hours=1))
    assert not done.failed
    first, second = (message_from_bytes(one.content) for one in world.mail.messages)
    assert first["Message-ID"] == second["Message-ID"]
    assert (done.status.sent, done.status.uncertain, done.status.pending) == (1, 1, 0)


@pytest.mark.slow
def test_fault_21_a_damaged_database_sends_nothing_and_names_the_cure(world: Loopback) -> None:
    bot(world, "run", "--once", "--at", MONDAY)
    world.announce(*NEWS)
    bot(world, "poll", "--at", TUESDAY)
    damage(database(world), 3, 12)
    for command in (("run", "--once", "--at", TUESDAY), ("deliver",), ("run",)):
        done = bot(world, *command)
        assert done.returncode == 1
        assert f"{database(world)}: the file is damaged: stop the bot and restore its last" in (
            done.stderr
        )
        assert "Traceback" not in done.stderr
    assert world.mail.messages == []


def bound() -> Sequence[str]:
    """Give the wrapper by which permissions hold for root too."""
    return () if os.getuid() else ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "mode", "says"),
    [
        ("daily-papers.db", 0o400, "daily-papers.db: it cannot be opened: Permission denied"),
        ("daily-papers.db", 0o000, "daily-papers.db: it cannot be opened: Permission denied"),
        (".", 0o500, "daily-papers.db: it cannot be written: it and its folder must be"),
    ],
)
def test_fault_19_what_cannot_be_written_is_named_and_resumes_once_it_can(
    world: Loopback, place: str, mode: int, says: str
) -> None:
    bot(world, "run", "--once", "--at", MONDAY)
    world.announce(*NEWS)
    locked = database(world).parent / place
    before = locked.stat().st_mode
    locked.chmod(mode)
    done = bot(world, "run", "--once", "--at", TUESDAY, within=bound())
    locked.chmod(before)
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    resumes(world)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(100):
        while not condition():  # noqa: ASYNC110  # the servers live in another thread
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("end", ["", "-wal"])
async def test_fault_19_a_database_that_goes_while_the_bot_stays_ends_it(
    world: Loopback, end: str
) -> None:
    settings = load(world.config, env={})
    service = Service(lambda: settings, clock=lambda: NOON, tick=0.02)
    running = asyncio.create_task(service.run(settings))
    await until(lambda: running.done() or len(world.arxiv.requests) >= 30)
    remove(f"{database(world)}{end}")
    await until(running.done)
    failure = running.exception()
    assert isinstance(failure, DatabaseUnusable)
    assert str(database(world)) in str(failure)
    assert "restore" in str(failure)
    assert world.mail.messages == []
