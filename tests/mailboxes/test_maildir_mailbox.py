"""A Maildir is read as its mail server fills it, and marked by renaming."""

import os
from pathlib import Path

import pytest

from bot.core.errors import MailboxError
from bot.core.returned import LARGEST
from bot.mailboxes import Letter, MaildirMailbox


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part in ("new", "cur", "tmp"):
        (tmp_path / "mail" / part).mkdir(parents=True)
    return tmp_path / "mail"


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.glob("*/*"))


async def letters(folder: Path) -> list[Letter]:
    async with MaildirMailbox(folder) as mailbox:
        return [one async for one in mailbox.unread()]


async def settle(folder: Path, *settled: str) -> None:
    async with MaildirMailbox(folder) as mailbox:
        await mailbox.settle(settled)


async def test_what_nobody_has_seen_is_read_in_the_order_of_its_names(folder: Path) -> None:
    (folder / "new" / "2.a").write_bytes(b"two")
    (folder / "cur" / "1.a:2,FR").write_bytes(b"one")
    (folder / "cur" / "0.a:2,RS").write_bytes(b"seen")
    (folder / "cur" / "0.b:2,T").write_bytes(b"trashed")
    (folder / "tmp" / "3.a").write_bytes(b"half")
    (folder / "new" / ".hidden").write_bytes(b"hidden")
    assert await letters(folder) == [Letter("cur/1.a:2,FR", b"one"), Letter("new/2.a", b"two")]


async def test_what_is_settled_is_seen_and_nothing_else_changes(folder: Path) -> None:
    (folder / "new" / "2.a").write_bytes(b"two")
    (folder / "new" / "3.a").write_bytes(b"three")
    (folder / "cur" / "1.a:2,TF").write_bytes(b"one")
    await settle(folder, "new/2.a", "cur/1.a:2,TF")
    await settle(folder, "new/2.a", "cur/1.a:2,TF")
    assert names(folder) == ["cur/1.a:2,FST", "cur/2.a:2,S", "new/3.a"]
    assert [one.octets for one in await letters(folder)] == [b"three"]


async def test_what_is_no_message_or_gone_is_passed_over(folder: Path) -> None:
    (folder / "new" / "1.a").symlink_to(folder / "new" / "2.a")
    (folder / "new" / "2.a").write_bytes(b"two")
    (folder / "new" / "3.a").mkdir()
    os.mkfifo(folder / "new" / "4.a")
    (folder / "new" / "5.a").write_bytes(b"five")
    found = []
    async with MaildirMailbox(folder) as mailbox:
        async for one in mailbox.unread():
            found.append(one.name)
            (folder / "new" / "5.a").unlink(missing_ok=True)
    assert found == ["new/2.a"]


async def test_a_message_that_goes_while_it_is_opened_is_passed_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "new" / "1.a").symlink_to(folder / "nowhere")
    monkeypatch.setattr(Path, "is_symlink", lambda _: False)
    monkeypatch.setattr(Path, "is_file", lambda _: True)
    assert await letters(folder) == []


async def test_a_large_message_is_read_in_part(folder: Path) -> None:
    (folder / "new" / "1.a").write_bytes(b"x" * (LARGEST + 9))
    assert [len(one.octets) for one in await letters(folder)] == [LARGEST]


async def test_a_folder_that_cannot_be_used_is_told_with_the_cure(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MailboxError, match=r"cannot read .*bounces\.maildir"):
        await letters(folder / "nowhere")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    (folder / "new" / "1.a").write_bytes(b"one")
    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(MailboxError, match=r"cannot mark as seen .* Permission denied"):
        await settle(folder, "new/1.a")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(MailboxError, match=r"cannot read .* Permission denied"):
        await letters(folder)


async def test_it_can_be_tried_without_changing_anything(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "new" / "1.a").write_bytes(b"one")
    probe = await MaildirMailbox(folder).check()
    assert (probe.ok, probe.detail) == (True, "1 unread")
    assert names(folder) == ["new/1.a"]
    assert not (await MaildirMailbox(folder / "nowhere").check()).ok
    monkeypatch.setattr(os, "access", lambda *_: False)
    probe = await MaildirMailbox(folder).check()
    assert (probe.ok, probe.detail) == (False, "can be read, but nothing be marked as seen there")
