"""A digest's message as a sequence of blocks, most of which many readers share.

A block is a function and what it is given: called, it writes the block; equal blocks are written
alike, so that whoever keeps what one gave may use it for all of them.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from bot.core.digest import Digest, Section
from bot.core.marks import Marks, Range
from bot.core.model import Entry, Paper
from bot.core.render.form import Form, FormLayout
from bot.core.render.item import labels_of, line_of, lower_of, upper_of
from bot.core.render.page import (
    closing_of,
    contents_of,
    heading_of,
    message_of,
    opening_of,
    told,
)
from bot.core.render.written import Written, write


class Block(NamedTuple):
    """A block that is still to be written; one that is `own` is hardly another reader's too."""

    writer: Callable[..., Written]
    given: tuple[object, ...] = ()
    own: bool = False

    def written(self) -> Written:
        """Write it."""
        return self.writer(*self.given)


def blocks_of(
    digest: Digest, form: Form, subject: str, unsubscribe: str, manage: str = ""
) -> Iterator[Block]:
    """Give the blocks of the message, in their order."""
    yield Block(write, ("start",))
    yield Block(write, ("opening", opening_of(digest, form, subject)))
    if contents := contents_of(digest, form):
        yield Block(write, ("contents", contents))
    yield Block(write, ("begin",))
    if digest.is_note:
        yield Block(write, ("message", message_of(digest)))
        yield Block(write, ("space",))
    left = told(digest)
    for number, section in enumerate(digest.sections, start=1):
        yield Block(write, ("heading", heading_of(section, number)))
        yield from _papers(section, form, left)
        yield from _revisions(section, form)
        yield Block(write, ("space",))
        left = max(0, left - len(section.papers))
    yield Block(write, ("closing", closing_of(digest, unsubscribe, manage)), own=True)


def _papers(section: Section, form: Form, left: int) -> Iterator[Block]:
    """Give the blocks of a section's papers, of which the first `left` are more than titles."""
    for place, entry in enumerate(section.papers):
        yield from _paper(entry, section.topic, form if place < left else form.rest)


def _paper(entry: Entry, topic: str, form: Form) -> Iterator[Block]:
    """Give a paper's blocks: the reader's own labels stand apart from what readers share."""
    paper, marks, layout = entry.paper, entry.marks, form.layout
    if layout == "bare":
        yield Block(_upper, (paper, (), (), layout))
        return
    yield Block(_upper, (paper, entry.followed, marks.title, layout))
    if entry.kind == "cross" or len(entry.topics) > 1:
        yield Block(write, ("labels", labels_of(entry, topic)))
    yield Block(_lower, (paper, marks, form))


def _revisions(section: Section, form: Form) -> Iterator[Block]:
    """Give the blocks of a section's revisions, under a heading of their own."""
    if section.revisions:
        yield Block(write, ("revised",))
    for entry in section.revisions:
        yield Block(_revision, (entry, section.topic, form))


def _upper(
    paper: Paper, followed: tuple[int, ...], marks: Sequence[Range], layout: FormLayout
) -> Written:
    return write(f"{layout}_upper", upper_of(paper, followed, marks, layout))


def _lower(paper: Paper, marks: Marks, form: Form) -> Written:
    return write(f"{form.layout}_lower", lower_of(paper, marks, form))


def _revision(entry: Entry, topic: str, form: Form) -> Written:
    return write("revision", line_of(entry, topic, form))
