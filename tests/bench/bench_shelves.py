"""What it takes to put papers on the shelves of the pages, held against indexing the same papers.

Run: python -m tests.bench.bench_shelves [--papers 20000] [--topics 50]
Times are the processor's. Papers and queries are those of bench_queries. After the first time a day
comes: so many new papers, and a fifth as many changed ones; it is held against the first time. Then
everything that stands on a shelf is read, as whoever writes the pages does.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.core.model import Paper
from bot.core.polling import Batch
from bot.core.query import Query
from bot.store import SqliteStore
from bot.upkeep import catch_up, catch_up_shelves
from tests.bench.subscriptions import Subscribers, all_papers

NOW = datetime(2027, 1, 5, 12, 0, tzinfo=UTC)
DAY = 600
"""New papers of a day, in all of the categories that a group follows."""


async def seconds(work: Awaitable[object]) -> float:
    """Tell how long some work takes."""
    began = time.process_time()
    await work
    return time.process_time() - began


async def recorded(store: SqliteStore, papers: Sequence[Paper]) -> None:
    """Let the ledger hold papers."""
    for start in range(0, len(papers), 2000):
        await store.record("arxiv", Batch(tuple(papers[start : start + 2000])), NOW)


async def every_place(store: SqliteStore) -> int:
    """Read all that stands on a shelf, and count it."""
    count, after = 0, ""
    while page := await store.places(after):
        count, after = count + len(page), page[-1].paper
    return count


async def day(store: SqliteStore, papers: Sequence[Paper]) -> None:
    """Let a day's papers come, and some be changed."""
    changed = [
        replace(one, version=2, title=f"{one.title} Again", updated=NOW)
        for one in papers[: DAY // 5]
    ]
    new = [
        replace(one, id=f"2612.{90000 + number:05d}", published=NOW - timedelta(hours=20))
        for number, one in enumerate(papers[-DAY:])
    ]
    await recorded(store, [*changed, *new])


async def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--papers", type=int, default=20_000)
    arguments.add_argument("--topics", type=int, default=50)
    given = arguments.parse_args()
    papers = all_papers()[: given.papers]
    queries: list[Query] = list(Subscribers(papers).queries(given.topics))
    with tempfile.TemporaryDirectory() as folder:
        async with SqliteStore.open(Path(folder) / "papers.db") as store:
            await recorded(store, papers)
            indexed = await seconds(catch_up(store))
            shelved = await seconds(catch_up_shelves(store, queries))
            print(f"{len(papers):,} papers: indexed {indexed:.1f} s; on {len(queries)} shelves "
                  f"{shelved:.1f} s, ratio {shelved / indexed:.2f}")  # fmt: skip
            await day(store, papers)
            await catch_up(store)
            again = await seconds(catch_up_shelves(store, queries))
            print(f"a day of {DAY} new papers and {DAY // 5} changed ones: {again:.2f} s, "
                  f"ratio to the first time {again / shelved:.3f}")  # fmt: skip
            idle = await seconds(catch_up_shelves(store, queries))
            began = time.process_time()
            count = await every_place(store)
            took = time.process_time() - began
            print(f"nothing new: {idle * 1000:.1f} ms; {count:,} places read in {took:.2f} s")


if __name__ == "__main__":
    asyncio.run(main())
