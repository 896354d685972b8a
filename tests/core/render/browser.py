"""Digests in headless Chromium: what they look like, and whether they are wider than the screen.

Run `python -m tests.core.render.browser` to write the reference images anew, and look at them.
"""

import html
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from bot.core import render
from bot.core.digest import Digest, Style
from bot.core.marks import Marks
from bot.core.model import Coverage, Entry, Former
from tests.builders import digest, paper
from tests.chromium import FLAGS, chromium

IMAGES = Path(__file__).parent / "images"
LAYOUTS = ("full", "compact", "titles")
WIDTHS = (360, 800)
HEIGHT = 1_800
SCALE = 4
FONTS = ("Liberation Serif", "Liberation Sans")
"""Those of the Debian package fonts-liberation, so that an image is the same on every machine."""

_PATIENCE = 120
_STOP = "https://papers.example.org/u/AAAAAAAAAAAAAAAAAAAAAA"
_MANAGE = "https://papers.example.org/m/AAAAAAAAAAAAAAAAAAAAAA"


class Frame(NamedTuple):
    """A page as it is shown: so many pixels wide and high."""

    source: str
    width: int
    height: int = HEIGHT


def fonts_missing() -> list[str]:
    """Tell which of FONTS this machine lacks."""
    if shutil.which("fc-list") is None:
        return list(FONTS)
    listed = subprocess.run(["fc-list", ":", "family"], capture_output=True, text=True, check=True)
    return [font for font in FONTS if font not in listed.stdout]


def sample(layout: Any) -> Digest:
    """Build a digest that shows one of everything."""
    abstract = (
        "Language models that retrieve what they cite still cite what they did not read. We "
        "measure how often, over nine models and three corpora, and show that asking for the "
        "passage before the claim halves it. Code and data are open."
    )
    marks = Marks(title=((23, 39),), abstract=((21, 29),), comment=((0, 8),))
    long = "Schrödinger Bridges, Optimal Transport and What They Have to Do with Retrieval"
    papers = [
        paper(
            1,
            title="Reading Before Citing: Grounded Answers from Nine Models",
            abstract=abstract,
            authors=tuple(f"{name} Author" for name in ("Ana", "Bo", "Chi", "Dee", "Eli", "Flo")),
            categories=("cs.CL", "cs.IR"),
            comment="Accepted at ACL 2026",
        ),
        paper(2, title=f"A Very Long Title about {long}", abstract=abstract, version=2),
        paper(3, abstract=abstract, comment="Withdrawn by the authors: an error in Lemma 2"),
    ]
    entries = [
        Entry(papers[0], ("Retrieval", "Agents"), followed=(2,), marks=marks),
        Entry(papers[1], ("Retrieval",), "cross"),
        Entry(papers[2], ("Agents",)),
        *(Entry(paper(n), ("Agents",)) for n in range(4, 8)),
        Entry(paper(8, version=3, comment="To appear in JMLR"), ("Agents",), "replace", Former(2)),
    ]
    coverage = Coverage(1_482, 1_482, 8, ("arxiv_api", "arxiv_rss"))
    return digest(*entries, coverage=coverage, style=Style(layout))


def page(one: Digest) -> str:
    """Render a digest in fonts that are known."""
    source = next(render.forms(one, _STOP, _MANAGE))[1]
    source = source.replace("Georgia,serif", "'Liberation Serif'")
    return re.sub(r"-apple-system[^;}\"]*?sans-serif", "'Liberation Sans'", source)


def shots(*, dark: bool) -> Iterator[tuple[str, Image.Image]]:
    """Show the sample in each layout and width, and give each image with its name, made small."""
    frames = [
        (f"{layout}-{width}-{'dark' if dark else 'light'}", Frame(page(sample(layout)), width))
        for layout in LAYOUTS
        for width in WIDTHS
    ]
    left = 0
    sheet = _photograph([frame for _, frame in frames], dark=dark)
    for name, frame in frames:
        cut = sheet.crop((left, 0, left + frame.width, frame.height))
        yield name, cut.resize((frame.width // SCALE, frame.height // SCALE), Image.Resampling.BOX)
        left += frame.width


def widths(frames: Sequence[Frame]) -> list[int]:
    """Measure how wide the contents of each frame are, in pixels."""
    script = (
        "<script>onload = () => { document.body.innerHTML = JSON.stringify("
        "[...document.querySelectorAll('iframe')].map("
        "one => one.contentDocument.documentElement.scrollWidth)) }</script>"
    )
    dom = _browse(_sheet(frames) + script, "--virtual-time-budget=10000", "--dump-dom")
    (numbers,) = re.findall(r"<body[^>]*>(\[[0-9,]*\])", dom)
    found: list[int] = json.loads(numbers)
    return found


def _photograph(frames: Sequence[Frame], *, dark: bool) -> Image.Image:
    """Show frames side by side, and take a picture."""
    size = f"{sum(frame.width for frame in frames)},{max(frame.height for frame in frames)}"
    scheme = ["--blink-settings=preferredColorScheme=0"] if dark else []
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "sheet.png"
        _browse(_sheet(frames), f"--screenshot={target}", f"--window-size={size}", *scheme)
        with Image.open(target) as image:
            return image.convert("RGB")


def _sheet(frames: Sequence[Frame]) -> str:
    """Write a page of frames side by side: each has a screen, and no other, to itself."""
    written = "".join(
        f'<iframe srcdoc="{html.escape(one.source)}" width="{one.width}" height="{one.height}"'
        ' style="border:0;display:block"></iframe>'
        for one in frames
    )
    return (
        '<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        f'<body style="margin:0;display:flex;width:max-content">{written}</body>'
    )


def _browse(source: str, *flags: str) -> str:
    """Open a page in the browser, and give what it prints."""
    program = chromium()
    assert program is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "page.html"
        file.write_text(source, encoding="utf-8")
        command = [
            *(program, "--headless", *FLAGS, "--hide-scrollbars"),
            *("--force-device-scale-factor=1", f"--user-data-dir={folder}/profile"),
            *(*flags, file.as_uri()),
        ]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PATIENCE, check=True
        )
        return done.stdout


def main() -> None:
    """Write the reference images."""
    IMAGES.mkdir(exist_ok=True)
    for dark in (False, True):
        for name, image in shots(dark=dark):
            image.save(IMAGES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
