"""What the tests in a browser share: Chromium, and a site of every kind of page."""

import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright._impl._driver import compute_driver_executable
from playwright.async_api import Browser, async_playwright

from tests.browser.rig import over_http
from tests.browser.shelf import everything
from tests.chromium import FLAGS, chromium
from tests.published import Press


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chrome() -> AsyncIterator[Browser]:
    """Run the browser that is installed; each visit has a context, and no past, of its own."""
    program = chromium()
    assert program is not None
    if fault := _fault():
        pytest.skip(f"Playwright's driver does not start: {fault}")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


def _fault() -> str:
    """Tell what keeps Playwright's own program from starting, such as a library that is missing."""
    node, *_ = compute_driver_executable()
    tried = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    return tried.stderr.strip()[:200] if tried.returncode else ""


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Publish a site below a folder, as it may stand below any address."""
    press = Press(tmp_path_factory.mktemp("press"), limit=100)
    for at, papers in everything().items():
        press.record(*papers, at=at)
    press.publish()
    return press.root


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[str]:
    """Serve the site, and give its address."""
    with over_http(folder) as address:
        yield f"{address}site/"
