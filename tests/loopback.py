"""The loopback servers in a thread of their own, and a configuration that points at them."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bot.core.model import Paper
from bot.demo.arxiv_server import ArxivServer
from bot.demo.mail_server import MailServer
from bot.demo.slack_server import SlackServer
from bot.demo.slack_workspace import Channel

T = TypeVar("T")
TOKEN = "xoxb-test"


@dataclass
class Loopback:
    """An arXiv, a mail server and a Slack with one channel, and the configuration's file."""

    arxiv: ArxivServer
    mail: MailServer
    slack: SlackServer
    config: Path

    def configure(self, readers: str, *, more: str = "") -> None:
        """Write a configuration with one topic (all of cs.CL) and these subscribers."""
        self.config.write_text(
            f"""
database = "{self.config.parent}/var/daily-papers.db"
{more}
[arxiv]
contact = "test@example.org"
api_url = "{self.arxiv.url}"
min_interval = 0.0
patience = 0.3
[email]
host = "{self.mail.host}"
port = {self.mail.port}
tls = "none"
sender = "Daily Papers <papers@example.org>"
[slack]
api_url = "{self.slack.url}"
[[topic]]
name = "Language"
query = "cat:cs.CL"
{readers}
""",
            encoding="utf-8",
        )

    def announce(self, *papers: Paper) -> None:
        """Let arXiv have these papers too."""
        self.arxiv.papers = [*self.arxiv.papers, *papers]


def reader(name: str, **changes: str) -> str:
    """Write a subscriber: by email, every day at 08:30 UTC, unless told otherwise."""
    keys = {
        "name": f'"{name}"',
        "deliver_at": '"08:30"',
        "days": '["mon", "tue", "wed", "thu", "fri", "sat", "sun"]',
        "email": f'["{name}@example.org"]',
    } | changes
    lines = "\n".join(f"{key} = {value}" for key, value in keys.items())
    return f"\n[[subscriber]]\n{lines}\n"


@contextmanager
def loopback(folder: Path, papers: Sequence[Paper]) -> Iterator[Loopback]:
    """Run the servers while the caller runs commands."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    entered: list[AbstractAsyncContextManager[object]] = []

    def enter(part: AbstractAsyncContextManager[T]) -> T:
        value = asyncio.run_coroutine_threadsafe(part.__aenter__(), loop).result(100)
        entered.append(part)
        return value

    try:
        arxiv = enter(ArxivServer(papers))
        mail = enter(MailServer(folder / "mail"))
        slack = enter(SlackServer(TOKEN, [Channel("C000000001", "papers")]))
        yield Loopback(arxiv, mail, slack, folder / "daily-papers.toml")
    finally:
        for part in reversed(entered):
            leaving = part.__aexit__(None, None, None)
            asyncio.run_coroutine_threadsafe(_awaited(leaving), loop).result(100)
        asyncio.run_coroutine_threadsafe(_cancel_the_rest(), loop).result(100)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _awaited(work: object) -> None:
    """Make a coroutine of whatever can be awaited."""
    await work  # type: ignore[misc]  # an exit gives an awaitable


async def _cancel_the_rest() -> None:
    """End the handlers that still answer somebody who has gone."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
