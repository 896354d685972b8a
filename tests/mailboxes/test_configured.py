"""[bounces] says which mailbox is read."""

from pathlib import Path

import pytest

from bot.core.errors import ConfigError
from bot.mailboxes import ImapMailbox, MaildirMailbox, mailbox_of, try_mailbox
from bot.settings import Settings, load
from tests.mailboxes.imap_rig import PASSWORD, imap
from tests.settings.configurations import with_section, written

ON_IMAP = 'host = "127.0.0.1"\ntls = "none"\nusername = "bounces"\nfolder = "Returned"'


def configured(folder: Path, lines: str) -> Settings:
    text = with_section("bounces", lines)
    return load(written(folder, text), env={"DAILY_PAPERS_BOUNCES__PASSWORD": PASSWORD})


def test_a_maildir_or_an_imap_server(tmp_path: Path) -> None:
    assert isinstance(mailbox_of(configured(tmp_path, 'maildir = "m"')), MaildirMailbox)
    on_imap = configured(tmp_path, ON_IMAP)
    assert isinstance(mailbox_of(on_imap), ImapMailbox)
    assert isinstance(mailbox_of(on_imap, imap=True), ImapMailbox)
    assert isinstance(mailbox_of(on_imap, maildir=tmp_path), MaildirMailbox)


def test_imap_is_asked_for_and_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        mailbox_of(configured(tmp_path, 'maildir = "m"'), imap=True)
    assert str(caught.value).endswith('Add host = "imap.example.org" and username = "bounces".')


async def test_check_tries_the_folder_and_shows_no_password(tmp_path: Path) -> None:
    async with imap(messages={1: b"x"}) as server:
        settings = configured(tmp_path, f"{ON_IMAP}\nport = {server.port}")
        (probe,) = await try_mailbox(settings)
        assert (probe.ok, probe.detail) == (True, "1 unread in Returned")
    (probe,) = await try_mailbox(settings)
    assert not probe.ok
    assert PASSWORD not in probe.detail
    assert PASSWORD not in repr(settings)
    assert PASSWORD in settings.secrets()


async def test_nothing_is_tried_where_nothing_is_configured(tmp_path: Path) -> None:
    assert await try_mailbox(configured(tmp_path, "")) == []
