"""`check` asks from outside for a page that is not there: only ours answers so."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot.interfaces import Probe
from bot.web.probe import probe
from tests.ports import kept_port
from tests.web.rig import Site

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def somebody(answer: Answer) -> AsyncIterator[str]:
    """Serve every address of a port as `answer` says."""

    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            return await answer(request)
        except (asyncio.CancelledError, ConnectionError):
            if request.transport is not None:
                request.transport.abort()  # what nobody reads would keep it open
            raise

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answered)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def told(public_url: str, patience: float = 100.0) -> Probe:
    (found,) = await probe(public_url, patience=patience)
    assert found.what == f"web.public_url {public_url}"
    return found


async def test_without_a_public_url_nothing_is_tried() -> None:
    assert await probe(None) == []


@pytest.mark.parametrize("path", ["", "/papers"])
async def test_our_own_pages_answer(pages: Site, path: str) -> None:
    async with pages.over_http(path) as url:
        found = await told(f"{url}{path}")
    assert (found.ok, found.detail) == (True, "answers")


async def test_a_ledger_that_cannot_be_used_is_told(pages: Site) -> None:
    pages.database.unlink()
    async with pages.over_http() as url:
        found = await told(url)
    assert not found.ok
    assert "answers with status 503: the log of `daily-papers web` says why" in found.detail


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (200, "something else answers (status 200): hand /u/ and /m/ on to `daily-papers web`"),
        (404, "something else answers (status 404)"),
        (302, "redirects (status 302), which mail programs do not follow"),
    ],
)
async def test_what_answers_in_our_place_is_told(status: int, said: str) -> None:
    async def other(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text="It works!", headers={"Location": "/elsewhere"})

    async with somebody(other) as url:
        found = await told(url)
    assert not found.ok
    assert said in found.detail


async def test_a_proxy_that_hands_on_only_one_of_the_pages_is_told(pages: Site) -> None:
    async with pages.client() as client:
        ours = (await client.get("/nothing")).text

    async def proxy(request: web.Request) -> web.StreamResponse:
        handed_on = request.path.startswith("/u/")
        return web.Response(status=404, text=ours if handed_on else "nginx")

    async with somebody(proxy) as url:
        found = await told(url)
    assert not found.ok
    assert "something else answers (status 404): hand /u/ and /m/ on" in found.detail


async def test_a_page_without_end_is_not_read_to_its_end() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(status=404)
        await answer.prepare(request)
        while True:
            await answer.write(b"x" * 10_000)

    async with somebody(endless) as url:
        assert "something else answers" in (await told(url)).detail


async def test_an_answer_that_does_not_come_is_not_waited_for() -> None:
    async def silent(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(3600)
        raise AssertionError

    async with somebody(silent) as url:
        found = await told(url, patience=0.1)
    assert not found.ok
    assert "no answer" in found.detail


async def test_nobody_there_is_told() -> None:
    with kept_port() as port:
        found = await told(f"http://127.0.0.1:{port}")
    assert not found.ok
    assert "does `daily-papers web` run?" in found.detail
