"""The HTML part for screen readers, small screens and dark ones."""

import re

import pytest

from bot.core import render
from bot.core.model import Entry
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


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        (".page", ".page"),
        (".page", ".paper"),
        (".brand", ".page"),
        ("h1", ".page"),
        (".sum", ".page"),
        (".foot", ".page"),
        ("a", ".page"),
        ("h2", ".topic"),
        (".number", ".topic"),
        ("a", ".paper"),
        (".meta", ".paper"),
        (".chips", ".paper"),
        (".comment", ".paper"),
        (".note", ".note"),
        (".chip", ".chip"),
        (".cross", ".cross"),
        (".gone", ".gone"),
        (".yet", ".yet"),
        (".who", ".who"),
        (".page", ".topic"),
        (".number", ".paper"),
        (".good", ".paper"),
        (".bad", ".paper"),
    ],
)
def test_every_text_stands_out_from_its_ground_as_wcag_aa_asks(
    mode: str, text: str, ground: str
) -> None:
    colours = rules(render.html(digest()))[mode == "dark"]
    light = [luminance(colours[text]["color"]), luminance(colours[ground]["background"])]
    assert (max(light) + 0.05) / (min(light) + 0.05) >= 4.5
