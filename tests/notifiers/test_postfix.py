"""Postfix takes a digest, Dovecot keeps it, and what IMAP gives back is what was meant."""

import asyncio
import imaplib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import dkim
import pytest

from bot.core import render
from bot.core.digest import Digest
from bot.core.errors import PermanentFailure
from bot.core.model import Entry
from bot.core.return_path import is_signed, named_by
from bot.notifiers.dkim_signature import Signer
from bot.notifiers.email import EmailNotifier
from bot.notifiers.mailbox import mailbox
from bot.notifiers.origin import Origin
from bot.notifiers.smtp_server import Server
from tests.builders import digest, paper
from tests.dovecot import PASSWORD, dovecot
from tests.notifiers.dkim_keys import PEM, published
from tests.postfix import postfix

pytestmark = pytest.mark.slow

TOKEN = "mR4tXq0c2dE8a1B7zQ9w3g"
SENDER = "Tägliche Papiere <papers@example.org>"
NAMES = {"ana": "ana", "josé": "jose", "bounces": "bounces"}
"""Local parts, and the mailboxes that they are kept in."""
HOSTILE = Entry(
    paper(
        title="Über π-Räume: =?utf-8?q?Bcc=3A?= .\r\n.\r\nBcc: eve@example.org <script>",
        abstract=".\n..\n" + "x" * 3000 + " 日本語 " + "word " * 400 + "\nFrom here on\n. the end",
        authors=("José Núñez", "李明", "O'Neil, “Pat”"),
    ),
    ("Räume & <Zahlen>",),
)


@dataclass(frozen=True)
class Servers:
    """A Postfix on `smtp`, and a Dovecot on `imap` that serves what it delivers."""

    smtp: int
    imap: int

    def notifier(self, **changes: Any) -> EmailNotifier:
        origin = Origin(mailbox(SENDER), "https://papers.example.org", **changes)
        return EmailNotifier(Server("127.0.0.1", self.smtp, "none"), origin)

    async def message(self, name: str) -> bytes:
        """Wait for a mailbox's first message, and give its octets as IMAP has them."""
        async with asyncio.timeout(120):
            while not (found := await asyncio.to_thread(self._fetched, name)):  # noqa: ASYNC110  # another process brings it
                await asyncio.sleep(0.05)
        return found[0]

    def _fetched(self, name: str) -> list[bytes]:
        with imaplib.IMAP4("127.0.0.1", self.imap) as reading:
            reading.login(name, PASSWORD)
            (many, *_) = reading.select("INBOX", readonly=True)[1]
            numbers = range(1, int(many or 0) + 1)
            fetched = [reading.fetch(str(number), "(BODY[])")[1][0] for number in numbers]
        return [one[1] for one in fetched if isinstance(one, tuple)]


@asynccontextmanager
async def servers(**more: Any) -> AsyncIterator[Servers]:
    async with dovecot() as reading:
        maildirs = {name: reading.maildir(kept) for name, kept in NAMES.items()}
        async with postfix(maildirs, **more) as port:
            yield Servers(port, reading.port)


def sent(**changes: Any) -> Digest:
    return digest(HOSTILE, **({"token": TOKEN, "delivery": 42} | changes))


def parsed(octets: bytes) -> EmailMessage:
    return message_from_bytes(octets, policy=policy.SMTPUTF8)


def texts(message: EmailMessage) -> list[str]:
    """Give the parts as their reader sees them."""
    parts = list(message.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    contents = (part.get_payload(decode=True) for part in parts)
    return [str(content, "utf-8").replace("\r\n", "\n") for content in contents]  # type: ignore[arg-type]  # of octets


async def test_what_imap_gives_back_is_what_was_meant_part_by_part() -> None:
    page = f"https://papers.example.org/u/{TOKEN}"
    async with servers() as running, running.notifier(bounces="bounces@example.org") as email:
        await email.send(sent(), "ana@example.org", key="k1")
        octets = await running.message("ana")
    message = parsed(octets)
    meant = next(iter(render.forms(sent(), page, f"https://papers.example.org/m/{TOKEN}")))
    # A part's last line break belongs to the boundary after it (RFC 2046).
    assert texts(message) == [part.removesuffix("\n") for part in meant]
    assert message["Subject"] == render.subject(sent())
    assert message["To"] == "ana@example.org"
    assert str(message["From"].addresses[0].display_name) == "Tägliche Papiere"
    assert message["Message-ID"] == "<k1@example.org>"
    assert page in message["List-Unsubscribe"]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Bcc"] is None
    ours = [name for name in message.keys() if name not in ADDED]  # noqa: SIM118  # fields repeat
    assert len(ours) == len(set(ours))
    assert max(map(len, octets.split(b"\r\n"))) <= 200


ADDED = ("Return-Path", "X-Original-To", "Delivered-To", "Received")
"""What servers write on the way."""


async def test_its_return_path_names_the_delivery_still() -> None:
    async with servers() as running, running.notifier(bounces="bounces@example.org") as email:
        await email.send(sent(), "ana@example.org", key="k1")
        message = parsed(await running.message("ana"))
    named = named_by("bounces@example.org", str(message["Return-Path"]).strip("<>"))
    assert named is not None
    assert (named.delivery, is_signed(named, TOKEN)) == (42, True)


async def test_what_postfix_returns_comes_to_the_address_that_names_the_delivery() -> None:
    async with servers() as running, running.notifier(bounces="bounces@example.org") as email:
        await email.send(sent(), "gone@example.org", key="k1")
        report = parsed(await running.message("bounces"))
    assert report.get_content_type() == "multipart/report"
    assert report["Return-Path"] == "<>"
    named = named_by("bounces@example.org", str(report["X-Original-To"]))
    assert named is not None
    assert (named.delivery, is_signed(named, TOKEN)) == (42, True)


async def test_a_signature_outlives_the_way_through_both() -> None:
    signer = Signer(PEM, "papers", "example.org")
    async with servers() as running, running.notifier(signer=signer) as email:
        await email.send(sent(), "ana@example.org", key="k1")
        octets = await running.message("ana")
    assert dkim.verify(octets, dnsfunc=published)
    assert not dkim.verify(octets.replace(b"One-Click", b"Two-Click"), dnsfunc=published)


async def test_an_address_that_is_not_ascii_arrives_over_smtputf8() -> None:
    async with servers() as running, running.notifier() as email:
        await email.send(sent(), "josé@example.org", key="k1")
        message = parsed(await running.message("jose"))
    assert message["To"] == "josé@example.org"
    assert "Bcc" not in message
    assert len(texts(message)) == 2


async def test_fault_32_without_smtputf8_such_an_address_alone_is_refused() -> None:
    async with servers(more="smtputf8_enable = no\n") as running, running.notifier() as email:
        with pytest.raises(PermanentFailure, match="SMTPUTF8") as caught:
            await email.send(sent(), "josé@example.org", key="k1")
        await email.send(sent(), "ana@example.org", key="k2")
        assert await running.message("ana")
    assert caught.value.scope == "address"


async def test_fault_31_a_message_larger_than_postfix_takes_is_made_smaller() -> None:
    entries = (
        Entry(paper(number, abstract="word " * 300), ("Language",)) for number in range(1, 21)
    )
    long = digest(*entries)
    more = "message_size_limit = 20000\nvirtual_mailbox_limit = 0\n"
    async with servers(more=more) as running, running.notifier() as email:
        await email.send(long, "ana@example.org", key="k1")
        octets = await running.message("ana")
    assert len(octets) < 20_000 + 1_000
    assert all(f"2601.{number:05d}".encode() in octets for number in range(1, 21))


async def test_fault_26_postfixs_own_words_for_nobody_suspend_the_address() -> None:
    async with servers() as running, running.notifier() as email:
        with pytest.raises(PermanentFailure, match="User unknown") as caught:
            await email.send(sent(), "nobody@example.org", key="k1")
        probes = await email.check(["nobody@example.org", "ana@example.org"])
    assert caught.value.scope == "address"
    assert [probe.ok for probe in probes[-2:]] == [False, True]
