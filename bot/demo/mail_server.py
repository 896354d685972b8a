"""A loopback mail server that takes every message and keeps it as a file to look at."""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session

_LOOPBACK = "127.0.0.1"
_LONGEST_NAME = 60
_CHARSETS = {"utf-8", "us-ascii"}  # what the bot writes; anything else is in the .eml alone


@dataclass(frozen=True, slots=True)
class Received:
    """One message as its envelope brought it, and where it lies.

    `html_path` is None where the message has no HTML part that can be shown.
    """

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    path: Path
    html_path: Path | None

    @property
    def recipient(self) -> str:
        """Whom the envelope names, separated by commas."""
        return ", ".join(self.recipients)

    @property
    def subject(self) -> str:
        """The subject, decoded; empty where there is none."""
        return str(self.message["Subject"] or "")

    @property
    def message(self) -> EmailMessage:
        """The message, parsed anew at each call."""
        return message_from_bytes(self.content, policy=policy.default)


class MailServer:
    """Listens at `host` and `port` while it is entered; speaks neither TLS nor log-in.

    Messages lie in `folder` as `NN-recipient.eml`, their HTML part beside them; `messages` holds
    them in the order in which they came.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host = _LOOPBACK
        self.port = 0
        self.messages: list[Received] = []
        self._server: asyncio.Server | None = None
        self._connections: list[SMTP] = []

    async def __aenter__(self) -> Self:
        """Make the folder and listen on a free port."""
        self.folder.mkdir(parents=True, exist_ok=True)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, self.host, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening and cut what is still connected."""
        if self._server is None:
            return
        self._server.close()
        for connection in self._connections:
            await _cut(connection)
        await self._server.wait_closed()
        self._server = None

    def _connection(self) -> SMTP:
        self._connections = [one for one in self._connections if one.transport is not None]
        # Its name is given, or else aiosmtpd would ask the name service for one.
        connection = SMTP(
            self, hostname="localhost", loop=asyncio.get_running_loop(), enable_SMTPUTF8=True
        )
        self._connections.append(connection)
        return connection

    async def handle_DATA(  # noqa: N802 - the name by which aiosmtpd calls it
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep a message; the answer accepts it."""
        content = envelope.original_content or b""
        recipients = tuple(envelope.rcpt_tos)
        path = self.folder / f"{len(self.messages) + 1:02}-{_safe(recipients[0])}.eml"
        path.write_bytes(content)
        html_path = _keep_html(content, path)
        self.messages.append(
            Received(envelope.mail_from or "", recipients, content, path, html_path)
        )
        return f"250 Kept as {path.name}"


async def _cut(connection: SMTP) -> None:
    """Close a connection and wait until its conversation has ended."""
    talk = connection._handler_coroutine  # noqa: SLF001 - aiosmtpd has no other way to wait
    if connection.transport is not None:
        connection.transport.close()
    if talk is not None:
        talk.cancel()
        with suppress(asyncio.CancelledError):
            await talk


def _safe(recipient: str) -> str:
    """Make a file name of an address: no separators, no leading dot, no more than 60 letters."""
    name = re.sub(r"[^\w.@+-]", "_", recipient, flags=re.ASCII)[:_LONGEST_NAME]
    return name.strip(".-") or "nobody"


def _keep_html(content: bytes, path: Path) -> Path | None:
    """Write the message's HTML part, if it has one, next to `path`."""
    part = message_from_bytes(content, policy=policy.default).get_body(("html",))
    if part is None or (part.get_content_charset() or "utf-8") not in _CHARSETS:
        return None
    html_path = path.with_name(f"{path.name.removesuffix('.eml')}.html")
    html_path.write_text(part.get_content(), encoding="utf-8")
    return html_path
