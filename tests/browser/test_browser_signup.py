"""From the site to a subscription, its first digest and out again, through a real mail server."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from bot.serving import desk_of, entrance_of
from bot.settings import load
from bot.web.site import site as application
from tests.browser.axe import violations
from tests.browser.measure import excess, small
from tests.browser.rig import DESK, PHONE, Visit, visiting
from tests.browser.test_browser_readers import LATTICES, Post, lattice
from tests.builders import NOON, paper
from tests.chromium import NEEDED
from tests.loopback import loopback
from tests.notifiers.test_smtp_sink import running
from tests.ports import kept_port
from tests.web.rig import answered

pytestmark = [*NEEDED, pytest.mark.asyncio(loop_scope="module")]
SCREENS = pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
MONDAY = NOON.replace(hour=9)
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
ZOE = "zoe@example.org"


@dataclass
class Town(Post):
    """A bot that nobody is subscribed to, and the folder into which a mail server puts all mail."""

    box: Path
    clock: list[datetime]

    def mail(self) -> dict[str, EmailMessage]:
        """Give what has come, by its Message-ID."""
        files = [one.read_bytes() for one in sorted(self.box.glob("message.*"))]
        read = [message_from_bytes(one, policy=policy.default) for one in files]
        return {str(one["Message-ID"]): one for one in read}

    async def delivered(self, at: datetime, *papers: Any) -> list[EmailMessage]:
        """Let the bot run as of an instant; give the mail that it sent."""
        self.world.announce(*papers)
        before = self.mail()
        await self.run("run", "--once", "--at", at.isoformat())
        return [one for key, one in self.mail().items() if key not in before]

    async def letter(self, address: str) -> str:  # type: ignore[override]  # it is waited for
        """Wait for a letter to an address, and give the link in it."""
        while True:
            for one in self.mail().values():
                found = re.findall(rf"{self.root}signup/[\w-]{{22}}", str(one.get_content()))
                if found and one["To"] == address:
                    return str(found[0])
            await asyncio.sleep(0.02)


@pytest_asyncio.fixture(loop_scope="module")
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Run a mail server, a bot that has polled once, and the site, whose clock the test sets."""
    box = tmp_path / "box"
    box.mkdir()
    for folder in (tmp_path, box):
        folder.chmod(0o777)  # its user is another
    with (
        kept_port() as port,
        kept_port() as smtp,
        loopback(tmp_path, [paper(1), lattice(2)]) as world,
    ):
        web = f'[web]\npublic_url = "http://127.0.0.1:{port}"\nport = {port}\n[signup]\n'
        world.configure(LATTICES, more=web)
        text = world.config.read_text().replace(f"port = {world.mail.port}\n", f"port = {smtp}\n")
        world.config.write_text(text)
        found = Town(world, port, box, [MONDAY])
        async with running(box, smtp):
            await found.run("run", "--once", "--at", MONDAY.isoformat())
            async with opened(found):
                yield found


@asynccontextmanager
async def opened(town: Town) -> AsyncIterator[None]:
    """Serve as the command does, but for the clock."""
    settings = load(town.world.config, env={})
    async with AsyncExitStack() as stack:
        desk = desk_of(settings, await entrance_of(settings, stack))
        desk = replace(desk, clock=lambda: town.clock[-1])
        async with answered(application(desk), town.port):
            yield


async def flawless(page: Page) -> None:
    """See that axe has nothing against a page, and that it fits the screen and a finger."""
    assert await violations(page) == []
    assert await excess(page) == 0
    assert await small(page) == []


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


async def fill(page: Page, address: str) -> None:
    """Fill in the form: one of two topics, at the hour that is proposed."""
    await page.get_by_label("Email address").fill(address)
    await page.get_by_label("Language").check()
    await page.get_by_role("button", name="Subscribe").click()


async def test_from_the_site_to_digests_and_out_again(chrome: Browser, town: Town) -> None:
    async with visiting(chrome, town.root) as visit:
        page = visit.page
        await visit.open("")
        await page.get_by_role("link", name="Subscribe", exact=True).click()
        await expect(heading(page)).to_have_text("Subscribe by email")
        await page.get_by_label("Time zone").select_option("Europe/Madrid")
        await page.get_by_label("At", exact=True).fill("07:45")
        await fill(page, ZOE)
        await expect(heading(page)).to_have_text("Look into your mailbox")
        await page.get_by_role("link", name="Back to the papers").click()
        await expect(page.get_by_role("link", name="Subscribe", exact=True)).to_be_visible()
        await page.goto(await town.letter(ZOE))
        await expect(page.get_by_text("Every weekday at 07:45 (Europe/Madrid)")).to_be_visible()
        assert await town.delivered(MONDAY) == []
        await page.get_by_role("button", name="Start the digests").click()
        await expect(heading(page)).to_have_text("You get digests")
        await expect(page.get_by_text("Tuesday 6 January 2026, 07:45")).to_be_visible()
        await page.get_by_role("link", name="Your page").click()
        await expect(page.get_by_role("button", name="Turn off Language")).to_be_visible()
        await expect(page.get_by_role("button", name="Turn on Lattices")).to_be_visible()
        (digest,) = await town.delivered(TUESDAY, paper(3), lattice(4))
        assert digest["To"] == ZOE
        html = body(digest)
        assert "2601.00003" in html
        assert "2601.00004" not in html
        assert "2601.00001" not in html  # which was there before
        town.clock.append(TUESDAY)
        await page.goto("about:blank")  # a mail is no page of ours, with the policy of one
        await page.set_content(html)
        await page.get_by_role("link", name="Stop these messages").click()
        await page.get_by_role("button", name="Stop the digests").click()
        await expect(heading(page)).to_have_text("You will get no more digests")
        assert await town.delivered(WEDNESDAY, paper(5)) == []
        assert await town.suspended(WEDNESDAY) == [ZOE]


def body(digest: EmailMessage) -> str:
    """Give the page that a digest is."""
    part = digest.get_body(("html",))
    assert part is not None
    return str(part.get_content())


@SCREENS
async def test_each_page_on_the_way_is_flawless(
    chrome: Browser, town: Town, screen: dict[str, Any]
) -> None:
    async with visiting(chrome, town.root, **screen) as visit:
        page = visit.page
        await visit.open("signup")
        await flawless(page)
        await fill(page, ZOE)
        await expect(heading(page)).to_have_text("Look into your mailbox")
        await flawless(page)
        await page.goto(await town.letter(ZOE))
        await expect(heading(page)).to_have_text("Start these digests?")
        await flawless(page)
        await page.get_by_role("button", name="Start the digests").click()
        await expect(heading(page)).to_have_text("You get digests")
        await flawless(page)


@SCREENS
async def test_what_is_wrong_is_told_where_it_is_and_can_be_mended(
    chrome: Browser, town: Town, screen: dict[str, Any]
) -> None:
    async with visiting(chrome, town.root, **screen) as visit:
        page = visit.page
        await visit.open("signup")
        await page.get_by_label("Email address").fill("zoe@nowhere")
        await page.get_by_label("Every Monday").check()
        await page.get_by_label("Time zone").select_option("Asia/Tokyo")
        await page.get_by_role("button", name="Subscribe").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        await flawless(page)
        email = page.get_by_label("Email address")
        await expect(email).to_have_accessible_description(re.compile("is not an email address"))
        topics = page.get_by_role("group", name="Topics")
        await expect(topics).to_have_accessible_description("Choose one topic at least.")
        await expect(page.get_by_label("Every Monday")).to_be_checked()
        await expect(page.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
        await fill(page, ZOE)
        await expect(heading(page)).to_have_text("Look into your mailbox")
        await page.goto(await town.letter(ZOE))
        await expect(page.get_by_text("Every Monday at 08:30 (Asia/Tokyo)")).to_be_visible()
        assert_only(visit, "400")


async def test_a_link_that_holds_no_more_is_told(chrome: Browser, town: Town) -> None:
    async with visiting(chrome, town.root) as visit:
        await visit.open("signup")
        await fill(visit.page, ZOE)
        link = await town.letter(ZOE)
        town.clock.append(TUESDAY)
        await visit.page.goto(link)
        await expect(heading(visit.page)).to_have_text("There is no such page")
        assert_only(visit, "404")


async def test_a_browser_tells_by_itself_what_is_missing(chrome: Browser, town: Town) -> None:
    async with visiting(chrome, town.root) as visit:
        await visit.open("signup")
        asked = len(visit.asked)
        await visit.page.get_by_role("button", name="Subscribe").click()
        await expect(visit.one("input:invalid")).to_be_focused()
        assert len(visit.asked) == asked


async def test_keys_alone_are_enough(chrome: Browser, town: Town) -> None:
    async with visiting(chrome, town.root) as visit:
        page, keys = visit.page, visit.page.keyboard
        await visit.open("signup")
        await keys.press("Tab")
        await expect(page.get_by_label("Email address")).to_be_focused()
        await keys.type(ZOE)
        await keys.press("Tab")
        await expect(page.get_by_label("Language")).to_be_focused()
        await keys.press("Tab")
        await keys.press("Space")
        await expect(page.get_by_label("Lattices")).to_be_checked()
        await keys.press("Tab")
        await keys.press("ArrowDown")
        await expect(page.get_by_label("Every Monday")).to_be_checked()
        await keys.press("Tab")
        await expect(page.get_by_label("At", exact=True)).to_be_focused()
        await past(page, "timezone")
        await keys.type("Europe/Mad")
        await expect(page.get_by_label("Time zone")).to_have_value("Europe/Madrid")
        await keys.press("Tab")
        await expect(page.get_by_role("button", name="Subscribe")).to_be_focused()
        await keys.press("Enter")
        await expect(heading(page)).to_have_text("Look into your mailbox")
        await page.goto(await town.letter(ZOE))
        await keys.press("Tab")
        await keys.press("Enter")
        await expect(heading(page)).to_have_text("You get digests")


async def past(page: Page, name: str) -> None:
    """Press Tab until a field has the focus: an hour has parts of its own."""
    for _ in range(5):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.name") == name:
            return
    raise AssertionError(f"{name} is not reached")


async def test_no_script_is_needed(chrome: Browser, town: Town) -> None:
    async with visiting(chrome, town.root, java_script_enabled=False, **DESK) as visit:
        page = visit.page
        await visit.open("")
        await page.get_by_role("link", name="Subscribe", exact=True).click()
        await fill(page, ZOE)
        await expect(heading(page)).to_have_text("Look into your mailbox")
        await page.goto(await town.letter(ZOE))
        await page.get_by_role("button", name="Start the digests").click()
        await expect(heading(page)).to_have_text("You get digests")


def assert_only(visit: Visit, status: str) -> None:
    """See that the console told of answers with this status and of nothing else."""
    assert visit.complaints
    assert all(status in told for told in visit.complaints)
    visit.complaints.clear()
