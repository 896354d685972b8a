"""Lives seeds, and holds each against the invariants."""

import asyncio
import gc
import os
import random
import shutil
import tempfile
import traceback
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bot.core.errors import StoreError
from bot.interfaces import Source
from tests.sim.disk import Crash
from tests.sim.faults import Effects
from tests.sim.oracle import Finding, findings
from tests.sim.run import Life
from tests.sim.times import CALM
from tests.sim.virtual import run_virtually
from tests.sim.wire_life import WireLife

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Where files are only memory, if the machine has that: a simulation has no need of a disk."""


@dataclass
class Verdict:
    """What became of one seed."""

    seed: int
    level: str
    days: int
    found: list[Finding]
    effects: Effects

    def __str__(self) -> str:
        lines = [f"seed {self.seed}: python -m tests.sim --seed {self.seed} --level {self.level}"]
        for one in self.found:
            lines += [f"  {one.invariant}", *(f"    {said}" for said in one.said)]
        return "\n".join(lines)


LEVELS: dict[str, tuple[type[Life], int]] = {"seam": (Life, 0), "bytes": (WireLife, 3)}
"""By name: how a seed is lived, and how often the loop looks at its sockets before it jumps."""


def judged(seed: int, level: str = "seam") -> Verdict:
    """Live a seed and hold it against every invariant."""
    kind, looks = LEVELS[level]
    # A seed leaves little behind, and looking for it all the time takes a tenth of the time.
    gc.disable()
    try:
        return run_virtually(_judged(seed, level, kind), looks=looks)
    finally:
        gc.enable()
        gc.collect(0)


async def _judged(seed: int, level: str, kind: type[Life]) -> Verdict:
    try:
        async with lived(seed, kind) as life:
            return Verdict(seed, level, life.days + CALM, await findings(life), life.effects)
    except Exception:  # noqa: BLE001  # whatever it is, the seed must be named
        broke = Finding("it breaks off", traceback.format_exc().splitlines())
        return Verdict(seed, level, 0, [broke], Effects())


Given = frozenset[tuple[str, str, bool]]
"""Who was given which paper, itself or its revisions."""


def given_in_order(seed: int, order: int) -> Given:
    """Live a seed in which nothing goes wrong, with the sources' pages in an order of its own.

    What was announced before the first pass is left out: whether it is from before the baseline
    may depend on which of two sources, one of which lags, sets that first.
    """
    return run_virtually(_given_in_order(seed, order))


async def _given_in_order(seed: int, order: int) -> Given:
    async with lived(seed, partial(_Reordered, order)) as life:
        since = min(start.first.at for starts in life.truth.wished.values() for start in starts)
        fresh = {one.id for one in life.world.works if one.announced > since}
        return frozenset(
            (posted.reader, entry.paper.id, entry.kind == "replace")
            for posted in life.truth.posted
            for entry in posted.entries
            if entry.paper.id in fresh
        )


class _Reordered(Life):
    """A life without faults, whose sources are asked, and answer, in a drawn order."""

    quiet = True

    def __init__(self, order: int, seed: int, folder: Path) -> None:
        super().__init__(seed, folder)
        self.sky.order = random.Random(order)
        for pigeon in self.pigeons.values():
            pigeon.stubbornly = None

    def sky_sources(self) -> Sequence[Source]:
        sources = [*super().sky_sources()]
        assert self.sky.order is not None
        self.sky.order.shuffle(sources)
        return sources


def _bury(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say nothing of what a dead process left running."""
    if not isinstance(context.get("exception"), Crash | StoreError):
        loop.default_exception_handler(context)


@asynccontextmanager
async def lived(seed: int, kind: Callable[[int, Path], Life] = Life) -> AsyncIterator[Life]:
    """Live a seed in a folder of its own, in memory where the machine has one."""
    folder = Path(tempfile.mkdtemp(prefix=f"sim-{seed}-", dir=MEMORY))
    asyncio.get_running_loop().set_exception_handler(_bury)
    life = kind(seed, folder)
    try:
        await life.run()
        yield life
    finally:
        await life.end()
        shutil.rmtree(folder)
