"""Days cut from genuine listings, through the whole loop, against an independent selection."""

import gzip
import json
import re
import sys
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.core.arxiv_id import month_of
from bot.core.model import Paper
from tests.loopback import TOKEN, Loopback, loopback, reader
from tests.selecting import WISHES

DAYS = 6


def listed_days(recordings: Path) -> list[tuple[date, list[Paper]]]:
    """Cut the first days of the corpus; each paper is submitted before its listing."""
    with gzip.open(recordings / "corpus" / "papers-20k.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = map(json.loads, lines)
        days = groupby(rows, key=lambda row: date.fromisoformat(row["listed"]))
        return [
            (day, [_paper(row, day) for row in rows])
            for _, (day, rows) in zip(range(DAYS), days, strict=False)
        ]


def _paper(row: dict[str, Any], day: date) -> Paper:
    number = int(row["id"].partition(".")[2])
    lately = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(
        hours=12 + number % 30, seconds=number % 3600
    )
    # Some are old papers that were cross-listed on this day.
    year, month = divmod(month_of(row["id"]), 100)
    submitted = min(lately, datetime(year, month, 28, tzinfo=UTC))
    return Paper(
        row["id"],
        1,
        " ".join(row["title"].split()),
        " ".join(row["summary"].split()),
        tuple(row["authors"]),
        tuple(row["categories"]),
        row["categories"][0],
        submitted,
        submitted,
        row["comment"],
    )


def given(world: Loopback) -> dict[str, list[str]]:
    """Read from the messages which papers each address was given, in all."""
    papers: dict[str, list[str]] = defaultdict(list)
    for message in world.mail.messages:
        text = message.message.get_body(("plain",))
        assert text is not None
        found = re.findall(r"arxiv\.org/abs/([\d.]+)", text.get_content())
        papers[message.recipient] += found
    return papers


def passed(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    monkeypatch.setattr(sys, "argv", ["daily-papers", "run", "--once", "--at", f"{day}T12:00Z"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code in (0, None)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_each_reader_gets_what_an_independent_selection_picks(
    recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = listed_days(recordings)
    monkeypatch.setenv("DAILY_PAPERS_SLACK__TOKEN", TOKEN)
    with loopback(tmp_path, days[0][1]) as world:
        topics = "".join(f'\n[[topic]]\nname = "{w.name}"\n{w.toml}\n' for w in WISHES)
        readers = "".join(
            reader(f"r{number}", topics=json.dumps([wish.name]))
            for number, wish in enumerate(WISHES)
        )
        readers += reader("all", topics=json.dumps([wish.name for wish in WISHES]))
        world.configure(topics + readers)
        monkeypatch.setenv("DAILY_PAPERS_CONFIG", str(world.config))
        passed(monkeypatch, days[0][0])
        for day, papers in days[1:]:
            world.announce(*papers)
            passed(monkeypatch, day)
            passed(monkeypatch, day)
        received = given(world)
    # No window of submission holds a paper that is older than 30 days.
    news = [
        paper
        for day, papers in days[1:]
        for paper in papers
        if paper.published.date() >= day - timedelta(days=29)
    ]
    for number, wish in enumerate(WISHES):
        expected = sorted(paper.id for paper in news if wish.wants(paper))
        assert expected, f"nothing to check with for {wish.name}"
        assert sorted(received[f"r{number}@example.org"]) == expected
    everything = sorted(p.id for p in news if any(wish.wants(p) for wish in WISHES))
    assert sorted(received["all@example.org"]) == everything
