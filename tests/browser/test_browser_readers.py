"""From a reader's mail into the browser, and what the bot sends them afterwards.

The mail is that which a real server took from our notifier, and its own links are followed.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from bot.core.model import Paper
from bot.demo.mail_server import Received
from bot.serving import desk_of
from bot.settings import load
from bot.web.site import site as application
from tests.browser.axe import violations
from tests.browser.measure import excess, small
from tests.browser.rig import PHONE, Visit, visiting
from tests.builders import NOON, paper
from tests.chromium import NEEDED
from tests.loopback import Loopback, loopback, reader
from tests.ports import kept_port
from tests.web.rig import answered

pytestmark = [*NEEDED, pytest.mark.asyncio(loop_scope="module")]
MONDAY = NOON.replace(hour=9)
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (MONDAY + timedelta(days=n) for n in range(1, 5))
LATTICES = """
[[topic]]
name = "Lattices"
query = "cat:math.CO"
"""


def lattice(number: int) -> Paper:
    return paper(number, categories=("math.CO",), primary_category="math.CO")


def plain_environment() -> dict[str, str]:
    """Leave out what would go before the settings of the test."""
    return {name: value for name, value in os.environ.items() if "DAILY_PAPERS" not in name}


def text_of(letter: Received) -> str:
    """Give what a reader sees who is shown no HTML."""
    body = letter.message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@dataclass
class Post:
    """A bot with the readers ana and ben, and the port on which their links are answered."""

    world: Loopback
    port: int

    @property
    def root(self) -> str:
        """What all links of mails begin with."""
        return f"http://127.0.0.1:{self.port}/"

    def command(self, *words: str) -> list[str]:
        """Write a command of ours as somebody types it."""
        return [sys.executable, "-m", "bot", *words, "--config", str(self.world.config)]

    async def morning(self, at: datetime, *papers: Paper) -> dict[str, set[str]]:
        """Let the bot run as of an instant; tell which papers each reader got then."""
        self.world.announce(*papers)
        before = len(self.world.mail.messages)
        await self.run("run", "--once", "--at", at.isoformat())
        known = [one.id for one in self.world.arxiv.papers]
        return {
            one.recipient.partition("@")[0]: {paper for paper in known if paper in text_of(one)}
            for one in self.world.mail.messages[before:]
        }

    async def suspended(self, at: datetime) -> list[str]:
        """List the addresses to which the ledger says that nothing is sent."""
        told = json.loads(await self.run("status", "--json", "--at", at.isoformat()))
        return [one["address"] for one in told["suspended"]]

    async def run(self, *words: str) -> str:
        """Run one of our commands, and give what it prints."""
        command = self.command(*words)
        done = await asyncio.to_thread(
            subprocess.run, command, capture_output=True, text=True, env=plain_environment()
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def letter(self, reader: str) -> str:
        """Give the page that the last mail to a reader is, once its header says the same."""
        letters = [one for one in self.world.mail.messages if one.recipient.startswith(reader)]
        message = letters[-1].message
        body = message.get_body(("html",))
        assert body is not None
        html = str(body.get_content())
        (link, _) = message["List-Unsubscribe"].split(", ")
        assert f'href="{link.strip("<>")}"' in html
        return html


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with kept_port() as port, loopback(tmp_path, [paper(1), lattice(2)]) as world:
        topics = '["Language", "Lattices"]'
        readers = "".join(reader(name, topics=topics) for name in ("ana", "ben"))
        web = f'[web]\npublic_url = "http://127.0.0.1:{port}"\nport = {port}\n'
        world.configure(readers + LATTICES, more=web)
        yield Post(world, port)


@asynccontextmanager
async def command_running(post: Post) -> AsyncIterator[None]:
    """Run `daily-papers web` until the block ends."""
    process = await asyncio.create_subprocess_exec(
        *post.command("web"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=plain_environment(),
    )
    assert process.stderr is not None
    try:
        while b"web.running" not in (line := await process.stderr.readline()):
            assert line, "it ended"
        rest = asyncio.create_task(process.stderr.read())
        yield
    finally:
        process.kill()
        await process.wait()
    await rest


@asynccontextmanager
async def answered_at(post: Post, clock: list[datetime]) -> AsyncIterator[None]:
    """Answer as the command does, at an instant that the test sets."""
    desk = replace(desk_of(load(post.world.config, env={})), clock=lambda: clock[-1])
    async with answered(application(desk), post.port):
        yield


@asynccontextmanager
async def from_the_mail(
    chrome: Browser, post: Post, link: str
) -> AsyncIterator[tuple[Visit, Page]]:
    """Open ana's last mail on a phone, and follow one of its links."""
    async with visiting(chrome, post.root, **PHONE) as visit:
        await visit.page.set_content(post.letter("ana"))
        await visit.page.get_by_role("link", name=link).click()
        await expect(visit.one("h1")).to_be_visible()
        yield visit, visit.page


async def flawless(page: Page) -> None:
    """See that axe has nothing against a page, and that it fits the screen and a finger."""
    assert await violations(page) == []
    assert await excess(page) == 0
    assert await small(page) == []


async def test_who_follows_the_link_in_a_mail_gets_no_more(chrome: Browser, post: Post) -> None:
    assert await post.morning(MONDAY) == {}
    got = await post.morning(TUESDAY, paper(3))
    assert got == {"ana": {"2601.00003"}, "ben": {"2601.00003"}}
    async with (
        command_running(post),
        from_the_mail(chrome, post, "Stop these messages") as (_, page),
    ):
        heading = page.get_by_role("heading", level=1)
        await expect(heading).to_have_text("Stop these digests?")
        await flawless(page)
        got = await post.morning(WEDNESDAY, paper(4))
        assert got == {"ana": {"2601.00004"}, "ben": {"2601.00004"}}  # looking changed nothing
        assert await post.suspended(WEDNESDAY) == []
        await page.get_by_role("button", name="Stop the digests").click()
        await expect(heading).to_have_text("You will get no more digests")
        await flawless(page)
        assert await post.morning(THURSDAY, paper(5)) == {"ben": {"2601.00005"}}
        assert await post.suspended(THURSDAY) == ["ana@example.org"]
        await page.goto(page.url)
        await expect(heading).to_have_text("You will get no more digests")


async def test_who_wants_them_again_gets_what_came_meanwhile(chrome: Browser, post: Post) -> None:
    clock = [TUESDAY]
    await post.morning(MONDAY)
    await post.morning(TUESDAY, paper(3))
    async with (
        answered_at(post, clock),
        from_the_mail(chrome, post, "Stop these messages") as (_, page),
    ):
        await page.get_by_role("button", name="Stop the digests").click()
        await expect(page.get_by_role("button", name="Send them again")).to_be_visible()
        assert await post.morning(WEDNESDAY, paper(4)) == {"ben": {"2601.00004"}}
        clock.append(WEDNESDAY)
        await page.get_by_role("button", name="Send them again").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("You get digests again")
        await flawless(page)
        assert await post.suspended(WEDNESDAY) == []
        got = await post.morning(THURSDAY, paper(5))
        assert got == {"ana": {"2601.00004", "2601.00005"}, "ben": {"2601.00005"}}


async def test_a_topic_that_is_turned_off_is_left_out_until_it_is_on_again(
    chrome: Browser, post: Post
) -> None:
    clock = [MONDAY]
    await post.morning(MONDAY)
    await post.morning(TUESDAY, paper(3), lattice(4))
    clock.append(TUESDAY)
    async with (
        answered_at(post, clock),
        from_the_mail(chrome, post, "Choose topics or pause") as (_, page),
    ):
        await flawless(page)
        past = page.locator("details").first
        await past.locator("summary").click()
        await expect(past.get_by_role("link", name="A Study of Subject 4")).to_be_visible()
        await flawless(page)
        await page.get_by_role("button", name="Turn off Lattices").click()
        await expect(page.get_by_role("button", name="Turn on Lattices")).to_be_visible()
        await expect(page.get_by_text("off since")).to_be_visible()
        await flawless(page)
        got = await post.morning(WEDNESDAY, paper(5), lattice(6))
        assert got == {"ana": {"2601.00005"}, "ben": {"2601.00005", "2601.00006"}}
        clock.append(WEDNESDAY)
        await page.get_by_role("button", name="Turn on Lattices").click()
        await expect(page.get_by_role("button", name="Turn off Lattices")).to_be_visible()
        got = await post.morning(THURSDAY, paper(7), lattice(8))
        assert got["ana"] == {"2601.00007", "2601.00008"}


async def test_who_pauses_gets_all_of_it_on_the_day_they_chose(chrome: Browser, post: Post) -> None:
    clock = [TUESDAY]
    await post.morning(MONDAY)
    await post.morning(TUESDAY, paper(3))
    async with (
        answered_at(post, clock),
        from_the_mail(chrome, post, "Choose topics or pause") as (visit, page),
    ):
        until = page.get_by_label("Pause until")
        await until.fill(f"{MONDAY:%Y-%m-%d}")
        asked = len(visit.asked)
        await page.get_by_role("button", name="Pause", exact=True).click()
        await expect(page.locator("input:invalid")).to_be_focused()  # the browser sends no such day
        assert len(visit.asked) == asked
        await until.fill(f"{THURSDAY:%Y-%m-%d}")
        await page.get_by_role("button", name="Pause", exact=True).click()
        await expect(page.get_by_text("are paused until")).to_contain_text("8 January")
        await flawless(page)
        assert await post.morning(WEDNESDAY, paper(4)) == {"ben": {"2601.00004"}}
        got = await post.morning(THURSDAY, paper(5))
        assert got == {"ana": {"2601.00004", "2601.00005"}, "ben": {"2601.00005"}}


async def test_who_resumes_before_that_day_gets_it_at_once(chrome: Browser, post: Post) -> None:
    clock = [TUESDAY]
    await post.morning(MONDAY)
    await post.morning(TUESDAY, paper(3))
    async with (
        answered_at(post, clock),
        from_the_mail(chrome, post, "Choose topics or pause") as (_, page),
    ):
        await page.get_by_label("Pause until").fill(f"{FRIDAY:%Y-%m-%d}")
        await page.get_by_role("button", name="Pause", exact=True).click()
        await expect(page.get_by_text("are paused until")).to_be_visible()
        assert await post.morning(WEDNESDAY, paper(4)) == {"ben": {"2601.00004"}}
        clock.append(WEDNESDAY)
        await page.get_by_role("button", name="Resume now").click()
        await expect(page.get_by_label("Pause until")).to_be_visible()
        got = await post.morning(THURSDAY, paper(5))
        assert got["ana"] == {"2601.00004", "2601.00005"}
