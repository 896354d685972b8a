"""The commands under `deliveries`: what a person does with them, by hand."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from bot.options import At, Config, Ids, Json, finish, instant, load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.core.model import Action

deliveries = typer.Typer(help="List deliveries, retry or drop them.")


def _deliveries(
    config: Path | None, at: datetime | None, action: "Action", ids: list[int]
) -> "Sequence[Mapping[str, Any]]":
    """List or change deliveries, and give their rows."""
    from bot.app import change_deliveries
    from bot.core.model import DeliveryId

    numbers = [DeliveryId(number) for number in ids]
    return finish(change_deliveries(load_settings(config), action, numbers, instant(at)))


@deliveries.command("list")
def list_deliveries(config: Config = None, at: At = None, json: Json = False) -> None:
    """List deliveries, the newest first."""
    from bot.console import as_json
    from bot.report import show_deliveries

    rows = _deliveries(config, at, "list", [])
    if json:
        as_json([dict(row) for row in rows])
    else:
        show_deliveries(rows)


@deliveries.command("retry")
def retry_deliveries(ids: Ids, config: Config = None, at: At = None) -> None:
    """Make deliveries pending again, from now on."""
    from bot.report import show_deliveries

    show_deliveries(_deliveries(config, at, "retry", ids))


@deliveries.command("drop")
def drop_deliveries(ids: Ids, config: Config = None, at: At = None) -> None:
    """Give deliveries up; their papers do not come again."""
    from bot.report import show_deliveries

    show_deliveries(_deliveries(config, at, "drop", ids))
