"""Trying a query on the stored papers, beside a running bot; nothing is written."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.app import Progress
from bot.core.backtest import Advice, Backtest, Nearest, Period, Tally, advise, period_of
from bot.core.errors import ConfigError
from bot.core.model import Announcement, Paper
from bot.core.query import Query
from bot.interfaces import Store
from bot.settings import Settings
from bot.settings.holidays import calendar_of
from bot.stored import existing


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be tried: a query, on so many `days`, held against `topics`, by their names.

    What may have been meant `instead` is counted too.
    """

    query: Query
    topics: Mapping[str, Query]
    days: int = 30
    examples: int = 5
    instead: tuple[Query, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A backtest with all that there is to say about it."""

    found: Backtest
    advice: tuple[Advice, ...]


def topics_of(settings: Settings) -> dict[str, Query]:
    """Give the query of each topic of the configuration, by its name."""
    return {one.name: one.topic.query for one in settings.topic}


def topic_named(settings: Settings, name: str) -> Query:
    """Give the query of a topic; ConfigError tells which topics there are."""
    topics = topics_of(settings)
    if name in {one.topic for one in settings.refused}:
        raise ConfigError(f"the query of the topic {name!r} must be mended before it can be tried")
    if name not in topics:
        raise ConfigError(f"no topic is named {name!r}. There are: {', '.join(topics)}.")
    return topics[name]


async def backtest(
    settings: Settings, question: Question, now: datetime, progress: Progress | None = None
) -> Report:
    """Count what the query would have brought in the days before `now`.

    Papers are read a page at a time; raises StoreError where there are none yet.
    """
    period = period_of(calendar_of(settings.arxiv.holidays), now, question.days)
    async with existing(settings) as store:
        tally = Tally(question.query, question.topics, period, question.examples)
        tally.compare(question.instead)
        pages = _Pages(store, period, progress)
        async for page in pages.read("papers"):
            tally.add(page)
        found = tally.result()
        head = await store.head()
        return Report(found, advise(found, head.baselined, await _hints(pages, found)))


@dataclass(frozen=True, slots=True)
class _Pages:
    """The log's rows since the period began, silent ones too."""

    store: Store
    period: Period
    progress: Progress | None

    async def read(self, what: str) -> AsyncIterator[Sequence[Announcement]]:
        """Read them once, and tell how far it has come, as the reading of `what`."""
        head = await self.store.head()
        after, first = 0, None
        while page := await self.store.log(after, head.seq, since=self.period.since):
            first = first or page[0].seq
            after = page[-1].seq
            yield page
            if self.progress is not None:
                self.progress(what, after - first + 1, head.seq - first + 1)

    async def papers(self, what: str) -> AsyncIterator[Sequence[Paper]]:
        """Read the papers among them that count."""
        async for page in self.read(what):
            yield [row.paper for row in page if self.period.place(row) is not None]


async def _hints(pages: _Pages, found: Backtest) -> Mapping[str, str]:
    """Find what is nearest to the terms that match nothing, by reading the papers again."""
    if not found.dead or not found.stored:
        return {}
    nearest = Nearest(found.dead)
    async for papers in pages.papers("words"):
        nearest.add(papers)
    if nearest.likely:
        async for papers in pages.papers("likely spellings"):
            nearest.count(papers)
    return nearest.hints()
