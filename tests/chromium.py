"""Where the tests find Chromium, and how they start it so that it asks nobody for anything."""

import shutil

import pytest

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic"),
    *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
    "--disable-sync",
)
"""Besides --headless and a folder of its own, which who starts it gives."""


def chromium() -> str | None:
    """Find the browser's program."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


NEEDED = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="Chromium is not installed"),
]
"""Marks of tests that start it."""
