"""The HTTP server: where it listens, for whom it waits how long, and how it stops."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.core.errors import ConfigError

DRAIN = 15
"""Seconds that requests under way get to end once the server is told to stop."""
HEAD_PATIENCE = 10.0
"""Seconds until the head of a request must have come whole."""
CONNECTIONS = 200
"""As long as so many are open, further requests are told to come later."""


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Take the port while the block lasts; 0 takes any that is free.

    Raises ConfigError, which names the setting, where it cannot be had.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address[:2], family=family, backlog=CONNECTIONS)
    except OSError as error:
        said, _, _ = (error.strerror or str(error)).partition(" (while")  # names the address again
        raise ConfigError(
            f"web.host, web.port: {host}:{port} cannot be listened on ({said}). "
            "Name an address of this machine and a port that is free, in [web] or with --host and "
            "--port."
        ) from error
    with listener:
        # Every connection takes it over. Without it the end of an answer waits for the client's
        # acknowledgement of its beginning, which comes 40 ms later; asyncio knows no such socket.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield listener


async def answer(app: ASGIApp, listener: socket.socket, stop: asyncio.Event) -> None:
    """Answer requests until `stop` is set; those under way then have DRAIN seconds.

    Nothing is logged of a request: its address holds a token.
    """
    config = uvicorn.Config(
        app,
        http=_Impatient,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=DRAIN,
    )
    server = _Server(config)
    stopping = asyncio.create_task(_stop(server, stop))
    try:
        await server.serve(sockets=[listener])
    finally:
        stopping.cancel()
        await asyncio.gather(stopping, return_exceptions=True)


async def _stop(server: uvicorn.Server, stop: asyncio.Event) -> None:
    """Tell the server when it is time."""
    await stop.wait()
    server.should_exit = True


class _Server(uvicorn.Server):
    """A server that leaves signals to who runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take none: uvicorn would end the process by the signal that it had caught."""
        yield


class _Impatient(H11Protocol):
    """HTTP/1.1 that closes a connection on which the head of a request does not come to its end.

    uvicorn by itself waits for ever, before the first octet as after it.
    """

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for the first head."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait from the first octet of a head on, and no longer than to its last."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._wait_no_more()
        elif self._waiting is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nobody."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(HEAD_PATIENCE, self._give_up)

    def _wait_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self._waiting = None
        self.transport.close()
