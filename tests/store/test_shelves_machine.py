"""The shelves of the pages against all that is stored, whatever happens in whatever order."""

import asyncio
import tempfile
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.core.model import Detail
from bot.core.polling import Batch
from bot.core.query import Query
from bot.core.site.model import Fingerprint, Place
from bot.core.site.shelving import match
from bot.store import SqliteStore, shelves
from tests.builders import NOON, paper
from tests.store.scenario import DAY, HOUR, begin
from tests.store.shelving import (
    MATHS,
    QUERIES,
    all_places,
    ask,
    catch_up,
    check_folders,
    check_rows,
    check_shelves,
)

T = TypeVar("T")
SCOPES = ("cs.CL", "math.AG")
LATE = 30 * DAY
limits = st.integers(1, 4)
chosen = st.sets(st.sampled_from(QUERIES)).map(lambda some: sorted(some, key=lambda one: one.hash))


class Shelves(RuleBasedStateMachine):
    """Papers come, change and go; queries come and go; processes work at once, or are replaced."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.now = NOON + HOUR
        self.wanted: Sequence[Query] = QUERIES
        self.prepared: tuple[Sequence[Query], shelves.Prepared] | None = None
        self.built: dict[str, Place] = {}
        self.built_for: Sequence[Query] | None = None
        self.built_to = 0
        self.seen: dict[tuple[str, Fingerprint], list[Place]] = {}
        self.open()

    def run_(self, step: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(step)

    def open(self) -> None:
        self.stack = AsyncExitStack()
        path = Path(self.folder.name) / "papers.db"
        self.store = self.run_(self.stack.enter_async_context(SqliteStore.open(path)))

    def teardown(self) -> None:
        try:
            self.run_(self.everything_comes_to_rest())
        finally:
            self.run_(self.stack.aclose())
            self.runner.close()
            self.folder.cleanup()

    @initialize()
    def take_the_baseline(self) -> None:
        self.run_(begin(self.store, paper(1), paper(2, title="On Lattices"), scopes=SCOPES))

    @rule(days=st.integers(1, 20))
    def time_passes(self, days: int) -> None:
        self.now += days * DAY

    @rule(
        number=st.integers(1, 8),
        version=st.integers(1, 3),
        title=st.sampled_from(["A Study", "On Lattices", "A Study of Lattices", "Nothing"]),
        categories=st.sampled_from([("cs.CL",), ("cs.CL", "math.AG"), ("math.AG",)]),
        comment=st.sampled_from([None, "withdrawn"]),
        age=st.sampled_from([timedelta(0), HOUR, LATE]),
        detail=st.sampled_from([Detail.API, Detail.API, Detail.FEED]),
    )
    def a_paper_is_told_of(self, *, number: int, version: int, age: timedelta, **told: Any) -> None:
        """It may be new, changed, the same, cross-listed, revised, or completed."""
        submitted = NOON - timedelta(days=1) + number * HOUR
        updated = max(submitted, self.now - age)
        told |= {"published": updated if told["detail"] is Detail.FEED else submitted}
        one = paper(number, version=version, updated=updated if version > 1 else submitted, **told)
        self.run_(self.store.record("arxiv", Batch((one,)), self.now))

    @rule(days=st.sampled_from([1, 20, 60]))
    def the_old_is_pruned(self, days: int) -> None:
        newest = paper(9, published=self.now, updated=self.now)
        self.run_(self.store.record("arxiv", Batch((newest,)), self.now))
        self.run_(self.store.prune(days * DAY, self.now))

    @rule(limit=limits)
    def some_are_indexed(self, limit: int) -> None:
        self.run_(self.store.refresh(limit))

    @rule(limit=limits)
    def some_are_shelved(self, limit: int) -> None:
        self.run_(self.store.shelve(self.wanted, limit))

    @rule(wanted=chosen)
    def other_queries_are_asked_for(self, wanted: Sequence[Query]) -> None:
        self.wanted = wanted

    @rule()
    def words_are_cut_by_other_rules(self) -> None:
        other = "UPDATE edition SET rules = 'of before'"
        self.run_(self.store._write(lambda db: db.execute(other)))

    @rule(limit=limits)
    def another_process_prepares(self, limit: int) -> None:
        hashes = [one.hash for one in self.wanted]
        prepared = self.run_(self.store._read(shelves.prepare, hashes, limit))
        self.prepared = None if prepared is None else (self.wanted, prepared)

    @rule()
    def another_process_enters(self) -> None:
        if self.prepared is not None:
            wanted, prepared = self.prepared
            matched = match([q for q in wanted if q.hash in prepared.queries], prepared.papers)
            hashes = [one.hash for one in wanted]
            self.run_(self.store._write(shelves.enter, hashes, prepared, matched.papers))

    @rule()
    def the_process_is_replaced(self) -> None:
        self.run_(self.stack.aclose())
        self.open()

    @rule()
    def pages_are_built(self) -> None:
        self.run_(self.build())

    @rule()
    def all_is_shelved(self) -> None:
        self.run_(self.everything_comes_to_rest())

    async def build(self) -> None:
        """Take over what has changed since the last time, as whoever writes pages does."""
        upto = await self.store.shelved()
        anew = self.built_for is not self.wanted
        hashes = {one.hash for one in self.wanted}
        now = {
            one.paper: one._replace(queries=tuple(q for q in one.queries if q in hashes))
            for one in await all_places(self.store)
        }
        self.built = {
            name: one if anew or one.stamp > self.built_to else self.built[name]
            for name, one in now.items()
        }
        self.built_for, self.built_to = self.wanted, upto

    async def everything_comes_to_rest(self) -> None:
        await catch_up(self.store, self.wanted, 2)
        assert await self.store.shelve(self.wanted, 0) == 0
        places = await check_shelves(self.store, self.wanted)
        await self.build()
        assert list(self.built.values()) == places

    @invariant()
    def what_stands_is_sound(self) -> None:
        self.run_(check_rows(self.store))

    @invariant()
    def while_a_fingerprint_stays_so_does_all_in_its_folder(self) -> None:
        places = self.run_(all_places(self.store, 100))
        for name, fingerprint, held in self.run_(check_folders(self.store, places)):
            assert self.seen.setdefault((name, fingerprint), held) == held


async def test_what_the_machine_does_reaches_every_kind_of_row(tmp_path: Path) -> None:
    """Otherwise it would show nothing: news, a cross-list and a revision, one on each shelf."""
    async with SqliteStore.open(tmp_path / "papers.db") as store:
        await begin(store, paper(1), paper(2, title="On Lattices"), scopes=SCOPES)
        for one in (
            paper(3),
            paper(1, categories=("cs.CL", "math.AG")),
            paper(2, version=2, updated=NOON),
        ):
            await store.record("arxiv", Batch((one,)), NOON + HOUR)
        await catch_up(store, QUERIES)
        await check_shelves(store, QUERIES)
        kinds = await ask(
            store, "SELECT silent, late <> '[]', former IS NOT NULL FROM announcements ORDER BY seq"
        )
        assert {(1, 0, 0), (0, 0, 0), (0, 1, 0), (0, 0, 1)} == set(kinds)
        assert [one.paper for one in await store.shelf(MATHS.hash)] == [paper(1).id]


TestShelves = Shelves.TestCase
TestShelves.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)


class ManyShelves(Shelves):
    """The same, for longer."""


TestManyShelves = pytest.mark.slow(ManyShelves.TestCase)
TestManyShelves.settings = settings(max_examples=400, stateful_step_count=50, deadline=None)
