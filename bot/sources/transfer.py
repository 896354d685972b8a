"""One exchange with a source over HTTP: bounded in size and time, and judged by its status.

What the body says is for the caller to judge.
"""

import asyncio
import math
import time
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from bot import __version__, trust
from bot.core.errors import SourceError, SourceUnavailable, SuspectAnswer
from bot.sources.gate import Gate

LONGEST_HOLD = 3600.0
"""A Retry-After beyond an hour waits an hour, and then asks again."""

_BUSY = frozenset({406, 429, 503})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HOPS = 4
_PIECE = 64 * 1024
"""How much is unpacked at once, in bytes: a bomb must not blow up before it is noticed."""
_MEMBERS = 4096
"""How many members gzip may have; each may be empty, and what is behind it is copied."""


class ServiceBusy(SourceUnavailable):
    """The service as a whole says "later", or cannot be reached: other questions fare no better."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How large an answer may be once unpacked, in bytes, and how long it may take in seconds."""

    size: int = 32 * 1024 * 1024
    seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer with status 200 or 400, or 304 where conditions were sent."""

    status: int
    body: bytes
    headers: httpx.Headers = field(default_factory=httpx.Headers, compare=False)


@dataclass(frozen=True, slots=True)
class Arriving:
    """An answer of which only the head has come; its status is one that an Answer may have.

    `pieces` unpacks the body as it comes, at most 64 KiB at a time, and raises what `get` would.
    """

    status: int
    headers: httpx.Headers
    pieces: AsyncGenerator[bytes, None]


def make_client(contact: str | None, *, accept: str = "application/atom+xml") -> httpx.AsyncClient:
    """Open the one connection, with a User-Agent that tells arXiv whom to write to."""
    reach = contact and (contact if "://" in contact else f"mailto:{contact}")
    agent = f"daily-papers/{__version__}" + (f" (+{reach})" if reach else "")
    return httpx.AsyncClient(
        headers={
            "User-Agent": agent,
            "Accept": accept,
            "Accept-Encoding": "gzip",
        },
        timeout=httpx.Timeout(connect=15.0, read=90.0, write=15.0, pool=15.0),
        limits=httpx.Limits(max_connections=1, max_keepalive_connections=1),
        follow_redirects=False,
        verify=trust.by_web(),
        # A proxy that the environment names is for the world outside.
        mounts=dict.fromkeys(("all://127.0.0.1", "all://localhost", "all://[::1]")),
    )


async def get(
    client: httpx.AsyncClient,
    gate: Gate,
    url: httpx.URL,
    limits: Limits,
    conditions: Mapping[str, str] | None = None,
) -> Answer:
    """Fetch `url` whole, each hop through the gate; follow redirects only on the same host.

    `conditions` are headers such as If-None-Match; with them 304 is an answer too. A Retry-After
    also holds the gate, so that every source waits that asks the same host. Raises ServiceBusy
    where asking anything at all must wait, SourceUnavailable where this answer failed,
    SuspectAnswer for a body cut short, and plain SourceError for what asking again will not mend.
    """
    body = bytearray()
    async with opened(client, gate, url, limits, conditions) as answer:
        async for piece in answer.pieces:
            body += piece
        return Answer(answer.status, bytes(body), answer.headers)


@asynccontextmanager
async def opened(
    client: httpx.AsyncClient,
    gate: Gate,
    url: httpx.URL,
    limits: Limits,
    conditions: Mapping[str, str] | None = None,
) -> AsyncIterator[Arriving]:
    """Fetch `url` as `get` does, but give its body while it comes; the gate is ours until the end.

    `limits.seconds` bounds the time that is spent waiting for the service, not what the caller
    does in between.
    """
    readable = {200, 304, 400} if conditions else {200, 400}
    for _ in range(_HOPS):
        wait = _Wait(url.host, limits.seconds)
        request = client.build_request("GET", url, headers=conditions)
        async with gate.turn(host_of(url)), _sent(client, request, wait) as response:
            if response.status_code in _REDIRECTS:
                url = _redirect(url, response)
                continue
            if response.status_code not in readable:
                raise _refusal(response, gate, host_of(url))
            async with aclosing(_body(response, limits.size, wait)) as pieces:
                yield Arriving(response.status_code, response.headers, pieces)
            return
    raise SourceError(f"{url.host} redirects in circles")


def host_of(url: httpx.URL) -> str:
    """Name the host, with its port where that is not the usual one, as the gate knows it."""
    return url.netloc.decode("ascii")


class _Wait:
    """Waits for a service at most so many `seconds` in all, and says what went wrong with it."""

    def __init__(self, host: str, seconds: float) -> None:
        self._host = host
        self._seconds = seconds
        self._left = seconds

    @asynccontextmanager
    async def limited(self) -> AsyncIterator[None]:
        """Spend time on one wait; raises a SourceError for a failure of the connection."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._left):
                yield
        except TimeoutError:
            message = f"the answer took longer than {self._seconds:g} s"
            raise SourceUnavailable(message) from None
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise ServiceBusy(f"no connection to {self._host}: {error or 'timed out'}") from error
        except httpx.TransportError as error:
            told = str(error) or type(error).__name__
            raise SourceUnavailable(f"the connection failed: {told}") from error
        finally:
            self._left -= time.monotonic() - began


@asynccontextmanager
async def _sent(
    client: httpx.AsyncClient, request: httpx.Request, wait: _Wait
) -> AsyncIterator[httpx.Response]:
    """Make one request, and give the head of its answer."""
    async with wait.limited():
        response = await client.send(request, stream=True)
    try:
        yield response
    finally:
        await response.aclose()


def _redirect(url: httpx.URL, response: httpx.Response) -> httpx.URL:
    """Follow to the same host, never from https to http."""
    target = url.join(response.headers.get("Location", ""))
    if target.host != url.host or (url.scheme, target.scheme) == ("https", "http"):
        place = f"{target.scheme}://{target.host}"
        raise SourceError(f"{url.host} redirects to {place}, which is not followed")
    return target


def _refusal(response: httpx.Response, gate: Gate, host: str) -> SourceError:
    """Turn a status into an error, and hold the gate where the service asks for it."""
    status = response.status_code
    message = f"HTTP {status} {response.reason_phrase}".rstrip()
    wait = retry_after(response.headers)
    if wait is not None:
        gate.hold(wait, host)
        message += f", to be tried again after {wait:.0f} s"
    if status in _BUSY:
        return ServiceBusy(message, retry_after=wait)
    if status >= 500 or status == 408:
        return SourceUnavailable(message, retry_after=wait)
    return SourceError(message)


def retry_after(headers: httpx.Headers) -> float | None:
    """Read Retry-After as seconds (a fraction too) or as a date; None if it makes no sense.

    A date is measured against the answer's own Date where it has one, as clocks differ.
    """
    text = headers.get("Retry-After", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        instant = _http_date(text)
        if instant is None:
            return None
        now = _http_date(headers.get("Date", "")) or datetime.now(UTC)
        seconds = (instant - now).total_seconds()
    return None if math.isnan(seconds) else min(max(seconds, 0.0), LONGEST_HOLD)


def _http_date(text: str) -> datetime | None:
    """Read a date as HTTP writes it."""
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant


async def _body(response: httpx.Response, size: int, wait: _Wait) -> AsyncGenerator[bytes, None]:
    """Read and unpack the body, never more than `size` bytes of it.

    httpx would unpack a whole chunk at once, which a bomb makes huge, and would take a gzip stream
    cut in the middle for a whole one.
    """
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in {"gzip", "identity"}:
        raise SourceUnavailable(f"the answer is packed as {coding!r}, which was not asked for")
    unpacker = Unpacker() if coding == "gzip" else None
    chunks = aiter(response.aiter_raw())
    left, begun = size, False
    while True:
        async with wait.limited():
            chunk = await anext(chunks, None)
        if chunk is None:
            break
        for piece in unpacker.feed(chunk) if unpacker else (chunk,):
            begun = True
            left -= len(piece)
            if left < 0:
                raise SourceUnavailable(f"the answer is larger than {size} bytes")
            yield piece
    if unpacker and begun and not unpacker.ended:
        raise SuspectAnswer("the answer's gzip stream is cut short")


class Unpacker:
    """Unpacks gzip while it comes, of one member or of several."""

    def __init__(self) -> None:
        self._member = _member()
        self._members = 1

    @property
    def ended(self) -> bool:
        """Whether what has come is whole."""
        return self._member.eof

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Unpack what has come, at most 64 KiB at a time; raises SourceUnavailable."""
        try:
            while chunk:
                if self._member.eof:
                    self._begin()
                while piece := self._member.decompress(chunk, _PIECE):
                    yield piece
                    chunk = self._member.unconsumed_tail
                chunk = self._member.unused_data
        except zlib.error as error:
            raise SourceUnavailable(f"it cannot be unpacked: {error}") from error

    def _begin(self) -> None:
        """Go on behind the end of a member."""
        self._members += 1
        if self._members > _MEMBERS:
            raise SourceUnavailable(f"it is packed in more than {_MEMBERS} pieces")
        self._member = _member()


def _member() -> "zlib._Decompress":
    """Make what unpacks one member."""
    return zlib.decompressobj(zlib.MAX_WBITS | 16)
