"""How long a page of 2,000 entries takes to become committed rows, against feedparser alone.

Run it as `python -m tests.bench.bench_ingest`; the page comes over loopback, packed.
"""

import asyncio
import io
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import feedparser
import httpx

from bot.core.model import Paper
from bot.core.polling import Batch
from bot.core.window import Window
from bot.demo.arxiv_server import ArxivServer
from bot.sources.asker import Asker
from bot.sources.gate import Gate
from bot.sources.line import Line
from bot.sources.persistence import Patience
from bot.sources.question import Question
from bot.sources.transfer import Limits, make_client
from bot.store import SqliteStore
from tests.builders import NOON, paper

ENTRIES = 2_000
ROUNDS = 5
ABSTRACT = (
    "We study how language models with $n < 10^{9}$ parameters answer questions when what they "
    "retrieve contradicts what they were trained on, and find that 5% of answers change. "
)


def typical_papers() -> list[Paper]:
    """Build papers as long as arXiv's: about 1,300 characters and five authors each."""
    return [
        paper(
            number,
            title=f"Retrieval, Contradiction and Trust in Language Models: Study {number}",
            abstract=(ABSTRACT * 8).strip(),
            authors=tuple(f"Author Number{number + n}" for n in range(5)),
            categories=("cs.CL", "cs.AI", "cs.LG"),
            comment="12 pages, 5 figures",
            published=NOON - timedelta(seconds=number),
            updated=NOON - timedelta(seconds=number),
        )
        for number in range(1, ENTRIES + 1)
    ]


def feedparser_alone(body: bytes) -> float:
    """Time feedparser on the page, as a plain caller would use it."""
    began = time.perf_counter()
    parsed = feedparser.parse(
        io.BytesIO(body),
        response_headers={"content-type": "application/atom+xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    assert len(parsed.entries) == ENTRIES
    return time.perf_counter() - began


class FirstByte:
    """Notes when the first byte of an answer has come."""

    def __init__(self) -> None:
        self.at = 0.0

    async def __call__(self, response: httpx.Response) -> None:
        self.at = time.perf_counter()


async def ours(server: ArxivServer, question: Question, store: SqliteStore) -> tuple[float, float]:
    """Time a page from its first byte to checked papers, and on to its committed rows."""
    first = FirstByte()
    async with make_client(None) as client:
        client.event_hooks = {"response": [first]}
        asker = Asker(Line(client, Gate(0.0), server.url, Limits()), Patience(0.0))
        page = await asker.ask(question)
        read = time.perf_counter()
        recorded = await store.record("bench", Batch(page.papers), NOON)
        assert recorded.silent == ENTRIES
        return read - first.at, time.perf_counter() - first.at


async def rounds(server: ArxivServer, question: Question, body: bytes) -> list[tuple[float, ...]]:
    """Measure both in turn, each time into a new database."""
    found: list[tuple[float, ...]] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            async with SqliteStore.open(Path(folder) / f"{number}.db") as store:
                mine = await ours(server, question, store)
            found.append((*mine, feedparser_alone(body)))
    return found


async def main() -> None:
    window = Window(NOON - timedelta(days=1), NOON)
    question = Question(("cs.CL",), window, 0, ENTRIES)
    async with ArxivServer(typical_papers()) as server:
        async with httpx.AsyncClient(trust_env=False) as client:
            body = (await client.get(server.url, params=question.parameters)).content
        found = await rounds(server, question, body)
    read, committed, alone = (statistics.median(column) for column in zip(*found, strict=True))
    print(f"page: {len(body) / 1e6:.1f} MB, {ENTRIES} entries")
    print(f"first byte to papers {read:.2f} s, to committed rows {committed:.2f} s")
    print(f"feedparser alone {alone:.2f} s")
    print(f"ratio to committed rows: {committed / alone:.2f}")


if __name__ == "__main__":
    asyncio.run(main())
