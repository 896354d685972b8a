"""Email: a digest as one message to one address, over SMTP."""

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

import structlog

from bot.core.digest import Digest
from bot.core.errors import ConfigError, DeliveryError, PermanentFailure
from bot.core.notice import Notice
from bot.interfaces import Probe
from bot.notifiers.mailbox import Mailbox, mailbox
from bot.notifiers.message import Envelope, Message, build, build_notice
from bot.notifiers.pace import Pace
from bot.notifiers.smtp_pool import Pool
from bot.notifiers.smtp_replies import Gone, SizeRefused
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

    concurrency = 20

    def __init__(
        self,
        server: Server,
        sender: str,
        *,
        per_minute: int = PER_MINUTE,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._server = server
        self._sender = _sender(sender)
        self._timeouts = timeouts or Timeouts()
        self._pace = Pace(per_minute)
        self._slots = asyncio.Semaphore(self.concurrency)
        self._pool = Pool(self._session)

    @classmethod
    def from_settings(cls, settings: "Settings") -> Self:
        """Make one from [email]."""
        email = settings.email
        if email is None:
            raise ConfigError("email: the table [email] is missing; write its host and sender")
        password = email.password.get_secret_value() if email.password else None
        server = Server(email.host, email.port, email.tls, email.username, password)
        return cls(server, email.sender, per_minute=email.per_minute)

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

    async def send(self, digest: Digest, address: str, *, key: str, again: bool = False) -> None:
        """Send the digest to `address`; `again` changes nothing but is told in the log.

        Abstracts are shortened where the server takes no message of that size. Raises
        TemporaryFailure, PermanentFailure or Uncertain.
        """
        if again:
            _log.info("email.again", key=key)
        envelope = Envelope(self._sender, _recipient(address), _unsubscribe(self._sender))
        await self._deliver(partial(build, digest, envelope, key=key), key)

    async def tell(self, notice: Notice, address: str, *, key: str) -> None:
        """Send a notice to the owner, as plain text. Raises as `send` does."""
        envelope = Envelope(self._sender, _recipient(address))
        await self._deliver(partial(build_notice, notice, envelope, key=key), key)

    async def ready(self) -> None:
        """Return when the rate allows another message."""
        await self._pace.turn()

    async def check(self, addresses: Sequence[str]) -> Sequence[Probe]:
        """Connect and log in, then ask for each address whether the server would take mail."""
        what = f"email {self._server}"
        try:
            session = await self._session()
        except DeliveryError as failure:
            return [Probe(what, ok=False, detail=str(failure))]
        as_whom = f"as {self._server.username}" if self._server.username else "without log-in"
        probes = [Probe(what, ok=True, detail=f"connected {as_whom}, tls {self._server.tls}")]
        try:
            probes += [await self._try_address(session, address) for address in addresses]
        finally:
            await session.quit()
        return probes

    async def _try_address(self, session: Session, address: str) -> Probe:
        """Ask the server about one address."""
        try:
            await session.try_envelope(self._sender.address, _recipient(address).address)
        except DeliveryError as failure:
            return Probe(f"email {address}", ok=False, detail=str(failure))
        return Probe(f"email {address}", ok=True, detail="the server takes mail for it")

    async def _session(self) -> Session:
        """Open one more connection."""
        return Session(await connect(self._server), time.monotonic(), self._timeouts)

    async def _deliver(self, write: Callable[..., Message], key: str) -> None:
        """Send over a kept connection, or over a new one where that had ended."""
        async with self._slots:
            try:
                await self._attempt(write, key, fresh=False)
            except _Stale:
                await self._attempt(write, key, fresh=True)

    async def _attempt(self, write: Callable[..., Message], key: str, *, fresh: bool) -> None:
        """Send over one connection, ever smaller while the server finds it too large.

        `write` makes the message of at most `most` octets.
        """
        session = await self._pool.take(fresh=fresh)
        reused, most = session.sent > 0, session.most
        try:
            while True:
                message = await asyncio.to_thread(write, most=most)
                try:
                    return await session.send(message)
                except SizeRefused as refusal:
                    most = len(message.octets) // 2
                    _log.warning("email.shrunk", key=key, most=most, error=str(refusal))
        except Gone as failure:
            if reused:
                raise _Stale from failure
            self._pool.rest(failure)
            raise
        finally:
            await self._pool.give_back(session)


class _Stale(Exception):
    """A kept connection had ended meanwhile: nothing was accepted, and a new one may do."""


def _sender(written: str) -> Mailbox:
    """Read email.sender."""
    try:
        found = mailbox(written)
    except ValueError as error:
        raise ConfigError(f"email.sender: {error}") from None
    if found.international:
        raise ConfigError("email.sender: the part before the @ must be ASCII for other servers")
    return found


def _recipient(address: str) -> Mailbox:
    """Read a subscription's address."""
    try:
        return mailbox(address)
    except ValueError as error:
        raise PermanentFailure(f"not an email address: {error}", scope="address") from None


def _unsubscribe(sender: Mailbox) -> str:
    """Give the URL of a message to the sender that asks to stop."""
    return f"mailto:{quote(sender.address, safe='@')}?subject=unsubscribe"
