"""In simulated weeks `why` foretells what is composed, and tells what channels have accepted."""

import random
from collections.abc import Sequence
from datetime import datetime
from itertools import product
from pathlib import Path

import pytest
import structlog

from bot.answers.as_json import answer_json
from bot.compose import compose
from bot.core.arxiv_id import ArxivId
from bot.core.story import Passage
from bot.core.subscription import Subscription, scopes_of
from bot.core.why import Account, Question, answer
from bot.store import SqliteStore
from tests.sim.readers import Reader
from tests.sim.run import Life
from tests.sim.seeds import lived
from tests.sim.virtual import run_virtually

FEW = range(1, 3)
MANY = range(100, 130)
A_PASS = 12
AT_THE_END = 300
"""How many pairs of a reader and a paper are asked about."""


@pytest.fixture(autouse=True)
def _quiet() -> None:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())


class Asked(Life):
    """A life in which `why` is asked before and after each composition."""

    foretold = 0
    """How often it was right that a paper is due."""

    async def asked(self, reader: Reader, paper: str, now: datetime) -> Account:
        """Ask of one subscription, and see that the answer can be told."""
        assert self.store is not None
        wanted = [one.subscription for one in self.readers if one.name == reader.name]
        scopes = scopes_of(topic for one in self.subscriptions() for topic in one.topics)
        story = await self.store.story(reader.name, paper, now)
        told = answer(Question(reader.name, ArxivId(paper, None), wanted, scopes, now), story)
        assert answer_json(told, {})["verdict"].startswith(f"{reader.name} ")
        key = (reader.channel, reader.address)
        accounts = [one for one in told.accounts if one.identity == key]
        return accounts[0] if accounts else Account("not_given", None, None)

    def pairs(self, readers: Sequence[Reader], count: int) -> list[tuple[Reader, str]]:
        """Draw readers and papers, of late the more often."""
        rng = random.Random(f"{self.seed} {self.truth.now}")
        works = [one.id for one in self.world.works if one.announced <= self.truth.now]
        recent = [
            one.id
            for one in self.world.works
            if 0 <= (self.truth.now - one.announced).total_seconds() < 4 * 86_400
        ]
        found = list(product(readers, recent)) + list(product(readers, works))[::7]
        return rng.sample(found, min(count, len(found)))

    async def composing(
        self, store: SqliteStore, wanted: Sequence[Subscription], *, now: datetime, batch: int
    ) -> int:
        """Compose, and hold what `why` said before against what was composed."""
        pairs = self.pairs(self.readers, A_PASS)
        before = [await self.asked(*pair, now) for pair in pairs]
        written = await compose(store, wanted, now=now, batch=batch)
        for pair, had in zip(pairs, before, strict=True):
            has = await self.asked(*pair, now)
            given = len(papers_of(has)) > len(papers_of(had))
            expected = had.fate in ("due", "returns") and is_due(had, now)
            assert self.skewed or given == expected, (self.seed, pair, had, has)
            self.foretold += given
        return written

    async def told(self) -> int:
        """Hold what `why` says in the end against what channels accepted; count the given."""
        accepted = {
            (posted.reader, entry.paper.id)
            for posted in self.truth.posted
            for entry in posted.entries
            if entry.kind != "replace"
        }
        count = 0
        for reader, paper in self.pairs(self.ever, AT_THE_END):
            account = await self.asked(reader, paper, self.truth.now)
            given = (reader.identity, paper) in accepted
            claims = {one.state for one in papers_of(account)}
            doubtful = any(one.uncertain for one in papers_of(account))
            assert account.fate != "sent" or given, (self.seed, reader.identity, paper)
            assert not given or "sent" in claims or doubtful, (self.seed, reader.identity, paper)
            count += given
        return count


def papers_of(account: Account) -> list[Passage]:
    """Give the deliveries of the paper itself."""
    return [one for one in (account.held.passages if account.held else ()) if not one.revision]


def is_due(account: Account, now: datetime) -> bool:
    away = account.held.away if account.held else None
    return (account.next_due is None or account.next_due <= now) and (away is None or away <= now)


async def live(seed: int, patched: pytest.MonkeyPatch) -> tuple[int, int]:
    """Live a seed; tell how many papers were foretold, and found given in the end."""
    async with lived(seed, lambda number, folder: begun(number, folder, patched)) as life:
        assert isinstance(life, Asked)
        return life.foretold, await life.told()


def begun(seed: int, folder: Path, patched: pytest.MonkeyPatch) -> Asked:
    """Begin a life that composes as it says."""
    life = Asked(seed, folder)
    patched.setattr("tests.sim.run.compose", life.composing)
    return life


def assert_truthful(seeds: range, patched: pytest.MonkeyPatch) -> None:
    foretold, given = zip(*(run_virtually(live(seed, patched)) for seed in seeds), strict=True)
    assert sum(foretold) > len(seeds)
    assert sum(given) > len(seeds)


@pytest.mark.slow
def test_why_is_truthful_in_a_few_simulated_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    assert_truthful(FEW, monkeypatch)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_why_is_truthful_in_many_simulated_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    assert_truthful(MANY, monkeypatch)
