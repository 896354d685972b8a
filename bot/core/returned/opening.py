"""Opening a message that anybody may have sent: within bounds, and never with an exception."""

import re
from collections.abc import Iterator
from contextlib import suppress
from email.message import Message
from email.parser import BytesParser, HeaderParser
from email.policy import compat32
from itertools import islice

from bot.core.visible import visible

LARGEST = 256 * 1024
"""Octets of a message that are looked at: a report says what it has to say before that."""
_MOST_LINES, _WIDEST, _MOST_FOLDS, _DEEPEST = 20_000, 998, 40, 40
_NESTING = re.compile(rb"multipart/|message/", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n\s*\n")


def opened(octets: bytes) -> Message | None:
    """Parse a message as far as the bounds reach; None where the parser cannot."""
    try:
        # Not the newer policies: they parse each header on access, and raise on hostile ones.
        return BytesParser(policy=compat32).parsebytes(_bounded(octets))
    except Exception:  # noqa: BLE001  # a parameter's character set alone raises three kinds
        return None


def fields(message: Message, *names: str) -> list[str]:
    """Give the values of header fields, each on one line and without what hides or commands.

    They come in the order of `names`, which are in lower case.
    """
    held = [(name.casefold(), value) for name, value in message.raw_items()]
    return [_line(value) for name in names for key, value in held if key == name]


def field(message: Message, name: str) -> str:
    """Give the first value of a header field, "" where there is none."""
    return next(iter(fields(message, name)), "")


def parts(message: Message) -> Iterator[Message]:
    """Yield a message and all parts of it, but nothing out of a message that is enclosed."""
    yield message
    if message.get_content_maintype() == "multipart":
        for part in enclosed(message):
            yield from parts(part)


def enclosed(part: Message) -> list[Message]:
    """Give what a part is made of; an empty list where it is a text."""
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def text_of(part: Message) -> str:
    """Give a part's text, read as UTF-8; "" where it is made of parts, or cannot be decoded."""
    octets: object = None
    with suppress(ValueError):  # some versions of Python raise it for a faulty uuencoding
        octets = part.get_payload(decode=True)
    return octets.decode("utf-8", "replace") if isinstance(octets, bytes) else ""


def headers(text: str) -> Message:
    """Read fields that stand in a text, up to its first blank line."""
    return HeaderParser(policy=compat32).parsestr(text)


def blocks(part: Message) -> list[Message]:
    """Give the blocks of fields that a delivery status is made of.

    The parser splits message/delivery-status itself; it takes message/global-delivery-status (RFC
    6533) for a message with a body.
    """
    inner = enclosed(part)
    if part.get_content_type() == "message/delivery-status":
        return inner
    texts = (block for one in inner for block in _BLANK_LINES.split(text_of(one)))
    return [*inner, *(headers(text) for text in texts)]


def _bounded(octets: bytes) -> bytes:
    """Cut a message, so that no parser takes long.

    The standard library's takes time in proportion to lines times depth, and to the square of the
    length of a header field.
    """
    octets = octets[:LARGEST]
    too_deep = next(islice(_NESTING.finditer(octets), _DEEPEST, None), None)
    kept: list[bytes] = []
    folds = 0
    for line in octets[: too_deep and too_deep.start()].splitlines()[:_MOST_LINES]:
        folds = folds + 1 if line.startswith((b" ", b"\t")) else 0
        if folds <= _MOST_FOLDS:
            kept.append(line[:_WIDEST])
    return b"\n".join(kept)


def _line(value: object) -> str:
    """Read a field's octets as UTF-8 and unfold it."""
    return visible(str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
