"""Where a digest cannot be written as it should look, it is sent as titles and links alone."""

from collections.abc import Callable
from typing import TypeVar

import structlog

T = TypeVar("T")

_log = structlog.get_logger()


def or_plainly(write: Callable[[], T], plainly: Callable[[], T]) -> tuple[T, str | None]:
    """Give what `write` gives; where it fails, what `plainly` gives instead, and why it is so."""
    try:
        return write(), None
    except Exception as error:  # noqa: BLE001  # a template fails in as many ways as Python does
        return plainly(), broken(error)


def broken(error: Exception) -> str:
    """Log with its place what has failed, and say it in a line that may stand in the ledger."""
    _log.error("template.broken", exc_info=error)
    return f"sent as titles and links alone: {type(error).__name__} while it was written"
