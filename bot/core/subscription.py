"""Who wants what, where and when: the configuration as the steps see it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from bot.core.digest import USUAL, Style
from bot.core.model import CursorKey, Kind
from bot.core.query import Query
from bot.core.schedule import Schedule

Sort = Literal["best", "newest"]
"""The best match first, or the newest paper."""

EVERYTHING = "*"
"""The scope that holds all of arXiv."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A named query; the name is the heading of a digest's section.

    `home` are the categories that it names as its own, beside those in its query.
    """

    name: str
    query: Query
    home: frozenset[str] = frozenset()

    @property
    def key(self) -> CursorKey:
        """What a cursor of this topic is kept under."""
        return CursorKey(self.name, self.query.hash)

    @property
    def scopes(self) -> frozenset[str]:
        """The categories that must be polled to find all that the topic can match."""
        categories = self.query.categories
        return frozenset({EVERYTHING}) if categories is None else categories


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscriber on one channel at one address, as the configuration has it.

    `since` is how far back the first digest reaches; `weekly_note` asks for a word when nothing has
    matched for a week. `origin` tells who owns the row. `refused` names topics that are not among
    `topics` because they cannot be read: they keep what they have in the ledger. `style` and `sort`
    say how digests look, and which papers of a topic come first.
    """

    subscriber: str
    channel: str
    address: str
    topics: tuple[Topic, ...]
    schedule: Schedule
    include: frozenset[Kind] = frozenset({"new", "cross"})
    since: timedelta = timedelta(0)
    weekly_note: bool = False
    origin: str = "configuration"
    refused: tuple[str, ...] = ()
    style: Style = USUAL
    sort: Sort = "best"


def without(subscription: Subscription, off: Collection[str]) -> Subscription:
    """Leave out the topics that its reader has turned off, refused ones too."""
    if not off:
        return subscription
    return replace(
        subscription,
        topics=tuple(topic for topic in subscription.topics if topic.name not in off),
        refused=tuple(name for name in subscription.refused if name not in off),
    )


def scopes_of(topics: Iterable[Topic]) -> frozenset[str]:
    """Tell the categories that the topics need together, or only EVERYTHING."""
    return _together(frozenset(scope for topic in topics for scope in topic.scopes))


def polled_for(
    subscriptions: Iterable[Subscription], baselined: Collection[str], shown: Iterable[Topic] = ()
) -> frozenset[str]:
    """Tell what must be polled, where the scopes `baselined` are polled already.

    The topics `shown` on the pages are polled for as those of the subscriptions are.

    Nobody knows what a refused topic needs, but what it needed before is polled: while there is
    one, all of that stays, so that nothing is lost until it is mended.
    """
    subscriptions = tuple(subscriptions)
    scopes = scopes_of([*shown, *(topic for one in subscriptions for topic in one.topics)])
    if any(one.refused for one in subscriptions):
        scopes |= frozenset(baselined)
    return _together(scopes)


def _together(scopes: frozenset[str]) -> frozenset[str]:
    return frozenset({EVERYTHING}) if EVERYTHING in scopes else scopes
