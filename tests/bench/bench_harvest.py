"""How long an OAI-PMH harvest takes to become committed rows, against the bare parse of its bytes.

Run it as `python -m tests.bench.bench_harvest [RECORDS]`. The pages come over loopback, packed,
from a process of their own; each harvest runs in a new process, whose peak of memory is its own.
Texts are those of the genuine corpus where DAILY_PAPERS_RECORDINGS names it. Seconds are of the
processor, in all threads, and the least of several rounds, so that what else the machine does
counts for neither side. The bare parses have their bytes in memory, unpacked, while a harvest also
has to receive and unpack them.
"""

import asyncio
import gzip
import json
import logging
import multiprocessing
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx
import structlog
from aiohttp import web

from bot.core.polling import PollRequest
from bot.sources.arxiv_oai import ArxivOai
from bot.sources.gate import Gate
from bot.sources.oai_asker import PAGE
from bot.sources.transfer import make_client, opened
from bot.store import SqliteStore
from tests.bench.bare_parses import BARE
from tests.bench.bench_ingest import ABSTRACT
from tests.builders import NOON, paper
from tests.sources.oai_server import of, page, record

ROWS = 2_500
ROUNDS = 3
TAIL = 200
SHARES = (0.25, 0.5, 1.0)
"""Of the papers, in scope: a reader of some categories, of half of arXiv, of all of it."""
TEXTS = 2_000


@dataclass(frozen=True)
class Figures:
    """What one harvest took; of its seconds the store had `storing`.

    `receiving` is what the same pages take that are only fetched and unpacked.
    """

    seconds: float
    storing: float
    receiving: float
    peak: float
    papers: int


def texts() -> list[tuple[str, str, tuple[str, ...]]]:
    """Give titles, abstracts and authors as arXiv has them."""
    folder = os.environ.get("DAILY_PAPERS_RECORDINGS")
    if not folder:
        authors = tuple(f"Author Number{n}" for n in range(5))
        return [("Retrieval, Contradiction and Trust", (ABSTRACT * 8).strip(), authors)]
    found = []
    with gzip.open(
        Path(folder) / "corpus" / "papers-20k.jsonl.gz", "rt", encoding="utf-8"
    ) as lines:
        for line, _ in zip(lines, range(TEXTS), strict=False):
            row = json.loads(line)
            found.append((row["title"], row["summary"], tuple(row["authors"])))
    return found


def pages(count: int, wanted: float) -> Iterator[bytes]:
    """Write the list page by page; a share of the papers is in cs.CL, the others are not."""
    known = texts()
    for start in range(0, count, ROWS):
        rows = []
        for number in range(start, min(start + ROWS, count)):
            title, abstract, authors = known[number % len(known)]
            inside = number % 100 < wanted * 100
            categories = ("cs.CL", "cs.AI") if inside else ("math.AG", "math.CO")
            submitted = NOON - timedelta(seconds=number)
            one = paper(
                number % 99_999 + 1,
                id=f"{2512 - number // 99_999}.{number % 99_999 + 1:05d}",
                title=f"{title} {number}",
                abstract=abstract,
                authors=authors,
                categories=categories,
                primary_category=categories[0],
                comment="12 pages, 5 figures",
                published=submitted,
                updated=submitted,
            )
            rows.append(record(of(one)))
        last = start + ROWS >= count
        token = "" if last else f"<resumptionToken>{start // ROWS + 1}</resumptionToken>"
        yield page(f"<ListRecords>{''.join(rows)}{token}</ListRecords>").encode()


def serve(count: int, wanted: float, pipe: Connection) -> None:
    """Serve the list until this process is ended; say first where."""
    packed = [gzip.compress(body, 1) for body in pages(count, wanted)]

    async def answer(request: web.Request) -> web.Response:
        body = packed[int(request.query.get("resumptionToken", 0))]
        return web.Response(body=body, headers={"Content-Encoding": "gzip"})

    async def run() -> None:
        app = web.Application()
        app.router.add_get("/oai", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        pipe.send(f"http://127.0.0.1:{runner.addresses[0][1]}/oai")
        await asyncio.Event().wait()

    asyncio.run(run())


def harvest(url: str, pipe: Connection) -> None:
    """Harvest the list into a new database, and send the figures."""

    async def run(folder: str) -> Figures:
        papers, storing = 0, 0.0
        async with (
            SqliteStore.open(Path(folder) / "bench.db") as store,
            ArxivOai(url, None, Gate(0.0)) as source,
        ):
            before = peak()
            began = time.process_time()
            async for batch in source.poll(PollRequest(NOON, frozenset({"cs.CL"}))):
                given = time.process_time()
                await store.record(source.name, batch, NOON)
                storing += time.process_time() - given
                papers += len(batch.papers)
            seconds, most = time.process_time() - began, peak() - before
            return Figures(seconds, storing, await receive(url), most, papers)

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        pipe.send(asyncio.run(run(folder)))


async def receive(url: str) -> float:
    """Time how long the pages take that are fetched and unpacked, and not read."""
    began = time.process_time()
    query: str | None = ""
    async with make_client(None) as client:
        while query is not None:
            tail = b""
            async with opened(client, Gate(0.0), httpx.URL(url + query), PAGE) as answer:
                async for piece in answer.pieces:
                    tail = (tail + piece)[-TAIL:]
            token = re.search(rb"<resumptionToken>(\d+)<", tail)
            query = f"?resumptionToken={token[1].decode()}" if token else None
    return time.process_time() - began


def peak() -> float:
    """Tell the most memory this process has held, in MB; Linux only."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def received(work: Callable[..., None], *arguments: Any) -> tuple[Any, multiprocessing.Process]:
    """Start work in a process of its own, and wait for what it sends."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=work, args=(*arguments, theirs), daemon=True
    )
    process.start()
    theirs.close()
    return ours.recv(), process  # type: ignore[return-value]  # a spawned one is a Process too


def measured(count: int, wanted: float) -> Figures:
    """Measure harvests of the same list, and give the one that took least."""
    url, server = received(serve, count, wanted)
    found = []
    for _ in range(ROUNDS):
        figures, process = received(harvest, url)
        process.join()
        assert isinstance(figures, Figures)
        assert figures.papers == round(count * wanted)
        found.append(figures)
    server.terminate()
    server.join()
    return min(found, key=lambda figures: figures.seconds)


def timed(parse: Callable[[bytes], int], bodies: list[bytes]) -> float:
    """Time the bare parse of all pages in memory, and see that it gives every record."""
    found = []
    for _ in range(ROUNDS):
        began = time.process_time()
        count = sum(map(parse, bodies))
        found.append(time.process_time() - began)
        assert count == sum(body.count(b"</record>") for body in bodies)
    return min(found)


def report(count: int, wanted: float, bare: dict[str, float]) -> None:
    """Measure and print one share of papers in scope."""
    tenth, whole = measured(count // 10, wanted), measured(count, wanted)
    print(f"{wanted:.0%} in scope: bytes on the wire to committed rows in {whole.seconds:.1f} s")
    print(f"  {count / whole.seconds:,.0f} records a second")
    reading = whole.seconds - whole.receiving
    print(f"  receiving {whole.receiving:.1f} s, papers {reading - whole.storing:.1f} s", end="")
    print(f", store {whole.storing:.1f} s")
    for told, seconds in bare.items():
        ratio = whole.seconds / seconds
        print(f"  ratio to {told}: {ratio:.2f}, without receiving {reading / seconds:.2f}")
    print(f"  peak memory +{tenth.peak:.0f} MB of {count // 10:,}, +{whole.peak:.0f} MB of all")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    bodies = list(pages(count, 0.5))
    print(f"{count:,} records, {sum(map(len, bodies)) / 1e6:.0f} MB; bare parse in memory:")
    bare = {told: timed(parse, bodies) for told, parse in BARE.items()}
    for told, seconds in bare.items():
        print(f"  {told} {seconds:.1f} s")
    bodies.clear()
    for wanted in SHARES:
        report(count, wanted, bare)


if __name__ == "__main__":
    main()
