"""The web application: which address answers what, and what becomes of errors.

A reader leaves by `/u/TOKEN`, and chooses what comes on `/m/TOKEN`. To look at either changes
nothing, as scanners of mail do that too; any POST to the first unsubscribes (RFC 8058), as often as
it comes. Whoever has no token learns nothing: all that is not there is the same page.
"""

import asyncio
from typing import cast

import structlog
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from bot.core.errors import StoreBusy, StoreError
from bot.core.people import Holder
from bot.web import pages, signing
from bot.web.asked import known, token_of
from bot.web.body import spent
from bot.web.choosing import Choosing
from bot.web.desk import Desk
from bot.web.heads import Guarded
from bot.web.served import inside, routes

_log = structlog.get_logger()

RETRY_AFTER = 60
"""Seconds after which somebody who found the ledger in use may try again."""
KEPT = 5.0
"""Seconds for which the numbers are not read anew, however often they are asked for."""


def site(desk: Desk, path: str = "") -> ASGIApp:
    """Build the application; `path` is that of the public URL, "" where it has none.

    A proxy may leave the path in what it hands on, or take it away. The state of the bot does not
    stand below it.
    """
    reader, choosing, state = _Reader(desk), Choosing(desk), _State(desk)
    forms: list[BaseRoute] = [
        Route("/u/{token}", reader.page, methods=["GET", "POST"]),
        Route("/u/{token}/resume", reader.resume, methods=["POST"]),
        Route("/m/{token}", choosing.page, methods=["GET", "POST"]),
    ]
    forms += signing.routes(desk, desk.entrance) if desk.entrance is not None else []
    public = routes(desk.offer) if desk.offer is not None else []
    app = Starlette(
        routes=[
            Route("/healthz", state.lives),
            Route("/readyz", state.is_ready),
            Route("/metrics", state.numbers),
            *forms,
            *([Mount(path, routes=[*forms, *public]), Route(path, inside)] if path else []),
            *public,
        ],
        exception_handlers={
            HTTPException: _refused,
            StoreError: _unavailable,
            ClientDisconnect: _gone,
            Exception: _broken,
        },
    )
    app.router.redirect_slashes = False
    return Guarded(app)


class _Reader:
    """The pages of one reader, who is known by a token."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def page(self, request: Request) -> Response:
        """Ask whether the digests shall stop, or stop them."""
        token = token_of(request)
        if request.method != "POST":
            async with self._desk.ledger() as people:
                holder = known(await people.holder(token))
            return _shown(_standing(holder, token))
        await spent(request, patience=self._desk.patience)
        now = self._desk.clock()
        async with self._desk.ledger() as people:
            holder = known(await people.unsubscribe(token, now))
        if holder.at == now:  # and not when a mail program repeats itself
            _log.info("reader.left", subscriber=holder.subscriber, channel=holder.channel)
        return _shown(pages.stopped(holder, token))

    async def resume(self, request: Request) -> Response:
        """Let the digests go on, unless somebody else has stopped them."""
        token = token_of(request)
        await spent(request, patience=self._desk.patience)
        async with self._desk.ledger() as people:
            holder = known(await people.resubscribe(token, self._desk.clock()))
        if holder.reason is not None:
            return _shown(pages.kept(409))
        _log.info("reader.returned", subscriber=holder.subscriber, channel=holder.channel)
        return _shown(pages.resumed(holder, token))


class _State:
    """What those who run the bot ask for; none of it names anybody."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._reading = asyncio.Lock()
        self._text = b""
        self._read_at: float | None = None

    async def lives(self, _: Request) -> Response:
        """Say that the process answers."""
        return PlainTextResponse("ok\n")

    async def is_ready(self, _: Request) -> Response:
        """Say whether the ledger can be read, and is of this version."""
        try:
            async with self._desk.ledger():
                return PlainTextResponse("ready\n")
        except StoreError as failure:
            _log.warning("web.not_ready", problem=str(failure))
            return PlainTextResponse("not ready: see the log\n", 503)

    async def numbers(self, _: Request) -> Response:
        """Tell Prometheus how the ledger stands, as of some seconds ago at most."""
        now = asyncio.get_running_loop().time
        async with self._reading:
            if self._read_at is None or now() - self._read_at > KEPT:
                self._text = await self._desk.numbers()
                self._read_at = now()
        return Response(self._text, media_type=CONTENT_TYPE_LATEST)


def _standing(holder: Holder, token: str) -> pages.Page:
    """Choose the page of somebody who looks."""
    if holder.reason is None:
        return pages.asking(holder, token)
    return pages.stopped(holder, token) if holder.by in {"reader", "bounce"} else pages.kept()


def _shown(page: pages.Page) -> HTMLResponse:
    return HTMLResponse(pages.html(page), page.status)


async def _refused(request: Request, refusal: Exception) -> Response:
    """Answer what cannot be done, with the headers that go with it, such as Allow."""
    del request
    said = cast("HTTPException", refusal)  # nothing else is given to this handler
    page = pages.fault(said.status_code)
    return HTMLResponse(pages.html(page), page.status, said.headers)


async def _unavailable(request: Request, failure: Exception) -> Response:
    """Answer while the ledger cannot be used: nothing was done, and that is said."""
    level = _log.warning if isinstance(failure, StoreBusy) else _log.error
    level("web.unavailable", problem=str(failure))
    page = pages.busy(posted=request.method == "POST")
    return HTMLResponse(pages.html(page), page.status, {"Retry-After": str(RETRY_AFTER)})


async def _gone(request: Request, failure: Exception) -> Response:
    """Answer nobody: who asked has gone before the end of the request, and nothing was done."""
    del request, failure
    return Response(status_code=400)


async def _broken(request: Request, failure: Exception) -> Response:
    """Answer a fault of ours; the server logs it."""
    del request, failure
    return _shown(pages.fault(500))
