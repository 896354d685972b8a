"""What a real Postfix sends back for a digest that it could not deliver suspends the address."""

import asyncio
from datetime import timedelta
from email.parser import BytesParser
from pathlib import Path

import pytest

from bot.bounces import Read, read_mailbox
from bot.core.people import Bounce
from bot.core.subscription import Subscription
from bot.deliver import Terms, deliver
from bot.mailboxes import ImapMailbox, ImapServer, Mailbox, MaildirMailbox
from bot.notifiers.email import EmailNotifier
from bot.settings import Settings, load
from bot.store import SqliteStore
from tests.asking import MORNING, lived
from tests.builders import paper, subscription
from tests.dovecot import PASSWORD, Dovecot, dovecot
from tests.postfix import postfix
from tests.settings.configurations import WORKING, written

pytestmark = pytest.mark.slow
GONE = "gone@example.org"
NAME = "bounces"
LATER = MORNING + timedelta(hours=1)


def settings_of(folder: Path, port: int) -> Settings:
    """Send through this port, with return paths of bounces@example.org."""
    email = f'host = "127.0.0.1"\nport = {port}\ntls = "none"\nbounces = "{NAME}@example.org"'
    text = WORKING.replace('host = "smtp.example.org"', email).replace("ana@example.org", GONE)
    return load(written(folder, f'database = "{folder}/daily-papers.db"\n{text}'), env={})


async def send(folder: Path, settings: Settings, *readers: Subscription) -> None:
    """Send a digest to an address that Postfix takes and then finds gone."""
    async with lived(folder, *readers) as world, EmailNotifier.from_settings(settings) as email:
        await world.announce(paper(3))
        await world.compose()
        ended = await deliver(world.store, {"email": email}, Terms(MORNING))
    assert ended["sent"] == 1


async def returned(folder: Path) -> bytes:
    """Wait until something has come back."""
    async with asyncio.timeout(120):
        while True:
            for file in (folder / "new").iterdir():
                return file.read_bytes()
            await asyncio.sleep(0.05)


async def read(settings: Settings, mailbox: Mailbox) -> list[Read]:
    return [one async for one in read_mailbox(settings, mailbox, LATER)]


def imap(server: Dovecot) -> ImapMailbox:
    login = ImapServer("localhost", server.tls_port, "implicit", NAME, PASSWORD, server.context)
    return ImapMailbox(login, "INBOX")


async def test_a_report_of_postfix_is_read_from_dovecot_and_from_the_maildir_once(
    tmp_path: Path,
) -> None:
    async with dovecot() as server:
        folder = server.maildir(NAME)
        async with postfix({NAME: folder}) as port:
            settings = settings_of(tmp_path, port)
            await send(tmp_path, settings, subscription(address=GONE))
            report = BytesParser().parsebytes(await returned(folder))
        assert report["Return-Path"] == "<>"
        assert report["To"].startswith("bounces+1-")
        (one,) = await read(settings, imap(server))
        assert isinstance(one.returned, Bounce)
        assert (one.verdict, one.returned.kind, one.returned.status) == (
            "suspended",
            "hard",
            "5.1.1",
        )
        assert await read(settings, imap(server)) == []
        (again,) = (folder / "cur").iterdir()
        again.rename(folder / "new" / again.name.partition(":")[0])
        (one,) = await read(settings, MaildirMailbox(folder))
        assert one.verdict == "repeated"
        assert await read(settings, MaildirMailbox(folder)) == []
    async with SqliteStore.open(tmp_path / "daily-papers.db") as store:
        status = await store.status(LATER)
    assert [(one["by"], one["address"]) for one in status.suspended] == [("bounce", GONE)]
