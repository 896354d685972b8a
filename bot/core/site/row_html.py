"""The rows of a table of papers as HTML.

They are most of what is written, and a template takes ten times as long for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from markupsafe import Markup

from bot.core.linked import Linked
from bot.core.render.byline import Piece
from bot.core.render.wording import NOT_YET_KNOWN
from bot.core.site.frame import Leading
from bot.core.site.words import escaped

_YET = f'<span class="chip yet">{NOT_YET_KNOWN}</span> '
_GONE = '<span class="chip gone">withdrawn</span> '
_ALSO = b'<span class="sr">also in</span> '


@dataclass(frozen=True, slots=True)
class Row(Linked):
    """A paper as a table shows it: text that is no Markup is still to be escaped.

    `also` are authors who are not named, for the filter. An `abstract` of None stands on the
    paper's own page only. `peek` is the beginning of a comment that is folded.
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


class Drawn(NamedTuple):
    """A row but for its place by match and its labels, in the order of its parts."""

    start: bytes
    upper: bytes
    state: bytes
    lower: bytes

    def line(self, rank: int | None, labels: Sequence[bytes]) -> bytes:
        """Give the whole row."""
        by_match = b"" if rank is None else b' data-rank="%d"' % rank
        if not (labels or self.state):
            return b"".join((self.start, by_match, self.upper, self.lower))
        chips = (b'<p class="chips">', self.state, _ALSO if labels else b"", *labels, b"</p>\n")
        return b"".join((self.start, by_match, self.upper, *chips, self.lower))


def drawn(row: Row, *, is_open: bool = False) -> Drawn:
    """Draw what does not hang on the list that a row stands in, its abstract unfolded or not."""
    also = f' data-also="{escaped(row.also)}"' if row.also else ""
    return Drawn(
        f'<tr class="row" role="row" data-id="{escaped(row.id)}"'.encode(),
        f"{also}>\n{_upper(row)}\n".encode(),
        state(withdrawn=row.withdrawn, partial=row.partial).encode(),
        f"</td>\n{_abstract(row, is_open=is_open)}{_comment(row)}</tr>\n".encode(),
    )


def state(*, withdrawn: bool, partial: bool) -> str:
    """Say what else there is to know of a paper's version."""
    return f"{_GONE if withdrawn else ''}{_YET if partial else ''}"


def label(one: Leading) -> bytes:
    """Lead to a topic that a paper matches, too."""
    link = f'<a class="chip label" href="{escaped(one.href)}"><bdi>{escaped(one.name)}</bdi></a> '
    return link.encode()


def _upper(row: Row) -> str:
    """Give the cells of the title and of the date, of which the latter stays open."""
    by = f'<p class="by"><bdi>{"".join(map(_name, row.authors))}</bdi></p>\n' if row.authors else ""
    version = new = ""
    if row.version > 1:
        told = row.version
        version = f' <span class="chip version" title="version {told}">v{told}</span>'
    if row.new:
        new = ' <span class="chip new">new</span>'
    return (
        f'<th class="what" role="rowheader" scope="row"><a class="title" href="{escaped(row.url)}">'
        f"<bdi>{escaped(row.title)}</bdi></a>\n{by}</th>\n"
        f'<td class="when" role="cell"><time datetime="{row.date}">{row.date}</time>{version}{new}'
    )


def _name(one: Piece) -> str:
    words = escaped(one.words)
    return f'<strong class="who">{words}</strong>' if one.followed else words


def _abstract(row: Row, *, is_open: bool) -> str:
    """Give the cell of the abstract; one that stands elsewhere leads there."""
    text, page = "", escaped(row.page)
    if row.abstract is None:
        text = f'<a class="fold" href="{page}">Abstract</a>\n'
    elif row.abstract:
        text = (
            f'<details class="abstract"{" open" if is_open else ""}><summary class="fold">Abstract'
            f'</summary><p dir="auto">{escaped(row.abstract)}</p></details>\n'
        )
    return (
        f'<td class="text" role="cell">\n{text}'
        f'<p class="links"><a class="aside" href="{page}">Details</a> '
        f'<a class="aside" href="{escaped(row.pdf_url)}">PDF</a> '
        f'<a class="aside" href="{escaped(row.html_url)}">HTML</a> '
        f'<a class="aside bib" href="{escaped(row.bib)}">BibTeX</a></p>\n</td>\n'
    )


def _comment(row: Row) -> str:
    """Give the cell of the comment, folded where it is long."""
    text = ""
    if row.peek:
        text = (
            '<details class="comment"><summary class="fold"><span class="word">Comment</span> '
            f'<bdi class="peek">{escaped(row.peek)}</bdi></summary>'
            f'<p dir="auto">{escaped(row.comment)}</p></details>\n'
        )
    elif row.comment:
        text = f'<p class="brief"><bdi>{escaped(row.comment)}</bdi></p>\n'
    return f'<td class="note" role="cell">\n{text}</td>\n'
