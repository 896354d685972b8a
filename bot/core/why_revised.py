"""Whether a subscription was told of each later version of a paper."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.core.model import Announcement, Paper
from bot.core.prospect import Prospect
from bot.core.story import Held, Passage, Story
from bot.core.subscription import Subscription

RevisedWhy = Literal[
    "told", "due", "with_paper", "not_included", "before", "unmatched", "changed"
]  # fmt: skip
"""What became of a later version.

`told`: a delivery holds its line. `due`: the next digest will. `with_paper`: a digest gives the
paper itself, in its newest version. `not_included`: revisions are not asked for. `before`: every
topic began after it. `unmatched`: no topic that has read of it matches. `changed`: one would match
now, so that the paper was another then, or revisions were not asked for.
"""


@dataclass(frozen=True, slots=True)
class Revised:
    """What became of a later version, in which delivery if any; `row` announced it."""

    version: int
    why: RevisedWhy
    row: Announcement
    passage: Passage | None = None


def revised(
    story: Story, paper: Paper, held: Held, wanted: Subscription | None, foreseen: Prospect
) -> tuple[Revised, ...]:
    """Tell what became of each later version, the oldest first."""
    rows = [row for row in story.rows if row.former is not None]
    fates = []
    for row, version in zip(rows, _versions(rows, paper), strict=True):
        why, passage = _in_delivery(row, held)
        if why is None:
            why = _otherwise(row, paper, held, wanted, foreseen)
        fates.append(Revised(version, why, row, passage))
    return tuple(fates)


def _versions(rows: Sequence[Announcement], paper: Paper) -> Iterator[int]:
    """Tell which version each row announced: what the next one replaced, or the newest."""
    for later in rows[1:]:
        yield later.former.version if later.former else paper.version
    if rows:
        yield paper.version


def _in_delivery(row: Announcement, held: Held) -> tuple[RevisedWhy | None, Passage | None]:
    """Find the delivery that tells of it: by its own line, or as it gives the paper later on."""
    told = [one for one in held.passages if one.revision >= row.seq]
    if told:
        return "told", next((one for one in told if one.live), told[-1])
    for one in held.passages:
        if not one.revision and one.live and one.created_at >= row.date:
            return "with_paper", one
    return None, None


def _otherwise(
    row: Announcement, paper: Paper, held: Held, wanted: Subscription | None, foreseen: Prospect
) -> RevisedWhy:
    """Tell why no delivery holds it."""
    if foreseen.revision(row.seq) is not None:
        return "due"
    if foreseen.paper is not None:
        return "with_paper"
    if wanted is None or "replace" not in wanted.include:
        return "not_included"
    readings = [(topic, held.readings.get(topic.key)) for topic in wanted.topics]
    read = [topic for topic, one in readings if one is not None and row.seq > (one.began or 0)]
    if not read:
        return "before"
    return "changed" if any(topic.query.matches(paper) for topic in read) else "unmatched"
