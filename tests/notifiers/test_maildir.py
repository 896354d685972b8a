"""A Maildir gets each digest once, whole, wherever the writer was interrupted."""

import errno
import mailbox as stdlib_mailbox
import os
from email import message_from_binary_file, policy
from email.utils import parseaddr
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.core.errors import PermanentFailure, TemporaryFailure
from bot.core.model import Entry
from bot.interfaces import Checkable, Notifier
from bot.notifiers.maildir import SENDER, MaildirNotifier
from tests.builders import digest, paper


def new_files(folder: Path) -> list[Path]:
    return sorted((folder / "new").iterdir())


async def test_a_digest_lies_in_new_as_a_message_that_mail_readers_open(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "mail"
    await MaildirNotifier().send(digest(), str(folder), key="k1")
    (message,) = stdlib_mailbox.Maildir(folder, create=False)
    assert message["From"] == '"Daily Papers" <daily-papers@localhost>'
    assert message["To"] == "ana@localhost"
    assert message["Message-ID"] == "<k1@localhost>"
    assert not list((folder / "tmp").iterdir())
    assert folder.joinpath("new").stat().st_mode & 0o077 == 0


async def test_the_sender_may_be_the_configured_one(tmp_path: Path) -> None:
    await MaildirNotifier("Papers <p@example.org>").send(digest(), str(tmp_path), key="k1")
    with new_files(tmp_path)[0].open("rb") as file:
        message = message_from_binary_file(file, policy=policy.default)
    assert message["From"] == "Papers <p@example.org>"


async def test_a_retry_writes_nothing_twice_even_after_it_was_read(tmp_path: Path) -> None:
    notifier = MaildirNotifier()
    await notifier.send(digest(), str(tmp_path), key="k1")
    await notifier.send(digest(), str(tmp_path), key="k1", again=True)
    assert len(new_files(tmp_path)) == 1
    read = new_files(tmp_path)[0]
    read.rename(tmp_path / "cur" / f"{read.name}:2,S")
    await notifier.send(digest(), str(tmp_path), key="k1", again=True)
    assert not new_files(tmp_path)
    await notifier.send(digest(), str(tmp_path), key="k2")
    assert len(new_files(tmp_path)) == 1


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.rename"])
async def test_interrupted_between_any_two_steps_and_tried_again_it_lies_there_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class Killed(BaseException):
        pass

    def kill(*_: object) -> None:
        raise Killed

    notifier = MaildirNotifier()
    with monkeypatch.context() as patch:
        patch.setattr(step, kill)
        with pytest.raises(Killed):
            notifier._deliver(digest(), tmp_path, "k1")
    assert not new_files(tmp_path)
    await notifier.send(digest(), str(tmp_path), key="k1", again=True)
    assert len(new_files(tmp_path)) == 1
    assert not list((tmp_path / "tmp").iterdir())


async def test_interrupted_before_the_folder_was_durable_it_is_made_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    real, synced = os.fsync, []

    def kill_at_second(descriptor: int) -> None:
        synced.append(os.path.realpath(f"/proc/self/fd/{descriptor}"))
        if len(synced) == 2:
            raise Killed
        real(descriptor)

    monkeypatch.setattr(os, "fsync", kill_at_second)
    with pytest.raises(Killed):
        MaildirNotifier()._deliver(digest(), tmp_path, "k1")
    await MaildirNotifier().send(digest(), str(tmp_path), key="k1", again=True)
    assert synced[-1] == str(tmp_path / "new")
    assert len(new_files(tmp_path)) == 1


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, TemporaryFailure),
        (errno.EIO, TemporaryFailure),
        (errno.EACCES, PermanentFailure),
        (errno.EROFS, PermanentFailure),
    ],
)
async def test_a_full_disk_passes_and_a_forbidden_one_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception]
) -> None:
    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(kind, match=os.strerror(number)):
        await MaildirNotifier().send(digest(), str(tmp_path), key="k1")
    assert not list((tmp_path / "tmp").iterdir())
    assert not new_files(tmp_path)


async def test_a_path_that_is_a_file_suspends_that_address(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PermanentFailure, match="Check the subscriber's maildir") as caught:
        await MaildirNotifier().send(digest(), str(tmp_path / "file"), key="k1")
    assert caught.value.scope == "address"


async def test_a_path_with_a_nul_is_refused() -> None:
    with pytest.raises(PermanentFailure):
        await MaildirNotifier().send(digest(), "var/\0mail", key="k1")


@pytest.mark.parametrize(
    ("name", "local"),
    [("ana", "ana"), ("Ana María", "Ana-Mar-a"), ("日本", "reader"), ("a\r\nBcc: b", "a-Bcc-b")],
)
async def test_the_reader_gets_an_address_whatever_the_name(
    tmp_path: Path, name: str, local: str
) -> None:
    await MaildirNotifier().send(digest(subscriber=name), str(tmp_path), key="k1")
    (message,) = stdlib_mailbox.Maildir(tmp_path, create=False)
    assert message["To"] == f"{local}@localhost"
    assert "Bcc" not in message


def test_a_hostile_key_cannot_leave_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    MaildirNotifier()._deliver(digest(), folder, "../../escaped")
    assert [one.name for one in tmp_path.iterdir()] == ["mail"]
    assert len(new_files(folder)) == 1


async def test_check_tells_which_folders_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    async with MaildirNotifier() as notifier:
        good, bad = await notifier.check([str(tmp_path / "mail"), str(tmp_path / "file")])
    assert (good.ok, bad.ok) == (True, False)
    assert not list((tmp_path / "mail" / "tmp").iterdir())


def test_it_is_a_notifier_that_can_be_checked() -> None:
    notifier: Notifier = MaildirNotifier()
    checkable: Checkable = MaildirNotifier()
    assert notifier.concurrency > 0
    assert callable(checkable.check)


async def test_a_digest_of_many_papers_is_whole(tmp_path: Path) -> None:
    entries: list[Any] = [Entry(paper(n), ("Language",)) for n in range(1, 101)]
    await MaildirNotifier().send(digest(*entries), str(tmp_path), key="k1")
    octets = new_files(tmp_path)[0].read_bytes()
    assert all(f"abs/2601.{n:05d}".encode() in octets for n in range(1, 101))


@pytest.mark.parametrize("configured", [None, "Papers <p@example.org>"])
async def test_the_settings_decide_the_sender(tmp_path: Path, configured: str | None) -> None:
    email = configured and SimpleNamespace(sender=configured)
    notifier = MaildirNotifier.from_settings(cast("Any", SimpleNamespace(email=email)))
    await notifier.send(digest(), str(tmp_path), key="k1")
    (message,) = stdlib_mailbox.Maildir(tmp_path, create=False)
    assert parseaddr(message["From"]) == parseaddr(configured or SENDER)
