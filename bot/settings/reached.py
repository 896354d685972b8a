"""Where a subscriber's digests go: what is wrong with the addresses of all its channels."""

from collections.abc import Iterator, Mapping, Sequence
from os.path import normpath
from typing import Any

from bot.settings import apprise_services, installed
from bot.settings.fields import Loc
from bot.settings.problem import Problem
from bot.settings.shown import shown
from bot.settings.subscriptions import CHANNELS
from bot.settings.tables import SubscriberSettings
from bot.settings.translation import unknown_key

_LONGEST = 500


def problems(loc: Loc, subscriber: Mapping[str, Any]) -> Iterator[Problem]:
    """Find addresses that are no use, that repeat, or that are missing; the data are raw."""
    foreign = [key for key in subscriber if key not in SubscriberSettings.model_fields]
    known = installed.channels() if foreign else frozenset()
    for key in foreign:
        if key not in known:
            yield Problem((*loc, key), unknown_key((*loc, key)))
        elif not _are_addresses(subscriber[key]):
            yield Problem((*loc, key), f'this must be a list of texts, such as {key} = ["…"].')
    channels = [*(one for one in CHANNELS if one != "apprise"), *foreign]
    for channel in channels:
        yield from _repeated(loc, channel, subscriber.get(channel))
    yield from apprise_services.problems(loc, subscriber)
    if not any(subscriber.get(channel) for channel in (*CHANNELS, *foreign)):
        yield Problem(
            loc,
            "no digest can reach it: it has no address. Add one, such as "
            'maildir = ["var/mail"], email = ["ana@example.org"] or slack = ["#papers"].',
        )


def _repeated(loc: Loc, channel: str, addresses: object) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, address in enumerate(addresses if isinstance(addresses, list) else ()):
        if not isinstance(address, str):
            continue
        same = _sameness(channel, address)
        if same in seen:
            text = f"{shown(address)} is listed twice. Remove one of them."
            yield Problem((*loc, channel, number), text)
        seen.add(same)


def _are_addresses(value: object) -> bool:
    """Tell whether a value of a foreign channel is a list of what can be an address."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return False
    return all(
        isinstance(one, str) and one.isprintable() and 0 < len(one) <= _LONGEST for one in value
    )


def _sameness(channel: str, address: str) -> str:
    """Write addresses that reach the same place alike."""
    if channel == "maildir":
        return normpath(address)
    return address.casefold() if channel == "email" else address
