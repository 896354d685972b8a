"""What is printed for terminals with and without colours, and for pipes."""

import io
import sys

import pytest

from bot.console import marked

PIECES = [("word " * 30, False), ("found", True), (" and more", False)]


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def printed(screen: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    marked(PIECES, 2)
    return screen.getvalue().splitlines()


def test_colours_and_the_width_of_lines_are_two_things(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    lines = printed(Terminal(), monkeypatch)
    assert max(map(len, lines)) <= 40
    assert all(line.startswith("  word") for line in lines)
    assert lines[-1].endswith("*found* and more")
    assert "\x1b" not in "".join(lines)
    monkeypatch.delenv("NO_COLOR")
    styled = printed(Terminal(), monkeypatch)
    assert len(styled) == len(lines)
    assert "\x1b[" in styled[-1]
    assert "*" not in "".join(styled)


def test_what_goes_elsewhere_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert printed(io.StringIO(), monkeypatch) == [f"  {'word ' * 30}*found* and more"]
