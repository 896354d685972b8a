"""Lives a seed through bytes and sockets: the bot's own sources, settings and notifiers."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Literal
from unittest import mock

from bot.core.polling import Batch, PollRequest
from bot.core.subscription import Subscription
from bot.demo.slack_server import SlackServer
from bot.demo.slack_workspace import Channel
from bot.interfaces import Following, Notifier, Source
from bot.notifiers.email import EmailNotifier
from bot.notifiers.slack import SlackNotifier
from bot.settings import Settings, load
from bot.sources.arxiv_api import ArxivApi
from bot.sources.arxiv_ids import ArxivIds
from bot.sources.arxiv_oai import ArxivOai
from bot.sources.arxiv_rss import ArxivRss
from bot.sources.gate import Gate
from bot.sources.slices import Paging
from tests.patient import clock_of_all
from tests.sim.readers import Reader
from tests.sim.reloading import ENVIRONMENT, TOKEN, broken
from tests.sim.run import Life
from tests.sim.times import CALM, Pace
from tests.sim.toml import configuration, topic_name
from tests.sim.truth import Truth
from tests.sim.wire import Heaven
from tests.sim.wire_channels import Overheard, Postbox, Workspace
from tests.sim.wire_faults import struck


@cache
def _context(*_given: object, **_more: object) -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Noted:
    """The bot's own source; the diary notes what it gives and what is taken."""

    def __init__(self, source: Source, truth: Truth) -> None:
        self.name = source.name
        self._source = source
        self._truth = truth

    async def poll(self, request: PollRequest) -> AsyncGenerator[Batch, None]:
        async with contextlib.aclosing(self._source.poll(request)) as batches:
            async for batch in batches:
                self._truth.offered(batch)
                yield batch
                self._truth.taken(batch)


class NotedFollower(Noted):
    """The same of one that follows the others."""

    follows: Literal[True] = True


class WireLife(Life):
    """A life in which everything goes through sockets, and the configuration through a file."""

    # The bot's own sources doubt an arXiv that announces nothing for days, and miss a day's feed.
    signs = False  # their configuration is a file
    pace = Pace(days=(4, 6), passes=2, hours=(9,), rest=1, tail=CALM, patience=60.0)

    def __init__(self, seed: int, folder: Path) -> None:
        self.stack = AsyncExitStack()
        self.slack = SlackServer(TOKEN, [])
        super().__init__(seed, folder)
        self.heaven = Heaven(self.sky)
        self.post = Postbox(self.pigeons["email"], folder=folder / "mail")
        self.work = Workspace(self.slack, self.pigeons["slack"])
        self.given: dict[str, Overheard] = {}
        self.polled: list[Source] = []
        self._written_for: tuple[tuple[Reader, ...], tuple[Reader, str] | None] = (), None
        self._subscriptions: Sequence[Subscription] = ()

    def take(self, readers: tuple[Reader, ...]) -> None:
        """Take up a configuration; a Slack's addresses are its channels."""
        named = tuple(
            replace(one, address="#" + one.address.split("@")[0])
            if one.channel == "slack" and "@" in one.address
            else one
            for one in readers
        )
        for one in named:
            if one.channel == "slack":
                name = one.address.removeprefix("#")
                place = f"C{int(name.removeprefix('reader')):010d}"
                self.slack.workspace.channels.setdefault(place, Channel(place, name))
        super().take(named)

    async def run(self) -> None:
        """Live to the end between real servers, in a time that jumps."""
        loop = asyncio.get_running_loop()
        self.stack.enter_context(mock.patch.dict("os.environ", ENVIRONMENT))
        self.stack.enter_context(clock_of_all(loop.time))
        # Nothing here speaks TLS, and each client would read all certificates of the machine.
        self.stack.enter_context(mock.patch("ssl.create_default_context", _context))
        # httpcore looks for another event loop's package at each read, all over the disk.
        self.stack.enter_context(
            mock.patch("httpcore._synchronization.current_async_library", return_value="asyncio")
        )
        for server in (self.heaven.api, self.heaven.feeds, self.heaven.oai, self.post, self.slack):
            await self.stack.enter_async_context(server)
        settings = self.settings()
        await self._notifiers(settings)
        await self._sources(settings, Gate(3.0, clock=loop.time))
        await super().run()

    async def _notifiers(self, settings: Settings) -> None:
        own: Mapping[str, Notifier] = {
            "email": EmailNotifier.from_settings(settings),
            "slack": SlackNotifier.from_settings(settings),
        }
        for channel, inner in own.items():
            overheard = Overheard(inner, self.pigeons[channel])
            self.given[channel] = await self.stack.enter_async_context(overheard)
        self.post.overheard, self.work.overheard = self.given["email"], self.given["slack"]

    async def _sources(self, settings: Settings, gate: Gate) -> None:
        api = ArxivApi.from_settings(settings, gate)
        assert api is not None
        api._paging = Paging(rows=self.rng.choice((15, 2_000)))
        own: Mapping[str, Any] = {
            "arxiv_api": api,
            "arxiv_rss": ArxivRss.from_settings(settings, gate),
            "arxiv_oai": ArxivOai.from_settings(settings, gate),
            "arxiv_ids": ArxivIds.from_settings(settings, gate),
        }
        for name in self.sources:
            source = await self.stack.enter_async_context(own[name])
            noted = NotedFollower if isinstance(source, Following) else Noted
            self.polled.append(noted(source, self.truth))

    def settings(self) -> Settings:
        """Write the configuration's file and read it as the bot does."""
        path = self.folder / "daily-papers.toml"
        text = self.written()
        if self.spoiling.refused is not None:
            text = broken(text, topic_name(*self.spoiling.refused), self.rng)
        path.write_text(text, encoding="utf-8")
        return load(path)

    def written(self) -> str:
        servers = {
            "database": f"{self.folder}/unused.db",
            "api_url": self.heaven.api.url,
            "rss_url": self.heaven.feeds.url,
            "oai_url": self.heaven.oai.url,
            "host": self.post.host,
            "port": str(self.post.port),
            "slack_url": self.slack.url,
        }
        return configuration(self.readers, servers)

    def subscriptions(self) -> Sequence[Subscription]:
        if (self.readers, self.spoiling.refused) != self._written_for:
            self._written_for = self.readers, self.spoiling.refused
            self._subscriptions = self.settings().subscriptions()
        return self._subscriptions

    def sky_sources(self) -> Sequence[Source]:
        return self.polled

    def carriers(self) -> Mapping[str, Notifier]:
        return self.given

    def prepare(self) -> None:
        self.heaven.turn()
        struck(self.heaven, self.sky)

    def gather(self) -> None:
        self.work.gather()

    async def end(self) -> None:
        await super().end()
        await self.stack.aclose()
