"""Building a digest's email: the octets that both a mail server and a Maildir get.

The header block is written here and not by `email.message`, which in Python 3.11 turns encoded
words inside outside text into new header lines (CVE-2024-6923) and encodes long URIs in
List-Unsubscribe. The same digest, key and mailboxes always give the same octets.
"""

import hashlib
import quopri
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.header import Header
from email.utils import format_datetime

import structlog

from bot.core import render
from bot.core.digest import Digest
from bot.core.errors import PermanentFailure
from bot.core.notice import Notice
from bot.core.render.email import header_safe
from bot.core.visible import visible_lines
from bot.notifiers.mailbox import Mailbox

_log = structlog.get_logger()

_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FIELD = re.compile(r"([A-Za-z-]+):(?: |\Z)")
_GOOD_LINE = 78
_LONGEST_LINE = 998
"""Octets of a line, without its end, that RFC 5322 allows."""


class TooLarge(PermanentFailure):
    """Even titles and links alone are more than the channel takes in one message."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom, to whom, and the URL that takes the wish to stop (empty: none)."""

    sender: Mailbox
    recipient: Mailbox
    unsubscribe: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A whole message with CRLF line ends, and its envelope's two addresses."""

    octets: bytes
    sender: str
    recipient: str


def build(digest: Digest, envelope: Envelope, *, key: str, most: int | None = None) -> Message:
    """Build the message of the delivery `key`, as rich as fits in `most` octets.

    Raises TooLarge where even links alone do not fit, and PermanentFailure where the header
    block is not what was meant.
    """
    token = message_token(key)
    head = _head(_fields(digest, envelope, token), envelope)
    for parts in _renderings(digest, envelope.unsubscribe):
        octets = head + _body(parts, token)
        if most is None or len(octets) <= most:
            return Message(octets, envelope.sender.address, envelope.recipient.address)
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
        *_first_fields(notice.at, envelope, header_safe(notice.subject), message_token(key)),
        *_last_fields(kind),
        ("Content-Transfer-Encoding", coding),
    ]
    head = _head(fields, envelope)
    octets = head + _encoded("\n\n".join(visible_lines(one) for one in notice.lines))
    if most is not None and len(octets) > most:
        raise TooLarge(f"a notice of {len(octets)} octets is more than the mail server takes")
    return Message(octets, envelope.sender.address, envelope.recipient.address)


def message_token(key: str) -> str:
    """Turn a delivery's key into what may stand in a Message-ID and a file name."""
    return key if _KEY.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()[:40]


def verify(head: bytes, names: Sequence[str], *, international: bool = False) -> None:
    """Check a serialised header block: the fields `names`, each once, and nothing else.

    Raises PermanentFailure for a field that is missing, repeated or unexpected, a bare line
    break, a control character, a line too long, or other than ASCII without SMTPUTF8.
    """
    found = []
    for line in head.removesuffix(b"\r\n\r\n").decode().split("\r\n"):
        # No control is printable, CR and LF included.
        if not line.isprintable() or len(line.encode()) > _LONGEST_LINE:
            raise PermanentFailure("the message's header holds a line that must not be sent")
        if not line.startswith(" "):
            field = _FIELD.match(line)
            found.append(field[1] if field else line)
    if found != list(names) or len(set(found)) != len(found):
        raise PermanentFailure("the message's header holds other fields than were meant")
    if not (international or head.isascii()):
        raise PermanentFailure("the message's header needs a mail server with SMTPUTF8")


def _fields(digest: Digest, envelope: Envelope, token: str) -> list[tuple[str, str]]:
    """Write the header's fields, folded and encoded."""
    # A second apart, so that an inbox shows the parts of a digest in their order.
    at = digest.at + timedelta(seconds=digest.part - 1)
    fields = [
        *_first_fields(at, envelope, render.subject(digest), token),
        ("List-Id", f"Daily Papers <daily-papers.{envelope.sender.domain}>"),
    ]
    if envelope.unsubscribe:
        # Never folded nor encoded: a receiver would no longer see a URI.
        fields.append(("List-Unsubscribe", f"<{envelope.unsubscribe}>"))
    kind = f'multipart/alternative;\r\n boundary="{_boundary(token)}"'
    return [*fields, *_last_fields(kind)]


def _first_fields(
    at: datetime, envelope: Envelope, subject: str, token: str
) -> list[tuple[str, str]]:
    """Write when, from whom, to whom and of what a message is, and its id."""
    return [
        ("Date", format_datetime(at)),
        ("From", _named(envelope.sender, "From")),
        ("To", _named(envelope.recipient, "To")),
        ("Subject", _words(subject, "Subject")),
        ("Message-ID", f"<{token}@{envelope.sender.domain}>"),
    ]


def _last_fields(kind: str) -> list[tuple[str, str]]:
    """Write that no person sent it, and what its body is."""
    return [
        ("Auto-Submitted", "auto-generated"),
        ("MIME-Version", "1.0"),
        ("Content-Type", kind),
    ]


def _head(fields: Sequence[tuple[str, str]], envelope: Envelope) -> bytes:
    """Join the fields to a header block, and check it."""
    head = "".join(f"{name}: {value}\r\n" for name, value in fields).encode() + b"\r\n"
    verify(head, [name for name, _ in fields], international=envelope.recipient.international)
    return head


def _words(words: str, field: str) -> str:
    """Fold words, as encoded words where they are not ASCII."""
    charset = "us-ascii" if words.isascii() else "utf-8"
    return Header(words, charset, header_name=field).encode(linesep="\r\n")


def _named(mailbox: Mailbox, field: str) -> str:
    """Write an address with its name: quoted where ASCII, as encoded words where not."""
    if not mailbox.name:
        return mailbox.address
    if mailbox.name.isascii():
        escaped = re.sub(r'([\\"])', r"\\\1", mailbox.name)
        name = f'"{escaped}"'
    else:
        name = _words(mailbox.name, field)
    used = len(name.rpartition("\n")[2]) + (0 if "\n" in name else len(field) + 2)
    fold = "\r\n" if used + len(mailbox.address) + 3 > _GOOD_LINE else ""
    return f"{name}{fold} <{mailbox.address}>"


def _renderings(digest: Digest, unsubscribe: str) -> Iterator[tuple[str, ...]]:
    """Give the text and HTML parts, each time smaller; at the end titles and links as text.

    A template that fails leaves that end alone, and says so in the log.
    """
    try:
        yield from render.forms(digest, unsubscribe)
    except Exception:  # noqa: BLE001 - a template fails in as many ways as Python does
        _log.exception("template.broken", subscriber=digest.subscriber)
    yield (render.plain(digest),)


def _body(parts: Sequence[str], token: str) -> bytes:
    """Join the parts, plain text first, in quoted-printable with CRLF."""
    boundary = _boundary(token).encode()
    pieces = []
    for part, kind in zip(parts, (b"plain", b"html"), strict=False):
        pieces.append(
            b"--" + boundary + b"\r\nContent-Type: text/" + kind + b"; charset=utf-8\r\n"
            b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + _encoded(part)
        )
    return b"".join([*pieces, b"--", boundary, b"--\r\n"])


def _encoded(text: str) -> bytes:
    """Write text in quoted-printable, its lines with CRLF."""
    return quopri.encodestring("\r\n".join(text.splitlines()).encode() + b"\r\n")


def _boundary(token: str) -> str:
    """Derive the boundary; `=_` cannot occur in quoted-printable, so no text can contain it."""
    return f"=_{hashlib.sha256(token.encode()).hexdigest()[:32]}"
