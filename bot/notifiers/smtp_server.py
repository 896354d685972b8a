"""Opening a connection to a mail server: TLS as configured or not at all, and one log-in."""

import ssl
from dataclasses import dataclass, field
from typing import Literal

import aiosmtplib

from bot import trust
from bot.core.errors import ConfigError, DeliveryError, PermanentFailure, TemporaryFailure
from bot.notifiers.smtp_replies import Stage, failure_of
from bot.settings.places import is_loopback

_METHODS = ("plain", "login", "cram-md5")
"""How to log in, in the order of preference; TLS or the loopback protects all of them."""
_NO_EHLO = frozenset({500, 501, 502, 504, 550})


@dataclass(frozen=True, slots=True)
class Server:
    """Where to send mail, as whom, and over what; `timeout` is in seconds, for each step.

    Without TLS only this machine may be meant: anything else raises ConfigError.
    """

    host: str
    port: int
    tls: Literal["implicit", "starttls", "none"]
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    context: ssl.SSLContext = field(default_factory=trust.by_system, repr=False)
    local_name: str = "[127.0.0.1]"
    timeout: float = 60.0

    def __post_init__(self) -> None:
        """Refuse plain text over a network."""
        if self.tls == "none" and not is_loopback(self.host):
            raise ConfigError(
                f'email.tls: "none" sends mail in clear, which {self.host} is too far away for. '
                'Write "implicit" (port 465) or "starttls" (port 587).'
            )

    def __str__(self) -> str:
        """Name the server, for people."""
        return f"{self.host}:{self.port}"


class LogInRefused(PermanentFailure):
    """The server does not take the user name and password."""


async def connect(server: Server) -> aiosmtplib.SMTP:
    """Open a connection that is greeted, protected and logged in.

    Raises TemporaryFailure where the server cannot be reached or says "later", and
    PermanentFailure of the channel where TLS, the certificate or the log-in is refused.
    """
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.tls == "implicit",
        start_tls=False,  # never "if offered": _protect demands it
        tls_context=server.context,
        local_hostname=server.local_name,
        timeout=server.timeout,
    )
    try:
        await _reach(client, server)
        await _protect(client, server)
        await _log_in(client, server)
    except BaseException:
        client.close()
        raise
    return client


async def _reach(client: aiosmtplib.SMTP, server: Server) -> None:
    """Connect, with implicit TLS where that is configured, and greet."""
    try:
        await client.connect()
        await _greet(client, server)
    except (aiosmtplib.SMTPException, OSError) as error:
        raise _failure(error, server, "the connection") from error


async def _greet(client: aiosmtplib.SMTP, server: Server) -> None:
    """Say EHLO, or HELO to a server of old, which has neither TLS nor log-in (RFC 5321, 3.2)."""
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError as error:
        if error.code not in _NO_EHLO or server.tls != "none" or server.username is not None:
            raise
        await client.helo()


async def _protect(client: aiosmtplib.SMTP, server: Server) -> None:
    """Demand STARTTLS where it is configured, then greet again as RFC 3207 asks."""
    if server.tls != "starttls":
        return
    if not client.supports_extension("starttls"):
        raise PermanentFailure(
            f"{server} offers no STARTTLS, so nothing was sent. Somebody between may have taken "
            'it away; or the server wants email.tls = "implicit", mostly on port 465.',
            scope="channel",
        )
    try:
        await client.starttls()
        await client.ehlo()
    except (aiosmtplib.SMTPException, OSError) as error:
        raise _failure(error, server, "STARTTLS") from error


async def _log_in(client: aiosmtplib.SMTP, server: Server) -> None:
    """Log in once, with one method: a wrong password tried thrice would lock the account."""
    if server.username is None:
        return
    offered = [method for method in _METHODS if method in client.server_auth_methods]
    if not offered:
        raise PermanentFailure(
            f"{server} offers no log-in that is known here (PLAIN, LOGIN or CRAM-MD5). "
            "Check email.port and email.tls, or leave email.username out.",
            scope="channel",
        )
    log_in = {
        "plain": client.auth_plain,
        "login": client.auth_login,
        "cram-md5": client.auth_crammd5,
    }[offered[0]]
    try:
        await log_in(server.username, server.password or "")
    except aiosmtplib.SMTPAuthenticationError as error:
        failure = failure_of("the log-in", error.code, error.message)
        if isinstance(failure, TemporaryFailure):
            raise failure from error
        raise LogInRefused(
            f"{failure}. Check email.username and DAILY_PAPERS_EMAIL__PASSWORD; many providers "
            "want an app password.",
            scope="channel",
        ) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise _failure(error, server, "the log-in") from error


def _failure(error: Exception, server: Server, stage: Stage) -> DeliveryError:
    """Sort what went wrong before any mail was spoken of."""
    reason = error if isinstance(error, ssl.SSLError) else error.__cause__
    if isinstance(reason, ssl.SSLCertVerificationError):
        return PermanentFailure(
            f"the certificate of {server} cannot be trusted ({reason.verify_message}), so nothing "
            "was sent. Check email.host, or have the server's certificate mended.",
            scope="channel",
        )
    if isinstance(reason, ssl.SSLError) and not isinstance(reason, ssl.SSLEOFError):
        return PermanentFailure(
            f"{server} does not speak TLS as expected ({reason.reason}), so nothing was sent. "
            'Port 465 mostly wants email.tls = "implicit", port 587 "starttls".',
            scope="channel",
        )
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return failure_of(stage, error.code, error.message)
    return TemporaryFailure(f"{server} cannot be reached: {error}")
