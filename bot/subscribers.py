"""People in the ledger, as the owner handles them by hand; the bot may be running."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from bot.core.errors import ConfigError, StoreError
from bot.core.people import Person, Who
from bot.interfaces import People
from bot.settings import Settings, subscribers_at
from bot.stored import reading

_LIST = "`daily-papers subscribers list` shows them"


@dataclass(frozen=True, slots=True)
class Resumed:
    """What a resumption lifts: digests begin `anew`, and come back for who `unsubscribed`."""

    unsubscribed: bool = False
    anew: bool = False


async def listed(settings: Settings) -> Sequence[Person]:
    """Read all subscriptions, removed ones too; none before the first run."""
    async with reading(settings) as store:
        return await store.people() if isinstance(store, People) else ()


async def suspend(settings: Settings, who: Who, reason: str, now: datetime) -> Sequence[Person]:
    """Send nothing to somebody until they are resumed; give the subscriptions meant."""
    async with _people(settings, who) as people:
        return await people.suspend(who, reason, now)


async def resume(settings: Settings, who: Who, how: Resumed, now: datetime) -> Sequence[Person]:
    """Send to somebody again, unless their reader left and that stands; give what is meant."""
    async with _people(settings, who) as people:
        unsubscribed, anew = how.unsubscribed, how.anew
        return await people.resume(who, now, unsubscribed=unsubscribed, anew=anew)


async def meant(settings: Settings, who: Who, config: Path | None) -> Sequence[Person]:
    """Give the subscriptions that `erase` would delete.

    Raises ConfigError, which names file and line, where the configuration still has one of them:
    the next run would only enter it again.
    """
    async with _people(settings, who) as people:
        found = _meant(await people.people(), who)
    wanted = {(one.channel, one.address.casefold(), one.subscriber) for one in found}
    for one in settings.subscriptions():
        if (one.channel, one.address.casefold(), one.subscriber) in wanted:
            place = subscribers_at(config).get(one.subscriber, "the configuration")
            raise ConfigError(
                f"{place}: {one.subscriber} is still subscribed there by {one.channel} to "
                f"{one.address}, and would be entered again. Take that out first; a bot that runs "
                "has to read it (reload or restart)."
            )
    return found


async def erase(settings: Settings, who: Who) -> Sequence[Person]:
    """Delete somebody from the ledger, and give what they were."""
    async with _people(settings, who) as people:
        return await people.erase(who)


async def export(settings: Settings, who: Who) -> Any:  # noqa: ANN401  # a value of JSON
    """Give all that the ledger has of somebody, as values of JSON."""
    async with _people(settings, who) as people:
        return await people.export(who)


@asynccontextmanager
async def _people(settings: Settings, who: Who) -> AsyncIterator[People]:
    """Open the store where somebody is meant.

    Raises ConfigError, with who was likely meant, where nobody is, and StoreError before any run.
    """
    async with reading(settings) as store:
        if store is None:
            raise StoreError(
                f"{settings.database}: nobody is in the ledger yet; `daily-papers run` makes it, "
                "and enters those of the configuration"
            )
        if not isinstance(store, People):
            raise StoreError("this store does not know people")
        everybody = await store.people()
        if not _meant(everybody, who):
            raise ConfigError(_unknown(who, everybody))
        yield store


def _meant(everybody: Sequence[Person], who: Who) -> list[Person]:
    """Give those of the name, or else at the address, as the store has it."""
    here = [one for one in everybody if who.channel in (None, one.channel)]
    named = [one for one in here if one.subscriber == who.name]
    return named or [one for one in here if one.address.casefold() == who.name.casefold()]


def _unknown(who: Who, everybody: Sequence[Person]) -> str:
    """Say that nobody has the name or the address, and who was likely meant."""
    on = f" on {who.channel}" if who.channel else ""
    said = f"no subscriber has the name or the address {who.name!r}{on}"
    known = {name.casefold(): name for one in everybody for name in (one.subscriber, one.address)}
    near = get_close_matches(who.name.casefold(), list(known), n=1, cutoff=0.6)
    if near and known[near[0]] != who.name:
        return f"{said}: did you mean {known[near[0]]}?"
    return f"{said}; {_LIST}"
