"""What `search` tells: papers with the words that matched, and what was left out."""

from collections.abc import Sequence
from typing import Any

from bot.console import complain, marked, say
from bot.core.backtest.examples import example_of, pieces
from bot.core.backtest.wording import implied_or
from bot.core.model import Paper
from bot.core.paper_json import paper_json
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
        "papers": [paper_json(one) for one in found.papers],
        "more": found.more,
        "counted": not found.uncounted,
        "unindexed": found.unindexed,
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
    title = display(paper.title, paper.readable) or f"arXiv:{paper.id}"
    marked(pieces(title, marks(query, "title", title)))
    marked(byline(paper.authors, names(query, paper)), _INDENT)
    say(f"{' ' * _INDENT}{dated(paper)} · {categories(paper)} · {paper.url}")
    if paper.comment:
        _field("Comment", "comment", display(paper.comment, paper.readable), query)
    for name, field, text in (
        ("Journal", "journal_ref", paper.journal_ref),
        ("Report", "report_no", paper.report_no),
        *(("Affiliation", "affiliations", place) for place in paper.affiliations),
    ):
        if text and marks(query, field, display(text)):
            _field(name, field, display(text), query)
    if marks(query, "abstract", display(paper.abstract, paper.readable)):
        marked(example_of(query, paper, paper.published.date()).excerpt, _INDENT)


def _field(name: str, field: str, shown: str, query: Query) -> None:
    """Show a field under its name, its text as people read it."""
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
