"""The process that answers over HTTP beside the bot: opens the ledger for each request."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.app import interruption
from bot.core.errors import ConfigError, StoreError
from bot.core.notice import Notice
from bot.entering import enter_notifiers
from bot.interfaces import Messenger, Preferences, SignUps
from bot.metrics import exposition
from bot.settings import Settings
from bot.situation import outlook
from bot.stored import existing, reading
from bot.upkeep import forget_signups
from bot.web.desk import Desk
from bot.web.entrance import Entrance
from bot.web.offer import Browsable, Offer
from bot.web.server import answer, listening
from bot.web.site import site

T = TypeVar("T")
_log = structlog.get_logger()

FORGETTING = 600.0
"""Seconds between two looks for sign-ups that have expired: no bot need run to forget them."""


async def serve(
    settings: Settings,
    *,
    host: str | None = None,
    port: int | None = None,
    load: Callable[[], Settings] | None = None,
) -> None:
    """Answer until SIGTERM or SIGINT; `host` and `port` go before those of the settings.

    The bot need not run, nor have run: what needs the ledger answers 503 until there is one. With
    `load` SIGHUP reads the settings anew, but for where it listens. Raises ConfigError where the
    port cannot be had.
    """
    web = settings.web
    where = (web.host if host is None else host, web.port if port is None else port)
    with listening(*where) as listener:
        async with AsyncExitStack() as stack, interruption() as stop:
            front = _Front(stack)
            await front.become(settings)
            listens = _address(listener.getsockname())
            _log.info("web.running", listening=listens, public=web.public_url)
            if web.public_url is None:
                _log.warning("web.unlinked", cure="set web.public_url, so that mails link here")
            beside = [asyncio.create_task(_forget(front))]
            beside += [asyncio.create_task(_follow(front, load))] if load is not None else []
            try:
                await answer(front, listener, stop)
            finally:
                for task in beside:
                    task.cancel()
                await asyncio.gather(*beside, return_exceptions=True)
    _log.info("web.stopped")


class _Front:
    """The application, as the settings have it that were read last.

    What a request under way uses of former ones stays until `stack` ends.
    """

    settings: Settings
    _app: ASGIApp

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack

    async def become(self, settings: Settings) -> None:
        """Answer by these settings from now on."""
        desk = desk_of(settings, await entrance_of(settings, self._stack))
        self._app = site(desk, urlsplit(settings.web.public_url or "").path)
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._app(scope, receive, send)


async def _follow(front: _Front, load: Callable[[], Settings]) -> None:
    """Read the settings anew at each SIGHUP; bad ones are reported, and the former stay."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, asked.set)
    try:
        while await asked.wait():
            asked.clear()
            try:
                await front.become(load().keeping(front.settings))
            except ConfigError as failure:
                for problem in failure.problems:
                    _log.error("configuration.refused", problem=problem)
            else:
                _log.info("configuration.reloaded")
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


def desk_of(settings: Settings, entrance: Entrance | None = None) -> Desk:
    """Give the pages what they need of the ledger."""

    async def numbers() -> bytes:
        now = _clock()
        async with reading(settings) as store:
            return exposition(*await outlook(store, settings, now), now)

    ledger = partial(_opened, settings, Preferences, "knows no people")  # type: ignore[type-abstract]  # to tell by
    return Desk(ledger, numbers, _clock, offer=offer_of(settings), entrance=entrance)


def offer_of(settings: Settings) -> Offer:
    """Give the public site what it is made of."""
    ledger = partial(_opened, settings, Browsable, "cannot be browsed")  # type: ignore[type-abstract]  # as above
    return Offer(settings, ledger)


async def entrance_of(settings: Settings, stack: AsyncExitStack) -> Entrance | None:
    """Give the site what signing up needs, where it is allowed; letters go until `stack` ends."""
    enrolment = settings.enrolment()
    if not enrolment.open:
        return None
    email = (await enter_notifiers(stack, settings, ("email",)))["email"]

    async def send(letter: Notice, address: str, key: str) -> None:
        if not isinstance(email, Messenger):
            raise StoreError("the notifier for email carries no letters")
        await email.tell(letter, address, key=key)

    return Entrance(
        ledger=partial(_opened, settings, SignUps, "takes no sign-ups"),  # type: ignore[type-abstract]  # as above
        send=send,
        settings=settings.signup,
        enrolment=enrolment,
        title=settings.pages.title,
        public_url=settings.web.public_url or "",
    )


@asynccontextmanager
async def _opened(settings: Settings, kind: type[T], lacking: str) -> AsyncIterator[T]:
    """Open the ledger, and see that it can do what is asked of it; raises StoreError."""
    async with existing(settings) as store:
        if not isinstance(store, kind):
            raise StoreError(f"this store {lacking}")
        yield store


async def _forget(front: _Front) -> None:
    """Forget sign-ups as they expire, until cancelled."""
    while True:
        with suppress(StoreError):  # whoever asks for the ledger is told
            async with existing(front.settings) as store:
                await forget_signups(store, _clock())
        await asyncio.sleep(FORGETTING)


def _clock() -> datetime:
    return datetime.now(UTC)


def _address(name: tuple[str, int]) -> str:
    """Write where it listens as a browser would ask for it."""
    host, port = name[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
