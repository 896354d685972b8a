"""The heartbeat: a URL that is fetched while all is well, because a dead bot cannot tell."""

import asyncio
from datetime import datetime, timedelta

import httpx
import structlog

from bot import __version__, trust
from bot.logs import hidden

_log = structlog.get_logger()

PATIENCE = 10.0
"""Seconds that one fetch may take."""
EVERY = timedelta(minutes=15)


async def beat(url: str, *, patience: float = PATIENCE) -> bool:
    """Fetch the URL once, and tell whether it was answered with success.

    Redirects are not followed, and the answer is not read. A failure is logged, without the URL:
    who knows it can feign a heartbeat.
    """
    headers = {"User-Agent": f"daily-papers/{__version__}"}
    try:
        async with (
            asyncio.timeout(patience),
            httpx.AsyncClient(headers=headers, timeout=patience, verify=trust.by_web()) as client,
            client.stream("GET", url) as answer,
        ):
            error = "" if answer.is_success else f"status {answer.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as failure:
        said = hidden(str(failure), (url,))
        error = f"{type(failure).__name__}: {said}" if said else type(failure).__name__
    if error:
        _log.warning("heartbeat.failed", error=error)
    return not error


class Heartbeat:
    """Fetches the URL at most every quarter of an hour; without a URL it does nothing."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._last: datetime | None = None

    async def beat(self, now: datetime) -> None:
        """Fetch the URL if the last success is long enough ago, or the clock went back."""
        if self._url is None or (self._last and self._last <= now < self._last + EVERY):
            return
        if await beat(self._url):
            self._last = now
