"""Peak memory and time of one pass with 2,000 papers and 1,000 subscribers, by email.

Run: python -m tests.bench.bench_pass
The baseline of both is a Python that only imports what the pass imports.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.bench_ingest import typical_papers
from tests.builders import paper
from tests.loopback import TOKEN, loopback, reader

READERS = 1_000
WORDS = ("retrieval", "contradiction", "trust", "study 17", "study 1999", "parameters", "galaxy")


def configuration() -> str:
    """Write topics that match much, little and nothing, and subscribers who mix them."""
    topics = "".join(
        f'\n[[topic]]\nname = "T{number}"\nkeywords = ["{word}"]\ncategories = ["cs.CL"]\n'
        for number, word in enumerate(WORDS)
    )
    readers = "".join(
        reader(f"reader{number}", topics=f'["T{3 + number % 2}", "T6"]')
        for number in range(READERS)
    )
    return topics + readers


def measured(words: list[str]) -> tuple[float, float]:
    """Run a command; give its seconds and the peak of its memory in MB."""
    environment = os.environ | {
        "DAILY_PAPERS_SLACK__TOKEN": TOKEN,
        "DAILY_PAPERS_EMAIL__PER_MINUTE": "100000",
    }
    began = time.perf_counter()
    process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)
    _, code, usage = os.wait4(process.pid, 0)
    process.returncode = code
    assert code == 0, words
    return time.perf_counter() - began, memory(usage)


def memory(usage: resource.struct_rusage) -> float:
    """Give the peak resident set in MB."""
    return usage.ru_maxrss / 1024


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, loopback(Path(folder), [paper(1)]) as world:
        world.configure(configuration())
        config = ["--config", str(world.config)]
        run = [sys.executable, "-m", "bot", "run", "--once", *config]
        measured([*run, "--at", "2026-01-05T09:00Z"])
        world.announce(*typical_papers()[1:])
        seconds, peak = measured([*run, "--at", "2026-01-06T09:00Z"])
        sent = len(world.mail.messages)
        bare = "import bot.app, bot.console, bot.notifiers.email, bot.sources.arxiv_api"
        idle_seconds, idle = measured([sys.executable, "-c", bare])
    assert sent == READERS
    print(f"2,000 papers, {READERS:,} subscribers, {sent:,} messages sent")
    print(f"peak memory {peak:.0f} MB; imports alone {idle:.0f} MB; ratio {peak / idle:.1f}")
    print(f"time {seconds:.1f} s; imports alone {idle_seconds:.1f} s")


if __name__ == "__main__":
    main()
