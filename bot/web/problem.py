"""Why the API does not answer, as RFC 9457 has it."""

import json
from typing import cast

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.core.errors import StoreError
from bot.web.kept import Busy

_log = structlog.get_logger()
MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = 10
"""Seconds after which who came when too much was asked for may try again."""
HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}
"""What every answer carries: any page of anybody may read it, and none may show it as a page."""
_TITLES = {
    400: "The request cannot be understood",
    404: "There is no such thing",
    405: "Nothing can be changed here",
    414: "The address is too long",
    500: "Something went wrong",
    503: "Try again later",
}


class Problem(Exception):
    """Why a request is not answered; `told` are members besides those of every problem."""

    def __init__(self, status: int, detail: str, **told: object) -> None:
        self.status = status
        self.detail = detail
        self.told = told
        super().__init__(detail)


def _told(status: int, detail: str, **told: object) -> Response:
    known = {"type": "about:blank", "title": _TITLES.get(status, _TITLES[400]), "status": status}
    text = json.dumps({**known, "detail": detail, **told}, ensure_ascii=False)
    headers = {**HEADERS, "Cache-Control": "no-store", "Content-Type": MEDIA_TYPE}
    if status == 503:
        headers["Retry-After"] = str(RETRY_AFTER)
    if status == 405:
        headers["Allow"] = "GET, HEAD"
    return Response(text.encode("utf-8", "replace"), status, headers)


async def nothing(request: Request) -> Response:
    """Answer what is no address of the API."""
    return await _refused(request, HTTPException(404))


async def _problem(_: Request, failure: Exception) -> Response:
    problem = cast("Problem", failure)  # nothing else is given to this handler
    return _told(problem.status, problem.detail, **problem.told)


async def _refused(_: Request, failure: Exception) -> Response:
    refusal = cast("HTTPException", failure)  # as above
    return _told(refusal.status_code, "see openapi.json for what can be asked")


async def _busy(_: Request, failure: Exception) -> Response:
    del failure
    return _told(503, "too much is asked for just now")


async def _unavailable(_: Request, failure: Exception) -> Response:
    _log.error("web.unavailable", problem=str(failure))
    return _told(503, "the records cannot be read just now")


async def _broken(_: Request, failure: Exception) -> Response:
    del failure  # the server logs it
    return _told(500, "this is a fault of ours")


HANDLERS = {
    Problem: _problem,
    HTTPException: _refused,
    Busy: _busy,
    StoreError: _unavailable,
    Exception: _broken,
}
"""What answers each error."""
