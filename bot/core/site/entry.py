"""What the index says of a topic: its line in the list of topics, and its section."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from bot.core.render.wording import display
from bot.core.site import places
from bot.core.site.frame import Frame, Leading
from bot.core.site.model import SPARK, Section
from bot.core.site.rows import Table
from bot.core.site.sparkline import sparkline
from bot.core.site.words import number, papers

WHOLE = 30
"""Abstracts of a topic that stand in the index; the rest are fetched when they are opened."""


class Entry(NamedTuple):
    """A topic as the index shows it; `lists` are its feeds, and its papers for other tools."""

    slug: str
    name: str
    total: str
    lately: str
    spark: Markup
    tally: str
    href: str
    more: str
    rest: str
    lists: Sequence[Leading]
    rows: Sequence[bytes]


def entry_of(table: Table, section: Section) -> Entry:
    """Choose the words of a topic."""
    site, slug = table.frame.site, section.shelf.slug
    counts = site.count(slug)
    total = max(counts.total, len(section.cards))
    lately = counts.lately(site.updated) if site.updated else (0,) * SPARK
    recent = sum(lately)
    whole = total <= len(section.cards)
    frame = Frame(site, table.frame.here, "", slug)
    return Entry(
        slug,
        display(section.shelf.name),
        number(total),
        lately=f"{number(recent)} in {SPARK} days",
        spark=sparkline(lately, f"{papers(recent)} in the last {SPARK} days"),
        tally=papers(total) if whole else f"newest {len(section.cards)} of {number(total)}",
        href=frame.to(places.topic(slug)),
        more="By month" if whole else f"All {papers(total)}, by month",
        rest=frame.to(places.topic_rest(slug)),
        lists=(*frame.feeds, *frame.tables),
        rows=table.lines(section),
    )
