"""What axe-core, which tests pages for accessibility, has against a page."""

from functools import cache
from importlib.resources import files
from typing import Any

from playwright.async_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCHEMES = ("light", "dark")
_RUN = "only => axe.run({ runOnly: only, resultTypes: ['violations'] })"  # the rest in short


async def violations(page: Page) -> list[str]:
    """Tell what is wrong with the page as it stands, in light and in dark."""
    found = []
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
        if not await page.evaluate("typeof axe === 'object'"):
            await page.evaluate(_source())  # the policy of the page holds for its own scripts
        told = await page.evaluate(_RUN, RULES)
        assert told["passes"], "nothing was looked at"
        found += [f"{scheme}: {words}" for one in told["violations"] for words in _words(one)]
    return found


def _words(violation: dict[str, Any]) -> list[str]:
    return [
        f"{violation['id']} at {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for node in violation["nodes"]
    ]


@cache
def _source() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
