"""A digest: what one subscription is given at one instant, by topic; and how it is cut in parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from bot.core.model import Coverage, Entry

PAPERS_PER_DELIVERY = 50
"""A digest of more papers continues in further messages: no channel carries them all in one."""


Layout = Literal["full", "compact", "titles"]
"""Papers with their abstracts, in a few lines each, or as titles."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a reader wants digests to look.

    Of a digest of more than `most` papers (None: any number) the rest are bare titles.
    """

    layout: Layout = "full"
    most: int | None = None


USUAL = Style()


@dataclass(frozen=True, slots=True)
class Section:
    """The papers under one topic's heading, and after them the revisions of earlier ones."""

    topic: str
    entries: tuple[Entry, ...]

    @property
    def papers(self) -> tuple[Entry, ...]:
        """Those that are new to the reader."""
        return tuple(one for one in self.entries if one.kind != "replace")

    @property
    def revisions(self) -> tuple[Entry, ...]:
        """Those that are told in one line."""
        return tuple(one for one in self.entries if one.kind == "replace")


@dataclass(frozen=True, slots=True)
class Digest:
    """The announcements due to one subscription, by topic.

    `at` is the instant it is for, in UTC. `part` of `parts` numbers the messages of one digest.
    `test` marks one that a person asked for, to see it arrive. One without sections is a note that
    nothing matched. `token` is the subscription's, by which its reader may leave it, and `delivery`
    the number by which a report of its failure names it; "" and 0 where it is of none.
    """

    subscriber: str
    timezone: str
    at: datetime
    sections: tuple[Section, ...]
    part: int = 1
    parts: int = 1
    test: bool = False
    coverage: Coverage | None = None
    style: Style = USUAL
    token: str = ""
    delivery: int = 0

    @property
    def date(self) -> date:
        """The day on the reader's own calendar."""
        return self.at.astimezone(ZoneInfo(self.timezone)).date()

    @property
    def count(self) -> int:
        """How many papers and revisions it holds."""
        return sum(len(section.entries) for section in self.sections)

    @property
    def papers(self) -> int:
        """How many papers it holds that are new to the reader."""
        return sum(len(section.papers) for section in self.sections)

    @property
    def is_note(self) -> bool:
        """Whether it says only that nothing matched."""
        return not (self.sections or self.test)


def sections_of(entries: Sequence[Entry]) -> tuple[Section, ...]:
    """Group entries under their first topic; topics and papers keep the order they come in."""
    by_topic: dict[str, list[Entry]] = {}
    for entry in entries:
        by_topic.setdefault(entry.topics[0], []).append(entry)
    return tuple(Section(topic, tuple(group)) for topic, group in by_topic.items())
