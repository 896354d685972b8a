"""Ten topics of a hundred genuine papers each, as a browser loads them."""

import gzip
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.core.site import files
from bot.core.site.entry import WHOLE
from tests.browser.axe import violations
from tests.browser.measure import excess
from tests.browser.rig import over_http, visiting
from tests.chromium import NEEDED
from tests.core.site import samples
from tests.core.site.test_html_budget import BUDGET

pytestmark = [*NEEDED, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def published(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the first page, and what it asks for."""
    folder = tmp_path_factory.mktemp("recorded")
    site, sections = samples.recorded(recordings)
    written = dict(files.common(site)) | dict(files.index(site, sections))
    for section in sections:
        written |= dict(files.topic(site, section, {}))
    for address, content in written.items():
        (folder / address).parent.mkdir(parents=True, exist_ok=True)
        (folder / address).write_bytes(content)
    return folder


async def test_a_thousand_papers_weigh_little_and_are_usable(
    chrome: Browser, published: Path
) -> None:
    with over_http(published) as root:
        async with visiting(chrome, root) as visit:
            await visit.open("index.html")
            await expect(visit.page.locator("tr[data-id]")).to_have_count(1000)
            asked = [published / one.removeprefix(root) for one in visit.asked]
            assert sum(len(gzip.compress(one.read_bytes())) for one in asked) <= BUDGET
            assert await excess(visit.page) == 0
            await visit.page.keyboard.press("j")
            await expect(visit.page.locator("tr.current")).to_have_count(1)
            await visit.page.get_by_role("button", name="Unfold all").click()
            last = visit.page.locator("section").last.locator("details.abstract p").last
            await expect(last).not_to_have_text("…")
            rest = [one for one in visit.asked if one.endswith("abstracts.json")]
            assert len(rest) == len(set(rest)) == 10
            assert await visit.page.locator("details.abstract").count() >= 10 * WHOLE


async def test_axe_has_nothing_against_them(chrome: Browser, published: Path) -> None:
    with over_http(published) as root:
        async with visiting(chrome, root) as visit:
            await visit.open("index.html")
            assert await violations(visit.page) == []
