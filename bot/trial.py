"""Trying things out without touching the ledger: a preview, a test digest, every endpoint."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from operator import itemgetter

from bot.compose import foresee
from bot.core.digest import Digest, sections_of
from bot.core.errors import ConfigError
from bot.core.model import Entry, Paper
from bot.core.people import SAID_BY, Suspension, cure, suspension_of
from bot.core.query.isolation import Isolated
from bot.core.readers import Readers
from bot.core.render.wording import names
from bot.core.standing import Status
from bot.core.subscription import Subscription
from bot.entering import enter_notifiers, enter_sources
from bot.interfaces import Checkable, Notifier, Probe, Store
from bot.logs import hidden
from bot.mailboxes import try_mailbox
from bot.settings import Settings
from bot.sources.acl_data import probe
from bot.stored import everybody, reading
from bot.web.probe import probe as probe_pages

RECENT = timedelta(days=30)
"""How far back a test digest looks for papers to show."""


async def preview(
    settings: Settings, subscriber: str | None, now: datetime
) -> list[tuple[Subscription, list[Digest]]]:
    """Tell, for each subscription, the digests that would be sent if all were due now."""
    async with reading(settings) as store:
        subscriptions = await everybody(store, settings)
        foreseen = await foresee(store, subscriptions, now=now) if store else []
    named = {(one.subscriber, one.channel, one.address): one for one in subscriptions}
    readers = Readers(subscriptions)
    previews = []
    for due, composition in foreseen:
        if subscriber is not None and due.subscriber != subscriber:
            continue
        reader = (due.subscriber, due.channel, due.address)
        subscription = named[reader]
        digests = [
            Digest(
                due.subscriber,
                subscription.schedule.timezone,
                now,
                sections_of(readers.marked(reader, one.entries).entries),
                one.part,
                one.parts,
                coverage=one.coverage,
                style=subscription.style,
            )
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
    async with reading(settings) as store:
        known = await everybody(store, settings)
        subscriptions = [one for one in known if one.subscriber == subscriber]
        if not subscriptions:
            names = ", ".join(sorted({one.subscriber for one in known}))
            raise ConfigError(f"no subscriber is named {subscriber!r}. There are: {names}.")
        entries = await _newest(store, subscriptions[0], now) if store else []
        suspended = _suspended(await store.status(now)) if store else {}
    if not entries:
        topics = [topic.name for topic in subscriptions[0].topics]
        heading = next(iter((*topics, *subscriptions[0].refused)))
        entries = [Entry(paper, (heading,)) for paper in samples]
    digest = _test_digest(subscriptions[0], entries, now)
    async with AsyncExitStack() as stack:
        notifiers = await enter_notifiers(stack, settings, {one.channel for one in subscriptions})
        probes = [
            await _try_send(notifiers[one.channel], one, digest)
            if (one.channel, one.address.casefold()) not in suspended
            else _kept(one, suspended[one.channel, one.address.casefold()])
            for one in subscriptions
        ]
    return _without_secrets(probes, settings)


def _test_digest(subscription: Subscription, entries: Sequence[Entry], now: datetime) -> Digest:
    """Make a digest that is marked as a test, and has no reader to whom it could be traced."""
    reader = (subscription.subscriber, subscription.channel, subscription.address)
    return Digest(
        subscription.subscriber,
        subscription.schedule.timezone,
        now,
        sections_of(Readers([subscription]).marked(reader, entries).entries),
        test=True,
        style=subscription.style,
    )


async def _newest(store: Store, subscription: Subscription, now: datetime) -> list[Entry]:
    """Find up to three of the newest stored papers that match the subscription."""
    head = await store.head()
    found: dict[str, Entry] = {}
    queries = Isolated(topic.query for topic in subscription.topics)
    after = 0
    while page := await store.log(after, head.seq, since=now - RECENT):
        after = page[-1].seq
        papers = [row.paper for row in page]
        matched = queries.select(papers)
        for topic in subscription.topics:
            for place in matched.get(topic.query.hash, ()):
                found[papers[place].id] = Entry(papers[place], (topic.name,))
    return sorted(found.values(), key=lambda entry: entry.paper.published, reverse=True)[:3]


def _suspended(status: Status) -> dict[tuple[str, str], Suspension]:
    """Tell by channel and address in small letters why nothing is sent there."""
    return {
        (row["channel"], row["address"].casefold()): suspension_of(row)
        # Who counts most stands last in the alphabet.
        for row in sorted(status.suspended, key=itemgetter("by"))
    }


def _kept(one: Subscription, said: Suspension) -> Probe:
    """Say why nothing is sent to a suspended address, and how to lift that."""
    detail = f"suspended by {SAID_BY[said.by]}: {said.reason}; {cure(said, one.address)} lifts it"
    return Probe(f"{one.channel} {one.address}", ok=False, detail=detail)


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
        for source in await enter_sources(stack, settings):
            probes += await _probe(source, source.name, ())
        probes += [await probe(one, contact=settings.contact) for one in settings.acl.data]
        for channel, notifier in (await enter_notifiers(stack, settings)).items():
            addresses = [one.address for one in subscriptions if one.channel == channel]
            addresses += settings.owner.email if channel == "email" else ()
            probes += await _probe(notifier, channel, list(dict.fromkeys(addresses)))
    probes += await probe_pages(settings.web.public_url)
    probes += _entrance(settings)
    if settings.owner.email and settings.email is None:
        cure = "nobody can be told what is wrong: add [email], or remove owner.email"
        probes.append(Probe("owner.email", ok=False, detail=cure))
    probes += await try_mailbox(settings)
    return _without_secrets(probes, settings)


def _entrance(settings: Settings) -> list[Probe]:
    """Tell whether people can sign up, where, and who."""
    if "signup" not in settings.model_fields_set:
        return []
    enrolment, domains = settings.enrolment(), settings.signup.domains
    if not enrolment.open:
        cure = "closed: none of its topics can be read; mend their queries"
        return [Probe("sign-up", ok=False, detail=cure)]
    who = f"addresses of {names(domains, len(domains), 'or')}" if domains else "any address"
    count = len(enrolment.topics)
    topics = "1 topic" if count == 1 else f"{count} topics"
    said = f"open to {who} at {settings.web.public_url}/signup, with {topics} to choose from"
    return [Probe("sign-up", ok=True, detail=said)]


def _without_secrets(probes: Sequence[Probe], settings: Settings) -> list[Probe]:
    """Hide in what endpoints said whatever they may have echoed."""
    secrets = settings.secrets()
    return [replace(one, detail=hidden(one.detail, secrets)) for one in probes]


async def _probe(part: object, name: str, addresses: Sequence[str]) -> Sequence[Probe]:
    """Let a part try its endpoint; a part that cannot says so."""
    if not isinstance(part, Checkable):
        return [Probe(name, ok=True, detail="has no check of its own")]
    try:
        return await part.check(addresses)
    except Exception as failure:  # noqa: BLE001  # one broken endpoint must not hide the others
        return [Probe(name, ok=False, detail=str(failure) or type(failure).__name__)]
