"""Trying a query on stored papers, as a person does at the command line."""

import asyncio
import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.backtest import Question, backtest
from bot.cli import main
from bot.core.model import Paper
from bot.core.polling import Batch
from bot.core.query import parse
from bot.settings import load
from bot.store import SqliteStore
from tests.builders import NOON, paper

Command = Callable[..., tuple[int, str, str]]
CONFIG = """
database = "{folder}/p.db"
[[topic]]
name = "Cats"
query = "ti:cat AND cat:cs.CL"
[[topic]]
name = "Dogs"
keywords = ["dog", "DOG"]
categories = ["cs.CL"]
[[subscriber]]
name = "ana"
maildir = ["{folder}/mail"]
"""
# Known from the start, submitted on a Friday evening and so announced on Monday the 5th.
BEFORE = tuple(
    paper(n, title=f"A cat of {n}", published=NOON - timedelta(days=2, hours=12)) for n in (1, 2)
)
# Announced to us in the night to the 7th.
LATER = (
    paper(3, title="A cat and a dog", authors=("Ana García",)),
    paper(4, title="A horse \x1b[31m"),
)
NIGHT = NOON + timedelta(days=1, hours=14)
AT = ("--at", "2026-01-08T12:00Z")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "daily-papers.toml"
    path.write_text(CONFIG.format(folder=tmp_path), encoding="utf-8")
    return path


@pytest.fixture
def filled(config: Path) -> None:
    fill(config)


def fill(config: Path, *more: Paper) -> None:
    asyncio.run(_fill(config, more))


async def _fill(config: Path, more: tuple[Paper, ...]) -> None:
    settings = load(config, env={})
    async with SqliteStore.open(settings.database) as store:
        await store.sync(settings.subscriptions(), NOON)
        await store.record("arxiv_api", Batch(BEFORE, complete=frozenset({"cs.CL"})), NOON)
        await store.record("arxiv_api", Batch((*LATER, *more)), NIGHT)


@pytest.fixture
def command(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Give a function that runs `daily-papers backtest …`."""
    monkeypatch.setenv("COLUMNS", "80")

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(
            sys, "argv", ["daily-papers", "backtest", "--config", str(config), *words]
        )
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        code = left.value.code
        return (0 if code is None else int(code)), out, err

    return run


def as_json(command: Command, *words: str) -> dict[str, Any]:
    code, out, _ = command(*words, *AT, "--json")
    assert code == 0
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.mark.usefixtures("filled")
def test_elsewhere_than_on_a_terminal_there_are_plain_lines(command: Command) -> None:
    code, out, _ = command("ti:cat OR ti:dgo", "--days", "5", *AT)
    assert code == 0
    lines = out.splitlines()
    mean = "4 announcements · 1.0 matches in each on average"
    assert lines[:3] == [
        "ti:cat OR ti:dgo",
        "3 of 4 stored papers match (75 %)",
        f"4 Jan 2026 to 7 Jan 2026 · {mean} · most on Mon 5 Jan 2026: 2",
    ]
    chart = [line for line in lines if " 2026-01-0" in line]
    assert chart == [
        "Sun 2026-01-04  ?  nothing stored",
        "Mon 2026-01-05  2  " + "#" * 60,
        "Tue 2026-01-06  1  " + "#" * 30,
        "Wed 2026-01-07  ?  nothing stored",
    ]
    assert "alternatives\tti:cat\t3\t3" in lines
    assert "All are in your topic Cats (which matches 3)" in lines
    assert "A *cat* and a dog" in lines
    assert "  6 Jan 2026 · cs.CL · https://arxiv.org/abs/2601.00003" in lines
    assert "  matched by ti:cat in title" in lines
    assert "█" not in out


@pytest.mark.usefixtures("filled")
def test_on_a_terminal_there_is_a_chart_as_wide_as_it(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    _, out, _ = command("ti:cat OR ti:horse", "--days", "10", *AT)
    bars = [line for line in out.splitlines() if "█" in line]
    assert len(max(bars)) <= 80
    assert max(len(line) for line in bars) > 70
    assert "Fri 2026-01-02  -  no announcement" in out
    assert "\x1b[1;4mcat\x1b[0m" in out
    assert "\x1b[31m" not in out
    monkeypatch.setenv("NO_COLOR", "1")
    _, out, _ = command("ti:cat", *AT)
    assert "█" not in out
    assert "####" in out


@pytest.mark.usefixtures("filled")
def test_the_json_has_every_number(command: Command) -> None:
    found = as_json(command, "(ti:cat OR kw:DOG) AND cat:cs.CL", "--days", "5")
    assert found["query"] == "(ti:cat OR kw:DOG) AND cat:cs.CL"
    assert found["topic"] is None
    numbers = ("stored", "matched", "share", "mean", "announcements", "announcements_stored")
    assert [found[name] for name in numbers] == [4, 3, 0.75, 1.0, 4, 3]
    assert found["busiest"] == {"date": "2026-01-05", "matched": 2}
    assert found["days"][2] == {
        "date": "2026-01-06", "announcement": True, "stored": 2, "matched": 1
    }  # fmt: skip
    assert found["choices"] == [
        [{"clause": "ti:cat", "brings": 3, "only": 3}, {"clause": "kw:DOG", "brings": 0, "only": 0}]
    ]
    assert found["conditions"][1] == {"clause": "cat:cs.CL", "alone": 4, "without": 3}
    assert found["topics"] == [
        {"topic": "Cats", "matched": 3, "shared": 3}, {"topic": "Dogs", "matched": 1, "shared": 1}
    ]  # fmt: skip
    assert (found["in_no_topic"], found["phrases"], found["dead"]) == (0, [], ["kw:DOG"])
    assert {one["kind"] for one in found["advice"]} == {"short", "acronym"}
    assert found["examples"][0] == {
        "id": "2601.00003",
        "url": "https://arxiv.org/abs/2601.00003",
        "title": "A cat and a dog",
        "date": "2026-01-06",
        "authors": ["Ana García"],
        "categories": ["cs.CL"],
        "excerpt": "We study subject 3 and report what we found.",
        "marks": {"title": [[2, 5]], "authors": [], "excerpt": []},
        "found": [
            {"clause": "ti:cat", "in": ["title"]}, {"clause": "cat:cs.CL", "in": ["categories"]}
        ],
    }  # fmt: skip


@pytest.mark.usefixtures("filled")
def test_a_followed_name_is_marked(command: Command) -> None:
    found = as_json(command, 'au:"Ana Garcia"')
    assert [one["marks"]["authors"] for one in found["examples"]] == [[0]] * 4
    _, out, _ = command('au:"Ana Garcia"', "--examples", "1", *AT)
    assert "  *Ana García*" in out


@pytest.mark.usefixtures("filled")
def test_a_topic_is_tried_like_a_query(command: Command) -> None:
    found = as_json(command, "--topic", "Dogs")
    assert (found["topic"], found["matched"]) == ("Dogs", 1)
    assert [one["topic"] for one in found["topics"]] == ["Cats"]
    _, out, _ = command("--topic", "Cats", *AT)
    assert out.startswith("Cats: ti:cat AND cat:cs.CL\n")


@pytest.mark.usefixtures("filled")
def test_categories_narrow_the_query(command: Command) -> None:
    found = as_json(command, "ti:cat", "--category", "cs.LG", "--category", "cs.CV")
    assert found["query"] == "ti:cat AND (cat:cs.LG OR cat:cs.CV)"
    assert found["matched"] == 0
    assert {one["kind"] for one in found["advice"]} == {"short", "nothing", "unpolled", "dead"}


def test_a_flood_and_long_lists_are_told(config: Path, command: Command) -> None:
    filler = "and so much more that was written of other things in other words " * 3
    texts = ("big cat", "cat", "cats")
    fill(config, *(paper(10 + n, title=f"{texts[n % 3]} {filler}") for n in range(24)))
    found = as_json(command, "ti:cat")
    assert found["phrases"] == [
        {"clause": "ti:cat", "brings": 27, "phrases": [{"query": 'ti:"big cat"', "matched": 8}]}
    ]
    long = " OR ".join(f"ti:word{n}" for n in range(30))
    _, out, _ = command(f"ti:cat OR {long}", *AT, "--examples", "0")
    assert out.count("alternatives\t") == 25
    assert "and 6 more, which bring less: see --json" in out


@pytest.mark.usefixtures("filled")
def test_where_nothing_matches_there_is_no_chart_but_the_reason(command: Command) -> None:
    code, out, _ = command("ti:zebra AND cat:cs.CL", *AT)
    assert code == 0
    assert "None of the 4 stored papers matches. Without ti:zebra it would be 4." in out
    assert "note: ti:zebra matches nothing." in out
    assert "2026-01-06" not in out
    assert "your topic" not in out


def test_the_first_authors_are_named(config: Path, command: Command) -> None:
    fill(config, paper(9, title="A whale", authors=tuple("Name" + c for c in "ABCDEFG")))
    _, out, _ = command("ti:whale OR au:NameG", *AT)
    assert "  NameA, NameB, NameC, NameD, NameE, … *NameG* and 1 more\n" in out


@pytest.mark.usefixtures("filled")
def test_a_page_is_written(command: Command, tmp_path: Path) -> None:
    code, out, _ = command("ti:cat", *AT, "--html", str(tmp_path / "a.html"))
    assert code == 0
    assert out.endswith("a.html: written\n")
    assert "3 of 4 stored papers match" in (tmp_path / "a.html").read_text(encoding="utf-8")
    found = as_json(command, "ti:cat", "--html", str(tmp_path / "b.html"))
    assert found["matched"] == 3
    assert (tmp_path / "b.html").exists()


@pytest.mark.usefixtures("filled")
def test_a_page_that_cannot_be_written_does_not_lose_the_count(
    command: Command, tmp_path: Path
) -> None:
    missing = str(tmp_path / "no" / "a.html")
    code, out, err = command("ti:cat", *AT, "--html", missing)
    assert code == 1
    assert "3 of 4 stored papers match" in out
    assert "written" not in out
    assert "a.html: it cannot be written: No such file or directory" in err


@pytest.mark.usefixtures("filled")
def test_as_of_an_earlier_day_later_papers_are_not_there(command: Command) -> None:
    _, out, _ = command("ti:cat", "--at", "2026-01-06T12:00Z", "--json")
    assert json.loads(out)["stored"] == 2


@pytest.mark.usefixtures("filled")
def test_it_reads_beside_a_running_bot(config: Path, command: Command) -> None:
    database = load(config, env={}).database
    before = database.read_bytes()
    assert command("ti:cat", *AT)[0] == 0
    assert database.read_bytes() == before


def test_without_a_database_it_says_what_makes_one(command: Command) -> None:
    code, out, err = command("ti:cat", *AT)
    assert (code, out) == (1, "")
    assert "p.db: there is no database yet: `daily-papers poll` makes it" in err


def test_a_broken_query_is_pointed_at(command: Command) -> None:
    code, out, err = command("ti:cat   AND  (ti:dog", *AT)
    assert (code, out) == (2, "")
    assert "this parenthesis is never closed" in err
    assert "    ti:cat AND (ti:dog\n               ^" in err
    code, _, err = command("ti:cat", "--category", "cs.QQ")
    assert code == 2
    assert "arXiv has no category 'cs.QQ'" in err


def test_either_a_query_or_a_topic_that_exists_must_be_given(
    config: Path, command: Command
) -> None:
    for words in ((), ("ti:cat", "--topic", "Cats")):
        code, _, err = command(*words)
        assert code == 2
        assert "give either a query, in quotes, or --topic NAME" in err
    code, _, err = command("--topic", "Birds")
    assert code == 2
    assert "no topic is named 'Birds'. There are: Cats, Dogs." in err
    config.write_text(
        config.read_text(encoding="utf-8").replace('"ti:cat AND', '"ti:cat AND AND'),
        encoding="utf-8",
    )
    code, _, err = command("--topic", "Cats")
    assert code == 2
    assert "the query of the topic 'Cats' must be mended before it can be tried" in err


@pytest.mark.usefixtures("filled")
def test_where_operators_are_missing_it_says_so_and_counts_what_was_meant(command: Command) -> None:
    _, out, _ = command("ti:cat dog", *AT)
    assert (
        "note: words without an operator mean OR; for both write AND: ti:cat AND dog (1); "
        'for the phrase write: ti:"cat dog" (0)\n'
    ) in out
    found = as_json(command, "cat dog", "--category", "cs.CL")
    assert found["advice"][0]["kind"] == "implied"
    assert "(cat AND dog) AND" not in found["advice"][0]["text"]
    assert "cat AND dog AND cat:cs.CL (1)" in found["advice"][0]["text"]
    assert "without an operator" not in command("cat OR dog", *AT)[1]


@pytest.mark.usefixtures("filled")
def test_a_likely_spelling_is_counted_and_how_far_it_has_come_is_told(
    config: Path, command: Command
) -> None:
    fill(config, *(paper(n, title="A zebra") for n in range(20, 26)))
    _, out, _ = command("ti:zebar", *AT)
    assert "ti:zebar matches nothing: did you mean ti:zebra (6)?" in out
    told = asyncio.run(_progress(config))
    assert told == [(what, 10, 10) for what in ("papers", "words", "likely spellings")]


async def _progress(config: Path) -> list[tuple[str, int, int]]:
    told: list[tuple[str, int, int]] = []
    await backtest(
        load(config, env={}),
        Question(parse("ti:zebar"), {}),
        NIGHT + timedelta(days=1),
        lambda *one: told.append(one),
    )
    return told


def test_where_nothing_is_stored_there_are_no_tables(config: Path, command: Command) -> None:
    asyncio.run(_fill_nothing(config))
    code, out, _ = command("ti:cat OR ti:dog", *AT)
    assert code == 0
    assert "No paper of those days is stored" in out
    assert "alternatives" not in out
    assert "topic" not in out


async def _fill_nothing(config: Path) -> None:
    settings = load(config, env={})
    async with SqliteStore.open(settings.database) as store:
        await store.sync(settings.subscriptions(), NOON)
