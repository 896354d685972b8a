"""The mailbox against a real IMAP server, in the three ways to protect a connection."""

import imaplib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.bounces import Read, read_mailbox
from bot.core.errors import MailboxError
from bot.core.return_path import return_path
from bot.core.returned import LARGEST
from bot.mailboxes import ImapMailbox, ImapServer
from bot.settings import load
from tests import returned_mail as mail
from tests.asking import lived
from tests.builders import NOON, paper
from tests.dovecot import PASSWORD, Dovecot, dovecot
from tests.returned_mail import BOUNCES
from tests.settings.configurations import with_section, written

pytestmark = pytest.mark.slow
NAME = "bounces"


@pytest.fixture
async def server() -> AsyncIterator[Dovecot]:
    async with dovecot() as running:
        yield running


def implicit(server: Dovecot) -> ImapServer:
    return login(server, port=server.tls_port, tls="implicit", context=server.context)


def starttls(server: Dovecot) -> ImapServer:
    return login(server, tls="starttls", context=server.context)


def plain(server: Dovecot) -> ImapServer:
    return login(server, host="127.0.0.1", tls="none")


def login(server: Dovecot, **changes: Any) -> ImapServer:
    values: dict[str, Any] = {"host": "localhost", "port": server.port, "username": NAME}
    return ImapServer(**(values | {"password": PASSWORD} | changes))


def flags(server: Dovecot) -> list[str]:
    """Ask the server itself for the flags of all messages, in their order."""
    with imaplib.IMAP4("127.0.0.1", server.port) as client:
        client.login(NAME, PASSWORD)
        client.select("INBOX", readonly=True)
        _, answers = client.fetch("1:*", "(FLAGS)")
    return [one.decode() for one in answers if isinstance(one, bytes)]


@pytest.mark.parametrize("way", [implicit, starttls, plain])
async def test_messages_come_as_they_were_delivered_and_only_settled_ones_are_marked(
    server: Dovecot, way: Callable[[Dovecot], ImapServer]
) -> None:
    letters = [mail.postfix(), mail.international(), mail.person() + b"x" * LARGEST]
    for one in letters:
        server.put(NAME, one)
    async with ImapMailbox(way(server), "INBOX") as mailbox:
        found = [one async for one in mailbox.unread()]
        await mailbox.settle([found[0].name])
    assert [one.octets for one in found] == [one[:LARGEST] for one in letters]
    async with ImapMailbox(way(server), "INBOX") as mailbox:
        assert [one.name async for one in mailbox.unread()] == [one.name for one in found[1:]]
    told = flags(server)
    assert [r"\Seen" in one for one in told] == [True, False, False]
    assert not any(r"\Deleted" in one for one in told)


async def test_what_is_wrong_with_the_log_in_or_the_folder_is_told(server: Dovecot) -> None:
    with pytest.raises(MailboxError, match="refuses the log-in"):
        async with ImapMailbox(
            login(server, tls="starttls", context=server.context, password="wrong"), "INBOX"
        ):
            pass
    with pytest.raises(MailboxError, match="has no folder 'Nowhere'"):
        async with ImapMailbox(implicit(server), "Nowhere"):
            pass
    with pytest.raises(MailboxError, match="cannot be trusted"):
        async with ImapMailbox(login(server, port=server.tls_port, tls="implicit"), "INBOX"):
            pass
    probe = await ImapMailbox(implicit(server), "INBOX").check()
    assert (probe.ok, probe.detail) == (True, "0 unread in INBOX")


async def test_reports_are_counted_from_a_real_mailbox_once(
    server: Dovecot, tmp_path: Path
) -> None:
    async with lived(tmp_path) as world:
        await world.announce(paper(3))
        await world.compose()
        (claimed,) = await world.store.claim(
            "email", NOON + timedelta(days=1), lease=timedelta(minutes=5), limit=1
        )
    path = return_path(BOUNCES, claimed.id, claimed.token)
    for letter in (mail.exchange(path), mail.person(f"unsubscribe {claimed.token}"), mail.away()):
        server.put(NAME, letter)
    database = f'database = "{tmp_path}/daily-papers.db"\n'
    text = database + with_section("email", f'bounces = "{BOUNCES}"')
    settings = load(written(tmp_path, text), env={})

    async def read() -> list[Read]:
        mailbox = ImapMailbox(implicit(server), "INBOX")
        return [one async for one in read_mailbox(settings, mailbox, NOON + timedelta(days=2))]

    told = await read()
    assert told[0].verdict == "suspended"
    assert told[1].holder is not None
    assert told[1].holder.address == "ana@example.org"
    assert [one.done for one in told] == [True, True, False]
    assert [one.name for one in await read()] == [told[2].name]
    assert [r"\Seen" in one for one in flags(server)] == [True, True, False]
