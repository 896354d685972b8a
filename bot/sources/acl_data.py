"""The ACL Anthology's published data: XML files at URLs, on this machine, or in a folder here."""

import asyncio
from contextlib import aclosing
from pathlib import Path

import httpx

from bot.core.bibliography import Published
from bot.core.errors import SourceError, SourceUnavailable, SuspectAnswer
from bot.core.query import Query, named, parse
from bot.interfaces import Probe
from bot.sources.acl_xml import AnthologyReader
from bot.sources.gate import Gate
from bot.sources.line import Line
from bot.sources.persistence import Patience, persist
from bot.sources.transfer import Limits, Unpacker, make_client, opened

FILE = Limits(size=64 * 1024 * 1024, seconds=120.0)
"""Bounds of one file, unpacked: the largest, of a whole year's Findings, has about 12 MB."""
_PIECE = 64 * 1024
_GZIP = b"\x1f\x8b"
_ANYBODY = parse("au:anybody")
_ACCEPT = "application/xml, text/plain, */*"


def files_at(place: str) -> list[str]:
    """List the files at a place: the URL or file itself, or those that a folder holds.

    Raises SourceUnavailable where there is nothing.
    """
    path = Path(place)
    if "://" in place or path.is_file():
        return [place]
    held = (one for kind in ("*.xml", "*.xml.gz") for one in path.glob(kind))
    found = sorted(str(one) for one in held if one.is_file())
    if not found:
        what = "a folder without XML files" if path.is_dir() else "not there"
        raise SourceUnavailable(f"it is {what}; see [acl] data in the configuration")
    return found


async def probe(place: str, *, contact: str | None) -> Probe:
    """Try to read the first file at a place, once."""
    what = f"ACL Anthology {place}"
    try:
        files = files_at(place)
        await published_by(_ANYBODY, files[0], contact=contact, patience=0.0)
    except SourceError as error:
        return Probe(what, ok=False, detail=str(error))
    return Probe(what, ok=True, detail=f"{len(files)} files" if len(files) > 1 else "readable")


async def published_by(
    person: Query, place: str, *, contact: str | None, patience: float
) -> tuple[Published, ...]:
    """Read from one file what a person wrote; `patience` is for failures of a server, in seconds.

    Raises a SourceError where it could not be read to its end: half a file tells too little.
    """
    if "://" not in place:
        return await asyncio.to_thread(_read_file, person, Path(place))
    async with make_client(contact, accept=_ACCEPT) as client:
        line = Line(client, Gate(0.0), place, FILE)
        return await persist(lambda: _fetched(person, line), Patience(patience), line)


def _read_file(person: Query, path: Path) -> tuple[Published, ...]:
    """Read a file of this machine."""
    reading = _Reading(person)
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                reading.feed(piece)
    except OSError as error:
        raise SourceUnavailable(f"the file cannot be read: {error.strerror}") from error
    return reading.close()


async def _fetched(person: Query, line: Line) -> tuple[Published, ...]:
    """Fetch a file once."""
    reading = _Reading(person)
    url = httpx.URL(line.url)
    async with opened(line.client, line.gate, url, line.limits) as answer:
        if answer.status != 200:
            raise SourceUnavailable(f"HTTP {answer.status}")
        async with aclosing(answer.pieces) as pieces:
            async for piece in pieces:
                reading.feed(piece)
    return reading.close()


class _Reading:
    """One file on its way through the parser, unpacked where it is packed."""

    def __init__(self, person: Query) -> None:
        self._person = person
        self._found: list[Published] = []
        self._reader = AnthologyReader(self._keep)
        self._unpacker: Unpacker | None = None
        self._held: bytes | None = b""
        self._left = FILE.size

    def feed(self, piece: bytes) -> None:
        """Take some bytes; raises a SourceError once something is wrong."""
        if self._held is not None:
            self._held += piece
            if len(self._held) < len(_GZIP):
                return
            piece, self._held = self._held, None
            if piece.startswith(_GZIP):
                self._unpacker = Unpacker()
        for plain in self._unpacker.feed(piece) if self._unpacker else (piece,):
            self._left -= len(plain)
            if self._left < 0:
                raise SourceUnavailable(f"the file is larger than {FILE.size} bytes")
            self._reader.feed(plain)
            self._refuse_failure()

    def close(self) -> tuple[Published, ...]:
        """Take the end, and give what was found."""
        if self._unpacker and not self._unpacker.ended:
            raise SuspectAnswer("the file's gzip stream is cut short")
        self._reader.close()
        self._refuse_failure()
        return tuple(self._found)

    def _refuse_failure(self) -> None:
        if self._reader.failure:
            raise self._reader.failure

    def _keep(self, paper: Published) -> None:
        """Keep a paper of the person's."""
        if named(self._person, paper.authors):
            self._found.append(paper)
