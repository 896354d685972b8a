"""What each of arXiv's services shows of the world at an instant."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from bot.core.model import Detail, Paper
from tests.sim.evenings import DAY, EASTERN, eastern, harvest_start
from tests.sim.works import Version, Work
from tests.sim.world import World

Announced = Literal["new", "cross", "replace", "replace-cross"]


def covers(scope: str, categories: Collection[str]) -> bool:
    """Tell whether a scope holds one of the categories."""
    if scope == "*":
        return True
    if scope.endswith(".*"):
        return any(one.startswith(scope[:-1]) or one == scope[:-2] for one in categories)
    return scope in categories


def covered(scopes: Collection[str], categories: Collection[str]) -> bool:
    """Tell whether one of the scopes holds one of the categories."""
    return any(covers(scope, categories) for scope in scopes)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a feed."""

    work: Work
    version: Version
    categories: tuple[str, ...]
    kind: Announced


def indexed(work: Work, now: datetime) -> datetime:
    """Tell as of when the query API, which fills by and by, shows a work."""
    lagging = [one for one in work.events() if one <= now < one + timedelta(seconds=work.lag)]
    return min(lagging) - timedelta(seconds=1) if lagging else now


def api(world: World, now: datetime, first: datetime, last: datetime) -> list[Paper]:
    """Give all papers submitted from `first` to `last` as the query API shows them."""
    found = []
    for work in world.works:
        shown = indexed(work, now)
        if first <= work.submitted <= last and work.announced <= shown:
            found.append(work.paper(shown))
    return found


def by_ids(world: World, now: datetime, ids: Collection[str]) -> list[Paper]:
    """Give the papers of an id_list; what is unknown is left out without a word."""
    wanted = frozenset(ids)
    found = [work for work in world.works if work.id in wanted]
    return [work.paper(shown) for work in found if work.announced <= (shown := indexed(work, now))]


def feed_day(now: datetime) -> date:
    """Tell which day's feeds are shown."""
    return now.astimezone(EASTERN).date()


def feed(world: World, day: date, category: str) -> list[Item]:
    """List a day's feed of one category; it is empty where the evening before had nothing."""
    evening = eastern(day - DAY, 20)
    found = (_item(work, evening, category) for work in world.by_evening.get(evening, ()))
    return [one for one in found if one is not None]


def _item(work: Work, evening: datetime, category: str) -> Item | None:
    """Tell what an evening had of a work for one category."""
    categories = work.within(evening)
    if work.announced > evening or category not in categories:
        return None
    version = work.current(evening)
    if category == work.primary and work.announced == evening:
        return Item(work, version, categories, "new")
    if work.categories[category] == evening:
        return Item(work, version, categories, "cross")
    if version.announced != evening or version.number > 5 or version.abstract_only:
        return None
    kind: Announced = "replace" if category == work.primary else "replace-cross"
    return Item(work, version, categories, kind)


def partial(item: Item, day: date) -> Paper:
    """Give a feed's item as a paper without comment, dated by the feed's day.

    What is not new in it may be of any age: it is then dated by the month of its id, less the time
    for which arXiv may hold a paper.
    """
    midnight = eastern(day, 0)
    month = datetime(2000 + int(item.work.id[:2]), int(item.work.id[2:4]), 1, tzinfo=UTC)
    published = midnight if item.kind == "new" else min(midnight, month - 31 * DAY)
    return Paper(
        id=item.work.id,
        version=item.version.number,
        title=item.version.title,
        abstract=item.work.abstract,
        authors=("Ana García", "Li Wei"),
        categories=item.categories,
        primary_category=item.work.primary,
        published=published,
        updated=midnight,
        detail=Detail.FEED,
    )


def harvested(work: Work, now: datetime) -> tuple[date, datetime] | None:
    """Tell a work's datestamp in OAI-PMH, and as of when it is shown; None before it is there."""
    shown = None
    for arrival, stamp, evening in _harvests(work):
        if arrival > now or (shown is None and evening > work.announced):
            break
        shown = stamp, evening
    if shown is None:
        return None
    touched = max((one.date() for one in work.touched if one <= now), default=shown[0])
    return max(shown[0], touched), shown[1]


def _harvests(work: Work) -> list[tuple[datetime, date, datetime]]:
    """List when OAI-PMH has what was announced on each evening, under which datestamp."""
    if not work.harvests:
        for evening in work.events():
            start = harvest_start(evening)
            lag = timedelta(seconds=work.late) if evening == work.announced else timedelta(0)
            stamp = start if work.keeps_stamp else start + lag
            work.harvests.append((start + lag, stamp.astimezone(UTC).date(), evening))
        work.harvests.sort()
    return work.harvests


def harvest(world: World, now: datetime, since: date) -> Sequence[Paper]:
    """Give all that was modified since a day, by modification, as OAI-PMH shows it."""
    found = []
    for work in world.works:
        at = harvested(work, now)
        if at is not None and at[0] >= since:
            found.append((at[0], work.id, work.paper(at[1], Detail.HARVEST)))
    return [paper for _, _, paper in sorted(found, key=lambda row: row[:2])]
