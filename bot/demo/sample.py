"""The bundled sample: papers of this project's own invention, as arXiv would announce them.

Nothing in it was taken from arXiv. The ids lie above those that arXiv gave in these months, so
that no link of a demonstration leads to somebody's real paper.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from bot.core.model import Paper


@dataclass(frozen=True, slots=True)
class Announced:
    """A paper as it stood when arXiv announced it, at `at` in UTC.

    A later entry of the same id is its revision, with a higher version, or, with the same
    version, its cross-listing in more categories.
    """

    at: datetime
    paper: Paper


@cache
def load() -> tuple[Announced, ...]:
    """Give the sample in the order of its announcements.

    They are six days of the weeks before, to start from, and then the evenings of Monday 5 to
    Wednesday 7 January 2026.
    """
    text = files("bot.demo").joinpath("papers.json").read_text(encoding="utf-8")
    return tuple(_announced(record) for record in json.loads(text))


def _announced(record: Mapping[str, Any]) -> Announced:
    fields = dict(record)
    at = datetime.fromisoformat(fields.pop("announced"))
    for name in ("published", "updated"):
        fields[name] = datetime.fromisoformat(fields[name])
    for name in ("authors", "categories"):
        fields[name] = tuple(fields[name])
    return Announced(at, Paper(**fields))
