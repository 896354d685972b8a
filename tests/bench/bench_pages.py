"""What the site takes: all of it at once, and what one day changes.

Run: python -m tests.bench.bench_pages [--papers 100000] [--topics 50]
Times are the processor's, of a process that builds and does nothing else; the ledger is indexed and
shelved before, as `run` leaves it. The baseline is to write files with the same octets at the same
places. Papers are the recorded ones over and over, in the months of eight years, or generated ones;
half of the topics are categories, half are words.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.core.model import Paper
from bot.core.polling import Batch
from bot.settings import load
from bot.settings.shelves import shelved_queries
from bot.store import SqliteStore
from bot.upkeep import catch_up_shelves
from tests.bench.subscriptions import all_papers

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
DAY = 600
"""New papers of a day, in all of the categories that a group follows; a fifth as many change."""
WORDS = (
    *("language model", "diffusion", "reinforcement learning", "graph neural network", "robot"),
    *("retrieval", "segmentation", "transformer", "privacy", "speech", "benchmark", "agents"),
    *("optimization", "quantum", "causal", "medical", "video", "translation", "federated", "3D"),
    *("attention", "pretraining", "anomaly detection", "recommendation", "point cloud"),
)
WAIT = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, code, usage = os.wait4(process.pid, 0)
process.returncode = code
print([usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024])
sys.exit(code != 0)
"""
"""Starts a command, and tells what it took. On Linux a process is told to have had the memory of
the one that started it: so that must be a small one, which holds no papers."""


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds of the processor, and its peak memory in MB."""

    seconds: float
    memory: float


def many(count: int) -> Iterator[Paper]:
    """Yield papers, some hundred a day, the oldest first."""
    known = all_papers()
    first = datetime(2018, 1, 1, 6, tzinfo=UTC)
    step = (NOW - timedelta(days=2) - first) / count
    numbers: Counter[str] = Counter()
    for place in range(count):
        at = first + place * step
        month = f"{at:%y%m}"
        numbers[month] += 1
        paper = known[place % len(known)]
        yield replace(
            paper, id=f"{month}.{numbers[month]:05d}", published=at, updated=at, version=1
        )


def configuration(folder: Path, papers: Sequence[Paper], topics: int) -> Path:
    """Write a configuration with so many topics."""
    often = Counter(one.primary_category for one in papers).most_common(topics - topics // 2)
    queries = [(name, f"cat:{name}") for name, _ in often]
    queries += [(word, f'ti:"{word}" OR abs:"{word}"') for word in WORDS]
    file = folder / "daily-papers.toml"
    tables = "".join(
        f"[[topic]]\nname = {json.dumps(name)}\nquery = {json.dumps(query)}\n"
        for name, query in queries[:topics]
    )
    database = json.dumps(str(folder / "papers.db"))
    file.write_text(
        f'database = {database}\n[arxiv]\ncontact = "bench@example.org"\n'
        f'[pages]\nurl = "https://papers.example.org"\n{tables}',
        encoding="utf-8",
    )
    return file


async def held(config: Path, papers: Sequence[Paper]) -> None:
    """Let the ledger hold papers, indexed and shelved."""
    settings = load(config, env={})
    async with SqliteStore.open(settings.database) as store:
        for start in range(0, len(papers), 2000):
            await store.record("arxiv", Batch(tuple(papers[start : start + 2000])), NOW)
        await catch_up_shelves(store, shelved_queries(settings))


def built(config: Path, out: Path) -> Cost:
    """Build the site in a process of its own."""
    words = [sys.executable, "-m", "bot", "pages", "--out", str(out), "--config", str(config)]
    # As it is where it was installed, with its bytecode.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    told = subprocess.run(
        [sys.executable, "-c", WAIT, *words], check=True, capture_output=True, env=env
    )
    return Cost(*json.loads(told.stdout))


def copied(out: Path, folder: Path) -> float:
    """Write the same octets once more, and tell what that took."""
    files = [(one.relative_to(out), one.read_bytes()) for one in out.rglob("*") if one.is_file()]
    for home in {place.parent for place, _ in files}:
        (folder / home).mkdir(parents=True, exist_ok=True)
    began = time.process_time()
    for place, content in files:
        with open(f"{folder}/{place}", "wb", buffering=0) as file:  # noqa: PTH123  # the bare call
            file.write(content)
    return time.process_time() - began


def day(papers: Sequence[Paper]) -> list[Paper]:
    """Give what a day brings: new papers, and some in a second version."""
    changed = [replace(one, version=2, updated=NOW) for one in papers[-DAY // 5 :]]
    fresh = [
        replace(one, id=f"2603.{90000 + number:05d}", published=NOW, updated=NOW)
        for number, one in enumerate(papers[:DAY])
    ]
    return [*changed, *fresh]


def measured(count: int, topics: int, folder: Path) -> None:
    """Measure a site of so many papers, and print.

    Nothing is deleted meanwhile: to make files takes several times as long after that.
    """
    folder.mkdir()
    papers = list(many(count))
    config = configuration(folder, papers, topics)
    asyncio.run(held(config, papers))
    full = built(config, folder / "site")
    bare = copied(folder / "site", folder / "copy")
    files = [one for one in (folder / "site").rglob("*") if one.is_file()]
    pages = sum(one.parent.parent.name == "papers" and one.suffix == ".html" for one in files)
    size = sum(one.stat().st_size for one in files) / 1e6
    rate = pages / full.seconds
    print(
        f"{count:,} papers, {topics} topics: {len(files):,} files, {size:,.0f} MB, "
        f"{pages:,} pages of papers\n"
        f"  all at once: {full.seconds:.1f} s, {rate:,.0f} pages of papers a second, "
        f"{full.memory:.0f} MB; bare writing {bare:.1f} s, ratio {full.seconds / bare:.1f}"
    )
    asyncio.run(held(config, day(papers)))
    again = built(config, folder / "site")
    idle = built(config, folder / "site")
    print(
        f"  after a day of {DAY} new and {DAY // 5} changed papers: {again.seconds:.2f} s, "
        f"ratio {again.seconds / full.seconds:.3f}; nothing new: {idle.seconds:.2f} s, "
        f"ratio {idle.seconds / full.seconds:.3f}"
    )


def main() -> None:
    """Measure a fifth of it and all of it, so that it is seen how memory grows."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--papers", type=int, default=100_000)
    arguments.add_argument("--topics", type=int, default=50)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        for count in (given.papers // 5, given.papers):
            measured(count, given.topics, Path(name) / str(count))


if __name__ == "__main__":
    main()
