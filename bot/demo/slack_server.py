"""A loopback Slack: a workspace in memory behind real HTTP, which can be told to misbehave."""

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

from bot.demo.slack_workspace import SCOPES, Channel, Json, SlackWorkspace


@dataclass(frozen=True, slots=True)
class Fault:
    """One misbehaviour in place of an answer.

    `done`: the call takes effect first. Then, after `delay` seconds, the connection is cut
    (`drop`), or `body` is answered as it stands, or an error code, or with neither the truth.
    """

    status: int = 200
    error: str | None = None
    body: str | None = None
    content_type: str = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict)
    done: bool = False
    drop: bool = False
    delay: float = 0.0


Faults = Callable[[str, Mapping[str, Any]], Fault | None]


class SlackServer:
    """The workspace; an async context manager, after whose entry `url` is its API's address.

    `faults` is asked at every call, with its method and arguments, for one to make. A post that
    comes to a channel less than `interval` seconds after the last is refused.
    """

    def __init__(
        self,
        token: str,
        channels: Sequence[Channel],
        *,
        scopes: frozenset[str] = SCOPES,
        faults: Faults | None = None,
        interval: float = 0.0,
    ) -> None:
        self.url = ""
        self.interval = interval
        self.workspace = SlackWorkspace(channels, scopes)
        self.calls: list[tuple[str, Json]] = []
        self.faults = faults
        self._token = token
        self._posted: dict[str, float] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Listen on a free port of 127.0.0.1."""
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/api/"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening and cut what is open."""
        await self._stack.aclose()

    def messages(self, name: str) -> list[Json]:
        """Give all messages and replies of a channel, by name or id, in the order posted."""
        return [
            message
            for channel in self.workspace.channels.values()
            if name in {channel.id, channel.name}
            for message in channel.messages
        ]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one call, or misbehave over it."""
        method = request.match_info["method"]
        arguments: Json = {**request.query}
        if request.content_type == "application/json":
            arguments |= await request.json()
        else:
            arguments |= await request.post()
        self.calls.append((method, arguments))
        fault = self.faults(method, arguments) if self.faults else None
        if fault is None and self._too_soon(method, arguments):
            fault = Fault(429, error="ratelimited", headers={"Retry-After": f"{self.interval:g}"})
        if fault is None:
            return self._json(self._answer(request, method, arguments))
        truth = self._answer(request, method, arguments) if fault.done else {"ok": False}
        return await self._misbehave(request, fault, truth)

    def _too_soon(self, method: str, arguments: Json) -> bool:
        """Tell whether a post follows the last to its channel too closely; it then is the last."""
        if method != "chat.postMessage":
            return False
        now = asyncio.get_running_loop().time()
        channel = self.workspace.id_of(str(arguments.get("channel")))
        last = self._posted.get(channel, -math.inf)
        self._posted[channel] = now
        return now < last + self.interval

    async def _misbehave(
        self, request: web.Request, fault: Fault, truth: Json
    ) -> web.StreamResponse:
        await asyncio.sleep(fault.delay)
        if fault.drop:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if fault.body is not None:
            return web.Response(
                status=fault.status,
                body=fault.body.encode(),
                content_type=fault.content_type,
                headers=fault.headers,
            )
        answer = {"ok": False, "error": fault.error} if fault.error else truth
        return self._json(answer, fault.status, fault.headers)

    def _json(
        self, answer: Json, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> web.Response:
        scopes = {"X-OAuth-Scopes": ",".join(sorted(self.workspace.scopes))}
        return web.json_response(answer, status=status, headers={**scopes, **(headers or {})})

    def _answer(self, request: web.Request, method: str, arguments: Json) -> Json:
        """Give what the method gives, to those who have the token."""
        header = request.headers.get("Authorization")
        if header != f"Bearer {self._token}":
            return {"ok": False, "error": "invalid_auth" if header else "not_authed"}
        return self.workspace.answer(method, arguments)
