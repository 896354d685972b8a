"""A mail server on the loopback that says what a test scripts, and keeps what it was told."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

FAREWELL = "drop"
"""As a reply: close the connection without a word."""
SILENCE = "silence"
"""As a reply: say nothing, and wait for the client to give up."""

ACCEPTING: Mapping[str, str] = {
    "CONNECT": "220 box.test ESMTP",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go on",
    "DOT": "250 2.0.0 queued",
    "RSET": "250 2.0.0 ok",
    "NOOP": "250 2.0.0 ok",
    "STARTTLS": "220 2.0.0 ready",
    "QUIT": "221 2.0.0 bye",
}


@dataclass
class ScriptedSmtp:
    """What the server says and what it heard.

    `script` overrides replies by verb; a list is used up one reply a time and then accepts. DOT is
    the reply to the whole message. BODY, when set, drops the connection inside the message.
    """

    script: dict[str, str | list[str]] = field(default_factory=dict)
    extensions: tuple[str, ...] = ("SIZE 10000000", "AUTH PLAIN LOGIN CRAM-MD5")
    tls: ssl.SSLContext | None = None
    port: int = 0
    messages: list[bytes] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    dots: int = 0
    dotted: asyncio.Event = field(default_factory=asyncio.Event)

    def heard(self, verb: str) -> list[str]:
        """Give the commands that began with `verb`."""
        return [command for command in self.commands if command.upper().startswith(verb)]

    def reply(self, verb: str) -> str:
        """Choose the next reply to `verb`."""
        scripted = self.script.get(verb)
        if isinstance(scripted, list):
            return scripted.pop(0) if scripted else ACCEPTING[verb]
        return scripted or ACCEPTING.get(verb, "502 5.5.1 what?")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk with one client until either has enough."""
        self.connections += 1
        try:
            await self._talk(reader, writer)
        except (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._say(writer, self.reply("CONNECT"))
        while line := await reader.readline():
            command = line.decode().rstrip("\r\n")
            self.commands.append(command)
            verb = command.split(" ")[0].split(":")[0].upper()
            if verb == "EHLO":
                said = "\r\n".join(f"250-{one}" for one in ("box.test", *self.extensions))
                await self._say(writer, f"{said}\r\n250 HELP")
                continue
            answer = self.reply(verb)
            await self._say(writer, answer)
            if verb == "QUIT" or answer.startswith("421"):
                return
            if verb == "STARTTLS" and answer.startswith("220") and self.tls:
                await writer.start_tls(self.tls)
            if verb == "DATA" and answer.startswith("354"):
                await self._take_message(reader, writer)

    async def _take_message(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self.script.get("BODY"):
            await reader.read(1000)
            raise ConnectionResetError
        lines = []
        while (line := await reader.readline()) != b".\r\n":
            if not line:
                return
            lines.append(line.removeprefix(b"."))
        self.dots += 1
        self.dotted.set()
        answer = self.reply("DOT")
        if answer.startswith("2"):
            self.messages.append(b"".join(lines))
        await self._say(writer, answer)
        if answer.startswith("421"):
            raise ConnectionResetError

    async def _say(self, writer: asyncio.StreamWriter, words: str) -> None:
        if words == FAREWELL:
            raise ConnectionResetError
        if words == SILENCE:
            return
        writer.write(words.encode() + b"\r\n")
        await writer.drain()


@asynccontextmanager
async def serving(
    server: ScriptedSmtp, *, wrapped: Literal["plain", "tls"] = "plain"
) -> AsyncIterator[ScriptedSmtp]:
    """Run the server on a free port of the loopback."""
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(server.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    context = server.tls if wrapped == "tls" else None
    listening = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listening.wait_closed()
