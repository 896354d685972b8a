"""One day's papers against many subscriptions: build, match, memory, and what one change takes.

Run: python -m tests.bench.bench_queries [--papers 2000] [--subscriptions 10000 100000 1000000]
Times are the processor's, the best of three. The baselines are measured in the same run: the
evaluator that reads paper by paper, on a sample that is scaled; and a bare ahocorasick-rs scan of
the same text in lower case, whose output is, for each paper, the list of keyword, start and end of
what it found. The two take turns, so that what else the machine does slows both down. One scan is
for all that occur, which is what matching has to know; the other is the library's default, which
leaves out what overlaps something found before, and so misses most.

`keywords alone` gives both the same words and phrases, drawn from the running text. Mixed
subscriptions are held against scans for as many such keywords as they have different clauses of
text: each clause that several share counts once. Our output is, for each query, the places of the
papers that it matches, all of them in one array, of which each query has its range; then the same
with each query's given out by itself, as numbers of Python's.
"""

import argparse
import gc
import multiprocessing
import os
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

import ahocorasick_rs

from bot.core.model import Paper
from bot.core.query import Query
from bot.core.query.engine import Engine
from bot.core.query.expression import And, Anywhere, Node, Not, Or, Text
from bot.core.query.reading import explain
from bot.core.query.terms import keyword
from tests.bench.subscriptions import Subscribers, all_papers, unrelated

T = TypeVar("T")
CHANGES = 1_000


def seconds(work: Callable[[], object], rounds: int = 3) -> float:
    """Give the processor's time of the best of some rounds."""
    best = float("inf")
    for _ in range(rounds):
        gc.collect()
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def resident() -> int:
    """Give the memory in use now, in bytes."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


def built(queries: Iterable[Query]) -> tuple[Engine, float]:
    """Enter queries; give the seconds in `add`."""
    engine, spent = Engine(), 0.0
    for query in queries:
        began = time.process_time()
        engine.add(query)
        spent += time.process_time() - began
    return engine, spent


def naive(subscribers: Subscribers, papers: Sequence[Paper]) -> float:
    """Give the seconds for one query and one paper, from 20 papers and 100 queries."""
    queries = list(subscribers.queries(100))
    sample = papers[:: max(1, len(papers) // 20)]

    def read() -> None:
        for paper in sample:
            for query in queries:
                explain(query, paper)

    return seconds(read, 1) / len(queries) / len(sample)


class Times(NamedTuple):
    """Seconds of matching, of that with each query's places given out, and of the two scans."""

    match: float
    lists: float
    every: float
    some: float

    def __str__(self) -> str:
        """Tell the ratios."""
        return (
            f"{self.match:.2f} s, with lists {self.lists:.2f} s; scan for all that occur "
            f"{self.every:.2f} s, ratio {self.match / self.every:.1f}, with lists "
            f"{self.lists / self.every:.1f};\n  for what overlaps no other {self.some:.2f} s, "
            f"{self.match / self.some:.1f}, with lists {self.lists / self.some:.1f}"
        )


Row = tuple[int, str, int, int, Times]
"""Subscriptions, their kind, keywords of the scans, matches, and what was measured."""


def against_scans(engine: Engine, keywords: Iterable[str], day: Sequence[Paper]) -> Times:
    """Match, and scan for keywords, in turns."""
    texts = [f"{paper.title}\n{paper.abstract}".lower() for paper in day]
    scan = ahocorasick_rs.AhoCorasick(list(keywords)).find_matches_as_indexes
    works: tuple[Callable[[], object], ...] = (
        lambda: engine.select(day),
        lambda: deque(engine.select(day).values(), maxlen=0),
        lambda: [scan(text, overlapping=True) for text in texts],
        lambda: [scan(text) for text in texts],
    )
    rounds = [[seconds(work, 1) for work in works] for _ in range(3)]
    return Times(*map(min, zip(*rounds, strict=True)))


def keywords_of(papers: Sequence[Paper], count: int) -> set[str]:
    """Draw different words and phrases from the running text."""
    subscribers = Subscribers(papers, seed=3)
    drawn: set[str] = set()
    while len(drawn) < count:
        drawn.add(subscribers.words_of_text().lower())
    return drawn


def texts_of(node: Node) -> Iterator[str]:
    """Give the keys of an expression's clauses of text; the one of `all:` has others beside it."""
    match node:
        case And(nodes) | Or(nodes) | Anywhere(nodes):
            for one in nodes:
                yield from texts_of(one)
        case Not(inner):
            yield from texts_of(inner)
        case Text():
            yield node.key


def clauses_of_text(papers: Sequence[Paper], count: int, *, distinct: bool) -> int:
    """Count the different clauses of text of subscriptions."""
    queries = Subscribers(papers, distinct=distinct).queries(count)
    return len({hash(key) for query in queries for key in texts_of(query.expression)})


def changed(engine: Engine, subscribers: Subscribers) -> list[float]:
    """Give the seconds of each of some changes: a query goes, and another comes."""
    spent = []
    for query in islice(subscribers.queries(CHANGES * 2), CHANGES):
        engine.add(query)
        began = time.process_time()
        engine.discard(query)
        engine.add(query)
        spent.append(time.process_time() - began)
    return spent


def mixed(papers: Sequence[Paper], day: Sequence[Paper], count: int, *, distinct: bool) -> Row:
    """Measure subscriptions of mixed clauses, and print it."""
    kind = "all different" if distinct else "as people share them"
    # Counted aside, since to keep them would count as the engine's memory.
    texts = apart(partial(clauses_of_text, papers, count, distinct=distinct))
    # What reading queries remembers is no part of the engine: let it fill its caches first.
    deque(Subscribers(papers, seed=2, distinct=distinct).queries(min(count, 100_000)), maxlen=0)
    subscribers = Subscribers(papers, distinct=distinct)
    gc.collect()
    gc.freeze()  # what the benchmark itself holds would be looked through again and again
    before = resident()
    engine, building = built(subscribers.queries(count))
    taken = resident() - before
    gc.freeze()
    found = engine.select(day)
    pairs = sum(map(len, found.values()))
    print(f"\n{count:,} subscriptions, {kind}")
    print(f"  {len(engine):,} different queries; build {building:.1f} s, "
          f"{building / count * 1e6:.0f} µs each")  # fmt: skip
    print(f"  memory {taken / 2**20:.0f} MB, {taken / count:.0f} bytes each")
    print(f"  {len(found):,} queries match, {pairs:,} times; {texts:,} clauses of text")
    del found
    gc.freeze()
    times = against_scans(engine, keywords_of(papers, texts), day)
    print(f"  match {times}")
    slow = naive(subscribers, day)
    print(f"  paper by paper {slow * 1e6:.0f} µs, so {slow * count * len(day):,.0f} s: "
          f"{slow * count * len(day) / times.match:,.0f} times as long")  # fmt: skip
    changes = changed(engine, subscribers)
    print(f"  one changed: median {statistics.median(changes) * 1e3:.2f} ms, "
          f"worst of {CHANGES:,} {max(changes) * 1e3:.2f} ms")  # fmt: skip
    if count <= 100_000 and not distinct:
        for query in unrelated(9 * count):
            engine.add(query)
        more = seconds(lambda: engine.select(day))
        print(f"  with {9 * count:,} more that match nothing: {more:.2f} s, "
              f"{more / times.match:.2f}x")  # fmt: skip
    return count, kind, texts, pairs, times


def alone(papers: Sequence[Paper], day: Sequence[Paper], count: int) -> Row:
    """Measure keywords, each a subscription, against a bare scan for the same, and print it."""
    keywords = keywords_of(papers, count)
    gc.collect()
    gc.freeze()
    nodes = map(keyword, keywords)
    engine, building = built(Query("", node.key, node) for node in nodes)
    pairs = sum(map(len, engine.select(day).values()))
    times = against_scans(engine, keywords, day)
    print(f"\n{count:,} keywords alone: build {building:.1f} s, {pairs:,} matches\n  match {times}")
    return count, "keywords alone", count, pairs, times


def apart(measure: Callable[[], T]) -> T:
    """Measure in a process of its own, whose memory nothing was in."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=lambda: theirs.send(measure()))
    process.start()
    theirs.close()
    try:
        result: T = ours.recv()
    finally:
        process.join()
    return result


def table(rows: Iterable[Row]) -> None:
    """Print all ratios together."""
    print(f"\n{'subscriptions':>13}  {'':20} {'keywords':>9} {'matches':>11}  "
          f"{'match':>7} {'lists':>7} {'scan: all':>9} {'some':>6}  "
          f"{'match/all':>9} {'lists/all':>9} {'match/some':>10} {'lists/some':>10}")  # fmt: skip
    for count, kind, texts, pairs, one in rows:
        print(f"{count:>13,}  {kind:20} {texts:>9,} {pairs:>11,}  {one.match:>7.2f} "
              f"{one.lists:>7.2f} {one.every:>9.2f} {one.some:>6.2f}  "
              f"{one.match / one.every:>9.1f} {one.lists / one.every:>9.1f} "
              f"{one.match / one.some:>10.1f} {one.lists / one.some:>10.1f}")  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--papers", type=int, default=2_000)
    options.add_argument(
        "--subscriptions", type=int, nargs="*", default=(10_000, 100_000, 1_000_000)
    )
    chosen = options.parse_args()
    papers = all_papers()
    day = papers[-chosen.papers :]
    letters = sum(len(one.title) + len(one.abstract) for one in day)
    print(f"{len(day):,} papers, {letters:,} characters")
    rows = []
    for count in chosen.subscriptions:
        rows += [
            apart(partial(alone, papers, day, count)),
            apart(partial(mixed, papers, day, count, distinct=False)),
            apart(partial(mixed, papers, day, count, distinct=True)),
        ]
    table(rows)
    print(f"\nload of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
