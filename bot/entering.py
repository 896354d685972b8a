"""Building the sources and notifiers that are installed and in use, on an exit stack."""

from collections.abc import Collection
from contextlib import AsyncExitStack
from importlib.metadata import entry_points

from bot.core.errors import ConfigError
from bot.interfaces import Notifier, Source
from bot.settings import Settings
from bot.settings.installed import GROUP
from bot.sources.gate import Gate


async def enter_sources(stack: AsyncExitStack, settings: Settings) -> tuple[Source, ...]:
    """Build every installed source that the configuration leaves on.

    They share one gate, as arXiv's terms ask.
    """
    gate = Gate(settings.arxiv.min_interval)
    factories = [one.load() for one in entry_points(group="daily_papers.sources")]
    built = [factory(settings, gate) for factory in factories]
    return tuple(
        [await stack.enter_async_context(source) for source in built if source is not None]
    )


async def enter_notifiers(
    stack: AsyncExitStack, settings: Settings, channels: Collection[str] | None = None
) -> dict[str, Notifier]:
    """Build the notifiers of these channels.

    Without them, of all that are in use: by subscribers, or to tell the owner or who signs up.
    """
    installed = {one.name: one for one in entry_points(group=GROUP)}
    notifiers: dict[str, Notifier] = {}
    if channels is None:
        channels = {one.channel for one in settings.subscriptions()}
        if settings.email is not None:  # owner, and whoever signed up
            channels |= {"email"}
    for channel in sorted(channels):
        if channel not in installed:
            raise ConfigError(
                f"no notifier for the channel {channel!r} is installed. Install Daily Papers with "
                "pip, or the package that brings this channel."
            )
        notifier = installed[channel].load()(settings)
        notifiers[channel] = await stack.enter_async_context(notifier)
    return notifiers
