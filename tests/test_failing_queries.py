"""A query that fails while it is matched: its topic is left out and told, the others go on."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.compose import compose, foresee
from bot.core.audience import Audience
from bot.core.model import Paper
from bot.core.polling import Batch
from bot.core.query import Query, parse
from bot.core.query.engine import Engine
from bot.core.standing import Status
from bot.refusals import with_refused
from bot.settings import Settings, load
from bot.situation import read_situation
from bot.store import SqliteStore
from tests.builders import NOON, paper

DAY = timedelta(days=1)
MORNING = datetime(2026, 1, 6, 8, 30, tzinfo=NOON.tzinfo)
POISON = parse("ti:study")
CONFIG = """
database = "{folder}/p.db"
[[topic]]
name = "Sound"
query = "cat:cs.CL"
[[topic]]
name = "Poison"
query = "ti:study"
[[topic]]
name = "Nobody's"
query = "ti:study"
[[subscriber]]
name = "ana"
topics = ["Sound", "Poison"]
maildir = ["{folder}/ana"]
[[subscriber]]
name = "ben"
topics = ["Poison"]
maildir = ["{folder}/ben"]
[[subscriber]]
name = "col"
topics = ["Poison"]
deliver_at = "immediately"
maildir = ["{folder}/col"]
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    path = tmp_path / "daily-papers.toml"
    path.write_text(CONFIG.format(folder=tmp_path), encoding="utf-8")
    return load(path, env={})


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[SqliteStore]:
    """A ledger with its baselines, and a paper announced after them."""
    async with SqliteStore.open(settings.database) as opened:
        await opened.sync(settings.subscriptions(), NOON)
        known = Batch((paper(1),), complete=frozenset({"*", "cs.CL"}))
        await opened.record("test", known, NOON)
        await opened.record("test", Batch((paper(2), paper(3, title="Another"))), NOON)
        yield opened


def poison(
    patch: pytest.MonkeyPatch,
    failure: Callable[[], Exception] = lambda: ZeroDivisionError("in a clause"),
) -> None:
    """Let every engine fail that holds the query."""
    real = Engine.select

    def select(self: Engine, papers: Sequence[Paper]) -> object:
        if papers and POISON in self:
            raise failure()
        return real(self, papers)

    patch.setattr(Engine, "select", select)


async def given(store: SqliteStore, now: datetime) -> list[tuple[str, list[str]]]:
    claimed = await store.claim("maildir", now, lease=DAY / 24, limit=100)
    await store.settle([], now)
    return sorted(
        (one.subscriber, [entry.paper.id[-1] for entry in one.entries]) for one in claimed
    )


async def refused(store: SqliteStore, settings: Settings, now: datetime) -> list[str]:
    status = await with_refused(Status(), store, settings, now)
    return [one.topic for one in status.refused]


async def test_its_readers_are_told_and_the_other_topics_go_on(
    store: SqliteStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch)
    with capture_logs() as logs:
        assert await compose(store, settings.subscriptions(), now=MORNING) == 1
        assert await compose(store, settings.subscriptions(), now=MORNING) == 0
    (delivery,) = await store.claim("maildir", MORNING, lease=DAY, limit=9)
    assert [entry.paper.id[-1] for entry in delivery.entries] == ["3", "2"]
    assert delivery.coverage is not None
    assert delivery.coverage.refused == ("Poison",)
    told = [line for line in logs if line["event"] == "topic.failed"]
    assert [line["topic"] for line in told] == ["Poison"], "once"
    assert "ZeroDivisionError: in a clause" in told[0]["error"]
    assert await refused(store, settings, MORNING) == ["Poison"]
    (shown,) = (await read_situation(settings, MORNING)).status.refused
    assert "please report it" in shown.error
    assert not shown.stays


async def test_once_it_works_again_what_came_meanwhile_comes_and_that_is_told_too(
    store: SqliteStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        poison(patched)
        await compose(store, settings.subscriptions(), now=MORNING)
    await store.record("test", Batch((paper(4),)), MORNING)
    with capture_logs() as logs:
        await compose(store, settings.subscriptions(), now=MORNING + DAY)
    assert ("topic.works", "Poison") in [(line["event"], line.get("topic")) for line in logs]
    assert await refused(store, settings, MORNING + DAY) == []
    assert await given(store, MORNING + DAY) == [
        ("ana", ["3", "2"]),
        ("ana", ["4"]),
        ("ben", ["4", "2"]),
        ("col", ["4", "2"]),
    ]


async def test_an_error_that_is_worded_anew_at_each_pass_is_one_case_told_once(
    store: SqliteStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = count()
    poison(monkeypatch, lambda: KeyError(next(words)))
    cases = set()
    with capture_logs() as logs:
        for minutes in range(3):
            now = MORNING + timedelta(minutes=minutes)
            await compose(store, settings.subscriptions(), now=now)
            (one,) = (await with_refused(Status(), store, settings, now)).refused
            cases.add((one.case, one.error))
    assert len(cases) == 1
    assert [line["event"] for line in logs].count("topic.failed") == 1
    poison(monkeypatch, lambda: IndexError(next(words)))
    await compose(store, settings.subscriptions(), now=MORNING + DAY)
    (other,) = (await with_refused(Status(), store, settings, MORNING + DAY)).refused
    assert other.case not in {case for case, _ in cases}, "another error is another case"


async def test_the_other_queries_are_not_put_together_again_at_each_pass(
    store: SqliteStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch)
    audience = Audience(settings.subscriptions())
    real, entered = Engine.add, list[Query]()

    def add(self: Engine, query: Query) -> None:
        entered.append(query)
        real(self, query)

    monkeypatch.setattr(Engine, "add", add)
    for minutes in range(3):
        entered.clear()
        await compose(store, audience, now=MORNING + timedelta(minutes=minutes))
        assert not minutes or entered == [POISON], "for col, who is due at every pass"


async def test_a_pass_with_nothing_to_match_does_not_know_better(
    store: SqliteStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        poison(patched)
        await compose(store, settings.subscriptions(), now=MORNING)
    readers = [one for one in settings.subscriptions() if one.subscriber == "ana"]
    only_sound = [one for one in readers if one.refused == ()]
    await compose(store, only_sound, now=MORNING + timedelta(minutes=1))
    assert await refused(store, settings, MORNING) == ["Poison"]


async def test_a_preview_shows_what_the_others_bring(
    store: SqliteStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch)
    foreseen = await foresee(store, settings.subscriptions(), now=MORNING)
    shown = {due.subscriber: len(made.deliveries) for due, made in foreseen}
    assert shown == {"ana": 1, "ben": 0, "col": 0}
    assert await refused(store, settings, MORNING) == [], "a preview changes nothing"


async def test_a_topic_that_is_taken_out_is_refused_no_more(
    store: SqliteStore, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    poison(monkeypatch)
    await compose(store, settings.subscriptions(), now=MORNING)
    path = tmp_path / "daily-papers.toml"
    path.write_text(path.read_text().replace('"Poison"', '"Venom"'), encoding="utf-8")
    assert await refused(store, load(path, env={}), MORNING) == []
