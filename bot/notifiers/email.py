"""Email: a digest as one message to one address, over SMTP."""

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Self

import structlog

from bot.core.digest import Digest
from bot.core.errors import ConfigError, DeliveryError
from bot.core.notice import Notice
from bot.interfaces import Probe
from bot.notifiers.message import Message, build, build_notice
from bot.notifiers.origin import Origin
from bot.notifiers.pace import Pace
from bot.notifiers.smtp_pool import CONNECTIONS, Pool, Stale
from bot.notifiers.smtp_replies import SizeRefused
from bot.notifiers.smtp_server import Server, connect
from bot.notifiers.smtp_session import Session, Timeouts

if TYPE_CHECKING:
    from bot.settings import Settings

_log = structlog.get_logger()

PER_MINUTE = 300
_PATIENCE_FOR_NAME = 5.0


class EmailNotifier:
    """Sends through one mail server; an async context manager.

    At most `per_minute` messages begin in any minute. The Message-ID is made of the delivery's
    key, so that a message sent twice is recognisable as the same.
    """

    concurrency = CONNECTIONS

    def __init__(
        self,
        server: Server,
        origin: Origin,
        *,
        per_minute: int = PER_MINUTE,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._server = server
        self._origin = origin
        self._timeouts = timeouts or Timeouts()
        self._pace = Pace(per_minute)
        self._pool = Pool(self._session)

    @classmethod
    def from_settings(cls, settings: "Settings") -> Self:
        """Make one from [email], and [web] for the ways to leave."""
        email = settings.email
        if email is None:
            raise ConfigError("email: the table [email] is missing; write its host and sender")
        origin = Origin.from_settings(email, settings.web)
        password = email.password.get_secret_value() if email.password else None
        server = Server(email.host, email.port, email.tls, email.username, password)
        return cls(server, origin, per_minute=email.per_minute)

    async def __aenter__(self) -> Self:
        """Find the name to greet the server with; connections are opened when needed."""
        try:
            name = await asyncio.wait_for(asyncio.to_thread(socket.getfqdn), _PATIENCE_FOR_NAME)
        except TimeoutError:
            return self
        if "." in name and name.isascii() and name.isprintable() and " " not in name:
            self._server = replace(self._server, local_name=name)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Say goodbye on the open connections."""
        await self._pool.close()

    async def send(
        self, digest: Digest, address: str, *, key: str, again: bool = False
    ) -> str | None:
        """Send the digest to `address`; `again` changes nothing but is told in the log.

        Abstracts are shortened where the server takes no message of that size. Raises
        TemporaryFailure, PermanentFailure or Uncertain.
        """
        if again:
            _log.info("email.again", key=key)
        envelope = self._origin.envelope(address, digest)
        return (await self._deliver(partial(build, digest, envelope, key=key), key)).plain

    async def tell(self, notice: Notice, address: str, *, key: str) -> None:
        """Send a notice to the owner, as plain text. Raises as `send` does."""
        envelope = self._origin.envelope(address)
        await self._deliver(partial(build_notice, notice, envelope, key=key), key)

    async def ready(self) -> None:
        """Return when the rate allows another message."""
        await self._pace.turn()

    async def check(self, addresses: Sequence[str]) -> Sequence[Probe]:
        """Connect and log in, then ask for each address whether the server would take mail.

        Tell also who sends, whether readers can leave with one click, and where failures go.
        """
        what = f"email {self._server}"
        try:
            session = await self._session()
        except DeliveryError as failure:
            return [Probe(what, ok=False, detail=str(failure)), *self._origin.probes()]
        as_whom = f"as {self._server.username}" if self._server.username else "without log-in"
        connected = Probe(what, ok=True, detail=f"connected {as_whom}, tls {self._server.tls}")
        probes = [connected, *self._origin.probes()]
        try:
            probes += [await self._try_address(session, address) for address in addresses]
        finally:
            await session.quit()
        return probes

    async def _try_address(self, session: Session, address: str) -> Probe:
        """Ask the server about one address."""
        try:
            envelope = self._origin.envelope(address)
            await session.try_envelope(envelope.sender.address, envelope.recipient.address)
        except DeliveryError as failure:
            return Probe(f"email {address}", ok=False, detail=str(failure))
        return Probe(f"email {address}", ok=True, detail="the server takes mail for it")

    async def _session(self) -> Session:
        """Open one more connection."""
        return Session(await connect(self._server), time.monotonic(), self._timeouts)

    async def _deliver(self, write: Callable[..., Message], key: str) -> Message:
        """Send over a kept connection, or a new one where that had ended; give what was sent."""
        try:
            return await self._attempt(write, key, fresh=False)
        except Stale:
            return await self._attempt(write, key, fresh=True)

    async def _attempt(self, write: Callable[..., Message], key: str, *, fresh: bool) -> Message:
        """Send over one connection, ever smaller while the server finds it too large.

        `write` makes the message of at most `most` octets.
        """
        async with self._pool.session(fresh=fresh) as session:
            most = session.most
            while True:
                message = await asyncio.to_thread(self._written, write, most)
                try:
                    await session.send(message)
                except SizeRefused as refusal:
                    most = len(message.octets) // 2
                    _log.warning("email.shrunk", key=key, most=most, error=str(refusal))
                else:
                    return message

    def _written(self, write: Callable[..., Message], most: int | None) -> Message:
        """Write a message and sign it, which both take the processor for a while."""
        return self._origin.signed(write(most=self._origin.room(most)))
