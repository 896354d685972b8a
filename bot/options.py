"""What the commands share: their options, and how they load, run and take the time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from bot.core.query import Query
    from bot.settings import Settings

T = TypeVar("T")
EARLIEST, LATEST = datetime(1991, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)


def read_instant(text: str) -> datetime:
    """Read `--at`: ISO 8601 with an offset or Z."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not an instant such as 2026-01-05T09:00Z") from None
    if instant.tzinfo is None:
        raise typer.BadParameter(f"{text!r} has no offset; write {instant:%Y-%m-%dT%H:%M}Z for UTC")
    if not EARLIEST <= instant <= LATEST:
        raise typer.BadParameter(f"{text!r} lies outside of arXiv's time, 1991 to 2999")
    return instant.astimezone(UTC)


def read_length(text: str) -> timedelta:
    """Read a length of time: `30d`, `2w`."""
    from bot.settings.times import span

    try:
        return span(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Configuration; otherwise DAILY_PAPERS_CONFIG, then config/daily-papers.toml.",
    ),
]
At = Annotated[
    datetime | None,
    typer.Option("--at", parser=read_instant, metavar="INSTANT", help="Take this instant as now."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]
Someone = Annotated[str, typer.Argument(metavar="WHO", help="A subscriber's name, or an address.")]
Channel = Annotated[
    str | None, typer.Option(metavar="CHANNEL", help="Only on this one, such as email.")
]
Ids = Annotated[list[int], typer.Argument(metavar="ID", help="As `deliveries list` shows them.")]


def load_settings(config: Path | None, *, level: str = "warning") -> "Settings":
    """Load the configuration, and log from `level` on with its secrets hidden.

    What is wrong with refused topics is printed; all else that is wrong raises ConfigError.
    """
    from bot.console import complain
    from bot.logs import hidden

    settings = loaded(config, level=level)
    for one in settings.refused:
        complain(hidden(one.error, settings.secrets()))
    return settings


def loaded(config: Path | None, *, level: str, strict: bool = False) -> "Settings":
    """Do the same without printing; where it is `strict`, a refused topic raises too."""
    from bot.logs import configure
    from bot.settings import load

    settings = load(config, strict=strict)
    configure(level=level, secrets=settings.secrets())
    return settings


def read_query(text: str, categories: "Sequence[str]" = ()) -> "Query":
    """Read a query as it was typed, narrowed to categories; ConfigError points at what is wrong."""
    from textwrap import indent

    from bot.core.errors import ConfigError
    from bot.core.query import QuerySyntaxError, parse, restrict
    from bot.core.visible import escaped

    try:
        # On one line with single spaces, so that the caret stands where it should.
        return restrict(parse(" ".join(text.split())), categories=categories)
    except QuerySyntaxError as error:
        message = f"{escaped(str(error))}\n{indent(error.pointed, '    ')}"
        raise ConfigError(message) from None


def finish(work: "Coroutine[Any, Any, T]") -> T:
    """Run a coroutine to its end, importing the event loop only where there is something to do."""
    import asyncio

    return asyncio.run(work)


def instant(at: datetime | None) -> datetime:
    """Give the instant that a command takes as now."""
    return at or datetime.now(UTC)
