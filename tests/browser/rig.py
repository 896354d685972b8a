"""A browser that reads pages: on which screen, what it asks for, and of what it complains."""

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.async_api import (
    Browser,
    BrowserContext,
    Dialog,
    Locator,
    Page,
    Request,
    Route,
    expect,
)

PATIENCE = 60_000.0
"""Milliseconds for which a condition is waited for."""
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 2,
}
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}

expect.set_options(timeout=PATIENCE)


@dataclass
class Visit:
    """A page in a browser of its own, what was asked for, and what the console told.

    Nothing leaves this machine: what lies outside of `root` is refused, and noted as `outside`.
    """

    root: str
    context: BrowserContext
    page: Page
    asked: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def open(self, address: str) -> None:
        """Open a page of the site, and wait until it has all that it needs."""
        await self.page.goto(f"{self.root}{address}", wait_until="load")

    def one(self, selector: str) -> Locator:
        """Point at what the selector finds first."""
        return self.page.locator(selector).first

    def paper(self, identifier: str) -> Locator:
        """Point at the first row of a paper."""
        return self.one(f'tr[data-id="{identifier}"]')

    async def shown(self) -> list[str]:
        """List the papers whose rows can be seen, each once, in their order."""
        rows = self.page.locator("tr[data-id]:visible")
        ids = await rows.evaluate_all("rows => rows.map((row) => row.dataset.id)")
        return list(dict.fromkeys(ids))

    async def _close(self, dialog: Dialog) -> None:
        self.complaints.append(f"{dialog.type}: {dialog.message}")
        await dialog.dismiss()

    async def _refuse(self, route: Route) -> None:
        self.outside.append(route.request.url)
        await route.abort()

    def _note(self, request: Request) -> None:
        self.asked.append(request.url)


@asynccontextmanager
async def visiting(chrome: Browser, root: str, **screen: Any) -> AsyncIterator[Visit]:
    """Give a browser without a past; in the end it has asked nobody else and complained of nothing.

    `screen` are the options of a context, those of DESK unless told.
    """
    context = await chrome.new_context(**(screen or DESK))
    context.set_default_timeout(PATIENCE)
    visit = Visit(root, context, await context.new_page())
    context.on("request", visit._note)
    context.on("console", lambda one: _told(visit, one.type, one.text))
    context.on("dialog", visit._close)
    context.on("weberror", lambda one: visit.complaints.append(str(one.error)))
    await context.route(lambda url: not url.startswith((root, "data:")), visit._refuse)
    try:
        yield visit
    finally:
        await context.close()
    assert visit.complaints == []
    assert visit.outside == []


def _told(visit: Visit, kind: str, text: str) -> None:
    if kind in {"error", "warning"}:
        visit.complaints.append(text)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        """Say nothing."""


@contextmanager
def over_http(folder: Path) -> Iterator[str]:
    """Serve a folder as any server of files does, and give its address."""
    serve = partial(_Quiet, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
