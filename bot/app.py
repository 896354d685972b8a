"""The composition root: builds the parts that a command needs, makes a pass, takes them down."""

import asyncio
import math
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

from bot.compose import compose
from bot.core.arxiv_calendar import Calendar
from bot.core.errors import StoreError
from bot.core.model import Action, DeliveryId
from bot.core.polling import FOLLOWERS, PollResult
from bot.core.readers import Readers
from bot.core.standing import Status
from bot.core.subscription import Subscription, polled_for
from bot.deliver import Terms, deliver
from bot.entering import enter_notifiers, enter_sources
from bot.heartbeat import Heartbeat
from bot.interfaces import Messenger, Notifier, Reporting, Source, Store
from bot.newcomers import Newcomers
from bot.owner import Owner
from bot.poll import poll
from bot.refusals import note_kept, with_refused
from bot.settings import Settings
from bot.settings.holidays import calendar_of
from bot.store import SqliteStore, backup
from bot.stored import reading
from bot.upkeep import forget_signups, index_some, prune_if_due, shelve_some

T = TypeVar("T")
DRAIN = 25.0
"""Seconds that sends under way get after SIGTERM; service managers kill after 30 or 90."""
Step = Literal["poll", "compose", "deliver"]
STEPS: tuple[Step, ...] = ("poll", "compose", "deliver")


@dataclass(frozen=True, slots=True)
class Parts:
    """What the steps work with; `notifiers` by channel, those that a subscriber or owner uses."""

    settings: Settings
    subscriptions: tuple[Subscription, ...]
    store: Store
    sources: tuple[Source, ...]
    notifiers: Mapping[str, Notifier]
    calendar: Calendar
    owner: Owner
    readers: Readers
    newcomers: Newcomers


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass did: polls by source, deliveries written, deliveries ended by state."""

    polls: tuple[PollResult, ...] = ()
    composed: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    status: Status = field(default_factory=Status)
    interrupted: bool = False

    @property
    def failed(self) -> bool:
        """Whether anything that should have gone well did not: it is in `status`."""
        polled = all(one.state == "ok" for one in self.polls)
        return self.stuck or not polled or bool(self.status.refused or self.ended["plain"])

    @property
    def good(self) -> bool:
        """Whether some source was read whole, and every digest went that should have."""
        whole = any(
            one.state == "ok" and not one.idle and one.source not in FOLLOWERS for one in self.polls
        )
        return whole and not self.stuck

    @property
    def stuck(self) -> bool:
        """Whether a digest that should have gone did not, or the pass was not made to its end."""
        accepted = self.ended["sent"] + self.ended["plain"]
        unsent = self.ended.total() - accepted
        kept_back = bool(self.status.paused and self.status.pending)
        return unsent > 0 or kept_back or self.interrupted


@asynccontextmanager
async def assembled(
    settings: Settings,
    steps: Sequence[Step] = STEPS,
    *,
    now: datetime,
    beside: AbstractContextManager[None] | None = None,
) -> AsyncIterator[Parts]:
    """Open the store for writing, with the sources and notifiers that `steps` need.

    The configuration's subscriptions are synchronised before anything new is recorded, so that
    their cursors stand, and after all else that can fail, `beside` being entered: settings that
    cannot be used change no cursor and no delivery.
    """
    subscriptions = settings.subscriptions()
    calendar = calendar_of(settings.arxiv.holidays)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(SqliteStore.open(settings.database))
        sources = await enter_sources(stack, settings) if "poll" in steps else ()
        notifiers = await enter_notifiers(stack, settings) if "deliver" in steps else {}
        if beside is not None:
            stack.enter_context(beside)
        email = notifiers.get("email")
        owner = Owner(settings, store, calendar, email if isinstance(email, Messenger) else None)
        await note_kept(store, settings, now)
        joined = await synchronise(store, settings, now)
        subscriptions += tuple(joined.values())
        readers = Readers(subscriptions if "deliver" in steps else ())
        newcomers = Newcomers(store, settings.enrolment(), max(joined, default=0))
        yield Parts(
            settings=settings,
            subscriptions=subscriptions,
            store=store,
            sources=sources,
            notifiers=notifiers,
            calendar=calendar,
            owner=owner,
            readers=readers,
            newcomers=newcomers,
        )


async def synchronise(
    store: Store, settings: Settings, now: datetime
) -> Mapping[int, Subscription]:
    """Make the ledger's rows equal to the configuration; give those who signed up."""
    subscriptions, enrolment = settings.subscriptions(), settings.enrolment()
    shown = settings.watched()
    return await store.sync(subscriptions, now, shown=shown, enrolment=enrolment)


Progress = Callable[[str, int, int], None]
"""Told of a long poll: the source's name, how many requests are done, and of how many."""


async def poll_sources(
    parts: Parts, *, now: datetime, progress: Progress | None = None
) -> tuple[PollResult, ...]:
    """Poll for all that the subscriptions need."""
    baselined = (await parts.store.head()).baselined
    scopes = polled_for(parts.subscriptions, baselined, parts.settings.watched())
    for source in parts.sources:
        if progress is not None and isinstance(source, Reporting):
            source.on_progress = _named(source.name, progress)
    patience = parts.settings.arxiv.patience
    return await poll(parts.sources, parts.store, scopes=scopes, now=now, patience=patience)


def _named(name: str, progress: Progress) -> Callable[[int, int], None]:
    """Let a source report progress under its name."""
    return lambda done, total: progress(name, done, total)


def terms_of(
    parts: Parts, now: datetime, *, stop: asyncio.Event, budget: float = math.inf
) -> Terms:
    """Say how a pass delivers, as the settings have it, until `stop` or `budget` seconds."""
    settings = parts.settings
    held = settings.email is not None and settings.email.on_uncertain == "hold"
    return Terms(
        now,
        hold=frozenset({"email"} if held else ()),
        budget=budget,
        secrets=settings.secrets(),
        readers=parts.readers,
        stop=stop,
    )


async def run_once(
    settings: Settings,
    steps: Sequence[Step] = STEPS,
    *,
    now: datetime,
    progress: Progress | None = None,
) -> Pass:
    """Make one pass of the named steps, in their order, all as of `now`.

    The owner is told what is wrong once all is sent, and a pass of all steps that went well, with
    one source at least, fetches the heartbeat. SIGTERM and SIGINT end it cleanly: a poll at once,
    and sends under way within DRAIN seconds.
    """
    async with assembled(settings, steps, now=now) as parts, interruption() as stop:
        done = await _pass(parts, steps, now, stop, progress)
        look = None
        if "deliver" in steps and not stop.is_set():
            look = await unless(stop, parts.owner.look(now), within=DRAIN)
            await unless(stop, prune_if_due(parts.store, settings, now), within=DRAIN)
            await unless(stop, forget_signups(parts.store, now), within=DRAIN)
            await unless(stop, index_some(parts.store), within=DRAIN)
            await unless(stop, shelve_some(parts.store, settings), within=DRAIN)
    if set(steps) == set(STEPS) and look is not None and look.good and done.good:
        await Heartbeat(settings.owner.heartbeat).beat(now)
    return done


async def _pass(
    parts: Parts,
    steps: Sequence[Step],
    now: datetime,
    stop: asyncio.Event,
    progress: Progress | None,
) -> Pass:
    """Make the steps, until `stop` is set."""
    polls: tuple[PollResult, ...] = ()
    composed = 0
    ended: Counter[str] = Counter()
    if "poll" in steps:
        polling = poll_sources(parts, now=now, progress=progress)
        polls = await unless(stop, polling, within=0.0) or ()
    if "compose" in steps and not stop.is_set():
        composed = await compose(parts.store, parts.subscriptions, now=now)
    if "deliver" in steps:
        terms = terms_of(parts, now, stop=stop)
        delivering = deliver(parts.store, parts.notifiers, terms)
        ended = await unless(stop, delivering, within=DRAIN) or ended
    status = await with_refused(await parts.store.status(now), parts.store, parts.settings, now)
    return Pass(polls, composed, ended, status, interrupted=stop.is_set())


@asynccontextmanager
async def interruption() -> AsyncIterator[asyncio.Event]:
    """Give an event that SIGTERM and SIGINT set while the block lasts."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, T], *, within: float) -> T | None:
    """Do the work; once `stop` is set it has `within` seconds more, and is then cancelled."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({working}, timeout=within if stop.is_set() else None)
    finally:
        for task in (working, stopping):
            task.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)
    # What fails while it is being cancelled has failed all the same.
    return None if working.cancelled() else working.result()


async def change_deliveries(
    settings: Settings, action: Action, ids: Sequence[DeliveryId], now: datetime
) -> Sequence[Mapping[str, Any]]:
    """List, retry or drop deliveries; the bot may be running."""
    async with reading(settings) as store:
        if store is not None:
            return await store.deliveries(action, ids, now=now)
    if ids:
        raise StoreError("there are no deliveries yet: nothing has been composed")
    return ()


def back_up(settings: Settings, target: Path) -> int:
    """Copy the database to `target`, and give the copy's octets; the bot may be running."""
    return backup.back_up(settings.database, target)
