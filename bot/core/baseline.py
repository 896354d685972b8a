"""Where a scope's news begins: an id horizon, and the gaps below it that are still watched."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from bot.core.arxiv_id import month_at, month_of, order_of, order_or_least
from bot.core.model import Paper
from bot.core.subscription import EVERYTHING
from bot.core.window import DAYS

WATCH = timedelta(days=30)
"""For how long the gaps below a baseline are watched."""
PRESENT = timedelta(days=3)
"""For how long the highest id of a month that is over still tells where the present is."""


class Known(NamedTuple):
    """What a baseline needs of a paper in the ledger; no date where only a feed's is known."""

    id: str
    published: datetime | None
    categories: Collection[str]


@dataclass(frozen=True, slots=True)
class Horizon:
    """The baseline of one scope, taken `at` that instant with `known` papers in it.

    `highest` is the highest id known then ("" where none was: every id is above it); `lowest` is
    the lowest of those submitted `since` it looks for gaps, or None where there was none.
    """

    scope: str
    highest: str
    lowest: str | None
    at: datetime
    known: int

    @property
    def since(self) -> datetime:
        """The first instant of submission of which a poll at that instant sees every paper."""
        return _first_seen(self.at)


def scopes_of_categories(categories: Iterable[str]) -> frozenset[str]:
    """Name every scope that holds one of `categories`.

    That is everything, the category, and its archive, which is written `cs` or `cs.*`.
    """
    return _scopes_of(tuple(categories))


def covers(scope: str, categories: Iterable[str]) -> bool:
    """Tell whether a paper in `categories`, or a scope named as one, belongs to `scope`."""
    return scope in scopes_of_categories(categories)


def news_in(
    paper: Paper,
    horizons: Mapping[str, Horizon],
    now: datetime,
    elsewhere: datetime | None = None,
) -> tuple[str, ...]:
    """Name the categories in which a paper never seen before is news: all, some or none.

    They are those of the scopes that hold it and have its id above their horizon, or as a watched
    gap below it, and of those polled already when it was last met `elsewhere`: however low its id
    is, it was not there then. What is news in one scope is so in each whose baseline would have met
    it, as it was submitted so shortly before; and in categories that nobody asked for yet, if a
    poll that begins now would see it. Without a horizon a scope has no news, so that a first run
    brings nothing from the past.
    """
    begun = horizons.keys() & scopes_of_categories(paper.categories)
    fresh = {one for one in begun if _is_above(paper, horizons[one], now)}
    if elsewhere is not None:
        fresh |= {one for one in begun if elsewhere >= horizons[one].at}
    if not fresh:
        return ()
    fresh |= {one for one in begun if paper.published >= horizons[one].since}
    lately = paper.published >= _first_seen(now)
    if fresh == begun and lately:
        return paper.categories
    names = [(one, scopes_of_categories((one,))) for one in paper.categories]
    return tuple(one for one, scopes in names if fresh & scopes or (lately and not begun & scopes))


def may_be_news(
    paper: Paper,
    horizons: Mapping[str, Horizon],
    now: datetime,
    elsewhere: datetime | None = None,
) -> bool:
    """Tell whether a paper may be news in more categories, once its submission's date is known.

    A feed tells only the day on which it lists a paper: an old one that is cross-listed, or one
    that was held back.
    """
    if not paper.partial:
        return False
    later = news_in(replace(paper, published=paper.updated), horizons, now, elsewhere)
    return later != news_in(paper, horizons, now, elsewhere)


def has_begun(categories: Iterable[str], horizons: Mapping[str, Horizon]) -> bool:
    """Tell whether one of the scopes that hold `categories` has its horizon."""
    return not horizons.keys().isdisjoint(scopes_of_categories(categories))


def submitted(paper: Paper) -> datetime:
    """Tell when a paper was submitted, at the latest.

    Where only a feed told of it, that is the end of the month of its id: a feed brings a later
    version of a paper of any age.
    """
    if not paper.partial:
        return paper.published
    month = month_of(paper.id)
    ends = datetime(month // 100 + month % 100 // 12, month % 100 % 12 + 1, 1, tzinfo=UTC)
    return min(paper.published, ends)


def is_revised_lately(paper: Paper, horizons: Mapping[str, Horizon], now: datetime) -> bool:
    """Tell whether a paper that is no news itself has a later version that is.

    It is where that version was made after a horizon that covers the paper, and within WATCH.
    """
    made = paper.updated
    if paper.version == 1 or made < now - WATCH:
        return False
    scopes = horizons.keys() & scopes_of_categories(paper.categories)
    return any(made >= horizons[scope].at for scope in scopes)


def take_horizons(scopes: Iterable[str], known: Iterable[Known], now: datetime) -> list[Horizon]:
    """Draw the horizon of each scope from all papers that the ledger holds.

    A scope without any takes the highest id of the whole ledger: whatever it brings below that
    is of the past.
    """
    drafts = {scope: _Draft() for scope in scopes}
    everything = _Draft()
    since = _first_seen(now)
    for paper in known:
        everything.add(paper, since)
        for scope in drafts.keys() & scopes_of_categories(paper.categories):
            drafts[scope].add(paper, since)
    return [
        Horizon(scope, draft.highest or everything.highest, draft.lowest, now, draft.count)
        for scope, draft in drafts.items()
    ]


def take_present(
    scopes: Collection[str], known: Iterable[Known], highest: str, now: datetime
) -> list[Horizon]:
    """Draw the horizon of scopes of which only what was announced last was seen.

    Of their past little or nothing is known: it lies below the highest id of all, that of a paper
    or `highest`, and no gap in it is watched. None is drawn while that id is of a month that was
    over three days ago, since what then comes for the first time may be much older than now.
    """
    drafts = {one.scope: one for one in take_horizons({*scopes, EVERYTHING}, known, now)}
    top = max(drafts[EVERYTHING].highest, highest, key=order_or_least)
    if order_or_least(top) < (month_at(now - PRESENT), 0):
        return []
    return [replace(drafts[scope], highest=top, lowest=None) for scope in scopes]


def inherited(wanted: Iterable[str], horizons: Mapping[str, Horizon]) -> list[Horizon]:
    """Give each wanted scope without a horizon that of a scope which covers it, if one does.

    Whatever was polled for the wider scope was polled for this one. Of several the earliest is
    taken. `known` still counts the papers of the wider scope.
    """
    heirs = []
    for scope in sorted(frozenset(wanted) - horizons.keys()):
        wider = [one for one in horizons.values() if covers(one.scope, (scope,))]
        if wider:
            heirs.append(replace(min(wider, key=lambda one: (one.at, one.scope)), scope=scope))
    return heirs


def unpolled(wanted: Collection[str], horizons: Iterable[str]) -> list[str]:
    """Name the scopes with a horizon that no wanted scope covers any more.

    A horizon must not outlive the polling of its scope: what was announced meanwhile lies above
    it and would all be news. One that is covered by a wider scope is still polled; without it its
    papers would be silent until the wider one has its baseline.
    """
    return sorted(scope for scope in horizons if not any(covers(one, (scope,)) for one in wanted))


def _first_seen(at: datetime) -> datetime:
    """Tell the beginning of the first day that is asked for at an instant: whole days in UTC."""
    day = at.astimezone(UTC).date() - timedelta(days=DAYS - 1)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@lru_cache(maxsize=4096)  # few combinations make up most papers
def _scopes_of(categories: tuple[str, ...]) -> frozenset[str]:
    scopes = {EVERYTHING}
    for category in categories:
        archive = category.partition(".")[0]
        scopes |= {category, archive, f"{archive}.*"}
    return frozenset(scopes)


@dataclass(slots=True)
class _Draft:
    """A horizon while papers are still being counted."""

    highest: str = ""
    lowest: str | None = None
    count: int = 0

    def add(self, paper: Known, since: datetime) -> None:
        """Count one paper; its id lowers the floor only if it was submitted since `since`."""
        self.count += 1
        order = order_of(paper.id)
        if order > order_or_least(self.highest):
            self.highest = paper.id
        recent = paper.published is not None and paper.published >= since
        if recent and (self.lowest is None or order < order_of(self.lowest)):
            self.lowest = paper.id


def _is_above(paper: Paper, horizon: Horizon, now: datetime) -> bool:
    """Tell whether the id is above the horizon, or was missing below it."""
    order = order_of(paper.id)
    if order > order_or_least(horizon.highest):
        return True
    return (
        horizon.lowest is not None
        and order >= order_of(horizon.lowest)
        and paper.version == 1
        and paper.published >= horizon.since
        and now < horizon.at + WATCH
    )
