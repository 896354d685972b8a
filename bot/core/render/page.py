"""What a digest's message says around its papers: every word chosen, and still unescaped."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.digest import PAPERS_PER_DELIVERY, Digest, Section
from bot.core.render.completeness import completeness, note
from bot.core.render.form import Form
from bot.core.render.item import anchor, name_of
from bot.core.render.marked import within
from bot.core.render.wording import (
    ACKNOWLEDGEMENT,
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
_TOPIC = 160
"""Octets of a topic's name in HTML."""
_PARAGRAPH = 2_000
"""Octets of a paragraph in HTML."""
_LONG = 8
"""Papers from which on a message has a table of contents."""
_CONTENTS = 8
_CONTENTS_TITLE = 72


@dataclass(frozen=True, slots=True)
class Heading:
    """A section's heading: `tally` counts its papers, and `anchor` names its place."""

    topic: str
    tally: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Content:
    """A line of the table of contents; without an `anchor` it leads nowhere."""

    words: str
    anchor: str = ""
    tally: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """What stands above the papers, and above the table of contents."""

    subject: str
    date: str
    summary: str
    preheader: str
    test: bool
    note: str


@dataclass(frozen=True, slots=True)
class Closing:
    """What stands below the papers."""

    coverage: str
    reason: str
    unsubscribe: str
    manage: str = ""
    acknowledgement: str = ACKNOWLEDGEMENT


def opening_of(digest: Digest, form: Form, subject: str) -> Opening:
    """Choose the words above the papers."""
    listed = _is_long(digest, form) and len(digest.sections) > 1
    return Opening(
        subject=subject,
        date=long_date(digest.date),
        summary=_summary(digest, listed=listed),
        preheader=_preheader(digest),
        test=digest.test,
        note=" ".join(_notes(digest, form)),
    )


def message_of(digest: Digest) -> tuple[str, ...]:
    """Choose the paragraphs of a note that nothing matched."""
    return tuple(within(paragraph, _PARAGRAPH) for paragraph in note(digest))


def closing_of(digest: Digest, unsubscribe: str, manage: str = "") -> Closing:
    """Choose the words below the papers; `unsubscribe` is the URL that takes the wish to stop.

    `manage` is that of the page on which a reader chooses what comes; "" where there is none.
    """
    coverage = completeness(digest.coverage) if digest.coverage else ""
    reason = within(_reason(digest), _PARAGRAPH)
    return Closing(within(coverage, _PARAGRAPH), reason, unsubscribe, manage)


def heading_of(section: Section, number: int) -> Heading:
    """Choose the words of the heading of a digest's section `number`."""
    return Heading(_topic(section), tally(section), f"topic-{number}")


def contents_of(digest: Digest, form: Form) -> tuple[Content, ...]:
    """List a long message's topics, or under one topic the titles of those told in full."""
    if not _is_long(digest, form):
        return ()
    if len(digest.sections) > 1:
        return tuple(
            Content(heading.topic, heading.anchor, heading.tally)
            for number, section in enumerate(digest.sections, start=1)
            for heading in [heading_of(section, number)]
        )
    if form.layout != "full":
        return ()
    papers = [one.paper for one in digest.sections[0].papers[: told(digest)]]
    lines = [
        Content(shorten(name_of(paper), _CONTENTS_TITLE), anchor(paper.id))
        for paper in papers[:_CONTENTS]
    ]
    more = [Content(f"and {len(papers) - _CONTENTS} more")] if len(papers) > _CONTENTS else []
    return (*lines, *more)


def told(digest: Digest) -> int:
    """Tell up to how many papers of this message are more than titles.

    A reader's limit holds for the whole digest, of which each earlier part was full.
    """
    if digest.style.most is None:
        return digest.count
    return max(0, digest.style.most - PAPERS_PER_DELIVERY * (digest.part - 1))


def _topic(section: Section) -> str:
    return within(display(section.topic), _TOPIC)


def _is_long(digest: Digest, form: Form) -> bool:
    """Tell whether a message needs a table of contents, and has room for one."""
    return digest.count >= _LONG and form.layout != "bare"


def _preheader(digest: Digest) -> str:
    """Give what mailboxes show beside the subject: titles, as many as fit."""
    words = " ".join(message_of(digest)) if digest.is_note else ""
    for section in digest.sections:
        for entry in section.entries:
            words += f"{' · ' if words else ''}{name_of(entry.paper)}"
            if len(words) > _PREHEADER:
                return shorten(words, _PREHEADER)
    return shorten(words, _PREHEADER)


def _summary(digest: Digest, *, listed: bool) -> str:
    """Count the papers, by topic where several are not listed below, and number the message."""
    topics = len(digest.sections)
    shown = 1 < topics <= _TOPICS_IN_SUMMARY and not listed
    counts = [f"{_topic(section)} {tally(section)}" for section in digest.sections]
    whole = headline(digest)
    words = [
        whole[:1].upper() + whole[1:],
        ", ".join(counts) if shown else "",
        part_of(digest),
    ]
    return " · ".join(filter(None, words))


def _notes(digest: Digest, form: Form) -> Iterator[str]:
    """Say what was left out of the message, if anything was."""
    if not digest.papers:
        return
    if form.layout == digest.style.layout == "full" and form.abstracts is not None:
        yield "So that all papers fit into one message, abstracts are cut; links lead to the rest."
    if form.layout == "compact" != digest.style.layout:
        yield "So that all papers fit into one message, it leaves their abstracts to arXiv."
    if form.layout in {"titles", "bare"} and digest.style.layout != "titles":
        yield "So that all papers fit into one message, it lists their titles."
    elif digest.style.most is not None and digest.style.layout != "titles":
        yield from _limit(told(digest), digest.papers, digest.style.most)


def _limit(full: int, papers: int, most: int) -> Iterator[str]:
    """Say how many papers are told in full where not all are: here, or of all parts `most`."""
    if full and full < papers:
        where = f"The first {full} are" if full > 1 else "The first is"
        yield f"{where} told in full, the rest as titles."
    elif not full:
        before = f"after the first {most}" if most else "without more"
        yield f"These are titles, {before}, as you have chosen."


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
