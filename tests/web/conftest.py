"""What the tests of the site share."""

from pathlib import Path

import pytest

from tests.web.rig import Site, founded


@pytest.fixture
async def pages(tmp_path: Path) -> Site:
    """Give a site over a ledger in which ana and ben get email."""
    return await founded(tmp_path)
