"""A store for each test of the contract suite, of each kind there is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.interfaces import Store
from tests.store.stores import STORES, Opener


@pytest.fixture(params=STORES.values(), ids=tuple(STORES))
def opener(request: pytest.FixtureRequest) -> Opener:
    """One kind of store."""
    open_it: Opener = request.param
    return open_it


@pytest.fixture
async def store(opener: Opener, tmp_path: Path) -> AsyncIterator[Store]:
    """A new and empty store."""
    async with opener(tmp_path) as opened:
        yield opened
