"""`daily-papers web` as its owner runs it: beside the bot, until it is told to stop."""

import asyncio
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.app import run_once
from bot.cli import main
from bot.core.announcing import Announcing
from bot.core.errors import StoreError
from bot.core.standing import Status
from bot.metrics import Metrics, exposition
from bot.serving import desk_of, serve
from bot.settings import load
from tests.builders import NOON, paper
from tests.loopback import Loopback, loopback, reader
from tests.ports import kept_port
from tests.web.rig import NOBODY

DAWN = "2026-01-05T09:00Z"
TUESDAY = "2026-01-06T09:00Z"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Loopback]:
    with loopback(tmp_path, [paper(1), paper(2)]) as servers:
        servers.configure(reader("ana"))
        yield servers


@contextmanager
def serving(world: Loopback, port: int) -> Iterator[subprocess.Popen[str]]:
    """Run the command until the block ends."""
    command = [sys.executable, "-m", "bot", "web", "--config", str(world.config)]
    process = subprocess.Popen(
        [*command, "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={name: value for name, value in os.environ.items() if "DAILY_PAPERS" not in name},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def answered(url: str, process: subprocess.Popen[str]) -> httpx.Response:
    """Ask again until the process listens."""
    while process.poll() is None:
        try:
            return httpx.get(url, timeout=None)
        except httpx.ConnectError:
            time.sleep(0.05)
    raise AssertionError(process.communicate()[1])


def run(*words: str, world: Loopback, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run a command in this process, and tell its exit code."""
    monkeypatch.setattr(sys, "argv", ["daily-papers", *words, "--config", str(world.config)])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


def token(world: Loopback) -> str:
    db = sqlite3.connect(world.config.parent / "var" / "daily-papers.db")
    try:
        return str(db.execute("SELECT token FROM subscriptions").fetchone()[0])
    finally:
        db.close()


def test_it_serves_before_the_bot_has_run_and_while_it_does_and_stops_when_told(
    world: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kept_port() as port, serving(world, port) as process:
        here = f"http://127.0.0.1:{port}"
        assert answered(f"{here}/healthz", process).status_code == 200
        assert httpx.get(f"{here}/readyz", timeout=None).status_code == 503
        assert run("run", "--once", "--at", DAWN, world=world, monkeypatch=monkeypatch) == 0
        assert httpx.get(f"{here}/readyz", timeout=None).status_code == 200
        world.announce(paper(3))
        numbers = httpx.get(f"{here}/metrics", timeout=None).text
        assert "daily_papers_papers 2.0" in numbers
        assert httpx.post(f"{here}/u/{token(world)}", timeout=None).status_code == 200
        assert run("run", "--once", "--at", TUESDAY, world=world, monkeypatch=monkeypatch) == 0
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate()
    assert process.returncode == 0
    assert world.mail.messages == []
    events = re.findall(r'"event": "([\w.]+)"', log)
    assert events[0] == "web.running"
    assert events[-1] == "web.stopped"
    assert {"web.unlinked", "reader.left"} <= set(events)
    assert token(world) not in log


def test_a_port_that_is_taken_is_a_fault_of_the_configuration(
    world: Loopback, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world.configure(f"[web]\nport = {world.mail.port}\n" + reader("ana"))
    assert run("web", world=world, monkeypatch=monkeypatch) == 2
    said = capsys.readouterr().err
    assert f"web.host, web.port: 127.0.0.1:{world.mail.port} cannot be listened on" in said
    assert "--port" in said
    elsewhere = ("web", "--host", "192.0.2.1", "--port", "8000")
    assert run(*elsewhere, world=world, monkeypatch=monkeypatch) == 2
    assert "192.0.2.1:8000" in capsys.readouterr().err


def test_check_tries_the_address_that_mail_would_link_to(
    world: Loopback, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with kept_port() as port:
        world.configure(f'[web]\npublic_url = "http://127.0.0.1:{port}"\n' + reader("ana"))
        assert run("check", world=world, monkeypatch=monkeypatch) == 1
        said = " ".join(capsys.readouterr().out.split())
        assert f"web.public_url http://127.0.0.1:{port} FAILED no answer" in said
        with serving(world, port) as process:
            assert answered(f"http://127.0.0.1:{port}/healthz", process).status_code == 200
            assert run("run", "--once", "--at", DAWN, world=world, monkeypatch=monkeypatch) == 0
            capsys.readouterr()
            run("check", world=world, monkeypatch=monkeypatch)  # mail wants https too
        said = " ".join(capsys.readouterr().out.split())
        assert f"web.public_url http://127.0.0.1:{port} ok answers" in said


def test_numbers_have_the_names_that_run_gives_them_and_name_nobody() -> None:
    status = Status(
        suspended=({"address": "ana@example.org"},),
        undelivered={("email", "held"): 2},
        oldest_pending=NOON,
    )
    announcing = Announcing("quiet", NOON, NOON)
    text = exposition(status, announcing, NOON).decode()
    assert 'daily_papers_undelivered{channel="email",state="held"} 2.0' in text
    assert "daily_papers_suspended 1.0" in text
    assert "example.org" not in text
    names = {family.name for family in text_string_to_metric_families(text)}
    bot = {family.name for family in Metrics().registry.collect()}
    assert names < bot
    # That somebody looked must not be taken for a bot that lives.
    assert bot - names == {
        *("daily_papers_polls", "daily_papers_announcements", "daily_papers_deliveries"),
        *("daily_papers_lag_seconds", "daily_papers_looked_timestamp_seconds"),
    }


@pytest.mark.parametrize("before", [True, False])
async def test_it_ends_at_a_signal_and_tells_where_it_listened(
    world: Loopback, capsys: pytest.CaptureFixture[str], *, before: bool
) -> None:
    public = "https://papers.example.org/a"
    world.configure(f'[web]\npublic_url = "{public}"\nhost = "::1"\n' + reader("ana"))
    settings = load(world.config, env={})
    if not before:
        await run_once(settings, ("poll",), now=NOON)
    with kept_port() as port:
        running = asyncio.create_task(serve(settings, port=port))
        async with httpx.AsyncClient(base_url=f"http://[::1]:{port}", timeout=None) as client:
            while not running.done():
                try:
                    lives = await client.get("/healthz")
                    break
                except httpx.ConnectError:
                    await asyncio.sleep(0.01)
            assert lives.text == "ok\n"
            assert (await client.get("/readyz")).status_code == (503 if before else 200)
            assert "daily_papers_papers" in (await client.get("/metrics")).text
            nobody = await client.get(f"/a/u/{NOBODY}")
            assert nobody.status_code == (503 if before else 404)
        os.kill(os.getpid(), signal.SIGTERM)
        await running
    said = capsys.readouterr()
    assert f"http://[::1]:{port}" in said.out + said.err
    assert "web.unlinked" not in said.out + said.err


async def test_a_store_that_knows_no_people_serves_no_pages(
    world: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def plain(_: object) -> AsyncIterator[object]:
        yield object()

    monkeypatch.setattr("bot.serving.existing", plain)
    with pytest.raises(StoreError, match="no people"):
        async with desk_of(load(world.config, env={})).ledger():
            pass
