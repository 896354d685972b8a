"""One message that a mail server pipes into the command: the server keeps it until that ends."""

from collections.abc import AsyncGenerator, Sequence
from typing import IO, Self

from bot.core.returned import LARGEST
from bot.mailboxes.mailbox import Letter


def read_whole(stream: IO[bytes]) -> bytes:
    """Read what is looked at, and then to the end: a server may take a closed pipe for a fault."""
    octets = stream.read(LARGEST)
    while stream.read(LARGEST):
        pass
    return octets


class Piped:
    """A mailbox of one message; how the command ends tells the server what to do with it."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    async def __aenter__(self) -> Self:
        """Need nothing."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Keep nothing open."""

    async def unread(self) -> AsyncGenerator[Letter, None]:
        """Yield the message."""
        yield Letter("standard input", self._octets)

    async def settle(self, names: Sequence[str]) -> None:
        """Have nothing to mark."""
