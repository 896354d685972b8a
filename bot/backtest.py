"""Trying a query on the stored papers, beside a running bot; nothing is written."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.app import reading
from bot.core.backtest import Advice, Backtest, Nearest, Period, Tally, advise, period_of
from bot.core.errors import ConfigError, StoreError
from bot.core.model import Announcement
from bot.core.query import Query
from bot.interfaces import Store
from bot.settings import Settings
from bot.settings.holidays import calendar_of


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be tried: a query, on so many `days`, held against `topics`, by their names."""

    query: Query
    topics: Mapping[str, Query]
    days: int = 30
    examples: int = 5


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


async def backtest(settings: Settings, question: Question, now: datetime) -> Report:
    """Count what the query would have brought in the days before `now`.

    Papers are read a page at a time; raises StoreError where there are none yet.
    """
    period = period_of(calendar_of(settings.arxiv.holidays), now, question.days)
    async with reading(settings) as store:
        if store is None:
            raise StoreError(
                f"{settings.database}: there is no database yet: `daily-papers poll` makes it, and "
                "reads the last 30 days of arXiv, on which queries can then be tried"
            )
        tally = Tally(question.query, question.topics, period, question.examples)
        async for page in _pages(store, period):
            tally.add(page)
        found = tally.result()
        head = await store.head()
        return Report(found, advise(found, head.baselined, await _hints(store, period, found)))


async def _pages(store: Store, period: Period) -> AsyncIterator[Sequence[Announcement]]:
    """Read the log's rows since the period began, silent ones too."""
    head = await store.head()
    after = 0
    while page := await store.log(after, head.seq, since=period.since):
        after = page[-1].seq
        yield page


async def _hints(store: Store, period: Period, found: Backtest) -> Mapping[str, str]:
    """Find what is nearest to the terms that match nothing, by reading the papers once more."""
    if not found.dead or not found.stored:
        return {}
    nearest = Nearest(found.dead)
    async for page in _pages(store, period):
        nearest.add([row.paper for row in page if period.place(row) is not None])
    return nearest.hints()
