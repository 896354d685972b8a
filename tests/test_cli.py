"""The commands as a person uses them: what they print, and how they end."""

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from bot.cli import main
from bot.demo.slack_server import Fault
from tests.builders import NOON, paper
from tests.loopback import TOKEN, Loopback, loopback, reader

Command = Callable[..., tuple[int, str, str]]
MONDAY, TUESDAY, WEDNESDAY = (f"2026-01-0{day}T09:00Z" for day in (5, 6, 7))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAILY_PAPERS_SLACK__TOKEN", TOKEN)
    with loopback(tmp_path, [paper(1), paper(2)]) as servers:
        servers.configure(reader("ana") + reader("room", email="[]", slack='["#papers"]'))
        monkeypatch.setenv("DAILY_PAPERS_CONFIG", str(servers.config))
        yield servers


@pytest.fixture
def beats(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the heartbeats that are fetched."""
    fetched: list[str] = []

    async def beat(url: str) -> bool:
        fetched.append(url)
        return True

    monkeypatch.setattr("bot.heartbeat.beat", beat)
    return fetched


def test_the_first_run_says_what_it_learned_and_when_the_first_digest_comes(
    world: Loopback, command: Command
) -> None:
    code, out, _ = command("run", "--once", "--at", MONDAY)
    assert code == 0
    assert "2 papers known; first digest Tue 6 Jan 08:30 (UTC) for ana" in out
    assert world.mail.messages == []


def test_a_day_later_each_gets_what_was_announced_and_a_second_run_sends_nothing(
    world: Loopback, command: Command
) -> None:
    command("run", "--once", "--at", MONDAY)
    world.announce(paper(3), paper(4))
    code, out, _ = command("run", "--once", "--at", TUESDAY)
    assert code == 0
    assert "2 new" in out
    assert "deliveries: 2 sent" in out
    assert [one.recipient for one in world.mail.messages] == ["ana@example.org"]
    world.announce(paper(3, version=2))
    for at in (TUESDAY, WEDNESDAY):
        assert command("run", "--once", "--at", at)[0] == 0
    assert len(world.mail.messages) == 1
    assert len(world.slack.messages("papers")) == 1


def test_the_steps_alone_make_the_same_loop(world: Loopback, command: Command) -> None:
    command("poll", "--at", MONDAY)
    world.announce(paper(3))
    assert "1 new" in command("poll", "--at", TUESDAY)[1]
    assert "2 digests composed" in command("compose", "--at", TUESDAY)[1]
    assert world.mail.messages == []
    assert "2 sent" in command("deliver", "--at", TUESDAY)[1]
    assert len(world.mail.messages) == 1


def test_a_failing_channel_ends_with_1_and_the_healthy_one_is_served(
    world: Loopback, command: Command
) -> None:
    command("run", "--once", "--at", MONDAY)
    world.announce(paper(3))
    world.slack.faults = lambda method, arguments: Fault(error="channel_not_found")
    code, out, _ = command("run", "--once", "--at", TUESDAY)
    assert code == 1
    assert "1 sent, 1 failed" in out
    status = json.loads(command("status", "--json", "--at", TUESDAY)[1])
    assert (status["sent"], status["failed"]) == (1, 1)
    (suspended,) = status["suspended"]
    assert (suspended["channel"], suspended["address"]) == ("slack", "#papers")
    assert "#papers" in command("status", "--at", TUESDAY)[1]


def test_fault_35_a_refused_token_pauses_the_channel_and_every_run_says_so(
    world: Loopback, command: Command
) -> None:
    command("run", "--once", "--at", MONDAY)
    world.announce(paper(3))
    world.slack.faults = lambda method, arguments: Fault(error="invalid_auth")
    for _ in range(2):
        code, out, _ = command("run", "--once", "--at", TUESDAY)
        assert code == 1
        assert "slack is paused until" in out
        assert TOKEN not in out
    world.slack.faults = None
    assert command("run", "--once", "--at", "2026-01-06T10:10Z")[0] == 0
    assert len(world.slack.messages("papers")) == 1


def test_a_source_that_answers_nonsense_ends_with_1_and_sends_nothing(
    world: Loopback, command: Command
) -> None:
    command("run", "--once", "--at", MONDAY)
    world.arxiv.papers = []
    code, out, _ = command("run", "--once", "--at", TUESDAY)
    assert code == 1
    assert "arxiv_api: " in out
    status = json.loads(command("status", "--json")[1])
    assert status["polls"][0]["state"] != "ok"
    assert status["polls"][0]["error"]


def test_status_has_the_keys_that_scripts_rely_on(world: Loopback, command: Command) -> None:
    before = json.loads(command("status", "--json")[1])
    command("run", "--once", "--at", MONDAY)
    code, out, _ = command("status", "--json", "--at", MONDAY)
    status = json.loads(out)
    assert code == 0
    assert before.keys() == status.keys()
    assert status.keys() >= {
        *("polls", "due", "pending", "sent", "failed", "uncertain", "suspended", "quarantined"),
        *("baseline", "next_digests"),
    }
    assert status.keys() >= {
        *("announcement", "sources", "partial", "gaps", "void", "highest", "oldest_pending"),
        *("bounced", "policy"),
    }
    assert status["polls"][0].keys() >= {"source", "state", "at", "error", "whole_at"}
    assert status["baseline"][0]["scope"] == "cs.CL"
    assert [one["at"] for one in status["next_digests"]] == ["2026-01-06T08:30:00+00:00"] * 2


def test_status_for_people_names_everything_on_plain_lines(
    world: Loopback, command: Command
) -> None:
    assert "poll: none yet" in command("status")[1]
    command("run", "--once", "--at", MONDAY)
    out = command("status", "--at", MONDAY)[1]
    assert "poll arxiv_api: ok at 2026-01-05 09:00 UTC" in out
    assert "baseline\tcs.CL\t2\t2601.00002" in out
    assert "next digest\tana\temail\tana@example.org\tTue 6 Jan 08:30 (UTC)" in out


def test_status_tells_whether_the_last_announcement_came_and_what_came_of_it(
    world: Loopback, command: Command
) -> None:
    command("run", "--once", "--at", MONDAY)
    out = command("status", "--at", MONDAY)[1]
    assert "announcement of Sun 4 Jan 20:00 EST: here by Mon 5 Jan 04:00 EST; 0 announced" in out
    assert "next announcement: Mon 5 Jan 20:00 EST (expected)" in out
    assert "(waiting)" in command("status", "--at", "2026-01-06T01:06Z")[1]
    world.announce(paper(3), paper(4, categories=("cs.LG",), primary_category="cs.LG"))
    command("poll", "--at", "2026-01-06T02:06Z")
    out = command("status", "--at", "2026-01-06T02:10Z")[1]
    assert "1 announced, 1 received, 1 matched; from arxiv_api" in out
    assert "highest id 2601.00004" in out, "though nobody here wants it"
    assert "source\tarxiv_api\t" in out
    told = json.loads(command("status", "--json", "--at", "2026-01-06T02:10Z")[1])
    assert told["announcement"] == {
        "state": "expected",
        "due": "2026-01-06T01:00:00+00:00",
        "arrived": "2026-01-06T02:06:00+00:00",
        "next": "2026-01-07T01:00:00+00:00",
        "announced": 1,
        "received": 1,
        "matched": 1,
        "missing": 0,
        "sources": ["arxiv_api"],
    }
    assert told["sources"][0]["source"] == "arxiv_api"
    assert told["highest"] == "2601.00004"


def test_status_tells_what_waits_and_since_when(world: Loopback, command: Command) -> None:
    command("run", "--once", "--at", MONDAY)
    world.announce(paper(3))
    command("poll", "--at", TUESDAY)
    command("compose", "--at", TUESDAY)
    assert "the oldest waits since 2026-01-06 09:00 UTC" in command("status", "--at", TUESDAY)[1]


def test_status_tells_that_no_source_answers(world: Loopback, command: Command) -> None:
    command("run", "--once", "--at", MONDAY)

    async def down(_: object) -> web.Response:
        return web.Response(status=500)

    world.arxiv.fault = down
    command("poll", "--at", TUESDAY)
    out = command("status", "--at", TUESDAY)[1]
    assert "it has not come, and no source answers" in out
    assert "last whole at 2026-01-05 09:00 UTC" in out


def owned(world: Loopback, heartbeat: str = "") -> None:
    """Configure ana as reader and somebody as owner."""
    world.configure(
        reader("ana"), more=f'[owner]\nemail = ["ops@example.org"]\nheartbeat = "{heartbeat}"'
    )


def notices(world: Loopback) -> list[str]:
    """Give the subjects of what the owner was told."""
    return [one.subject for one in world.mail.messages if one.recipient == "ops@example.org"]


def test_a_pass_tells_the_owner_once_that_nothing_has_come(
    world: Loopback, command: Command
) -> None:
    owned(world)
    for at in ("05T15:00Z", "06T15:00Z", "07T15:00Z", "07T15:01Z", "08T15:00Z"):
        assert command("run", "--once", "--at", f"2026-01-{at}")[0] == 0
    assert notices(world) == ["Nothing has come of arXiv's announcement of Mon 5 Jan 20:00 EST"]
    assert "(stalled)" in command("status", "--at", "2026-01-08T15:00Z")[1]
    world.announce(paper(3))
    command("run", "--once", "--at", "2026-01-08T16:00Z")
    assert notices(world)[1:] == ["arXiv announces again"]


def test_a_step_alone_beats_no_heart_and_a_good_pass_does(
    world: Loopback, command: Command, beats: list[str]
) -> None:
    owned(world, "http://127.0.0.1:9/ping")
    for step in ("poll", "compose", "deliver"):
        command(step, "--at", MONDAY)
    assert beats == []
    assert command("run", "--once", "--at", MONDAY)[0] == 0
    assert beats == ["http://127.0.0.1:9/ping"]


def test_a_pass_that_failed_fetches_no_heartbeat(
    world: Loopback, command: Command, beats: list[str]
) -> None:
    owned(world, "http://127.0.0.1:9/ping")
    command("run", "--once", "--at", MONDAY)
    beats.clear()
    world.arxiv.papers = []
    assert command("run", "--once", "--at", TUESDAY)[0] == 1
    assert beats == []


def test_a_heartbeat_that_fails_does_not_change_the_exit_code(
    world: Loopback, command: Command
) -> None:
    owned(world, "http://127.0.0.1:9/ping/secret")
    code, out, err = command("run", "--once", "--at", MONDAY)
    assert code == 0
    assert "heartbeat.failed" in err
    assert "ping/secret" not in out + err


def test_check_tells_that_the_owner_cannot_be_told_without_a_mail_server(
    world: Loopback, command: Command
) -> None:
    world.configure(
        reader("ana", email="[]", maildir=f'["{world.config.parent}/box"]'),
        more='[owner]\nemail = ["ops@example.org"]',
    )
    assert command("check")[0] == 0
    text = world.config.read_text()
    start, end = text.index("[email]"), text.index("[slack]")
    world.config.write_text(text[:start] + text[end:])
    code, out, _ = command("check")
    assert code == 1
    assert "owner.email\tFAILED" in out


def test_check_asks_the_mail_server_for_the_owners_address_too(
    world: Loopback, command: Command
) -> None:
    owned(world)
    assert "email ops@example.org\tok" in command("check")[1]


def test_a_faulty_file_of_holidays_ends_with_2(world: Loopback, command: Command) -> None:
    holidays = world.config.parent / "holidays.toml"
    holidays.write_text("[2027]\nholidays = [2026-01-01]\n")
    text = world.config.read_text().replace("[arxiv]", f'[arxiv]\nholidays = "{holidays}"')
    world.config.write_text(text)
    for words in (("run", "--once"), ("status",)):
        code, _, err = command(*words)
        assert code == 2
        assert "holidays.toml:1: [2027]: holidays" in err


def test_preview_shows_what_would_be_sent_and_changes_nothing(
    world: Loopback, command: Command, tmp_path: Path
) -> None:
    assert "Nothing would be sent" in command("preview")[1]
    command("run", "--once", "--at", MONDAY)
    world.announce(paper(3, title="<b>Bold</b> claims"))
    command("poll", "--at", TUESDAY)
    shown = json.loads(command("preview", "--json", "--at", TUESDAY)[1])
    assert [one["subscriber"] for one in shown] == ["ana", "room"]
    assert all(one.keys() >= {"html", "text", "slack", "subject"} for one in shown)
    assert "<b>Bold" not in shown[0]["html"]
    assert "https://arxiv.org/abs/2601.00003" in command("preview", "--subscriber", "ana")[1]
    assert "announced in your categories" in " ".join(shown[0]["text"].split())
    names = command("preview", "--out", str(tmp_path / "out"))[1].split()
    assert len(names) == 6
    assert all(Path(name).stat().st_size for name in names)
    assert command("preview", "--subscriber", "bob")[0] == 2
    assert world.mail.messages == []
    assert "2 sent" in command("run", "--once", "--at", TUESDAY)[1]


def test_send_sends_a_marked_test_digest_before_and_after_the_first_poll(
    world: Loopback, command: Command
) -> None:
    assert command("send", "ana", "--at", MONDAY)[0] == 0
    command("run", "--once", "--at", MONDAY)
    assert command("send", "ana", "--at", TUESDAY)[0] == 0
    first, second = world.mail.messages
    assert "Test" in first.subject
    assert b"2601.00002" in second.content
    assert command("send", "bob")[0] == 2
    assert json.loads(command("status", "--json")[1])["sent"] == 0


def test_send_tells_what_went_wrong(world: Loopback, command: Command) -> None:
    world.slack.faults = lambda method, arguments: Fault(error="not_in_channel")
    code, out, _ = command("send", "room")
    assert code == 1
    assert "not_in_channel" in out


def test_check_tries_every_endpoint(world: Loopback, command: Command) -> None:
    code, out, _ = command("check")
    assert code == 0, out
    shown = json.loads(command("check", "--json")[1])
    assert {"arXiv", "slack", "email"} <= {
        word
        for one in shown
        for word in ("arXiv", "slack", "email")
        if word in str(one).lower() or word in str(one)
    }
    world.slack.faults = lambda method, arguments: Fault(error="invalid_auth")
    code, out, _ = command("check")
    assert code == 1
    assert "FAILED" in out
    assert TOKEN not in out


def test_deliveries_can_be_listed_retried_and_dropped(world: Loopback, command: Command) -> None:
    assert "no deliveries" in command("deliveries", "list")[1]
    command("run", "--once", "--at", MONDAY)
    world.announce(paper(3))
    world.slack.faults = lambda method, arguments: Fault(error="not_in_channel")
    command("run", "--once", "--at", TUESDAY)
    rows = json.loads(command("deliveries", "list", "--json")[1])
    (failed,) = [row for row in rows if row["state"] == "failed"]
    world.slack.faults = None
    assert command("deliveries", "retry", str(failed["id"]), "--at", TUESDAY)[0] == 0
    assert "1 sent" in command("run", "--once", "--at", TUESDAY)[1]
    assert len(world.slack.messages("papers")) == 1
    assert "sent" in command("deliveries", "list")[1]
    code, _, err = command("deliveries", "drop", "999")
    assert (code, "999" in err) == (1, True)


def test_wrong_usage_ends_with_2(world: Loopback, command: Command) -> None:
    for words in (
        ("stat",),
        ("run", "--at", TUESDAY),
        ("run", "--once", "--at", "yesterday"),
        ("run", "--once", "--at", "2026-01-05T09:00"),
        ("status", "--at", "0001-01-01T00:00+14:00"),
        ("deliveries", "retry"),
    ):
        code, _, err = command(*words)
        assert code == 2, words
        assert "Error" in err


def test_a_wrong_configuration_ends_with_2_and_names_everything_at_once(
    world: Loopback, command: Command
) -> None:
    world.configure(reader("ana", timezone='"Mars"') + reader("ben", email='["ben"]'))
    code, out, err = command("run", "--once")
    assert (code, out) == (2, "")
    assert "timezone" in err
    assert "email" in err
    assert str(world.config) in err


def test_a_second_instance_on_one_database_is_refused_and_reading_is_not(
    world: Loopback, command: Command
) -> None:
    from bot.store import SqliteStore

    command("run", "--once", "--at", MONDAY)

    async def beside(*words: str) -> tuple[int, str, str]:
        async with SqliteStore.open(world.config.parent / "var" / "daily-papers.db"):
            return await asyncio.to_thread(command, *words)

    code, _, err = asyncio.run(beside("run", "--once", "--at", TUESDAY))
    assert code == 1
    assert "daily-papers.db" in err
    assert asyncio.run(beside("status"))[0] == 0


def test_version_and_bare_call(command: Command) -> None:
    assert command("--version")[1].startswith("daily-papers ")
    code, out, err = command()
    assert "run" in out + err
    assert code == 2


def test_init_writes_a_configuration_that_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DAILY_PAPERS_CONFIG", raising=False)
    code, out, _ = command(
        "init",
        "--name",
        "ana b",
        "--keyword",
        "SFT",
        "--email",
        "a@b.org",
        "--host",
        "mail.b.org",
        "--username",
        "ana",
        "--slack",
        "#x",
    )
    assert code == 0
    assert "config/daily-papers.toml is written" in out
    assert "DAILY_PAPERS_EMAIL__PASSWORD" in out
    assert "send 'ana b'" in out
    assert "there is a configuration already" in command("init")[2]
    code, _, err = command("init", "--config", "other.toml", "--timezone", "Mars")
    assert (code, "Mars" in err, Path("other.toml").exists()) == (2, True, False)
    Path("file").touch()
    code, _, err = command("init", "--config", "file/x.toml")
    assert (code, "file/x.toml" in err) == (2, True)


def test_row_hold_of_2_to_30_days_a_paper_held_for_24_days_is_sent_once_when_it_appears(
    world: Loopback, command: Command
) -> None:
    command("run", "--once", "--at", MONDAY)
    late = paper(9, published=NOON - timedelta(days=24), updated=NOON - timedelta(days=24))
    world.announce(late)
    command("run", "--once", "--at", TUESDAY)
    assert b"2601.00009" in world.mail.messages[0].content
    command("run", "--once", "--at", WEDNESDAY)
    assert len(world.mail.messages) == 1


def test_on_a_terminal_there_are_tables_and_a_bar(
    world: Loopback, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    code, out, err = command("run", "--once", "--at", MONDAY)
    assert code == 0
    assert "2 papers known" in out
    assert "Polling" in err
    out = command("status", "--at", MONDAY)[1]
    assert "next digest" in out
    assert "┃" in out or "│" in out


def test_fault_39_a_hostile_title_cannot_command_the_terminal(
    world: Loopback, command: Command
) -> None:
    command("run", "--once", "--at", MONDAY)
    world.announce(paper(3, title="Clear \u009b2J the [red]screen[/red] \u202e now"))
    command("poll", "--at", TUESDAY)
    out = command("preview", "--at", TUESDAY)[1]
    assert "\u009b" not in out
    assert "\u202e" not in out
    assert "[red]screen[/red]" in out


def test_an_incomplete_baseline_is_said(world: Loopback, command: Command) -> None:
    world.arxiv.papers = []
    code, out, _ = command("run", "--once", "--at", MONDAY)
    assert code == 1
    assert "The baseline is not complete" in out
    assert "baseline\tcs.CL\t\tnot complete" in command("status")[1]


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Give a function that has a person on a terminal type these lines."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DAILY_PAPERS_CONFIG", raising=False)
    monkeypatch.setattr("bot.setup._interactive", lambda: True)
    monkeypatch.setenv("TZ", "Europe/Madrid")
    return lambda *said: monkeypatch.setattr("sys.stdin", io.StringIO("\n".join([*said, ""])))


def test_init_asks_a_person_on_a_terminal(person: Callable[..., None], command: Command) -> None:
    person("ana", "", "07:00", "RAG, agents", "", "", "a@b.org", "mail.b.org", "", "", "#x")
    assert command("init")[0] == 0
    written = Path("config/daily-papers.toml").read_text()
    assert 'keywords = ["RAG", "agents"]' in written
    assert 'categories = ["cs.CL", "cs.IR"]' in written
    assert 'username = "a@b.org"' in written
    assert 'timezone = "Europe/Madrid"' in written


def test_init_without_mail_asks_for_no_server(
    person: Callable[..., None], monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    monkeypatch.setenv("DAILY_PAPERS_CONFIG", "mine.toml")
    person("ana", "UTC", "07:00", "RAG", "", "", "", "")
    code, out, _ = command("init")
    assert code == 0
    assert "--config mine.toml" in out


def test_init_asks_again_until_an_answer_will_do(
    person: Callable[..., None], command: Command
) -> None:
    lines = [
        *(
            "ana",
            "Europe/Madird",
            "Europe/Madrid",
            "7",
            "07:00",
            "graph*",
            "RAG",
            "cs.CLL",
            "cs.CL",
        ),
        *("me", "me@b.org", "ana", "ä@b.org", "smtp://b.org", "b.org", "", "", "p@b.org"),
        *("papers", "#papers"),
    ]
    person(*lines)
    code, out, _ = command("init")
    assert code == 0
    for told in (
        'Error: "Europe/Madird" is not a time zone. Did you mean "Europe/Madrid"?',
        'Error: "7" is not an hour',
        'Error: "graph*" holds a *',
        "did you mean cs.CL",
        'Error: "me" is not an email address',
        'Error: "smtp://b.org" is not a host name',
        "the part before the @ must be ASCII",
        'Error: "papers" is not a Slack channel',
    ):
        assert told in out
    written = Path("config/daily-papers.toml").read_text()
    assert 'sender = "p@b.org"' in written
    assert 'email = ["ä@b.org"]' in written


def test_init_tells_of_the_environment_before_it_asks(
    person: Callable[..., None], monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    monkeypatch.setenv("DAILY_PAPERS_DATABSE", "x")
    person()
    code, out, err = command("init")
    assert (code, out) == (2, "")
    assert "environment: DAILY_PAPERS_DATABSE: there is no such setting" in err


def test_init_names_the_options_at_fault_and_no_line_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DAILY_PAPERS_CONFIG", raising=False)
    code, _, err = command(
        "init", "--timezone", "Mars", "--keyword", "a*", "--deliver-at", "8", "--email", "a@b.org"
    )
    assert code == 2
    first, *others = sorted(err.splitlines())
    assert first.startswith("--deliver-at: ")
    assert [line.partition(":")[0] for line in others] == ["--email", "--keyword", "--timezone"]
    assert "--host" in others[0]
    assert "--sender" in others[0]
    assert ".toml" not in err
    assert command("init", "--host", "b.org")[2].startswith("--sender: this key is missing")
    Path("var").touch()
    assert command("init")[2].startswith('database: "var" is not a directory')
    assert not Path("config").exists()


def test_after_init_every_command_works_with_a_password_that_is_set_already(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DAILY_PAPERS_CONFIG", raising=False)
    monkeypatch.setenv("DAILY_PAPERS_EMAIL__PASSWORD", "hunter2")
    assert command("init")[0] == 0
    assert command("status")[0] == 0


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("daily-papers ")


def test_a_fault_of_our_own_is_not_hidden(
    world: Loopback, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.situation.read_situation", broken)
    monkeypatch.setattr(sys, "argv", ["daily-papers", "status"])
    with pytest.raises(ZeroDivisionError):
        main()


def test_told_to_stop_a_pass_ends_cleanly_and_says_so(world: Loopback, command: Command) -> None:
    command("run", "--once", "--at", MONDAY)
    world.announce(paper(3))

    async def silent(_: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(30)

    world.arxiv.fault = silent
    code, out, _ = command("run", "--once", "--at", TUESDAY)
    assert (code, "interrupted" in out) == (1, True)
    world.arxiv.fault = None
    assert "2 sent" in command("run", "--once", "--at", TUESDAY)[1]


def test_what_a_server_echoes_of_a_secret_is_shown_nowhere(
    world: Loopback, command: Command
) -> None:
    command("run", "--once", "--at", MONDAY)
    world.announce(paper(3))
    body = json.dumps({"ok": False, "error": f"odd_{TOKEN}"})
    world.slack.faults = lambda *_: Fault(body=body, content_type="application/json")
    shown = [
        command("send", "room"),
        command("check"),
        command("run", "--once", "--at", TUESDAY),
        command("status", "--json"),
        command("deliveries", "list", "--json"),
    ]
    assert "odd_" in str(shown)
    assert TOKEN not in str(shown)
