"""The Daily Papers page as one Markdown file, for those who publish on a code host.

Its shape is that of the page from which this project descends, which others may read by program.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from bot.core.render.item import name_of
from bot.core.render.wording import ACKNOWLEDGEMENT, display, shorten
from bot.core.site.gfm import address, inline, paragraph
from bot.core.site.model import Card, Section, Site
from bot.core.site.newest import newest
from bot.core.site.words import PEEK
from bot.core.visible import visible, visible_lines

COLUMNS = ("Title", "Date", "Abstract", "Comment")
NOTHING = "No papers yet."


def markdown(site: Site, sections: Iterable[Section]) -> bytes:
    """Write the page: heading, introduction, last update, and a table for each section.

    A table has the newest `site.limit` papers of its section. No text of a paper, a topic or the
    settings is read as Markdown or HTML.
    """
    blocks = [f"# {inline(visible(site.title))}", *_introduction(site)]
    blocks.append(f"Last update: {site.updated.isoformat() if site.updated else 'none yet'}")
    for section in sections:
        blocks.append(f"## {inline(visible(section.shelf.name) or section.shelf.slug)}")
        blocks.append(_table(newest(section.cards, site.limit)))
    return ("\n\n".join(blocks) + "\n").encode()


def _introduction(site: Site) -> Iterator[str]:
    """Give its paragraphs, which empty lines part, and what arXiv asks for."""
    about = f"New papers on arXiv, topic by topic: the newest {site.limit} of each, newest first."
    for block in re.split(r"\n *\n", visible_lines(site.introduction or about)):
        if text := visible(block):
            yield paragraph(text)
    yield paragraph(ACKNOWLEDGEMENT)


def _table(cards: Sequence[Card]) -> str:
    """Write one line a paper, the columns' names above."""
    if not cards:
        return NOTHING
    rows = [tuple(f"**{name}**" for name in COLUMNS), ("---",) * len(COLUMNS), *map(_row, cards)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(card: Card) -> tuple[str, ...]:
    """Write the cells of one paper."""
    paper = card.paper
    comment = display(paper.comment or "", paper.readable)
    return (
        f"**[{inline(name_of(paper))}]({address(paper.url)})**",
        card.date.isoformat(),
        _folded("Show", display(paper.abstract, paper.readable)),
        _folded(shorten(comment, PEEK), comment) if len(comment) > PEEK else inline(comment),
    )


def _folded(summary: str, text: str) -> str:
    """Write text that is shown when asked for; nothing where there is none."""
    if not text:
        return ""
    return f"<details><summary>{inline(summary)}</summary><p>{inline(text)}</p></details>"
