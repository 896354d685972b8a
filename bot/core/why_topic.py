"""Why one topic of a subscription gave a paper or did not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.core.choice import kind_for
from bot.core.clauses import Clause, clauses
from bot.core.model import Announcement, Entry, Kind, Paper
from bot.core.prospect import counts
from bot.core.story import Held, Reading, Story
from bot.core.subscription import Subscription, Topic

TopicWhy = Literal[
    "gave", "due", "waits", "already", "off", "changed", "kind", "unmatched", "before", "undated",
    "baseline", "untaken", "broken"
]  # fmt: skip
"""Why a topic gave a paper or did not.

`gave`: a delivery holds it under the topic. `due`: the next digest will. `waits`: the topic reaches
back to it, once its categories have their baseline. `already`: another delivery holds it. `off`:
the query matches, but the reader has turned the topic off.
`changed`: the topic has read its announcement and would match now, so the paper, or what is
included, was another then. `kind`: it is of a kind that is not included. `unmatched`: the query
does not match. `before`: it was announced before the topic, as it is now, began. `undated`,
`baseline`: it was recorded silently, the first until it is known when it was submitted. `untaken`:
the bot has not taken up the topic yet. `broken`: its query cannot be read.
"""


@dataclass(frozen=True, slots=True)
class TopicFate:
    """Why a topic gave a paper or did not, and how its query reads it.

    `row` is the announcement that decides, where one does; `kind` what the paper is to the reader.
    `reading` is how far the topic has read, and `off` since when its reader has it turned off. A
    broken topic has no `topic`, only its name.
    """

    name: str
    why: TopicWhy
    topic: Topic | None = None
    clause: Clause | None = None
    kind: Kind = "new"
    row: Announcement | None = None
    reading: Reading | None = None
    off: datetime | None = None


def topic_fates(
    story: Story, paper: Paper, held: Held | None, wanted: Subscription, entry: Entry | None
) -> tuple[TopicFate, ...]:
    """Tell for each topic of a subscription why it gave the paper or did not.

    `entry` is what the next digest gives of the paper itself.
    """
    fates = []
    for topic in wanted.topics:
        case = _Case(story, paper, held, topic, wanted, entry)
        why, row = case.decide()
        clause = clauses(topic.query, paper)
        kind = kind_for(topic, paper)
        fate = TopicFate(topic.name, why, topic, clause, kind, row, case.reading, case.off)
        fates.append(fate)
    return (*fates, *(TopicFate(name, "broken") for name in wanted.refused))


@dataclass(frozen=True, slots=True)
class _Case:
    """One topic and one paper, while they are looked at."""

    story: Story
    paper: Paper
    held: Held | None
    topic: Topic
    wanted: Subscription
    entry: Entry | None

    @property
    def reading(self) -> Reading | None:
        """How far the topic has read; None where the bot has not taken it up."""
        return self.held.readings.get(self.topic.key) if self.held else None

    @property
    def off(self) -> datetime | None:
        """Since when the reader has the topic turned off; None where it is on."""
        return self.held.off.get(self.topic.name) if self.held else None

    def decide(self) -> tuple[TopicWhy, Announcement | None]:
        """Tell why, and which announcement decides, in the order in which the bot goes about it."""
        rows = [row for row in self.story.rows if row.former is None]
        passages = [one for one in self.held.passages if not one.revision] if self.held else []
        if any(self.topic.name in one.topics for one in passages):
            return "gave", _first(rows)
        if self.entry is not None and self.topic.name in self.entry.topics:
            return "due", _first(rows)
        if self.reading is None:
            return "untaken", None
        return self._judged(self.reading, rows, given=any(one.live for one in passages))

    def _judged(
        self, reading: Reading, rows: Sequence[Announcement], *, given: bool
    ) -> tuple[TopicWhy, Announcement | None]:
        """Tell why a topic that reads the log neither gave the paper nor will."""
        read = [row for row in rows if _has_read(reading, row)]
        if not read:
            return self._too_early(rows)
        if not self.topic.query.matches(self.paper):
            return "unmatched", _first(read)
        counting = [row for row in read if counts(self.topic.query, row)]
        if not counting:
            # It matched without what came late: its own announcement decides.
            return self._too_early([row for row in rows if not (row.late or row.completed)])
        return self._passed_over(reading, counting, given=given), counting[-1]

    def _too_early(self, rows: Sequence[Announcement]) -> tuple[TopicWhy, Announcement | None]:
        """Tell why nothing of what the log has counts for the topic."""
        news = [row for row in rows if not row.silent]
        if news:
            return "before", news[0]
        return "undated" if self.story.undated else "baseline", _first(rows)

    def _passed_over(
        self, reading: Reading, rows: Sequence[Announcement], *, given: bool
    ) -> TopicWhy:
        """Tell why what matches now is in no delivery under the topic."""
        if kind_for(self.topic, self.paper) not in self.wanted.include:
            return "kind"
        if given:
            return "already"
        if self.off is not None:
            return "off"
        reach = reading.cursor.reach
        # It would be in the next digest if its topic could reach back already.
        awaited = reach is not None and any(row.date >= reach for row in rows)
        return "waits" if awaited else "changed"


def _has_read(reading: Reading, row: Announcement) -> bool:
    """Tell whether a row is among what a topic has read or will read.

    Of a topic that is older than what tells where it began, that is all news.
    """
    news = not row.silent and row.seq > (reading.began or 0)
    reach = reading.reached or reading.cursor.reach
    return news or (reach is not None and row.date >= reach)


def _first(rows: Sequence[Announcement]) -> Announcement | None:
    """Give the announcement of the paper itself: news before what was recorded silently."""
    return min(rows, key=lambda row: (row.silent, row.seq), default=None)
