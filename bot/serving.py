"""The process that answers over HTTP beside the bot: opens the ledger for each request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

import structlog

from bot.app import interruption, reading
from bot.core.errors import StoreError
from bot.interfaces import Preferences
from bot.metrics import exposition
from bot.settings import Settings
from bot.situation import outlook
from bot.stored import existing
from bot.web.desk import Desk
from bot.web.offer import Browsable, Offer
from bot.web.server import answer, listening
from bot.web.site import site

_log = structlog.get_logger()


async def serve(settings: Settings, *, host: str | None = None, port: int | None = None) -> None:
    """Answer until SIGTERM or SIGINT; `host` and `port` go before those of the settings.

    The bot need not run, nor have run: what needs the ledger answers 503 until there is one.
    Raises ConfigError where the port cannot be had.
    """
    web = settings.web
    with listening(web.host if host is None else host, web.port if port is None else port) as one:
        async with interruption() as stop:
            path = urlsplit(web.public_url or "").path
            _log.info("web.running", listening=_address(one.getsockname()), public=web.public_url)
            if web.public_url is None:
                _log.warning("web.unlinked", cure="set web.public_url, so that mails link here")
            await answer(site(desk_of(settings), path), one, stop)
    _log.info("web.stopped")


def desk_of(settings: Settings) -> Desk:
    """Give the pages what they need of the ledger."""

    @asynccontextmanager
    async def ledger() -> AsyncIterator[Preferences]:
        async with existing(settings) as store:
            if not isinstance(store, Preferences):
                raise StoreError("this store knows no people")
            yield store

    async def numbers() -> bytes:
        now = _clock()
        async with reading(settings) as store:
            return exposition(*await outlook(store, settings, now), now)

    return Desk(ledger, numbers, _clock, offer=offer_of(settings))


def offer_of(settings: Settings) -> Offer:
    """Give the public site what it is made of."""

    @asynccontextmanager
    async def ledger() -> AsyncIterator[Browsable]:
        async with existing(settings) as store:
            if not isinstance(store, Browsable):
                raise StoreError("this store cannot be browsed")
            yield store

    return Offer(settings, ledger)


def _clock() -> datetime:
    return datetime.now(UTC)


def _address(name: tuple[str, int]) -> str:
    """Write where it listens as a browser would ask for it."""
    host, port = name[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
