"""What the commands share: their options, and how they load, run and take the time."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import Coroutine

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
Ids = Annotated[list[int], typer.Argument(metavar="ID...", help="As `deliveries list` shows them.")]


def load_settings(config: Path | None, *, level: str = "warning") -> "Settings":
    """Load the configuration, and log from `level` on with its secrets hidden."""
    from bot.logs import configure
    from bot.settings import load

    settings = load(config)
    configure(level=level, secrets=settings.secrets())
    return settings


def finish(work: "Coroutine[Any, Any, T]") -> T:
    """Run a coroutine to its end, importing the event loop only where there is something to do."""
    import asyncio

    return asyncio.run(work)


def instant(at: datetime | None) -> datetime:
    """Give the instant that a command takes as now."""
    return at or datetime.now(UTC)
