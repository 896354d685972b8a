"""What the tests of kill -9 share: a world on loopback, the command, and what must hold at its end.

The command runs in processes of its own, forked from a server that has imported the program.
"""

import asyncio
import json
import multiprocessing
import os
import shutil
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from bot.core.model import Paper
from bot.core.standing import Status
from bot.demo.arxiv_server import ArxivServer
from bot.demo.mail_server import MailServer
from bot.demo.slack_server import SlackServer
from bot.demo.slack_workspace import Channel
from bot.store import SqliteStore
from tests.mortal import Deathclock, name_points
from tests.sources.feed_server import EASTERN, Announced, FeedServer
from tests.sources.oai_server import OaiServer, of

TOKEN = "xoxb-test"
PROGRAM = [
    "bot.app",
    "bot.cli",
    "bot.report",
    "bot.notifiers.email",
    "bot.notifiers.slack",
    "bot.sources.arxiv_api",
    "bot.sources.arxiv_ids",
    "bot.sources.arxiv_oai",
    "bot.sources.arxiv_rss",
    "tests.killing",
]
"""What is imported once for all processes."""
SOURCES = frozenset({"api", "rss", "oai"})


def command(config: str, at: str, clock: Deathclock | None) -> None:
    """Be `daily-papers run --once`: the body of a process that may be killed."""
    from bot.cli import main

    os.environ["DAILY_PAPERS_SLACK__TOKEN"] = TOKEN
    # What it did is read from the servers and the ledger; what it says is for whoever looks.
    said = os.open(f"{config}.said", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(said, 1)
    os.dup2(said, 2)
    if clock is not None:
        name_points(clock)
    sys.argv = ["daily-papers", "run", "--once", "--config", config, "--at", at]
    main()


@dataclass
class World:
    """Three arXivs that need not agree, a mail server, a Slack, and the configuration's file."""

    api: ArxivServer
    feeds: FeedServer
    oai: OaiServer
    mail: MailServer
    slack: SlackServer
    config: Path
    announced: list[Paper] = field(default_factory=list)
    context: ForkServerContext = field(
        default_factory=lambda: multiprocessing.get_context("forkserver")
    )

    def turn_to(self, now: datetime) -> None:
        """Let it be that instant at the servers."""
        self.feeds.today = now.astimezone(EASTERN).date()
        self.oai.now = now

    def announce(self, papers: Iterable[Paper], now: datetime, where: Iterable[str]) -> None:
        """Let these sources, and no others, have papers from now on."""
        papers, where = list(papers), set(where)
        if "api" in where:
            ids = {one.id for one in papers}
            self.api.papers = [*(one for one in self.api.papers if one.id not in ids), *papers]
        if "rss" in where:
            kind = {one.id: "new" if one.version == 1 else "replace" for one in papers}
            self.feeds.announce(*(Announced(one, kind[one.id]) for one in papers))  # type: ignore[arg-type]  # one of the two
            self.feeds.built += 1
        if "oai" in where:
            self.oai.listed = [*self.oai.listed, *(of(one, now) for one in papers)]

    def _process(self, now: datetime, clock: Deathclock | None) -> Any:
        process = self.context.Process(
            target=command, args=(str(self.config), now.isoformat(), clock)
        )
        process.start()
        return process

    async def killed_pass(self, now: datetime, after: float) -> bool:
        """Start a pass and kill it after so many seconds; tell whether it was still alive."""
        process = self._process(now, None)
        await asyncio.to_thread(process.join, after)
        if process.exitcode is None:
            with suppress(ProcessLookupError):  # it may end in this very instant
                os.kill(process.pid, signal.SIGKILL)
        await asyncio.to_thread(process.join)
        return bool(process.exitcode == -signal.SIGKILL)

    async def whole_pass(self, now: datetime, clock: Deathclock | None = None) -> int:
        """Make a pass to its end, which may be the one that its clock has set; give the code."""
        process = self._process(now, clock)
        await asyncio.to_thread(process.join, 300)
        assert process.exitcode is not None, "a pass hangs"
        return int(process.exitcode)

    async def status(self, now: datetime) -> Status:
        """Read what stands in the ledger."""
        async with SqliteStore.open(self.database(), exclusive=False) as store:
            return await store.status(now)

    def said(self) -> str:
        """Give the end of what the processes said."""
        return Path(f"{self.config}.said").read_text()[-3000:]

    def database(self) -> Path:
        """Tell where the ledger is."""
        return self.config.parent / "var" / "daily-papers.db"


def configuration(world: World, readers: Sequence[str], rooms: Sequence[str], more: str) -> str:
    """Write a configuration in which all are served as soon as something comes."""
    written = "".join(
        f"""
[[subscriber]]
name = "{name}"
deliver_at = "immediately"
email = ["{name}@example.org"]
"""
        for name in readers
    )
    return f"""
database = "{world.database()}"
[arxiv]
contact = "test@example.org"
api_url = "{world.api.url}"
rss_url = "{world.feeds.url}"
oai_url = "{world.oai.url}"
min_interval = 0.0
[email]
host = "{world.mail.host}"
port = {world.mail.port}
tls = "none"
sender = "papers@example.org"
[slack]
api_url = "{world.slack.url}"
[[topic]]
name = "Language"
query = "cat:cs.CL"
{written}
[[subscriber]]
name = "rooms"
deliver_at = "immediately"
slack = [{", ".join(f'"#{name}"' for name in rooms)}]
{more}
"""


@asynccontextmanager
async def world_of(
    folder: Path, readers: Sequence[str], rooms: Sequence[str], *, more: str = ""
) -> AsyncIterator[World]:
    """Run the servers, and write the configuration of all of cs.CL for readers and rooms."""
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(ArxivServer())
        feeds = await stack.enter_async_context(FeedServer())
        oai = await stack.enter_async_context(OaiServer())
        mail = await stack.enter_async_context(MailServer(folder / "mail"))
        channels = [Channel(f"C00000000{number}", name) for number, name in enumerate(rooms)]
        slack = await stack.enter_async_context(SlackServer(TOKEN, channels))
        made = World(api, feeds, oai, mail, slack, folder / "daily-papers.toml")
        made.config.write_text(configuration(made, readers, rooms, more))
        made.context.set_forkserver_preload(PROGRAM)
        yield made


def check_emails(world: World, status: Status, readers: Sequence[str]) -> int:
    """See that each reader has each paper once; a copy has the first's Message-ID and is counted.

    Gives the number of copies.
    """
    assert (status.pending, status.failed, status.held) == (0, 0, 0)
    copies: Counter[tuple[str, str]] = Counter()
    papers: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for message in world.mail.messages:
        parsed = message_from_bytes(message.content)
        identity = (message.recipient, str(parsed["Message-ID"]))
        copies[identity] += 1
        text = message.content.replace(b"=\r\n", b"")
        for one in world.announced:
            if f"/abs/{one.id}".encode() in text:
                papers[message.recipient, one.id][identity[1]] += 1
    expected = {(f"{name}@example.org", one.id) for name in readers for one in world.announced}
    assert set(papers) == expected, "a paper was lost"
    assert all(len(messages) == 1 for messages in papers.values()), "a paper in two digests"
    repeats = sum(copies.values()) - len(copies)
    assert repeats <= status.uncertain
    return repeats


def check_rooms(world: World, rooms: Sequence[str]) -> None:
    """A room can be asked what it has, so it has each paper exactly once."""
    for room in rooms:
        messages = world.slack.messages(room)
        # The first message of a thread may only sum up what the others give.
        giving = [one for one in messages if one["metadata"]["event_payload"]["through"]]
        text = json.dumps([one["blocks"] for one in giving])
        for one in world.announced:
            assert text.count(f"https://arxiv.org/abs/{one.id}|") == 1, (room, one.id)


def keep(world: World) -> None:
    """Keep the ledger as it is, for `begin_anew`."""
    folder = world.database().parent
    shutil.copytree(folder, folder.parent / "kept")


def begin_anew(world: World) -> None:
    """Bring back the ledger that was kept, empty mailboxes and empty rooms."""
    folder = world.database().parent
    shutil.rmtree(folder)
    shutil.copytree(folder.parent / "kept", folder)
    world.mail.messages.clear()
    for channel in world.slack.workspace.channels.values():
        channel.messages.clear()
