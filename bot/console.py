"""What the commands print: tables on a terminal, plain lines otherwise, JSON for scripts."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.core.visible import escaped, visible, visible_lines

if TYPE_CHECKING:
    from rich.console import Console

    from bot.app import Progress


def _console(*, stderr: bool = False) -> "Console":
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


def say(text: str = "") -> None:
    """Print lines; outside text in them cannot command the terminal."""
    _console().print(visible_lines(text))


def complain(text: str) -> None:
    """Print an error, in red where there is a terminal."""
    _console(stderr=True).print(visible_lines(text), style="bold red")


def draw(lines: Iterable[str]) -> None:
    """Print lines of our own making, with all their spaces."""
    for line in lines:
        _console().print(line)


def columns() -> int | None:
    """Tell how many columns lines have to fit in; None where they may be of any length."""
    console = _console()
    return console.width if console.is_terminal else None


def drawing() -> bool:
    """Tell whether signs, bars and styles may be used, and not only plain text."""
    console = _console()
    return console.is_terminal and not console.no_color and console.encoding.startswith("utf")


def marked(pieces: Iterable[tuple[str, bool]], indent: int = 0) -> None:
    """Print text in pieces, on a terminal cut at words into its lines.

    The marked pieces are underlined where that may be, and stand between asterisks elsewhere.
    """
    from rich.text import Text

    text, width = Text(), columns()
    if not drawing():
        plain = "".join(f"*{visible(text)}*" if mark else text for text, mark in pieces)
        text, pieces = Text(visible(plain)), ()
    for piece, mark in pieces:
        # Not `visible`, which would take the space away on which the pieces meet.
        text.append(escaped(piece), style="bold underline" if mark else "")
    if width is None:
        say(" " * indent + text.plain)
        return
    console = _console()
    for line in text.wrap(console, max(width - indent, 20)):
        line.rstrip()
        console.print(Text(" " * indent) + line)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Show rows as a table on a terminal, and as tab-separated lines elsewhere."""
    from rich.table import Table

    console = _console()
    cells = [["" if cell is None else visible(str(cell)) for cell in row] for row in rows]
    if not console.is_terminal:
        for row in cells:
            sys.stdout.write("\t".join([title, *row]) + "\n")
        return
    shown = Table(title=title, title_justify="left", title_style="bold", header_style="dim")
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in cells:
        shown.add_row(*row)
    console.print(shown)


def as_json(value: object) -> None:
    """Print a value as JSON, in ASCII: it may end on a terminal. Instants become ISO 8601."""
    sys.stdout.write(json.dumps(value, indent=2, default=_plain) + "\n")


def _plain(value: object) -> object:
    """Turn what JSON does not know into text."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


@contextmanager
def polling(doing: str = "Polling") -> "Iterator[Progress | None]":
    """Show a progress bar while a poll, or something else, lasts, on a terminal only."""
    console = _console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(f"{doing} {{task.description}}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def report(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name)
            bar.update(tasks[name], completed=done, total=total)

        yield report
