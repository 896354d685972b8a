"""One paper that a query matches, as it is shown: what matched, and where, is marked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bot.core.model import Paper
from bot.core.query import Query, Verdict, explain, marks, names
from bot.core.query.expression import Anywhere, Not, write
from bot.core.render.byline import byline
from bot.core.render.wording import display

Marked = tuple[tuple[str, bool], ...]
"""Text in pieces, each marked or not."""
EXCERPT = 260
"""Characters of an abstract that are shown."""
_BEFORE = 80


@dataclass(frozen=True, slots=True)
class Example:
    """A matching paper; `day` is that of its announcement, on arXiv's clock.

    `authors` are all of them, and `byline` names those that are shown. `found` names each term of
    the query that it matches, and where that was found.
    """

    paper: Paper
    day: date
    title: Marked
    authors: Marked
    byline: Marked
    excerpt: Marked
    found: tuple[tuple[str, tuple[str, ...]], ...]


def example_of(query: Query, paper: Paper, day: date) -> Example:
    """Show a paper that matches; text comes readable, without LaTeX, and unescaped."""
    title = display(paper.title, paper.readable) or f"arXiv:{paper.id}"
    followed = names(query, paper)
    return Example(
        paper,
        day,
        pieces(title, marks(query, "title", title)),
        tuple((display(name), place in followed) for place, name in enumerate(paper.authors)),
        byline(paper.authors, followed),
        _excerpt(query, paper),
        tuple(dict.fromkeys(_found(explain(query, paper)))),
    )


def pieces(text: str, ranges: Sequence[tuple[int, int]]) -> Marked:
    """Cut text at the ends of half-open ranges, which come in order and do not overlap."""
    found, place = [], 0
    for start, end in ranges:
        found += [(text[place:start], False), (text[start:end], True)]
        place = end
    return tuple(piece for piece in (*found, (text[place:], False)) if piece[0])


def _excerpt(query: Query, paper: Paper) -> Marked:
    """Cut the abstract, or the comment if only that matches, to where the first mark is."""
    abstract = display(paper.abstract, paper.readable)
    comment = display(paper.comment or "", paper.readable)
    text, ranges = abstract, marks(query, "abstract", abstract)
    if not ranges and (found := marks(query, "comment", comment)):
        text, ranges = comment, found
    start = max(0, ranges[0][0] - _BEFORE) if ranges else 0
    start = text.rfind(" ", 0, start) + 1
    end = len(text)
    if end - start > EXCERPT:
        end = max(text.rfind(" ", start, start + EXCERPT), start + EXCERPT // 2)
    inside = [(max(a, start) - start, min(b, end) - start) for a, b in ranges if a < end]
    cut = pieces(text[start:end], inside)
    before, after = ("… ",) * (start > 0), (" …",) * (end < len(text))
    return (*((one, False) for one in before), *cut, *((one, False) for one in after))


def _found(verdict: Verdict) -> Iterator[tuple[str, tuple[str, ...]]]:
    """List the terms that matched and are wanted, and where each was found."""
    if not verdict.matched or isinstance(verdict.node, Not):
        return
    if isinstance(verdict.node, Anywhere) or not verdict.inner:
        yield write(verdict.node), tuple(dict.fromkeys(_places(verdict)))
        return
    for inner in verdict.inner:
        yield from _found(inner)


def _places(verdict: Verdict) -> Iterator[str]:
    """List where a term, or any part of one that is looked for anywhere, was found."""
    yield from verdict.where
    for inner in verdict.inner:
        yield from _places(inner)
