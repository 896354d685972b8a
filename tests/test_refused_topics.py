"""One topic of three cannot be read: the others go on, and nothing of it is lost."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.core.errors import DatabaseUnusable
from bot.core.model import Paper
from bot.demo.mail_server import Received
from bot.store import SqliteStore
from tests.builders import paper
from tests.loopback import Loopback, loopback, reader

Command = Callable[..., tuple[int, str, str]]
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (f"2026-01-0{day}T09:00Z" for day in (5, 6, 7, 8))
BROKEN = "query = 'ti:study AND (ti:maths OR'"
SAID = "Maths was left out, because its query does not work"
OWNED = '[owner]\nemail = ["ops@example.org"]'


def maths(number: int) -> Paper:
    return paper(number, categories=("math.CO",), primary_category="math.CO")


def topics(query: str, name: str = "Maths") -> str:
    """Write a second and a third topic, the one in question with this query."""
    return f"""
[[topic]]
name = "{name}"
{query}
[[topic]]
name = "Vision"
query = "cat:cs.CV"
"""


READERS = (
    reader("ana", topics='["Language", "Maths"]')
    + reader("ben", topics='["Language"]')
    + reader("col", topics='["Maths"]')
)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    monkeypatch.chdir(tmp_path)
    with loopback(tmp_path, [paper(1), maths(2)]) as servers:
        monkeypatch.setenv("DAILY_PAPERS_CONFIG", str(servers.config))
        configure(servers, 'query = "cat:math.CO"')
        yield servers


def configure(world: Loopback, query: str, readers: str = READERS, more: str = OWNED) -> None:
    world.configure(topics(query) + readers, more=more)


def text_of(received: Received) -> str:
    """Give the text part of a message."""
    part = received.message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def got(world: Loopback) -> dict[str, list[str]]:
    """Tell the papers that each reader was sent, by the numbers of their ids, in order."""
    found: dict[str, list[str]] = {}
    for one in world.mail.messages:
        name = one.recipient.partition("@")[0]
        numbers = [n for n in range(1, 20) if f"2601.{n:05d}" in text_of(one)]
        found.setdefault(name, []).extend(f"{n}" for n in numbers)
    return {name: sorted(numbers) for name, numbers in found.items() if name != "ops"}


def notices(world: Loopback) -> list[str]:
    """Give the subjects of what the owner was told."""
    return [one.subject for one in world.mail.messages if one.recipient == "ops@example.org"]


def test_fault_45_the_others_get_their_digests_and_everybody_is_told(
    world: Loopback, command: Command
) -> None:
    assert command("run", "--once", "--at", MONDAY)[0] == 0
    configure(world, BROKEN)
    world.announce(paper(3), maths(4))
    code, out, err = command("run", "--once", "--at", TUESDAY)
    assert code == 1
    assert "deliveries: 2 sent" in out
    assert "left out: Maths; `daily-papers status` tells why" in out
    line = world.config.read_text().splitlines().index(BROKEN) + 1
    head, query, caret = err.splitlines()[:3]
    assert err.count('topic "Maths"') == 1
    assert head.startswith(f'{world.config}:{line}: topic "Maths": query: ')
    assert query == "    ti:study AND (ti:maths OR"
    assert caret.strip() == "^"
    assert got(world) == {"ana": ["3"], "ben": ["3"]}
    words = {one.recipient: " ".join(text_of(one).split()) for one in world.mail.messages}
    assert SAID in words["ana@example.org"]
    assert SAID not in words["ben@example.org"]
    assert notices(world) == ["The topic Maths cannot be read"]
    assert f"{world.config}:{line}: topic" in words["ops@example.org"]


def test_once_it_is_mended_what_was_announced_meanwhile_comes_once(
    world: Loopback, command: Command
) -> None:
    command("run", "--once", "--at", MONDAY)
    configure(world, BROKEN)
    world.announce(paper(3), maths(4))
    command("run", "--once", "--at", TUESDAY)
    world.announce(maths(5))
    assert command("run", "--once", "--at", WEDNESDAY)[0] == 1
    assert got(world) == {"ana": ["3"], "ben": ["3"]}
    assert notices(world) == ["The topic Maths cannot be read"], "it is told once"
    configure(world, 'query = "cat:math.CO"')
    world.announce(maths(6))
    for at in (THURSDAY, "2026-01-09T09:00Z"):
        assert command("run", "--once", "--at", at)[0] == 0
    assert got(world) == {"ana": ["3", "4", "5", "6"], "ben": ["3"], "col": ["4", "5", "6"]}
    assert notices(world)[1:] == ["The topic Maths can be read again"]


def test_mended_with_another_query_it_gives_what_came_since_it_was_refused(
    world: Loopback, command: Command
) -> None:
    command("run", "--once", "--at", MONDAY)
    world.announce(maths(3))
    command("poll", "--at", "2026-01-05T20:00Z")
    configure(world, BROKEN)
    world.announce(maths(4))
    command("run", "--once", "--at", TUESDAY)
    configure(world, 'query = "cat:math.*"')
    command("run", "--once", "--at", WEDNESDAY)
    assert got(world) == {"ana": ["4"], "col": ["4"]}, "nothing from before the change"


def test_the_steps_alone_end_with_1_too(world: Loopback, command: Command) -> None:
    command("run", "--once", "--at", MONDAY)
    configure(world, BROKEN)
    world.announce(paper(3), maths(4))
    for step in ("poll", "compose", "deliver"):
        code, _, err = command(step, "--at", TUESDAY)
        assert code == 1
        assert err.count('topic "Maths"') == 1
    assert got(world) == {"ana": ["3"], "ben": ["3"]}


def test_status_lists_it_and_the_rest_of_the_commands_work(
    world: Loopback, command: Command
) -> None:
    configure(world, BROKEN)
    assert json.loads(command("status", "--json")[1])["refused"][0]["topic"] == "Maths"
    command("run", "--once", "--at", MONDAY)
    code, out, err = command("status", "--json", "--at", MONDAY)
    (refused,) = json.loads(out)["refused"]
    assert code == 0
    assert refused.keys() == {"topic", "error", "meanwhile"}
    assert refused["error"] == err.rstrip("\n")
    assert refused["meanwhile"] == "its papers wait until it is mended"
    _, out, _ = command("status", "--at", MONDAY)
    assert "refused topic Maths: its papers wait until it is mended\n" in out
    assert "      ti:study AND (ti:maths OR\n" in out
    assert command("preview", "--at", MONDAY)[0] == 0
    assert command("backup", "copy.db")[0] == 0
    assert command("send", "col", "--at", MONDAY)[0] == 0
    assert "Maths" in text_of(world.mail.messages[-1])


def test_check_and_a_fault_of_another_kind_refuse_the_configuration(
    world: Loopback, command: Command
) -> None:
    configure(world, BROKEN)
    code, _, err = command("check")
    assert code == 2
    assert 'topic "Maths": query: ' in err
    configure(world, BROKEN, READERS + 'colour = "red"\n')
    for words in (("run", "--once"), ("status",), ("check",)):
        code, _, err = command(*words)
        assert code == 2
        assert 'topic "Maths": query: ' in err
        assert "colour: there is no such key" in err


def test_no_secret_is_shown_that_somebody_pasted_into_a_query(
    world: Loopback, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAILY_PAPERS_SLACK__TOKEN", "xoxb-hunter2-hunter2")
    configure(world, "query = 'ti:\"xoxb-hunter2-hunter2'")
    told = [
        command(*words, "--at", MONDAY)
        for words in (("run", "--once"), ("status",), ("status", "--json"))
    ]
    assert all("[redacted]" in err for _, _, err in told)
    said = f"{told} {[text_of(one) for one in world.mail.messages]}"
    assert "hunter2" not in said
    assert notices(world) == ["The topic Maths cannot be read"]


@pytest.mark.slow
@pytest.mark.parametrize("changes", range(0, 16, 3))
def test_a_pass_that_breaks_off_at_any_commit_while_it_is_refused_loses_nothing(
    changes: int, world: Loopback, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("run", "--once", "--at", MONDAY)
    world.announce(paper(3), maths(4))
    change = SqliteStore._change
    for query, at in ((BROKEN, TUESDAY), ('query = "cat:math.CO"', WEDNESDAY)):
        configure(world, query)
        left = changes

        async def failing(self: SqliteStore, *given: object, **named: object) -> object:
            nonlocal left
            left -= 1
            if left < 0:
                raise DatabaseUnusable("the process is as good as dead")
            return await change(self, *given, **named)  # type: ignore[arg-type]

        with monkeypatch.context() as patched:
            patched.setattr(SqliteStore, "_change", failing)
            assert command("run", "--once", "--at", at)[0] == 1
        command("run", "--once", "--at", at)
    status = json.loads(command("status", "--json")[1])
    found = got(world)
    assert {name: sorted({*papers}) for name, papers in found.items()} == {
        "ana": ["3", "4"],
        "ben": ["3"],
        "col": ["4"],
    }
    copies = sum(len(papers) - len({*papers}) for papers in found.values())
    assert copies <= status["uncertain"]
