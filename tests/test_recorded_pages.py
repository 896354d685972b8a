"""Genuine papers from a loopback arXiv, polled and published, against an independent selection."""

import re
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from bot.cli import main
from bot.core.model import Paper
from tests.core.site.corpus import cards
from tests.loopback import Loopback, loopback
from tests.selecting import WISHES, Wish

NOW = datetime(2026, 1, 30, 12, tzinfo=UTC)
LIMIT = 40
COUNT = 1_500


def submitted(recordings: Path) -> list[Paper]:
    """Give genuine papers as if they had been submitted in the last four weeks."""
    found = [one.paper for one in islice(cards(recordings), COUNT)]
    first = NOW - timedelta(days=27)
    return [
        replace(
            one,
            id=f"2601.{number + 1:05d}",
            title=" ".join(one.title.split()),
            abstract=" ".join(one.abstract.split()),
            published=first + timedelta(minutes=25 * number),
            updated=first + timedelta(minutes=25 * number),
        )
        for number, one in enumerate(found)
    ]


def wanted(wish: Wish, found: list[Paper]) -> list[tuple[str, str]]:
    """Give the newest papers of a topic as rows: the id, and the date shown."""
    held = [one for one in found if wish.wants(one)]
    held.sort(key=lambda one: (one.updated, one.id), reverse=True)
    return [(one.id, one.updated.date().isoformat()) for one in held[:LIMIT]]


class Index(HTMLParser):
    """The rows of each section of the first page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sections: dict[str, list[tuple[str, str]]] = {}
        self._slug = self._paper = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "section":
            self._slug = given.get("id") or ""
            self.sections[self._slug] = []
        if tag == "tr" and given.get("data-id"):
            self._paper = given["data-id"] or ""
        if tag == "time" and self._paper:
            self.sections[self._slug].append((self._paper, given["datetime"] or ""))
            self._paper = ""


def rows_of(text: str) -> dict[str, list[tuple[str, str]]]:
    """Read the tables below each heading of Markdown, as an independent reader has them."""
    found: dict[str, list[tuple[str, str]]] = {}
    heading, cells, within = "", list[str](), ""
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(text):
        if token.type in {"heading_open", "td_open"}:
            within = token.type
        elif token.type == "inline" and within == "heading_open":
            heading, within = token.content, ""
        elif token.type == "inline" and within == "td_open":
            cells.append(token.content)
        elif token.type == "tr_close" and cells:
            assert len(cells) == 4
            link = re.fullmatch(r"\*\*\[.*\]\(https://arxiv\.org/abs/(.*)\)\*\*.*", cells[0])
            assert link is not None, cells[0]
            found.setdefault(heading, []).append((link[1], cells[1]))
            cells = []
    return found


@pytest.fixture
def world(tmp_path: Path, recordings: Path, monkeypatch: pytest.MonkeyPatch) -> Loopback:
    """Poll four weeks of papers that nobody subscribes to."""
    topics = "".join(f'[[topic]]\nname = "{one.name}"\n{one.toml}\n' for one in WISHES)
    with loopback(tmp_path, submitted(recordings)) as servers:
        named = ", ".join(f'"{one.name}"' for one in WISHES)
        servers.configure(f"{topics}\n[pages]\nlimit = {LIMIT}\ntopics = [{named}]\n")
        monkeypatch.setenv("DAILY_PAPERS_CONFIG", str(servers.config))
        monkeypatch.chdir(tmp_path)
        assert run(monkeypatch, "poll", "--at", NOW.isoformat()) == 0
        return servers


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Run a command, and give its exit code."""
    monkeypatch.setattr(sys, "argv", ["daily-papers", *words])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


@pytest.mark.slow
def test_both_formats_hold_the_newest_papers_of_each_topic_and_no_others(
    world: Loopback, recordings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del world
    found = submitted(recordings)
    assert run(monkeypatch, "pages", "--out", "site") == 0
    assert run(monkeypatch, "pages", "--out", "page", "--format", "markdown") == 0
    index = Index(Path("site/index.html").read_text("utf-8")).sections
    page = rows_of(Path("page/README.md").read_text("utf-8"))
    for wish in WISHES:
        expected = wanted(wish, found)
        assert len(expected) > 5
        assert index[wish.name.lower()] == expected
        assert page[wish.name] == expected
