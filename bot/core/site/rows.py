"""The rows of a table of papers: what each says, and which of them are at hand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from markupsafe import Markup

from bot.core.model import Paper
from bot.core.render.byline import Piece, byline
from bot.core.render.wording import AUTHORS_SHOWN, display
from bot.core.site import places
from bot.core.site.drawing import KEPT
from bot.core.site.frame import Frame, Leading
from bot.core.site.model import Card, Section
from bot.core.site.row_html import Drawn, Row, drawn, label
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


class _Looks(NamedTuple):
    """How a row looks: `way` leads from its page to the root of the site."""

    way: str
    new: bool
    whole: bool
    is_open: bool = False


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
        """Give the rows in the order of the cards, with the labels of all of their topics."""
        return [
            self._row(card, whole=whole, labels=tuple(map(self.label, card.topics)))
            for card, whole in zip(section.cards, self._wholes(section), strict=True)
        ]

    def lines(self, section: Section, *, is_open: bool = False) -> list[bytes]:
        """Give the rows as HTML, in the order of the cards, their abstracts unfolded or not."""
        shelf, cards = section.shelf, section.cards
        ranks: Sequence[int | None] = [None] * len(cards)
        if self.ranked:
            ranks = self.frame.site.matches.ranks(shelf.query, cards)
        slug = shelf.slug if shelf.kind == "topic" else ""
        labels = self._labels()
        return [
            self._drawn(card, whole=whole, is_open=is_open).line(
                rank, [labels[one] for one in card.topics if one != slug]
            )
            for card, rank, whole in zip(cards, ranks, self._wholes(section), strict=True)
        ]

    def label(self, slug: str) -> Leading:
        """Lead to a topic, by its name."""
        href = f"#{slug}" if self.within else self.frame.to(places.topic(slug))
        return Leading(display(self.frame.site.topic(slug).name), href)

    def labels(self, slugs: Sequence[str]) -> list[bytes]:
        """Draw the labels of some topics."""
        known = self._labels()
        return [known[one] for one in slugs]

    def _labels(self) -> Mapping[str, bytes]:
        """Draw the labels of all topics, once for all pages of a depth."""
        site = self.frame.site
        key = f"labels {self.frame.to('')} {self.within}"
        if key not in site.drawn:
            site.drawn[key] = {one.slug: label(self.label(one.slug)) for one in site.topics}
        known: Mapping[str, bytes] = site.drawn[key]
        return known

    def _wholes(self, section: Section) -> Iterator[bool]:
        """Tell of each row whether its abstract stands in the page."""
        return (self.whole is None or place < self.whole for place in range(len(section.cards)))

    def _drawn(self, card: Card, *, whole: bool, is_open: bool) -> Drawn:
        looks = _Looks(self.frame.to(""), card.day == self.new, whole, is_open)
        return _drawn(card.paper, card.followed, looks)

    def _row(self, card: Card, *, whole: bool, labels: tuple[Leading, ...] = ()) -> Row:
        looks = _Looks(self.frame.to(""), card.day == self.new, whole)
        return _row(card.paper, card.followed, looks, labels)


@lru_cache(maxsize=2 * KEPT)  # a paper stands in the lists of several topics, and in that of a day
def _drawn(paper: Paper, followed: tuple[int, ...], looks: _Looks) -> Drawn:
    return drawn(_row(paper, followed, looks), is_open=looks.is_open)


def _row(
    paper: Paper,
    followed: tuple[int, ...],
    looks: _Looks,
    labels: tuple[Leading, ...] = (),
) -> Row:
    texts = _texts(paper, followed)
    return Row(
        paper.id,
        page=looks.way + places.paper(paper.id),
        bib=looks.way + places.paper_file(paper.id, "bib"),
        title=texts.title,
        authors=texts.authors,
        also=texts.also,
        date=paper.updated.date(),
        new=looks.new,
        version=paper.version,
        withdrawn=paper.withdrawn,
        partial=paper.partial,
        labels=labels,
        abstract=texts.abstract if looks.whole else None,
        comment=texts.comment,
        peek=texts.peek,
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


def _also(authors: Sequence[str]) -> str:
    rest = authors[AUTHORS_SHOWN : AUTHORS_SHOWN + _ALSO] if len(authors) > AUTHORS_SHOWN else ()
    return ", ".join(display(one) for one in rest)
