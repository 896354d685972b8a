"""The header block of a message: its fields written, folded, encoded, and checked.

It is written here and not by `email.message`, which in Python 3.11 turns encoded words inside
outside text into new header lines (CVE-2024-6923) and encodes long URIs in List-Unsubscribe.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime

from bot.core.errors import PermanentFailure
from bot.notifiers.mailbox import Mailbox

Fields = Sequence[tuple[str, str]]
"""Names and values of fields, in their order."""

_FIELD = re.compile(r"([A-Za-z-]+):(?: |\Z)")
_GOOD_LINE = 78
_LONGEST_LINE = 998
"""Octets of a line, without its end, that RFC 5322 allows."""
_ENCODED_WORD = 75
"""Octets of an encoded word that RFC 2047 allows."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom, to whom, and how the reader may leave.

    `unsubscribe` is the URL of a page, `mailto` that of a mail, by which the reader leaves,
    `manage` that of a page on which they choose what comes, and `return_path` where a failure is
    reported to ("" everywhere: none, and the sender).
    """

    sender: Mailbox
    recipient: Mailbox
    unsubscribe: str = ""
    mailto: str = ""
    return_path: str = ""
    manage: str = ""

    @property
    def stop(self) -> str:
        """The URL that the message shows its reader; empty where there is none."""
        return self.unsubscribe or self.mailto


def header(fields: Fields, envelope: Envelope) -> bytes:
    """Join the fields to a header block with the empty line after it, and check it."""
    head = "".join([f"{name}: {value}\r\n" for name, value in fields]).encode() + b"\r\n"
    verify(head, [name for name, _ in fields], international=envelope.recipient.international)
    return head


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


def opening_fields(at: datetime, envelope: Envelope, subject: str, token: str) -> Fields:
    """Write when, from whom, to whom and of what a message is, and its id."""
    return [
        ("Date", format_datetime(at)),
        ("From", _named(envelope.sender, "From")),
        ("To", _named(envelope.recipient, "To")),
        ("Subject", _words(subject, "Subject")),
        ("Message-ID", f"<{token}@{envelope.sender.domain}>"),
    ]


def list_fields(envelope: Envelope) -> Iterator[tuple[str, str]]:
    """Write which list the message is of, and how to leave it (RFC 2919, 2369 and 8058).

    URIs are never encoded: a receiver would no longer see one. Each has a line of its own.
    """
    yield "List-Id", f"Daily Papers <daily-papers.{envelope.sender.domain}>"
    ways = [f"<{way}>" for way in (envelope.unsubscribe, envelope.mailto) if way]
    if ways:
        yield "List-Unsubscribe", ",\r\n ".join(ways)
    if envelope.unsubscribe.startswith("https:"):
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"


def closing_fields(kind: str) -> Fields:
    """Write that no person sent it, and what its body is."""
    return [
        ("Auto-Submitted", "auto-generated"),
        ("MIME-Version", "1.0"),
        ("Content-Type", kind),
    ]


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


def _words(words: str, field: str) -> str:
    """Fold words, as encoded words where they are not ASCII."""
    if words.isascii():
        return Header(words, "us-ascii", header_name=field).encode(linesep="\r\n")
    room = min(_ENCODED_WORD, _GOOD_LINE - len(field) - 2) - len("=?utf-8?b??=")
    octets, lines = words.encode(), []
    while octets:
        end = room // 4 * 3
        while octets[end : end + 1] and octets[end] & 0xC0 == 0x80:  # within a character
            end -= 1
        lines.append(f"=?utf-8?b?{b64encode(octets[:end]).decode()}?=")
        octets = octets[end:]
    return "\r\n ".join(lines)
