"""One connection to a mail server, and certainty about when a message may have been accepted.

The final dot is written by itself, once all before it has left this process: what fails before
that was certainly not accepted; what fails after it, and before a reply, may have been.
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import aiosmtplib

from bot.core.errors import DeliveryError, PermanentFailure, TemporaryFailure, Uncertain
from bot.notifiers.message import Message
from bot.notifiers.smtp_replies import Gone, Stage, failure_of

_BLOCK = 64 * 1024
_LEADING_DOT = re.compile(rb"(?m)^\.")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait, as RFC 5321 section 4.5.3.2 asks; `command` is for MAIL, RCPT and RSET."""

    command: float = 300.0
    data: float = 120.0
    block: float = 180.0
    final: float = 600.0
    farewell: float = 5.0


class Session:
    """A connection that is ready for mail, one message at a time.

    `opened` is when, on the clock of whoever keeps the session; `sent` counts messages begun.
    """

    def __init__(self, client: aiosmtplib.SMTP, opened: float, timeouts: Timeouts) -> None:
        self._client = client
        self._timeouts = timeouts
        self.opened = opened
        self.sent = 0
        transport = cast("asyncio.WriteTransport", client.transport)
        # Drained then means that nothing waits in this process, not that little does.
        transport.set_write_buffer_limits(high=0)
        self._writer = asyncio.StreamWriter(
            transport, cast("asyncio.Protocol", client.protocol), None, asyncio.get_running_loop()
        )

    @property
    def usable(self) -> bool:
        """Whether the connection stands, as far as this side knows."""
        return self._client.is_connected

    @property
    def most(self) -> int | None:
        """How many octets a message may have, where the server says so (RFC 1870)."""
        size = self._client.esmtp_extensions.get("size", "").strip()
        return int(size) if re.fullmatch(r"[1-9]\d{0,17}", size) else None

    async def send(self, message: Message) -> None:
        """Send one message; to return means that the server accepted it.

        Raises Gone or another TemporaryFailure, PermanentFailure, or Uncertain.
        """
        self.sent += 1
        try:
            options = [*self._size(message), *self._international(message.recipient)]
            await self._name(message.sender, message.recipient, options)
            await self._transfer(message.octets)
        except Uncertain:
            self.close()
            raise
        except DeliveryError:
            await self._start_over()
            raise
        except BaseException:
            self.close()
            raise

    async def try_envelope(self, sender: str, recipient: str) -> None:
        """Ask whether the server would take mail from `sender` to `recipient`; send none."""
        try:
            await self._name(sender, recipient, self._international(recipient))
        finally:
            await self._start_over()

    async def quit(self) -> None:
        """Say goodbye, without waiting long for the answer."""
        try:
            await self._client.quit(timeout=self._timeouts.farewell)
        except (aiosmtplib.SMTPException, OSError):
            pass
        finally:
            self.close()

    def close(self) -> None:
        """Drop the connection at once."""
        self._client.close()
        self._writer.close()

    def _size(self, message: Message) -> list[str]:
        """Say how large the message is to a server that wants to know."""
        known = self._client.supports_extension("size")
        return [f"SIZE={len(message.octets)}"] if known else []

    def _international(self, recipient: str) -> list[str]:
        """Ask for SMTPUTF8 where the recipient needs it, which not every server has."""
        if recipient.isascii():
            return []
        if not self._client.supports_extension("smtputf8"):
            raise PermanentFailure(
                f"{recipient} has a name that is not ASCII, which this mail server cannot carry "
                "(it lacks SMTPUTF8); give an address in ASCII",
                scope="address",
            )
        return ["SMTPUTF8", "BODY=8BITMIME"]

    async def _name(self, sender: str, recipient: str, options: list[str]) -> None:
        """Give the envelope: MAIL FROM, RCPT TO."""
        wait = self._timeouts.command
        encoding = "utf-8" if "SMTPUTF8" in options else "ascii"
        with self._before_acceptance("MAIL FROM"):
            await self._client.mail(sender, options=options, encoding=encoding, timeout=wait)
        with self._before_acceptance("RCPT TO"):
            await self._client.rcpt(recipient, encoding=encoding, timeout=wait)

    async def _transfer(self, octets: bytes) -> None:
        """Give the message, and hear what becomes of it."""
        protocol = self._client.protocol
        with self._before_acceptance("DATA"):
            reply = await self._client.execute_command(b"DATA", timeout=self._timeouts.data)
            if reply.code != 354:
                raise failure_of("DATA", reply.code, reply.message)
            stuffed = _LEADING_DOT.sub(b"..", octets)
            for start in range(0, len(stuffed), _BLOCK):
                self._writer.write(stuffed[start : start + _BLOCK])
                await asyncio.wait_for(self._writer.drain(), self._timeouts.block)
        if protocol is None or self._writer.is_closing():
            raise Gone("the mail server closed the connection before the message was whole")
        self._writer.write(b".\r\n")
        # From here to the reply the message may have been accepted.
        try:
            reply = await protocol.read_response(timeout=self._timeouts.final)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Uncertain(
                f"the message was sent whole, but the mail server's answer was lost: {error}"
            ) from error
        if 200 <= reply.code <= 299:
            return
        if not 400 <= reply.code <= 599:
            raise Uncertain(f"the mail server answered the message with {reply.code}")
        raise failure_of("DATA", reply.code, reply.message)

    @contextmanager
    def _before_acceptance(self, stage: Stage) -> Iterator[None]:
        """Turn what goes wrong before the final dot into failures: nothing was accepted.

        Where the server did not answer, the connection is of no further use.
        """
        try:
            yield
        except DeliveryError:
            raise
        except aiosmtplib.SMTPResponseException as error:
            raise failure_of(stage, error.code, error.message) from error
        except TimeoutError as error:
            self.close()
            raise TemporaryFailure(f"the mail server did not answer {stage} in time") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            self.close()
            raise Gone(f"the mail server ended the connection at {stage}: {error}") from error
        except BaseException:
            self.close()
            raise

    async def _start_over(self) -> None:
        """Clear the envelope after a refusal, or drop a connection that cannot be relied on."""
        if not self.usable:
            self.close()
            return
        try:
            await self._client.rset(timeout=self._timeouts.command)
        except (aiosmtplib.SMTPException, OSError):
            self.close()
        except BaseException:
            # Its answer would be taken for that to the next command.
            self.close()
            raise
