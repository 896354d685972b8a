"""Pages in the look of the site that say why there is nothing else, at whatever address."""

from bot.core.site import places
from bot.core.site.drawing import draw
from bot.core.site.frame import Frame
from bot.core.site.model import Site

_DEEPEST = 20
"""Folders from which the links still lead to the root; nothing of ours stands so deep."""


MISSING = (
    "There is no such page",
    "It may have been pruned, or the link was cut. The first page leads to all that is here.",
)
TOO_LONG = ("That address is too long", "Nothing was looked for. Ask for less at once.")
BUSY = ("Please try again in a minute", "Too much is asked for just now, and nothing was lost.")


def refused_page(site: Site, address: str, why: tuple[str, str]) -> bytes:
    """Render a heading and a sentence, with links that lead from an address."""
    heading, lead = why
    folders = "_/" * min(address.count("/"), _DEEPEST)
    frame = Frame(site, folders + places.NOT_FOUND, heading)
    return draw("plain.html", frame=frame, lead=lead, entries=())
