"""What sources tell of arXiv against a simple model of it, in every order that Hypothesis finds."""

import asyncio
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.core.model import Detail, Paper
from bot.core.polling import Batch, Recorded
from bot.interfaces import Store
from tests.builders import NOON, paper
from tests.store.stores import STORES

T = TypeVar("T")
HOUR = timedelta(hours=1)
BASELINE = 3
"""The baseline knows the papers of the first numbers."""
DETAILS = {"api": Detail.API, "feeds": Detail.FEED, "harvest": Detail.HARVEST}

numbers = st.integers(1, 14)
some_numbers = st.sets(numbers, max_size=4)


def name(number: int) -> str:
    return paper(number).id


@dataclass
class Gap:
    since: datetime
    asked: datetime | None = None
    void: bool = False


@dataclass
class Known:
    version: int
    detail: Detail


class Sources(RuleBasedStateMachine):
    """Batches of three sources and the answers to questions by id, each checked by the model."""

    opener = staticmethod(STORES["sqlite"])

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.now = NOON + HOUR
        self.known = {name(n): Known(1, Detail.API) for n in range(1, BASELINE + 1)}
        self.elsewhere: set[str] = set()
        self.sighted: dict[str, set[str]] = {}
        self.log: list[tuple[str, int | None]] = []
        self.gaps: dict[str, Gap] = {}
        self.census = 0
        self.open()

    def run_(self, step: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(step)

    def open(self) -> None:
        self.stack = AsyncExitStack()
        opened = self.stack.enter_async_context(self.opener(Path(self.folder.name)))
        self.store: Store = self.run_(opened)

    def teardown(self) -> None:
        self.run_(self.stack.aclose())
        self.runner.close()
        self.folder.cleanup()

    @initialize()
    def take_the_baseline(self) -> None:
        papers = tuple(paper(n) for n in range(1, BASELINE + 1))
        batch = Batch(papers, complete=frozenset({"cs.CL"}))
        self.run_(self.store.record("api", batch, NOON))

    @rule(hours=st.sampled_from([1, 20, 7 * 24]))
    def time_passes(self, hours: int) -> None:
        self.now += hours * HOUR

    @rule()
    def the_process_is_replaced(self) -> None:
        self.run_(self.stack.aclose())
        self.open()

    @rule(
        source=st.sampled_from(sorted(DETAILS)),
        told=st.dictionaries(numbers, st.integers(1, 3), max_size=4),
        elsewhere=some_numbers,
        census=st.none() | numbers,
    )
    def a_source_tells(
        self, source: str, told: dict[int, int], elsewhere: set[int], census: int | None
    ) -> None:
        papers = [self.telling(source, n, version) for n, version in told.items()]
        ids = tuple(name(n) for n in elsewhere)
        batch = Batch(tuple(papers), elsewhere=ids, census=name(census) if census else "")
        recorded = self.run_(self.store.record(source, batch, self.now))
        assert recorded == self.expect(source, papers)
        self.elsewhere |= {*ids}
        for one in (*ids, *(p.id for p in papers)):
            self.gaps.pop(one, None)
        if census:
            self.take_census(census)

    def telling(self, source: str, number: int, version: int) -> Paper:
        dated = {"published": self.now, "updated": self.now} if source == "feeds" else {}
        return paper(number, version=version, detail=DETAILS[source], **dated)

    def expect(self, source: str, papers: list[Paper]) -> Recorded:
        """Do in the model what a batch shall do, and count it."""
        papers = sorted(papers, key=lambda one: one.id)
        fresh = [one for one in papers if one.id not in self.known]
        later = [
            one
            for one in papers
            if one.id in self.known and one.version > self.known[one.id].version
        ]
        self.log += [(one.id, None) for one in fresh]
        self.log += [(one.id, self.known[one.id].version) for one in later]
        for one in papers:
            told = Known(one.version, one.detail)
            before = self.known.setdefault(one.id, told)
            if (told.version, told.detail) > (before.version, before.detail):
                self.known[one.id] = told
        for one in papers:
            if int(one.id[5:]) > BASELINE and (one in fresh or self.is_recent(one.id)):
                self.sighted.setdefault(one.id, set()).add(source)
        return Recorded(
            announced=len(fresh), revised=len(later), known=len(papers) - len(fresh) - len(later)
        )

    def is_recent(self, paper_id: str) -> bool:
        return self.now - self.announced_at[paper_id] <= timedelta(days=30)

    @property
    def announced_at(self) -> dict[str, datetime]:
        rows = self.run_(self.store.log(0, len(self.log) + BASELINE))
        return {row.paper.id: row.date for row in reversed(rows) if row.former is None}

    def take_census(self, upto: int) -> None:
        """Above the last census all is a gap that nobody ever met."""
        met = self.known.keys() | self.elsewhere
        if self.census:
            for one in map(name, range(self.census + 1, upto + 1)):
                if one not in met:
                    self.gaps.setdefault(one, Gap(self.now))
        self.census = max(self.census, upto)

    @rule(absent=some_numbers)
    def ids_are_absent(self, absent: set[int]) -> None:
        met = self.known.keys() | self.elsewhere
        ids = [one for one in map(name, absent) if one not in met]
        self.run_(self.store.record("ids", Batch(absent=tuple(ids)), self.now))
        for one in ids:
            if one in self.gaps and not self.gaps[one].void:
                self.gaps[one].asked = self.now
                self.gaps[one].void = self.now - self.gaps[one].since >= timedelta(days=14)

    @invariant()
    def each_paper_and_version_is_announced_once(self) -> None:
        rows = self.run_(self.store.log(0, len(self.log) + BASELINE))
        found = [(row.paper.id, row.former.version if row.former else None) for row in rows]
        assert found == self.log
        for row in rows:
            known = self.known[row.paper.id]
            assert (row.paper.version, row.paper.detail) == (known.version, known.detail)
            if row.former is None:
                assert row.sources == self.sighted[row.paper.id]

    @invariant()
    def what_is_to_be_asked_for_agrees_with_the_model(self) -> None:
        memory = self.run_(self.store.memory("ids", self.now))
        rested = [
            one
            for one, gap in self.gaps.items()
            if not gap.void and (gap.asked is None or self.now - gap.asked >= 20 * HOUR)
        ]
        assert sorted(memory.gaps) == sorted(rested)
        status = self.run_(self.store.status(self.now))
        partial = [one for one, known in self.known.items() if known.detail is Detail.FEED]
        assert status.partial == len(partial)
        assert {*memory.partial} <= {*partial}
        void = sum(gap.void for gap in self.gaps.values())
        assert (status.gaps, status.void) == (len(self.gaps) - void, void)
        assert status.highest == max(self.known.keys() | self.elsewhere)


TestSources = Sources.TestCase
TestSources.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
