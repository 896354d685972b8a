"""Polls the feeds in tests, with papers as a feed tells of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bot.core.arxiv_calendar import Calendar
from bot.core.feed_day import midnight
from bot.core.model import Detail, Paper
from bot.sources.arxiv_rss import ArxivRss
from bot.sources.gate import Gate
from bot.sources.transfer import Limits
from tests.builders import paper
from tests.sources.feed_server import FeedServer
from tests.sources.polling import Poller

MONDAY, TUESDAY = date(2026, 1, 5), date(2026, 1, 6)
FRIDAY, SATURDAY, SUNDAY = date(2026, 1, 9), date(2026, 1, 10), date(2026, 1, 11)
NO_HOLIDAYS = Calendar({year: frozenset() for year in range(2024, 2028)})


def morning(day: date) -> datetime:
    """Give 07:00 Eastern of a day in winter, when its feed has long been there."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def listed(number: int, *categories: str, day: date = MONDAY, version: int = 1) -> Paper:
    """Build a paper as the feed of a day tells of it; the first category is its primary one."""
    names = categories or ("cs.CL",)
    return paper(
        number,
        version=version,
        categories=names,
        primary_category=names[0],
        published=midnight(day),
        updated=midnight(day),
        detail=Detail.FEED,
    )


def dateless(one: Paper) -> Paper:
    """Leave out when it was submitted, which depends on how the feed that was asked lists it."""
    return replace(one, published=one.updated)


def many(count: int, *categories: str, first: int = 1, day: date = MONDAY) -> list[Paper]:
    """Build many papers with consecutive ids."""
    return [listed(first + number, *categories, day=day) for number in range(count)]


def next_day(server: FeedServer, *papers: Paper) -> datetime:
    """Let the server's day pass, and announce; give the morning after."""
    server.today += timedelta(days=1)
    server.announce(*papers)
    return morning(server.today)


@asynccontextmanager
async def feeding(
    server: FeedServer,
    *,
    calendar: Calendar = NO_HOLIDAYS,
    limits: Limits | None = None,
) -> AsyncIterator[Poller]:
    """Open a source on the server that hurries: no interval, and not long for an answer."""
    async with ArxivRss(
        server.url,
        "ops@example.org",
        Gate(0.0),
        limits=limits or Limits(seconds=2.0),
        calendar=calendar,
    ) as source:
        yield Poller(source)
