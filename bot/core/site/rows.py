"""The rows of a table of papers: what each says, before it is HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from markupsafe import Markup

from bot.core.linked import Linked
from bot.core.model import Paper
from bot.core.query import Query
from bot.core.ranking import Ranking
from bot.core.render.byline import Piece, byline
from bot.core.render.wording import AUTHORS_SHOWN, display
from bot.core.site import places
from bot.core.site.drawing import KEPT
from bot.core.site.frame import Frame, Leading
from bot.core.site.model import Card, Section
from bot.core.site.words import peek, shown, title_of

_ALSO = 40
"""Authors beyond those named whom the filter finds too."""


class _Texts(NamedTuple):
    """What every row of a paper says."""

    title: Markup
    authors: tuple[Piece, ...]
    also: str
    abstract: Markup
    comment: Markup
    peek: str


@dataclass(frozen=True, slots=True)
class Row(Linked):
    """A paper as a table shows it: text that is no Markup is still to be escaped.

    `also` are authors who are not named, for the filter. An `abstract` of None stands on the
    paper's own page only. `peek` is the beginning of a comment that is folded. `rank` is the place
    among the rows of the table when the best match stands first.
    """

    page: str
    bib: str
    title: Markup
    authors: tuple[Piece, ...]
    also: str
    date: date
    new: bool
    version: int
    withdrawn: bool
    partial: bool
    labels: tuple[Leading, ...]
    abstract: Markup | None
    comment: Markup
    peek: str
    rank: int | None


@dataclass(frozen=True, slots=True)
class Table:
    """How a page shows a section: the newest `whole` abstracts in the page, or all.

    `new` is the day whose papers are marked as new, and `within` whether topics are sections of
    this very page. Where it is `ranked`, rows know their place by match: that takes longer than all
    else of a row, and is worth it for what is read today.
    """

    frame: Frame
    whole: int | None = None
    new: date | None = None
    within: bool = False
    ranked: bool = False

    def rows(self, section: Section) -> list[Row]:
        """Give the rows in the order of the cards."""
        ranks: Sequence[int | None] = [None] * len(section.cards)
        if self.ranked:
            ranks = _ranks(section.shelf.query, tuple(card.paper for card in section.cards))
        whole = len(section.cards) if self.whole is None else self.whole
        slug = section.shelf.slug if section.shelf.kind == "topic" else ""
        return [
            self._row(card, slug, rank, whole=place < whole)
            for place, (card, rank) in enumerate(zip(section.cards, ranks, strict=True))
        ]

    def label(self, slug: str) -> Leading:
        """Lead to a topic, by its name."""
        href = f"#{slug}" if self.within else self.frame.to(places.topic(slug))
        return Leading(display(self.frame.site.topic(slug).name), href)

    def _row(self, card: Card, slug: str, rank: int | None, *, whole: bool) -> Row:
        paper = card.paper
        texts = _texts(paper, card.followed)
        return Row(
            paper.id,
            page=self.frame.to(places.paper(paper.id)),
            bib=self.frame.to(places.paper_file(paper.id, "bib")),
            title=texts.title,
            authors=texts.authors,
            also=texts.also,
            date=card.date,
            new=card.day == self.new,
            version=paper.version,
            withdrawn=paper.withdrawn,
            partial=paper.partial,
            labels=tuple(self.label(one) for one in card.topics if one != slug),
            abstract=texts.abstract if whole else None,
            comment=texts.comment,
            peek=texts.peek,
            rank=rank,
        )


@lru_cache(maxsize=KEPT)  # a paper stands in the lists of several topics
def _texts(paper: Paper, followed: tuple[int, ...]) -> _Texts:
    comment = paper.comment or ""
    return _Texts(
        title_of(paper),
        byline(paper.authors, followed),
        _also(paper.authors),
        shown(paper.abstract, paper.readable),
        shown(comment, paper.readable),
        peek(comment, paper.readable),
    )


@lru_cache(maxsize=256)  # a topic's newest papers are those of its page and of the index
def _ranks(query: Query, papers: tuple[Paper, ...]) -> Sequence[int]:
    """Tell of each paper its place when the best match stands first, and of equals the newest."""
    ranking = Ranking()
    matches = [ranking.of(query, paper) for paper in papers]
    order = sorted(range(len(matches)), key=matches.__getitem__, reverse=True)
    ranks = [0] * len(order)
    for rank, place in enumerate(order):
        ranks[place] = rank
    return ranks


def _also(authors: Sequence[str]) -> str:
    rest = authors[AUTHORS_SHOWN : AUTHORS_SHOWN + _ALSO] if len(authors) > AUTHORS_SHOWN else ()
    return ", ".join(display(one) for one in rest)
