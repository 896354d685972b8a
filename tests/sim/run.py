"""Lives one seed: simulated weeks of polls, digests and faults, and then a calm end."""

import asyncio
import contextlib
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.compose import compose
from bot.core.errors import StoreError
from bot.core.polling import PollResult
from bot.core.schedule import Schedule
from bot.core.subscription import Subscription, polled_for
from bot.deliver import Terms, deliver
from bot.interfaces import Notifier, Source
from bot.poll import poll
from bot.store import SqliteStore
from tests.sim.channel import STUBBORN, Pigeon
from tests.sim.choosing import Choosing
from tests.sim.disk import Crash, Disk
from tests.sim.evenings import DAY
from tests.sim.faults import Effects, Fault, Trouble
from tests.sim.readers import Reader, changed, draw_readers
from tests.sim.reloading import keep, refuse
from tests.sim.signing import Signing
from tests.sim.sources import KINDS, SOURCES, Sky
from tests.sim.spoiling import Spoiling
from tests.sim.times import CALM, Pace
from tests.sim.toml import configuration, topic_name
from tests.sim.truth import Ends, Truth
from tests.sim.world import World

_SKEWS = (timedelta(hours=5), timedelta(hours=-3), 4 * DAY, -2 * DAY, 40 * DAY)


class Life:
    """One seed's simulation; after `run` it holds all that the oracle asks."""

    pace = Pace()
    signs = True
    """Whether readers sign up in it by themselves."""
    quiet = False
    """Whether nothing goes wrong in it at all."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.seed = seed
        self.folder = folder
        self.effects = Effects()
        self.rng = random.Random(f"life {self.seed}")
        self.away = self.rng.choice((0,) * 8 + (2, 3, 5, 6) + (15,))
        self.days = self.rng.randint(*self.pace.days) + self.away
        self.world = World.drawn(self.seed, self.days + self.pace.tail)
        self.signing = Signing(random.Random(f"signing {self.seed}"), allowed=self.signs)
        self.readers: tuple[Reader, ...] = ()
        self.ever: list[Reader] = []
        self.schedules: dict[str, set[Schedule]] = defaultdict(set)
        self.take(draw_readers(self.rng))
        self.sources = self.rng.choice(SOURCES)
        self.hold = frozenset({"email"} if self.rng.random() < 0.2 else ())
        start = datetime.combine(self.world.start, datetime.min.time(), UTC)
        self.truth = Truth(start)
        self.sky = Sky(self.world, self.truth, self.effects, start)
        self.disk = Disk(self.folder / "daily-papers.db", self.effects)
        self.stop, self.ends = asyncio.Event(), Ends()
        self.pigeons = {name: self._pigeon(name) for name in ("email", "slack")}
        self.skewed = self.torn = False
        self.last = start
        self.skew = timedelta(0)
        self.store: SqliteStore | None = None
        self.process = AsyncExitStack()
        self.spoiling = Spoiling(self.rng)
        self.choosing = Choosing(random.Random(f"choosing {self.seed}"))

    def _pigeon(self, channel: str) -> Pigeon:
        """Make a channel, at which one address may take nothing for weeks."""
        pigeon = Pigeon(channel, self.truth, self.effects, self.disk, self.stop)
        pigeon.shut = self.rng.choice(self.readers).address
        pigeon.stubbornly = self.rng.choice((None, None, *STUBBORN))
        return pigeon

    async def run(self) -> None:
        """Live to the end; the process that is then up stays up for the oracle."""
        if self.rng.random() < 0.1:
            await self.disk.try_migration()
        else:
            self.disk.prepare()
        self._note_saving()
        self.calm_from = self.truth.now + self.days * DAY
        self.effects[Fault.DOWNTIME] += self.away > 0
        self.effects[Fault.OFFLINE] += self.away > 13
        instants = self.pace.instants(self.rng, self.truth.now, self.days, self.away)
        for number, instant in enumerate([*instants]):
            calm = self.quiet or instant >= self.calm_from
            await asyncio.sleep((instant - self.truth.now).total_seconds())
            self.truth.now = self.sky.now = instant
            self._turn_clock(number, calm=calm)
            trouble = Trouble.drawn(self.seed, number, calm=calm)
            await self._between(trouble, number, calm=calm)
            await self._pass(trouble, number)

    def _note_saving(self) -> None:
        for reader in self.readers:
            zone = ZoneInfo(reader.schedule.timezone)
            first, last = (self.truth.now + DAY * n for n in (0, self.days + CALM))
            moved = first.astimezone(zone).utcoffset() != last.astimezone(zone).utcoffset()
            self.effects[Fault.SAVING] += moved

    def _turn_clock(self, number: int, *, calm: bool) -> None:
        """Let the bot's clock jump now and then, and be right again soon."""
        if calm or self.rng.random() < 0.4:
            self.skew = timedelta(0)
        elif number > 2 and self.rng.random() < 0.06:
            self.skew = self.rng.choice(_SKEWS)
            self.skewed = True
            self.effects[Fault.CLOCK] += 1

    async def _between(self, trouble: Trouble, number: int, *, calm: bool) -> None:
        """Restart, damage, reload, lift: what happens between two passes."""
        if trouble.opening is Fault.CORRUPT:
            await self._end()
            await self.disk.try_damaged()
        if trouble.opening is Fault.LOCKED and self.store is not None:
            await self.disk.try_second()
        if self.spoiling.refused is not None:
            # Nothing else of the configuration is changed before.
            if calm or self.rng.random() < 0.4:
                self.spoiling.mend()
                self.torn = True
        elif number and not calm and self.rng.random() < 0.2:
            self._reload(number)
        if not (self.torn or calm or self.skew or self.spoiling.refused or self.store is None):
            await self.choosing.choose(self.disk.path, self.truth, self.readers, self.calm_from)
        if self.rng.random() < 0.12:
            await self._end()
            named = [one for one in self.readers if not one.web]
            if number and not calm and named and self.rng.random() < 0.5:
                self.spoiling.spoil(named)
                self.effects[Fault.BROKEN_QUERY] += 1

    def _reload(self, number: int) -> None:
        """Change the configuration; what is bad of one leaves the old in place."""
        if self.rng.random() < 0.2:
            path, (reader, topic) = self.folder / "bad.toml", self.spoiling.choose(self.readers)
            refuse(path, self.written(), self.rng)
            keep(path, self.written(), topic_name(reader, topic), self.rng)
            self.effects[Fault.BAD_RELOAD] += 1
            return
        self.take(changed(self.readers, self.rng, 100 + number))
        self.torn = True

    def take(self, readers: tuple[Reader, ...]) -> None:
        """Take up a configuration, and let others sign up."""
        self.readers = self.signing.drawn(readers, self.readers)
        for one in self.readers:
            self.schedules[one.identity].add(one.schedule)
            self.ever.append(one)

    async def _pass(self, trouble: Trouble, number: int) -> None:
        """Poll, compose and deliver once; whatever kills the process ends the pass."""
        now = self.truth.now + self.skew
        # As the service does once a clock went back.
        self.torn |= now < self.last
        self.last = now
        self.disk.fault, self.disk.left = trouble.store, trouble.writes
        self.sky.rng, self.sky.trouble = trouble.rng, trouble.sources
        self.sky.whole = number % 3 == 0
        for pigeon in self.pigeons.values():
            pigeon.rng = random.Random(f"{trouble.rng.random()}")
            pigeon.fault, pigeon.number, pigeon.at = trouble.sending, number, now
            pigeon.calm = self.truth.now >= self.calm_from
        self.prepare()
        try:
            store = await self._up(now)
            await self._steps(store, now, number)
            self.disk.mend(store)
            self.ends.kept += self.disk.claims(store._owner)
        except (Crash, StoreError):
            await self._die(number)
        finally:
            self.gather()

    async def _die(self, number: int) -> None:
        """End a process that was killed, or whose ledger failed, and note what that leaves."""
        self.truth.doubted(self.truth.current)
        for pigeon in self.pigeons.values():
            pigeon.doubt()
        self.truth.current = frozenset()
        self.disk.fault = None
        self.ends.died.add(number)
        owner = self.store._owner if self.store is not None else ""
        await self._end()
        self.ends.abandoned += self.disk.claims(owner)

    async def _up(self, now: datetime) -> SqliteStore:
        """Start the process if it is down, and take up the configuration."""
        if self.store is None:
            self.store = await self.process.enter_async_context(self.disk.opened())
            self.torn = True
        if self.torn:
            self.truth.configuring(self.readers)
            enrolment = self.signing.enrolment(self.readers)
            await self.store.sync(self.subscriptions(), now, enrolment=enrolment)
            await self.signing.follow(self.disk.path, self.readers, self.truth.now)
            await self.store.enrol(enrolment, now)
            self.truth.configured(self.readers, whole=self.spoiling.refused is None)
            self.torn = False
        return self.store

    async def _end(self) -> None:
        """End the process."""
        self.store = None
        await self.process.aclose()

    def sky_sources(self) -> Sequence[Source]:
        """Give the sources of a pass."""
        return [KINDS[name](self.sky) for name in self.sources]

    def carriers(self) -> Mapping[str, Notifier]:
        """Give the notifiers by channel."""
        return self.pigeons

    def subscriptions(self) -> Sequence[Subscription]:
        """Give what the configuration says."""
        return [self.spoiling.read(one) for one in self.readers if not one.web]

    def written(self) -> str:
        """Write the configuration as its owner would."""
        return configuration(self.readers, {"database": str(self.disk.path), "host": "127.0.0.1"})

    def prepare(self) -> None:
        """Make ready what a pass looks at and sends to."""

    def gather(self) -> None:
        """Note what the pass has sent, where that is not noted as it happens."""

    async def end(self) -> None:
        """Close all that is open."""
        await self._end()

    async def _steps(self, store: SqliteStore, now: datetime, number: int) -> None:
        enrolment = self.signing.enrolment(self.readers)
        subscriptions = [*self.subscriptions(), *(await store.signed_up(enrolment)).values()]
        scopes = polled_for(subscriptions, (await store.head()).baselined)
        results = await poll(
            self.sky_sources(), store, scopes=scopes, now=now, patience=self.pace.patience
        )
        self._note_current(results)
        await compose(store, subscriptions, now=now, batch=2)
        self.stop.clear()
        sending = asyncio.create_task(
            deliver(store, self.carriers(), Terms(now, hold=self.hold, stop=self.stop))
        )
        await self._drain(sending)
        await self._tend(store, now, number)

    async def _drain(self, sending: asyncio.Task[Counter[str]]) -> None:
        """Wait for the sends; once a stop is asked for, only for a while."""
        stopping = asyncio.create_task(self.stop.wait())
        await asyncio.wait([sending, stopping], return_when=asyncio.FIRST_COMPLETED)
        if not sending.done():
            await asyncio.wait({sending}, timeout=25.0)
        for task in (sending, stopping):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await stopping
        with contextlib.suppress(asyncio.CancelledError):
            await sending

    def _note_current(self, results: Sequence[PollResult]) -> None:
        """A feed's word sets a baseline only where all better sources failed."""
        others = [one for one in results if one.source not in ("arxiv_rss", "arxiv_ids")]
        if all(one.state == "failed" for one in others):
            self.truth.settled(self.truth.current, shallow=True)
        self.truth.current = frozenset()

    async def _tend(self, store: SqliteStore, now: datetime, number: int) -> None:
        """Let a person see to what is held in the end, and to what is suspended now and then."""
        calm = self.truth.now >= self.calm_from
        leaves_be = self.rng.random() < 0.85 or calm
        if leaves_be and not calm:
            return
        rows = await store.deliveries("list", now=now)
        stuck = [row for row in rows if row["state"] in ("failed", "held")]
        for pigeon in self.pigeons.values():
            here = [row for row in stuck if row["address"] not in self.signing.left]
            mine = [row for row in here if row["channel"] == pigeon.channel]
            ids = [row["id"] for row in mine if row["state"] == "held"]
            known = pigeon.suspended.keys() | pigeon.unsure
            if not leaves_be:
                ids += [row["id"] for row in mine if row["address"] in known]
            lifted = {row["address"] for row in mine if row["id"] in ids}
            pigeon.lift(lifted, number)
            self.ends.retried |= {row["key"] for row in mine if row["id"] in ids}
            if ids:
                await store.deliveries("retry", ids, now=now)
            pigeon.unsure -= lifted
