"""Logs are lines for people on a terminal and JSON elsewhere, and never hold a secret."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.core.errors import ConfigError
from bot.logs import configure, redactor


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def untouched() -> Iterator[None]:
    """Leave logging as it was."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    structlog.reset_defaults()
    root.setLevel(level)
    for handler in [one for one in root.handlers if one not in handlers]:
        root.removeHandler(handler)
    for name in ("httpx", "slack_sdk"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


class TestForm:
    def test_json_where_there_is_no_terminal(self) -> None:
        stream = io.StringIO()
        configure(stream, env={})
        structlog.get_logger().info("poll.done", papers=3, day=Path("x"))
        (line,) = lines(stream)
        assert (line["event"], line["papers"], line["level"]) == ("poll.done", 3, "info")
        assert line["day"] == "x"
        assert str(line["timestamp"]).endswith("Z")

    def test_plain_lines_on_a_terminal(self) -> None:
        stream = Terminal()
        configure(stream, env={"NO_COLOR": "1"})
        structlog.get_logger().info("poll.done", papers=3)
        assert "poll.done" in stream.getvalue()
        assert "papers=3" in stream.getvalue()
        assert "\x1b" not in stream.getvalue()

    def test_colours_on_a_terminal_that_wants_them(self) -> None:
        stream = Terminal()
        configure(stream, env={})
        structlog.get_logger().info("poll.done")
        assert "\x1b[" in stream.getvalue()

    def test_the_environment_decides_otherwise_and_a_flag_over_it(self) -> None:
        stream = Terminal()
        configure(stream, env={"DAILY_PAPERS_LOG": "json"})
        structlog.get_logger().info("a.b")
        assert lines(stream)[0]["event"] == "a.b"
        configure(stream, as_json=False, env={"DAILY_PAPERS_LOG": "json"})
        structlog.get_logger().info("c.d")
        assert not stream.getvalue().splitlines()[1].startswith("{")

    def test_the_level_comes_from_the_environment(self) -> None:
        stream = io.StringIO()
        configure(stream, env={"DAILY_PAPERS_LOG_LEVEL": "Warning"})
        structlog.get_logger().info("too.quiet")
        structlog.get_logger().warning("loud.enough")
        assert [line["event"] for line in lines(stream)] == ["loud.enough"]

    def test_a_command_has_its_own_level_unless_the_environment_says_otherwise(self) -> None:
        stream = io.StringIO()
        configure(stream, level="error", env={})
        structlog.get_logger().warning("too.quiet")
        configure(stream, level="error", env={"DAILY_PAPERS_LOG_LEVEL": "info"})
        structlog.get_logger().info("loud.enough")
        assert [line["event"] for line in lines(stream)] == ["loud.enough"]

    @pytest.mark.parametrize(
        ("name", "value", "cure"),
        [
            ("DAILY_PAPERS_LOG", "xml\x1b", "Write json or console, or unset it."),
            ("DAILY_PAPERS_LOG_LEVEL", "loud", "Write debug, info, warning or error, or unset it."),
        ],
    )
    def test_a_bad_choice_is_told(self, name: str, value: str, cure: str) -> None:
        with pytest.raises(ConfigError) as caught:
            configure(io.StringIO(), env={name: value})
        (problem,) = caught.value.problems
        assert problem.startswith(f"environment: {name}: ")
        assert problem.endswith(cure)
        assert problem.isprintable()

    def test_standard_error_is_the_default(self, capsys: pytest.CaptureFixture[str]) -> None:
        configure(env={})
        structlog.get_logger().info("a.b")
        logging.getLogger("somebody").warning("c")
        captured = capsys.readouterr()
        assert [json.loads(line)["event"] for line in captured.err.splitlines()] == ["a.b", "c"]
        assert captured.out == ""

    def test_a_closed_stream_stops_nothing(self) -> None:
        stream = io.StringIO()
        configure(stream, env={})
        stream.close()
        structlog.get_logger().info("a.b")
        logging.getLogger("somebody").warning("c")


class TestLibraries:
    def test_their_warnings_come_as_ours_and_their_chatter_does_not(self) -> None:
        stream = io.StringIO()
        configure(stream, env={})
        logging.getLogger("httpx").info("HTTP Request: GET https://example.org")
        logging.getLogger("slack_sdk.web").debug("headers")
        logging.getLogger("slack_sdk.web").warning("token=%s", "xoxb-1-hunter2")
        logging.getLogger("another").info("told")
        assert [(line["event"], line["logger"]) for line in lines(stream)] == [
            ("token=[redacted]", "slack_sdk.web"),
            ("told", "another"),
        ]

    def test_to_configure_twice_does_not_write_twice(self) -> None:
        stream = io.StringIO()
        configure(stream, env={})
        configure(stream, env={})
        logging.getLogger("another").warning("once")
        assert len(lines(stream)) == 1

    def test_a_faulty_call_of_theirs_stops_nothing_and_shows_no_argument(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        stream = io.StringIO()
        configure(stream, env={})
        (ours,) = [one for one in logging.getLogger().handlers if one.name == "daily-papers"]
        record = logging.LogRecord("another", logging.ERROR, "x.py", 7, "%d", ("hunter2",), None)
        ours.handle(record)
        (line,) = lines(stream)
        assert (line["event"], line["logger"], line["where"]) == (
            "log.unreadable",
            "another",
            "x.py:7",
        )
        assert "hunter2" not in capsys.readouterr().err


SECRET_EVENTS: dict[str, dict[str, Any]] = {
    "a secret type": {"value": SecretStr("hunter2")},
    "a secret type inside": {"value": {"deep": [SecretStr("hunter2")]}},
    "a telling name": {"password": "hunter2"},
    "a telling name inside": {"headers": {"Authorization": "hunter2"}},
    "a telling name of bytes": {"slack_token": b"hunter2"},
    "the user part of a URL": {"url": "https://ana:hunter2@example.org/x"},
    "the query of a URL": {"url": "https://example.org/x?a=1&access_token=hunter2&b=2"},
    "a Slack token in a sentence": {"error": "sent xoxb-123-hunter2 to Slack"},
    "a Slack webhook": {"url": "https://hooks.slack.com/services/T0/B0/hunter2"},
    "a reader's page": {"said": "GET /papers/u/mR4tXq0c2dE8a1Bhunter2?x HTTP/1.1"},
    "who confirms": {"said": "GET /papers/signup/mR4tXq0c2dE8a1Bhunter2?x HTTP/1.1"},
    "an HTTP log-in": {"error": "Authorization: Bearer hunter2.hunter2"},
    "an SMTP log-in": {"error": "b'AUTH PLAIN AGFuYQBodW50ZXIyhunter2'"},
    "an assignment": {"error": "connect(password='hunter2', port=1)"},
    "a pair of JSON": {"body": '{"token": "hunter2"}'},
    "an exception": {"error": ValueError("password=hunter2")},
    "one that was named": {"error": "550 the-known-one-hunter2 refused"},
    "one that was named, as a key": {"the-known-one-hunter2": 1},
    "an object": {"request": type("R", (), {"__str__": lambda _: "token=hunter2"})()},
}


@pytest.mark.parametrize("case", SECRET_EVENTS)
@pytest.mark.parametrize("as_json", [True, False])
def test_no_secret_is_written(case: str, as_json: bool) -> None:  # noqa: FBT001  # a parameter
    stream = io.StringIO()
    configure(stream, as_json=as_json, secrets=["the-known-one-hunter2", ""], env={})
    structlog.get_logger().info("delivery.failed", **SECRET_EVENTS[case])
    assert "hunter2" not in stream.getvalue()
    assert "[redacted]" in stream.getvalue()


def test_no_secret_is_written_in_a_traceback() -> None:
    stream = io.StringIO()
    configure(stream, as_json=False, env={})
    try:
        int("token=hunter2")
    except ValueError:
        structlog.get_logger().exception("delivery.failed")
    text = stream.getvalue()
    assert "hunter2" not in text
    assert len(text.splitlines()) > 3


def test_what_is_no_secret_stays() -> None:
    event = {
        "event": "poll.failed",
        "tokens": 3,
        "password": None,
        "url": "https://export.arxiv.org/api/query?search_query=cat:cs.CL&start=0",
        "title": "Secrets of the token: basic results for bearers",
        "scopes": {"cs.CL"},
    }
    assert redactor()(None, "info", dict(event)) == {**event, "scopes": ["cs.CL"]}


@given(st.text())
def test_on_a_terminal_nothing_is_obeyed(text: str) -> None:
    stream = io.StringIO()
    configure(stream, as_json=False, env={})
    structlog.get_logger().info(text, title=text, deep=[text], **{"x" + text: 1})
    logging.getLogger("another").warning("%s", text)
    shown = stream.getvalue()
    assert len(shown.splitlines()) == 2
    assert shown.replace("\n", "").isprintable() or not any(
        letter in shown for letter in "\x00\x07\x1b\x7f\x9b\u202e\u2066\r\x85\u2028"
    )
