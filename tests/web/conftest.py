"""What the tests of the site share."""

from pathlib import Path

import pytest

from tests.web.porch import Porch
from tests.web.rig import Site, founded


@pytest.fixture
async def pages(tmp_path: Path) -> Site:
    """Give a site over a ledger in which ana and ben get email."""
    return await founded(tmp_path)


@pytest.fixture
def porch(pages: Site) -> Porch:
    """Give a site where people sign up, beside ana and ben."""
    return Porch(pages)
