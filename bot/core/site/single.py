"""A paper's own page: all that is known of it, for people and for tools that cite."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote

from markupsafe import Markup

from bot.core.model import Paper
from bot.core.render.item import name_of
from bot.core.render.wording import categories, dated, display, long_date, short_date, shorten
from bot.core.site import places
from bot.core.site.bibtex import bibtex
from bot.core.site.frame import Frame, Leading
from bot.core.site.model import Card
from bot.core.site.words import shown, title_of

_DESCRIPTION = 200
_TITLE = 300


class Fact(NamedTuple):
    """Something that is known of a paper."""

    name: str
    words: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Single:
    """What the page says: text that is no Markup is still to be escaped.

    `citing` are names and contents of meta elements, as indexes of papers read them.
    """

    title: Markup
    plain: str
    description: str
    citing: Sequence[Fact]
    categories: str
    authors: Sequence[Leading]
    dated: str
    abstract: Markup
    facts: Sequence[Fact]
    bibtex: str
    bib: str
    ris: str


def heading_of(paper: Paper) -> str:
    """Give the title for the document's own."""
    return shorten(name_of(paper), _TITLE)


def single_of(frame: Frame, card: Card) -> Single:
    """Choose the words of a paper's page."""
    paper = card.paper
    abstract = display(paper.abstract, paper.readable)
    return Single(
        title=title_of(paper),
        plain=name_of(paper),
        description=shorten(abstract, _DESCRIPTION) or name_of(paper),
        citing=list(_citing(paper)),
        categories=categories(paper),
        authors=_authors(frame, card),
        dated=dated(paper),
        abstract=shown(paper.abstract, paper.readable),
        facts=list(_facts(frame, card)),
        bibtex=bibtex([card]).decode(),
        bib=frame.to(places.paper_file(paper.id, "bib")),
        ris=frame.to(places.paper_file(paper.id, "ris")),
    )


def _citing(paper: Paper) -> Iterator[Fact]:
    """Give what Zotero and search engines for papers look for."""
    for name in paper.authors:
        yield Fact("citation_author", display(name))
    if not paper.partial:
        yield Fact("citation_publication_date", f"{paper.published:%Y/%m/%d}")
        yield Fact("citation_online_date", f"{paper.updated:%Y/%m/%d}")
    yield Fact("citation_arxiv_id", paper.id)
    yield Fact("citation_pdf_url", paper.pdf_url)
    if paper.doi:
        yield Fact("citation_doi", display(paper.doi))


def _authors(frame: Frame, card: Card) -> list[Leading]:
    """Name all authors; whoever is followed leads to their page where the name tells which."""
    known: dict[str, list[str]] = {}
    for one in frame.site.authors if card.followed else ():
        known.setdefault(display(one.name).casefold(), []).append(one.slug)
    named = []
    for place, name in enumerate(map(display, card.paper.authors)):
        followed = place in card.followed
        slugs = known.get(name.casefold(), ()) if followed else ()
        href = frame.to(places.author(slugs[0])) if len(slugs) == 1 else ""
        named.append(Leading(name, href, here=followed))
    return named


def _facts(frame: Frame, card: Card) -> Iterator[Fact]:
    """Tell what is known beside the abstract."""
    paper = card.paper
    if paper.comment:
        yield Fact("Comment", shown(paper.comment, paper.readable))
    if paper.journal_ref:
        yield Fact("Journal", display(paper.journal_ref))
    for doi in display(paper.doi or "").split():
        yield Fact("DOI", doi, f"https://doi.org/{quote(doi)}")
    if paper.report_no:
        yield Fact("Report number", display(paper.report_no))
    if paper.affiliations:
        yield Fact("Affiliations", "; ".join(map(display, paper.affiliations)))
    yield Fact("Categories", categories(paper))
    if not paper.partial:
        yield Fact("Submitted", short_date(paper.published.date()))
    if paper.version > 1:
        yield Fact(f"Version {paper.version}", short_date(paper.updated.date()))
    if card.topics:  # without any, nothing of that day stands in the archive for it
        yield Fact("Came here", long_date(card.day), frame.to(places.day(card.day)))
