"""The pages under the fingers: keys, focus, the filter, sorting, and what was read."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.rig import Visit, visiting
from tests.browser.shelf import ACCENTED, ALL, FAINT, MANY, MATHS, PAGES, WITHDRAWN
from tests.chromium import NEEDED

pytestmark = [*NEEDED, pytest.mark.asyncio(loop_scope="module")]
LAID = """() => {
  const one = document.activeElement, style = getComputedStyle(one);
  const { left, top, width, height } = one.getBoundingClientRect();
  const hit = document.elementFromPoint(left + Math.min(width, 20) / 2, top + height / 2);
  return {
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    covered: !(one.contains(hit) || hit?.contains(one)),
    named: `${one.tagName} ${one.id || one.className || one.textContent.trim()}`,
  };
}"""


class Focus(NamedTuple):
    """How the element looks that has the focus."""

    named: str
    outlined: bool
    covered: bool


async def focus(visit: Visit) -> Focus:
    return Focus(**await visit.page.evaluate(LAID))


@pytest_asyncio.fixture(loop_scope="module")
async def index(chrome: Browser, site: str) -> AsyncIterator[Visit]:
    """Open the first page."""
    async with visiting(chrome, site) as visit:
        await visit.open("index.html")
        yield visit


async def current(visit: Visit) -> str:
    return str(await visit.one("tr.current").get_attribute("data-id"))


async def press(visit: Visit, *keys: str) -> None:
    for key in keys:
        await visit.page.keyboard.press(key)


async def test_keys_step_open_and_mark(index: Visit) -> None:
    rows = index.page.locator("tr[data-id]")
    ids = await rows.evaluate_all("all => all.map(one => one.dataset.id)")
    await press(index, "j", "j", "j")
    assert await current(index) == ids[2]
    await press(index, "k")
    assert await current(index) == ids[1]
    row = index.one("tr.current")
    await expect(row.locator(".title")).to_be_focused()
    await press(index, "o")
    await expect(row.locator("details.abstract")).to_have_attribute("open", "")
    await press(index, "o")
    await expect(row.locator("details.abstract")).not_to_have_attribute("open", "")
    await press(index, "m")
    await expect(row.get_by_role("button", name="Read")).to_have_attribute("aria-pressed", "true")
    await press(index, "m")
    await expect(row.get_by_role("button", name="Read")).to_have_attribute("aria-pressed", "false")


async def test_a_opens_the_paper_at_arxiv(index: Visit) -> None:
    await press(index, "j")
    wanted = await index.one("tr.current .title").get_attribute("href")
    async with index.page.expect_event("requestfailed"):
        await press(index, "a")
    assert index.outside == [wanted]
    index.outside.clear()
    index.complaints.clear()


async def test_the_filter_is_a_key_away_and_escape_leaves_it(index: Visit) -> None:
    await press(index, "j", "j", "/")
    await expect(index.one("#_filter")).to_be_focused()
    before = await current(index)
    await index.page.keyboard.type("jok")
    assert await current(index) == before
    await expect(index.one("#_told")).to_have_text("No paper found")
    await press(index, "Escape")
    await expect(index.one("#_filter")).to_have_value("")
    await expect(index.one("tr.current .title")).to_be_focused()
    assert len(await index.shown()) == ALL


async def test_the_list_of_keys_opens_closes_and_turns_them_off(index: Visit) -> None:
    await press(index, "?")
    dialog = index.page.get_by_role("dialog", name="Keys")
    await expect(dialog).to_be_visible()
    await press(index, "j")
    await expect(index.page.locator("tr.current")).to_have_count(0)
    await dialog.get_by_label("Use these keys").uncheck()
    await press(index, "Escape")
    await expect(dialog).to_be_hidden()
    await press(index, "j")
    await index.page.reload()
    await press(index, "j", "/", "?")
    await expect(index.page.locator("tr.current")).to_have_count(0)
    await index.page.get_by_role("button", name="Keys").click()
    await dialog.get_by_label("Use these keys").check()
    await dialog.get_by_role("button", name="Close").click()
    await press(index, "j")
    await expect(index.page.locator("tr.current")).to_have_count(1)


async def test_the_focus_is_seen_goes_in_order_and_is_never_covered(index: Visit) -> None:
    met = []
    for _ in range(40):
        await press(index, "Tab")
        met.append(await focus(index))
    assert [one.named for one in met if not one.outlined or one.covered] == []
    names = [one.named for one in met]
    assert names[:2] == ["A skip", "A way"]
    assert names.index("INPUT _filter") < names.index("SELECT _sort") < names.index("INPUT _hide")
    assert names.index("INPUT _hide") < names.index("A title") < names.index("A aside")
    for _ in range(15):
        await press(index, "Shift+Tab")
        met.append(await focus(index))
    for key in "j" * 20 + "k" * 15:
        await press(index, key)
        met.append(await focus(index))
    assert [one.named for one in met if not one.outlined or one.covered] == []


async def test_the_way_past_the_navigation_leads_to_the_papers(index: Visit) -> None:
    await press(index, "Tab")
    skip = index.page.get_by_role("link", name="Skip to the papers")
    await expect(skip).to_be_in_viewport()
    await press(index, "Enter", "Tab")
    assert await index.page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("GROBNER naive", [ACCENTED]),
        ("gröbner Łódź", [ACCENTED]),
        ("number29", [MANY]),
        ("noether withdrawn", [WITHDRAWN]),
        (MATHS, [MATHS]),
        ("emmy noether", [MATHS, WITHDRAWN]),
    ],
)
async def test_the_filter_finds_and_tells_how_many(
    index: Visit, typed: str, found: list[str]
) -> None:
    await index.one("#_filter").fill(typed)
    papers = "1 paper" if len(found) == 1 else f"{len(found)} papers"
    await expect(index.one("#_told")).to_have_text(f"{papers} found")
    await expect(index.one("#_told")).to_have_attribute("aria-live", "polite")
    assert await index.shown() == found
    await index.one("#_filter").fill("")
    await expect(index.one("#_told")).to_have_text("")
    assert len(await index.shown()) == ALL


async def test_papers_are_sorted_by_match_and_by_date_again(index: Visit) -> None:
    rows = index.page.locator("#lattices tr[data-id]")
    by_date, by_match = [FAINT, MATHS, WITHDRAWN], [MATHS, WITHDRAWN, FAINT]
    assert await rows.evaluate_all("all => all.map(one => one.dataset.id)") == by_date
    await index.page.get_by_label("Sort by").select_option("match")
    assert await rows.evaluate_all("all => all.map(one => one.dataset.id)") == by_match
    await index.page.get_by_label("Sort by").select_option("date")
    assert await rows.evaluate_all("all => all.map(one => one.dataset.id)") == by_date


async def test_what_was_read_stays_read_everywhere(index: Visit) -> None:
    await expect(index.one("[data-unread=lattices]")).to_have_text("3 unread")
    await index.paper(MATHS).get_by_role("button", name="Read").click()
    await expect(index.one("[data-unread=lattices]")).to_have_text("2 unread")
    await index.page.reload()
    await expect(index.one("[data-unread=lattices]")).to_have_text("2 unread")
    for kind in ("topic", "author"):
        await index.open(PAGES[kind])
        done = index.paper(MATHS).get_by_role("button", name="Read")
        await expect(done).to_have_attribute("aria-pressed", "true")
    await index.page.get_by_label("Hide read").check()
    assert await index.shown() == [WITHDRAWN]
    await index.open("index.html")
    await expect(index.page.get_by_label("Hide read")).to_be_checked()
    assert MATHS not in await index.shown()
    await index.page.get_by_label("Hide read").uncheck()
    assert MATHS in await index.shown()


async def test_the_paper_at_which_the_reader_is_stays_until_they_go_on(index: Visit) -> None:
    await index.page.get_by_label("Hide read").check()
    await press(index, "j", "m")
    assert MATHS in await index.shown()
    await press(index, "j")
    assert MATHS not in await index.shown()


async def test_what_is_read_in_one_window_is_read_in_the_other(index: Visit) -> None:
    other = await index.context.new_page()
    await other.goto(f"{index.root}{PAGES['author']}")
    await other.get_by_role("button", name="Mark all as read").click()
    await expect(index.one("[data-unread=lattices]")).to_have_text("1 unread")


async def test_a_whole_topic_is_read_and_unread_again(index: Visit) -> None:
    section = index.one("#lattices")
    await section.get_by_role("button", name="Mark all as read").click()
    await expect(index.one("[data-unread=lattices]")).to_have_text("0 unread")
    await section.get_by_role("button", name="Mark all as unread").click()
    await expect(index.one("[data-unread=lattices]")).to_have_text("3 unread")
