"""Simulated days per second on one core, and what the bot itself takes of the time.

Run it with `python -m tests.bench.bench_simulation`.
"""

import time

import structlog

from tests.sim.seeds import LEVELS, judged, lived
from tests.sim.virtual import run_virtually

SEEDS = {"seam": range(20), "bytes": range(4)}


def bare(seeds: range) -> float:
    """Take the seconds of lives in which nothing is ever announced: the loop's own."""
    began = time.process_time()
    for seed in seeds:
        run_virtually(_empty(seed))
    return time.process_time() - began


async def _empty(seed: int) -> None:
    kind, _ = LEVELS["seam"]

    class Empty(kind):  # type: ignore[misc, valid-type]  # whichever life the level has
        def __init__(self, *given: object) -> None:
            super().__init__(*given)
            self.world.works.clear()
            self.world.by_evening.clear()

    async with lived(seed, Empty):
        pass


def main() -> None:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    for level, seeds in SEEDS.items():
        began = time.process_time()
        days = sum(judged(seed, level).days for seed in seeds)
        took = time.process_time() - began
        print(f"{level}: {days} simulated days in {took:.1f} s, {days / took:.0f} a second")
        if level == "seam":
            print(f"{level}: {took / bare(seeds):.1f} times the loop over an empty world")


if __name__ == "__main__":
    main()
