"""The pages in Chromium: none is wider than the screen, whatever stands in it."""

import re

import pytest

pytest.importorskip("PIL", reason="pillow is not installed, which tests.core.render.browser needs")

from bot.core.site import html
from bot.core.site.assets import SCRIPT, asset_name, assets
from bot.core.site.model import Section
from bot.core.site.single_html import paper_page
from tests.chromium import NEEDED
from tests.core.render.browser import Frame, widths
from tests.core.site import samples, whole
from tests.core.site.style import SHEET

pytestmark = NEEDED
LONG = "https://example.org/" + "x" * 400
WIDTHS = (320, 360, 800, 1000, 1400)


def alone(page: bytes) -> str:
    """Put style and script into a page, so that it can be shown without its files."""
    script = assets()[asset_name(SCRIPT)].decode()
    text = re.sub(r"<meta http-equiv[^>]*>|<link [^>]*>|<script[^>]*></script>", "", page.decode())
    text = text.replace("</head>", f"<style>{SHEET}</style></head>")
    return text.replace("</body>", f"<script>{script}</script></body>")


def test_no_page_is_wider_than_the_screen() -> None:
    kinds = ("index", "archive", "authors", "404", "topics", "days", "papers/2601/2601.009")
    found = whole.html(whole.site(searchable=True))
    chosen = [page for name, page in found.items() if name.startswith(kinds)]
    frames = [Frame(alone(page), width, 700) for page in chosen for width in WIDTHS]
    assert widths(frames) == [frame.width for frame in frames]


def test_no_text_makes_a_page_wider_than_the_screen() -> None:
    of = samples.site((LONG, "B" * 300), authors=(LONG,), title=LONG, introduction=LONG)
    slugs = [one.slug for one in of.topics]
    card = samples.card(
        1, slugs, title=LONG, abstract=LONG, comment=LONG, authors=(LONG,) * 7, doi=LONG,
        journal_ref=LONG, categories=(LONG,),
    )  # fmt: skip
    short = samples.card(2, slugs, comment="x" * 20)
    sections = [Section(one, [card, short]) for one in of.topics]
    pages = [
        html.index_page(of, sections),
        html.topic_page(of, sections[0], {samples.TODAY: 10**9}),
        paper_page(of, card),
        html.author_page(of, Section(of.authors[0], [card])),
    ]
    opened = [page.replace(b"<details", b"<details open") for page in pages]
    frames = [Frame(alone(page), width, 700) for page in pages + opened for width in WIDTHS]
    assert widths(frames) == [frame.width for frame in frames]
