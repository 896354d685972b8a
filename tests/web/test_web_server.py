"""The server by itself, over sockets: slow clients, many clients, a stop, a port that is taken."""

import asyncio
import contextlib
import itertools
from datetime import timedelta

import httpx
import pytest

from bot.core.errors import ConfigError
from bot.logs import configure
from bot.web.server import _Impatient, listening
from tests.builders import NOON
from tests.web.rig import NOBODY, ONE_CLICK, Form, Site, browser

pytestmark = pytest.mark.usefixtures("_quiet")


@pytest.fixture
def _quiet() -> None:
    """Log as the command does."""
    configure(level="info", as_json=True)


async def test_a_mail_program_unsubscribes_with_one_request(pages: Site) -> None:
    async with pages.over_http() as url, browser() as client:
        answer = await client.post(f"{url}/u/{pages.token()}", data=ONE_CLICK)
    assert answer.status_code == 200
    assert (await pages.holder()).by == "reader"


async def test_a_browser_asks_leaves_and_comes_back(pages: Site) -> None:
    async with pages.over_http("/papers") as url, browser() as client:
        asked = await client.get(f"{url}/papers/u/{pages.token()}")
        left = await client.post(Form(asked).url, data=Form(asked).fields)
        assert (await pages.holder()).by == "reader"
        back = await client.post(Form(left).url, data=Form(left).fields)
        assert back.status_code == 200
        assert (await pages.holder()).reason is None
        head = await client.head(f"{url}/papers/u/{pages.token()}")
        assert (head.status_code, head.content) == (200, b"")
        assert int(head.headers["content-length"]) == len(asked.content)


async def test_many_who_leave_at_once_all_do(pages: Site) -> None:
    async with pages.over_http() as url, browser() as client:
        leaving = [
            client.post(f"{url}/u/{pages.token(name)}", data=ONE_CLICK)
            for name in ("ana", "ben") * 15
        ]
        answers = await asyncio.gather(*leaving)
    assert {one.status_code for one in answers} == {200}
    assert [(await pages.holder(name)).by for name in ("ana", "ben")] == ["reader"] * 2


async def said(url: str, *sent: bytes) -> bytes:
    """Send octets as they are, and give all that comes until the connection ends."""
    reader, writer = await connected(url)
    answer = b""
    with contextlib.suppress(ConnectionError):  # it may end while we still send
        for octets in sent:
            writer.write(octets)
            await writer.drain()
            await asyncio.sleep(0.01)
        answer = await reader.read()
    writer.close()
    return answer


async def connected(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", httpx.URL(url).port)


def head(pages: Site, length: int) -> bytes:
    return (
        f"POST /u/{pages.token()} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode()
    )


async def test_a_body_that_does_not_come_is_not_waited_for(pages: Site) -> None:
    async with pages.over_http(patience=0.1) as url:
        answer = await said(url, head(pages, 26) + b"List-Unsub")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer.lower()
    assert (await pages.holder()).reason is None


async def test_a_body_that_is_too_large_ends_the_connection(pages: Site) -> None:
    async with pages.over_http() as url:
        answer = await said(url, head(pages, 10**9) + b"x" * 20_000)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert (await pages.holder()).reason is None


@pytest.mark.parametrize("sent", [(), (b"GET /u/",), (b"GET / HTTP/1.1\r\n", b"Host: x\r\n")])
async def test_a_head_that_does_not_come_is_not_waited_for(
    pages: Site, sent: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.server.HEAD_PATIENCE", 0.1)
    async with pages.over_http() as url:
        assert await said(url, *sent) == b""


async def test_a_second_head_on_a_connection_is_not_waited_for_either(
    pages: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with pages.over_http() as url:
        reader, writer = await connected(url)
        for _ in range(2):
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readuntil(b"\r\n\r\nok\n")).startswith(b"HTTP/1.1 200 ")
        monkeypatch.setattr("bot.web.server.HEAD_PATIENCE", 0.1)
        writer.write(b"GET /he")
        assert await reader.read() == b""
        writer.close()


async def test_a_request_whose_head_has_come_has_its_own_time(
    pages: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    gave_up: list[bool] = []

    def noted(connection: _Impatient) -> None:
        gave_up.append(connection.cycle is not None)

    monkeypatch.setattr("bot.web.server.HEAD_PATIENCE", 0.2)
    monkeypatch.setattr(_Impatient, "_give_up", noted)
    async with pages.over_http() as url:
        reader, writer = await connected(url)
        writer.write(head(pages, 26))
        await asyncio.sleep(0.4)
        writer.write(b"List-Unsubscribe=One-Click")
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 200 ")
        writer.close()
    assert True not in gave_up


async def test_who_goes_before_the_end_of_a_request_has_changed_nothing(pages: Site) -> None:
    async with pages.over_http() as url:
        _, writer = await connected(url)
        writer.write(head(pages, 26) + b"List-Unsub")
        await writer.drain()
        writer.close()
        async with browser() as client:
            assert (await client.get(f"{url}/healthz")).status_code == 200
    assert (await pages.holder()).reason is None


async def test_what_is_no_http_is_refused(pages: Site) -> None:
    async with pages.over_http() as url:
        assert (await said(url, b"EHLO example.org\r\n\r\n")).startswith(b"HTTP/1.1 400 ")


async def test_a_request_under_way_is_answered_when_the_server_is_told_to_stop(
    pages: Site,
) -> None:
    async with pages.over_http() as url:
        reader, writer = await connected(url)
        writer.write(head(pages, 26))
        await writer.drain()
        async with browser() as client:  # a round trip: the head has been read
            await client.get(f"{url}/healthz")
        ending = asyncio.create_task(finished(reader, writer))
    assert (await ending).startswith(b"HTTP/1.1 200 ")
    assert (await pages.holder()).by == "reader"


async def finished(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """End a request that was begun, a little later, and give its answer."""
    await asyncio.sleep(0.05)
    writer.write(b"List-Unsubscribe=One-Click")
    answer = await reader.read()
    writer.close()
    return answer


async def test_one_that_never_ends_keeps_the_server_no_longer_than_it_may(
    pages: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.server.DRAIN", 0.1)
    async with pages.over_http(patience=3600.0) as url:
        reader, writer = await connected(url)
        writer.write(head(pages, 26))
        await writer.drain()
        async with browser() as client:
            await client.get(f"{url}/healthz")
    await reader.read()
    writer.close()
    assert (await pages.holder()).reason is None


async def test_no_token_and_no_address_gets_into_the_logs(
    pages: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise RuntimeError(f"no page /u/{pages.token()}")

    instants = (NOON + timedelta(seconds=one) for one in itertools.count())
    async with pages.over_http(clock=instants.__next__) as url, browser() as client:
        for path in (f"/u/{pages.token()}", f"/u/{NOBODY}", f"/u/{pages.token()}/resume"):
            for method in ("GET", "POST", "PUT", "POST"):
                await client.request(method, f"{url}{path}")
        await said(url, f"GET /u/{pages.token()} NONSENSE\r\n\r\n".encode())
    async with pages.over_http(ledger=broken) as url, browser() as client:
        assert (await client.get(f"{url}/u/{pages.token()}")).status_code == 500
    logged = capsys.readouterr().err
    assert logged.count('"event": "reader.left"') == 1
    assert '"event": "reader.returned"' in logged
    assert "no page /u/[redacted]" in logged
    for secret in (pages.token(), NOBODY, "ana@example.org"):
        assert secret not in logged


def test_a_port_that_is_taken_is_named_by_its_setting() -> None:
    with listening("127.0.0.1", 0) as one:
        port = one.getsockname()[1]
        with (
            pytest.raises(ConfigError, match=rf"web.host, web.port: 127.0.0.1:{port} cannot be"),
            listening("127.0.0.1", port),
        ):
            pass
    with listening("127.0.0.1", port):
        pass


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_cannot_be_listened_on(host: str) -> None:
    with pytest.raises(ConfigError, match="Name an address of this machine"), listening(host, 0):
        pass
