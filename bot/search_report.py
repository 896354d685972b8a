"""What `search` tells: papers with the words that matched, and what was left out."""

from collections.abc import Sequence
from typing import Any

from bot.console import complain, marked, say
from bot.core.backtest.examples import example_of, pieces
from bot.core.backtest.wording import implied_or
from bot.core.model import Paper
from bot.core.query import Query, marks, names
from bot.core.render.byline import byline
from bot.core.render.wording import categories, dated, display
from bot.searching import Found
from bot.stored import unseen

_INDENT = 2


def found_json(found: Found) -> dict[str, Any]:
    """Shape what was found for scripts: the keys are a contract; text comes without LaTeX.

    There may be more than `more` that match where `counted` is false.
    """
    return {
        "papers": [_paper_json(one) for one in found.papers],
        "more": found.more,
        "counted": not found.uncounted,
        "unindexed": found.unindexed,
    }


def _paper_json(one: Paper) -> dict[str, Any]:
    """Shape one paper."""
    return {
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
        "affiliations": [display(place) for place in one.affiliations],
    }


def show_found(found: Found, query: Query) -> None:
    """Show the papers, the newest first, and how many more there are."""
    for paper in found.papers:
        _show(paper, query)
        say()
    say(_count(found))


def suggest(instead: Sequence[Query]) -> None:
    """Say that OR was read where no operator stands, if something else may have been meant."""
    if instead:
        marked([(f"note: {implied_or([one.text for one in instead])}", False)])


def warn(found: Found) -> None:
    """Say what could not be looked at."""
    if found.unindexed:
        complain(unseen(found.unindexed, found.because))


def _show(paper: Paper, query: Query) -> None:
    """Show one paper; of its abstract what stands about a match, if one is there."""
    title = display(paper.title) or f"arXiv:{paper.id}"
    marked(pieces(title, marks(query, "title", title)))
    marked(byline(paper.authors, names(query, paper)), _INDENT)
    say(f"{' ' * _INDENT}{dated(paper)} · {categories(paper)} · {paper.url}")
    if paper.comment:
        _field("Comment", "comment", paper.comment, query)
    for name, field, text in (
        ("Journal", "journal_ref", paper.journal_ref),
        ("Report", "report_no", paper.report_no),
        *(("Affiliation", "affiliations", place) for place in paper.affiliations),
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
    newest = "is" if shown == 1 else f"{shown:,} are"
    match = "matches" if found.more == 1 and not found.uncounted else "match"
    return f"The newest {newest} shown, and {more} more {match}: see --limit."
