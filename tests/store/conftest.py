"""The stores that the contract suite runs on: today SQLite alone."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from bot.interfaces import Store
from bot.store import SqliteStore

Opener = Callable[[Path], AbstractAsyncContextManager[Store]]

STORES: dict[str, Opener] = {
    "sqlite": lambda folder: SqliteStore.open(folder / "daily-papers.db"),
}


@pytest.fixture(params=STORES.values(), ids=STORES.keys())
def opener(request: pytest.FixtureRequest) -> Opener:
    """Open the store that lies in a folder."""
    open_it: Opener = request.param
    return open_it


@pytest.fixture
async def store(opener: Opener, tmp_path: Path) -> AsyncIterator[Store]:
    """A new and empty store."""
    async with opener(tmp_path) as opened:
        yield opened
