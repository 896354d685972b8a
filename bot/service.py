"""The bot that stays: polls on arXiv's calendar, composes at each hour, delivers; until stopped."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from bot.app import DRAIN, Parts, assembled, poll_sources, terms_of
from bot.compose import compose
from bot.core.arxiv_calendar import Polls, next_poll
from bot.core.errors import ConfigError, StoreError
from bot.core.polling import PollResult
from bot.deliver import deliver
from bot.settings import Settings
from bot.welcome import baseline_lines

_log = structlog.get_logger()

TICK = 20.0
"""Seconds between two looks at what is due."""
GRACE = timedelta(minutes=15)
"""How long a digest that is due waits for a poll that is under way."""
SET_BACK = timedelta(minutes=5)
"""A clock that goes back by more was wrong before."""
PASS = 60.0
"""Seconds after which a delivering pass begins no new send, as its instant grows old."""


@dataclass
class Calendar:
    """When arXiv was asked, and since when a poll is under way."""

    polls: Polls
    since: datetime | None = None

    def due(self, now: datetime) -> bool:
        """Whether arXiv should be asked."""
        return next_poll(now, self.polls) <= now

    def note(self, now: datetime, results: Sequence[PollResult]) -> None:
        """Remember a poll that has ended."""
        news = any(one.announced for one in results)
        whole = all(one.state == "ok" for one in results)
        self.polls = Polls(now, whole, now if news else self.polls.news)
        self.since = None

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
            await self._generations(settings)
        finally:
            for number in signals:
                loop.remove_signal_handler(number)

    async def _generations(self, settings: Settings) -> None:
        """Serve with one configuration after the other; one that cannot be used is put back."""
        sound = settings
        while not self._ended.is_set():
            self._turn.clear()
            try:
                async with assembled(settings, now=self._clock()) as parts:
                    sound = settings
                    _log.info("service.running", subscriptions=len(parts.subscriptions))
                    await self._serve(parts)
            except (ConfigError, StoreError) as failure:
                if settings is sound:
                    raise
                _log.exception("configuration.unusable", problem=str(failure))
                settings = sound
            settings, self._next = self._next or settings, None

    async def _serve(self, parts: Parts) -> None:
        """Poll, compose and deliver side by side until it is time to turn; then drain."""
        calendar = Calendar(_polls((await parts.store.status(self._clock())).polls))
        polling = asyncio.create_task(self._poll(parts, calendar))
        mailing = {asyncio.create_task(self._compose(parts, calendar))}
        mailing |= {asyncio.create_task(self._deliver(parts, name)) for name in parts.notifiers}
        turning = asyncio.create_task(self._turn.wait())
        tasks = {polling, turning, *mailing}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            polling.cancel()  # what it had committed stays; the rest is asked for again
            if self._turn.is_set():
                await asyncio.wait(mailing, timeout=self._drain)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
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
                calendar.note(now, results)
                status = await parts.store.status(now)
                for line in baseline_lines(results, status, parts.settings):
                    _log.info("baseline", said=line)
            await asyncio.sleep(self._tick)

    async def _compose(self, parts: Parts, calendar: "Calendar") -> None:
        """Compose what is due, at every tick."""
        last = self._clock()
        while not self._turn.is_set():
            now = self._clock()
            if now < last - SET_BACK:  # what a clock that was ahead left behind is put right
                await parts.store.sync(parts.subscriptions, now)
            last = now
            if not calendar.comes_first(now):
                await compose(parts.store, parts.subscriptions, now=now)
            await self._rest()

    async def _deliver(self, parts: Parts, channel: str) -> None:
        """Deliver what is pending on one channel, in passes short enough to know what time it is.

        Channels go on by themselves: one that is slow or hangs keeps no other waiting.
        """
        while not self._turn.is_set():
            terms = terms_of(parts.settings, self._clock(), stop=self._turn, budget=PASS)
            await deliver(parts.store, {channel: parts.notifiers[channel]}, terms)
            await self._rest()

    async def _rest(self) -> None:
        """Wait for the next tick, or for the turn."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._tick):
                await self._turn.wait()


def _polls(results: Sequence[PollResult]) -> Polls:
    """Tell the calendar what the ledger knows of earlier polls."""
    last = max((one.at for one in results), default=None)
    return Polls(last, whole=all(one.state == "ok" for one in results))
