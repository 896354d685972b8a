"""Text in which words are marked, cut to a length with its marks."""

from collections.abc import Sequence
from typing import NamedTuple

from bot.core.marks import Range
from bot.core.render.wording import shorten

_MOST = 24
"""Marks shown in one text: beyond these they help nobody, and each takes its octets."""
_SIZES = {"&": 5, "<": 4, ">": 4, '"': 5, "'": 5}
"""Octets of what HTML escapes."""


class Span(NamedTuple):
    """Some words of a text, marked or not."""

    words: str
    marked: bool = False


def spans(text: str, marks: Sequence[Range] = (), most: int | None = None) -> tuple[Span, ...]:
    """Cut `text` to at most `most` characters (see `shorten`), and apart at its marks.

    `marks` are sorted ranges of the whole text; what they say of text that is not there counts for
    nothing. The words of all spans together are the shortened text.
    """
    short = shorten(text, most)
    whole = len(short) if short == text else max(0, len(short) - 1)
    pieces: list[Span] = []
    at = 0
    for start, end in marks[:_MOST]:
        begin, stop = max(start, at), min(end, whole)
        if begin < stop:
            pieces += [Span(short[at:begin]), Span(short[begin:stop], marked=True)]
            at = stop
    return tuple(one for one in (*pieces, Span(short[at:])) if one.words)


def words_of(pieces: Sequence[Span]) -> str:
    """Join the words of spans again."""
    return "".join(one.words for one in pieces)


def within(text: str, octets: int) -> str:
    """Cut text after a word so that it takes at most `octets` octets in an HTML page."""
    if max(_SIZES.values()) * len(text) <= octets:
        return text
    size = 0
    for place, character in enumerate(text):
        size += _SIZES.get(character) or len(character.encode())
        if size > octets:
            return within(shorten(text, place), octets) if place else ""
    return text
