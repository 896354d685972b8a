"""Turning settings into what the steps work with: topics, schedules and subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from bot.core.digest import Style
from bot.core.model import Kind
from bot.core.schedule import Schedule
from bot.core.subscription import Subscription, Topic
from bot.settings.apprise_urls import public_name
from bot.settings.times import WEEK
from bot.settings.wishes import Wish, parsed

if TYPE_CHECKING:
    from bot.settings.model import Settings
    from bot.settings.tables import SubscriberSettings
    from bot.settings.topic import TopicSettings

CHANNELS = ("email", "slack", "webhook", "apprise", "maildir")
"""The keys of a subscriber that hold addresses, in the order of the file's documentation.

Those of other notifiers that are installed come after them, in the order of the file.
"""


def topic_of(settings: TopicSettings) -> Topic:
    """Make a topic; a query that cannot be read raises QuerySyntaxError."""
    wish = Wish(
        settings.query,
        settings.keywords or (),
        settings.authors or (),
        settings.coauthors,
        settings.categories,
        settings.exclude,
        settings.primary_only,
    )
    return Topic(settings.name, parsed(wish), frozenset(settings.categories))


def subscriptions_of(settings: Settings) -> tuple[Subscription, ...]:
    """Make one subscription for each subscriber, channel and address."""
    topics = {topic.name: topic.topic for topic in settings.topic}
    left_out = [one.topic for one in settings.refused if not one.stays]
    return tuple(
        subscription
        for subscriber in settings.subscriber
        for subscription in _subscriptions(subscriber, topics, left_out)
    )


def _subscriptions(
    who: SubscriberSettings, topics: dict[str, Topic], left_out: list[str]
) -> list[Subscription]:
    """Make those of one subscriber: without `topics` they are to all of them."""
    chosen = dict.fromkeys(who.topics) if who.topics is not None else [*topics, *left_out]
    named = who.days[:1] if who.frequency == "weekly" else who.days
    days = frozenset(WEEK.index(day) for day in named)
    return [
        Subscription(
            subscriber=who.name,
            channel=channel,
            address=address,
            topics=tuple(topics[name] for name in chosen if name in topics),
            schedule=Schedule(who.timezone, who.deliver_at, days),
            include=frozenset(cast("tuple[Kind, ...]", who.include)),
            since=who.since,
            weekly_note=who.weekly_note,
            refused=tuple(name for name in chosen if name in left_out),
            style=Style(who.layout, who.max_papers),
            sort=who.sort,
        )
        for channel, address in _addresses(who)
    ]


def _addresses(who: SubscriberSettings) -> list[tuple[str, str]]:
    """List channels and addresses; one that is a secret goes by its public name."""
    named = {channel: getattr(who, channel) for channel in CHANNELS} | (who.model_extra or {})
    named["apprise"] = [public_name(one.get_secret_value()) for one in who.apprise]
    return [(channel, address) for channel, found in named.items() for address in found]
