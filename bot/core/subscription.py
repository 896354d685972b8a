"""Who wants what, where and when: the configuration as the steps see it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from bot.core.model import CursorKey, Kind
from bot.core.query import Query
from bot.core.schedule import Schedule

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
    matched for a week. `origin` tells who owns the row.
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


def scopes_of(topics: Iterable[Topic]) -> frozenset[str]:
    """Tell the categories that the topics need together, or only EVERYTHING."""
    scopes = frozenset(scope for topic in topics for scope in topic.scopes)
    return frozenset({EVERYTHING}) if EVERYTHING in scopes else scopes
