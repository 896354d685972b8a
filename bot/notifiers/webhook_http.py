"""Requests to incoming webhooks: each gives the answer, or raises what its loss means.

Nothing is repeated here and no redirect is followed: whoever answers so would get the digest.
"""

import asyncio
from contextlib import AsyncExitStack
from typing import Any, NamedTuple, Self

import httpx

from bot import __version__, trust
from bot.core.errors import TemporaryFailure, Uncertain

Json = dict[str, Any]

_SAID = 4_096
"""Octets of an answer that are read."""
_BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
)
_HERE = ("127.0.0.1", "localhost", "[::1]")


class Answer(NamedTuple):
    """An answer's status, the beginning of its text, and its Retry-After."""

    status: int
    said: str
    retry_after: str | None


class WebhookHttp:
    """The connections; an async context manager. `timeout` is in seconds for one request."""

    def __init__(self, *, timeout: float) -> None:
        self._timeout = timeout
        self._stack = AsyncExitStack()
        self._client: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        """Open the pool; no connection is made yet."""
        client = httpx.AsyncClient(
            headers={"User-Agent": f"daily-papers/{__version__}", "Accept-Encoding": "identity"},
            timeout=httpx.Timeout(self._timeout, connect=self._timeout / 2),
            verify=trust.by_web(),
            # A proxy of the environment cannot know this machine's own addresses.
            mounts={f"all://{host}": None for host in _HERE},
        )
        self._client = await self._stack.enter_async_context(client)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the pool."""
        self._client = None
        await self._stack.aclose()

    async def ask(self, method: str, url: str, body: Json | None = None) -> Answer:
        """Make one request.

        Raises TemporaryFailure where it was surely not made, and Uncertain where the answer was
        lost. Causes are not chained: httpx's errors carry the request, and so the URL.
        """
        if self._client is None:
            raise RuntimeError("WebhookHttp is used outside its context")
        said = b""
        try:
            async with (
                asyncio.timeout(self._timeout),
                self._client.stream(method, url, json=body) as answer,
            ):
                async for piece in answer.aiter_raw(_SAID):
                    said += piece
                    if len(said) >= _SAID:
                        break
        except _BEFORE_SENDING as error:
            name = type(error).__name__
            raise TemporaryFailure(f"the webhook's server cannot be reached: {name}") from None
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            raise Uncertain(f"the webhook's answer was lost: {type(error).__name__}") from None
        text = said[:_SAID].decode("utf-8", "replace")
        return Answer(answer.status_code, text, answer.headers.get("Retry-After"))
