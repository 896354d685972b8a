"""The site over a ledger with two readers: called directly, or on a port of the loopback."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import httpx
from starlette.types import ASGIApp

from bot.core.people import Holder
from bot.store import SqliteStore
from bot.web.desk import Desk
from bot.web.server import answer, listening
from bot.web.site import site
from tests.builders import NOON, subscription

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
NOBODY = "mR4tXq0c2dE8a1B7zQ9w3g"


class Site:
    """A ledger in which ana and ben get email, and the site that serves their pages."""

    def __init__(self, database: Path) -> None:
        self.database = database
        self.desk = Desk(
            lambda: SqliteStore.open(database, exclusive=False),
            self._numbers,
            clock=lambda: NOON,
            patience=100.0,
        )

    async def _numbers(self) -> bytes:
        return b"daily_papers_due 1.0\n"

    def token(self, subscriber: str = "ana") -> str:
        """Read the token that mail to a reader carries."""
        db = sqlite3.connect(self.database)
        try:
            asked = "SELECT token FROM subscriptions WHERE subscriber = ?"
            return str(db.execute(asked, (subscriber,)).fetchone()[0])
        finally:
            db.close()

    async def holder(self, subscriber: str = "ana") -> Holder:
        """Tell how it stands with a reader."""
        token = self.token(subscriber)
        async with SqliteStore.open(self.database, exclusive=False) as store:
            holder = await store.holder(token)
        assert holder is not None
        return holder

    @asynccontextmanager
    async def client(self, path: str = "", **changes: object) -> AsyncIterator[httpx.AsyncClient]:
        """Call the site without a network; `changes` are those of the desk."""
        desk = replace(self.desk, **changes)  # type: ignore[arg-type]  # a test names what it changes
        called = httpx.ASGITransport(site(desk, path), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=called, base_url="https://example.org") as client:
            yield client

    @asynccontextmanager
    async def over_http(self, path: str = "", **changes: object) -> AsyncIterator[str]:
        """Serve the site, and give where."""
        desk = replace(self.desk, **changes)  # type: ignore[arg-type]  # a test names what it changes
        async with answered(site(desk, path)) as here:
            yield here


@asynccontextmanager
async def answered(app: ASGIApp, port: int = 0) -> AsyncIterator[str]:
    """Answer by an application on a port of the loopback until the block ends, and give where."""
    stop = asyncio.Event()
    with listening("127.0.0.1", port) as listener:
        running = asyncio.create_task(answer(app, listener, stop))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()
            await running


async def founded(folder: Path) -> Site:
    """Make the ledger, and the site over it."""
    database = folder / "daily-papers.db"
    async with SqliteStore.open(database) as store:
        await store.sync([subscription("ana"), subscription("ben")], NOON)
    return Site(database)


def browser() -> httpx.AsyncClient:
    """Give a client that waits as long as it takes."""
    return httpx.AsyncClient(timeout=None)


class Form(HTMLParser):
    """The one form of a page, as a browser would send it."""

    def __init__(self, page: httpx.Response) -> None:
        super().__init__()
        self.method = self.action = ""
        self.fields: dict[str, str] = {}
        self.feed(page.text)
        self.url = page.url.join(self.action) if self.action else page.url

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found: Mapping[str, str] = {name: value or "" for name, value in attrs}
        if tag == "form":
            assert not self.method
            self.method, self.action = found["method"], found.get("action", "")
        if tag == "input":
            self.fields[found["name"]] = found["value"]
