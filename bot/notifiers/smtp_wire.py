"""An SMTP connection as lines: commands out, replies in, several under way at once (RFC 2920)."""

import asyncio
import re
from collections import deque
from typing import NamedTuple, cast

_REPLY = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)
_LONGEST = 64 * 1024
"""Octets that one reply may have: RFC 5321 allows 512 a line."""


class Reply(NamedTuple):
    """A server's answer: its code, and what it said, in lines."""

    code: int
    said: str


class Lost(Exception):
    """The connection has ended, or what came over it was no reply."""


class Wire(asyncio.Protocol):
    """Takes over a connection that is ready for mail.

    Replies come in the order of the commands; who asks for one waits for it.
    """

    def __init__(self, transport: asyncio.WriteTransport) -> None:
        self._transport = transport
        self._unread = bytearray()
        self._lines: list[bytes] = []
        self._replies: deque[Reply] = deque()
        self._lost: Lost | None = None
        self._paused = False
        self._changed: asyncio.Future[None] | None = None
        # Drained then means that nothing waits in this process, not that little does.
        transport.set_write_buffer_limits(high=0)
        transport.set_protocol(self)

    @property
    def usable(self) -> bool:
        """Whether the connection stands, as far as this side knows, and nothing is unanswered."""
        return self._lost is None and not self._transport.is_closing() and not self._replies

    def write(self, octets: bytes) -> None:
        """Send, as soon as the connection takes it."""
        if self._lost is not None or self._transport.is_closing():
            raise self._lost or Lost("the connection is closing")
        self._transport.write(octets)

    async def drained(self) -> None:
        """Return once all that was written has left this process."""
        while self._paused and self._lost is None:
            await self._change()
        if self._lost is not None:
            raise self._lost

    async def reply(self) -> Reply:
        """Give the next reply; those that came before the end are given first."""
        while not self._replies:
            if self._lost is not None:
                raise self._lost
            await self._change()
        return self._replies.popleft()

    def close(self) -> None:
        """Drop the connection at once."""
        self._end(Lost("the connection was closed"))

    def data_received(self, data: bytes) -> None:
        """Cut what comes into lines and replies."""
        self._unread += data
        *lines, rest = self._unread.split(b"\n")
        self._unread = rest
        for line in lines:
            self._take(bytes(line.removesuffix(b"\r")))
        if len(self._unread) + sum(map(len, self._lines)) > _LONGEST:
            self._end(Lost("a reply is longer than any that makes sense"))
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits that no more will come."""
        self._lost = self._lost or Lost(str(exc or "it ended without a word"))
        self._wake()

    def pause_writing(self) -> None:
        """Note that something waits in this process."""
        self._paused = True

    def resume_writing(self) -> None:
        """Note that nothing waits any more."""
        self._paused = False
        self._wake()

    def _take(self, line: bytes) -> None:
        """Add a line to the reply that is under way, and end that with its last line."""
        found = _REPLY.fullmatch(line)
        if found is None:
            self._end(Lost(f"what came is no reply: {line[:100]!r}"))
            return
        self._lines.append(found[3] or b"")
        if found[2] != b"-":
            said = b"\n".join(self._lines).decode("utf-8", "replace")
            self._replies.append(Reply(int(found[1]), said))
            self._lines = []

    def _end(self, why: Lost) -> None:
        self._lost = self._lost or why
        self._transport.abort()
        self._wake()

    async def _change(self) -> None:
        """Wait until something has come, gone or ended; one waits at a time."""
        self._changed = asyncio.get_running_loop().create_future()
        await self._changed

    def _wake(self) -> None:
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)


def wire_of(transport: asyncio.BaseTransport | None) -> Wire:
    """Take over the connection of a client that has greeted and logged in."""
    return Wire(cast("asyncio.WriteTransport", transport))
