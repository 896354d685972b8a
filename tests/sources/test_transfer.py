"""One HTTP exchange: who we say we are, what is followed, refused, waited for and cut off."""

import gzip
import socket
import ssl
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
import trustme
from aiohttp import web

from bot import __version__
from bot.core.errors import SourceError, SourceUnavailable, SuspectAnswer
from bot.demo.arxiv_server import ArxivServer
from bot.sources.gate import Gate
from bot.sources.transfer import (
    Answer,
    Limits,
    ServiceBusy,
    get,
    host_of,
    make_client,
    retry_after,
)
from tests.builders import paper
from tests.sources.faults import ATOM, answers, dripping, gzip_cut, hung_up

QUERY = "?search_query=cat:cs.CL&max_results=5"


@pytest.fixture
async def server() -> AsyncIterator[ArxivServer]:
    async with ArxivServer([paper(1)]) as running:
        yield running


async def fetch(
    server: ArxivServer, *, gate: Gate | None = None, limits: Limits | None = None
) -> Answer:
    async with make_client("ops@example.org") as client:
        url = httpx.URL(server.url + QUERY)
        return await get(client, gate or Gate(0.0), url, limits or Limits())


async def test_a_request_says_who_asks_and_what_it_takes(server: ArxivServer) -> None:
    seen: dict[str, str] = {}

    async def note(request: web.Request) -> None:
        seen.update(request.headers)

    server.fault = note
    answer = await fetch(server)

    assert answer.status == 200
    assert b"2601.00001v1" in answer.body
    assert seen["User-Agent"] == f"daily-papers/{__version__} (+mailto:ops@example.org)"
    assert seen["Accept"] == "application/atom+xml"
    assert seen["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize(
    ("contact", "suffix"),
    [("https://example.org/bot", " (+https://example.org/bot)"), (None, "")],
)
async def test_a_contact_may_be_a_url_or_missing(contact: str | None, suffix: str) -> None:
    async with make_client(contact) as client:
        assert client.headers["User-Agent"] == f"daily-papers/{__version__}{suffix}"


@pytest.mark.parametrize("status", [406, 429, 503])
async def test_fault_2_a_busy_service_is_told_apart(server: ArxivServer, status: int) -> None:
    server.fault = answers("Rate exceeded.", status=status, kind="text/plain")
    with pytest.raises(ServiceBusy, match=f"HTTP {status}"):
        await fetch(server)


@pytest.mark.parametrize("status", [408, 500, 502, 504])
async def test_fault_3_a_failing_service_is_unavailable(server: ArxivServer, status: int) -> None:
    server.fault = answers("oops", status=status)
    with pytest.raises(SourceUnavailable, match=f"HTTP {status}") as caught:
        await fetch(server)
    assert not isinstance(caught.value, ServiceBusy)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_what_asking_again_will_not_mend_is_a_plain_error(
    server: ArxivServer, status: int
) -> None:
    server.fault = answers("no", status=status)
    with pytest.raises(SourceError, match=f"HTTP {status}") as caught:
        await fetch(server)
    assert type(caught.value) is SourceError


SENT = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ("1.5", 1.5),
        (" 0 ", 0.0),
        ("-5", 0.0),
        ("999999999", 3600.0),
        ("inf", 3600.0),
        (format_datetime(SENT + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(SENT - timedelta(days=1), usegmt=True), 0.0),
        (format_datetime(SENT + timedelta(days=9), usegmt=True), 3600.0),
        ("Mon, 05 Jan 2026 12:01:30", 90.0),
        ("nan", None),
        ("soon", None),
        ("", None),
        ("Mon, 99 Foo 2026 99:99:99 GMT", None),
        ("Mon, 05 Jan 99999999999999999999 12:00:00 GMT", None),
        ("Mon, 05 Jan 2026 12:00:00 +99999999999999", None),
    ],
)
def test_fault_2_retry_after_is_understood_in_all_its_forms_and_clamped(
    text: str, seconds: float | None
) -> None:
    headers = httpx.Headers({"Retry-After": text, "Date": format_datetime(SENT, usegmt=True)})
    assert retry_after(headers) == seconds


def test_fault_2_a_date_without_the_servers_own_counts_from_our_clock() -> None:
    later = datetime.now(UTC) + timedelta(minutes=10)
    headers = httpx.Headers({"Retry-After": format_datetime(later, usegmt=True)})
    told = retry_after(headers)
    assert told is not None
    assert 500 < told <= 600


async def test_fault_2_retry_after_holds_whoever_asks_the_same_host_and_nobody_else(
    server: ArxivServer,
) -> None:
    gate = Gate(0.0)
    server.fault = answers("", status=503, Retry_After="40")
    with pytest.raises(ServiceBusy) as caught:
        await fetch(server, gate=gate)
    assert caught.value.retry_after == 40.0
    assert gate.held(host_of(httpx.URL(server.url))) == 40.0
    assert gate.held("rss.arxiv.org") == 0.0


async def test_fault_1_no_connection(server: ArxivServer) -> None:
    await server.__aexit__(None, None, None)
    with pytest.raises(ServiceBusy, match=r"no connection to 127\.0\.0\.1"):
        await fetch(server)


async def test_fault_1_no_such_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*arguments: object, **named: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    async with make_client(None) as client:
        with pytest.raises(ServiceBusy, match=r"arxiv\.invalid: .*not known"):
            await get(client, Gate(0.0), httpx.URL("http://arxiv.invalid/"), Limits())


async def test_a_certificate_that_cannot_be_verified_is_refused() -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    runner = web.AppRunner(web.Application(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    url = httpx.URL(f"https://127.0.0.1:{runner.addresses[0][1]}/api/query")
    try:
        async with make_client(None) as client:
            with pytest.raises(ServiceBusy, match="certificate verify failed"):
                await get(client, Gate(0.0), url, Limits())
    finally:
        await runner.cleanup()


async def test_loopback_is_reached_directly_whatever_proxy_is_set(
    server: ArxivServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert (await fetch(server)).status == 200


async def test_a_connection_that_drops_is_unavailable(server: ArxivServer) -> None:
    server.fault = hung_up
    with pytest.raises(SourceUnavailable, match="the connection failed"):
        await fetch(server)


async def test_fault_5_a_gzip_stream_cut_short_is_refused(server: ArxivServer) -> None:
    server.fault = gzip_cut(server)
    with pytest.raises(SuspectAnswer, match="cut short"):
        await fetch(server)


async def test_a_gzip_stream_that_is_none_is_refused(server: ArxivServer) -> None:
    server.fault = answers("plain after all", Content_Encoding="gzip")
    with pytest.raises(SourceUnavailable, match="it cannot be unpacked"):
        await fetch(server)


async def test_packing_that_was_not_asked_for_is_refused(server: ArxivServer) -> None:
    server.fault = answers(b"\x00", Content_Encoding="br")
    with pytest.raises(SourceUnavailable, match="br"):
        await fetch(server)


@pytest.mark.parametrize("coding", ["identity", "gzip"])
async def test_fault_11_an_oversized_body_is_cut_off(server: ArxivServer, coding: str) -> None:
    body = b"x" * 2_000_000
    packed = gzip.compress(body) if coding == "gzip" else body
    server.fault = answers(packed, Content_Encoding=coding)
    with pytest.raises(SourceUnavailable, match="larger than 100000 bytes"):
        await fetch(server, limits=Limits(size=100_000))


async def test_a_body_of_just_the_limit_is_taken(server: ArxivServer) -> None:
    server.fault = answers(gzip.compress(b"x" * 100_000), Content_Encoding="gzip")
    answer = await fetch(server, limits=Limits(size=100_000))
    assert answer.body == b"x" * 100_000


async def test_fault_11_a_slow_drip_is_cut_off(server: ArxivServer) -> None:
    server.fault = dripping(0.01)
    began = time.monotonic()
    with pytest.raises(SourceUnavailable, match=r"took longer than 0\.2 s"):
        await fetch(server, limits=Limits(seconds=0.2))
    assert time.monotonic() - began == pytest.approx(0.2)


async def test_a_redirect_to_the_same_host_is_followed_through_the_gate(
    server: ArxivServer,
) -> None:
    async def redirect(request: web.Request) -> web.StreamResponse | None:
        if "moved" in request.query:
            return None
        place = str(request.url.update_query(moved="1"))
        return web.Response(status=301, headers={"Location": place})

    server.fault = redirect
    gate = Gate(0.1)
    began = time.monotonic()
    answer = await fetch(server, gate=gate)
    assert b"2601.00001v1" in answer.body
    assert time.monotonic() - began == pytest.approx(0.1)


@pytest.mark.parametrize("place", ["https://elsewhere.example/api", "//evil.example/"])
async def test_a_redirect_elsewhere_is_not_followed(server: ArxivServer, place: str) -> None:
    server.fault = answers("", status=302, Location=place)
    with pytest.raises(SourceError, match="redirects to") as caught:
        await fetch(server)
    assert type(caught.value) is SourceError


async def test_a_redirect_to_no_valid_address_is_a_failed_answer(server: ArxivServer) -> None:
    server.fault = answers("", status=302, Location="http://127.0.0.1:port/")
    with pytest.raises(SourceUnavailable, match="Invalid URL"):
        await fetch(server)


async def test_a_redirect_never_leaves_https() -> None:
    async def downgrade(request: httpx.Request) -> httpx.Response:
        return httpx.Response(301, headers={"Location": "http://export.arxiv.org/api/query"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(downgrade)) as client:
        url = httpx.URL("https://export.arxiv.org/api/query")
        with pytest.raises(SourceError, match="not followed"):
            await get(client, Gate(0.0), url, Limits())


async def test_circles_of_redirects_end(server: ArxivServer) -> None:
    server.fault = answers("", status=307, Location=server.url)
    with pytest.raises(SourceError, match="circles"):
        await fetch(server)
    assert len(server.requests) == 4


async def test_a_refused_question_is_given_back_to_be_read(server: ArxivServer) -> None:
    server.fault = answers("<feed/>", status=400, kind=ATOM)
    assert await fetch(server) == Answer(400, b"<feed/>")


CONDITIONS = {"If-None-Match": '"x"'}


async def test_conditions_are_sent_and_not_modified_is_then_an_answer(server: ArxivServer) -> None:
    async def unchanged(request: web.Request) -> web.StreamResponse | None:
        if request.headers.get("If-None-Match") == '"x"':
            return web.Response(status=304, headers={"ETag": '"x"'})
        return None

    server.fault = unchanged
    url = httpx.URL(server.url + QUERY)
    async with make_client(None) as client:
        answer = await get(client, Gate(0.0), url, Limits(), CONDITIONS)
    assert answer == Answer(304, b"")
    assert answer.headers["ETag"] == '"x"'


async def test_not_modified_without_conditions_is_no_answer(server: ArxivServer) -> None:
    server.fault = answers(b"", status=304)
    with pytest.raises(SourceError, match="HTTP 304") as caught:
        await fetch(server)
    assert type(caught.value) is SourceError


async def test_conditions_follow_a_redirect(server: ArxivServer) -> None:
    async def moved(request: web.Request) -> web.StreamResponse:
        if "moved" not in request.query:
            place = str(request.url.update_query(moved="1"))
            return web.Response(status=301, headers={"Location": place})
        return web.Response(status=304 if "If-None-Match" in request.headers else 200)

    server.fault = moved
    url = httpx.URL(server.url + QUERY)
    async with make_client(None) as client:
        assert (await get(client, Gate(0.0), url, Limits(), CONDITIONS)).status == 304
