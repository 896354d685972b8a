"""Calls to Slack's Web API: each gives Slack's answer, or raises what it means for a delivery.

Nothing is repeated here. slack-sdk would by default post again after a lost connection, which is
how a channel gets a message twice.
"""

from collections.abc import Awaitable, Mapping
from contextlib import AsyncExitStack
from typing import Any, NoReturn, Self

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.core.errors import PermanentFailure, TemporaryFailure, Uncertain
from bot.notifiers.slack_errors import refusal, seconds
from bot.settings.places import host_of, is_loopback

Json = dict[str, Any]

_BEFORE_SENDING = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_LOST = (
    aiohttp.ClientError,
    OSError,  # time-outs too
    # slack-sdk and aiohttp trip with these over a body that is no JSON object.
    ValueError,
    AttributeError,
    LookupError,
    TypeError,
)


class SlackApi:
    """A connection pool to one workspace; an async context manager."""

    def __init__(self, token: str, api_url: str, *, timeout: float) -> None:
        self._token = token
        self._api_url = api_url
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=timeout / 2)
        self._stack = AsyncExitStack()
        self._client: AsyncWebClient | None = None

    async def __aenter__(self) -> Self:
        """Open the pool; no connection is made yet."""
        session = aiohttp.ClientSession(
            timeout=self._timeout,
            # A connection that the server closed while it idled would look like a lost answer.
            connector=aiohttp.TCPConnector(keepalive_timeout=5),
            trust_env=not is_loopback(host_of(self._api_url)),
        )
        await self._stack.enter_async_context(session)
        self._client = AsyncWebClient(
            self._token, base_url=self._api_url, session=session, retry_handlers=[]
        )
        # slack-sdk takes HTTPS_PROXY whatever NO_PROXY says; the session knows both.
        self._client.proxy = None
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the pool."""
        self._client = None
        await self._stack.aclose()

    async def post(self, message: Mapping[str, Any]) -> Json:
        """Post one message.

        Raises TemporaryFailure where it was surely not accepted, PermanentFailure, or Uncertain
        where the answer was lost or says nothing.
        """
        return await self._answer(self._open.chat_postMessage(**message))

    async def ask(self, method: str, **arguments: str | float | None) -> Json:
        """Call a method that only reads, or that may be called twice without harm.

        A flag is "true", in letters: slack-sdk would write `True` into the form. Raises
        TemporaryFailure, also where the answer was lost, or PermanentFailure.
        """
        try:
            # Every method takes a form; some, as conversations.open, are not documented for GET.
            return await self._answer(self._open.api_call(method, data=arguments))
        except Uncertain as failure:
            raise TemporaryFailure(str(failure)) from None

    @property
    def _open(self) -> AsyncWebClient:
        if self._client is None:
            raise RuntimeError("SlackApi is used outside its context")
        return self._client

    async def _answer(self, call: Awaitable[AsyncSlackResponse]) -> Json:
        """Give the answer to a call, sorting everything that can go wrong.

        Causes are not chained: aiohttp's errors carry the request, and so the token.
        """
        try:
            response = await call
            answer = response.data
            if not isinstance(answer, dict):
                raise Uncertain("Slack's answer is not JSON")
        except SlackApiError as error:
            _refused(error.response)
        except _BEFORE_SENDING as error:
            raise TemporaryFailure(f"Slack cannot be reached: {type(error).__name__}") from None
        except _LOST as error:
            raise Uncertain(f"Slack's answer was lost: {type(error).__name__}") from None
        return {**answer, "scopes": response.headers.get("x-oauth-scopes")}


def _refused(response: AsyncSlackResponse | aiohttp.ClientResponse) -> NoReturn:
    """Raise what a refusal means; slack-sdk gives its own response, or aiohttp's for bad JSON."""
    if isinstance(response, aiohttp.ClientResponse):
        status, data = response.status, None
    else:
        status, data = response.status_code, response.data
    answer = data if isinstance(data, dict) else {}
    retry_after = seconds(response.headers.get("Retry-After"))
    code = answer.get("error")
    if status == 429:
        raise TemporaryFailure("Slack asks to wait (429)", retry_after=retry_after) from None
    if isinstance(code, str):
        raise refusal(code, answer, retry_after) from None
    if status == 200:
        # Whoever answered so, a proxy or Slack, it may have been after the message was accepted.
        raise Uncertain("Slack answered 200 with something else than JSON") from None
    if status in {401, 403, 404, 405}:
        raise PermanentFailure(
            f"Slack answered HTTP {status} without JSON: is slack.api_url right?", scope="channel"
        ) from None
    if status >= 500:
        # A gateway may answer so when what stands behind it has accepted the message.
        raise Uncertain(f"Slack answered HTTP {status}") from None
    raise TemporaryFailure(f"Slack answered HTTP {status}", retry_after=retry_after) from None
