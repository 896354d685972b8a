"""A paper's authors as digests name them: the first few, and all whom the reader follows."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from bot.core.render.wording import AUTHORS_SHOWN, display, shorten

_FOLLOWED_SHOWN = 5
"""How many followed authors are named beyond the first AUTHORS_SHOWN."""

_NAME = 120
"""Characters of a name; a collaboration's is the longest."""


class Piece(NamedTuple):
    """Some words of a byline: one name that is followed, or anything else."""

    words: str
    followed: bool = False


def byline(
    authors: Sequence[str], followed: Sequence[int] = (), shown: int = AUTHORS_SHOWN
) -> tuple[Piece, ...]:
    """Name `a, b and c`, or `a, b, c, d, e and N more`; whoever is followed is not left out.

    `followed` are positions among the authors, of whom the first `shown` are named.
    """
    places = list(range(len(authors)))
    if len(authors) > shown:
        later = [place for place in sorted(followed) if place >= shown]
        places = places[:shown] + later[:_FOLLOWED_SHOWN]
    rest = len(authors) - len(places)
    pieces: list[Piece] = []
    for number, place in enumerate(places):
        last = not rest and number == len(places) - 1
        pieces.append(Piece(_joint(places[:number], place, last=last)))
        pieces.append(Piece(shorten(display(authors[place]), _NAME), place in followed))
    pieces.append(Piece(f" and {rest} more" if rest else ""))
    return _joined(pieces)


def _joint(before: Sequence[int], place: int, *, last: bool) -> str:
    """Write what stands between a name and the one before it."""
    if not before:
        return ""
    if last:
        return " and "
    return ", " if place == before[-1] + 1 else ", … "


def _joined(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Put what stands side by side and is not followed into one."""
    joined: list[Piece] = []
    for followed, group in groupby(pieces, key=lambda piece: piece.followed):
        members = [piece for piece in group if piece.words]
        joined += members if followed else [Piece("".join(one.words for one in members))]
    return tuple(piece for piece in joined if piece.words)
