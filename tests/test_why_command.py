"""`daily-papers why` as a person uses it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.builders import paper
from tests.loopback import Loopback, loopback, reader

Command = Callable[..., tuple[int, str, str]]
MORNING = "2026-01-06T09:00Z"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    monkeypatch.chdir(tmp_path)
    with loopback(tmp_path, [paper(1), paper(2)]) as servers:
        servers.configure(reader("ana", include='["new"]', timezone='"Europe/Madrid"'))
        monkeypatch.setenv("DAILY_PAPERS_CONFIG", str(servers.config))
        yield servers


def test_a_first_day_told_by_why(world: Loopback, command: Command) -> None:
    code, out, _ = command("why", "ana", "2601.00003")
    assert (code, out.startswith("ana did not get 2601.00003: nothing has been polled yet")) == (
        0,
        True,
    )
    command("run", "--once", "--at", "2026-01-05T13:00Z")
    world.announce(paper(3, title='On \\"Uber rag\u202e', abstract="We study zebras."))
    world.announce(paper(4, categories=("cs.LG", "cs.CL"), primary_category="cs.LG"))
    command("run", "--once", "--at", MORNING)
    _, out, _ = command("why", "ana", "https://arxiv.org/abs/2601.00003v2", "--at", MORNING)
    first, *rest = out.splitlines()
    assert first == (
        "ana got 2601.00003 by email to ana@example.org on Tue 6 Jan 10:00 "
        "(delivery 1, topic Language)."
    )
    assert "2601.00003v1: On Über rag" in rest
    assert "v2 is not known: the newest is v1" in rest
    assert rest[-1] == "Times are those of Europe/Madrid."
    _, out, _ = command("why", "ana", "2601.00004", "--at", MORNING)
    assert 'the paper is a cross-list there, and `include` does not have "cross"' in out
    _, out, _ = command("why", "ana", "2601.00001", "--at", MORNING)
    assert "it is from before the news began (baseline: cs.CL Mon 5 Jan 14:00)" in out


def test_the_answer_as_json(world: Loopback, command: Command) -> None:
    command("run", "--once", "--at", "2026-01-05T13:00Z")
    world.announce(paper(3))
    command("run", "--once", "--at", MORNING)
    _, out, _ = command("why", "ana", "2601.00003", "--at", MORNING, "--json")
    told = json.loads(out)
    assert told.keys() == {
        *("subscriber", "id", "version", "verdict", "fate", "absent", "paper", "subscriptions"),
    }
    (one,) = told["subscriptions"]
    assert (told["fate"], one["fate"], one["delivery"]) == ("sent", "sent", 1)
    assert one["deliveries"][0]["state"] == "sent"
    (language,) = one["topics"]
    assert (language["why"], language["matched"], language["query"]) == ("gave", True, "cat:cs.CL")
    assert language["clause"] == {
        "kind": "term",
        "text": "cat:cs.CL",
        "matched": True,
        "near": None,
        "found": [{"where": "categories", "text": "cs.CL", "marks": []}],
        "inner": [],
    }
    _, out, _ = command("why", "ana", "2601.00099", "--at", MORNING, "--json")
    told = json.loads(out)
    assert (told["fate"], told["absent"], told["paper"]) == ("absent", "above", None)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("anna", "2601.00003"), "no subscriber is named 'anna': did you mean ana?"),
        (("zoe", "2601.00003"), "no subscriber is named 'zoe'. There are: ana."),
        (("ana", "2601.0003"), "'2601.0003' is no arXiv id: did you mean 2601.00003?"),
        (("ana", "RAG"), "'RAG' is no arXiv id: write one such as 2401.01234"),
    ],
)
def test_a_wrong_name_or_id_is_refused_with_what_was_likely_meant(
    world: Loopback, command: Command, words: tuple[str, str], message: str
) -> None:
    code, out, err = command("why", *words)
    assert (code, out) == (2, "")
    assert message in err


def test_a_broken_topic_tells_why_it_is_left_out(world: Loopback, command: Command) -> None:
    command("run", "--once", "--at", "2026-01-05T13:00Z")
    broken = '\n[[topic]]\nname = "Broken"\nquery = "ti:("\n'
    world.config.write_text(world.config.read_text() + broken)
    code, out, _ = command("why", "ana", "2601.00001", "--at", MORNING)
    assert code == 0
    assert "topic Broken is left out, because its query cannot be read" in out
    assert "daily-papers.toml" in out
