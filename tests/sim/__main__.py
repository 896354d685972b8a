"""Runs seeds by hand: one of them again, or many of them on several cores."""

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import structlog

from tests.sim.faults import Effects
from tests.sim.mutations import MUTATIONS
from tests.sim.seeds import LEVELS, Verdict, judged


def main() -> int:
    """Run what the arguments ask; 1 if any seed failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.sim", description=__doc__)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--seeds", default="0:200", help="from:to")
    parser.add_argument("--level", choices=LEVELS, default="seam")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--mutations", action="store_true", help="break the bot in each known way")
    parser.add_argument("-v", "--verbose", action="store_true", help="with the bot's own log")
    asked = parser.parse_args()
    if not asked.verbose:
        structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    if asked.mutations:
        return _mutate()
    first, last = map(int, asked.seeds.split(":"))
    seeds = [asked.seed] if asked.seed is not None else list(range(first, last))
    began, days, failed, effects = time.perf_counter(), 0, 0, Effects()
    for verdict in _all(seeds, asked.level, asked.jobs):
        days += verdict.days
        effects += verdict.effects
        if verdict.found:
            failed += 1
            _say(str(verdict))
    took = time.perf_counter() - began
    _say(f"{len(seeds)} seeds, {failed} failed, {days / took:,.0f} simulated days per second")
    for fault, times in sorted(effects.items(), key=lambda pair: pair[0].value):
        _say(f"{times:9,} {fault.value}")
    return 1 if failed else 0


def _mutate() -> int:
    """Break the bot in each known way; 1 if the oracle does not notice one of them."""
    survived = 0
    for mutation in MUTATIONS:
        tried, verdict = mutation.noticed()
        survived += verdict is None
        told = f"noticed by {verdict.found[0].invariant}" if verdict else "NOT NOTICED"
        _say(f"{mutation.name}: {told}, {tried} seeds")
    return 1 if survived else 0


def _all(seeds: list[int], level: str, jobs: int) -> Iterator[Verdict]:
    """Judge the seeds on as many processes."""
    if jobs == 1:
        yield from (judged(seed, level) for seed in seeds)
        return
    with ProcessPoolExecutor(jobs, initializer=_quiet) as pool:
        yield from pool.map(partial(judged, level=level), seeds, chunksize=10)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _quiet() -> None:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())


if __name__ == "__main__":
    sys.exit(main())
