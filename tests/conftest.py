"""What every test may use."""

import asyncio
import os
import sys
from collections.abc import Callable, Generator, Mapping
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from bot.cli import main
from tests.patient import PatientLoop

settings.register_profile(
    "unhurried",  # how long an example takes tells of the machine
    parent=settings.default,
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("unhurried")

PROCESSES = {
    *("test_apprise.py", "test_matrix.py", "test_slack_emulate.py"),
    *("test_smtp_sink.py", "test_postfix.py"),
}
"""They wait for processes and threads, which a clock that jumps does not wait for."""
ALONE = {"test_deliver.py", "test_heartbeat.py", "test_owner.py"}


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Give the folder of genuine arXiv recordings, or skip."""
    folder = os.environ.get("DAILY_PAPERS_RECORDINGS")
    if not folder:
        pytest.skip("DAILY_PAPERS_RECORDINGS is not set: no genuine recordings to check against")
    return Path(folder).resolve(strict=True)


@pytest.hookimpl(optionalhook=True)
def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Let waiting take no time where all that is waited for runs in the test's own loop."""
    folder, name = item.path.parent.name, item.path.name
    alone = folder in {"sources", "notifiers"} or name in ALONE
    if alone and name not in PROCESSES:
        return {"patient": PatientLoop}
    return {"real": asyncio.new_event_loop}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail what skips where TESTS_MAY_NOT_SKIP is set, unless for want of recordings or of root."""
    report = yield
    skipped = report.skipped and not hasattr(report, "wasxfail")
    if skipped and os.environ.get("TESTS_MAY_NOT_SKIP"):
        reason = str(report.longrepr)
        if "DAILY_PAPERS_RECORDINGS" not in reason and "as root only" not in reason:
            report.outcome = "failed"
            report.longrepr = f"skipped where nothing may skip: {reason}"
    return report


@pytest.fixture(autouse=True)
def _default_logs() -> Generator[None, None, None]:
    """Undo what a command configured, so that no test depends on those before it."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Give a function that runs `daily-papers …` and tells exit code, output and errors."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["daily-papers", *words])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    return run
