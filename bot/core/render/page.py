"""A digest as its email templates see it: every word chosen, readable and still unescaped."""

from dataclasses import dataclass

from bot.core.digest import Digest
from bot.core.model import Entry
from bot.core.render.byline import Piece, byline
from bot.core.render.completeness import completeness, note
from bot.core.render.revised import accepted, changes, versions, withdrawn
from bot.core.render.wording import (
    ACKNOWLEDGEMENT,
    NOT_YET_KNOWN,
    dated,
    display,
    headline,
    long_date,
    names,
    part_of,
    shorten,
    tally,
    topics_of,
)

_TOPICS_IN_REASON = 12
_TOPICS_IN_SUMMARY = 6
_PREHEADER = 200
_COMMENT = 300
"""Characters of a revision's comment; what is cut stands behind its link."""


@dataclass(frozen=True, slots=True)
class Item:
    """One paper. `others` are the topics beside the section's own that it matches."""

    title: str
    url: str
    pdf_url: str
    id: str
    authors: tuple[Piece, ...]
    categories: str
    dated: str
    others: tuple[str, ...]
    cross: bool
    withdrawn: bool
    partial: bool
    comment: str
    abstract: str

    @property
    def byline(self) -> str:
        """The authors as plain text: *whoever is followed* between asterisks."""
        return "".join(f"*{one.words}*" if one.followed else one.words for one in self.authors)

    @property
    def labels(self) -> tuple[str, ...]:
        """The marks in words, for where they cannot be drawn."""
        return tuple(
            filter(
                None,
                [
                    "WITHDRAWN" if self.withdrawn else "",
                    "cross-list" if self.cross else "",
                    NOT_YET_KNOWN if self.partial else "",
                    f"also in {', '.join(self.others)}" if self.others else "",
                ],
            )
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One revision. `withdrawn`, `accepted` and `changes` are what became of it, in words."""

    title: str
    url: str
    versions: str
    withdrawn: str
    accepted: str
    changes: tuple[str, ...]

    @property
    def told(self) -> str:
        """All that the line tells, on one line."""
        return " · ".join(
            filter(None, [self.versions, self.withdrawn, self.accepted, *self.changes])
        )


@dataclass(frozen=True, slots=True)
class Part:
    """One section: a topic's name, its papers, and revisions; `tally` counts them."""

    topic: str
    tally: str
    items: tuple[Item, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """All that a message shows, in its order."""

    date: str
    summary: str
    preheader: str
    test: bool
    note: str
    message: tuple[str, ...]
    compact: bool
    sections: tuple[Part, ...]
    coverage: str
    reason: str
    unsubscribe: str
    acknowledgement: str = ACKNOWLEDGEMENT
    not_yet_known: str = NOT_YET_KNOWN


def page_of(digest: Digest, *, abstracts: int | None, unsubscribe: str) -> Page:
    """Choose the words for a digest; each abstract has at most `abstracts` characters.

    `unsubscribe` is the URL that takes the wish to stop, or empty where there is none.
    """
    sections = tuple(
        Part(
            display(section.topic),
            tally(section),
            tuple(_item(entry, section.topic, abstracts) for entry in section.papers),
            tuple(_line(entry, section.topic, abstracts) for entry in section.revisions),
        )
        for section in digest.sections
    )
    message = note(digest) if digest.is_note else ()
    titles = [one.title for part in sections for one in part.items]
    titles += [one.title for part in sections for one in part.lines]
    return Page(
        date=long_date(digest.date),
        summary=_summary(digest),
        preheader=shorten(" · ".join(titles) or " ".join(message), _PREHEADER),
        test=digest.test,
        note=_note(abstracts) if digest.papers else "",
        message=message,
        compact=abstracts == 0,
        sections=sections,
        coverage=completeness(digest.coverage) if digest.coverage else "",
        reason=_reason(digest),
        unsubscribe=unsubscribe,
    )


def _item(entry: Entry, topic: str, abstracts: int | None) -> Item:
    """Choose the words for one paper in the section of `topic`."""
    paper = entry.paper
    rest = [category for category in paper.categories if category != paper.primary_category]
    return Item(
        title=display(paper.title) or f"arXiv:{paper.id}",
        url=paper.url,
        pdf_url=paper.pdf_url,
        id=paper.id,
        authors=byline(entry.paper.authors, entry.followed),
        categories=display(", ".join([paper.primary_category, *rest])),
        dated=dated(paper),
        others=tuple(display(other) for other in entry.topics if other != topic),
        cross=entry.kind == "cross",
        withdrawn=paper.withdrawn,
        partial=paper.partial,
        comment=shorten(display(paper.comment or ""), 120 if abstracts == 0 else None),
        abstract=shorten(display(paper.abstract), abstracts),
    )


def _line(entry: Entry, topic: str, abstracts: int | None) -> Line:
    """Choose the words for one revision in the section of `topic`."""
    others = [display(other) for other in entry.topics if other != topic]
    also = (f"also in {', '.join(others)}",) if others else ()
    most = 120 if abstracts == 0 else _COMMENT
    return Line(
        title=display(entry.paper.title) or f"arXiv:{entry.paper.id}",
        url=entry.paper.url,
        versions=versions(entry),
        withdrawn=withdrawn(entry, most),
        accepted=accepted(entry),
        changes=changes(entry, most) + also,
    )


def _summary(digest: Digest) -> str:
    """Count the papers, by topic where there are several, and number the message."""
    counts = [f"{display(section.topic)} {tally(section)}" for section in digest.sections]
    whole = headline(digest)
    words = [
        whole[:1].upper() + whole[1:],
        ", ".join(counts) if 1 < len(counts) <= _TOPICS_IN_SUMMARY else "",
        part_of(digest),
    ]
    return " · ".join(filter(None, words))


def _note(abstracts: int | None) -> str:
    """Say what was left out of the message, if anything was."""
    if abstracts is None:
        return ""
    if abstracts == 0:
        return "So that all papers fit into one message, it leaves their abstracts to arXiv."
    return "So that all papers fit into one message, abstracts are cut; links lead to the rest."


def _reason(digest: Digest) -> str:
    """Say to whom the digest belongs and why it came."""
    subscriber = display(digest.subscriber)
    if digest.test:
        return f"You get this because a test digest was sent to {subscriber}."
    topics = names([display(topic) for topic in topics_of(digest)], _TOPICS_IN_REASON) or "arXiv"
    if digest.is_note:
        asked = "asked for a word when a week brings nothing"
        return f"You get this because {subscriber} follows {topics}, and {asked}."
    return f"You get this because {subscriber} follows {topics}."
