"""The bot that stays: polls on arXiv's calendar, composes at each hour, delivers; until stopped."""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from bot.app import Parts, assembled, make_pass, poll_sources, terms_of
from bot.core.arxiv_calendar import next_poll
from bot.core.errors import ConfigError
from bot.settings import Settings

_log = structlog.get_logger()

TICK = 20.0
"""Seconds between two looks at what is due."""
GRACE = timedelta(minutes=15)
"""How long a digest that is due waits for a poll that is under way."""
DRAIN = 25.0
"""Seconds that sends under way get after SIGTERM; service managers kill after 30 or 90."""


@dataclass
class Calendar:
    """When arXiv was asked: the last poll, the last that brought news, and one under way."""

    last: datetime | None
    news: datetime | None = None
    since: datetime | None = None

    def due(self, now: datetime) -> bool:
        """Whether arXiv should be asked."""
        return next_poll(now, self.last, self.news) <= now

    def note(self, now: datetime, *, news: bool) -> None:
        """Remember a poll that has ended."""
        self.last, self.since = now, None
        self.news = now if news else self.news

    def comes_first(self, now: datetime) -> bool:
        """Whether a digest should wait for a poll: it would miss what has just been announced."""
        return self.due(now) if self.since is None else now < self.since + GRACE


class Service:
    """Runs generations of parts: each lives until the configuration is reloaded or the end."""

    def __init__(
        self,
        load: Callable[[], Settings],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        tick: float = TICK,
        drain: float = DRAIN,
    ) -> None:
        self._load = load
        self._clock = clock
        self._tick = tick
        self._drain = drain
        self._ended = asyncio.Event()
        self._turn = asyncio.Event()
        self._next: Settings | None = None

    def stop(self) -> None:
        """End after the sends under way (SIGTERM, SIGINT)."""
        _log.info("service.stopping")
        self._ended.set()
        self._turn.set()

    def reload(self) -> None:
        """Read the configuration anew (SIGHUP); a bad one is reported and the old one stays."""
        try:
            self._next = self._load()
        except ConfigError as failure:
            for problem in failure.problems:
                _log.error("configuration.refused", problem=problem)
            return
        _log.info("configuration.reloaded")
        self._turn.set()

    async def run(self, settings: Settings) -> None:
        """Serve until stopped. Raises what the store raises: without a ledger nothing is sent."""
        loop = asyncio.get_running_loop()
        signals = {
            signal.SIGTERM: self.stop,
            signal.SIGINT: self.stop,
            signal.SIGHUP: self.reload,
        }
        for number, react in signals.items():
            loop.add_signal_handler(number, react)
        try:
            while not self._ended.is_set():
                self._turn.clear()
                async with assembled(settings, now=self._clock()) as parts:
                    _log.info("service.running", subscriptions=len(parts.subscriptions))
                    await self._serve(parts)
                settings, self._next = self._next or settings, None
        finally:
            for number in signals:
                loop.remove_signal_handler(number)

    async def _serve(self, parts: Parts) -> None:
        """Poll and mail side by side until it is time to turn; then drain."""
        status = await parts.store.status(self._clock())
        calendar = Calendar(max((one.at for one in status.polls), default=None))
        polling = asyncio.create_task(self._poll(parts, calendar))
        mailing = asyncio.create_task(self._mail(parts, calendar))
        turning = asyncio.create_task(self._turn.wait())
        try:
            await asyncio.wait({polling, mailing, turning}, return_when=asyncio.FIRST_COMPLETED)
            polling.cancel()  # what it had committed stays; the rest is asked for again
            await asyncio.wait({mailing}, timeout=self._drain if self._turn.is_set() else 0)
        finally:
            for task in (polling, mailing, turning):
                task.cancel()
            results = await asyncio.gather(polling, mailing, turning, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _poll(self, parts: Parts, calendar: "Calendar") -> None:
        """Poll whenever arXiv's calendar says so."""
        while True:
            now = self._clock()
            if calendar.due(now):
                calendar.since = now
                results = await poll_sources(parts, now=now)
                calendar.note(now, news=any(one.announced for one in results))
            await asyncio.sleep(self._tick)

    async def _mail(self, parts: Parts, calendar: "Calendar") -> None:
        """Compose what is due and deliver what is pending, at every tick."""
        while not self._turn.is_set():
            now = self._clock()
            steps = ("deliver",) if calendar.comes_first(now) else ("compose", "deliver")
            await make_pass(parts, steps, terms=terms_of(parts.settings, now, stop=self._turn))
            try:
                async with asyncio.timeout(self._tick):
                    await self._turn.wait()
            except TimeoutError:
                continue
