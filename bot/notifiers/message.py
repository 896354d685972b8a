"""Building a digest's email: the octets that both a mail server and a Maildir get.

The same digest, key and mailboxes always give the same octets.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NamedTuple

from bot.core import render
from bot.core.digest import Digest
from bot.core.errors import PermanentFailure
from bot.core.notice import Notice
from bot.core.render.email import header_safe
from bot.core.render.encoded import quoted_printable
from bot.core.visible import visible_lines
from bot.notifiers.header import Envelope, closing_fields, header, list_fields, opening_fields
from bot.notifiers.plainly import broken

__all__ = ["Envelope", "Message", "TooLarge", "build", "build_notice", "message_token"]

_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


class TooLarge(PermanentFailure):
    """Even titles and links alone are more than the channel takes in one message."""


@dataclass(frozen=True, slots=True)
class Message:
    """A whole message with CRLF line ends, and its envelope's two addresses.

    `plain` tells why it is titles and links alone, where its template failed.
    """

    octets: bytes
    sender: str
    recipient: str
    plain: str | None = None


class _Rendering(NamedTuple):
    """The text and HTML parts, or the text part alone; `plain` as in `Message`."""

    parts: tuple[Sequence[bytes], ...]
    plain: str | None = None


def build(digest: Digest, envelope: Envelope, *, key: str, most: int | None = None) -> Message:
    """Build the message of the delivery `key`, as rich as fits in `most` octets.

    Raises TooLarge where even links alone do not fit, and PermanentFailure where the header
    block is not what was meant.
    """
    token = message_token(key)
    boundary = _boundary(token)
    title = render.subject(digest)
    # A second apart, so that an inbox shows the parts of a digest in their order.
    at = digest.at + timedelta(seconds=digest.part - 1)
    fields = [
        *opening_fields(at, envelope, title, token),
        *list_fields(envelope),
        *closing_fields(f'multipart/alternative;\r\n boundary="{boundary}"'),
    ]
    head = header(fields, envelope)
    for parts in _renderings(digest, title, envelope):
        octets = _whole(head, parts.parts, boundary.encode())
        if most is None or len(octets) <= most:
            return replace(_addressed(octets, envelope), plain=parts.plain)
    raise TooLarge(
        f"{digest.count} papers need more than the {most} octets that the mail server takes in "
        "one message; give its topics narrower queries"
    )


def build_notice(
    notice: Notice, envelope: Envelope, *, key: str, most: int | None = None
) -> Message:
    """Build a notice to the owner as one plain text, its paragraphs apart; see `build`."""
    kind, coding = "text/plain; charset=utf-8", "quoted-printable"
    fields = [
        *opening_fields(notice.at, envelope, header_safe(notice.subject), message_token(key)),
        *closing_fields(kind),
        ("Content-Transfer-Encoding", coding),
    ]
    text = "\n\n".join(visible_lines(one) for one in notice.lines)
    octets = header(fields, envelope) + quoted_printable(text)
    if most is not None and len(octets) > most:
        raise TooLarge(f"a notice of {len(octets)} octets is more than the mail server takes")
    return _addressed(octets, envelope)


def message_token(key: str) -> str:
    """Turn a delivery's key into what may stand in a Message-ID and a file name."""
    return key if _KEY.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()[:40]


def _addressed(octets: bytes, envelope: Envelope) -> Message:
    sender = envelope.return_path or envelope.sender.address
    return Message(octets, sender, envelope.recipient.address)


def _renderings(digest: Digest, title: str, envelope: Envelope) -> Iterator[_Rendering]:
    """Give the text and HTML parts, each time smaller; at the end titles and links as text.

    A template that fails leaves that end alone, and says so.
    """
    plain = None
    try:
        for parts in render.encoded_forms(digest, title, envelope.stop, envelope.manage):
            yield _Rendering((parts.text, parts.html))
    except Exception as error:  # noqa: BLE001 - a template fails in as many ways as Python does
        plain = broken(error)
    yield _Rendering(([quoted_printable(render.plain(digest))],), plain)


def _whole(head: bytes, parts: Sequence[Sequence[bytes]], boundary: bytes) -> bytes:
    """Join the header block and the parts in quoted-printable, plain text first."""
    pieces = [head]
    for part, kind in zip(parts, (b"plain", b"html"), strict=False):
        pieces += [
            b"--" + boundary + b"\r\nContent-Type: text/" + kind + b"; charset=utf-8\r\n"
            b"Content-Transfer-Encoding: quoted-printable\r\n\r\n",
            *part,
        ]
    return b"".join([*pieces, b"--", boundary, b"--\r\n"])


def _boundary(token: str) -> str:
    """Derive the boundary; `=_` cannot occur in quoted-printable, so no text can contain it."""
    return f"=_{hashlib.sha256(token.encode()).hexdigest()[:32]}"
