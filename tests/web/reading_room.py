"""The public site over a ledger whose pages are also written into a folder, on the loopback."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
from starlette.types import ASGIApp

from bot.serving import desk_of, offer_of
from bot.web.server import answer, listening
from bot.web.site import site
from tests.published import Press


@contextmanager
def visited(press: Press, path: str = "", **offered: Any) -> Iterator[httpx.Client]:
    """Visit the site; what has changed is seen at once, unless `fresh` says otherwise."""
    settings = press.settings()
    offer = replace(offer_of(settings), **({"fresh": -1.0} | offered))
    app = site(replace(desk_of(settings), offer=offer), path)
    with served(app) as here, httpx.Client(base_url=here, timeout=None) as client:
        yield client


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """Serve an application on a loop of its own, and give where."""
    with listening("127.0.0.1", 0) as listener:
        loop, stop = asyncio.new_event_loop(), asyncio.Event()
        running = threading.Thread(
            target=lambda: loop.run_until_complete(answer(app, listener, stop))
        )
        running.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            loop.call_soon_threadsafe(stop.set)
            running.join()
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()


def without_search(page: bytes) -> bytes:
    """Take out of a page the one line that a static one does not have."""
    lines = page.split(b"\n")
    return b"\n".join(one for one in lines if not one.endswith(b'search">Search</a>'))
