"""Faults that the loopback arXiv can be given: each answers in the server's place, or not."""

import asyncio
import contextlib
import gzip
import re
from collections.abc import Callable, Iterable

from aiohttp import web

from bot.demo.arxiv_server import ArxivServer, Fault

ATOM = "application/atom+xml; charset=utf-8"


def answers(body: bytes | str, *, status: int = 200, kind: str = ATOM, **headers: str) -> Fault:
    """Always answer the same; `Retry_After="3"` is sent as a header."""
    content = body.encode() if isinstance(body, str) else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def fault(request: web.Request) -> web.StreamResponse:
        return web.Response(body=content, status=status, headers={"Content-Type": kind, **named})

    return fault


def times(count: int, fault: Fault) -> Fault:
    """Let the fault answer the first `count` requests."""
    left = count

    async def limited(request: web.Request) -> web.StreamResponse | None:
        nonlocal left
        left -= 1
        return await fault(request) if left >= 0 else None

    return limited


def only(applies: Callable[[web.Request], bool], fault: Fault) -> Fault:
    """Let the fault answer the requests to which it applies."""

    async def chosen(request: web.Request) -> web.StreamResponse | None:
        return await fault(request) if applies(request) else None

    return chosen


def first_of(*faults: Fault) -> Fault:
    """Let the first fault that applies answer."""

    async def chosen(request: web.Request) -> web.StreamResponse | None:
        for fault in faults:
            if answer := await fault(request):
                return answer
        return None

    return chosen


def about(day: str) -> Callable[[web.Request], bool]:
    """Tell requests whose window begins on the day, as yyyymmdd."""
    return lambda request: f"[{day}" in request.query["search_query"]


def altered(server: ArxivServer, change: Callable[[bytes], bytes]) -> Fault:
    """Change the body of the right answer."""

    async def fault(request: web.Request) -> web.StreamResponse:
        body = change(gzip.decompress(_packed(server, request)))
        return web.Response(body=body, headers={"Content-Type": ATOM})

    return fault


def total(number: int) -> Callable[[bytes], bytes]:
    """Change what a page says is the number of results."""
    pattern, new = rb"(<opensearch:totalResults[^>]*>)\d+", rb"\g<1>%d" % number
    return lambda body: re.sub(pattern, new, body)


def counted(change: Callable[[int], int]) -> Callable[[bytes], bytes]:
    """Change what a page says is the number of results, where there are any."""
    pattern = rb"(<opensearch:totalResults[^>]*>)([1-9]\d*)"
    return lambda body: re.sub(
        pattern, lambda found: found[1] + b"%d" % change(int(found[2])), body
    )


def hiding(*papers: str) -> Callable[[bytes], bytes]:
    """Leave out some papers that are counted all the same."""
    return _rewriting(papers, lambda _entry: b"")


def repeating(*papers: str) -> Callable[[bytes], bytes]:
    """List some papers twice in a row."""
    return _rewriting(papers, lambda entry: entry * 2)


def several(*changes: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Make one change after another."""

    def all_of_them(body: bytes) -> bytes:
        for change in changes:
            body = change(body)
        return body

    return all_of_them


def without_entries(body: bytes) -> bytes:
    """Empty a page, whatever it says of its total."""
    return re.sub(rb"<entry>.*</entry>", b"", body, flags=re.DOTALL)


def first_entries(count: int) -> Callable[[bytes], bytes]:
    """Cut a page off after some entries, its total unchanged."""

    def cut(body: bytes) -> bytes:
        entries = list(re.finditer(rb"\s*<entry>.*?</entry>", body, flags=re.DOTALL))
        if len(entries) <= count:
            return body
        return body[: entries[count].start()] + body[entries[-1].end() :]

    return cut


def gzip_cut(server: ArxivServer) -> Fault:
    """Send the first half of the right answer's gzip stream as if it were all."""

    async def fault(request: web.Request) -> web.StreamResponse:
        packed = _packed(server, request)
        headers = {"Content-Type": ATOM, "Content-Encoding": "gzip"}
        return web.Response(body=packed[: len(packed) // 2], headers=headers)

    return fault


def dripping(pause: float) -> Fault:
    """Send a byte now and then, until nobody listens."""

    async def fault(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": ATOM})
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await response.write(b" ")
                await asyncio.sleep(pause)
        return response

    return fault


async def hung_up(request: web.Request) -> web.StreamResponse:
    """Close the connection without an answer."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()


def later_if(condition: Callable[[], bool], fault: Fault) -> Fault:
    """Let the fault answer while the condition holds."""
    return only(lambda _request: condition(), fault)


def _rewriting(papers: Iterable[str], change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Change the entries of some papers."""
    names = [f"/abs/{paper}v".encode() for paper in papers]

    def rewrite(found: re.Match[bytes]) -> bytes:
        entry = found[0]
        return change(entry) if any(name in entry for name in names) else entry

    return lambda body: re.sub(rb"\s*<entry>.*?</entry>", rewrite, body, flags=re.DOTALL)


def _packed(server: ArxivServer, request: web.Request) -> bytes:
    """Give the right answer's body as it would be sent to one who takes gzip."""
    body = server.answer(request).body
    assert isinstance(body, bytes)
    return body
