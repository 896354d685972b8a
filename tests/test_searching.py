"""`daily-papers search` as a person uses it: what it prints, and what it says when it cannot."""

import asyncio
import json
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot import searching, stored
from bot.cli import main
from bot.core.errors import StoreError
from bot.core.model import Paper
from bot.core.polling import Batch
from bot.core.query import parse
from bot.settings import Settings, load
from bot.store import SqliteStore
from tests.builders import NOON, paper
from tests.store.test_migrations import migrated_before

Command = Callable[..., tuple[int, str, str]]
CONFIG = """
database = "papers.db"
[arxiv]
contact = "test@example.org"
[[topic]]
name = "Language"
query = "cat:cs.CL"
[[subscriber]]
name = "ana"
maildir = ["mail"]
"""
KEYS = {
    *("id", "version", "url", "title", "authors", "abstract", "categories", "primary_category"),
    *("published", "updated", "comment", "journal_ref", "doi", "report_no"),
    "affiliations",
}


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder with a configuration; give where its database will be."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "daily-papers.toml").write_text(CONFIG, encoding="utf-8")
    monkeypatch.setenv("DAILY_PAPERS_CONFIG", str(tmp_path / "daily-papers.toml"))
    return tmp_path / "papers.db"


@pytest.fixture
def search(
    database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Give a function that runs `daily-papers search …` and tells exit code, output and errors."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["daily-papers", "search", *words])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    return run


def hold(database: Path, *papers: Paper) -> None:
    async def record() -> None:
        async with SqliteStore.open(database) as store:
            await store.record("arxiv_api", Batch(papers), NOON)

    asyncio.run(record())


LATTICE = paper(
    7,
    title=r"Lattices of Erd\H{o}s",
    abstract="We study what \x1b[31mnobody asked. " * 20
    + "At last a lattice. "
    + "And more. " * 90,
    authors=("Paul Erdős", *(f"Author Number{number}" for number in range(9))),
    categories=("math.CO", "cs.CL"),
    primary_category="math.CO",
    comment="12 pages on \x1b]0;lattices\x07",
    journal_ref="J. Lattices 7",
    report_no="CERN-TH-7",
    affiliations=("Universit\\'e de Pau", "\x1b[2J LMM, Pau", "UTPA"),
)


def test_a_paper_is_shown_with_what_matched_marked(database: Path, search: Command) -> None:
    hold(database, paper(1), LATTICE)
    code, out, err = search("lattice AND au:erdos")
    assert (code, err) == (0, "")
    title, authors, facts, comment, journal, abstract, _, count = out.splitlines()
    assert title == "*Lattices* of Erdős"
    assert authors.strip().startswith("*Paul Erdős*, Author Number0")
    assert authors.endswith("and 5 more")
    assert (
        facts.strip() == "submitted 4 Jan 2026 · math.CO, cs.CL · https://arxiv.org/abs/2601.00007"
    )
    assert comment.strip() == "Comment: 12 pages on ]0;*lattices*"
    assert journal.strip() == "Journal: J. *Lattices* 7"
    assert "At last a *lattice*." in abstract
    assert count == "1 paper matches."
    assert "CERN" not in out, "a report number is shown where it is asked for"
    assert "Report: *CERN*-TH-7" in search("rn:cern")[1]


def test_those_affiliations_are_shown_that_are_asked_for(database: Path, search: Command) -> None:
    hold(database, paper(1), LATTICE)
    *_, first, second, _, count = search("pau")[1].splitlines()
    assert first.strip() == "Affiliation: Université de *Pau*"
    assert second.strip() == "Affiliation: [2J LMM, *Pau*"
    assert count == "1 paper matches."
    assert "Affiliation" not in search("lattice")[1]
    (one,) = json.loads(search("all:lmm", "--json")[1])["papers"]
    assert one["affiliations"] == ["Université de Pau", "[2J LMM, Pau", "UTPA"]


def test_a_terminal_is_commanded_by_nobody(database: Path, search: Command) -> None:
    hold(database, LATTICE, paper(2, title="\x1b[2J\u202e", abstract="nobody"))
    for words in (["lattice"], ["abs:nobody"], ["abs:nobody", "--json"]):
        out = search(*words)[1]
        assert not {"\x1b", "\x07", "\u202e"} & set(out)
        assert out


def test_the_newest_come_first_and_the_others_are_counted(database: Path, search: Command) -> None:
    hold(database, *(paper(number) for number in range(1, 31)))
    out = search("ti:study", "--limit", "3")[1]
    assert [line for line in out.splitlines() if line.startswith("A *Study*")] == [
        f"A *Study* of Subject {number}" for number in (30, 29, 28)
    ]
    assert out.endswith("The newest 3 are shown, and 27 more match: see --limit.\n")
    assert search("ti:study", "--limit", "30")[1].endswith("30 papers match.\n")
    assert search("ti:nothing") == (0, "No stored paper matches.\n", "")


def test_of_very_many_it_is_said_that_there_are_more(
    database: Path, search: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(database, *(paper(number) for number in range(1, 31)))
    monkeypatch.setattr(stored, "PAGE", 5)
    monkeypatch.setattr(searching, "COUNTED", 10)
    assert "newest 2 are shown, and at least 8 more match" in search("ti:study", "--limit", "2")[1]
    assert "30 papers match" in search("ti:study", "--limit", "40")[1]


def test_since_leaves_out_what_was_submitted_before(database: Path, search: Command) -> None:
    old = paper(1, published=NOON - timedelta(days=9))
    hold(database, old, paper(2, published=NOON - timedelta(days=2)))
    at = ("--at", NOON.isoformat())
    found = json.loads(search("ti:study", "--since", "3d", "--json", *at)[1])
    assert [one["id"] for one in found["papers"]] == ["2601.00002"]
    both = json.loads(search("ti:study OR ti:x", "--since", "2w", "--json", *at)[1])
    assert len(both["papers"]) == 2
    code, _, err = search("ti:study", "--since", "soon")
    assert code == 2
    assert '"36h", "7d"' in err


def test_an_instant_leaves_out_what_was_submitted_after_it(database: Path, search: Command) -> None:
    hold(database, paper(1, published=NOON - timedelta(days=9)), paper(2, published=NOON))
    at = ("--at", (NOON - timedelta(days=1)).isoformat(), "--json")
    for words in (at, (*at, "--since", "30d")):
        found = json.loads(search("ti:study", *words)[1])
        assert [one["id"] for one in found["papers"]] == ["2601.00001"]
    assert json.loads(search("ti:study", "--since", "2d", *at)[1])["papers"] == []


def test_one_and_another_are_told_as_people_say_it(database: Path, search: Command) -> None:
    hold(database, paper(1), paper(2))
    told = search("ti:study", "--limit", "1")[1]
    assert told.endswith("The newest is shown, and 1 more matches: see --limit.\n")


def test_json_tells_papers_and_what_is_left_out(
    database: Path, search: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(database, paper(1), LATTICE)
    found = json.loads(search("rn:cern", "--json")[1])
    (one,) = found.pop("papers")
    assert found == {"more": 0, "counted": True, "unindexed": 0}
    assert one.keys() == KEYS
    assert (one["title"], one["report_no"]) == ("Lattices of Erdős", "CERN-TH-7")
    assert one["published"] == "2026-01-04T12:00:00+00:00"
    assert json.loads(search("ti:nothing", "--json")[1])["papers"] == []
    monkeypatch.setattr(searching, "COUNTED", 1)
    assert not json.loads(search("ti:study OR lattice", "--limit", "1", "--json")[1])["counted"]


def test_what_came_since_is_found_at_once(database: Path, search: Command) -> None:
    hold(database, paper(1))
    assert "1 paper matches" in search("ti:study")[1]
    hold(database, paper(2), paper(1, version=2, title="Withdrawn", updated=NOON))
    assert "Subject 2\n" in search("ti:study")[1].replace("*", "")
    assert "1 paper matches" in search("ti:study")[1]


def test_where_operators_are_missing_it_says_what_was_read(database: Path, search: Command) -> None:
    hold(database, paper(1, title="A cat"))
    said = (
        "note: words without an operator mean OR; for both write AND: cat AND dog; "
        'for the phrase write: "cat dog"\n'
    )
    assert search("cat dog")[1].endswith(said)
    assert "note" not in search("cat OR dog")[1]
    assert "note" not in search("cat dog", "--json")[1]


def test_a_query_that_cannot_be_read_shows_where(database: Path, search: Command) -> None:
    code, out, err = search("ti:rag AND (ti:x")
    assert (code, out) == (2, "")
    assert "this parenthesis is never closed" in err
    assert "    ti:rag AND (ti:x\n               ^" in err


def test_without_a_database_it_says_what_makes_one(database: Path, search: Command) -> None:
    code, out, err = search("ti:rag")
    assert (code, out) == (1, "")
    assert "papers.db: there is no database yet: `daily-papers poll` makes it" in err
    assert not database.exists()


def test_a_database_of_an_earlier_version_is_left_as_it_is(database: Path, search: Command) -> None:
    migrated_before(database, "0005-search")
    code, _, err = search("ti:rag")
    assert code == 1
    assert "an earlier version made it; `daily-papers run` brings it up to date" in err


def test_an_empty_file_is_no_database_of_an_earlier_version(
    database: Path, search: Command
) -> None:
    database.touch()
    code, _, err = search("ti:rag")
    assert code == 1
    assert "the file is empty and no database yet; `daily-papers run` makes it one" in err


@pytest.mark.usefixtures("database")
async def test_a_store_that_cannot_be_searched_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def reading(_: Settings) -> AsyncIterator[object]:
        yield object()

    monkeypatch.setattr(stored, "reading", reading)
    with pytest.raises(StoreError, match="cannot be searched"):
        await searching.search(load(None), parse("ti:rag"), limit=1)


def test_beside_a_process_that_writes_it_tells_what_it_did_not_look_at(
    database: Path, search: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(database, paper(1))
    search("ti:study")
    hold(database, paper(2))
    monkeypatch.setattr("bot.store.connection.BUSY_SECONDS", 0.0)
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        code, out, err = search("ti:study")
        assert "1 paper, new or changed lately, could not be looked at: " in err
        assert "another process is writing to it; try again" in err
        assert (code, "1 paper matches" in out) == (0, True)
        found = json.loads(search("ti:study", "--json")[1])
        assert (len(found["papers"]), found["unindexed"]) == (1, 1)
    assert "2 papers match" in search("ti:study")[1]


def test_beside_a_running_bot_it_is_answered(database: Path, search: Command) -> None:
    hold(database, paper(1))
    loop = asyncio.new_event_loop()
    bot = SqliteStore.open(database)
    loop.run_until_complete(bot.__aenter__())
    try:
        assert "1 paper matches" in search("ti:study")[1]
    finally:
        loop.run_until_complete(bot.__aexit__(None, None, None))
        loop.close()


@pytest.mark.parametrize(
    ("code", "cure"),
    [
        (sqlite3.SQLITE_FULL, "the disk is full"),
        (sqlite3.SQLITE_READONLY, "it cannot be written"),
    ],
)
def test_what_is_indexed_is_found_where_nothing_can_be_written(
    database: Path, search: Command, monkeypatch: pytest.MonkeyPatch, code: int, cure: str
) -> None:
    hold(database, paper(1))
    search("ti:study")
    hold(database, paper(2))

    def refused(*_: object) -> int:
        error = sqlite3.OperationalError("no")
        error.sqlite_errorcode = code
        raise error

    monkeypatch.setattr("bot.store.indexing.enter", refused)
    left, out, err = search("ti:study")
    assert (left, "1 paper matches" in out) == (0, True)
    assert "1 paper, new or changed lately, could not be looked at: " in err
    assert cure in err
