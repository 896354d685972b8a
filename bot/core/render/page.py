"""A digest as its email templates see it: every word chosen, readable and still unescaped."""

from dataclasses import dataclass

from bot.core.digest import Digest
from bot.core.model import Entry
from bot.core.render.wording import (
    ACKNOWLEDGEMENT,
    AUTHORS_SHOWN,
    display,
    long_date,
    names,
    papers,
    part_of,
    short_date,
    shorten,
    topics_of,
)

_TOPICS_IN_REASON = 12
_TOPICS_IN_SUMMARY = 6
_PREHEADER = 200


@dataclass(frozen=True, slots=True)
class Item:
    """One paper. `others` are the topics beside the section's own that it matches."""

    title: str
    url: str
    pdf_url: str
    id: str
    authors: str
    categories: str
    dated: str
    others: tuple[str, ...]
    cross: bool
    withdrawn: bool
    comment: str
    abstract: str

    @property
    def labels(self) -> tuple[str, ...]:
        """The marks in words, for where they cannot be drawn."""
        return tuple(
            filter(
                None,
                [
                    "WITHDRAWN" if self.withdrawn else "",
                    "cross-list" if self.cross else "",
                    f"also in {', '.join(self.others)}" if self.others else "",
                ],
            )
        )


@dataclass(frozen=True, slots=True)
class Part:
    """One section: a topic's name and its papers."""

    topic: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """All that a message shows, in its order."""

    date: str
    summary: str
    preheader: str
    test: bool
    note: str
    compact: bool
    sections: tuple[Part, ...]
    reason: str
    unsubscribe: str
    acknowledgement: str = ACKNOWLEDGEMENT


def page_of(digest: Digest, *, abstracts: int | None, unsubscribe: str) -> Page:
    """Choose the words for a digest; each abstract has at most `abstracts` characters.

    `unsubscribe` is the URL that takes the wish to stop, or empty where there is none.
    """
    sections = tuple(
        Part(
            display(section.topic),
            tuple(_item(entry, section.topic, abstracts) for entry in section.entries),
        )
        for section in digest.sections
    )
    titles = " · ".join(item.title for part in sections for item in part.items)
    return Page(
        date=long_date(digest.date),
        summary=_summary(digest),
        preheader=shorten(titles, _PREHEADER),
        test=digest.test,
        note=_note(abstracts),
        compact=abstracts == 0,
        sections=sections,
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
        authors=names([display(author) for author in paper.authors], AUTHORS_SHOWN),
        categories=display(", ".join([paper.primary_category, *rest])),
        dated=_dated(entry),
        others=tuple(display(other) for other in entry.topics if other != topic),
        cross=entry.kind == "cross",
        withdrawn=paper.withdrawn,
        comment=shorten(display(paper.comment or ""), 120 if abstracts == 0 else None),
        abstract=shorten(display(paper.abstract), abstracts),
    )


def _summary(digest: Digest) -> str:
    """Count the papers, by topic where there are several, and number the message."""
    counts = [f"{display(section.topic)} {len(section.entries)}" for section in digest.sections]
    whole = papers(digest.count)
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


def _dated(entry: Entry) -> str:
    """Say when the paper was submitted, and when the version that is shown was."""
    paper = entry.paper
    submitted = f"submitted {short_date(paper.published.date())}"
    if paper.version == 1:
        return submitted
    return f"{submitted}, version {paper.version} of {short_date(paper.updated.date())}"


def _reason(digest: Digest) -> str:
    """Say to whom the digest belongs and why it came."""
    subscriber = display(digest.subscriber)
    if digest.test:
        return f"You get this because a test digest was sent to {subscriber}."
    topics = names([display(topic) for topic in topics_of(digest)], _TOPICS_IN_REASON)
    return f"You get this because {subscriber} follows {topics}."
