"""`author` as a person uses it: against a loopback arXiv, the ledger, and the Anthology's files."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.bibliography import Person
from bot.core.model import Paper
from bot.core.polling import Batch
from bot.store import SqliteStore
from tests.builders import NOON, paper
from tests.loopback import Loopback, loopback, reader
from tests.sources.test_acl_xml import META, collection

Command = Callable[..., tuple[int, str, str]]
LIU = ("Ana García", "Peiyang Liu")
PAPERS = [
    paper(1, authors=LIU, abstract="We found\u202e [it](x). " * 12),
    paper(2, authors=("Liu Peiyang",), published=datetime(2024, 5, 1, tzinfo=UTC)),
    paper(
        3,
        abstract="",
        authors=("Peiyang Liu",),
        categories=("math.AG",),
        primary_category="math.AG",
    ),
    paper(4, authors=("Wei Liu", "Peiyang Chen")),
]
ANTHOLOGY = collection(
    META
    + "".join(
        f'<paper id="{number}"><title>{title}</title><author><first>Peiyang</first>'
        f"<last>Liu</last></author><abstract>Of {title}.</abstract></paper>"
        for number, title in enumerate(("A STUDY of Subject~1", "Elsewhere"), 1)
    )
)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "acl.xml").write_text(ANTHOLOGY, "utf-8")
    with loopback(tmp_path, PAPERS) as servers:
        servers.configure(reader("ana", slack="[]"), more="")
        monkeypatch.setenv("DAILY_PAPERS_CONFIG", str(servers.config))
        yield servers


@pytest.fixture
def anthology(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAILY_PAPERS_ACL__DATA", "acl.xml")


@pytest.mark.usefixtures("world")
def test_papers_are_listed_by_year_with_abstracts(command: Command) -> None:
    code, out, err = command("author", "Peiyang Liu")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert [line for line in lines if line[:2] == "20"] == ["2026 (2)", "2024 (1)"]
    assert "  Ana García and *Peiyang Liu*" in lines
    assert "  cs.CL · submitted 4 Jan 2026" in lines
    assert "  https://arxiv.org/abs/2601.00001" in lines
    assert "    We study subject 2 and report what we found." in lines
    assert "Peiyang Liu: 3 works" in lines
    assert "2601.00004" not in out
    assert "\u202e" not in out


@pytest.mark.usefixtures("world")
def test_the_forms_of_the_name_are_counted(command: Command) -> None:
    _, out, _ = command("author", "Peiyang Liu")
    assert "name\tPeiyang Liu\t2\tcs.CL 1, math.AG 1" in out
    assert "name\tLiu Peiyang\t1\tcs.CL 1" in out
    assert "--category narrows" in out
    code, out, _ = command("author", "Peiyang Liu", "--category", "math.AG")
    assert code == 0
    assert "Peiyang Liu: 1 work\n" in out
    assert "narrows" not in out


@pytest.mark.usefixtures("world", "anthology")
def test_the_anthology_tells_where_works_appeared(command: Command) -> None:
    code, out, _ = command("author", "Peiyang Liu")
    assert code == 0
    assert out.count("Study of Subject 1\n") == 1
    assert "  ACL 2022, https://aclanthology.org/2022.acl-long.1" in out
    assert "2022 (1)\n\n  Elsewhere\n  *Peiyang Liu*\n  ACL 2022, https://aclanthology.org/" in out
    assert "    Of Elsewhere.\n" in out
    assert "Peiyang Liu: 4 works" in out
    _, out, _ = command("author", "Peiyang Liu", "--no-acl")
    assert "aclanthology" not in out
    _, out, _ = command("author", "Peiyang Liu", "--category", "math.AG")
    assert "Elsewhere" not in out
    _, out, _ = command("author", "Peiyang Liu", "--category", "cs.CL")
    assert "Elsewhere" in out


@pytest.mark.usefixtures("world", "anthology")
def test_json_is_for_scripts(command: Command) -> None:
    code, out, _ = command("author", "Peiyang  Liu", "--json", "--limit", "3")
    found = json.loads(out)
    assert code == 0
    assert (found["author"], found["works"], found["failures"]) == ("Peiyang Liu", 4, [])
    assert [one["year"] for one in found["papers"]] == [2026, 2026, 2024]
    (one,) = [one for one in found["papers"] if one["id"] == "2601.00001"]
    assert one["submitted"] == "2026-01-04T12:00:00+00:00"
    assert one["published"] == [
        {
            "venue": "ACL 2022",
            "id": "2022.acl-long.1",
            "url": "https://aclanthology.org/2022.acl-long.1",
        }
    ]
    (only,) = json.loads(command("author", "Peiyang Liu", "--json")[1])["papers"][3:]
    assert (only["id"], only["url"], only["categories"]) == (None, None, None)


@pytest.mark.usefixtures("world")
def test_a_limit_shows_the_newest_and_counts_the_others(command: Command) -> None:
    _, out, _ = command("author", "Peiyang Liu", "--limit", "1")
    assert "2026 (1 of 2)" in out
    assert "Peiyang Liu: 3 works, of which the newest is shown" in out
    _, out, _ = command("author", "Peiyang Liu", "--limit", "2")
    assert "Peiyang Liu: 3 works, of which the newest 2 are shown" in out


def test_offline_the_stored_papers_are_listed_and_nobody_is_asked(
    world: Loopback, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAILY_PAPERS_ACL__DATA", "acl.xml,http://127.0.0.1:9/never.xml")
    assert command("poll", "--at", "2026-01-05T12:00Z")[0] == 0
    asked = len(world.arxiv.requests)
    monkeypatch.setattr("bot.stored.PAGE", 1)
    code, out, err = command("author", "Peiyang Liu", "--offline")
    assert (code, err) == (0, "")
    assert "https://arxiv.org/abs/2601.00001" in out
    assert "Elsewhere" in out
    assert "2601.00003" not in out  # outside of all that was polled
    assert len(world.arxiv.requests) == asked


@pytest.mark.usefixtures("world", "anthology")
def test_without_a_database_the_rest_is_shown_and_the_failure_told(command: Command) -> None:
    code, out, err = command("author", "Peiyang Liu", "--offline")
    assert code == 1
    assert "Elsewhere" in out
    assert "the stored papers: " in err
    assert "`daily-papers poll` makes it" in err


@pytest.mark.usefixtures("anthology")
def test_an_arxiv_that_fails_leaves_the_rest(world: Loopback, command: Command) -> None:
    async def broken(_request: object) -> object:
        from aiohttp import web

        return web.Response(status=503)

    world.arxiv.fault = broken  # type: ignore[assignment]  # as loose as a double may be
    code, out, err = command("author", "Peiyang Liu")
    assert code == 1
    assert "Peiyang Liu: 2 works" in out
    assert "arXiv: HTTP 503" in err
    code, out, _ = command("author", "Peiyang Liu", "--json")
    assert code == 1
    assert json.loads(out)["failures"][0]["source"] == "arXiv"


def test_an_arxiv_that_is_turned_off_says_what_to_do(
    world: Loopback, command: Command, tmp_path: Path
) -> None:
    text = world.config.read_text("utf-8").replace(world.arxiv.url, "")
    (tmp_path / "off.toml").write_text(
        text.replace('api_url = ""', f'api_url = ""\nrss_url = "{world.arxiv.url}"'), "utf-8"
    )
    code, _, err = command("author", "Peiyang Liu", "--config", str(tmp_path / "off.toml"))
    assert code == 1
    assert "arXiv: arxiv.api_url is off; --offline" in err


@pytest.mark.usefixtures("world")
def test_a_broken_file_hides_nothing_else(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "xml"
    folder.mkdir()
    (folder / "good.xml").write_text(ANTHOLOGY, "utf-8")
    (folder / "bad.xml").write_text(ANTHOLOGY[:-30], "utf-8")
    monkeypatch.setenv("DAILY_PAPERS_ACL__DATA", "xml,none.xml")
    code, out, err = command("author", "Peiyang Liu")
    assert code == 1
    assert "Peiyang Liu: 4 works" in out
    assert "xml/bad.xml: the file does not end as it should" in err
    assert "none.xml: it is not there" in err


@pytest.mark.usefixtures("world")
def test_nobody_of_that_name_is_no_failure(command: Command) -> None:
    code, out, err = command("author", "Nobody Atall")
    assert (code, out, err) == (0, "Nobody Atall: 0 works\n", "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("P.",), "only an initial"),
        (("",), "there is nothing to find"),
        (("Peiyang Liu", "--category", "cs.XX"), "no category 'cs.XX'"),
        (("Peiyang Liu", "--limit", "0"), "--limit"),
    ],
)
@pytest.mark.usefixtures("world")
def test_what_cannot_be_asked_for_is_bad_usage(
    command: Command, words: tuple[str, ...], told: str
) -> None:
    code, out, err = command("author", *words)
    assert (code, out) == (2, "")
    assert told in " ".join(err.replace("│", " ").split())


async def hold(folder: Path, *papers: Paper) -> Path:
    path = folder / "offline.db"
    async with SqliteStore.open(path) as store:
        await store.record("arxiv_api", Batch(papers), NOON)
    return path


@pytest.mark.usefixtures("world")
def test_beside_a_process_that_writes_what_is_indexed_is_found(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    database = asyncio.run(hold(tmp_path, PAPERS[0]))
    monkeypatch.setenv("DAILY_PAPERS_DATABASE", str(database))
    assert "Peiyang Liu: 1 work\n" in command("author", "Peiyang Liu", "--offline")[1]
    asyncio.run(hold(tmp_path, PAPERS[1]))
    monkeypatch.setattr("bot.store.connection.BUSY_SECONDS", 0.0)
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        code, out, err = command("author", "Peiyang Liu", "--offline")
    assert (code, "Peiyang Liu: 1 work\n" in out) == (1, True)
    assert "the stored papers: 1 paper, new or changed lately, could not be looked at: " in err


@pytest.mark.usefixtures("world")
def test_where_nothing_could_be_looked_at_no_works_are_counted(command: Command) -> None:
    code, out, err = command("author", "Peiyang Liu", "--offline")
    assert (code, out) == (1, "Peiyang Liu: nothing could be looked at\n")
    assert "there is no database yet: `daily-papers poll` makes it" in err


@pytest.mark.usefixtures("world")
def test_of_very_many_forms_of_a_name_the_first_are_shown(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    papers = [paper(number, authors=(f"Name{number} Wei",)) for number in range(1, 31)]
    monkeypatch.setenv("DAILY_PAPERS_DATABASE", str(asyncio.run(hold(tmp_path, *papers))))
    _, out, _ = command("author", "Wei", "--offline", "--limit", "1")
    assert out.count("name\t") == 12
    assert "\nand 18 more: see --json\n" in out
    assert len(json.loads(command("author", "Wei", "--offline", "--json")[1])["names"]) == 30


def test_a_person_is_narrowed_to_categories() -> None:
    one = replace(paper(), authors=LIU)
    assert Person("Peiyang Liu", ("cs.*",)).narrowed.matches(one)
    assert not Person("Peiyang Liu", ("math.AG",)).narrowed.matches(one)


@pytest.mark.usefixtures("world", "anthology")
def test_check_tries_the_anthologys_data(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "ACL Anthology acl.xml\tok\treadable" in command("check")[1]
    monkeypatch.setenv("DAILY_PAPERS_ACL__DATA", "none.xml")
    code, out, _ = command("check")
    assert code == 1
    assert "ACL Anthology none.xml\tFAILED\tit is not there" in out
