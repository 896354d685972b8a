"""`daily-papers pages` as a person uses it: what it prints, and what it says when it cannot."""

import json
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli import main
from tests.builders import paper
from tests.published import Press

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def press(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Press:
    """Stand in a folder with a configuration and a ledger of two papers."""
    made = Press(tmp_path)
    made.record(paper(1), paper(2, title="Pipes | and $dollars$"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAILY_PAPERS_CONFIG", str(tmp_path / "daily-papers.toml"))
    return made


@pytest.fixture
def pages(
    press: Press, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Give a function that runs `daily-papers pages …` and tells exit code, output and errors."""
    del press

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["daily-papers", "pages", *words])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    return run


def test_it_tells_what_was_written_and_where_to_begin(press: Press, pages: Command) -> None:
    code, out, err = pages("--out", "site")
    assert (code, err) == (0, "")
    assert out == f"site/index.html: 2 topics, 2 papers; {len(press.files())} written\n"
    assert pages("--out", "site")[1] == "site/index.html: 2 topics, 2 papers; nothing to write\n"


def test_one_of_each_is_told_as_one(press: Press, pages: Command) -> None:
    press.pages = 'topics = ["Language"]'
    press.settings()
    code, out, _ = pages("--out", "site", "--at", "2026-01-05T00:00Z", "--json")
    assert code == 0
    told = json.loads(out)
    assert (told["topics"], told["papers"], told["unseen"], told["because"]) == (1, 2, 0, "")
    press.record(paper(2, version=2, categories=("cs.CV",), primary_category="cs.CV"))
    assert pages("--out", "site")[1].startswith("site/index.html: 1 topic, 1 paper; ")


def test_removed_files_are_told(press: Press, pages: Command) -> None:
    pages("--out", "site")
    press.record(paper(2, version=2, categories=("cs.CV",), primary_category="cs.CV"))
    assert ", 3 removed\n" in pages("--out", "site")[1]


def test_markdown_is_one_readme(press: Press, pages: Command) -> None:
    code, out, err = pages("--out", "site", "--format", "markdown")
    assert (code, out, err) == (0, "site/README.md: 2 topics, 2 papers; 1 written\n", "")
    assert press.files().keys() == {"README.md"}
    assert "| **[" in press.page("README.md")
    assert pages("--out", "site", "--format", "markdown")[1].endswith("nothing to write\n")


def test_what_could_not_be_looked_at_is_an_error(
    press: Press, pages: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.connection.BUSY_SECONDS", 0.0)
    with closing(sqlite3.connect(press.database, isolation_level=None)) as busy:
        busy.execute("BEGIN IMMEDIATE")
        code, out, err = pages("--out", "site")
    assert code == 1
    assert out.startswith("site/index.html: ")
    assert "2 papers, new or changed lately, could not be looked at: " in err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "--out"),
        (("--out", "site", "--format", "pdf"), 2, "pdf"),
        (("--out", "daily-papers.toml/site"), 1, "cannot be written: Not a directory; look at"),
    ],
)
def test_what_cannot_be_done_is_told(
    pages: Command, words: tuple[str, ...], code: int, said: str
) -> None:
    left, out, err = pages(*words)
    assert (left, out) == (code, "")
    assert said in err


def test_before_the_first_run_it_says_how_to_begin(press: Press, pages: Command) -> None:
    press.database.unlink()
    code, out, err = pages("--out", "site")
    assert (code, out) == (1, "")
    assert "`daily-papers poll` makes it" in err
    assert not press.out.exists()
