"""Polls the source in tests, and remembers its marks as the store would."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.errors import SourceError
from bot.core.model import Paper
from bot.core.polling import Batch, Mark, Memory, PollRequest, Quarantined
from bot.core.window import DAYS
from bot.demo.arxiv_server import ArxivServer
from bot.interfaces import Source
from bot.sources.arxiv_api import ArxivApi
from bot.sources.gate import Gate
from bot.sources.slices import Paging
from bot.sources.transfer import Limits
from tests.builders import NOON, paper

QUESTIONS = DAYS + 1
"""What a poll of some scopes asks where all is well: for each day, and for what is newest."""


@dataclass
class Told:
    """All that one poll yielded, and the error that it ended with."""

    batches: list[Batch] = field(default_factory=list)
    error: SourceError | None = None

    @property
    def ids(self) -> list[str]:
        return [one.id for batch in self.batches for one in batch.papers]

    @property
    def papers(self) -> dict[str, Paper]:
        return {one.id: one for batch in self.batches for one in batch.papers}

    @property
    def marks(self) -> tuple[Mark, ...]:
        return tuple(mark for batch in self.batches for mark in batch.marks)

    @property
    def quarantined(self) -> list[Quarantined]:
        return [row for batch in self.batches for row in batch.quarantined]

    @property
    def elsewhere(self) -> list[str]:
        return [one for batch in self.batches for one in batch.elsewhere]

    @property
    def absent(self) -> list[str]:
        return [one for batch in self.batches for one in batch.absent]

    @property
    def complete(self) -> frozenset[str]:
        return frozenset(scope for batch in self.batches for scope in batch.complete)

    @property
    def current(self) -> frozenset[str]:
        return frozenset(scope for batch in self.batches for scope in batch.current)


class Poller:
    """Polls again and again, and keeps the marks as the store does."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.ledger: dict[tuple[str, str], Mark] = {}

    async def poll(
        self,
        *scopes: str,
        now: datetime = NOON,
        patience: float = 1.0,
    ) -> Told:
        told = Told()
        marks = tuple(self.ledger.values())
        request = PollRequest(now, frozenset(scopes or ("cs.CL",)), Memory(marks), patience)
        try:
            async for batch in self.source.poll(request):
                told.batches.append(batch)
                self.ledger.update({(mark.scope, mark.key): mark for mark in batch.marks})
        except SourceError as error:
            told.error = error
        return told


@asynccontextmanager
async def polling(
    server: ArxivServer, *, seconds: float = 2.0, **paging: int
) -> AsyncIterator[Poller]:
    """Open a source on the server that hurries: no interval, and not long for an answer."""
    async with ArxivApi(
        server.url,
        "ops@example.org",
        Gate(0.0),
        limits=Limits(seconds=seconds),
        paging=Paging(**paging),
    ) as source:
        yield Poller(source)


def spread(count: int, *, first: int = 1, days: float = 29.0, **changes: object) -> list[Paper]:
    """Spread papers evenly over the days before NOON."""
    step = timedelta(days=days) / count
    return [
        paper(first + n, published=NOON - step * n, updated=NOON - step * n, **changes)
        for n in range(count)
    ]


def at(number: int, instant: datetime, **changes: object) -> Paper:
    return paper(number, published=instant, updated=instant, **changes)


def ids(papers: Iterable[Paper]) -> set[str]:
    return {one.id for one in papers}
