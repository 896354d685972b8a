"""How fast the public site answers over HTTP, against a bare route that returns the same octets.

Run: python -m tests.bench.bench_served [--papers 20000] [--topics 10] [--seconds 3]
Servers and client are processes of their own on the loopback; bare and real answers are asked for
in turns by the same client. Papers and queries are those of bench_queries. A question is answered
`again` from what is kept; `anew` each one is asked for the first time.
"""

import argparse
import asyncio
import itertools
import json
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from bot.core.polling import Batch
from bot.core.query.expression import write
from bot.serving import desk_of
from bot.settings import Settings, load
from bot.settings.shelves import shelved_queries
from bot.store import SqliteStore
from bot.upkeep import catch_up, catch_up_shelves
from bot.web.server import answer, listening
from bot.web.site import site
from tests.bench.subscriptions import Subscribers, all_papers

NOW = datetime(2027, 1, 5, 12, 0, tzinfo=UTC)
CLIENTS = 50
ROUNDS = 3


@dataclass
class Told:
    """What a client saw: seconds of each answer, in all so many seconds."""

    seconds: float
    each: list[float] = field(default_factory=list)
    refused: int = 0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.each) / self.seconds

    def line(self) -> str:
        """Write the rate, and how the slowest stand to the middle one."""
        cuts = statistics.quantiles(self.each, n=100)
        middle = statistics.median(self.each)
        refused = f", {self.refused} refused" if self.refused else ""
        return (
            f"{self.rate:,.0f}/s, median {middle * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms, "
            f"ratio {cuts[98] / middle:.1f}{refused}"
        )


async def asked(port: int, addresses: Iterator[str], seconds: float, clients: int) -> Told:
    """Let clients ask, each for one address after the other."""
    told = Told(seconds)
    until = time.perf_counter() + seconds

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (began := time.perf_counter()) < until:
            address = next(addresses)
            writer.write(
                f"GET {address} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n".encode()
            )
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length: ")[2].partition(b"\r")[0])
            await reader.readexactly(length)
            told.each.append(time.perf_counter() - began)
            told.refused += not head.startswith(b"http/1.1 200")
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(client() for _ in range(clients)))
    return told


def configuration(folder: Path, texts: Sequence[str]) -> Settings:
    """Write a configuration with a topic for each query."""
    topics = "".join(
        f"[[topic]]\nname = {json.dumps(f'Topic {number}')}\nquery = {json.dumps(text)}\n"
        for number, text in enumerate(texts)
    )
    file = folder / "daily-papers.toml"
    file.write_text(
        f'database = "{folder}/papers.db"\n[arxiv]\ncontact = "b@example.org"\n[pages]\n{topics}',
        encoding="utf-8",
    )
    return load(file, env={})


async def fill(settings: Settings, papers: Sequence[Any]) -> None:
    """Let the ledger hold papers, and the shelves what they match."""
    async with SqliteStore.open(settings.database) as store:
        for start in range(0, len(papers), 2000):
            await store.record("arxiv", Batch(tuple(papers[start : start + 2000])), NOW)
        await catch_up(store)
        await catch_up_shelves(store, shelved_queries(settings))


def serve(app: Callable[[], Any], port: Any) -> None:
    """Serve until the process is ended; tells where."""

    async def run() -> None:
        with listening("127.0.0.1", 0) as listener:
            port.send(listener.getsockname()[1])
            await answer(app(), listener, asyncio.Event())

    asyncio.run(run())


class Real:
    """Builds the public site."""

    def __init__(self, config: Path) -> None:
        self.config = config

    def __call__(self) -> Any:
        """Build it in the process that serves it."""
        return site(desk_of(load(self.config, env={})))


class Bare:
    """Builds an application that answers every address with the same octets and headers."""

    def __init__(self, body: bytes, headers: dict[str, str]) -> None:
        self.body, self.headers = body, headers

    def __call__(self) -> Any:
        """Build it in the process that serves it."""

        async def same(_: Any) -> Response:
            return Response(self.body, headers=self.headers)

        return Starlette(routes=[Route("/{address:path}", same)])


class Server:
    """An application in a process of its own, while the block lasts."""

    def __init__(self, app: Callable[[], Any]) -> None:
        here, there = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(target=serve, args=(app, there), daemon=True)
        self._here = here

    def __enter__(self) -> int:
        self._process.start()
        return int(self._here.recv())

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()


async def one(port: int, address: str) -> tuple[bytes, dict[str, str]]:
    """Ask once, and give the octets and the headers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {address} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n".encode())
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
    body = await reader.readexactly(int(headers["content-length"]))
    writer.close()
    headers.pop("date")
    return body, headers


async def compare(port: int, name: str, addresses: Iterator[str], seconds: float) -> None:
    """Hold some addresses against a bare route that answers as the first of them."""
    address = next(addresses)
    body, headers = await one(port, address)
    with Server(Bare(body, headers)) as bare:
        ratios, rates = [], []
        for _ in range(ROUNDS):
            plain = await asked(bare, itertools.repeat(address), seconds, CLIENTS)
            real = await asked(port, addresses, seconds, CLIENTS)
            ratios.append(real.rate / plain.rate)
            rates.append(real.rate)
        print(f"{name} ({len(body):,} octets packed): {statistics.median(rates):,.0f}/s, "
              f"ratio to a bare route {statistics.median(ratios):.2f}")  # fmt: skip


async def measure(port: int, texts: Sequence[str], seconds: float) -> None:
    """Measure and print."""
    began = time.perf_counter()
    await one(port, "/")
    print(f"the first page, counted and made: {time.perf_counter() - began:.2f} s")
    searches = [f"/search?q={quote(text)}" for text in texts]
    known, new = searches[:40], searches[40:]
    for address in known:
        await one(port, address)
    again = await asked(port, itertools.cycle(known), seconds, CLIENTS)
    print(f"/search again, {CLIENTS} clients: {again.line()}")
    await compare(port, "the first page", itertools.repeat("/"), seconds)
    await compare(port, "/search again", itertools.repeat(known[0]), seconds)
    fresh = (f"{one}%20ANDNOT%20ti:x{number}" for number, one in enumerate(new * 99))
    await compare(port, "/search anew", fresh, seconds)
    print(f"/search anew, {CLIENTS} clients: {(await asked(port, fresh, seconds, CLIENTS)).line()}")
    _, reading = await asyncio.gather(
        asked(port, fresh, seconds, CLIENTS // 2),
        asked(port, itertools.repeat("/archive.html"), seconds, CLIENTS // 2),
    )
    print(f"a page, while {CLIENTS // 2} others search anew: {reading.line()}")


def main() -> None:
    """Prepare, and measure."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--papers", type=int, default=20_000)
    arguments.add_argument("--topics", type=int, default=10)
    arguments.add_argument("--seconds", type=float, default=3.0)
    given = arguments.parse_args()
    papers = all_papers()[: given.papers]
    texts = [write(one.expression) for one in Subscribers(papers).queries(2_000)]
    texts = [one for one in texts if "cat:" not in one]  # some papers have none of arXiv's
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = configuration(folder, texts[: given.topics])
        asyncio.run(fill(settings, papers))
        with Server(Real(folder / "daily-papers.toml")) as port:
            asyncio.run(measure(port, texts[given.topics :], given.seconds))


if __name__ == "__main__":
    main()
