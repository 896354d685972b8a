"""`run --once --at` over the same days gives the same digests, to the byte."""

import json
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.core.model import Paper
from tests.builders import NOON, paper
from tests.loopback import TOKEN, Loopback, loopback, reader
from tests.selecting import WISHES
from tests.test_recorded_days import listed_days

NAMES = ["invented", pytest.param("recorded", marks=pytest.mark.slow)]
Days = Sequence[tuple[date, list[Paper]]]
TOPICS = "".join(f'\n[[topic]]\nname = "{w.name}"\n{w.toml}\n' for w in WISHES)


@dataclass(frozen=True)
class Given:
    """All that went out: each channel's messages by what identifies them."""

    emails: dict[tuple[str, str], bytes]
    files: dict[str, bytes]
    posts: list[dict[str, Any]]


@pytest.fixture
def invented() -> Days:
    """Days with news and revisions, and one day without either."""
    words = ("LLM agents", "retrieval augmented generation", "diffusion models")
    days: list[tuple[date, list[Paper]]] = []
    for number in range(4):
        at = NOON + timedelta(days=number)
        fresh = [
            paper(
                10 * number + one,
                title=f"On {words[one % 3]}: «{one}» & <{number}>",
                categories=("cs.CV", "cs.CL"),
                published=at - timedelta(hours=20),
                updated=at - timedelta(hours=20),
            )
            for one in range(1, 8 if number != 2 else 1)
        ]
        if number == 3:
            changes = {"version": 2, "updated": at - timedelta(hours=2), "comment": "Accepted"}
            fresh.append(paper(12, title="On LLM agents, again", **changes))
        days.append((at.date(), fresh))
    return days


@pytest.fixture
def recorded(recordings: Path) -> Days:
    return listed_days(recordings)[:4]


def run(world: Loopback, day: date, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the pass of one day."""
    monkeypatch.setenv("DAILY_PAPERS_CONFIG", str(world.config))
    command("run", "--once", "--at", f"{day}T12:00Z", monkeypatch=monkeypatch)


def set_up(world: Loopback) -> None:
    names = json.dumps([wish.name for wish in WISHES])
    kinds = '["new", "cross", "replace"]'
    readers = reader("ana", topics=names, include=kinds, slack='["#papers"]')
    readers += reader("now", topics=names, deliver_at='"immediately"', timezone='"Asia/Kolkata"')
    readers += reader("own", topics=names, email="[]", maildir='["own"]')
    world.configure(TOPICS + readers)


def without_token(octets: bytes) -> bytes:
    """Leave out of a message by what its reader leaves: a ledger draws that once, at random."""
    joined = octets.replace(b"=\r\n", b"")
    return re.sub(rb"(unsubscribe%20|/u/)[A-Za-z0-9_-]{22}", rb"\1", joined)


def given(world: Loopback) -> Given:
    """Collect what went out, which says nothing of ports, folders and instants of this run."""
    return Given(
        {
            (one.recipient, str(one.message["Message-ID"])): without_token(one.content)
            for one in world.mail.messages
        },
        {one.name: one.read_bytes() for one in sorted((world.config.parent / "own/new").iterdir())},
        [
            # The instant under which a thread stands is Slack's own.
            {name: value for name, value in arguments.items() if name != "thread_ts"}
            for method, arguments in world.slack.calls
            if method == "chat.postMessage"
        ],
    )


def replayed(folder: Path, days: Days, monkeypatch: pytest.MonkeyPatch) -> Given:
    """Run all the days on a new database."""
    folder.mkdir()
    # A Maildir is an address too, and must be the same.
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DAILY_PAPERS_SLACK__TOKEN", TOKEN)
    with loopback(folder, days[0][1]) as world:
        set_up(world)
        run(world, days[0][0], monkeypatch)
        for day, papers in days[1:]:
            world.announce(*papers)
            run(world, day, monkeypatch)
        return given(world)


def command(*words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["daily-papers", *words])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code in (0, None)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_same_days_on_two_databases_give_the_same_bytes(
    name: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = request.getfixturevalue(name)
    first = replayed(tmp_path / "first", days, monkeypatch)
    second = replayed(tmp_path / "second", days, monkeypatch)
    assert len(first.emails) >= len(days)
    assert first.files
    assert first.posts
    assert second == first


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_last_day_on_a_backup_from_before_it_gives_the_same_bytes(
    name: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = request.getfixturevalue(name)
    monkeypatch.setenv("DAILY_PAPERS_SLACK__TOKEN", TOKEN)
    monkeypatch.chdir(tmp_path)
    backup = tmp_path / "before.db"
    with loopback(tmp_path, days[0][1]) as world:
        set_up(world)
        run(world, days[0][0], monkeypatch)
        for day, papers in days[1:-1]:
            world.announce(*papers)
            run(world, day, monkeypatch)
        command("backup", str(backup), monkeypatch=monkeypatch)
        before = given(world)
        world.announce(*days[-1][1])
        run(world, days[-1][0], monkeypatch)
        once = given(world)
        for old in (tmp_path / "var").glob("daily-papers.db*"):
            old.unlink()
        shutil.copy(backup, tmp_path / "var" / "daily-papers.db")
        shutil.rmtree(tmp_path / "own/new")
        (tmp_path / "own/new").mkdir()
        run(world, days[-1][0], monkeypatch)
        twice = given(world)
        copies = [(one.recipient, one.content) for one in world.mail.messages]
    assert len(once.emails) > len(before.emails)
    assert twice.emails == once.emails, "a copy has the Message-ID and the bytes of the first"
    assert len(copies) - len(set(copies)) == len(once.emails) - len(before.emails)
    last = {name: data for name, data in once.files.items() if name not in before.files}
    assert twice.files == last
    assert twice.posts == once.posts + once.posts[len(before.posts) :]
