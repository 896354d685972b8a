"""What really happened, noted as it happens: what was offered, taken, wanted, sent, and when."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from bot.core.digest import Digest
from bot.core.model import Entry
from bot.core.polling import Batch
from tests.sim.readers import Reader, Wish
from tests.sim.views import covers


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A place in the order of all that happened, and arXiv's time then."""

    tick: int
    at: datetime


@dataclass(slots=True)
class Start:
    """When something began: no earlier than `first`, surely by `last`."""

    first: Moment
    last: Moment | None = None
    shallow: bool = False
    """Whether it is a baseline that knew nothing of the past."""
    reaching: bool = True
    """Whether it is a wish that may reach back: not one that was turned on again."""
    known: frozenset[str] = frozenset()
    """For a baseline, the ids that surely were in the ledger for its scope."""
    highest: str = ""
    """The highest of these, or of the whole ledger where there were none."""


@dataclass(slots=True)
class Reign:
    """The time from a scope's baseline to when nobody needed the scope any more."""

    scope: str
    start: Start
    ended: Moment | None = None

    def holds(self, first: Moment, last: Moment) -> bool:
        """Whether something that happened from `first` to `last` may fall into it."""
        return self.start.first.tick <= last.tick and (
            self.ended is None or first.tick <= self.ended.tick
        )


@dataclass(frozen=True, slots=True)
class Posted:
    """What a channel accepted at once in a pass, for a reader (name, channel and address).

    `at` is the instant that the digest is for.
    """

    moment: Moment
    number: int
    reader: str
    key: str
    at: datetime
    entries: tuple[Entry, ...]


@dataclass
class Ends:
    """How the passes of a life ended."""

    kept: int = 0
    """Claims that one which ended well did not give back."""
    abandoned: int = 0
    """Claims of processes that died."""
    died: set[int] = field(default_factory=set)
    """The passes in which they did."""
    retried: set[str] = field(default_factory=set)
    """Deliveries that a person had tried again."""


Key = tuple[str, Wish]


@dataclass
class Truth:
    """The diary of one simulation."""

    now: datetime
    seen: dict[str, Moment] = field(default_factory=dict)
    """When each id was first surely recorded as a paper."""
    within: dict[tuple[str, str], Moment] = field(default_factory=dict)
    """The same for each category of it."""
    shown: dict[tuple[str, str], Moment] = field(default_factory=dict)
    """When each id was first given to the bot in each category."""
    version: dict[tuple[str, int], Moment] = field(default_factory=dict)
    """The same for each version of it, or one above."""
    baselines: dict[str, Start] = field(default_factory=dict)
    reigns: list[Reign] = field(default_factory=list)
    """All baselines that there ever were, those that are gone too."""
    wishes: dict[Key, Start] = field(default_factory=dict)
    """Since when each reader has each wish that is in the configuration now."""
    wished: dict[Key, list[Start]] = field(default_factory=lambda: defaultdict(list))
    """The same for each time that it was in a configuration."""
    posted: list[Posted] = field(default_factory=list)
    off: set[tuple[str, str]] = field(default_factory=set)
    """The topics that readers have turned off, whatever the configuration makes of them."""
    current: frozenset[str] = frozenset()
    """The scopes that a feed saw in this pass as far as a feed can."""
    _ticks: "count[int]" = field(default_factory=count)

    def moment(self) -> Moment:
        """Take the next place in the order."""
        return Moment(next(self._ticks), self.now)

    def accepted(self, number: int, reader: str, key: str, digest: Digest) -> None:
        """Note that a channel took a whole digest."""
        entries = tuple(one for section in digest.sections for one in section.entries)
        self.posted.append(Posted(self.moment(), number, reader, key, digest.at, entries))

    def offered(self, batch: Batch) -> None:
        """Note what a source gives: whether it is recorded is not yet known."""
        now = self.moment()
        for paper in batch.papers:
            for category in paper.categories:
                self.shown.setdefault((paper.id, category), now)
        for scope in batch.complete:
            self._begin(scope)

    def taken(self, batch: Batch) -> None:
        """Note what was recorded, as the source is asked for more."""
        now = self.moment()
        for paper in batch.papers:
            self.seen.setdefault(paper.id, now)
            for category in paper.categories:
                self.within.setdefault((paper.id, category), now)
            for number in range(1, paper.version + 1):
                self.version.setdefault((paper.id, number), now)
        self.settled(batch.complete)
        self.current |= batch.current

    def _begin(self, scope: str) -> Start:
        """Give a scope's baseline, which may begin only now."""
        if scope not in self.baselines:
            known = frozenset(name for name, category in self.within if covers(scope, (category,)))
            highest = max(known or self.seen, default="")
            self._reign(scope, Start(self.moment(), known=known, highest=highest))
        return self.baselines[scope]

    def _reign(self, scope: str, start: Start) -> None:
        self.baselines[scope] = start
        self.reigns.append(Reign(scope, start))

    def settled(self, scopes: frozenset[str], *, shallow: bool = False) -> None:
        """Note that these scopes have their baseline."""
        now = self.moment()
        for scope in scopes:
            start = self._begin(scope)
            if start.last is None:
                start.last, start.shallow = now, shallow

    def doubted(self, scopes: frozenset[str]) -> None:
        """Note that these scopes may have a shallow baseline: the process died about then."""
        for scope in scopes:
            start = self._begin(scope)
            start.shallow |= start.last is None

    def configuring(self, readers: tuple[Reader, ...]) -> None:
        """Note that a configuration is being taken up."""
        now = self.moment()
        wanted = {
            (one.identity, wish)
            for one in readers
            for name, wish in one.topics
            if (one.identity, name) not in self.off
        }
        for key in self.wishes.keys() - wanted:
            del self.wishes[key]
        for key in wanted - self.wishes.keys():
            self.wishes[key] = Start(now)
            self.wished[key].append(self.wishes[key])

    def turned_off(self, reader: Reader, topic: str, wish: Wish) -> None:
        """Note that a reader turns a topic off."""
        self.off.add((reader.identity, topic))
        self.wishes.pop((reader.identity, wish), None)

    def turned_on(self, reader: Reader, topic: str, wish: Wish) -> None:
        """Note that a reader has turned a topic on again."""
        self.off.discard((reader.identity, topic))
        now = self.moment()
        start = Start(now, now, reaching=False)
        self.wishes[reader.identity, wish] = start
        self.wished[reader.identity, wish].append(start)

    def configured(self, readers: tuple[Reader, ...], *, whole: bool = True) -> None:
        """Note that it has been, and which baselines live on: all, unless it was read `whole`."""
        now = self.moment()
        for start in self.wishes.values():
            start.last = start.last or now
        scopes = {scope for one in readers for wish in one.wishes for scope in wish.scopes}
        for scope in scopes - self.baselines.keys():
            wider = [b for wide, b in self.baselines.items() if covers(wide, (scope,))]
            if wider:
                self._reign(scope, min(wider, key=lambda start: start.first))
        for scope in list(self.baselines):
            if whole and not any(covers(wide, (scope,)) for wide in scopes):
                del self.baselines[scope]
                ended = next(one for one in reversed(self.reigns) if one.scope == scope)
                ended.ended = now
