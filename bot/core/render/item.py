"""One paper, or one revision, as the email templates see it: every word chosen, still unescaped.

All text has a bound, so that no paper can fill a message or a memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.linked import Linked
from bot.core.marks import Marks, Range
from bot.core.model import Entry, Paper
from bot.core.render.byline import Piece, byline
from bot.core.render.form import Form, FormLayout
from bot.core.render.marked import Span, spans, within, words_of
from bot.core.render.revised import accepted, changes, versions, withdrawn
from bot.core.render.wording import AUTHORS_SHOWN, NOT_YET_KNOWN, dated, display, shorten

_TITLE = 500
_ABSTRACT = 8_000
_COMMENT = 1_000
_CATEGORIES = 200
_BRIEF_COMMENT = 160
_REVISED_COMMENT = 300
"""Characters of a revision's comment; what is cut stands behind its link."""
_BARE_TITLE = 300
"""Octets of a title in HTML, of which 50 fit into a message whatever they hold."""
_LABEL = 80
_LABELS = 12


@dataclass(frozen=True, slots=True)
class Shown(Linked):
    """A paper that the table of contents can lead to."""

    @property
    def anchor(self) -> str:
        """What the table of contents leads to."""
        return anchor(self.id)


@dataclass(frozen=True, slots=True)
class Upper(Shown):
    """What stands above a reader's own labels of a paper."""

    title: tuple[Span, ...]
    authors: tuple[Piece, ...]
    categories: str
    primary: str
    dated: str
    withdrawn: bool
    partial: bool
    not_yet_known: str = NOT_YET_KNOWN

    @property
    def state(self) -> str:
        """Whether it is withdrawn or only told of, in words."""
        gone = "WITHDRAWN" if self.withdrawn else ""
        return " · ".join(filter(None, [gone, NOT_YET_KNOWN if self.partial else ""]))

    @property
    def byline(self) -> str:
        """The authors as plain text: *whoever is followed* between asterisks."""
        return "".join(f"*{one.words}*" if one.followed else one.words for one in self.authors)

    @property
    def plain_title(self) -> str:
        """The title without its marks."""
        return words_of(self.title)


@dataclass(frozen=True, slots=True)
class Lower(Shown):
    """What stands below the labels."""

    comment: tuple[Span, ...]
    abstract: tuple[Span, ...]

    @property
    def plain_comment(self) -> str:
        """The comment without its marks."""
        return words_of(self.comment)

    @property
    def plain_abstract(self) -> str:
        """The abstract without its marks."""
        return words_of(self.abstract)


@dataclass(frozen=True, slots=True)
class Labels:
    """What a paper is to its reader. `others` are the topics beside its section's own."""

    cross: bool
    others: tuple[str, ...]

    @property
    def told(self) -> str:
        """The labels in words, for where they cannot be drawn."""
        also = f"also in {', '.join(self.others)}" if self.others else ""
        return " · ".join(filter(None, ["cross-list" if self.cross else "", also]))


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


def upper_of(
    paper: Paper, followed: tuple[int, ...], marks: Sequence[Range], layout: FormLayout
) -> Upper:
    """Choose the upper words of a paper; `followed` are places among its authors."""
    rest = [one for one in paper.categories if one != paper.primary_category]
    name = name_of(paper)
    bare = layout == "bare"
    return Upper(
        id=paper.id,
        title=(Span(within(name, _BARE_TITLE)),) if bare else spans(name, marks, _TITLE),
        authors=byline(paper.authors, followed, 1 if layout == "titles" else AUTHORS_SHOWN),
        categories=shorten(display(", ".join([paper.primary_category, *rest])), _CATEGORIES),
        primary=shorten(display(paper.primary_category), _CATEGORIES),
        dated=dated(paper),
        withdrawn=paper.withdrawn,
        partial=paper.partial,
    )


def lower_of(paper: Paper, marks: Marks, form: Form) -> Lower:
    """Choose the lower words of a paper; those of a title there are none."""
    if form.layout == "titles":
        return Lower(paper.id, (), ())
    full = form.layout == "full"
    comment = display(paper.comment or "", paper.readable)
    abstract = display(paper.abstract, paper.readable) if full else ""
    most = _ABSTRACT if form.abstracts is None else form.abstracts
    return Lower(
        id=paper.id,
        comment=spans(comment, marks.comment, _COMMENT if full else _BRIEF_COMMENT),
        abstract=spans(abstract, marks.abstract, most),
    )


def labels_of(entry: Entry, topic: str) -> Labels:
    """Choose the labels of a paper that stands in the section of `topic`."""
    return Labels(entry.kind == "cross", _others(entry, topic))


def line_of(entry: Entry, topic: str, form: Form) -> Line:
    """Choose the words for a revision in the section of `topic`."""
    title = name_of(entry.paper)
    if form.layout == "bare":
        gone = "withdrawn" if entry.paper.withdrawn else ""
        return Line(within(title, _BARE_TITLE), entry.paper.url, versions(entry), gone, "", ())
    others = _others(entry, topic)
    also = (f"also in {', '.join(others)}",) if others else ()
    most = _REVISED_COMMENT if form.layout == "full" else _BRIEF_COMMENT
    return Line(
        title=shorten(title, _TITLE),
        url=entry.paper.url,
        versions=versions(entry),
        withdrawn=withdrawn(entry, most),
        accepted=accepted(entry),
        changes=changes(entry, most) + also,
    )


def name_of(paper: Paper) -> str:
    """Give the title as it is displayed; the id where it shows nothing."""
    return display(paper.title, paper.readable) or f"arXiv:{paper.id}"


def anchor(paper: str) -> str:
    """Name the place of a paper in a message."""
    return f"p{paper}"


def _others(entry: Entry, topic: str) -> tuple[str, ...]:
    """Name the topics beside the section's own; beyond a dozen, count them."""
    others = [shorten(display(other), _LABEL) for other in entry.topics if other != topic]
    more = [f"{len(others) - _LABELS} more"] if len(others) > _LABELS else []
    return (*others[:_LABELS], *more)
