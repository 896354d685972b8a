"""A loopback server that is told of heartbeats."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Monitor:
    """Counts what asks for it, and answers with what it is told to."""

    answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
    requests: list[str] = field(default_factory=list)
    url: str = ""
    delay: float = 0.0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.requests.append(head.decode())
        try:
            await asyncio.sleep(self.delay)
            writer.write(self.answer)
            await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def monitor(answer: bytes = Monitor.answer, delay: float = 0.0) -> AsyncIterator[Monitor]:
    listening = Monitor(answer, delay=delay)
    server = await asyncio.start_server(listening.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    listening.url = f"http://127.0.0.1:{port}/ping/5f3c2a-secret"
    async with server:
        yield listening
