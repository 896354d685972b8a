"""Backtests of papers made up, all announced on one evening or on several."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from bot.core.arxiv_calendar import Calendar
from bot.core.backtest import Backtest, Tally, period_of
from bot.core.model import Announcement, Paper
from bot.core.query import parse

NOW = datetime(2026, 1, 9, 12, tzinfo=UTC)  # a Friday
PERIOD = period_of(Calendar({2026: frozenset()}), NOW, 5)
DAYS = tuple(PERIOD.day(place) for place in range(len(PERIOD.evenings)))


def rows(papers: Sequence[Paper], day: date = DAYS[-1]) -> list[Announcement]:
    learned = PERIOD.evenings[DAYS.index(day)] + timedelta(minutes=30)
    return [Announcement(seq, one, learned) for seq, one in enumerate(papers, start=1)]


def tried(
    query: str,
    *pages: Sequence[Announcement],
    topics: Mapping[str, str] | None = None,
    examples: int = 5,
) -> Backtest:
    named = {name: parse(text) for name, text in (topics or {}).items()}
    tally = Tally(parse(query), named, PERIOD, examples)
    for page in pages:
        tally.add(page)
    return tally.result()
