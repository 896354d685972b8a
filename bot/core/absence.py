"""Why the ledger does not hold a paper."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.core.arxiv_id import month_at, month_of, order_of, order_or_least
from bot.core.story import Story

Absent = Literal[
    "forgotten", "elsewhere", "unreadable", "void", "awaited", "future", "unpolled", "above",
    "unmet"
]  # fmt: skip
"""Why there is no such paper.

`forgotten`: it is older than papers are kept. `elsewhere`: it is in no category that is polled.
`unreadable`: what a source told of it could not be read. `awaited`, `void`: its number was passed
over, and it is asked for, or no more. `unpolled`: nothing was polled yet. `future`: its month has
not come. `above`: its number is higher than any that arXiv was known to have given. `unmet`: it is
none of those that were met.
"""


@dataclass(frozen=True, slots=True)
class Absence:
    """Why there is no such paper, and the scopes that are polled."""

    why: Absent
    scopes: tuple[str, ...] = ()


def absence(story: Story, scopes: Collection[str], now: datetime) -> Absence | None:
    """Tell why the ledger does not hold the paper; None if it does."""
    if story.paper is not None:
        return None
    return Absence(_why(story, now), tuple(sorted(scopes)))


def _why(story: Story, now: datetime) -> Absent:
    """Decide in the order in which the bot goes about it."""
    gap = story.gap
    reasons: tuple[tuple[bool, Absent], ...] = (
        (story.seen, "forgotten"),
        (story.elsewhere is not None, "elsewhere"),
        (bool(story.flaws), "unreadable"),
        (gap is not None and gap.void, "void"),
        (gap is not None, "awaited"),
        (month_of(story.id) > month_at(now), "future"),
        (story.polled is None, "unpolled"),
        (order_of(story.id) > order_or_least(story.highest), "above"),
    )
    return next((why for holds, why in reasons if holds), "unmet")
