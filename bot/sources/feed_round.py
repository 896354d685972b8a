"""One poll of the feeds: group by group, what is shown, what of it is believed, what it marks."""

from collections import deque
from collections.abc import AsyncGenerator, Callable
from datetime import datetime
from functools import cache, partial

from bot.core.arxiv_calendar import Calendar
from bot.core.baseline import scopes_of_categories
from bot.core.errors import SourceError, SuspectAnswer
from bot.core.feed_day import expected_day, holds_the_last, unread_days
from bot.core.feed_group import CAPPED, Group, group_of, groups_for, leaves_of
from bot.core.feed_reading import Reading, reading_of, shown_of
from bot.core.polling import Batch, Mark, PollRequest
from bot.core.subscription import EVERYTHING
from bot.sources.atom import Refusal
from bot.sources.feed_asker import FeedAsker, Fetched
from bot.sources.feed_tale import FeedTale
from bot.sources.rss_feed import Feed

_FEED = "feed"
_GROUP = "group"


class Round:
    """Takes the feeds that `request` needs, by arXiv's `calendar`, through `asker`."""

    def __init__(self, request: PollRequest, asker: FeedAsker, calendar: Calendar) -> None:
        self._now: datetime = request.now
        self._asker = asker
        self._calendar = calendar
        self._expected = expected_day(request.now, calendar)
        scopes = frozenset({EVERYTHING}) & request.scopes or request.scopes
        self._leaves = {scope: leaves_of(scope) for scope in scopes}
        marks = [(mark.scope, mark.key, mark.value) for mark in request.marks]
        self._readings = {leaf: reading_of(value) for leaf, key, value in marks if key == _FEED}
        self._groups = [group_of(value) for _, key, value in marks if key == _GROUP]
        self._tale = FeedTale(sorted(frozenset().union(*self._leaves.values())))
        # Many categories were last read on the same day.
        self._unread = cache(partial(unread_days, calendar=calendar))

    async def batches(self, report: Callable[[int, int], None]) -> AsyncGenerator[Batch, None]:
        """Yield what each group's feed holds, with the marks that it makes true, to the end.

        `report` is told how many requests are done, and of how many that are planned. Raises one
        SourceError at the end for all that failed, and for days whose feed nobody ever read: that
        is told once, since the marks of today's are kept.
        """
        leaves = frozenset().union(*self._leaves.values())
        queue = deque(groups_for(leaves, self._readings, self._groups, self._expected))
        done = 0
        while queue:
            report(done, done + len(queue))
            batch, divided = await self._take(queue.popleft())
            queue.extendleft(reversed(divided))
            done += 1
            if batch is not None:
                yield batch
        report(done, done)
        if current := self._current():
            yield Batch(current=current)
        self._tale.conclude()

    async def _take(self, group: Group) -> tuple[Batch | None, tuple[Group, ...]]:
        """Ask for one group; give what came, and the groups to ask for in its stead."""
        failure = self._tale.last_failure
        if failure and not self._asker.patience.left:
            self._tale.failed(group.leaves, failure)
            return None, ()
        try:
            fetched = await self._asker.ask(group, self._expected, self._now)
        except SourceError as error:
            # arXiv refuses a whole group for one category that it does not know.
            if isinstance(error, Refusal) and (halves := group.halves()):
                return None, halves
            self._tale.failed(group.leaves, error)
            return None, ()
        if fetched.feed is None:
            return Batch(marks=(self._mark(group.leaves[0], _GROUP, group.to_json()),)), ()
        if fetched.feed.rows >= CAPPED:
            return self._batch(fetched.feed, ()), self._divided(group, fetched.feed)
        return self._batch(fetched.feed, self._judged(group, fetched, fetched.feed)), ()

    def _divided(self, group: Group, feed: Feed) -> tuple[Group, ...]:
        """Give the halves of a group whose feed is too full, or say that nothing can be done."""
        halves = group.halves()
        if not halves:
            told = (
                f"{feed.rows} items: arXiv cuts a feed at 2,000 and drops new papers first, so "
                "some may be missing here"
            )
            self._tale.failed(group.leaves, SourceError(told))
        return halves

    def _judged(self, group: Group, fetched: Fetched, feed: Feed) -> tuple[Mark, ...]:
        """Judge each category of a feed by itself; give the marks of those that are believed."""
        marks: list[Mark] = []
        doubts: dict[str, list[str]] = {}
        for leaf in group.leaves:
            shown = shown_of(leaf, feed.day, feed.items)
            before = self._readings.get(leaf, Reading())
            if doubt := before.doubt(shown, self._expected):
                doubts.setdefault(doubt, []).append(leaf)
                continue
            after = before.after(shown, self._expected)
            if before.day is not None and after.day is not None:
                self._tale.missed(leaf, self._unread(before.day, after.day))
            self._readings[leaf] = after
            marks.append(self._mark(leaf, _FEED, after.to_json()))
        for doubt, leaves in doubts.items():
            self._tale.failed(leaves, SuspectAnswer(doubt))
        if not doubts:
            known = Group(group.leaves, feed.day, fetched.etag, fetched.modified)
            marks.append(self._mark(group.leaves[0], _GROUP, known.to_json()))
        return tuple(marks)

    def _batch(self, feed: Feed, marks: tuple[Mark, ...]) -> Batch:
        """Tell papers in the scopes from those elsewhere, which a feed holds but a scope does not.

        One of the names of a category may be wanted and a paper bear only the other.
        """
        wanted = self._leaves.keys()
        papers = [
            paper
            for paper in feed.papers
            if not wanted.isdisjoint(scopes_of_categories(paper.categories))
        ]
        known = {paper.id for paper in papers}
        elsewhere = dict.fromkeys(paper.id for paper in feed.papers if paper.id not in known)
        return Batch(tuple(papers), feed.quarantined, marks, elsewhere=tuple(elsewhere))

    def _current(self) -> frozenset[str]:
        """Name the scopes of which each category's last announcement was read and believed."""
        if not holds_the_last(self._expected, self._now, self._calendar):
            return frozenset()
        read = {
            leaf
            for leaf in self._tale.sound
            if (day := self._readings.get(leaf, Reading()).day) and day >= self._expected
        }
        return frozenset(scope for scope, leaves in self._leaves.items() if leaves <= read)

    def _mark(self, leaf: str, key: str, value: str) -> Mark:
        """Make a mark of now."""
        return Mark(leaf, key, value, self._now)
