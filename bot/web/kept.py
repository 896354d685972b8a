"""What was made is kept, packed, up to so many octets; what many ask for at once is made once."""

import asyncio
import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")
ROOM = 64 * 1024 * 1024
"""Octets that are kept."""
_LEVEL = 6
_LEAST = 512
"""Octets below which packing makes nothing smaller that matters."""
_EACH = 1_000
"""Octets that an entry takes besides what it holds."""


@dataclass(frozen=True, slots=True)
class Content:
    """What an answer holds: `held` is packed by gzip if `packed`; `size` that of it unpacked.

    `tag` stands for the octets.
    """

    held: bytes
    packed: bool
    size: int
    tag: str
    media_type: str

    @classmethod
    def of(cls, octets: bytes, media_type: str, *, packed: bool = True) -> "Content":
        """Pack some octets where that helps; equal ones are packed equally."""
        tag = hashlib.sha256(octets).hexdigest()[:32]
        if packed and len(octets) >= _LEAST:
            smaller = gzip.compress(octets, _LEVEL, mtime=0)
            if len(smaller) < len(octets):
                return cls(smaller, True, len(octets), tag, media_type)  # noqa: FBT003  # a field
        return cls(octets, False, len(octets), tag, media_type)  # noqa: FBT003  # a field

    def octets(self) -> bytes:
        """Give them unpacked."""
        return gzip.decompress(self.held) if self.packed else self.held


class Kept:
    """Contents by what they were made of; those go first that were asked for longest ago."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._held: OrderedDict[Hashable, Content] = OrderedDict()
        self.size = 0

    def get(self, key: Hashable) -> Content | None:
        """Give what is kept under a key."""
        found = self._held.get(key)
        if found is not None:
            self._held.move_to_end(key)
        return found

    def put(self, found: Mapping[Hashable, Content]) -> None:
        """Keep some contents; what is larger than half of the room is not kept."""
        for key, content in found.items():
            self._drop(key)
            if _taken(content) > self._room // 2:
                continue
            self._held[key] = content
            self.size += _taken(content)
        while self.size > self._room:
            self._drop(next(iter(self._held)))

    def _drop(self, key: Hashable) -> None:
        gone = self._held.pop(key, None)
        if gone is not None:
            self.size -= _taken(gone)


class Busy(Exception):
    """More is asked for than can be done soon."""


class Turns:
    """Work of which so much is done at a time, and so much more may wait for its turn.

    What many ask for under one key is done once for all of them, and goes on when nobody waits for
    it any more.
    """

    def __init__(self, at_once: int, waiting: int, patience: float) -> None:
        self._turn = asyncio.Semaphore(at_once)
        self._most = at_once + waiting
        self._patience = patience
        self._working: dict[Hashable, asyncio.Task[Any]] = {}

    async def do(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """Do the work, or wait for it; raises what it raises.

        Raises Busy where too much waits already, and where it is not done in time.
        """
        task = self._working.get(key)
        if task is None:
            if len(self._working) >= self._most:
                raise Busy
            task = self._working[key] = asyncio.ensure_future(self._done(work))
            task.add_done_callback(lambda ended: self._ended(key, ended))
        done, _ = await asyncio.wait({task}, timeout=self._patience)
        if not done:
            raise Busy
        found: T = task.result()
        return found

    async def _done(self, work: Callable[[], Awaitable[T]]) -> T:
        async with self._turn:
            return await work()

    def _ended(self, key: Hashable, task: asyncio.Task[Any]) -> None:
        del self._working[key]
        if not task.cancelled():
            task.exception()  # whoever waited was told; if nobody did, nobody is


def _taken(content: Content) -> int:
    return len(content.held) + _EACH
