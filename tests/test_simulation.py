"""Simulated weeks on drawn worlds with drawn faults; every invariant is held against an oracle.

A seed that fails prints how to run it again. TESTS_SEEDS and TESTS_SEEDS_BYTES are the numbers of
seeds that the slow suite lives at each level.
"""

import os

import pytest
import structlog

from tests.sim.faults import (
    OF_API,
    OF_FEEDS,
    OF_HARVEST,
    OF_IDS,
    OF_SENDING,
    OF_STORE,
    Effects,
    Fault,
)
from tests.sim.mutations import MUTATIONS, Mutation
from tests.sim.seeds import given_in_order, judged

SEEDS = int(os.environ.get("TESTS_SEEDS", "2000"))
SEEDS_BYTES = int(os.environ.get("TESTS_SEEDS_BYTES", "100"))
CHUNK = 50
CHUNK_BYTES = 5
FEW = range(1, 6)
FEW_BYTES = range(1, 2)
# On the wire a feed of 2,000 items would take more papers than a small world has.
ON_THE_WIRE = {*OF_API, *OF_FEEDS, *OF_HARVEST, *OF_IDS, *OF_SENDING, *OF_STORE}
ON_THE_WIRE -= {Fault.CAPPED_FEED}


@pytest.fixture(autouse=True)
def _quiet() -> None:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())


def chunks(seeds: int, size: int) -> list[range]:
    """Cut the seeds into ranges, each a test of its own, so that workers share them."""
    return [range(first, min(first + size, seeds)) for first in range(0, seeds, size)]


def assert_sound(seeds: range, level: str) -> Effects:
    effects = Effects()
    failed = []
    for seed in seeds:
        verdict = judged(seed, level)
        effects += verdict.effects
        if verdict.found:
            failed.append(str(verdict))
    assert not failed, "\n".join(failed)
    return effects


@pytest.mark.timeout(600)
def test_a_few_seeds_keep_every_invariant_at_the_source_seam() -> None:
    assert_sound(FEW, "seam")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_few_seeds_keep_every_invariant_through_bytes_and_sockets() -> None:
    assert_sound(FEW_BYTES, "bytes")


def test_a_seed_lives_alike_each_time() -> None:
    assert judged(3).effects == judged(3).effects


def test_what_is_given_does_not_depend_on_the_order_of_arrival() -> None:
    assert given_in_order(6, order=1) == given_in_order(6, order=2) != frozenset()


def test_a_seed_that_fails_names_itself_and_how_to_run_it_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.compose.compose_one", lambda *_given, **_more: None)
    with pytest.raises(AssertionError, match=r"python -m tests\.sim --seed 1 --level seam"):
        assert_sound(range(1, 2), "seam")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_the_oracle_notices_when_the_bot_is_broken(mutation: Mutation) -> None:
    _, verdict = mutation.noticed()
    assert verdict is not None


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(20))
def test_no_order_of_arrival_makes_a_difference(seed: int) -> None:
    assert len({given_in_order(seed, order) for order in range(4)}) == 1


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seeds", chunks(SEEDS, CHUNK), ids=str)
def test_every_invariant_holds_at_the_source_seam(seeds: range) -> None:
    assert_sound(seeds, "seam")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seeds", chunks(SEEDS_BYTES, CHUNK_BYTES), ids=str)
def test_every_invariant_holds_through_bytes_and_sockets(seeds: range) -> None:
    assert_sound(seeds, "bytes")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("level", ["seam", "bytes"])
def test_every_fault_of_both_tables_takes_effect(level: str) -> None:
    seeds = min(SEEDS, 150) if level == "seam" else min(SEEDS_BYTES, 60)
    effects = sum((judged(seed, level).effects for seed in range(seeds)), Effects())
    expected = set(Fault) if level == "seam" else ON_THE_WIRE
    assert not {fault for fault in expected if not effects[fault]}
