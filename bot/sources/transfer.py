"""One exchange with a source over HTTP: bounded in size and time, and judged by its status.

What the body says is for the caller to judge.
"""

import asyncio
import math
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from bot import __version__
from bot.core.errors import SourceError, SourceUnavailable, SuspectAnswer
from bot.sources.gate import Gate

LONGEST_HOLD = 3600.0
"""A Retry-After beyond an hour waits an hour, and then asks again."""

_BUSY = frozenset({406, 429, 503})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HOPS = 4


class ServiceBusy(SourceUnavailable):
    """The service as a whole says "later", or cannot be reached: other questions fare no better."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How large an answer may be once unpacked, in bytes, and how long it may take in seconds."""

    size: int = 32 * 1024 * 1024
    seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer with status 200 or 400; nothing else is worth reading."""

    status: int
    body: bytes


def make_client(contact: str | None) -> httpx.AsyncClient:
    """Open the one connection, with a User-Agent that tells arXiv whom to write to."""
    reach = contact and (contact if "://" in contact else f"mailto:{contact}")
    agent = f"daily-papers/{__version__}" + (f" (+{reach})" if reach else "")
    return httpx.AsyncClient(
        headers={
            "User-Agent": agent,
            "Accept": "application/atom+xml",
            "Accept-Encoding": "gzip",
        },
        timeout=httpx.Timeout(connect=15.0, read=90.0, write=15.0, pool=15.0),
        limits=httpx.Limits(max_connections=1, max_keepalive_connections=1),
        follow_redirects=False,
        # A proxy that the environment names is for the world outside.
        mounts=dict.fromkeys(("all://127.0.0.1", "all://localhost", "all://[::1]")),
    )


async def get(client: httpx.AsyncClient, gate: Gate, url: httpx.URL, limits: Limits) -> Answer:
    """Fetch `url`, each hop through the gate; follow redirects only on the same host.

    A Retry-After also holds the gate, so that every source waits. Raises ServiceBusy where asking
    anything at all must wait, SourceUnavailable where this answer failed, SuspectAnswer for a body
    cut short, and plain SourceError for what asking again will not mend.
    """
    for _ in range(_HOPS):
        async with gate:
            try:
                async with asyncio.timeout(limits.seconds):
                    answer = await _exchange(client, gate, url, limits.size)
            except TimeoutError:
                message = f"the answer took longer than {limits.seconds:g} s"
                raise SourceUnavailable(message) from None
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                raise ServiceBusy(f"no connection to {url.host}: {error or 'timed out'}") from error
            except (httpx.TransportError, zlib.error) as error:
                told = str(error) or type(error).__name__
                raise SourceUnavailable(f"the connection failed: {told}") from error
        if isinstance(answer, Answer):
            return answer
        url = answer
    raise SourceError(f"{url.host} redirects in circles")


async def _exchange(
    client: httpx.AsyncClient, gate: Gate, url: httpx.URL, size: int
) -> Answer | httpx.URL:
    """Make one request; give its answer, or the address that it redirects to."""
    async with client.stream("GET", url) as response:
        if response.status_code in _REDIRECTS:
            return _redirect(url, response)
        if response.status_code not in {200, 400}:
            raise _refusal(response, gate)
        return Answer(response.status_code, await _body(response, size))


def _redirect(url: httpx.URL, response: httpx.Response) -> httpx.URL:
    """Follow to the same host, never from https to http."""
    target = url.join(response.headers.get("Location", ""))
    if target.host != url.host or (url.scheme, target.scheme) == ("https", "http"):
        place = f"{target.scheme}://{target.host}"
        raise SourceError(f"{url.host} redirects to {place}, which is not followed")
    return target


def _refusal(response: httpx.Response, gate: Gate) -> SourceError:
    """Turn a status into an error, and hold the gate where the service asks for it."""
    status = response.status_code
    message = f"HTTP {status} {response.reason_phrase}".rstrip()
    wait = retry_after(response.headers)
    if wait is not None:
        gate.hold(wait)
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
    except ValueError:
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant


async def _body(response: httpx.Response, size: int) -> bytes:
    """Read and unpack the body, never more than `size` bytes of it.

    httpx would unpack a whole chunk at once, which a bomb makes huge, and would take a gzip stream
    cut in the middle for a whole one.
    """
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in {"gzip", "identity"}:
        raise SourceUnavailable(f"the answer is packed as {coding!r}, which was not asked for")
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16) if coding == "gzip" else None
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += unpacker.decompress(chunk, size + 1 - len(body)) if unpacker else chunk
        if len(body) > size:
            raise SourceUnavailable(f"the answer is larger than {size} bytes")
    if unpacker and body and not unpacker.eof:
        raise SuspectAnswer("the answer's gzip stream is cut short")
    return bytes(body)
