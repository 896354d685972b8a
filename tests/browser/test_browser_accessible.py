"""Every kind of page before axe-core: light and dark, on a desk and on a phone, folded and open."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.axe import violations
from tests.browser.rig import DESK, PHONE, Visit, visiting
from tests.browser.shelf import MATHS, PAGES
from tests.chromium import NEEDED

pytestmark = [*NEEDED, pytest.mark.asyncio(loop_scope="module")]
SCREENS = pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])


@SCREENS
@pytest.mark.parametrize("kind", PAGES)
async def test_axe_has_nothing_against_a_page(
    chrome: Browser, site: str, kind: str, screen: dict[str, Any]
) -> None:
    async with visiting(chrome, site, **screen) as visit:
        await visit.open(PAGES[kind])
        assert await violations(visit.page) == []


@SCREENS
@pytest.mark.parametrize("kind", ["index", "author"])
async def test_axe_has_nothing_against_a_page_in_use(
    chrome: Browser, site: str, kind: str, screen: dict[str, Any]
) -> None:
    async with visiting(chrome, site, **screen) as visit:
        await visit.open(PAGES[kind])
        await opened(visit)
        for step in (0, 1):
            await visit.page.locator("tr[data-id]:visible .dot").nth(step).click()
        await visit.page.keyboard.press("j")
        assert await violations(visit.page) == []
        await visit.one("#_filter").fill("nothing of the kind")
        await expect(visit.one("#_told")).to_have_text("No paper found")
        assert await violations(visit.page) == []


@SCREENS
async def test_axe_has_nothing_against_the_list_of_keys(
    chrome: Browser, site: str, screen: dict[str, Any]
) -> None:
    async with visiting(chrome, site, **screen) as visit:
        await visit.open(PAGES["index"])
        await visit.page.keyboard.press("?")
        await expect(visit.one("dialog")).to_be_visible()
        assert await violations(visit.page) == []


async def opened(visit: Visit) -> None:
    """Unfold all, and wait for the abstracts that come after."""
    await visit.one("[data-do=unfold]").click()
    last = visit.page.locator("details.abstract p:visible").last
    await expect(last).not_to_have_text("…")
    await expect(visit.paper(MATHS).locator("details").first).to_have_attribute("open", "")
