"""What the pages show is polled, kept and told of, though nobody subscribes to it."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from bot import app, entering
from bot.core.polling import Batch
from bot.inquiry import inquire
from bot.settings import Settings, load
from bot.settings.shelves import shelves
from bot.store import SqliteStore
from bot.upkeep import catch_up_shelves
from bot.welcome import wanted_scopes
from tests.builders import NOON, paper
from tests.doubles import RecordingNotifier, ScriptedSource
from tests.store.scenario import DAY

CONFIGURATION = """
database = "{folder}/p.db"
[pages]
topics = ["Vision"]
[[topic]]
name = "Vision"
query = "cat:cs.CV"
[[topic]]
name = "Language"
query = "cat:cs.CL"
"""
READER = """
[[subscriber]]
name = "ana"
topics = ["Language"]
maildir = ["{folder}/mail"]
"""
VISION = {"categories": ("cs.CV",), "primary_category": "cs.CV"}


def settings(folder: Path, text: str = CONFIGURATION) -> Settings:
    path = folder / "daily-papers.toml"
    path.write_text(text.format(folder=folder))
    return load(path, env={})


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> ScriptedSource:
    """The only part that is installed besides a notifier: what it brings is the baseline first."""
    scopes = frozenset({"cs.CV", "cs.CL"})
    first = Batch((paper(1, **VISION),), complete=scopes)
    scripted = ScriptedSource([[first], [Batch((paper(2, **VISION), paper(3, title="Nothing")))]])
    sources = [Point("scripted", lambda *_: nullcontext(scripted))]
    notifiers = [Point("maildir", lambda *_: RecordingNotifier())]
    points = {"daily_papers.sources": sources, "daily_papers.notifiers": notifiers}
    monkeypatch.setattr(entering, "entry_points", lambda group: points[group])
    return scripted


class Point:
    """An entry point."""

    def __init__(self, name: str, made: object) -> None:
        self.name = name
        self._made = made

    def load(self) -> object:
        return self._made


async def test_with_pages_alone_a_pass_polls_for_them_and_fills_their_shelves(
    tmp_path: Path, source: ScriptedSource
) -> None:
    wanted = settings(tmp_path)
    assert wanted.subscriptions() == ()
    for now in (NOON, NOON + DAY):
        await app.run_once(wanted, now=now)
    assert [one.scopes for one in source.asked] == [{"cs.CV"}, {"cs.CV"}]
    async with SqliteStore.open(wanted.database) as store:
        assert (await store.status(NOON + DAY)).announced == 1
        assert [one.paper for one in await store.places()] == [paper(1).id, paper(2).id]
        queries = [one.query for kind in shelves(wanted) for one in kind]
        assert await catch_up_shelves(store, queries) == (0, "")


async def test_without_pages_nothing_is_shelved(tmp_path: Path, source: ScriptedSource) -> None:
    wanted = settings(tmp_path, CONFIGURATION.replace('[pages]\ntopics = ["Vision"]', "") + READER)
    for now in (NOON, NOON + DAY):
        await app.run_once(wanted, now=now)
    assert [one.scopes for one in source.asked] == [{"cs.CL"}, {"cs.CL"}]
    async with SqliteStore.open(wanted.database) as store:
        assert await store.places() == []


def test_what_is_shown_needs_its_baselines(tmp_path: Path) -> None:
    assert wanted_scopes(settings(tmp_path, CONFIGURATION + READER)) == {"cs.CV", "cs.CL"}


async def test_why_knows_what_is_polled_for_the_pages(
    tmp_path: Path, source: ScriptedSource
) -> None:
    wanted = settings(tmp_path, CONFIGURATION + READER)
    await app.run_once(wanted, now=NOON)
    told = await inquire(wanted, "ana", "2601.00009", NOON)
    assert told.absent is not None
    assert told.absent.scopes == ("cs.CL", "cs.CV")
