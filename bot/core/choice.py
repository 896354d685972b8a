"""What one subscription is given: papers and revisions, each once, under the reader's topics."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from bot.core.arxiv_id import order_of
from bot.core.baseline import covers
from bot.core.coverage import Census
from bot.core.model import Announcement, Cursor, Due, Entry, Former, Kind, Paper
from bot.core.ranking import Ranking
from bot.core.standing import Head
from bot.core.subscription import Subscription, Topic, without

Found = Mapping[str, Sequence[Announcement]]
"""By query hash, what a query matched of a range of the log."""


@dataclass(frozen=True, slots=True)
class Matches:
    """What was matched, and counted, for all due subscriptions at once.

    `news` holds what stands in the log after the earliest cursor, and `announced` counts it;
    `reached` what is dated at or after the earliest reach, silent rows included, and `past` counts
    that. `quiet` counts what was announced since the readers were last written to of whom nothing
    has been heard for a week. `ranking` tells which of a topic's papers come first.
    """

    head: Head
    news: Found
    reached: Found
    announced: Census = field(default_factory=Census)
    past: Census = field(default_factory=Census)
    quiet: Census = field(default_factory=Census)
    ranking: Ranking = field(default_factory=Ranking)


@dataclass(frozen=True, slots=True)
class Choice:
    """What is given, in the digest's order: by topic its papers, then its revisions.

    Papers stand as the reader wants them sorted: the best match first, and otherwise the newest;
    revisions by id, the newest first. So the order in which they arrived says nothing.

    `again` counts the papers that nothing but a delivery that failed gives back. `incomplete` tells
    when those were announced that are partial, or may be wanted once they are no more.
    """

    entries: tuple[Entry, ...]
    again: int = 0
    incomplete: frozenset[datetime] = frozenset()

    @property
    def papers(self) -> int:
        """How many of the entries are papers, not revisions."""
        return sum(one.kind != "replace" for one in self.entries)


def choose(subscription: Subscription, due: Due, matches: Matches) -> Choice:
    """Collect what is due to one subscription: returned, matched, and withdrawn meanwhile.

    Nothing comes by a topic that its reader has turned off, and none is named as a paper's.
    """
    subscription = without(subscription, due.off)
    chosen = _Chosen(subscription, due, matches.ranking)
    again = set(chosen.papers)
    incomplete: set[datetime] = set()
    for topic in subscription.topics:
        cursor = due.cursors.get(topic.key)
        if cursor is not None and topic.query.reads_comments:
            incomplete |= matches.announced.incomplete(topic.scopes, after=cursor.seq)
        for row in _due_of(topic, cursor, matches):
            if not chosen.take(topic, row):
                continue
            if row.paper.partial:
                incomplete.add(row.date)
            if row.former is None:
                again.discard(row.paper.id)
    chosen.take_withdrawals()
    return Choice(chosen.entries(), len(again), frozenset(incomplete))


def may_reach(topic: Topic, head: Head) -> bool:
    """Tell whether the past of all that the topic needs is known."""
    return all(any(covers(wide, (scope,)) for wide in head.baselined) for scope in topic.scopes)


def kind_for(topic: Topic, paper: Paper) -> Kind:
    """Tell what the paper is to a reader of the topic: new where its primary category belongs."""
    categories = topic.home or topic.query.categories
    if categories is None or any(covers(one, (paper.primary_category,)) for one in categories):
        return "new"
    return "cross"


def _due_of(topic: Topic, cursor: Cursor | None, matches: Matches) -> list[Announcement]:
    """Give what a topic matched past its cursor, and what its reach asks for."""
    if cursor is None:
        return []
    query = topic.query.hash
    news = matches.news.get(query, ())
    found = list(news[bisect_right(news, cursor.seq, key=lambda one: one.seq) :])
    if cursor.reach is not None and may_reach(topic, matches.head):
        reach = cursor.reach
        found += [one for one in matches.reached.get(query, ()) if one.date >= reach]
    return found


@dataclass(slots=True)
class _Line:
    """A paper, or all its revisions, while the topics that give it are gathered.

    `former` is what the revision `first` replaced, and `last` the newest.
    """

    paper: Paper
    topics: list[str]
    kind: Kind
    former: Former | None = None
    first: int = 0
    last: int = 0

    def revise(self, seq: int, former: Former | None) -> None:
        """Note one more revision: the line tells of all since the oldest."""
        if not self.last or seq < self.first:
            self.first, self.former = seq, former
        self.last = max(self.last, seq)


class _Chosen:
    """What is gathered for one due subscription, beginning with what returns to it."""

    def __init__(self, subscription: Subscription, due: Due, ranking: Ranking) -> None:
        self._include = subscription.include
        self._best_first = subscription.sort == "best"
        self._topics = {topic.name: topic for topic in subscription.topics}
        self._ranking = ranking
        self._revising = "replace" in subscription.include
        self._rank = {topic.name: place for place, topic in enumerate(subscription.topics)}
        self._due = due
        self.papers: dict[str, _Line] = {}
        self._revisions: dict[str, _Line] = {}
        for entry in due.returned:
            self._take_back(entry)

    def take(self, topic: Topic, row: Announcement) -> bool:
        """Take a row of the log that the topic matches, if its kind is wanted and it is not had.

        A paper that a later row tells of again, cross-listed or completed, may be had.
        """
        paper = row.paper
        if row.former is not None:
            if self._revising:
                self._revise(paper, (topic.name,), row.seq, row.former)
            return self._revising
        kind = kind_for(topic, paper)
        if kind not in self._include or paper.id in self._due.given:
            return False
        _give(self.papers, paper, (topic.name,), kind)
        return True

    def take_withdrawals(self) -> None:
        """Take what was withdrawn meanwhile, under the topics that once gave it and still exist."""
        if self._revising:
            for entry in self._due.withdrawals:
                on = self._on(entry)
                topics = [topic for topic in on if topic in self._rank] or on[:1]
                if topics:
                    self._revise(entry.paper, topics, entry.revision, entry.former)

    def entries(self) -> tuple[Entry, ...]:
        """Put the papers, and the revisions of others, in the order of the digest."""
        sections: dict[str, list[Entry]] = defaultdict(list)
        for line in sorted(self.papers.values(), key=_submitted, reverse=True):
            entry = self._entry(line)
            sections[entry.topics[0]].append(entry)
        if self._best_first:
            for topic, papers in sections.items():
                self._put_best_first(topic, papers)
        for line in sorted(self._revisions.values(), key=_number, reverse=True):
            if line.paper.id not in self.papers:
                entry = self._entry(line)
                sections[entry.topics[0]].append(entry)
        return tuple(
            chain.from_iterable(sections[one] for one in sorted(sections, key=self._place))
        )

    def _put_best_first(self, name: str, papers: list[Entry]) -> None:
        """Sort a topic's papers by how well they match; those that do alike stay as they are."""
        topic = self._topics.get(name)
        if topic is not None and len(papers) > 1:
            query, ranking = topic.query, self._ranking
            papers.sort(key=lambda entry: ranking.of(query, entry.paper), reverse=True)

    def _take_back(self, entry: Entry) -> None:
        """Take an entry of a delivery that failed, unless all that wants it is turned off.

        A topic that is on may want it too, and passed it by because the delivery had it already.
        """
        topics = self._on(entry) or self._wanting(entry.paper)
        if not topics:
            return
        if entry.kind == "replace":
            self._revise(entry.paper, topics, entry.revision, entry.former)
        else:
            _give(self.papers, entry.paper, topics, entry.kind)

    def _on(self, entry: Entry) -> list[str]:
        """Name those of an entry's topics that are not turned off."""
        return [topic for topic in entry.topics if topic not in self._due.off]

    def _wanting(self, paper: Paper) -> list[str]:
        """Name the topics that match a paper as it is now."""
        return [one.name for one in self._topics.values() if one.query.matches(paper)]

    def _revise(self, paper: Paper, topics: Iterable[str], seq: int, former: Former | None) -> None:
        """Add a revision to the paper's line."""
        _give(self._revisions, paper, topics, "replace").revise(seq, former)

    def _entry(self, line: _Line) -> Entry:
        """Make an entry of a line, its topics in the reader's order."""
        if len(line.topics) > 1:
            line.topics.sort(key=self._place)
        return Entry(line.paper, tuple(line.topics), line.kind, line.former, line.last)

    def _place(self, topic: str) -> int:
        """Tell a topic's place in the digest; one that is no longer there comes last."""
        return self._rank.get(topic, len(self._rank))


def _give(lines: dict[str, _Line], paper: Paper, topics: Iterable[str], kind: Kind) -> _Line:
    """Note that these topics give the paper; what is new to one of them is new."""
    line = lines.get(paper.id)
    if line is None:
        line = lines[paper.id] = _Line(paper, list(topics), kind)
        return line
    line.paper = paper
    line.topics += [topic for topic in topics if topic not in line.topics]
    if kind == "new":
        line.kind = kind
    return line


def _number(line: _Line) -> tuple[tuple[int, int], str]:
    """Give the sort key of a line's id; no two are alike."""
    return order_of(line.paper.id), line.paper.id


def _submitted(line: _Line) -> tuple[datetime, tuple[tuple[int, int], str]]:
    """Give the sort key of when a line's paper was submitted, and, of one instant, of its id."""
    return line.paper.published, _number(line)
