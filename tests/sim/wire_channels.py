"""A mail server and a Slack that fail as a pigeon would, behind the bot's own notifiers.

What was accepted is read from the messages themselves: every paper must be there by its link.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, NoReturn, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from bot.core.digest import Digest
from bot.core.model import Entry
from bot.demo.mail_server import MailServer, Received
from bot.demo.slack_server import Fault as SlackFault
from bot.demo.slack_server import SlackServer
from bot.interfaces import Notifier
from bot.notifiers.message import message_token
from tests.sim.channel import LOSSES, Pigeon
from tests.sim.faults import Fault
from tests.sim.truth import Posted

_LINK = re.compile(r"arxiv\.org/abs/([0-9]{4}\.[0-9]{5})")
_REPLIES = {
    Fault.SEND_LATER: "451 4.3.0 later",
    Fault.SEND_REFUSED: "554 5.6.0 not this one",
    Fault.SEND_POLICY: "550 5.7.1 policy",
    Fault.SEND_PAUSED: "530 5.7.0 authentication required",
}
_CODES = {
    Fault.SEND_LATER: "service_unavailable",
    Fault.SEND_REFUSED: "invalid_blocks",
    Fault.SEND_POLICY: "restricted_action",
    Fault.SEND_PAUSED: "token_revoked",
    Fault.SUSPENDED: "is_archived",
    Fault.SEND_LOST: "internal_error",
}


@dataclass
class Overheard:
    """The bot's own notifier, and by key what it was given to send."""

    inner: Notifier
    pigeon: Pigeon
    given: dict[str, tuple[Digest, str]] = field(default_factory=dict)

    @property
    def concurrency(self) -> int:
        return self.inner.concurrency

    @concurrency.setter
    def concurrency(self, number: int) -> None:
        self.inner.concurrency = number

    async def __aenter__(self) -> Self:
        await self.inner.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.inner.__aexit__(kind, error, trace)

    async def send(self, digest: Digest, address: str, *, key: str, again: bool = False) -> None:
        self.given[message_token(key)] = digest, address
        self.given[key] = digest, address
        self.pigeon.tried(key)
        await self.inner.send(digest, address, key=key, again=again)

    def post(self, key: str, text: str) -> Digest:
        """Note what was accepted under a key: of its digest, the papers whose links are there."""
        digest, address = self.given[key]
        links = set(_LINK.findall(text))
        entries = [one for section in digest.sections for one in section.entries]
        shown: tuple[Entry, ...] = tuple(one for one in entries if one.paper.id in links)
        reader = self.pigeon.reader(digest, address)
        truth = self.pigeon.truth
        number = self.pigeon.number
        truth.posted.append(Posted(truth.moment(), number, reader, key, digest.at, shown))
        return digest


class Postbox(MailServer):
    """Takes mail for a pigeon, or does not."""

    def __init__(self, pigeon: Pigeon, **more: Any) -> None:
        super().__init__(**more)
        self.pigeon = pigeon
        self.overheard: Overheard

    async def handle_DATA(  # noqa: N802  # the name by which aiosmtpd calls it
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        key = _key(envelope.original_content or b"")
        digest, address = self.overheard.given[key]
        fault = self.pigeon.struck(address)
        if fault is Fault.SEND_LOST:
            self.pigeon.effects[fault] += 1
            self.pigeon.doubtful += 1
            _hang_up(_server)
        if fault is Fault.SUSPENDED:
            self.pigeon.effects[fault] += 1
            self.pigeon.suspend(address)
            return "550 5.1.1 no such user"
        if fault in _REPLIES:
            self.pigeon.effects[fault] += 1
            if fault is Fault.SEND_REFUSED:
                self.pigeon.refuse(digest, address, key)
            return _REPLIES[fault]
        content = envelope.original_content or b""
        self.messages.append(Received("", tuple(envelope.rcpt_tos), content, self.folder, None))
        text = self.messages[-1].message.get_body(("plain",))
        assert text is not None
        self.overheard.post(key, text.get_content())
        if fault is not None and fault in LOSSES:
            return await self._lost(_server, fault)
        return "250 kept"

    async def _lost(self, server: SMTP, fault: Fault) -> str:
        """Lose the answer to a message that was kept."""
        try:
            await self.pigeon.after(fault)
        except BaseException:  # noqa: BLE001  # what a pigeon raises, a server shows by its silence
            _hang_up(server)
        return "250 kept"


def _key(content: bytes) -> str:
    found = re.search(rb"(?im)^Message-ID: <([^@>]+)@", content)
    assert found is not None
    return found[1].decode()


def _hang_up(server: SMTP) -> NoReturn:
    if isinstance(server.transport, asyncio.Transport):
        server.transport.abort()
    # As where the connection is lost: aiosmtpd then says no more, and leaves no error behind.
    raise asyncio.CancelledError


class Workspace:
    """A Slack for a pigeon: says what goes wrong, and reads afterwards what was posted."""

    def __init__(self, server: SlackServer, pigeon: Pigeon) -> None:
        self.server = server
        self.pigeon = pigeon
        self.overheard: Overheard
        self._read: dict[str, int] = {}
        server.faults = self.fault

    def fault(self, method: str, arguments: Mapping[str, Any]) -> SlackFault | None:
        if method != "chat.postMessage":
            return None
        metadata = arguments["metadata"]
        told = json.loads(metadata) if isinstance(metadata, str) else metadata
        payload = told["event_payload"]
        digest, address = self.overheard.given[payload["key"]]
        fault = self.pigeon.struck(address)
        if self.pigeon.suspended.get(address) == self.pigeon.number:
            # Archived, whether it is asked for by its name or, once more, by its id.
            return SlackFault(error=_CODES[Fault.SUSPENDED])
        # What fails once a first message stands is doubtful, whatever Slack then says.
        first_only = fault in (Fault.SUSPENDED, Fault.SEND_REFUSED)
        if fault in (None, Fault.SEND_POLICY) or (first_only and payload["part"] > 1):
            return None
        self.pigeon.effects[fault] += 1
        if fault in LOSSES:
            return self._lost(fault)
        if fault is Fault.SEND_REFUSED:
            self.pigeon.refuse(digest, address, payload["key"])
        if fault is Fault.SUSPENDED:
            self.pigeon.suspend(address)
        self.pigeon.doubtful += fault is Fault.SEND_LOST
        return SlackFault(error=_CODES[fault])

    def _lost(self, fault: Fault) -> SlackFault:
        """Take a post, and lose the answer."""
        self.pigeon.doubtful += 1
        if fault is Fault.DEATH_AFTER_SEND:
            self.pigeon.disk.dead = True
        if fault is Fault.STOPPED:
            self.pigeon.stop.set()
        if fault is Fault.HANG:
            return SlackFault(done=True, delay=3_600.0)
        return SlackFault(done=True, drop=True)

    def gather(self) -> None:
        """Note what was posted since the last time."""
        for channel in self.server.workspace.channels.values():
            fresh = channel.messages[self._read.get(channel.id, 0) :]
            self._read[channel.id] = len(channel.messages)
            for message in fresh:
                told = message["metadata"]["event_payload"]
                if told["part"] == 1 and told["through"] == 0 and told["of"] > 1:
                    continue  # it sums up what its thread gives
                key = told["key"]
                self.overheard.post(key, json.dumps(message.get("blocks", "")) + message["text"])
