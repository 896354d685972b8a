"""What digests look like in a browser, held against images that people have looked at."""

from functools import cache
from typing import Any

import pytest

pytest.importorskip("PIL", reason="pillow is not installed: no image can be compared")

from PIL import Image, ImageChops

from bot.core import render
from bot.core.digest import Style
from bot.core.model import Entry
from tests.builders import digest, paper
from tests.chromium import NEEDED
from tests.core.render.browser import (
    IMAGES,
    LAYOUTS,
    WIDTHS,
    Frame,
    fonts_missing,
    page,
    sample,
    shots,
    widths,
)

pytestmark = NEEDED
fonts = pytest.mark.skipif(
    bool(fonts_missing()), reason=f"fonts are not installed: {', '.join(fonts_missing())}"
)

BLOCK = 5
"""Pixels of a small image, 20 of the screen, that are compared as one: about a line of text."""
ANY_BLOCK, ALL_BLOCKS = 16, 2.0
"""How far one block's colour may be off, and the mean of all, of 255: letters are drawn a little
differently by each version of the browser, but stand in the same place."""


def difference(one: Image.Image, other: Image.Image) -> tuple[int, float]:
    """Tell how far apart two images are, at most and on average, where blocks are blurred."""
    blocks = [
        image.convert("RGB").resize(
            (image.width // BLOCK, image.height // BLOCK), Image.Resampling.BOX
        )
        for image in (one, other)
    ]
    apart = list(ImageChops.difference(*blocks).tobytes())
    return max(apart), sum(apart) / len(apart)


@cache
def shown(*, dark: bool) -> dict[str, Image.Image]:
    return dict(shots(dark=dark))


def reference(name: str) -> Image.Image:
    with Image.open(IMAGES / f"{name}.png") as image:
        return image.convert("RGB")


@fonts
@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_digest_looks_as_it_did_when_somebody_looked(layout: str, width: int, mode: str) -> None:
    name = f"{layout}-{width}-{mode}"
    image = shown(dark=mode == "dark")[name]
    wanted = reference(name)
    assert image.size == wanted.size
    most, mean = difference(image, wanted)
    assert most <= ANY_BLOCK, f"{name}: write the images anew, and look: see browser.py"
    assert mean <= ALL_BLOCKS, f"{name}: write the images anew, and look: see browser.py"


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("full-360-light", "full-360-dark"),
        ("full-800-light", "compact-800-light"),
        ("compact-800-dark", "titles-800-dark"),
    ],
)
def test_the_comparison_tells_them_apart(name: str, other: str) -> None:
    most, _ = difference(reference(name), reference(other))
    assert most > ANY_BLOCK


@fonts
def test_a_mark_that_is_not_drawn_is_noticed() -> None:
    from tests.core.render import browser

    def unmarked(layout: Any) -> str:
        return page(sample(layout)).replace("#fdf0bd", "#fff").replace("#fdf3d3", "#fff")

    frames = [Frame(unmarked(layout), 800) for layout in LAYOUTS]
    sheet = browser._photograph(frames, dark=False)
    for at, layout in enumerate(LAYOUTS):
        cut = sheet.crop((800 * at, 0, 800 * (at + 1), browser.HEIGHT))
        small = cut.resize((200, browser.HEIGHT // browser.SCALE), Image.Resampling.BOX)
        assert difference(small, reference(f"{layout}-800-light"))[0] > ANY_BLOCK


HOSTILE = "https://example.org/" + "x" * 400


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_message_is_wider_than_the_screen(layout: Any) -> None:
    long = paper(title=HOSTILE, abstract=HOSTILE, comment=HOSTILE, authors=(HOSTILE,) * 6)
    hostile = digest(
        Entry(long, (HOSTILE, HOSTILE + "2"), "cross", followed=(0,)), style=Style(layout)
    )
    heavy = digest(*(Entry(paper(n), ("RAG",)) for n in range(50)), style=Style(layout))
    pages = [page(one) for one in (sample(layout), hostile, heavy)]
    pages.append(render.html(hostile, render.BARE))
    frames = [Frame(source, width) for source in pages for width in (320, 360, 800, 1200)]
    assert widths(frames) == [frame.width for frame in frames]
