"""What the pages show, as values: shelves of papers, and what is told of each."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal, NamedTuple

from bot.core.model import Paper
from bot.core.query import Query
from bot.core.site.matches import Matches
from bot.core.site.slugs import slugs

SPARK = 30
"""Days of which a shelf's counts are drawn, the last update's among them."""

BEYOND = chr(0x10FFFF)
"""A text after all ids."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The stored papers that one query matches: a topic of the pages, or one person's papers.

    `slug` names it in addresses, once among the shelves of its kind. `following` names the people
    whom a topic follows.
    """

    name: str
    slug: str
    query: Query
    kind: Literal["topic", "author"] = "topic"
    following: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many papers a shelf holds, and how many of them each day brought.

    Of a topic only the SPARK days up to the last update need be told.
    """

    total: int = 0
    days: Mapping[date, int] = field(default_factory=dict)

    def lately(self, until: date) -> tuple[int, ...]:
        """Tell the counts of the SPARK days that end with `until`, the oldest first."""
        last = until.toordinal()
        wanted = range(last - SPARK + 1, last + 1)
        return tuple(self.days.get(date.fromordinal(one), 0) for one in wanted)


class Fingerprint(NamedTuple):
    """Stands for where the papers of a folder stand: as long as it stays, so does all of that.

    It holds how many `rows` tell of it, and the last `stamp` of any. All that comes or changes has
    a stamp above all others, and of what goes there are fewer rows.
    """

    rows: int
    stamp: int


class Place(NamedTuple):
    """Where a paper stands: on which shelves, by their queries' hashes.

    `day` is that of its announcement on arXiv's clock, or of its submission where it was known from
    a baseline; `updated` the instant of the version shown. `stamp` rises with every change of the
    paper, or of where it stands, above all that any paper had before.
    """

    paper: str
    queries: tuple[str, ...]
    day: date
    updated: datetime
    stamp: int


@dataclass(frozen=True, slots=True)
class Card:
    """A paper as the pages show it.

    `topics` are the slugs of the topics that it matches, in the order of the pages; `day` is that
    of its announcement, or of its submission where it was known from a baseline. `followed` are
    positions among its authors. `stamp` is that of its place, where that is known.
    """

    paper: Paper
    day: date
    topics: tuple[str, ...] = ()
    followed: tuple[int, ...] = ()
    stamp: int | None = None

    @property
    def date(self) -> date:
        """The day of the version that is shown, in UTC, by which papers are sorted."""
        return self.paper.updated.date()


@dataclass(frozen=True)
class Site:
    """What all pages share.

    `url` is where they are published, without a slash at its end, or "" where that is not known:
    what must be absolute is then left out. `updated` is the day of the last announcement; None
    before the first paper. `counts` are those of each topic by its slug, and under "" of all.
    `searchable` tells whether `places.SEARCH` answers, `joinable` whether `places.SIGN_UP` does.
    `matches` are those known before.
    """

    title: str
    introduction: str
    url: str
    limit: int
    topics: tuple[Shelf, ...]
    authors: tuple[Shelf, ...] = ()
    counts: Mapping[str, Counts] = field(default_factory=dict)
    updated: date | None = None
    searchable: bool = False
    joinable: bool = False
    matches: Matches = field(default_factory=Matches, compare=False, repr=False)

    def topic(self, slug: str) -> Shelf:
        """Give the topic with this slug; KeyError where there is none."""
        return self._by_slug[slug]

    @cached_property
    def drawn(self) -> dict[str, Any]:
        """Hold what pages have in common, under the names that they gave it."""
        return {}

    @cached_property
    def _by_slug(self) -> dict[str, Shelf]:
        return {one.slug: one for one in self.topics}

    def count(self, slug: str = "") -> Counts:
        """Tell how much a topic holds, or all of them together."""
        return self.counts.get(slug, Counts())


@dataclass(frozen=True, slots=True)
class Section:
    """A shelf with those of its papers that one page shows, in their order there."""

    shelf: Shelf
    cards: Sequence[Card]


def topics_of(named: Sequence[tuple[str, Query, tuple[str, ...]]]) -> tuple[Shelf, ...]:
    """Make shelves of topics: their names, queries and the people whom they follow."""
    given = slugs([name for name, _, _ in named])
    return tuple(
        Shelf(name, slug, query, following=people)
        for slug, (name, query, people) in zip(given, named, strict=True)
    )


def authors_of(named: Sequence[tuple[str, Query]]) -> tuple[Shelf, ...]:
    """Make shelves of people; of those with the same name the query tells who is meant."""
    count = Counter(name for name, _ in named)
    given = slugs(
        [f"{name} {query.hash[:8]}" if count[name] > 1 else name for name, query in named]
    )
    return tuple(
        Shelf(name, slug, query, "author") for slug, (name, query) in zip(given, named, strict=True)
    )
