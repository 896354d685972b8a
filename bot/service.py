"""The bot that stays: polls on arXiv's calendar, composes at each hour, delivers; until stopped."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog

from bot.app import DRAIN, Parts, assembled, poll_sources, synchronise, terms_of
from bot.aside import aside
from bot.compose import COMPLETION_WAIT, compose
from bot.core.audience import Audience
from bot.core.errors import ConfigError, StoreBusy, StoreError
from bot.core.rounds import HUNG as POLL_HUNG
from bot.core.rounds import Rounds
from bot.deliver import ATTEMPT, deliver
from bot.heartbeat import Heartbeat
from bot.interfaces import Measurable
from bot.metrics import Metrics, served
from bot.settings import Settings
from bot.upkeep import forget_signups, index_some, prune_if_due, shelve_some
from bot.welcome import baseline_lines

_log = structlog.get_logger()

TICK = 20.0
"""Seconds between two looks at what is due."""
SET_BACK = timedelta(minutes=5)
"""A clock that goes back by more was wrong before."""
LOOK = timedelta(minutes=1)
"""How often it is looked whether the owner has to be told anything."""
HUNG = timedelta(hours=1)
"""A step that has not come round for so long hangs: then there is no heartbeat."""
PASS = 60.0
"""Seconds after which a delivering pass begins no new send, as its instant grows old."""
SETTLED = timedelta(seconds=PASS + ATTEMPT + 60)
"""After so long nothing is settled any more as of an instant, and what was can be measured."""


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
        self._audience = Audience(())
        self._came_round: dict[str, datetime] = {}
        self._metrics = Metrics()
        self._measured = clock() - SETTLED

    def stop(self) -> None:
        """End after the sends under way (SIGTERM, SIGINT)."""
        _log.info("service.stopping")
        self._ended.set()
        self._turn.set()

    def reload(self) -> None:
        """Read the configuration anew (SIGHUP); a bad one is reported and the old one stays.

        Where no more is bad of it than the query of a topic, that topic's old query stays.
        """
        try:
            settings = self._load()
        except ConfigError as failure:
            for problem in failure.problems:
                _log.error("configuration.refused", problem=problem)
            return
        self._next = settings
        _log.info("configuration.reloaded")
        self._turn.set()

    async def run(self, settings: Settings) -> None:
        """Serve until stopped.

        Raises what the store raises, as without a ledger nothing is sent; one that another process
        keeps busy is waited for.
        """
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
            listening = served(self._metrics, settings.metrics.host, settings.metrics.port)
            try:
                async with assembled(settings, now=self._clock(), beside=listening) as parts:
                    sound = settings
                    _tell_refused(settings)
                    _log.info("service.running", subscriptions=len(parts.subscriptions))
                    await self._serve(parts)
            except StoreBusy as failure:
                _log.warning("service.waiting", problem=str(failure))
                await self._rest()
            except (ConfigError, StoreError) as failure:
                if settings is sound:
                    raise
                _log.exception("configuration.unusable", problem=str(failure))
                settings = sound
            settings = self._reloaded(sound) or settings

    def _reloaded(self, before: Settings) -> Settings | None:
        """Give what was read anew, if anything; a broken query stays as it was in force `before`.

        That is known once the reload before this one was taken up or put back.
        """
        settings, self._next = self._next, None
        return None if settings is None else settings.keeping(before)

    async def _serve(self, parts: Parts) -> None:
        """Poll, compose and deliver side by side until it is time to turn; then drain."""
        # No pass uses it now: those of the generation before have ended, even cancelled ones.
        offered = parts.settings.watched()
        await aside(partial(self._audience.become, parts.subscriptions, offered))
        rounds = Rounds.resumed(parts.calendar, await parts.store.status(self._clock()))
        self._came_round = dict.fromkeys({"poll", "compose", *parts.notifiers}, self._clock())
        polling = asyncio.create_task(self._poll(parts, rounds))
        mailing = {
            asyncio.create_task(self._compose(parts, rounds)),
            asyncio.create_task(self._watch(parts, rounds)),
        }
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

    async def _poll(self, parts: Parts, rounds: Rounds) -> None:
        """Poll whenever arXiv's calendar says so."""
        while True:
            now = self._came_round["poll"] = self._clock()
            if rounds.due(now):
                rounds.since = now
                with _unless_busy("poll"):
                    results = await poll_sources(parts, now=now)
                    self._metrics.polled(results)
                    status = await parts.store.status(now)
                    rounds.note(now, results, status.risen)
                    for line in baseline_lines(results, status, parts.settings):
                        _log.info("baseline", said=line)
            await asyncio.sleep(self._tick)

    async def _compose(self, parts: Parts, rounds: Rounds) -> None:
        """Compose what is due, at every tick."""
        last = self._clock()
        while not self._turn.is_set():
            now = self._clock()
            with _unless_busy("compose"):
                if now < last - SET_BACK:  # what a clock that was ahead left behind is put right
                    await synchronise(parts.store, parts.settings, now)
                last = now
                await self._welcome(parts, now)
                if not rounds.comes_first(now):
                    await compose(parts.store, self._audience, now=now, wait=COMPLETION_WAIT)
                self._came_round["compose"] = now
            await self._rest()

    async def _welcome(self, parts: Parts, now: datetime) -> None:
        """Come to know who has signed up since the last tick."""
        if joined := await parts.newcomers.come(now):
            self._audience.join(joined)
            parts.readers.join(joined)
            _log.info("service.joined", subscriptions=len(joined))

    async def _watch(self, parts: Parts, rounds: Rounds) -> None:
        """Tell the owner what is wrong, fetch the heartbeat while nothing is, prune once a day."""
        heartbeat = Heartbeat(parts.settings.owner.heartbeat)
        last: datetime | None = None
        while not self._turn.is_set():
            now = self._clock()
            if last is None or not last <= now < last + LOOK:
                last = now
                with _unless_busy("watch"):
                    asking = rounds.comes_first(now, within=POLL_HUNG)
                    look = await parts.owner.look(now, asking=asking)
                    if look.good and not self._hangs(now):
                        await heartbeat.beat(now)
                    self._metrics.stands(look.status, look.announcing, now)
                    await self._measure(parts, now - SETTLED)
                    await prune_if_due(parts.store, parts.settings, now)
                    await forget_signups(parts.store, now)
                    await index_some(parts.store)
                    await shelve_some(parts.store, parts.settings)
            await self._rest()

    def _hangs(self, now: datetime) -> bool:
        """Whether a step hangs: it would do so in silence."""
        return any(
            now - at >= (POLL_HUNG if step == "poll" else HUNG)
            for step, at in self._came_round.items()
        )

    async def _measure(self, parts: Parts, until: datetime) -> None:
        """Measure what was accepted since the last time."""
        if isinstance(parts.store, Measurable):
            self._metrics.accepted(await parts.store.lags(self._measured, until))
            self._measured = until

    async def _deliver(self, parts: Parts, channel: str) -> None:
        """Deliver what is pending on one channel, in passes short enough to know what time it is.

        Channels go on by themselves: one that is slow or hangs keeps no other waiting.
        """
        while not self._turn.is_set():
            terms = terms_of(parts, self._clock(), stop=self._turn, budget=PASS)
            with _unless_busy(channel):
                ended = await deliver(parts.store, {channel: parts.notifiers[channel]}, terms)
                self._metrics.delivered(channel, ended)
                self._came_round[channel] = self._clock()
            await self._rest()

    async def _rest(self) -> None:
        """Wait for the next tick, or for the turn."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._tick):
                await self._turn.wait()


@contextlib.contextmanager
def _unless_busy(step: str) -> Iterator[None]:
    """Break a step off where another process writes for long: the next tick tries it again."""
    try:
        yield
    except StoreBusy as failure:
        _log.warning("service.postponed", step=step, problem=str(failure))


def _tell_refused(settings: Settings) -> None:
    """Log each topic whose query cannot be read, with what happens to it meanwhile."""
    for one in settings.refused:
        _log.error("topic.refused", topic=one.topic, error=one.error, meanwhile=one.meanwhile)
