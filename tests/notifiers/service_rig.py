"""A loopback server for Apprise's json:// service, which remembers what it was sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.notifiers.apprise import AppriseNotifier
from bot.settings.apprise_urls import public_name

PASSWORD = "very-secret"
TOKEN = "tok3n-very-secret"


@dataclass(frozen=True)
class Answer:
    """An answer: its status, seconds before it, and whether the message is taken all the same."""

    status: int = 200
    delay: float = 0.0
    taken: bool = False
    location: str = ""


@dataclass
class Service:
    """The server; `answers` are given to the next messages, None for the truth."""

    answers: list[Answer | None]
    url: str = ""
    asked: int = 0
    taken: list[dict[str, Any]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What the ledger calls it."""
        return public_name(self.url)

    @property
    def texts(self) -> list[tuple[str, str]]:
        return [(one["title"], one["message"]) for one in self.taken]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        message = await request.json()
        answer = (self.answers.pop(0) if self.answers else None) or Answer(taken=True)
        if answer.taken:
            self.taken.append(message)
        await asyncio.sleep(answer.delay)
        headers = {"Location": answer.location} if answer.location else {}
        return web.Response(status=answer.status, headers=headers, text=request.path)


@asynccontextmanager
async def service(*answers: Answer | None) -> AsyncIterator[Service]:
    """Run the server, whose URL holds a password and a token."""
    one = Service(list(answers))
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", one.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        one.url = f"json://bot:{PASSWORD}@{host}:{port}/{TOKEN}/"
        yield one
    finally:
        await runner.cleanup()


@asynccontextmanager
async def serving(
    *answers: Answer | None, allowed: float = 60.0
) -> AsyncIterator[tuple[Service, AppriseNotifier]]:
    """Run the server, and a notifier that knows its URL."""
    async with service(*answers) as one:
        notifier = AppriseNotifier({one.name: one.url}, timeout=allowed, patience=0.01)
        async with notifier:
            yield one, notifier
