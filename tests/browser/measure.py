"""How wide a page is, and how large what stands on it for a finger."""

from playwright.async_api import Page

FINGER = 44
"""CSS pixels that a control has in each direction."""
_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_SMALL = """(fewest) => {
  const controls = "button, select, summary, input:not([type=hidden]), .way, .entry, .aside, " +
    ".fold, .action, .step, .came";
  const there = (one) => one.checkVisibility() && !one.closest("[aria-hidden=true]");
  return [...document.querySelectorAll(controls)].filter(there)
    .map((one) => [one, (one.closest("label") ?? one).getBoundingClientRect()])
    .filter(([, box]) => Math.round(box.width) < fewest || Math.round(box.height) < fewest)
    .map(([one, box]) => `${one.outerHTML.slice(0, 90)}: ${box.width} × ${box.height}`);
}"""


async def excess(page: Page) -> int:
    """Tell by how many pixels a page is wider than the screen."""
    return int(await page.evaluate(_WIDER))


async def small(page: Page) -> list[str]:
    """List the controls that are smaller than a finger; links within text may be."""
    return list(await page.evaluate(_SMALL, FINGER))
