"""The three sources and the one that follows them, straight over the world: no bytes, no sockets.

They keep the contract of a source: what they could not give they say at the end, and no mark of
theirs claims it.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from bot.core.errors import SourceUnavailable, SuspectAnswer
from bot.core.model import Paper
from bot.core.polling import Batch, Mark, PollRequest, Quarantined
from tests.sim import views
from tests.sim.evenings import DAY
from tests.sim.faults import Effects, Fault
from tests.sim.pages import cut, ordered
from tests.sim.truth import Truth
from tests.sim.world import ELSEWHERE, FOLLOWED, World


@dataclass
class Sky:
    """What the sources of one pass look at: the world at `now`, by arXiv's clock."""

    world: World
    truth: Truth
    effects: Effects
    now: datetime
    rng: random.Random = field(default_factory=random.Random)
    trouble: dict[str, Fault] = field(default_factory=dict)
    order: random.Random | None = None
    """Draws in which order a source's pages come, where not in its own."""
    whole: bool = True
    """Whether days that were read whole before are read whole again in this pass."""


class SkySource:
    """One source over a sky; notes in the truth what it offered and what was taken."""

    name: str

    def __init__(self, sky: Sky) -> None:
        self.sky = sky

    async def poll(self, request: PollRequest) -> AsyncGenerator[Batch, None]:
        fault = self.sky.trouble.get(self.name)
        rng = random.Random(f"{self.sky.rng.random()}")
        if fault is Fault.REFUSED:
            self.sky.effects[fault] += 1
            raise SourceUnavailable("no route to arXiv")
        for batch in ordered(self.batches(request, fault, rng), self.sky.order):
            await asyncio.sleep(0)
            self.sky.truth.offered(batch)
            yield batch
            self.sky.truth.taken(batch)

    def batches(
        self, request: PollRequest, fault: Fault | None, rng: random.Random
    ) -> Iterator[Batch]:
        raise NotImplementedError

    def strike(self, fault: Fault, retry_after: float | None = None) -> Exception:
        """Note that a fault took effect, and give what the source says of it."""
        self.sky.effects[fault] += 1
        if fault is Fault.BUSY:
            return SourceUnavailable(fault.value, retry_after=retry_after)
        return SuspectAnswer(fault.value)


class SkyApi(SkySource):
    """Reads 30 days of submission, and after an outage 30 more."""

    name = "arxiv_api"
    _flawed = frozenset({Fault.HTML, Fault.EMPTY, Fault.CUT, Fault.OVERSIZED, Fault.BOMB})

    def batches(
        self, request: PollRequest, fault: Fault | None, rng: random.Random
    ) -> Iterator[Batch]:
        now = self.sky.now
        last = {one.scope: one.at for one in request.marks if one.key == "whole"}
        ages = [request.now - last[scope] for scope in request.scopes & last.keys()]
        fresh = all(timedelta(0) <= age < 2 * DAY for age in ages)
        known = fresh and request.scopes <= last.keys()
        first = now - DAY * (30 if known or not last else 60)
        if known and not self.sky.whole:
            first = now - DAY * 7
        papers = [
            paper
            for paper in views.api(self.sky.world, now, first, now)
            if views.covered(request.scopes, paper.categories)
        ]
        self._note(papers)
        failed = rng.choice([first + DAY * back for back in range((now - first).days)])
        lost = fault in self._flawed or fault in (Fault.BUSY, Fault.UNTRUSTED)
        if lost:
            papers = [one for one in papers if not failed <= one.published < failed + DAY]
        yield from self._pages(self._spoiled(papers, fault, rng), fault, rng)
        if fault is not None and lost:
            raise self.strike(fault, retry_after=rng.choice((None, 1.5, 120.0)))
        marks = tuple(Mark(scope, "whole", "", request.now) for scope in sorted(request.scopes))
        yield Batch(marks=marks, complete=request.scopes)

    def _note(self, papers: Iterable[Paper]) -> None:
        """Note what the world itself brings of the tables' rows."""
        shown = {one.id: one for one in papers}
        for work in self.sky.world.works:
            if work.id not in shown:
                hidden = work.announced <= self.sky.now < work.announced + timedelta(hours=2)
                self.sky.effects[Fault.PARTIAL_INDEX] += hidden and not work.old
            elif work.announced - work.submitted > 6 * DAY:
                self.sky.effects[Fault.HELD] += 1

    def _spoiled(
        self, papers: list[Paper], fault: Fault | None, rng: random.Random
    ) -> list[Paper | Quarantined]:
        """Shuffle, repeat, age or break rows, as a fault has it."""
        rows: list[Paper | Quarantined] = list(papers)
        if fault is None or not rows:
            return rows
        if fault in (Fault.SHIFTED, Fault.TIES):
            rng.shuffle(rows)
            rows += rng.sample(rows, min(10, len(rows)))
        elif fault is Fault.UNSORTED:
            old = [one for one in self.sky.world.works if one.old]
            rows += [one.paper(self.sky.now) for one in old]
            rng.shuffle(rows)
        elif fault is Fault.MALFORMED:
            place = rng.randrange(len(rows))
            rows[place] = Quarantined(papers[place].id, "an entry without a title")
        else:
            return rows
        self.sky.effects[fault] += 1
        return rows

    def _pages(
        self, rows: list[Paper | Quarantined], fault: Fault | None, rng: random.Random
    ) -> Iterator[Batch]:
        for page in cut(rows, rng):
            papers = tuple(one for one in page if isinstance(one, Paper))
            broken = tuple(one for one in page if isinstance(one, Quarantined))
            yield Batch(papers, broken)
            if fault is Fault.SHIFTED and papers:
                self.sky.effects[Fault.REPEATED] += 1
                yield Batch(tuple(reversed(papers)))


class SkyFeeds(SkySource):
    """Reads today's feed of each leaf category; what it says is partial."""

    name = "arxiv_rss"

    def batches(
        self, request: PollRequest, fault: Fault | None, rng: random.Random
    ) -> Iterator[Batch]:
        day = views.feed_day(self.sky.now)
        leaves = [c for c in (*FOLLOWED, *ELSEWHERE) if views.covered(request.scopes, (c,))]
        stale = rng.choice(leaves) if fault is Fault.STALE_FEED else ""
        filled = False
        for group in cut(leaves, rng, (2, 4, 8)):
            papers: list[Paper] = []
            for category in group:
                shown = day - DAY if category == stale else day
                items = self._listed(category, shown, fault)
                papers += [views.partial(one, shown) for one in items]
            filled |= bool(papers)
            yield Batch(tuple(papers))
            if fault is Fault.BUSY:
                raise self.strike(fault, retry_after=30.0)
        if stale:
            self.sky.effects[Fault.STALE_FEED] += 1
        if not filled:
            self.sky.effects[Fault.EMPTY_FEED] += 1
        elif not stale and fault is not Fault.CAPPED_FEED:
            yield Batch(current=request.scopes)

    def _listed(self, category: str, day: date, fault: Fault | None) -> list[views.Item]:
        items = views.feed(self.sky.world, day, category)
        for item in items:
            late = item.work.categories[category] > item.work.announced
            self.sky.effects[Fault.CROSS] += item.kind == "cross" and not late
            self.sky.effects[Fault.LATE_CROSS] += item.kind == "cross" and late
            self.sky.effects[Fault.REVISED] += item.version.number > 1
            self.sky.effects[Fault.WITHDRAWN] += item.version.withdrawn
        if fault is not Fault.CAPPED_FEED:
            return items
        self.sky.effects[fault] += 1
        return [one for one in items if one.kind != "new"]


class SkyHarvest(SkySource):
    """Harvests all of arXiv from three days before the last completed harvest."""

    name = "arxiv_oai"

    def batches(
        self, request: PollRequest, fault: Fault | None, rng: random.Random
    ) -> Iterator[Batch]:
        today = self.sky.now.astimezone(UTC).date()
        marks = {one.scope: one.value for one in request.marks if one.key == "harvest"}
        known = [date.fromisoformat(marks[s]) for s in request.scopes if s in marks]
        deep = len(known) < len(request.scopes)
        since = today - 35 * DAY if deep else min(known) - 3 * DAY
        records = list(views.harvest(self.sky.world, self.sky.now, since))
        self._note_missing(today)
        if fault is Fault.MOVED:
            records = self._without_one(records, rng)
        pages = cut(records, rng)
        for number, page in enumerate(pages):
            yield self._page(page, request)
            if fault in (Fault.TOKEN, Fault.BUSY, Fault.CUT) and number >= len(pages) // 2:
                raise self.strike(fault, retry_after=60.0)
        done = tuple(
            Mark(scope, "harvest", today.isoformat(), request.now)
            for scope in sorted(request.scopes)
        )
        census = max((one.id for one in records if self._recent(one)), default="")
        complete = request.scopes if deep else frozenset[str]()
        yield Batch(marks=done, complete=complete, census=census)

    def _page(self, page: Sequence[Paper], request: PollRequest) -> Batch:
        inside = [one for one in page if views.covered(request.scopes, one.categories)]
        outside = [one for one in page if not views.covered(request.scopes, one.categories)]
        return Batch(tuple(inside), elsewhere=tuple(one.id for one in outside))

    def _recent(self, paper: Paper) -> bool:
        """Whether the id was given lately: that of an old paper is no census."""
        return paper.published > self.sky.now - 60 * DAY

    def _note_missing(self, today: date) -> None:
        for work in self.sky.world.works:
            if work.late and work.announced.date() in (today, today - DAY):
                missing = views.harvested(work, self.sky.now) is None
                self.sky.effects[Fault.RANGE_MISSING] += missing and not work.old

    def _without_one(self, records: list[Paper], rng: random.Random) -> list[Paper]:
        """Leave out a record of yesterday's, which moved while this was harvested."""
        lately = self.sky.now - 2 * DAY
        movable = [one for one in records if one.updated > lately]
        if not movable:
            return records
        self.sky.effects[Fault.MOVED] += 1
        gone = rng.choice(movable)
        return [one for one in records if one is not gone]


class SkyIds(SkySource):
    """Asks by id for what the others left open."""

    name = "arxiv_ids"
    follows: Literal[True] = True

    def batches(
        self, request: PollRequest, fault: Fault | None, rng: random.Random
    ) -> Iterator[Batch]:
        wanted = [*request.memory.partial, *request.memory.gaps]
        for page in cut(wanted, rng):
            papers = views.by_ids(self.sky.world, self.sky.now, page)
            absent = frozenset(page) - {one.id for one in papers}
            self.sky.effects[Fault.UNKNOWN_IDS] += bool(absent)
            broken = papers[:1] if fault is Fault.MALFORMED else []
            self.sky.effects[Fault.MALFORMED] += len(broken)
            read = papers[len(broken) :]
            inside = [one for one in read if views.covered(request.scopes, one.categories)]
            yield Batch(
                tuple(inside),
                tuple(Quarantined(one.id, "an entry without a title") for one in broken),
                elsewhere=tuple(one.id for one in read if one not in inside),
                absent=tuple(sorted(absent)),
            )
            if fault not in (None, Fault.MALFORMED):
                raise self.strike(fault, retry_after=5.0)


SOURCES = (
    ("arxiv_api", "arxiv_rss", "arxiv_oai", "arxiv_ids"),
    ("arxiv_api", "arxiv_rss", "arxiv_oai", "arxiv_ids"),
    ("arxiv_api", "arxiv_oai", "arxiv_ids"),
    ("arxiv_rss", "arxiv_oai", "arxiv_ids"),
    ("arxiv_oai",),
    ("arxiv_api", "arxiv_rss", "arxiv_ids"),
    ("arxiv_api",),
)
"""The sources that a bot may ask, by name: those of one life."""
KINDS = {one.name: one for one in (SkyApi, SkyFeeds, SkyHarvest, SkyIds)}
