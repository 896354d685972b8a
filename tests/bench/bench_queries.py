"""One day's papers against many subscriptions: build, match, memory, and what one change takes.

Run: python -m tests.bench.bench_queries [--papers 2000] [--subscriptions 10000 100000 1000000]
Times are the processor's, the best of three. The baselines are measured in the same run: the
evaluator that reads paper by paper, on a sample that is scaled; and a bare ahocorasick-rs scan of
the same text in lower case. `keywords alone` gives both the same words and phrases, drawn from the
running text; ours gives the papers of each, the scan its list of what it found in each paper. Mixed
subscriptions are held against scans for as many such keywords as their clauses of text are, each
clause that several share once.
"""

import argparse
import gc
import multiprocessing
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

import ahocorasick_rs

from bot.core.model import Paper
from bot.core.query import Query
from bot.core.query.engine import Engine
from bot.core.query.expression import And, Anywhere, Node, Not, Or, Text
from bot.core.query.reading import explain
from bot.core.query.terms import keyword
from tests.bench.subscriptions import Subscribers, all_papers, unrelated

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


def scanned(keywords: Iterable[str], papers: Sequence[Paper]) -> tuple[float, float]:
    """Give the seconds of two bare scans: for all keywords, and for those that overlap no other."""
    texts = [f"{paper.title}\n{paper.abstract}".lower() for paper in papers]
    scan = ahocorasick_rs.AhoCorasick(list(keywords)).find_matches_as_indexes
    every = seconds(lambda: [scan(text, overlapping=True) for text in texts])
    return every, seconds(lambda: [scan(text) for text in texts])


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


def against_scans(texts: int, papers: Sequence[Paper], day: Sequence[Paper], ours: float) -> None:
    """Hold mixed subscriptions' time against that of bare scans, and print it."""
    every, some = scanned(keywords_of(papers, texts), day)
    print(f"  bare scan for as many keywords as clauses of text, {texts:,}: for all that occur "
          f"{every:.2f} s,\n  ratio {ours / every:.1f}; for what overlaps no other {some:.2f} s, "
          f"{ours / some:.1f}")  # fmt: skip


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


def mixed(papers: Sequence[Paper], day: Sequence[Paper], count: int, *, distinct: bool) -> None:
    """Measure subscriptions of mixed clauses, and print it."""
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
    matching = seconds(lambda: engine.select(day))
    pairs = sum(map(len, found.values()))
    print(f"\n{count:,} subscriptions, {'all different' if distinct else 'as people share them'}")
    print(f"  {len(engine):,} different queries; build {building:.1f} s, "
          f"{building / count * 1e6:.0f} µs each")  # fmt: skip
    print(f"  memory {taken / 2**20:.0f} MB, {taken / count:.0f} bytes each")
    print(f"  match {matching:.2f} s: {len(found):,} queries, {pairs:,} matches")
    gc.freeze()
    slow = naive(subscribers, day)
    print(f"  paper by paper {slow * 1e6:.0f} µs, so {slow * count * len(day):,.0f} s: "
          f"{slow * count * len(day) / matching:,.0f} times as long")  # fmt: skip
    changes = changed(engine, subscribers)
    print(f"  one changed: median {statistics.median(changes) * 1e3:.2f} ms, "
          f"worst of {CHANGES:,} {max(changes) * 1e3:.2f} ms")  # fmt: skip
    # Drawn again, since to keep them would count as the engine's memory.
    again = Subscribers(papers, distinct=distinct).queries(count)
    texts = {hash(key) for query in again for key in texts_of(query.expression)}
    against_scans(len(texts), papers, day, matching)
    if count <= 100_000 and not distinct:
        for query in unrelated(9 * count):
            engine.add(query)
        more = seconds(lambda: engine.select(day))
        print(f"  with {9 * count:,} more that match nothing: {more:.2f} s, {more / matching:.2f}x")


def alone(papers: Sequence[Paper], day: Sequence[Paper], count: int) -> None:
    """Measure keywords, each a subscription, against a bare scan for the same, and print it."""
    keywords = keywords_of(papers, count)
    gc.collect()
    gc.freeze()
    nodes = map(keyword, keywords)
    engine, building = built(Query("", node.key, node) for node in nodes)
    matching = seconds(lambda: engine.select(day))
    every, some = scanned(keywords, day)
    pairs = sum(map(len, engine.select(day).values()))
    print(f"\n{count:,} keywords alone: build {building:.1f} s, match {matching:.2f} s, "
          f"{pairs:,} matches\n  bare scan for all that occur {every:.2f} s, ratio "
          f"{matching / every:.1f}; for what overlaps no other {some:.2f} s, "
          f"{matching / some:.1f}")  # fmt: skip


def apart(measure: Callable[[], None]) -> None:
    """Measure in a process of its own, whose memory nothing was in."""
    process = multiprocessing.get_context("fork").Process(target=measure)
    process.start()
    process.join()


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
    for count in chosen.subscriptions:
        apart(partial(alone, papers, day, count))
        apart(partial(mixed, papers, day, count, distinct=False))
        apart(partial(mixed, papers, day, count, distinct=True))


if __name__ == "__main__":
    main()
