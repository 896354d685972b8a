"""How things stand: what came of the last announcement, as `status` tells it."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.compose import compose
from bot.core.model import Detail
from bot.core.polling import Batch, Quarantined
from bot.report import show_status, status_json
from bot.settings import Settings, load
from bot.situation import read_situation
from bot.store import SqliteStore
from tests.builders import NOON, paper

CL = frozenset({"cs.CL"})
NEXT_DAY = NOON + timedelta(days=1)
CONFIG = """
database = "{folder}/p.db"
[[topic]]
name = "T"
query = "cat:cs.CL AND co:CVPR"
[[subscriber]]
name = "ana"
maildir = ["{folder}/mail"]
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    path = tmp_path / "daily-papers.toml"
    path.write_text(CONFIG.format(folder=tmp_path), encoding="utf-8")
    return load(path, env={})


async def recorded(settings: Settings, *batches: Batch) -> None:
    """Record a baseline at NOON and one of these on each day after it, which all then read."""
    async with SqliteStore.open(settings.database) as store:
        await store.sync(settings.subscriptions(), NOON)
        await store.record("arxiv_oai", Batch((paper(1),), complete=CL, census=paper(1).id), NOON)
        for day, batch in enumerate(batches, start=1):
            now = NOON + timedelta(days=day)
            await store.record("arxiv_oai", batch, now)
            await compose(store, settings.subscriptions(), now=now)


async def test_ids_that_have_not_come_are_told_apart_from_what_is_polled(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    unread = Quarantined(paper(8).id, "no title")
    batch = Batch((paper(2), paper(6)), quarantined=(unread,), census=paper(6).id)
    await recorded(settings, batch)
    found = await read_situation(settings, NEXT_DAY)
    coverage = found.coverage
    assert (coverage.announced, coverage.received, coverage.missing) == (3, 2, 3)
    assert status_json(found)["announcement"]["missing"] == 3
    show_status(found, settings)
    told = "3 announced, 2 received, 0 matched; from arxiv_oai; 3 ids of arXiv have not come yet"
    assert f"{told} and are asked for\n" in capsys.readouterr().out


async def test_where_nothing_is_missing_nothing_is_said_of_it(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await recorded(settings, Batch((paper(2),)))
    show_status(await read_situation(settings, NEXT_DAY), settings)
    assert "1 announced, 1 received, 0 matched; from arxiv_oai\n" in capsys.readouterr().out


async def test_that_a_paper_was_completed_is_no_announcement(settings: Settings) -> None:
    whole = paper(2, comment="Accepted at CVPR 2026")
    other = paper(3, title="Of another day")
    fed = Batch((paper(2, detail=Detail.FEED),))
    await recorded(settings, fed, Batch((whole, other)))
    coverage = (await read_situation(settings, NEXT_DAY + timedelta(days=1))).coverage
    assert (coverage.announced, coverage.received, coverage.matched) == (1, 1, 0)
