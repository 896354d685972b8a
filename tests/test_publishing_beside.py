"""Publishing while other things happen: a bot that writes, files that go, a process that dies."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from posixpath import dirname, join, normpath
from typing import Any

import pytest

from bot import catalogue
from bot.publishing import _Build
from bot.serving import offer_of
from bot.site_folder import NOTE
from bot.web.current import Current
from tests.builders import NOON, paper
from tests.published import Press, dies
from tests.test_publishing import LATTICE, Links, in_one_go

pytestmark = pytest.mark.slow

GONE: dict[str, Any] = {"version": 2, "categories": ("cs.CV",), "primary_category": "cs.CV"}


@pytest.fixture
def press(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Press:
    """Give a ledger of six papers; whatever is noted of folders is believed, however late."""
    monkeypatch.setattr("bot.site_folder._TICK", -24 * 3600 * 10**9)
    made = Press(tmp_path, pages='url = "https://papers.example.org"')
    made.record(*map(paper, range(1, 6)), LATTICE)
    return made


def once_before(
    monkeypatch: pytest.MonkeyPatch, where: Any, name: str, event: Callable[[], Awaitable[None]]
) -> None:
    """Let something happen before a step is taken for the first time."""
    step = getattr(where, name)

    async def taken(*args: Any, **named: Any) -> Any:
        monkeypatch.setattr(where, name, step)
        await event()
        return await step(*args, **named)

    monkeypatch.setattr(where, name, taken)


STEPS = [(catalogue, "places"), (_Build, "lists"), (_Build, "topics"), (_Build, "sitemap")]


@pytest.mark.parametrize(("where", "name"), STEPS)
def test_what_comes_while_pages_are_made_and_goes_again_leaves_nothing(
    press: Press, monkeypatch: pytest.MonkeyPatch, where: Any, name: str
) -> None:
    press.publish()
    press.record(replace(LATTICE, version=2, abstract="new", updated=NOON), paper(9))

    async def bot() -> None:
        await asyncio.to_thread(press.bot, paper(8))

    once_before(monkeypatch, where, name, bot)
    press.publish()
    press.record(replace(paper(8), **GONE, updated=NOON))
    press.publish()
    assert press.files() == in_one_go(press)
    press.publish()
    assert press.files() == in_one_go(press)


@pytest.mark.parametrize(("where", "name"), STEPS)
def test_what_changes_while_pages_are_made_is_as_it_should_be_the_next_time(
    press: Press, monkeypatch: pytest.MonkeyPatch, where: Any, name: str
) -> None:
    press.record(replace(LATTICE, id="2601.00020", title="A thing", abstract="no lattice"))

    async def bot() -> None:
        title = "A lattice of lattices"
        await asyncio.to_thread(press.bot, replace(LATTICE, id="2601.00020", title=title))

    once_before(monkeypatch, where, name, bot)
    press.publish()
    press.publish()
    assert press.files() == in_one_go(press)


@pytest.mark.parametrize("due", [False, True])
@pytest.mark.parametrize("name", ["papers", "lists", "topics", "sitemap"])
def test_a_file_that_is_lost_while_pages_are_made_is_written_by_the_next_build(
    press: Press, monkeypatch: pytest.MonkeyPatch, name: str, *, due: bool
) -> None:
    press.publish()
    press.record(replace(paper(1), id="2512.00009"), *([paper(9)] if due else []))

    async def lose() -> None:
        (press.out / "papers/2601/2601.00003.html").unlink()

    once_before(monkeypatch, _Build, name, lose)
    press.publish()
    press.publish()
    assert press.files() == in_one_go(press)


@pytest.mark.parametrize("survived", [0, 3, 8, 14, 20])
def test_what_a_build_that_died_had_written_goes_if_it_has_gone_meanwhile(
    press: Press, monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    press.publish()
    later = NOON + timedelta(days=30)
    one = replace(paper(8), id="2602.00001")
    press.record(one, at=later)
    assert dies(press, monkeypatch, survived)
    press.record(replace(one, **GONE, updated=NOON), at=later)
    press.publish()
    assert press.files() == in_one_go(press)
    assert press.publish().written == 0


@pytest.mark.parametrize("survived", [0, 3, 8, 14, 18])
def test_what_a_build_that_died_had_written_is_made_anew_for_a_backup(
    press: Press, monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    press.publish()
    kept = press.database.read_bytes()
    press.record(paper(1, version=2, title="Changed", updated=NOON), at=NOON + timedelta(hours=1))
    assert dies(press, monkeypatch, survived)
    press.restore(kept)
    press.publish()
    assert press.files() == in_one_go(press)


@pytest.mark.parametrize("survived", range(0, 37, 4))
def test_a_first_build_that_died_is_taken_up(
    press: Press, monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    assert dies(press, monkeypatch, survived)
    press.publish()
    assert press.files() == in_one_go(press)


def test_a_ledger_from_a_backup_of_which_the_log_tells_nothing(press: Press) -> None:
    press.publish()
    kept = press.database.read_bytes()
    press.record(paper(1, title="Changed"))
    press.publish()
    assert "Changed" in press.page("papers/2601/2601.00001.html")
    press.restore(kept)
    press.publish()
    assert press.files() == in_one_go(press)
    press.record(paper(1, title="Changed"))
    press.publish()
    press.restore(kept)
    press.record(paper(2, title="Changed, too"))
    press.publish()
    assert press.files() == in_one_go(press)


def test_a_note_that_cannot_be_read_leaves_no_page_behind(press: Press) -> None:
    press.publish()
    note = json.loads((press.out / NOTE).read_text())
    for one in note["folders"].values():
        one.append("what a later version has besides")
    (press.out / NOTE).write_text(json.dumps(note))
    (press.out / "assets" / "mine.css").write_text("mine")
    press.pages += '\ntopics = ["Lattices"]'
    press.publish()
    files = dict(press.files())
    assert files.pop("assets/mine.css") == b"mine"
    assert files == in_one_go(press)


def test_a_topic_that_has_become_empty_says_the_same_however_it_came_to_that(
    press: Press,
) -> None:
    press.record(
        replace(LATTICE, version=2, title="Another", abstract="", authors=("B. C",), updated=NOON)
    )
    press.publish()
    press.record(paper(8), at=NOON + timedelta(days=14))
    press.publish()
    assert press.files() == in_one_go(press)


def test_papers_of_old_archives_are_written_before_what_leads_to_them(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = datetime(1999, 1, 4, tzinfo=UTC)
    press.record(replace(LATTICE, id="hep-th/9901001", published=old, updated=old))
    replaced, seen = os.replace, 0

    def put(draft: str, place: str) -> None:
        nonlocal seen
        replaced(draft, place)
        name = str(place).removeprefix(f"{press.out}/")
        if name.endswith(".html") and name.startswith(("days", "topics")):
            for link in Links(press.page(name)).found:
                there = normpath(join(dirname(name), link.partition("#")[0]))
                if there.startswith("papers/"):
                    assert (press.out / there).exists(), f"{name} leads to {there}"
                    seen += 1

    monkeypatch.setattr(os, "replace", put)
    press.publish()
    assert seen > 10


async def test_what_comes_while_the_served_site_is_counted_and_goes_again_leaves_nothing(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asyncio.to_thread(press.publish)
    current = Current(replace(offer_of(press.settings()), fresh=0.0))

    async def bot() -> None:
        await asyncio.to_thread(press.bot, paper(8))

    once_before(monkeypatch, catalogue, "places", bot)
    await current.view()
    await asyncio.to_thread(press.bot, replace(paper(8), **GONE, updated=NOON))
    after = await current.view()
    anew = await Current(offer_of(press.settings())).view()
    assert after._keys == anew._keys
