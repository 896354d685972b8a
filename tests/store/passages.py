"""What a model of the ledger knows of readers and deliveries, for the state machine."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.model import Entry, Former, Paper
from bot.core.people import BounceKind, By
from tests.builders import NOON, paper

Item = tuple[str, int]
"""A paper's id with 0, or with the sequence number of its revision."""


@dataclass
class Passage:
    """What the model knows of one delivery: `left`, dropped as its reader left; and what came back.

    Each kind of report stands beside the instant at which the delivery had been accepted.
    """

    id: int
    reader: str
    papers: list[Item]
    state: str
    next_at: datetime
    lease_until: datetime | None = None
    ours: bool = False
    uncertain: int = 0
    settled_at: datetime = NOON
    left: bool = False
    back: dict[BounceKind, datetime] = field(default_factory=dict)


@dataclass
class Reader:
    """What the model knows of one subscription; `given` says which delivery holds a paper.

    `said` is who suspended its address, and since when; it was last resumed at `resumed`. Its
    reader has paused until `until`, and turned the topic off when the log ended at `off`.
    """

    known: bool = False
    active: bool = False
    cursor: int = 0
    next_due: datetime = NOON
    said: dict[By, datetime] = field(default_factory=dict)
    resumed: datetime = NOON - timedelta(days=1)
    until: datetime = NOON
    off: int | None = None
    given: dict[Item, str] = field(default_factory=dict)

    @property
    def suspended(self) -> bool:
        return bool(self.said)


def gone(paper_id: str) -> bool:
    """Every other paper is withdrawn with its second version."""
    return int(paper_id[5:]) % 2 == 0


def second(number: int) -> Paper:
    comment = "This paper has been withdrawn" if gone(paper(number).id) else None
    return paper(number, version=2, comment=comment)


def item_of(entry: Entry) -> Item:
    assert (entry.former is None) == (entry.revision == 0)
    return entry.paper.id, entry.revision


def entry_of(item: Item) -> Entry:
    number = int(item[0][5:])
    if not item[1]:
        return Entry(paper(number), ("Language",))
    return Entry(second(number), ("Language",), "replace", Former(1), item[1])
