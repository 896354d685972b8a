"""Genuine polls and listings, replayed: nothing is missed and nothing comes twice."""

import gzip
import json
import random
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.compose import compose
from bot.core.arxiv_id import order_of, parse_id
from bot.core.model import Detail, Paper
from bot.core.polling import Batch, PollRequest
from bot.core.schedule import Schedule
from bot.deliver import Terms, deliver
from bot.poll import poll
from bot.store import SqliteStore
from tests.builders import subscription, topic
from tests.doubles import RecordingNotifier, ScriptedSource

SCOPES = frozenset({"astro-ph.GA"})
EVERYBODY = [
    subscription(
        "ana", topics=(topic("Galaxies", "cat:astro-ph.GA"),), schedule=Schedule("UTC", None)
    )
]


def real_polls(recordings: Path) -> list[tuple[datetime, list[Paper]]]:
    """Read what one query brought at each of 350 real polls, many of them empty."""
    with gzip.open(recordings / "corpus" / "jwst-polls-1.json.gz", "rt", encoding="utf-8") as file:
        rows: list[tuple[str, list[tuple[str, str, str]]]] = json.load(file)
    return [(_instant(at), [_paper(*row) for row in papers]) for at, papers in rows]


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text.strip("()"))  # as some are recorded
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _paper(name: str, published: str, updated: str) -> Paper:
    base, version = parse_id(name)
    category = "astro-ph.GA"
    return Paper(
        base,
        version or 1,
        f"On {base}",
        "Observed.",
        ("A. Author",),
        (category,),
        category,
        _instant(published),
        _instant(updated),
    )


@pytest.mark.slow
async def test_350_real_polls_miss_nothing_and_repeat_nothing(
    recordings: Path, tmp_path: Path
) -> None:
    polls = real_polls(recordings)
    assert sum(not papers for _, papers in polls) > 40
    while not polls[0][1]:  # a category without a paper is a broken answer, and no baseline
        polls.pop(0)
    email = RecordingNotifier()
    async with SqliteStore.open(tmp_path / "daily-papers.db") as store:
        await store.sync(EVERYBODY, polls[0][0])
        for number, (now, papers) in enumerate(polls):
            complete = SCOPES if number == 0 else frozenset[str]()
            source = ScriptedSource([[Batch(tuple(papers), complete=complete)]])
            await poll([source], store, scopes=SCOPES, now=now, patience=1.0)
            await compose(store, EVERYBODY, now=now)
            await deliver(store, {"email": email}, Terms(now))
    given = Counter(paper for one in email.sent for paper in one.papers)
    first = {paper.id for paper in polls[0][1]}
    horizon = max(first, key=order_of)
    later = {paper.id for _, papers in polls[1:] for paper in papers} - first
    assert set(given.values()) == {1}
    assert {one for one in later if order_of(one) > order_of(horizon)} <= given.keys() <= later


@dataclass
class Listing:
    """Lists a part of the corpus again at each poll, in another order and with later versions."""

    name: str
    papers: Sequence[Paper]
    rng: random.Random
    detail: Detail
    listed: int = 0
    begins: bool = False
    bumped: Counter[str] = field(default_factory=Counter)

    async def poll(self, request: PollRequest) -> AsyncGenerator[Batch, None]:
        del request
        some = self.rng.sample(self.papers, self.rng.randint(2_000, 4_000))
        rows = [self._row(one) for one in some]
        self.listed += len(rows)
        for first in range(0, len(rows), 500):
            yield Batch(tuple(rows[first : first + 500]))
        if self.begins:
            yield Batch(complete=frozenset({"*"}))

    def _row(self, paper: Paper) -> Paper:
        if self.rng.random() < 0.2:
            self.bumped[paper.id] += 1
        version = 1 + self.bumped[paper.id]
        return replace(paper, version=version, detail=self.detail)


def listed(recordings: Path) -> Iterator[Paper]:
    """Read the 20,000 papers of genuine listings."""
    path = recordings / "corpus" / "papers-20k.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row: dict[str, Any] = json.loads(line)
            day = datetime.combine(datetime.fromisoformat(row["listed"]).date(), time(12), UTC)
            yield Paper(
                row["id"],
                1,
                " ".join(row["title"].split()),
                " ".join(row["summary"].split())[:200],
                tuple(row["authors"][:3]),
                tuple(row["categories"]),
                row["categories"][0],
                day - timedelta(days=1),
                day - timedelta(days=1),
            )


@pytest.mark.slow
async def test_45_000_repeated_listings_announce_no_paper_twice(
    recordings: Path, tmp_path: Path
) -> None:
    papers = sorted(listed(recordings), key=lambda one: order_of(one.id))
    rng = random.Random(3)
    past, news = papers[:2_000], papers[2_000:]
    sources = [
        Listing(f"source{number}", news, random.Random(number), detail)
        for number, detail in enumerate(Detail)
    ]
    now = max(paper.published for paper in papers) + timedelta(days=1)
    async with SqliteStore.open(tmp_path / "daily-papers.db") as store:
        begin = ScriptedSource([[Batch(tuple(past), complete=frozenset({"*"}))]])
        await poll([begin], store, scopes=frozenset({"*"}), now=now, patience=1.0)
        while sum(source.listed for source in sources) < 45_000 + len(news):
            now += timedelta(hours=1)
            rng.shuffle(sources)
            await poll(sources, store, scopes=frozenset({"*"}), now=now, patience=1.0)
        head = await store.head()
        announced: Counter[str] = Counter()
        after = 0
        while rows := await store.log(after, head.seq):
            after = rows[-1].seq
            announced.update(row.paper.id for row in rows if row.former is None and not row.late)
    seen = {paper.id for paper in news} & announced.keys()
    assert len(seen) > 10_000
    assert set(announced.values()) == {1}
    assert announced.keys() <= {paper.id for paper in news}
