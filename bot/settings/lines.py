"""Finding on which line of a TOML file a key stands, which the standard library does not tell."""

import re
import tomllib
from collections.abc import Iterator

from bot.settings.fields import Loc

_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
_DOTTED = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*"
_HEADER = re.compile(rf"(\[\[?)[ \t]*({_DOTTED})[ \t]*\]\]?")
_ASSIGNMENT = re.compile(rf"({_DOTTED})[ \t]*=")
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_PIECE = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|'  # the longest strings first
    r"'''.*?'{3,5}|"
    r'"(?:\\.|[^"\\\n])*"|'
    r"'[^'\n]*'|"
    r"#[^\n]*|"
    r"[\[{]|[\]}]|\n|"
    r"""[^\[\]{}"'#\n]+""",
    re.DOTALL,
)


def lines(text: str) -> dict[Loc, int]:
    """Tell the line, from 1, of each key and table header of valid TOML.

    Keys inside inline tables are not listed.
    """
    found: dict[Loc, int] = {}
    counts: dict[Loc, int] = {}
    table: Loc = ()
    line, counted = 1, 0
    for start, is_header, repeats, key in _statements(text):
        line, counted = line + text.count("\n", counted, start), start
        path = _path(key)
        if not is_header:
            found.setdefault((*table, *path), line)
            continue
        table = _resolve(path, counts)
        if repeats:
            counts[table] = counts.get(table, -1) + 1
            table = (*table, counts[table])
        found.setdefault(table, line)
    return found


def _resolve(path: Loc, counts: dict[Loc, int]) -> Loc:
    """Put in the index of the latest element wherever a header passes through a list."""
    table: Loc = ()
    for number, part in enumerate(path, start=1):
        table = (*table, part)
        if table in counts and number < len(path):
            table = (*table, counts[table])
    return table


def _statements(text: str) -> Iterator[tuple[int, bool, bool, str]]:
    """Give each header and assignment: its offset, whether it is a header, repeats, its key."""
    position = 0
    while True:
        blank = _BLANK.match(text, position)
        position = blank.end() if blank else position
        if header := _HEADER.match(text, position):
            yield position, True, header[1] == "[[", header[2]
            position = header.end()
        elif assignment := _ASSIGNMENT.match(text, position):
            yield position, False, False, assignment[1]
            position = _after_value(text, assignment.end())
        else:
            return


def _after_value(text: str, position: int) -> int:
    depth = 0
    while piece := _PIECE.match(text, position):
        position = piece.end()
        if piece[0] in "[{":
            depth += 1
        elif piece[0] in "]}":
            depth -= 1
        elif piece[0] == "\n" and depth == 0:
            break
    return position


def _path(key: str) -> Loc:
    """Split a dotted key as TOML itself does."""
    if re.fullmatch(r"[A-Za-z0-9_-]+", key):
        return (key,)
    nested = tomllib.loads(f"{key} = 0")
    parts: list[str | int] = []
    while isinstance(nested, dict):
        ((part, nested),) = nested.items()
        parts.append(part)
    return tuple(parts)
