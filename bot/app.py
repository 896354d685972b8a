"""The composition root: builds the parts that a command needs, makes a pass, takes them down."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import entry_points
from typing import Any, Literal

from bot.compose import compose, foresee
from bot.core.digest import Digest, sections_of
from bot.core.errors import ConfigError, StoreError
from bot.core.model import Action, DeliveryId, Entry, Paper, PollResult, Status
from bot.core.query import select
from bot.core.subscription import Subscription, scopes_of
from bot.deliver import Terms, deliver
from bot.interfaces import Checkable, Notifier, Probe, Source, Store
from bot.poll import poll
from bot.settings import Settings
from bot.sources.gate import Gate
from bot.store import SqliteStore

Step = Literal["poll", "compose", "deliver"]
STEPS: tuple[Step, ...] = ("poll", "compose", "deliver")
RECENT = timedelta(days=30)
"""How far back a test digest looks for papers to show."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the steps work with; `notifiers` by channel, only those that a subscriber uses."""

    settings: Settings
    subscriptions: tuple[Subscription, ...]
    store: Store
    sources: tuple[Source, ...]
    notifiers: Mapping[str, Notifier]


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass did: polls by source, deliveries written, deliveries ended by state."""

    polls: tuple[PollResult, ...] = ()
    composed: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    status: Status = field(default_factory=Status)

    @property
    def failed(self) -> bool:
        """Whether anything that should have gone well did not: it is in `status`."""
        unsent = sum(count for state, count in self.ended.items() if state != "sent")
        broken = any(one.state != "ok" for one in self.polls)
        return broken or unsent > 0 or bool(self.status.paused and self.status.pending)


@asynccontextmanager
async def assembled(
    settings: Settings, steps: Sequence[Step] = STEPS, *, now: datetime
) -> AsyncIterator[Parts]:
    """Open the store for writing, with the sources and notifiers that `steps` need.

    The configuration's subscriptions are synchronised first, so that their cursors stand before
    anything new is recorded.
    """
    subscriptions = settings.subscriptions()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(SqliteStore.open(settings.database))
        sources = await _sources(stack, settings) if "poll" in steps else ()
        notifiers = await _notifiers(stack, settings, subscriptions) if "deliver" in steps else {}
        await store.sync(subscriptions, now)
        yield Parts(settings, subscriptions, store, sources, notifiers)


Progress = Callable[[str, int, int], None]
"""Told of a long poll: the source's name, how many requests are done, and of how many."""


async def poll_sources(
    parts: Parts, *, now: datetime, progress: Progress | None = None
) -> tuple[PollResult, ...]:
    """Poll for all that the subscriptions need."""
    topics = [topic for one in parts.subscriptions for topic in one.topics]
    for source in parts.sources:
        if progress is not None and hasattr(source, "on_progress"):
            source.on_progress = _named(source.name, progress)
    patience = parts.settings.arxiv.patience
    scopes = scopes_of(topics)
    return await poll(parts.sources, parts.store, scopes=scopes, now=now, patience=patience)


def _named(name: str, progress: Progress) -> Callable[[int, int], None]:
    """Let a source report progress under its name."""
    return lambda done, total: progress(name, done, total)


def terms_of(settings: Settings, now: datetime, **more: Any) -> Terms:  # noqa: ANN401  # Terms' own
    """Say how a pass delivers, as the settings have it; `more` are further fields of Terms."""
    held = settings.email is not None and settings.email.on_uncertain == "hold"
    return Terms(now, hold=frozenset({"email"} if held else ()), **more)


async def run_once(
    settings: Settings,
    steps: Sequence[Step] = STEPS,
    *,
    now: datetime,
    progress: Progress | None = None,
) -> Pass:
    """Make one pass of the named steps, in their order, all as of `now`."""
    polls: tuple[PollResult, ...] = ()
    composed = 0
    ended: Counter[str] = Counter()
    async with assembled(settings, steps, now=now) as parts:
        if "poll" in steps:
            polls = await poll_sources(parts, now=now, progress=progress)
        if "compose" in steps:
            composed = await compose(parts.store, parts.subscriptions, now=now)
        if "deliver" in steps:
            ended = await deliver(parts.store, parts.notifiers, terms_of(settings, now))
        return Pass(polls, composed, ended, await parts.store.status(now))


async def _sources(stack: AsyncExitStack, settings: Settings) -> tuple[Source, ...]:
    """Build every installed source; they share one gate, as arXiv's terms ask."""
    gate = Gate(settings.arxiv.min_interval)
    factories = (one.load() for one in entry_points(group="daily_papers.sources"))
    return tuple(
        [await stack.enter_async_context(factory(settings, gate)) for factory in factories]
    )


async def _notifiers(
    stack: AsyncExitStack, settings: Settings, subscriptions: Sequence[Subscription]
) -> dict[str, Notifier]:
    """Build the notifiers of the channels that are in use."""
    installed = {one.name: one for one in entry_points(group="daily_papers.notifiers")}
    notifiers: dict[str, Notifier] = {}
    for channel in sorted({one.channel for one in subscriptions}):
        if channel not in installed:
            raise ConfigError(
                f"no notifier for the channel {channel!r} is installed. Install Daily Papers with "
                "pip, or the package that brings this channel."
            )
        notifier = installed[channel].load()(settings)
        notifiers[channel] = await stack.enter_async_context(notifier)
    return notifiers


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[Store | None]:
    """Open the store beside a running bot; None before the first run."""
    if not settings.database.exists():
        yield None
        return
    async with SqliteStore.open(settings.database, exclusive=False) as store:
        yield store


async def read_status(settings: Settings, now: datetime) -> Status:
    """Read the ledger at a glance; the bot may be running."""
    async with reading(settings) as store:
        return await store.status(now) if store else Status()


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


async def preview(
    settings: Settings, subscriber: str | None, now: datetime
) -> list[tuple[Subscription, list[Digest]]]:
    """Tell, for each subscription, the digests that would be sent if all were due now."""
    subscriptions = settings.subscriptions()
    named = {(one.subscriber, one.channel, one.address): one for one in subscriptions}
    async with reading(settings) as store:
        foreseen = await foresee(store, subscriptions, now=now) if store else []
    previews = []
    for due, composition in foreseen:
        if subscriber is not None and due.subscriber != subscriber:
            continue
        subscription = named[(due.subscriber, due.channel, due.address)]
        zone = subscription.schedule.timezone
        digests = [
            Digest(due.subscriber, zone, now, sections_of(one.entries), one.part, one.parts)
            for one in composition.deliveries
        ]
        previews.append((subscription, digests))
    return previews


async def send_test(
    settings: Settings, subscriber: str, *, now: datetime, samples: Sequence[Paper]
) -> list[Probe]:
    """Send a marked test digest to each of a subscriber's addresses, and tell how each went.

    It shows the newest stored papers that match, or else `samples`; the ledger is not touched.
    """
    subscriptions = [one for one in settings.subscriptions() if one.subscriber == subscriber]
    if not subscriptions:
        names = ", ".join(sorted({one.subscriber for one in settings.subscriptions()}))
        raise ConfigError(f"no subscriber is named {subscriber!r}. There are: {names}.")
    async with reading(settings) as store:
        entries = await _newest(store, subscriptions[0], now) if store else []
        standing = (await store.status(now)).suspended if store else ()
    suspended = {(row["channel"], row["address"]): row["reason"] for row in standing}
    if not entries:
        entries = [Entry(paper, (subscriptions[0].topics[0].name,)) for paper in samples]
    digest = Digest(
        subscriber, subscriptions[0].schedule.timezone, now, sections_of(entries), test=True
    )
    async with AsyncExitStack() as stack:
        notifiers = await _notifiers(stack, settings, subscriptions)
        return [
            await _try_send(notifiers[one.channel], one, digest)
            if (one.channel, one.address) not in suspended
            else _kept(one, suspended[one.channel, one.address])
            for one in subscriptions
        ]


async def _newest(store: Store, subscription: Subscription, now: datetime) -> list[Entry]:
    """Find up to three of the newest stored papers that match the subscription."""
    head = await store.head()
    found: dict[str, Entry] = {}
    after = 0
    while page := await store.log(after, head.seq, since=now - RECENT):
        after = page[-1].seq
        papers = [row.paper for row in page]
        for topic in subscription.topics:
            for place in select([topic.query], papers)[topic.query.hash]:
                found[papers[place].id] = Entry(papers[place], (topic.name,))
    return sorted(found.values(), key=lambda entry: entry.paper.published, reverse=True)[:3]


def _kept(one: Subscription, reason: str) -> Probe:
    """Say why nothing is sent to a suspended address, and how to lift that."""
    cure = "`daily-papers deliveries retry ID` lifts it"
    return Probe(f"{one.channel} {one.address}", ok=False, detail=f"suspended: {reason}; {cure}")


async def _try_send(notifier: Notifier, subscription: Subscription, digest: Digest) -> Probe:
    """Send a test digest to one address."""
    what = f"{subscription.channel} {subscription.address}"
    key = f"test-{subscription.subscriber}-{digest.at:%Y%m%dT%H%M%S%f}".casefold()
    try:
        await notifier.send(digest, subscription.address, key=key)
    except Exception as failure:  # noqa: BLE001  # told to the person who asked
        return Probe(what, ok=False, detail=str(failure) or type(failure).__name__)
    return Probe(what, ok=True, detail="accepted")


async def check(settings: Settings) -> list[Probe]:
    """Try each real endpoint: sources, then each channel in use with its addresses."""
    subscriptions = settings.subscriptions()
    probes: list[Probe] = []
    async with AsyncExitStack() as stack:
        for source in await _sources(stack, settings):
            probes += await _probe(source, source.name, ())
        for channel, notifier in (await _notifiers(stack, settings, subscriptions)).items():
            addresses = [one.address for one in subscriptions if one.channel == channel]
            probes += await _probe(notifier, channel, list(dict.fromkeys(addresses)))
    return probes


async def _probe(part: object, name: str, addresses: Sequence[str]) -> Sequence[Probe]:
    """Let a part try its endpoint; a part that cannot says so."""
    if not isinstance(part, Checkable):
        return [Probe(name, ok=True, detail="has no check of its own")]
    try:
        return await part.check(addresses)
    except Exception as failure:  # noqa: BLE001  # one broken endpoint must not hide the others
        return [Probe(name, ok=False, detail=str(failure) or type(failure).__name__)]
