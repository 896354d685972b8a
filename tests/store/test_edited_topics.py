"""Whatever becomes of topics' names and of their queries' soundness, each goes on where it was."""

import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.core.query import Query, parse
from bot.core.subscription import Topic
from bot.interfaces import Store
from bot.store import SqliteStore
from tests.builders import NOON, paper, subscription, topic
from tests.store.scenario import arrive, begin, subscribe

QUERIES = tuple(parse(text) for text in ("cat:cs.CL", "cat:cs.LG", "ti:study"))
EDITS = 12


@dataclass
class Written:
    """A topic as it stands in the configuration."""

    name: str
    query: Query
    broken: bool = False


def edit(rng: random.Random, written: list[Written], number: int) -> str:
    """Break, mend or rename a topic, or rename it as it is broken or mended."""
    one = rng.choice(written)
    change = rng.choice(["break", "mend", "rename", "rename and break", "rename and mend"])
    if "rename" in change:
        one.name = f"Name {number}"
    if change != "rename":
        one.broken = "break" in change
    return f"{change}: {one.name}"


async def took_up(store: Store, written: list[Written]) -> dict[str, int]:
    """Synchronise, and tell by name where each topic that can be read is."""
    sound = tuple(Topic(one.name, one.query) for one in written if not one.broken)
    refused = tuple(one.name for one in written if one.broken)
    (due,) = await subscribe(store, subscription(topics=sound, refused=refused))
    return {key.topic: cursor.seq for key, cursor in due.cursors.items()}


@pytest.mark.parametrize("alike", [False, True], ids=["three queries", "one query"])
@pytest.mark.parametrize(
    "seed", [*range(6), *(pytest.param(one, marks=pytest.mark.slow) for one in range(6, 20))]
)
async def test_a_topic_whose_query_never_changes_loses_nothing(
    seed: int, tmp_path: Path, *, alike: bool
) -> None:
    rng = random.Random(seed)
    written = [Written(f"Topic {n}", QUERIES[0 if alike else n]) for n in range(3)]
    history: list[str] = []
    async with SqliteStore.open(tmp_path / "papers.db") as store:
        await begin(store)
        await took_up(store, written)
        for number in range(EDITS):
            await arrive(store, paper(number + 1))
            history += [edit(rng, written, 2 * number + n) for n in range(rng.choice((1, 1, 2)))]
            places = await took_up(store, written)
            assert places == {one.name: 0 for one in written if not one.broken}, history


async def test_one_that_breaks_as_its_twin_is_taken_out_keeps_its_own_place(store: Store) -> None:
    one, twin = topic("One"), topic("Twin")
    await begin(store)
    await subscribe(store, subscription(topics=(twin,)))
    await arrive(store, paper(1))
    await subscribe(store, subscription(topics=(one, twin)), now=NOON)
    await arrive(store, paper(2))
    await subscribe(store, subscription(topics=(), refused=("Twin",)))
    (due,) = await subscribe(store, subscription(topics=(twin,)))
    assert {key.topic: cursor.seq for key, cursor in due.cursors.items()} == {"Twin": 0}
