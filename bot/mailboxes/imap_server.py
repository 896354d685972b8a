"""Opening a connection to an IMAP server: TLS as configured or not at all, and one log-in."""

import imaplib
import ssl
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal, NoReturn

from bot import trust
from bot.core.errors import ConfigError, MailboxError
from bot.core.returned import LARGEST
from bot.core.visible import visible
from bot.settings.places import is_loopback

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class ImapServer:
    """Where mail is read, as whom, and over what; `timeout` is in seconds, for each step.

    Without TLS only this machine may be meant: anything else raises ConfigError.
    """

    host: str
    port: int
    tls: Literal["implicit", "starttls", "none"]
    username: str
    password: str = field(repr=False)
    context: ssl.SSLContext = field(default_factory=trust.by_system, repr=False)
    timeout: float = 60.0

    def __post_init__(self) -> None:
        """Refuse plain text over a network."""
        if self.tls == "none" and not is_loopback(self.host):
            raise ConfigError(
                f'bounces.tls: "none" reads mail in clear, which {self.host} is too far away for. '
                'Write "implicit" (port 993) or "starttls" (port 143).'
            )

    def __str__(self) -> str:
        """Name the server, for people."""
        return f"{self.host}:{self.port}"


class _Plain(imaplib.IMAP4):
    """A connection whose server cannot make us read more than was asked for."""

    def read(self, size: int) -> bytes:
        return super().read(_bounded(size))


class _Protected(imaplib.IMAP4_SSL):
    """The same over TLS."""

    def read(self, size: int) -> bytes:
        return super().read(_bounded(size))


def _bounded(size: int) -> int:
    """Refuse to read what nobody asked for."""
    if size > 2 * LARGEST:
        raise imaplib.IMAP4.abort(f"the server sends {size:,} octets that nobody asked for")
    return size


def connected(server: ImapServer) -> imaplib.IMAP4:
    """Open a connection that is protected and logged in; raises MailboxError."""
    client = _reached(server)
    try:
        _protect(client, server)
        _log_in(client, server)
    except BaseException:
        close(client)
        raise
    return client


def close(client: imaplib.IMAP4) -> None:
    """Close a connection, in whatever state it is."""
    with suppress(OSError):
        client.shutdown()


def told(said: Iterable[object]) -> str:
    """Give what a server said, or an error, as text that may be shown."""
    words = (one.decode("utf-8", "replace") if isinstance(one, bytes) else one for one in said)
    return visible(" ".join(str(one) for one in words))[:_SHOWN] or "nothing"


def _reached(server: ImapServer) -> imaplib.IMAP4:
    """Connect, with implicit TLS where that is configured."""
    try:
        if server.tls == "implicit":
            return _Protected(
                server.host, server.port, ssl_context=server.context, timeout=server.timeout
            )
        return _Plain(server.host, server.port, timeout=server.timeout)
    except (imaplib.IMAP4.error, OSError) as error:
        _fail(error, server)


def _protect(client: imaplib.IMAP4, server: ImapServer) -> None:
    """Demand STARTTLS where it is configured."""
    if server.tls != "starttls":
        return
    if "STARTTLS" not in client.capabilities:
        raise MailboxError(
            f"{server} offers no STARTTLS, so nothing was read. Somebody between may have taken it "
            'away; or the server wants bounces.tls = "implicit", mostly on port 993.'
        )
    try:
        client.starttls(server.context)
    except (imaplib.IMAP4.error, OSError) as error:
        _fail(error, server)


def _log_in(client: imaplib.IMAP4, server: ImapServer) -> None:
    """Log in once; in a form that holds any character where the server takes it."""
    user, password = server.username, server.password
    try:
        if "AUTH=PLAIN" in client.capabilities:
            client.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
        else:
            client.login(_quoted(user), password)
    except (imaplib.IMAP4.abort, OSError) as error:
        _fail(error, server)
    except (imaplib.IMAP4.error, UnicodeEncodeError) as error:
        said = told([error]) if isinstance(error, imaplib.IMAP4.error) else "it takes only ASCII"
        raise MailboxError(
            f"{server} refuses the log-in: {said}. Check bounces.username and "
            "DAILY_PAPERS_BOUNCES__PASSWORD; many providers want an app password."
        ) from None


def _quoted(text: str) -> str:
    """Write a string of IMAP; the library does so for the password alone."""
    return '"' + text.replace("\\", "\\\\").replace('"', r"\"") + '"'


def _fail(error: Exception, server: ImapServer) -> NoReturn:
    """Say why there is no connection, and the cure."""
    if isinstance(error, ssl.SSLCertVerificationError):
        raise MailboxError(
            f"the certificate of {server} cannot be trusted ({error.verify_message}), so nothing "
            "was read. Check bounces.host, or have the server's certificate mended."
        ) from error
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
        raise MailboxError(
            f"{server} does not speak TLS as expected ({error.reason}), so nothing was read. "
            'Port 993 mostly wants bounces.tls = "implicit", port 143 "starttls".'
        ) from error
    raise MailboxError(f"{server} cannot be reached: {told([error])}") from error
