"""The stores that the contract suite runs on: today SQLite alone."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from bot.interfaces import Store
from bot.store import SqliteStore

Opener = Callable[[Path], AbstractAsyncContextManager[Store]]
"""Opens the store that lies in a folder."""

STORES: dict[str, Opener] = {
    "sqlite": lambda folder: SqliteStore.open(folder / "daily-papers.db"),
}
