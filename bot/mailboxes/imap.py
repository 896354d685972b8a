"""A folder on an IMAP server, read with the standard library in a thread.

The connection is protected as configured or not made at all. Messages are fetched without marking
them, and marked as seen once what they say is in the ledger.
"""

import asyncio
import imaplib
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from typing import Self

from bot.core.errors import MailboxError
from bot.core.returned import LARGEST
from bot.interfaces import Probe
from bot.mailboxes.imap_server import ImapServer, close, connected, told
from bot.mailboxes.mailbox import Letter

_MARKED_AT_ONCE = 100


class ImapMailbox:
    """Reads the unseen messages of one folder."""

    def __init__(self, server: ImapServer, folder: str) -> None:
        self._server = server
        self._folder = folder
        self._client: imaplib.IMAP4 | None = None

    async def __aenter__(self) -> Self:
        """Connect, log in, and open the folder."""
        self._client = await asyncio.to_thread(connected, self._server)
        try:
            await asyncio.to_thread(self._open)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Log out."""
        await asyncio.to_thread(_leave, self._session())
        self._client = None

    async def unread(self) -> AsyncGenerator[Letter, None]:
        """Yield the unseen messages, the oldest first."""
        for number in await asyncio.to_thread(self._unseen):
            octets = await asyncio.to_thread(self._fetch, number)
            if octets is not None:
                yield Letter(number, octets)

    async def settle(self, names: Sequence[str]) -> None:
        """Mark messages as seen."""
        for start in range(0, len(names), _MARKED_AT_ONCE):
            some = ",".join(names[start : start + _MARKED_AT_ONCE])
            await asyncio.to_thread(self._ask, "STORE", some, "+FLAGS.SILENT", r"(\Seen)")

    async def check(self) -> Probe:
        """Connect, log in, open the folder, and count what is unseen."""
        what = f"bounces {self._server}"
        try:
            async with self:
                count = len(await asyncio.to_thread(self._unseen))
        except MailboxError as error:
            return Probe(what, ok=False, detail=str(error))
        return Probe(what, ok=True, detail=f"{count:,} unread in {self._folder}")

    def _open(self) -> None:
        """Open the folder for reading and marking."""
        quoted = self._folder.replace("\\", "\\\\").replace('"', r"\"")
        try:
            answer, said = self._session().select(f'"{quoted}"')
        except (imaplib.IMAP4.error, OSError) as error:
            raise self._failure(error) from error
        if answer != "OK":
            raise MailboxError(
                f"{self._server} has no folder {self._folder!r} that can be opened: {told(said)}. "
                "Check bounces.folder."
            )

    def _unseen(self) -> list[str]:
        """Ask which messages nobody has seen or deleted; they keep these numbers for ever."""
        return [
            number
            for line in self._ask("SEARCH", "UNSEEN", "UNDELETED")
            if isinstance(line, bytes)
            for number in line.decode("ascii", "replace").split()
            if number.isdecimal()
        ]

    def _fetch(self, number: str) -> bytes | None:
        """Fetch a message as far as it is looked at; None for one that is gone."""
        answer = self._ask("FETCH", number, f"(BODY.PEEK[]<0.{LARGEST}>)")
        return next((bytes(one[1]) for one in answer if isinstance(one, tuple)), None)

    def _ask(self, command: str, *words: str) -> Sequence[object]:
        """Give the data that a command on messages, by their lasting numbers, answers with."""
        try:
            answer, said = self._session().uid(command, *words)
        except (imaplib.IMAP4.error, OSError) as error:
            raise self._failure(error) from error
        if answer != "OK":
            raise MailboxError(f"{self._server} answered {command} with {answer}: {told(said)}")
        return said

    def _session(self) -> imaplib.IMAP4:
        """Give the open connection."""
        if self._client is None:
            raise MailboxError(f"{self._server}: the mailbox is not open")
        return self._client

    def _failure(self, error: Exception) -> MailboxError:
        """Say that the connection broke; what is not marked is read again."""
        return MailboxError(f"{self._server}: the connection broke: {told([error])}")


def _leave(client: imaplib.IMAP4) -> None:
    """Log out, and close the connection however that ends."""
    with suppress(imaplib.IMAP4.error, OSError):
        client.logout()
    close(client)
