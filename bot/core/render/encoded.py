"""A digest's message in quoted-printable, put together from blocks that were encoded once.

Every block is whole lines, and quoted-printable is written line by line: so the encoded blocks one
after the other are what the whole message, encoded, would be.
"""

import binascii
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from bot.core.render.blocks import Block

_KEPT = 4_096
"""Blocks that are kept: those of some 2,000 papers in one form; a few kilobytes each."""


class Encoded(NamedTuple):
    """A block's text and HTML in quoted-printable with CRLF line ends.

    `size` is how many octets the HTML has for whoever decodes it.
    """

    text: bytes
    html: bytes
    size: int


class Parts(NamedTuple):
    """A message's text and its HTML, in pieces that are to be joined; `size` as above."""

    text: Sequence[bytes]
    html: Sequence[bytes]
    size: int


def encoded(blocks: Iterable[Block]) -> Parts:
    """Encode a message; what was kept of earlier ones changes the time it takes, and no octet."""
    texts, pages, sizes = zip(
        *[_fresh(one) if one.own else _kept(one) for one in blocks], strict=True
    )
    return Parts(texts, pages, sum(sizes))


def quoted_printable(text: str) -> bytes:
    """Write text in quoted-printable: every line ends in CRLF, the last one too."""
    if not text:
        return b""
    return binascii.b2a_qp(_lines(text))


def _lines(text: str) -> bytes:
    return ("\r\n".join(text.splitlines()) + "\r\n").encode()


def _fresh(block: Block) -> Encoded:
    """Write and encode a block."""
    written = block.written()
    size = len(_lines(written.html)) if written.html else 0
    return Encoded(quoted_printable(written.text), quoted_printable(written.html), size)


_kept = lru_cache(_KEPT)(_fresh)
