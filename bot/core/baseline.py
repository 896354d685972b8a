"""Where a scope's news begins: an id horizon, and the gaps below it that are still watched."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from bot.core.arxiv_id import month_of, order_of, order_or_least
from bot.core.model import Paper
from bot.core.subscription import EVERYTHING

WATCH = timedelta(days=30)
"""How far back a baseline looks for gaps, and for how long they are watched."""


class Known(NamedTuple):
    """What a baseline needs of a paper in the ledger; no date where only a feed's is known."""

    id: str
    published: datetime | None
    categories: Collection[str]


@dataclass(frozen=True, slots=True)
class Horizon:
    """The baseline of one scope, taken `at` that instant with `known` papers in it.

    `highest` is the highest id known then ("" where none was: every id is above it); `lowest` is
    the lowest of those submitted within WATCH of `at`, or None where there was none.
    """

    scope: str
    highest: str
    lowest: str | None
    at: datetime
    known: int


def scopes_of_categories(categories: Iterable[str]) -> frozenset[str]:
    """Name every scope that holds one of `categories`.

    That is everything, the category, and its archive, which is written `cs` or `cs.*`.
    """
    scopes = {EVERYTHING}
    for category in categories:
        archive = category.partition(".")[0]
        scopes |= {category, archive, f"{archive}.*"}
    return frozenset(scopes)


def covers(scope: str, categories: Iterable[str]) -> bool:
    """Tell whether a paper in `categories`, or a scope named as one, belongs to `scope`."""
    return scope in scopes_of_categories(categories)


def is_news(paper: Paper, horizons: Mapping[str, Horizon], now: datetime) -> bool:
    """Tell whether a paper never seen before is news to one of the scopes that hold it.

    It is where its id is above that scope's horizon, or a watched gap below it. Without a horizon
    a scope has no news, so that a first run brings nothing from the past.
    """
    scopes = horizons.keys() & scopes_of_categories(paper.categories)
    return any(_is_above(paper, horizons[scope], now) for scope in scopes)


def is_cross_listed(
    paper: Paper, elsewhere: datetime | None, horizons: Mapping[str, Horizon]
) -> bool:
    """Tell whether a paper that was met `elsewhere` has come into a scope that was polled then.

    However low its id is: it was not in that scope when the horizon was taken.
    """
    scopes = horizons.keys() & scopes_of_categories(paper.categories)
    return elsewhere is not None and any(elsewhere >= horizons[scope].at for scope in scopes)


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
    scopes = horizons.keys() & scopes_of_categories(paper.categories)
    made = paper.updated
    return (
        paper.version > 1
        and made >= now - WATCH
        and any(made >= horizons[scope].at for scope in scopes)
    )


def take_horizons(scopes: Iterable[str], known: Iterable[Known], now: datetime) -> list[Horizon]:
    """Draw the horizon of each scope from all papers that the ledger holds.

    A scope without any takes the highest id of the whole ledger: whatever it brings below that
    is of the past.
    """
    drafts = {scope: _Draft() for scope in scopes}
    everything = _Draft()
    since = now - WATCH
    for paper in known:
        everything.add(paper, since)
        for scope in drafts.keys() & scopes_of_categories(paper.categories):
            drafts[scope].add(paper, since)
    return [
        Horizon(scope, draft.highest or everything.highest, draft.lowest, now, draft.count)
        for scope, draft in drafts.items()
    ]


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
        and paper.published >= horizon.at - WATCH
        and now < horizon.at + WATCH
    )
