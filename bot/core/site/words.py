"""Texts of papers as the pages show them: the one way by which outside text becomes HTML."""

from collections.abc import Mapping
from datetime import date

from markupsafe import Markup, escape

from bot.core.model import Paper
from bot.core.render.item import name_of
from bot.core.render.wording import display, long_date, shorten
from bot.core.site.mathml import markup

INTRODUCTION = (
    "New papers on arXiv, topic by topic: each with its authors, its date, its abstract and its "
    "comment, the newest first."
)
"""What stands below the title where the configuration says nothing."""

PEEK = 20
"""Characters up to which a comment stands in full; a longer one is folded behind its beginning."""

_PEEKED = 34


def escaped(text: str) -> str:
    """Give text for HTML, between tags and within quotes, as markupsafe does; Markup stays.

    That takes twice as long, which counts where it is all that is done with a paper.
    """
    if isinstance(text, Markup):
        return text
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&#34;")
        .replace("'", "&#39;")
    )


def shown(text: str, readable: Mapping[str, str] | None = None) -> Markup:
    """Give a title, an abstract or a comment as HTML.

    `readable` is what its paper has under that name.
    """
    return markup(text, readable)


def title_of(paper: Paper) -> Markup:
    """Give a title as HTML; the id where it shows nothing."""
    return shown(paper.title, paper.readable) or escape(name_of(paper))


def peek(comment: str, readable: Mapping[str, str] | None = None) -> str:
    """Give the beginning of a comment that is to be folded, as plain text; "" of a short one."""
    whole = display(comment, readable)
    return shorten(whole, _PEEKED) if len(whole) > PEEK else ""


def long_month(day: date) -> str:
    """Write `January 2026`."""
    return long_date(day).split(" ", 2)[2]


def number(count: int) -> str:
    """Write `1,234`."""
    return f"{count:,}"


def papers(count: int) -> str:
    """Write `no papers`, `1 paper`, `1,234 papers`."""
    return f"{number(count) if count else 'no'} paper{'' if count == 1 else 's'}"
