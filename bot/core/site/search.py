"""The page that answers a question: a form that works without scripts, and what was found."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import urlencode

from markupsafe import Markup, escape

from bot.core.backtest.examples import pieces
from bot.core.query import Query, QuerySyntaxError, implied
from bot.core.query.evidence import evidence, marked
from bot.core.query.expression import Term
from bot.core.site import places
from bot.core.site.drawing import draw
from bot.core.site.frame import Frame, Leading
from bot.core.site.model import Card, Section, Shelf, Site
from bot.core.site.row_html import Row, drawn, label
from bot.core.site.rows import Table
from bot.core.site.words import number
from bot.core.visible import visible

_NO_ROWS = Markup()
LONGEST = 2_000
"""Characters of a question."""
EXAMPLES = (
    'abs:"retrieval augmented generation"',
    "ti:RAG AND cat:cs.CL",
    'au:"Emmy Noether"',
    "ti:lattice ANDNOT cat:hep-lat",
)


@dataclass(frozen=True, slots=True)
class Found:
    """Stored papers that match, the newest first, and which of them have a page `here`.

    More of them may come before the paper `following`; where that is "", these are all. `read`
    papers were looked at. `short` tells that fewer were found than may be shown.
    """

    cards: Sequence[Card] = ()
    here: frozenset[str] = frozenset()
    following: str = ""
    read: int = 0
    short: bool = False


class Mistake(NamedTuple):
    """Why a question cannot be answered; `pointed` shows where, on two lines."""

    message: str
    pointed: str = ""

    @classmethod
    def of(cls, error: QuerySyntaxError) -> "Mistake":
        """Say what is wrong with a query, and at which of its characters."""
        said = f"{error.message[:1].upper()}{error.message[1:]}"
        return cls(f"{said} (at character {error.position + 1})", error.pointed)


@dataclass(frozen=True, slots=True)
class Searched:
    """What the page says below its form.

    `instead` are other readings of the same words, and `more` leads on.
    """

    text: str = ""
    tally: str = ""
    rows: Markup = _NO_ROWS
    instead: Sequence[Leading] = ()
    more: Leading | None = None
    mistake: Mistake | None = None
    examples: Sequence[Leading] = ()
    longest: int = LONGEST


def form_page(site: Site) -> bytes:
    """Render the page on which nothing is asked yet."""
    return _page(site, Searched(examples=[Leading(one, address(one)) for one in EXAMPLES]))


def mistaken_page(site: Site, text: str, mistake: Mistake) -> bytes:
    """Render what is wrong with a question."""
    return _page(site, Searched(text, mistake=mistake))


def found_page(site: Site, text: str, query: Query, found: Found) -> bytes:
    """Render what `query`, written as `text`, has found."""
    frame = Frame(site, places.SEARCH, "Search")
    more = Leading(_onwards(found), address(text, found.following)) if found.following else None
    searched = Searched(
        text,
        _tally(found),
        _rows(frame, query, found),
        [Leading(one.text, address(one.text)) for one in implied(text)],
        more,
    )
    return _page(site, searched)


def address(text: str, before: str = "") -> str:
    """Lead from the page to itself with a question."""
    asked = {"q": text, **({"before": before} if before else {})}
    return f"{places.SEARCH}?{urlencode(asked)}"


def _page(site: Site, searched: Searched) -> bytes:
    heading = f"{visible(searched.text)[:60]} · Search" if searched.text else "Search"
    frame = Frame(site, places.SEARCH, heading)
    return draw("search.html", frame=frame, page=searched)


def _tally(found: Found) -> str:
    """Tell what is shown, and never more than is known."""
    count = len(found.cards)
    shown = f"{number(count) if count else 'No'} stored paper{'s' if count > 1 else ''}"
    match = "match" if count > 1 else "matches"
    if found.short:
        looked = f"among the {number(found.read)} that were looked at"
        return f"{shown} {match} {looked}; older ones may match, too."
    if found.following:
        return f"{shown}, the newest first; older ones match, too."
    return f"{shown} {match}{', the newest first' if count > 1 else ''}."


def _onwards(found: Found) -> str:
    return "Look at older papers" if found.short else "Older papers that match"


def _rows(frame: Frame, query: Query, found: Found) -> Markup:
    """Draw the rows, their words marked; what has no page here leads to arXiv alone."""
    rows = Table(frame).rows(Section(Shelf("", "", query), found.cards))
    marked_rows = (_row(query, found, *one) for one in zip(rows, found.cards, strict=True))
    lines = [drawn(one).line(None, [*map(label, one.labels)]) for one in marked_rows]
    return Markup(b"".join(lines).decode())  # noqa: S704  # escaped there


def _row(query: Query, found: Found, row: Row, card: Card) -> Row:
    paper = card.paper
    if paper.id not in found.here:
        row = replace(row, page=row.url, bib=row.bibtex_url)
    terms = [term for term, _ in evidence(query, paper)]
    return replace(
        row,
        title=_marked(terms, "title", row.title),
        abstract=_marked(terms, "abstract", row.abstract or Markup()),
        comment=_marked(terms, "comment", row.comment),
    )


def _marked(terms: Sequence[Term], field: str, html: Markup) -> Markup:
    """Mark the words that speak for a paper; a text with formulas in MathML stays as it is."""
    if "<" in html:
        return html
    text = html.unescape()
    return Markup().join(
        Markup("<mark>{}</mark>").format(words) if is_marked else escape(words)
        for words, is_marked in pieces(text, marked(terms, field, text))
    )
