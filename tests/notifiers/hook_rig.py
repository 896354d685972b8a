"""Loopback chat systems with incoming webhooks, as strict as the real ones, or stricter."""

import asyncio
import json
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.core.digest import Digest, sections_of
from bot.core.model import Entry
from bot.demo.slack_rules import fault_of
from bot.notifiers.webhook import Format, Hook, WebhookNotifier
from tests.builders import NOON, paper

SECRET = "very-secret-0123456789"
LONG = "We study long abstracts, at length. " * 42
_CALL = re.compile(r"(?<![^\W_])@\w|@(everyone|here)|@(all|channel)(?![^\W_])", re.IGNORECASE)


def digest(count: int = 1, **changes: Any) -> Digest:
    """Build a digest of `count` papers; twenty of them take several posts."""
    entries = [Entry(paper(n, abstract=LONG), ("RAG",)) for n in range(1, count + 1)]
    values: dict[str, Any] = {"at": NOON, "sections": sections_of(entries)}
    return Digest("ana", "Europe/Madrid", **(values | changes))


@dataclass(frozen=True)
class Fault:
    """One answer in place of the truth; `done`: the post is made first; `drop`: no answer."""

    status: int = 200
    said: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    done: bool = False
    drop: bool = False
    delay: float = 0.0


class HookServer:
    """One webhook of a format; `faults` are made at the next posts, None for the truth."""

    def __init__(self, form: Format, faults: list[Fault | None]) -> None:
        self.form = form
        self.faults = faults
        self.url = ""
        self.posted: list[dict[str, Any]] = []
        self.asked: list[tuple[str, str]] = []

    @property
    def texts(self) -> list[str]:
        return [one["text"] for one in self.posted]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.method, request.path))
        body = await request.read()
        fault = self.faults.pop(0) if self.faults else None
        if fault is None:
            return self._truth(request, body)
        if fault.done:
            self._truth(request, body)
        await asyncio.sleep(fault.delay)
        if fault.drop:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=fault.status, text=fault.said, headers=fault.headers)

    def _truth(self, request: web.Request, body: bytes) -> web.Response:
        if request.method != "POST":
            return self._look(request)
        message = json.loads(body)
        code = {"slack": self._slack, "mattermost": self._mattermost, "discord": self._discord}[
            self.form
        ](request.path, message)
        if code is None:
            self.posted.append(message)
            return web.Response(text="ok")
        return web.Response(status=404 if code == "no_service" else 400, text=code)

    def _look(self, request: web.Request) -> web.Response:
        """Answer what is no post: Discord tells of a webhook, others of nothing."""
        there = self.form == "discord" and request.path == f"/hooks/{SECRET}"
        said = {"id": "1", "name": "papers"} if there else {"message": "Not Found", "code": 10015}
        return web.json_response(said, status=200 if there else 404)

    def _slack(self, path: str, message: dict[str, Any]) -> str | None:
        if path != f"/hooks/{SECRET}":
            return "no_service"
        if not message.keys() <= {"text", "blocks", "unfurl_links", "unfurl_media"}:
            return "invalid_payload"
        return fault_of(message)

    def _mattermost(self, path: str, message: dict[str, Any]) -> str | None:
        assert path == f"/hooks/{SECRET}"
        return self._plain(message, 4_000)

    def _discord(self, path: str, message: dict[str, Any]) -> str | None:
        assert path == f"/hooks/{SECRET}/slack"
        return self._plain(message, 2_000)

    def _plain(self, message: dict[str, Any], most: int) -> str | None:
        text = message["text"]
        units = len(text.encode("utf-16-le")) // 2
        if message.keys() != {"text"} or not text or units > most or _CALL.search(text):
            return "invalid_payload"
        return None


@asynccontextmanager
async def hooked(
    form: Format = "slack",
    *faults: Fault | None,
    path: str = SECRET,
    patience: float = 0.02,
    allowed: float = 5.0,
    pace: float = 0.0,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[tuple[HookServer, WebhookNotifier]]:
    """Run a loopback chat system, and a notifier that knows its webhook as "team"."""
    server = HookServer(form, list(faults))
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        host, port = runner.addresses[0][:2]
        server.url = f"http{'s' if tls else ''}://{host}:{port}/hooks/{path}"
        hooks = {"team": Hook(server.url, form, pace)}
        async with WebhookNotifier(hooks, timeout=allowed, patience=patience) as notifier:
            yield server, notifier
    finally:
        await runner.cleanup()
