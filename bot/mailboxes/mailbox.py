"""The seam of a mailbox: letters are read, and settled once what they said is in the ledger."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from bot.interfaces import Probe


class Letter(NamedTuple):
    """A message as it came, cut at the octets that are looked at; `name` is the mailbox's own."""

    name: str
    octets: bytes


class Mailbox(AbstractAsyncContextManager["Mailbox"], Protocol):
    """Holds what came back, and keeps what nobody has settled. Everything raises MailboxError."""

    def unread(self) -> AsyncGenerator[Letter, None]:
        """Yield each letter that is not marked as read, once."""
        ...

    async def settle(self, names: Sequence[str]) -> None:
        """Mark letters as read; to do it twice does nothing more. Nothing is deleted."""
        ...


class Fetched(Mailbox, Protocol):
    """A mailbox that is there whether somebody reads it or not."""

    async def check(self) -> Probe:
        """Try to read the mailbox, and change nothing there."""
        ...
