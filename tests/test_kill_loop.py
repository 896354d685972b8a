"""kill -9 at random instants over a fan-out to real loopback servers: nothing is lost."""

import asyncio
import json
import multiprocessing
import os
import random
import signal
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import Paper
from bot.demo.arxiv_server import ArxivServer
from bot.demo.mail_server import MailServer
from bot.demo.slack_server import SlackServer
from bot.demo.slack_workspace import Channel
from tests.builders import NOON, paper

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("TESTS_KILLS", "250"))
READERS = 12
ROOMS = 3
TOKEN = "xoxb-test"


def one_pass(config: str, at: str) -> None:
    """Be `daily-papers run --once`: the body of a process that is going to be killed."""
    from bot.cli import _pass
    from bot.options import read_instant

    os.environ["DAILY_PAPERS_SLACK__TOKEN"] = TOKEN
    # What it prints goes nowhere; what it did is read from the servers and the ledger.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    _pass(Path(config), read_instant(at), "poll", "compose", "deliver")


@dataclass
class World:
    """The loopback servers, and the configuration that points at them."""

    arxiv: ArxivServer
    mail: MailServer
    slack: SlackServer
    config: Path
    announced: list[Paper] = field(default_factory=list)
    context: ForkServerContext = field(
        default_factory=lambda: multiprocessing.get_context("forkserver")
    )

    def process(self, now: datetime) -> Any:
        process = self.context.Process(target=one_pass, args=(str(self.config), now.isoformat()))
        process.start()
        return process

    async def killed_pass(self, now: datetime, after: float) -> bool:
        """Start a pass and kill it after so many seconds; tell whether it was still alive."""
        process = self.process(now)
        await asyncio.to_thread(process.join, after)
        if process.exitcode is None:
            with suppress(ProcessLookupError):  # it may end in this very instant
                os.kill(process.pid, signal.SIGKILL)
        await asyncio.to_thread(process.join)
        return bool(process.exitcode == -signal.SIGKILL)

    async def whole_pass(self, now: datetime) -> int:
        process = self.process(now)
        await asyncio.to_thread(process.join, 60)
        assert process.exitcode is not None, "a pass hangs"
        return int(process.exitcode)


def configuration(folder: Path, arxiv: str, mail: MailServer, slack: str) -> str:
    readers = "".join(
        f"""
[[subscriber]]
name = "reader {number}"
deliver_at = "immediately"
email = ["reader{number}@example.org"]
"""
        for number in range(READERS)
    )
    rooms = ", ".join(f'"#room{number}"' for number in range(ROOMS))
    return f"""
database = "{folder}/daily-papers.db"
[arxiv]
contact = "test@example.org"
api_url = "{arxiv}"
rss_url = ""
oai_url = ""
min_interval = 0.0
[email]
host = "{mail.host}"
port = {mail.port}
tls = "none"
sender = "papers@example.org"
[slack]
api_url = "{slack}"
[[topic]]
name = "Language"
query = "cat:cs.CL"
{readers}
[[subscriber]]
name = "rooms"
deliver_at = "immediately"
slack = [{rooms}]
"""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        known = [paper(number) for number in range(1, 6)]
        arxiv = await stack.enter_async_context(ArxivServer(known))
        mail = await stack.enter_async_context(MailServer(tmp_path / "mail"))
        rooms = [Channel(f"C00000000{number}", f"room{number}") for number in range(ROOMS)]
        slack = await stack.enter_async_context(SlackServer(TOKEN, rooms))
        config = tmp_path / "daily-papers.toml"
        config.write_text(configuration(tmp_path, arxiv.url, mail, slack.url))
        made = World(arxiv, mail, slack, config)
        made.context.set_forkserver_preload(["bot.app", "bot.console", "tests.test_kill_loop"])
        yield made


def read_status(config: Path) -> dict[str, Any]:
    import subprocess
    import sys

    command = [sys.executable, "-m", "bot", "status", "--json", "--config", str(config)]
    environment = os.environ | {"DAILY_PAPERS_SLACK__TOKEN": TOKEN}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return dict(json.loads(done.stdout))


@pytest.mark.timeout(900)
async def test_kill_9_hundreds_of_times_loses_nothing_and_repeats_only_what_is_counted(
    world: World,
) -> None:
    seed = random.randrange(10**9)
    print(f"seed {seed}")  # noqa: T201  # pytest shows it when the test fails
    chance = random.Random(seed)
    assert await world.whole_pass(NOON) == 0
    now, kills, number = NOON, 0, 100
    while kills < KILLS:
        now += timedelta(hours=1)
        fresh = [paper(number + i, published=now, updated=now) for i in range(3)]
        number += 3
        world.announced += fresh
        world.arxiv.papers = [*world.arxiv.papers, *fresh]
        for _ in range(chance.randrange(1, 6)):
            kills += await world.killed_pass(now, chance.uniform(0.02, 0.5))
        assert await world.whole_pass(now) == 0
    check_emails(world, read_status(world.config))
    check_rooms(world)


def check_emails(world: World, status: dict[str, Any]) -> None:
    """Each reader has each paper; a second copy has the first one's Message-ID, and is counted."""
    assert (status["pending"], status["failed"], status["held"]) == (0, 0, 0)
    copies: Counter[tuple[str, str]] = Counter()
    papers: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for message in world.mail.messages:
        parsed = message_from_bytes(message.content)
        identity = (message.recipient, str(parsed["Message-ID"]))
        copies[identity] += 1
        for one in world.announced:
            if f"/abs/{one.id}".encode() in message.content.replace(b"=\r\n", b""):
                papers[message.recipient, one.id][identity[1]] += 1
    expected = {
        (f"reader{reader}@example.org", one.id)
        for reader in range(READERS)
        for one in world.announced
    }
    assert set(papers) == expected, "a paper was lost"
    assert all(len(messages) == 1 for messages in papers.values()), "a paper in two digests"
    repeats = sum(copies.values()) - len(copies)
    assert repeats <= status["uncertain"]


def check_rooms(world: World) -> None:
    """A room can be asked what it has, so it has each paper exactly once."""
    for room in range(ROOMS):
        text = json.dumps([one["blocks"] for one in world.slack.messages(f"room{room}")])
        for one in world.announced:
            assert text.count(f"https://arxiv.org/abs/{one.id}|") == 1, (room, one.id)
