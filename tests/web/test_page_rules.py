"""What every answer keeps to: headers that close it off, and HTML that everybody can read."""

import base64
import hashlib
import re

import pytest

from bot.core.people import Holder
from bot.web import pages as rendering
from bot.web.pages import Page
from tests.web.rig import NOBODY, Site

ANA = Holder("ana", "email", "ana@example.org")
ALL = {
    "asking": rendering.asking(ANA, NOBODY),
    "stopped": rendering.stopped(ANA, NOBODY),
    "resumed": rendering.resumed(ANA, NOBODY),
    "kept": rendering.kept(),
    "busy": rendering.busy(posted=True),
    "busy to look at": rendering.busy(posted=False),
    **{str(status): rendering.fault(status) for status in (404, 405, 408, 413, 500)},
}
STYLE = re.search(r"<style>(.*?)</style>", rendering.html(rendering.kept()), re.DOTALL)
assert STYLE
LIGHT, _, DARK = STYLE[1].partition("@media (prefers-color-scheme: dark)")


@pytest.mark.parametrize(
    "path",
    [
        *("/u/{token}", f"/u/{NOBODY}", "/m/{token}", f"/m/{NOBODY}"),
        *("/", "/healthz", "/readyz", "/metrics"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT"])
async def test_every_answer_is_closed_off(pages: Site, method: str, path: str) -> None:
    async with pages.client() as client:
        answer = await client.request(method, path.format(token=pages.token()))
    await closed_off(answer.headers)


async def test_a_fault_of_ours_is_closed_off_too(pages: Site) -> None:
    async with pages.client(ledger=None) as client:
        answer = await client.get(f"/u/{NOBODY}")
    assert answer.status_code == 500
    await closed_off(answer.headers)


async def closed_off(headers: object) -> None:
    assert isinstance(headers, dict) or hasattr(headers, "get")
    expected = {
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }
    assert {name: headers.get(name) for name in expected} == expected
    assert "noindex" in headers.get("x-robots-tag", "")
    assert headers.get("set-cookie") is None
    assert headers.get("server") is None
    policy = headers.get("content-security-policy", "")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules.pop("style-src") == style_hash()
    assert rules == {
        "default-src": "'none'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }


def style_hash() -> str:
    """Name the style as a browser computes it."""
    assert STYLE
    digest = hashlib.sha256(STYLE[1].encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@pytest.mark.parametrize("page", ALL.values(), ids=ALL)
def test_a_page_is_whole_and_runs_and_fetches_nothing(page: Page) -> None:
    html = rendering.html(page)
    assert html.startswith('<!doctype html>\n<html lang="en">')
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert html.count("<h1>") == html.count("<main>") == 1
    assert f"<title>{page.heading} · Daily Papers</title>" in html
    assert not re.search(r"<(script|img|link|iframe)\b|\bon\w+=|url\(|@import|style=", html)
    assert re.findall(r'<a href="([^"]*)"', html) == ([page.link[1]] if page.link else [])
    assert "{{" not in html


@pytest.mark.parametrize("page", [one for one in ALL.values() if one.form])
def test_a_button_says_what_it_does(page: Page) -> None:
    assert page.form
    (label,) = re.findall(r"<button[^>]*>([^<]+)</button>", rendering.html(page))
    assert label == page.form.label


def test_no_text_is_smaller_than_14_px_and_a_button_is_as_high_as_a_finger_is_wide() -> None:
    assert STYLE
    sizes = re.findall(r"(?:font-size: |font: (?:\d+ )?)(\d+)px", STYLE[1])
    assert min(map(int, sizes)) >= 14
    assert "min-height: 48px" in STYLE[1]


def colours(style: str) -> dict[str, dict[str, str]]:
    """Read colours by selector."""
    found: dict[str, dict[str, str]] = {}
    for selectors, block in re.findall(r"([^{}]+)\{([^{}]*)\}", style):
        for selector in selectors.split(","):
            named = dict(re.findall(r"(?<![\w-])(color|background): (#[0-9a-f]{3,6})", block))
            found.setdefault(selector.strip(), {}).update(named)
    return found


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("style", [LIGHT, DARK.replace("{", "", 1)], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        (".brand", "body"),
        ("body", "main"),
        ("h1", "main"),
        (".address", "main"),
        ("button", "button"),
        ("button.mild", "button.mild"),
        ("a", "main"),
        ("h2", "main"),
        ("h3", "main"),
        (".note", "main"),
        (".state", "main"),
        ("a", ".told"),
        (".told", ".told"),
        (".wrong", "main"),
        *((one, one) for one in ("input[type=date]", "input[type=email]", "input[type=time]")),
        ("select", "select"),
    ],
)
def test_every_text_stands_out_from_its_ground_as_wcag_aa_asks(
    style: str, text: str, ground: str
) -> None:
    known = colours(style)
    light = [luminance(known[text]["color"]), luminance(known[ground]["background"])]
    assert (max(light) + 0.05) / (min(light) + 0.05) >= 4.5


@pytest.mark.parametrize(
    ("channel", "address", "shown"),
    [
        ("email", "ana@example.org", "a•••@example.org"),
        ("email", "a@example.org", "•••@example.org"),
        ("email", "ξενία@παράδειγμα.org", "ξ•••@παράδειγμα.org"),
        ("email", '"x@y"@example.org', '"•••@example.org'),
        ("email", "ana@exa\u202emple.org", "a•••@example.org"),
        ("email", "no address", "your address"),
        ("slack", "#rag-papers", "a Slack channel"),
        ("maildir", "var/mail", "a mail folder"),
        ("matrix", "matrix://user:password@host/room", "where they were sent before"),
    ],
)
def test_an_address_is_known_to_its_owner_and_to_no_stranger(
    channel: str, address: str, shown: str
) -> None:
    assert rendering.place(Holder("ana", channel, address)) == shown


def test_fault_39_an_address_cannot_break_out_of_the_page() -> None:
    html = rendering.html(rendering.asking(Holder("x", "email", "ab@<script>&\"'"), NOBODY))
    assert "a•••@&lt;script&gt;&amp;&#34;&#39;" in html
