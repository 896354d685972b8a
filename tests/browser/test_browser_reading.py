"""Reading the pages in Chromium: from a server and from a disk, with JavaScript and without."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, expect

from bot.core.site.entry import WHOLE
from tests.browser.rig import DESK, Visit, visiting
from tests.browser.shelf import ALL, ATTACK, COMMENT, HOSTILE, LANGUAGE, LISTS, MATHS, PAGES
from tests.builders import NOON
from tests.chromium import NEEDED

pytestmark = [*NEEDED, pytest.mark.asyncio(loop_scope="module")]
REST = "topics/language/abstracts.json"
LATER = LANGUAGE - WHOLE
"""So many abstracts of Language are not in the index."""
HOUR = timedelta(hours=1)
LAST = "2601.00036"


@pytest.fixture(params=["http", "disk"])
def root(request: pytest.FixtureRequest, folder: Path, site: str) -> str:
    """Where the site stands."""
    return site if request.param == "http" else f"{(folder / 'site').as_uri()}/"


async def test_no_page_complains_or_asks_anybody_else(chrome: Browser, root: str) -> None:
    async with visiting(chrome, root) as visit:
        for address in PAGES.values():
            await visit.open(address)
            await expect(visit.one("h1")).to_be_visible()
            ground = await visit.one("body").evaluate("body => getComputedStyle(body).background")
            assert "rgb(243, 241, 236)" in ground  # the style was taken
        for kind in LISTS:
            await visit.open(PAGES[kind])
            await expect(visit.one("#_filter")).to_be_visible()  # and so was the script
    assert all(one.startswith((root, "data:")) for one in visit.asked)
    assert not any(one.endswith(".json") for one in visit.asked)


async def test_a_reader_goes_from_page_to_page(chrome: Browser, root: str) -> None:
    async with visiting(chrome, root) as visit:
        await visit.open("index.html")
        await visit.one("section#language h2 a").click()
        await expect(visit.one("h1")).to_have_text("Language")
        await visit.paper(MATHS).get_by_role("link", name="Details").click()
        await expect(visit.one("article .prose")).to_contain_text("We prove")
        await expect(visit.one("article math").first).to_be_visible()
        await visit.page.get_by_role("link", name="Emmy Noether").first.click()
        await expect(visit.one("h1")).to_have_text("Emmy Noether")
        await visit.page.get_by_role("link", name="Archive").click()
        await visit.page.locator("a.came").last.click()
        await expect(visit.one("h1")).to_contain_text("January 2026")
        await visit.page.go_back()
        await expect(visit.one("h1")).to_have_text("Archive")


async def test_over_http_later_abstracts_come_when_they_are_opened(
    chrome: Browser, site: str
) -> None:
    async with visiting(chrome, site) as visit:
        await visit.open("index.html")
        await expect(visit.page.locator("#language details.abstract")).to_have_count(LANGUAGE)
        assert f"{site}{REST}" not in visit.asked
        for paper in (LAST, "2601.00035"):
            await visit.paper(paper).get_by_text("Abstract", exact=True).click()
            words = visit.paper(paper).locator("details.abstract p")
            await expect(words).to_contain_text(f"We study subject {int(paper[-2:])} ")
        assert visit.asked.count(f"{site}{REST}") == 1


async def test_where_later_abstracts_cannot_be_had_there_is_a_link(
    chrome: Browser, site: str
) -> None:
    async with visiting(chrome, site) as visit:
        await visit.page.route(f"**/{REST}", lambda route: route.abort())
        await visit.open("index.html")
        row = visit.paper(LAST)
        await row.get_by_text("Abstract", exact=True).click()
        await row.get_by_role("link", name="It could not be loaded").click()
        await expect(visit.one("article .prose")).to_contain_text("We study subject 36")
        (told,) = visit.complaints
        assert "ERR_FAILED" in told
        visit.complaints.clear()


async def test_from_a_disk_later_abstracts_are_links(chrome: Browser, folder: Path) -> None:
    async with visiting(chrome, f"{(folder / 'site').as_uri()}/") as visit:
        await visit.open("index.html")
        await expect(visit.page.locator("#language a.fold")).to_have_count(LATER)
        await visit.paper(LAST).get_by_role("link", name="Abstract").click()
        await expect(visit.one("article .prose")).to_contain_text("We study subject 36")


async def test_without_javascript_everything_can_be_read(chrome: Browser, root: str) -> None:
    async with visiting(chrome, root, **DESK, java_script_enabled=False) as visit:
        await visit.open("index.html")
        await expect(visit.one(".tools")).to_be_hidden()
        await expect(visit.page.locator("button:visible")).to_have_count(0)
        assert len(await visit.shown()) == ALL
        row = visit.paper(MATHS)
        await row.get_by_text("Abstract", exact=True).click()
        await expect(row.get_by_text("We prove")).to_be_visible()
        await row.locator("details.comment summary").click()
        await expect(row.get_by_text(COMMENT, exact=True)).to_be_visible()
        await visit.paper(LAST).get_by_role("link", name="Abstract").click()
        await expect(visit.one("article .prose")).to_contain_text("We study subject 36")
        await expect(visit.one("#_bibtex")).to_contain_text("@misc{")
        await expect(visit.page.locator("button:visible")).to_have_count(0)


async def test_all_unfold_and_fold(chrome: Browser, site: str) -> None:
    async with visiting(chrome, site) as visit:
        await visit.open("index.html")
        await visit.page.get_by_role("button", name="Unfold all").click()
        folded = visit.page.locator("main details:not([open])")
        await expect(folded).to_have_count(0)
        await expect(visit.paper(LAST).locator("details p")).to_contain_text("We study")
        await expect(visit.paper(MATHS).get_by_text(COMMENT, exact=True)).to_be_visible()
        await visit.page.get_by_role("button", name="Fold all", exact=True).click()
        await expect(visit.page.locator("main details[open]")).to_have_count(0)
        await expect(visit.paper(MATHS).get_by_text("We prove")).to_be_hidden()


async def test_bibtex_is_copied(chrome: Browser, site: str) -> None:
    async with visiting(chrome, site) as visit:
        await visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await visit.page.clock.install(time=NOON)
        await visit.open("index.html")
        link = visit.paper(MATHS).locator("a.bib")
        listed = await copied(visit, link, NOON + HOUR)
        assert MATHS in listed
        await expect(link).to_have_text("Copied")
        await visit.page.clock.run_for(5000)
        await expect(link).to_have_text("BibTeX")
        await expect(visit.one("#_told")).to_have_text("")
        await visit.open(PAGES["paper"])
        button = visit.page.get_by_role("button", name="Copy BibTeX")
        assert (await copied(visit, button, NOON + 2 * HOUR)).strip() == listed.strip()


async def copied(visit: Visit, press: Locator, at: datetime) -> str:
    """Give what a button copies; its word for it stays, because the time stands still then."""
    await visit.page.evaluate("navigator.clipboard.writeText('')")
    await visit.page.clock.pause_at(at)
    await press.click()
    await expect(visit.one("#_told")).to_have_text("Copied")
    return str(await visit.page.evaluate("navigator.clipboard.readText()"))


async def test_nothing_that_stands_in_a_paper_is_obeyed(chrome: Browser, root: str) -> None:
    async with visiting(chrome, root) as visit:
        for address in ("index.html", "topics/language/2025-11.html"):
            await visit.open(address)
            row = visit.paper(HOSTILE)
            await expect(row.locator(".title")).to_contain_text("<script>alert(1)</script>")
            await row.get_by_text("Abstract", exact=True).click()
            await expect(visit.page.get_by_text("We attack.")).to_contain_text(ATTACK.split()[0])
            await expect(visit.page.locator("main img, main script, main b")).to_have_count(0)
        await visit.open(PAGES["hostile"])
        await expect(visit.one("article .prose")).to_contain_text("onerror=")
        await expect(visit.page.locator("main img, main script, main b")).to_have_count(0)
