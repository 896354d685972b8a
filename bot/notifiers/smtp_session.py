"""One connection to a mail server, and certainty about when a message may have been accepted.

The final dot is written by itself, once all before it has left this process: what fails before
that was certainly not accepted; what fails after it, and before a reply, may have been. Envelope
and DATA go out together where the server takes that (RFC 2920): none of them accepts anything.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import NamedTuple

import aiosmtplib

from bot.core.errors import DeliveryError, PermanentFailure, Uncertain
from bot.notifiers.message import Message
from bot.notifiers.smtp_replies import Gone, Stage, Unanswered, failure_of
from bot.notifiers.smtp_wire import Lost, Reply, wire_of

_BLOCK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait, as RFC 5321 section 4.5.3.2 asks; `command` is for MAIL, RCPT and RSET.

    `offer` bounds all that comes before the final dot, so that a server that is slow in
    everything is left while it is certain that it accepted nothing.
    """

    command: float = 300.0
    data: float = 120.0
    block: float = 180.0
    final: float = 600.0
    farewell: float = 5.0
    offer: float = 420.0


class _Step(NamedTuple):
    """A command, its stage, what its reply begins with where all is well, and how long to wait."""

    stage: Stage
    line: bytes
    well: int
    wait: float


class Session:
    """A connection that is ready for mail, one message at a time.

    `opened` is when, on the clock of whoever keeps the session; `sent` counts messages begun.
    """

    def __init__(self, client: aiosmtplib.SMTP, opened: float, timeouts: Timeouts) -> None:
        self._extensions = client.esmtp_extensions
        self._wire = wire_of(client.transport)
        self._timeouts = timeouts
        self.opened = opened
        self.sent = 0

    @property
    def usable(self) -> bool:
        """Whether the connection stands, as far as this side knows."""
        return self._wire.usable

    @property
    def most(self) -> int | None:
        """How many octets a message may have, where the server says so (RFC 1870)."""
        size = self._extensions.get("size", "").strip()
        return int(size) if re.fullmatch(r"[1-9]\d{0,17}", size) else None

    async def send(self, message: Message) -> None:
        """Send one message; to return means that the server accepted it.

        Raises Gone, Unanswered or another TemporaryFailure, PermanentFailure, or Uncertain.
        """
        self.sent += 1
        async with self._cleared_up():
            data = _Step("DATA", b"DATA\r\n", 3, self._timeouts.data)
            envelope = self._envelope(message.sender, message.recipient, len(message.octets))
            try:
                async with asyncio.timeout(self._timeouts.offer):
                    await self._say([*envelope, data])
                    await self._transfer(message.octets)
            except TimeoutError as error:
                self.close()
                raise Unanswered("the mail server took too long over one message") from error
            await self._conclude()

    async def try_envelope(self, sender: str, recipient: str) -> None:
        """Ask whether the server would take mail from `sender` to `recipient`; send none."""
        async with self._cleared_up():
            await self._say(self._envelope(sender, recipient))
        await self._start_over()

    async def quit(self) -> None:
        """Say goodbye, without waiting long for the answer."""
        try:
            with suppress(Lost, TimeoutError):
                async with asyncio.timeout(self._timeouts.farewell):
                    self._wire.write(b"QUIT\r\n")
                    await self._wire.reply()
        finally:
            self.close()

    def close(self) -> None:
        """Drop the connection at once."""
        self._wire.close()

    def _envelope(self, sender: str, recipient: str, size: int | None = None) -> list[_Step]:
        """Write the commands that name sender and recipient."""
        options = self._international(recipient)
        if size is not None and "size" in self._extensions:
            options.insert(0, f"SIZE={size}")
        mail = " ".join([f"MAIL FROM:<{sender}>", *options])
        wait = self._timeouts.command
        return [
            _Step("MAIL FROM", _line(mail), 2, wait),
            _Step("RCPT TO", _line(f"RCPT TO:<{recipient}>"), 2, wait),
        ]

    def _international(self, recipient: str) -> list[str]:
        """Ask for SMTPUTF8 where the recipient needs it, which not every server has."""
        if recipient.isascii():
            return []
        if "smtputf8" not in self._extensions:
            raise PermanentFailure(
                f"{recipient} has a name that is not ASCII, which this mail server cannot carry "
                "(it lacks SMTPUTF8); give an address in ASCII",
                scope="address",
            )
        return ["SMTPUTF8", "BODY=8BITMIME"]

    async def _say(self, steps: Sequence[_Step]) -> None:
        """Say commands, all at once where the server allows, and raise the first refusal."""
        together = "pipelining" in self._extensions
        if together:
            self._write(steps[0].stage, b"".join(step.line for step in steps))
        refusal: DeliveryError | None = None
        for step in steps:
            if not together:
                self._write(step.stage, step.line)
            reply = await self._reply(step.stage, step.wait)
            if reply.code // 100 == step.well:
                continue
            refusal = refusal or failure_of(step.stage, reply.code, reply.said)
            if not together or isinstance(refusal, Gone):
                raise refusal
        if refusal is not None:
            if reply.code == 354:
                self.close()  # it would take whatever comes now for the message
            raise refusal

    async def _transfer(self, octets: bytes) -> None:
        """Give the message without its final dot, until all of it has left this process."""
        stuffed = octets.replace(b"\r\n.", b"\r\n..")
        if stuffed.startswith(b"."):
            stuffed = b"." + stuffed
        try:
            for start in range(0, len(stuffed), _BLOCK):
                async with asyncio.timeout(self._timeouts.block):
                    self._wire.write(stuffed[start : start + _BLOCK])
                    await self._wire.drained()
        except TimeoutError as error:
            self.close()
            raise Unanswered("the mail server stopped taking the message") from error
        except Lost as error:
            raise Gone(f"the connection ended before the message was whole: {error}") from error

    async def _conclude(self) -> None:
        """Write the final dot, and hear what becomes of the message."""
        self._write("DATA", b".\r\n")
        # From here to the reply the message may have been accepted.
        try:
            async with asyncio.timeout(self._timeouts.final):
                reply = await self._wire.reply()
        except (Lost, TimeoutError) as error:
            raise Uncertain(
                "the message was sent whole, but the mail server's answer was lost: "
                f"{error or 'it did not come in time'}"
            ) from error
        if 200 <= reply.code <= 299:
            return
        if not 400 <= reply.code <= 599:
            raise Uncertain(f"the mail server answered the message with {reply.code}")
        raise failure_of("DATA", reply.code, reply.said)

    def _write(self, stage: Stage, octets: bytes) -> None:
        """Write where nothing was accepted yet."""
        try:
            self._wire.write(octets)
        except Lost as error:
            raise Gone(f"the mail server ended the connection at {stage}: {error}") from error

    async def _reply(self, stage: Stage, wait: float) -> Reply:
        """Hear a reply before which nothing was accepted."""
        try:
            async with asyncio.timeout(wait):
                return await self._wire.reply()
        except TimeoutError as error:
            self.close()
            raise Unanswered(f"the mail server did not answer {stage} in time") from error
        except Lost as error:
            raise Gone(f"the mail server ended the connection at {stage}: {error}") from error

    @asynccontextmanager
    async def _cleared_up(self) -> AsyncIterator[None]:
        """Leave the connection ready for the next message, or closed, whatever goes wrong."""
        try:
            yield
        except (Uncertain, Gone):
            self.close()
            raise
        except DeliveryError:
            await self._start_over()
            raise
        except BaseException:
            # A reply that is still to come would be taken for that to the next command.
            self.close()
            raise

    async def _start_over(self) -> None:
        """Clear the envelope after a refusal, or drop a connection that cannot be relied on."""
        if not self.usable:
            self.close()
            return
        try:
            async with asyncio.timeout(self._timeouts.command):
                self._wire.write(b"RSET\r\n")
                if (await self._wire.reply()).code != 250:
                    self.close()
        except (Lost, TimeoutError):
            self.close()
        except BaseException:
            self.close()
            raise


def _line(command: str) -> bytes:
    """End a command; whoever made its addresses has let nothing into them that could."""
    if not command.isprintable():
        raise PermanentFailure("an address holds what ends a command", scope="address")
    return command.encode() + b"\r\n"
