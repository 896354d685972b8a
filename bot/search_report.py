"""What `search` tells: papers with the words that matched, and what was left out."""

from typing import Any

from bot.console import complain, marked, say
from bot.core.backtest.examples import example_of, pieces
from bot.core.model import Paper
from bot.core.query import Query, marks, names
from bot.core.render.byline import byline
from bot.core.render.wording import dated, display
from bot.searching import Found

_INDENT = 2


def found_json(found: Found) -> list[dict[str, Any]]:
    """Shape what was found for scripts: the keys are a contract; text comes without LaTeX."""
    return [
        {
            "id": one.id,
            "version": one.version,
            "url": one.url,
            "title": display(one.title),
            "authors": [display(name) for name in one.authors],
            "abstract": display(one.abstract),
            "categories": list(one.categories),
            "primary_category": one.primary_category,
            "published": one.published,
            "updated": one.updated,
            "comment": one.comment and display(one.comment),
            "journal_ref": one.journal_ref and display(one.journal_ref),
            "doi": one.doi,
            "report_no": one.report_no and display(one.report_no),
        }
        for one in found.papers
    ]


def show_found(found: Found, query: Query) -> None:
    """Show the papers, the newest first, and how many more there are."""
    for paper in found.papers:
        _show(paper, query)
        say()
    say(_count(found))


def warn(found: Found) -> None:
    """Say what could not be looked at."""
    if found.unindexed:
        papers = "1 paper" if found.unindexed == 1 else f"{found.unindexed:,} papers"
        complain(f"{papers}, new or changed lately, could not be looked at: {found.because}")


def _show(paper: Paper, query: Query) -> None:
    """Show one paper; of its abstract what stands about a match, if one is there."""
    title = display(paper.title) or f"arXiv:{paper.id}"
    marked(pieces(title, marks(query, "title", title)))
    marked(byline(paper.authors, names(query, paper)), _INDENT)
    categories = ", ".join(dict.fromkeys((paper.primary_category, *paper.categories)))
    say(f"{' ' * _INDENT}{dated(paper)} · {categories} · {paper.url}")
    if paper.comment:
        _field("Comment", "comment", paper.comment, query)
    for name, field, text in (
        ("Journal", "journal_ref", paper.journal_ref),
        ("Report", "report_no", paper.report_no),
    ):
        if text and marks(query, field, display(text)):
            _field(name, field, text, query)
    if marks(query, "abstract", display(paper.abstract)):
        marked(example_of(query, paper, paper.published.date()).excerpt, _INDENT)


def _field(name: str, field: str, text: str, query: Query) -> None:
    """Show a field under its name."""
    shown = display(text)
    marked(((f"{name}: ", False), *pieces(shown, marks(query, field, shown))), _INDENT)


def _count(found: Found) -> str:
    """Tell how many papers match."""
    shown = len(found.papers)
    if not shown:
        return "No stored paper matches."
    if not found.more and not found.uncounted:
        return f"{shown:,} {'paper matches' if shown == 1 else 'papers match'}."
    more = f"at least {found.more:,}" if found.uncounted else f"{found.more:,}"
    return f"The newest {shown:,} are shown, and {more} more match: see --limit."
