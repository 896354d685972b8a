"""Turning settings into what the steps work with: topics, schedules and subscriptions."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, cast

from bot.core import query
from bot.core.model import Kind
from bot.core.query import Query
from bot.core.schedule import Schedule
from bot.core.subscription import Subscription, Topic
from bot.settings.times import WEEK

if TYPE_CHECKING:
    from bot.settings.model import Settings
    from bot.settings.tables import SubscriberSettings, TopicSettings

CHANNELS = ("email", "slack", "maildir")
"""The keys of a subscriber that hold addresses, in the order of the file's documentation."""


def topic_of(settings: TopicSettings) -> Topic:
    """Make a topic; a query that cannot be read raises QuerySyntaxError."""
    return Topic(
        settings.name,
        parsed(settings.query, settings.keywords, settings.categories, settings.exclude),
        frozenset(settings.categories),
    )


@lru_cache(maxsize=8192)
def parsed(
    text: str | None,
    keywords: tuple[str, ...] | None,
    categories: tuple[str, ...],
    exclude: tuple[str, ...],
) -> Query:
    """Read a topic's query; the same one is read once."""
    if text is None:
        return query.from_keywords(keywords or (), categories=categories, exclude=exclude)
    whole = query.parse(text)
    if categories or exclude:
        return query.restrict(whole, categories=categories, exclude=exclude)
    return whole


def subscriptions_of(settings: Settings) -> tuple[Subscription, ...]:
    """Make one subscription for each subscriber, channel and address."""
    topics = {topic.name: topic.topic for topic in settings.topic}
    return tuple(
        subscription
        for subscriber in settings.subscriber
        for subscription in _subscriptions(subscriber, topics)
    )


def _subscriptions(who: SubscriberSettings, topics: dict[str, Topic]) -> list[Subscription]:
    chosen = topics if who.topics is None else dict.fromkeys(who.topics)
    days = frozenset(WEEK.index(day) for day in who.days)
    return [
        Subscription(
            subscriber=who.name,
            channel=channel,
            address=address,
            topics=tuple(topics[name] for name in chosen),
            schedule=Schedule(who.timezone, who.deliver_at, days),
            include=frozenset(cast("tuple[Kind, ...]", who.include)),
            since=who.since,
            weekly_note=who.weekly_note,
        )
        for channel in CHANNELS
        for address in getattr(who, channel)
    ]
