"""The pages in Chromium: no wider than the screen, and with the style that the policy allows."""

import asyncio
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("PIL", reason="pillow is not installed: no image can be looked at")

from PIL import Image

from bot.core.people import Holder
from bot.web import chosen
from bot.web import pages as rendering
from tests.builders import NOON
from tests.chromium import FLAGS, NEEDED, chromium
from tests.core.render.browser import Frame, widths
from tests.web.rig import NOBODY, Site
from tests.web.test_reader_page import hostile

pytestmark = NEEDED
SHEET, GROUND = (255, 255, 255), (243, 241, 236)


def test_no_page_is_wider_than_the_screen() -> None:
    long = Holder("ana", "email", f"ana@{'x' * 63}.{'y' * 63}.example.org")
    shown = [
        rendering.asking(long, NOBODY),
        rendering.stopped(long, NOBODY),
        rendering.resumed(long, NOBODY),
        rendering.kept(),
        rendering.busy(posted=True),
        *(rendering.fault(status) for status in (404, 405, 408, 413, 500)),
    ]
    sources = [*(rendering.html(page) for page in shown), chosen.html(hostile(), NOBODY, NOON)]
    frames = [
        # As if every digest were opened.
        Frame(source.replace("<details>", "<details open>"), width, 700)
        for source in sources
        for width in (320, 360, 900, 1200)
    ]
    assert widths(frames) == [frame.width for frame in frames]


def photographed(url: str, target: Path) -> Image.Image:
    """Open an address in the browser, and take a picture."""
    program = chromium()
    assert program is not None
    command = [
        *(
            program,
            "--headless",
            *FLAGS,
            "--hide-scrollbars",
            f"--user-data-dir={target.parent}/profile",
        ),
        *("--window-size=900,700", f"--screenshot={target}", url),
    ]
    subprocess.run(command, capture_output=True, timeout=120, check=True)
    with Image.open(target) as image:
        return image.convert("RGB")


async def test_a_browser_obeys_the_style_over_http(pages: Site, tmp_path: Path) -> None:
    async with pages.over_http() as url:
        address = f"{url}/u/{pages.token()}"
        image = await asyncio.to_thread(photographed, address, tmp_path / "page.png")
    colours = {colour for _, colour in image.getcolors(image.width * image.height) or ()}
    assert {SHEET, GROUND} <= colours
    assert image.getpixel((2, 690)) == GROUND
    assert (await pages.holder()).reason is None
