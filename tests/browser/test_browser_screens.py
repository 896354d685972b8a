"""The pages on screens of all widths, in the dark, under a finger, and on paper."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.measure import excess, small
from tests.browser.rig import DESK, PHONE, Visit, visiting
from tests.browser.shelf import COMMENT, LISTS, MATHS, PAGES
from tests.chromium import NEEDED

pytestmark = [*NEEDED, pytest.mark.asyncio(loop_scope="module")]
SCREENS: dict[str, dict[str, Any]] = {
    "narrow": PHONE | {"viewport": {"width": 320, "height": 568}},
    "phone": PHONE,
    "enlarged": {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},
    "desk": DESK,
    "wide": {"viewport": {"width": 2560, "height": 1200}},
}
"""`enlarged` is what a browser makes of 1280 × 800 at 200 %."""
HIDDEN = "nav, .tools, button, select, .links, .skip, .more, dialog"


@pytest.mark.parametrize("screen", SCREENS)
async def test_no_page_is_wider_than_the_screen(chrome: Browser, site: str, screen: str) -> None:
    wide = []
    async with visiting(chrome, site, **SCREENS[screen]) as visit:
        for address in PAGES.values():
            await visit.open(address)
            await unfold(visit)
            if await excess(visit.page):
                wide.append(address)
    assert wide == []


@pytest.mark.parametrize("kind", PAGES)
async def test_controls_are_as_large_as_a_finger(chrome: Browser, site: str, kind: str) -> None:
    async with visiting(chrome, site, **PHONE) as visit:
        await visit.open(PAGES[kind])
        await unfold(visit)
        assert await small(visit.page) == []


async def test_a_finger_opens_marks_and_filters(chrome: Browser, site: str) -> None:
    async with visiting(chrome, site, **PHONE) as visit:
        await visit.open("index.html")
        row = visit.paper(MATHS)
        await row.get_by_text("Abstract", exact=True).tap()
        await expect(row.get_by_text("We prove")).to_be_visible()
        await row.get_by_role("button", name="Read").tap()
        await expect(visit.one("[data-unread=lattices]")).to_have_text("2 unread")
        await visit.one(".topics a[href='#lattices']").tap()
        await expect(visit.one("#h_lattices")).to_be_in_viewport()


async def test_the_pages_are_dark_where_the_reader_wants_that(chrome: Browser, site: str) -> None:
    shown = {}
    for scheme in ("light", "dark"):
        async with visiting(chrome, site, **DESK, color_scheme=scheme) as visit:
            for kind, address in PAGES.items():
                await visit.open(address)
                shown[kind, scheme] = await lightness(visit, "body")
    assert {scheme for (_, scheme), light in shown.items() if light > 200} == {"light"}
    assert {scheme for (_, scheme), light in shown.items() if light < 60} == {"dark"}
    assert not any(60 <= light <= 200 for light in shown.values())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", [*LISTS, "paper", "archive"])
async def test_on_paper_there_is_what_is_read_and_nothing_to_press(
    chrome: Browser, site: str, kind: str, scheme: str
) -> None:
    async with visiting(chrome, site, **DESK, color_scheme=scheme) as visit:
        await visit.open(PAGES[kind])
        if kind in LISTS:
            await visit.paper(MATHS).locator("details.abstract").evaluate("one => one.open = true")
        await visit.page.emulate_media(media="print")
        await expect(visit.page.locator(HIDDEN).locator("visible=true")).to_have_count(0)
        await expect(visit.one("h1")).to_be_visible()
        assert await lightness(visit, "body") == 255
        if kind in {*LISTS, "paper"}:
            await expect(visit.page.get_by_text("We prove").first).to_be_visible()
        assert (await visit.page.pdf()).startswith(b"%PDF-")


async def test_a_paper_on_paper_has_its_comment(chrome: Browser, site: str) -> None:
    async with visiting(chrome, site) as visit:
        await visit.open(PAGES["paper"])
        await visit.page.emulate_media(media="print")
        await expect(visit.page.get_by_text(COMMENT)).to_be_visible()


async def unfold(visit: Visit) -> None:
    await visit.page.evaluate(
        "document.querySelectorAll('details').forEach(one => one.open = true)"
    )


async def lightness(visit: Visit, selector: str) -> int:
    """Tell how light the ground of an element is, from 0 to 255."""
    script = "one => getComputedStyle(one).backgroundColor.match(/[\\d.]+/g).map(Number)"
    red, green, blue, *_ = await visit.one(selector).evaluate(script)
    return int(0.5 + 0.2126 * red + 0.7152 * green + 0.0722 * blue)
