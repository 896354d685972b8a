"""The site as `daily-papers web` serves it, with its search, in Chromium."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from bot.serving import desk_of
from bot.settings import load
from bot.web.server import answer, listening
from bot.web.site import site as application
from tests.browser.axe import violations
from tests.browser.measure import excess, small
from tests.browser.rig import DESK, PHONE, visiting
from tests.browser.shelf import LISTS, MATHS, PAGES, WITHDRAWN
from tests.chromium import NEEDED

pytestmark = [*NEEDED, pytest.mark.asyncio(loop_scope="module")]
SCREENS = pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(folder: Path) -> AsyncIterator[str]:
    """Serve the ledger from which the pages are made, and give the address."""
    desk = desk_of(load(folder / "daily-papers.toml", env={}))
    stop = asyncio.Event()
    with listening("127.0.0.1", 0) as listener:
        running = asyncio.create_task(answer(application(desk), listener, stop))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            stop.set()
            await running


async def test_every_page_stands_where_it_does_in_a_folder(chrome: Browser, served: str) -> None:
    async with visiting(chrome, served) as visit:
        for address in PAGES.values():
            if address == PAGES["404"]:
                continue
            await visit.open(address)
            await expect(visit.one("h1")).to_be_visible()
        await visit.open(PAGES[LISTS[0]])
        await visit.page.get_by_role("button", name="Unfold all").click()
        last = visit.page.locator("#language details.abstract p").last
        await expect(last).to_contain_text("We attack.")


async def test_what_is_not_there_is_told_in_the_look_of_the_site(
    chrome: Browser, served: str
) -> None:
    async with visiting(chrome, served) as visit:
        await visit.open("papers/nothing/of/the/kind.html")
        await expect(visit.one("h1")).to_be_visible()
        assert await violations(visit.page) == []
        await visit.page.get_by_role("link", name="Papers", exact=True).click()
        await expect(visit.one("#language")).to_be_visible()
        (told,) = visit.complaints
        assert "404" in told
        visit.complaints.clear()


@SCREENS
async def test_papers_are_searched_and_found(
    chrome: Browser, served: str, screen: dict[str, Any]
) -> None:
    async with visiting(chrome, served, **screen) as visit:
        await visit.open("")
        await visit.page.get_by_role("link", name="Search", exact=True).click()
        field = visit.page.get_by_role("searchbox", name="Query")
        await expect(field).to_be_focused()
        assert await violations(visit.page) == []
        assert await excess(visit.page) == 0
        assert screen is DESK or await small(visit.page) == []
        await field.fill("au:Noether AND ti:lattice")
        await field.press("Enter")
        await expect(visit.one(".tally")).to_contain_text("2")
        assert set(await visit.shown()) == {MATHS, WITHDRAWN}
        assert await violations(visit.page) == []
        assert await excess(visit.page) == 0
        assert screen is DESK or await small(visit.page) == []
        await visit.paper(MATHS).get_by_text("Abstract", exact=True).click()
        await expect(visit.paper(MATHS).get_by_text("We prove")).to_be_visible()
        await visit.paper(MATHS).get_by_role("link", name="Details").click()
        await expect(visit.one("article .prose")).to_contain_text("We prove")


@SCREENS
async def test_a_query_with_a_mistake_is_told_and_can_be_mended(
    chrome: Browser, served: str, screen: dict[str, Any]
) -> None:
    async with visiting(chrome, served, **screen) as visit:
        await visit.open("search?q=ti:(lattice")
        await expect(visit.one("#h_found")).to_have_text("This query cannot be read")
        assert await violations(visit.page) == []
        assert await excess(visit.page) == 0
        field = visit.page.get_by_role("searchbox", name="Query")
        await expect(field).to_have_value("ti:(lattice")
        await field.fill("ti:lattice <script>alert(1)</script>")
        await field.press("Enter")
        await expect(visit.one("#h_found")).to_be_visible()
        await expect(field).to_have_value("ti:lattice <script>alert(1)</script>")
        await field.fill("ti:lattice")
        await field.press("Enter")
        await expect(visit.paper(MATHS)).to_be_visible()
        assert all("400" in told for told in visit.complaints)
        visit.complaints.clear()
