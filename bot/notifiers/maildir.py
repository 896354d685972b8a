"""Maildir: a digest as a file in a folder that mail readers open, without any mail server.

See https://cr.yp.to/proto/maildir.html: a message is written under tmp/, made durable, and moved
into new/ in one step, so that a reader sees all of it or nothing.
"""

import asyncio
import errno
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bot.core.digest import Digest
from bot.core.errors import DeliveryError, PermanentFailure, TemporaryFailure
from bot.interfaces import Probe
from bot.notifiers.mailbox import Mailbox, mailbox
from bot.notifiers.message import Envelope, build, message_token

if TYPE_CHECKING:
    from bot.settings import Settings

SENDER = "Daily Papers <daily-papers@localhost>"
"""Who the messages are from where no mail server is configured."""

_PASSING = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ESTALE, errno.EMFILE, errno.ENFILE, errno.EAGAIN}
)
"""Errors that time may mend; the others mean that the path itself is wrong."""


class MaildirNotifier:
    """Writes into local folders; an address is the path of a Maildir, made where it is missing."""

    concurrency = 4

    def __init__(self, sender: str = SENDER) -> None:
        self._sender = mailbox(sender)

    @classmethod
    def from_settings(cls, settings: "Settings") -> Self:
        """Make one with the sender of [email], if there is such a table."""
        return cls(settings.email.sender) if settings.email else cls()

    async def __aenter__(self) -> Self:
        """Need nothing."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Keep nothing open."""

    async def send(
        self,
        digest: Digest,
        address: str,
        *,
        key: str,
        again: bool = False,  # noqa: ARG002 - the folder itself tells what was written earlier
    ) -> str | None:
        """Write the digest into the Maildir `address`, once however often it is asked to.

        The file's name is made of `key`: what is in new/ or cur/ already is not written again.
        Raises TemporaryFailure or PermanentFailure.
        """
        if "\0" in address:
            raise PermanentFailure("a Maildir's path cannot hold a NUL", scope="address")
        return await asyncio.to_thread(self._deliver, digest, Path(address), key)

    async def check(self, addresses: Sequence[str]) -> Sequence[Probe]:
        """Try to write into each folder, and leave nothing there."""
        return [await asyncio.to_thread(_probe, address) for address in addresses]

    def _deliver(self, digest: Digest, folder: Path, key: str) -> str | None:
        """Build the message and put it into the folder, unless it is there; tell if it is plain."""
        plain = None
        name = f"{int(digest.at.timestamp())}.{message_token(key)}.daily-papers"
        try:
            _make(folder)
            if not _holds(folder, name):
                message = build(digest, Envelope(self._sender, _reader(digest)), key=key)
                _write(folder, name, message.octets)
                plain = message.plain
            _settle(folder / "new")
        except OSError as error:
            raise _failure(folder, error) from error
        return plain


def _reader(digest: Digest) -> Mailbox:
    """Make an address for the To field: whoever opens the folder is the reader."""
    local = re.sub(r"[^A-Za-z0-9-]+", "-", digest.subscriber).strip("-")[:64].strip("-")
    return Mailbox(local or "reader", "localhost")


def _make(folder: Path) -> None:
    """Make the three folders of a Maildir, for its owner alone."""
    for name in ("tmp", "new", "cur"):
        (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)


def _holds(folder: Path, name: str) -> bool:
    """Tell whether the message is there; a reader may have moved it to cur/ and added flags."""
    if (folder / "new" / name).exists():
        return True
    return any(one.name.partition(":")[0] == name for one in (folder / "cur").iterdir())


def _write(folder: Path, name: str, octets: bytes) -> None:
    """Write the file under tmp/, make it durable, then move it into new/."""
    draft = folder / "tmp" / name
    try:
        with draft.open("wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(folder / "new" / name)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def _settle(folder: Path) -> None:
    """Make a folder's entries durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _failure(folder: Path, error: OSError) -> DeliveryError:
    """Sort an error of the file system: a full disk passes, a wrong path does not."""
    message = f"cannot write into the Maildir {folder}: {error.strerror or error}"
    if error.errno in _PASSING:
        return TemporaryFailure(message)
    return PermanentFailure(f"{message}. Check the subscriber's maildir.", scope="address")


def _probe(address: str) -> Probe:
    """Write an empty file into a Maildir's tmp/ and take it away."""
    folder = Path(address)
    draft = folder / "tmp" / f"check.{os.getpid()}.daily-papers"
    try:
        _make(folder)
        draft.touch()
        draft.unlink()
    except OSError as error:
        return Probe(f"maildir {address}", ok=False, detail=str(_failure(folder, error)))
    return Probe(f"maildir {address}", ok=True, detail="can be written")
