"""A Maildir that a mail server delivers to: what has the flag S in its name was seen.

See https://cr.yp.to/proto/maildir.html. A message is marked by renaming it, which happens as a
whole or not at all; one that is read again because of that is counted once all the same.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Self

from bot.core.errors import MailboxError
from bot.core.returned import LARGEST
from bot.interfaces import Probe
from bot.mailboxes.mailbox import Letter

_FLAGS = ":2,"
_DONE = frozenset("ST")
"""Seen, and trashed."""


class MaildirMailbox:
    """Reads new/ and cur/; what is settled is moved to cur/ with the flag S."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def __aenter__(self) -> Self:
        """Need nothing."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Keep nothing open."""

    async def unread(self) -> AsyncGenerator[Letter, None]:
        """Yield the messages that nobody has seen, the oldest first as their names tell."""
        for path in await asyncio.to_thread(self._unseen):
            octets = await asyncio.to_thread(self._read, path)
            if octets is not None:
                yield Letter(f"{path.parent.name}/{path.name}", octets)

    async def settle(self, names: Sequence[str]) -> None:
        """Mark messages as seen; one that somebody has moved or taken meanwhile is left alone."""
        await asyncio.to_thread(self._mark, names)

    async def check(self) -> Probe:
        """Try to list the folder."""
        what = f"bounces {self._folder}"
        try:
            count = len(await asyncio.to_thread(self._unseen))
        except MailboxError as error:
            return Probe(what, ok=False, detail=str(error))
        if not os.access(self._folder / "new", os.W_OK) or not os.access(
            self._folder / "cur", os.W_OK
        ):
            return Probe(what, ok=False, detail="can be read, but nothing be marked as seen there")
        return Probe(what, ok=True, detail=f"{count:,} unread")

    def _unseen(self) -> list[Path]:
        """List the messages that are neither seen nor trashed."""
        try:
            files = [
                path
                for part in ("new", "cur")
                for path in (self._folder / part).iterdir()
                if not path.name.startswith(".") and not _DONE & {*path.name.partition(_FLAGS)[2]}
            ]
        except OSError as error:
            raise self._failure("read", error) from error
        return sorted(files, key=lambda path: path.name)

    def _read(self, path: Path) -> bytes | None:
        """Read a message; None for what is gone, or is no file."""
        try:
            if path.is_symlink() or not path.is_file():
                return None
            with path.open("rb") as file:
                return file.read(LARGEST)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._failure("read", error) from error

    def _mark(self, names: Sequence[str]) -> None:
        """Move messages to cur/ with the flag S."""
        for name in names:
            path = self._folder / name
            unique, _, flags = path.name.partition(_FLAGS)
            seen = f"{unique}{_FLAGS}{''.join(sorted({*flags, 'S'}))}"
            try:
                path.rename(self._folder / "cur" / seen)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise self._failure("mark as seen", error) from error

    def _failure(self, doing: str, error: OSError) -> MailboxError:
        """Say what cannot be done with the Maildir, and the cure."""
        return MailboxError(
            f"cannot {doing} in the Maildir {self._folder}: {error.strerror or error}. Check "
            "bounces.maildir, and that the mail server delivers there as a user whose mail this "
            "one may read and move."
        )
