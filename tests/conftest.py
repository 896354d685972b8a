"""What every test may use."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest
import structlog


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Give the folder of genuine arXiv recordings, or skip."""
    folder = os.environ.get("DAILY_PAPERS_RECORDINGS")
    if not folder:
        pytest.skip("DAILY_PAPERS_RECORDINGS is not set: no genuine recordings to check against")
    return Path(folder).resolve(strict=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail what skips where TESTS_MAY_NOT_SKIP is set, unless it is for want of recordings."""
    report = yield
    skipped = report.skipped and not hasattr(report, "wasxfail")
    if skipped and os.environ.get("TESTS_MAY_NOT_SKIP"):
        reason = str(report.longrepr)
        if "DAILY_PAPERS_RECORDINGS" not in reason:
            report.outcome = "failed"
            report.longrepr = f"skipped where nothing may skip: {reason}"
    return report


@pytest.fixture(autouse=True)
def _default_logs() -> Generator[None, None, None]:
    """Undo what a command configured, so that no test depends on those before it."""
    yield
    structlog.reset_defaults()
