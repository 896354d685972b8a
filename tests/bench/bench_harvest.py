"""How long an OAI-PMH harvest takes to become committed rows, against the bare parse of its bytes.

Run it as `python -m tests.bench.bench_harvest [RECORDS]`. The pages come over loopback, packed,
from a process of their own; each harvest runs in a new process, whose peak of memory is its own.
Texts are those of the genuine corpus where DAILY_PAPERS_RECORDINGS names it. Seconds are of the
processor, in all threads, so that what else the machine does counts for neither side.
"""

import asyncio
import gzip
import json
import logging
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from xml.parsers import expat

import structlog
from aiohttp import web

from bot.core.polling import PollRequest
from bot.sources.arxiv_oai import ArxivOai
from bot.sources.gate import Gate
from bot.store import SqliteStore
from tests.bench.bench_ingest import ABSTRACT
from tests.builders import NOON, paper
from tests.sources.oai_server import of, page, record

ROWS = 2_500
TEXTS = 2_000


@dataclass(frozen=True)
class Figures:
    """What one harvest took; `storing` is the part of its seconds that the store had."""

    seconds: float
    storing: float
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
            return Figures(time.process_time() - began, storing, peak() - before, papers)

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        pipe.send(asyncio.run(run(folder)))


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
    """Measure one harvest."""
    url, server = received(serve, count, wanted)
    figures, process = received(harvest, url)
    process.join()
    server.terminate()
    server.join()
    assert isinstance(figures, Figures)
    assert figures.papers == round(count * wanted)
    return figures


def bare(bodies: list[bytes], *, gathering: bool) -> float:
    """Time expat alone on the pages: in silence, or gathering the text of every element."""
    began = time.process_time()
    for body in bodies:
        parser = expat.ParserCreate("UTF-8", " ")
        if gathering:
            gather(parser)
        parser.Parse(body, True)  # noqa: FBT003  # expat has no name for it
    return time.process_time() - began


def gather(parser: expat.XMLParserType) -> None:
    """Make the parser gather each record as a dictionary: the least that a reader must do."""
    parser.buffer_text = True
    record: dict[str, str] = {}
    text: list[str] = []

    def start(name: str, _attributes: dict[str, str]) -> None:
        text.clear()

    def end(name: str) -> None:
        record[name] = "".join(text)
        if name.endswith(" record"):
            record.clear()

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text.append


def report(count: int, wanted: float) -> None:
    """Measure and print one share of papers in scope."""
    bodies = list(pages(count, wanted))
    silent, gathered = bare(bodies, gathering=False), bare(bodies, gathering=True)
    size = sum(map(len, bodies)) / 1e6
    bodies.clear()
    tenth, whole = measured(count // 10, wanted), measured(count, wanted)
    print(f"{count:,} records, {wanted:.0%} in scope, {size:.0f} MB")
    print(
        f"  bytes to committed rows {whole.seconds:.1f} s ({count / whole.seconds:,.0f} a second)"
    )
    print(f"  bytes to papers {whole.seconds - whole.storing:.1f} s, store {whole.storing:.1f} s")
    print(f"  expat gathering records {gathered:.1f} s, ratio {whole.seconds / gathered:.2f}")
    print(f"  expat in silence {silent:.1f} s, ratio {whole.seconds / silent:.2f}")
    print(f"  peak memory +{tenth.peak:.0f} MB of {count // 10:,}, +{whole.peak:.0f} MB of all")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    for wanted in (0.5, 1.0):
        report(count, wanted)


if __name__ == "__main__":
    main()
