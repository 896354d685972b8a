"""Asks arXiv for the feed of a group of categories until it can be trusted, or patience ends."""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import httpx

from bot.core.errors import SourceUnavailable, SuspectAnswer
from bot.core.feed_day import day_of
from bot.core.feed_group import Group
from bot.sources.atom import Refusal
from bot.sources.line import Line
from bot.sources.markup import SNIPPET, body_of
from bot.sources.persistence import Patience, persist
from bot.sources.rss_feed import Feed, parse_feed
from bot.sources.transfer import Answer, ServiceBusy, get


@dataclass(frozen=True, slots=True)
class Fetched:
    """A feed, or None where it has not changed, and what tells next time whether it has."""

    feed: Feed | None
    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class FeedAsker:
    """Asks a service in the name of one poll, whose `patience` all groups share."""

    line: Line
    patience: Patience

    async def ask(self, group: Group, expected: date, now: datetime) -> Fetched:
        """Give the group's feed, whole, or that it has not changed since it was believed.

        Raises the last SourceError when asking again is no use or patience has ended.
        """
        return await persist(lambda: self.try_once(group, expected, now), self.patience, self.line)

    async def try_once(self, group: Group, expected: date, now: datetime) -> Fetched:
        """Ask once; raises a SourceError for whatever is wrong with the answer."""
        line = self.line
        url = httpx.URL(f"{line.url.rstrip('/')}/{'+'.join(group.leaves)}")
        conditions = group.conditions(expected)
        answer = await get(line.client, line.gate, url, line.limits, conditions)
        if answer.status == 304:
            return Fetched(None)
        feed = await self._read(answer)
        if feed.day > day_of(now) + timedelta(days=1):  # a poll may last beyond midnight
            raise SuspectAnswer(f"the feed is of {feed.day}, which is still to come")
        headers = answer.headers
        return Fetched(feed, headers.get("ETag", ""), headers.get("Last-Modified", ""))

    async def _read(self, answer: Answer) -> Feed:
        """Judge an answer and read the feed that it is; raises Refusal for whatever has status 400.

        Some of arXiv's refusals are feeds that say so, others pages for people.
        """
        try:
            feed = await self._parsed(answer)
        except SourceUnavailable as error:
            if answer.status == 200 or isinstance(error, ServiceBusy):
                raise
            raise Refusal(f"HTTP {answer.status}: {error}") from error
        if answer.status != 200:
            raise Refusal(f"HTTP {answer.status}")
        return feed

    async def _parsed(self, answer: Answer) -> Feed:
        """Parse a body in a thread, as a feed of 2,000 items takes a second."""
        body = body_of(answer, "a feed")
        kind = answer.headers.get("Content-Type", "xml")
        if "xml" not in kind.lower():
            raise SourceUnavailable(f"the answer is {kind[:SNIPPET]!r} instead of a feed")
        atom = self.line.url.rstrip("/").endswith("/atom")
        return await asyncio.to_thread(parse_feed, body, atom=atom)
