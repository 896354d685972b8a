"""`daily-papers demo`: the main job, offline, through the same code as `run`.

A loopback arXiv serves the bundled sample, a loopback mail server and a loopback Slack take what is
sent, and three readers in different zones get their digests of three announcement days.
"""

import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.app import Pass, run_once
from bot.console import say
from bot.core.arxiv_id import order_of
from bot.core.model import Paper
from bot.demo.arxiv_server import ArxivServer
from bot.demo.mail_server import MailServer
from bot.demo.sample import Announced, load
from bot.demo.slack_server import SlackServer
from bot.demo.slack_workspace import Channel
from bot.publishing import Wanted, publish
from bot.report import report_pass
from bot.settings import Settings
from bot.settings import load as load_settings

FIRST_RUN = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
AFTERNOONS = [datetime(2026, 1, day, 14, 30, tzinfo=UTC) for day in (6, 7, 8)]
TOKEN = "xoxb-demo"  # noqa: S105  # the loopback Slack's own

CONFIGURATION = """\
# Made by `daily-papers demo`: three readers in different zones, on servers of this machine.
database = {database}

[arxiv]
contact = "demo@example.org"
api_url = "{arxiv}"
rss_url = ""
oai_url = ""
min_interval = 0.0

[email]
host = "{mail_host}"
port = {mail_port}
tls = "none"
sender = "Daily Papers <papers@example.org>"

[slack]
api_url = "{slack}"

[[topic]]
name = "RAG"
query = 'ti:RAG OR abs:"retrieval augmented generation"'

[[topic]]
name = "SFT"
keywords = ["SFT", "supervised fine-tuning"]
categories = ["cs.CL", "cs.LG"]
exclude = ["protein"]

[[topic]]
name = "Galaxies"
query = 'cat:astro-ph.GA AND abs:"star formation"'

[[subscriber]]
name = "ana"
timezone = "Europe/Madrid"
deliver_at = "08:30"
topics = ["RAG", "SFT"]
email = ["ana@example.org"]

[[subscriber]]
name = "kenji"
timezone = "Asia/Tokyo"
deliver_at = "18:00"
topics = ["Galaxies", "RAG"]
email = ["kenji@example.org"]
maildir = [{maildir}]

[[subscriber]]
name = "reading group"
timezone = "America/New_York"
deliver_at = "07:45"
slack = ["#rag-papers"]
"""


@dataclass
class Stage:
    """The servers of the demo, the settings that point at them, and how much was seen of each."""

    arxiv: ArxivServer
    mail: MailServer
    slack: SlackServer
    settings: Settings
    folder: Path
    sample: tuple[Announced, ...]
    mails: int = 0
    posts: int = 0

    async def play(self, now: datetime) -> Pass:
        """Make one pass at `now`, with what arXiv has announced by then."""
        self.arxiv.papers = current(self.sample, now)
        done = await run_once(self.settings, now=now)
        say(f"\n{now:%a} {now.day} {now:%b %Y %H:%M} UTC")
        report_pass(done, self.settings)
        for line in self._arrived():
            say(line)
        return done

    def _arrived(self) -> Iterator[str]:
        """Tell what the loopback servers accepted since the last look, and where it lies."""
        for message in self.mail.messages[self.mails :]:
            yield f"  → {message.recipient}: {message.subject}\n      {self._place(message.path)}"
        self.mails = len(self.mail.messages)
        posts = self.slack.messages("rag-papers")
        for number, post in enumerate(posts[self.posts :], start=self.posts + 1):
            path = self.folder / "slack" / f"{number:02d}-rag-papers.json"
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(post, indent=2, ensure_ascii=False), encoding="utf-8")
            headline = post["text"].partition("\n")[0]
            yield f"  → #rag-papers: {headline}\n      {self._place(path)}"
        self.posts = len(posts)

    def _place(self, path: Path) -> str:
        """Name a file as seen from where the command was run."""
        return str(path.relative_to(self.folder.parent))


def current(sample: tuple[Announced, ...], now: datetime) -> list[Paper]:
    """Give each paper announced by `now`, in its newest version then."""
    papers: dict[str, Paper] = {}
    for one in sorted(sample, key=lambda one: one.at):
        if one.at <= now:
            papers[one.paper.id] = one.paper
    return sorted(papers.values(), key=lambda paper: order_of(paper.id))


def new_folder(parent: Path) -> Path:
    """Make a folder of the demo's own, whose name is not taken."""
    number = 1
    while True:
        folder = parent / f"daily-papers-demo-{number}"
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder


async def show(parent: Path) -> bool:
    """Play the demo in a new folder under `parent`; tell whether all went as it must."""
    folder = new_folder(parent)
    async with AsyncExitStack() as stack:
        arxiv = await stack.enter_async_context(ArxivServer())
        mail = await stack.enter_async_context(MailServer(folder / "mail"))
        slack = await stack.enter_async_context(
            SlackServer(TOKEN, [Channel("C0DEMO0001", "rag-papers")])
        )
        config = folder / "daily-papers.toml"
        config.write_text(
            CONFIGURATION.format(
                database=json.dumps(str(folder / "daily-papers.db")),
                maildir=json.dumps(str(folder / "maildir")),
                arxiv=arxiv.url,
                mail_host=mail.host,
                mail_port=mail.port,
                slack=slack.url,
            ),
            encoding="utf-8",
        )
        settings = load_settings(config, env={"DAILY_PAPERS_SLACK__TOKEN": TOKEN})
        stage = Stage(arxiv, mail, slack, settings, folder, load())
        return await _play(stage)


async def _play(stage: Stage) -> bool:
    """Play the first run, three days, and the last day again."""
    say(
        "Three readers, three announcement days, on an arXiv, a mail server and a Slack of our own."
    )
    passes = [await stage.play(now) for now in (FIRST_RUN, *AFTERNOONS)]
    before = (len(stage.mail.messages), stage.posts)
    again = await stage.play(AFTERNOONS[-1])
    after = (len(stage.mail.messages), stage.posts)
    sent = sum(one.ended["sent"] for one in passes)
    quiet = before == after and not again.ended
    say(
        f"\n{sent} digests sent. The last pass was made twice, and "
        + ("nothing was sent twice." if quiet else "SOMETHING WAS SENT TWICE.")
    )
    name = stage.folder.name
    await publish(stage.settings, stage.folder / "site", Wanted())
    say(f"Open {name}/mail/*.html in a browser to read them as they arrive.")
    say(f"{name}/site/index.html is where the pages begin that all of this makes.")
    say(f"{name}/maildir is a mailbox for a mail program, such as `mutt -f {name}/maildir`.")
    return quiet and sent > 0 and not any(one.failed for one in (*passes, again))
