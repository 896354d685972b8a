"""Reading the configuration's TOML files, or saying what is wrong with one as a file."""

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bot.core.errors import ConfigError
from bot.core.visible import escaped
from bot.settings.fields import Loc
from bot.settings.lines import lines

_LARGEST = 16 * 1024 * 1024
# What word processors and phones make of quotation marks.
_TYPOGRAPHIC = re.compile("[\u2018-\u201f\u00ab\u00bb\u2032\u2033]")
_QUOTED = re.compile(r"""\"[^"]*"|'[^']*'""")
_BARE_HOUR = re.compile(r"[ \t]*deliver_at[ \t]*=[ \t]*([0-9]{1,2})[:.h]?([0-9]{2})(?![0-9])")


@dataclass(frozen=True)
class Document:
    """One TOML file that could be read."""

    path: Path
    text: str
    data: dict[str, Any]

    def line(self, loc: Loc) -> int:
        """Give the line of `loc`, or of the nearest table that holds it, or 0."""
        while loc and loc not in self._lines:
            loc = loc[:-1]
        return self._lines.get(loc, 0)

    def place(self, loc: Loc) -> str:
        """Name the file, and the line where it is known."""
        name, line = escaped(str(self.path)), self.line(loc)
        return f"{name}:{line}" if line else name

    @cached_property
    def _lines(self) -> dict[Loc, int]:
        return lines(self.text)


_CONFIGURE = (
    "Run `daily-papers init` to write one, or name yours with --config FILE or DAILY_PAPERS_CONFIG."
)


def read(path: Path, *, cure: str = _CONFIGURE) -> Document:
    """Read one file; raise ConfigError if it is missing, with the `cure`, or cannot be read."""
    try:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST + 1)
    except FileNotFoundError:
        raise _unreadable(path, f"there is no such file. {cure}") from None
    except IsADirectoryError:
        raise _unreadable(path, "this is a directory. Name the file in it.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the name is not possible"
        raise _unreadable(
            path, f"it cannot be read ({reason}). Let this user read it, or name another file."
        ) from None
    if len(content) > _LARGEST:
        raise _unreadable(path, "it is larger than 16 MB. Is it the right file?")
    return _parsed(path, content)


def _parsed(path: Path, content: bytes) -> Document:
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reason = f"the text on line {line} is not UTF-8. Save the file as UTF-8."
        raise _unreadable(path, reason, line) from None
    try:
        return Document(path, text, tomllib.loads(text))
    except RecursionError:
        raise _unreadable(path, "it is nested too deeply. Use plain tables and lists.") from None
    except ValueError as error:
        raise _not_toml(path, str(error), text) from None


def _not_toml(path: Path, reason: str, text: str) -> ConfigError:
    """Say where TOML breaks off; the line itself is not shown, as it may hold a secret."""
    match = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", reason)
    said = escaped(reason[: match.start()] if match else reason)
    lines = text.split("\n")
    if match and match[1]:
        line, column = int(match[1]), int(match[2])
        where = f"line {line}, column {column}"
    else:
        line, column, where = len(lines), len(lines[-1]) + 1, "at its end"
    if match and (slip := _slip(lines[line - 1], column)):
        return _unreadable(path, slip, line)
    return _unreadable(
        path,
        f"this is not TOML, {where}: {said[:1].lower()}{said[1:]}. Mend that line: each key stands "
        "once in its table, text stands in quotes, and lists in square brackets.",
        line if match else None,
    )


def _slip(line: str, column: int) -> str:
    """Name a common slip on a line that breaks off at `column` (from 1); nothing if it is none."""
    at_end = column > len(line) and _TYPOGRAPHIC.search(_QUOTED.sub("", line))
    if at_end or _TYPOGRAPHIC.match(line, column - 1):
        return (
            "there is a typographic quotation mark, which TOML does not know. "
            'Write straight ones: "…".'
        )
    if hour := _BARE_HOUR.match(line):
        hours, minutes = int(hour[1]), int(hour[2])
        meant = f"{hours:02}:{minutes:02}" if hours < 24 and minutes < 60 else "08:30"
        return f'the hour must stand in quotes. Write deliver_at = "{meant}".'
    return ""


def _unreadable(path: Path, reason: str, line: int | None = None) -> ConfigError:
    return ConfigError(f"{escaped(str(path))}{f':{line}' if line else ''}: {reason}")
