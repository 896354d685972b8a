"""A small IMAP server on the loopback, with as many faults as its script says."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from bot.mailboxes import ImapServer

PASSWORD = "wönder land"
ASCII_PASSWORD = "wonder land"


@dataclass
class Imap:
    """Holds messages by their lasting numbers; a `script` entry answers a command instead.

    An entry is the text of a tagged answer, or None to hang up; its key is the command's name.
    """

    messages: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    script: dict[str, str | None] = field(default_factory=dict)
    capabilities: str = "IMAP4rev1 AUTH=PLAIN"
    offered: ssl.SSLContext | None = None
    implicit: bool = False
    extra: Callable[[int], bytes] = lambda octets: b"%d" % octets
    asked: list[str] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Greet one client, and answer it until it leaves."""
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            if "greeting" in self.script:
                writer.write((self.script["greeting"] or "").encode())
                await writer.drain()
                return
            writer.write(b"* OK ready\r\n")
            while (line := await reader.readline()) and await self._answer(line, reader, writer):
                await writer.drain()

    async def _answer(
        self, line: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer one command; False where the connection ends with it."""
        tag, _, rest = line.decode().strip().partition(" ")
        words = rest.upper().split()
        name = words[1] if words[0] == "UID" else words[0]
        self.asked.append(rest)
        if name in self.script:
            said = self.script[name]
            if said is not None:
                writer.write(f"{tag} {said}\r\n".encode())
            return said is not None
        if name == "AUTHENTICATE":
            writer.write(b"+ \r\n")
            self.asked.append((await reader.readline()).decode().strip())
        if name == "STARTTLS" and self.offered is not None:
            writer.write(f"{tag} OK begin\r\n".encode())
            await writer.drain()
            await writer.start_tls(self.offered)
            return True
        writer.write(self._untagged(name, words, rest) + f"{tag} OK done\r\n".encode())
        return name != "LOGOUT"

    def _untagged(self, name: str, words: list[str], rest: str) -> bytes:
        """Give what stands before the tagged answer."""
        match name:
            case "CAPABILITY":
                return f"* CAPABILITY {self.capabilities}\r\n".encode()
            case "SEARCH":
                unseen = sorted(self.messages.keys() - self.seen)
                return f"* SEARCH {' '.join(map(str, unseen))}\r\n".encode()
            case "FETCH":
                return self._fetched(int(words[2]), int(re.findall(r"<0\.(\d+)>", rest)[0]))
            case "STORE":
                self.seen |= {int(one) for one in words[2].split(",")}
        return b"* BYE\r\n" if name == "LOGOUT" else b""

    def _fetched(self, number: int, most: int) -> bytes:
        """Give a message as a literal; nothing for one that is gone."""
        octets = self.messages.get(number, b"")[:most]
        if not octets:
            return b""
        head = f"* 1 FETCH (UID {number} BODY[]<0> {{".encode()
        return head + self.extra(len(octets)) + b"}\r\n" + octets + b")\r\n"


@asynccontextmanager
async def imap(**changes: Any) -> AsyncIterator[Imap]:
    """Run one."""
    server = Imap(**changes)
    context = server.offered if server.implicit else None
    listening = await asyncio.start_server(_closing(server), "127.0.0.1", 0, ssl=context)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        await listening.wait_closed()


def _closing(server: Imap) -> Callable[..., Any]:
    """Close the connection however serving it ends."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await server.serve(reader, writer)
        finally:
            writer.close()

    return serve


def login(server: Imap, **changes: Any) -> ImapServer:
    """Say how to reach the server: in clear, with a password that is not ASCII."""
    values: dict[str, Any] = {
        "host": "localhost" if server.offered else "127.0.0.1",
        "port": server.port,
        "tls": "none",
        "username": "bounces",
        "password": PASSWORD,
        "timeout": 60.0,
    }
    return ImapServer(**(values | changes))
