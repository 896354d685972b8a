"""The HTML part for screen readers, small screens and dark ones."""

import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import NamedTuple

import pytest

from bot.core import render
from bot.core.marks import Marks
from bot.core.model import Coverage, Detail, Entry, Former
from tests.builders import digest, paper
from tests.core.render.outline import page


def test_the_page_is_readable_by_machines_that_read_aloud() -> None:
    outline = page(Entry(paper(1), ("RAG",)))
    tables = [attributes for name, attributes, _ in outline.elements if name == "table"]
    assert tables
    assert all(attributes["role"] == "presentation" for attributes in tables)
    (document,) = [attributes for name, attributes, _ in outline.elements if name == "html"]
    assert document["lang"] == "en"
    headings = [name for name, _, _ in outline.elements if name in {"h1", "h2", "h3"}]
    assert headings == ["h1", "h2", "h3"]
    assert not [name for name, _, _ in outline.elements if name in {"img", "script", "link"}]


def test_nothing_is_fetched_from_anywhere() -> None:
    source = render.html(digest())
    assert "@import" not in source
    assert "url(" not in source
    assert " src=" not in source


def test_styles_are_inline_and_dark_mode_is_kept() -> None:
    source = render.html(digest())
    assert re.search(r'<h3 style="[^"]+">', source)
    assert "@media (prefers-color-scheme:dark)" in source.replace(": dark", ":dark")
    assert '<meta name="color-scheme" content="light dark">' in source


def test_no_text_that_is_seen_is_smaller_than_14_px() -> None:
    sizes = {
        int(size)
        for element in re.findall(
            r'<(?!div|td class="space")[^>]*style="([^"]*)"', render.html(digest())
        )
        for size in re.findall(r"(?:font-size:|font:(?:\d+ )?)(\d+)px", element)
    }
    assert min(sizes) >= 14


def rules(source: str) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    """Read colours by selector from a page's style: in light, and in dark mode."""
    style = re.sub(r"\s+", " ", source.split("<style>")[1].split("</style>", maxsplit=1)[0])
    light, dark = style.split("@media (prefers-color-scheme: dark)")

    def read(css: str) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for selectors, block in re.findall(r"([^{}]+)\{([^{}]*)\}", css):
            colours = dict(re.findall(r"(?<![\w-])(color|background): (#[0-9a-f]{3,6})", block))
            for selector in selectors.split(","):
                found.setdefault(selector.strip(), {}).update(colours)
        return found

    return read(light), read(dark.replace("{", "", 1))


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


class Paint(NamedTuple):
    """What an element is painted with, its own or an ancestor's."""

    color: str
    background: str


class Painted(HTMLParser):
    """Collects which colour of text stands on which ground, where there is text.

    `sheet` are the rules of dark mode, which overrule the styles in the elements; with None, those
    count alone.
    """

    def __init__(self, page: str, sheet: dict[str, dict[str, str]] | None = None) -> None:
        super().__init__()
        self.sheet = sheet
        self.found: set[Paint] = set()
        self.open = [(Paint("#000000", "#ffffff"), True)]
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"meta", "br"}:
            return
        given = {name: value or "" for name, value in attrs}
        names = given.get("class", "").split()
        own = dict(re.findall(r"(?<![\w-])(color|background):(#[0-9a-f]+)", given.get("style", "")))
        for selector in (tag, *(f".{name}" for name in names)):
            own |= (self.sheet or {}).get(selector, {})
        seen = self.open[-1][1] and tag != "head" and "hidden" not in names
        self.open.append((self.open[-1][0]._replace(**own), seen))

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open[-1][1]:
            self.found.add(self.open[-1][0])


def everything(layout: str) -> str:
    """Render a digest that has one of all that a page can show."""
    gone = paper(2, comment="Withdrawn: an error", detail=Detail.FEED)
    marks = Marks(title=((2, 7),), abstract=((0, 2),), comment=((0, 3),))
    entries = [
        Entry(paper(1, comment="12 pages"), ("RAG", "SFT"), "cross", followed=(0,), marks=marks),
        Entry(gone, ("RAG",)),
        Entry(paper(3, version=2, comment="Accepted at ACL"), ("RAG",), "replace", Former(1)),
        Entry(paper(4, version=2, comment="Withdrawn"), ("RAG",), "replace", Former(1)),
        *(Entry(paper(number), ("SFT",)) for number in range(5, 12)),
    ]
    one = digest(*entries, test=True, coverage=Coverage(12, 12, 11))
    return render.html(one, render.Form(layout), "https://papers.example.org/u/token")  # type: ignore[arg-type]


LAYOUTS = ("full", "compact", "titles", "bare")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_stands_out_from_its_ground_as_wcag_aa_asks(layout: str, *, dark: bool) -> None:
    source = everything(layout)
    found = Painted(source, rules(source)[1] if dark else None).found
    assert len(found) >= 5
    weak = {
        paint
        for paint in found
        for light in [sorted(map(luminance, paint))]
        if (light[1] + 0.05) / (light[0] + 0.05) < 4.5
    }
    assert not weak


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_colour_of_the_style_sheet_is_left_out_of_that(*, dark: bool) -> None:
    pages = [everything(layout) for layout in LAYOUTS]
    sheets = rules(pages[0])
    shown = {
        colour
        for page in pages
        for paint in Painted(page, sheets[1] if dark else None).found
        for colour in paint
    }
    written = {
        colour
        for selector, colours in sheets[dark].items()
        if selector != ".hidden"
        for colour in colours.values()
    }
    assert written <= shown


@pytest.mark.parametrize("layout", LAYOUTS)
def test_headings_go_down_by_single_steps_and_links_say_where_they_lead(layout: str) -> None:
    source = everything(layout)
    levels = [int(level) for level in re.findall(r"<h(\d)", source)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    texts = re.findall(r"<a [^>]*>(.*?)</a>", source)
    assert texts
    assert all(re.search(r"\w", re.sub("<[^>]*>", "", text)) for text in texts)
    assert not {"here", "link", "more"} & {text.casefold() for text in texts}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_anchors_lead_to_places_that_are_there_once(layout: str) -> None:
    source = everything(layout)
    places = re.findall(r' id="([^"]*)"', source)
    assert len(set(places)) == len(places)
    assert set(re.findall(r'href="#([^"]*)"', source)) <= set(places)


def test_the_style_sheet_is_short_enough_for_gmail() -> None:
    (sheet,) = re.findall(r"<style>(.*?)</style>", render.html(digest()), re.DOTALL)
    assert len(sheet) < 8_192
