"""What a reader must be given of a work, and what may be given: from the world alone.

Nothing here asks the bot: when arXiv announced what, when each wish and baseline began, and what
the sources had shown by then, decide.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.sim.evenings import DAY
from tests.sim.readers import Reader, Wish
from tests.sim.truth import Reign, Start, Truth
from tests.sim.views import covers
from tests.sim.works import Work

_WATCH = 30 * DAY
_LONGEST_JUMP = 41 * DAY
"""By how much the bot's clock may be wrong."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What a verdict rests on: the diary, what must be there, and which sources there were.

    What was announced by `due` must be; `skewed` tells that the bot's clock has jumped.
    """

    truth: Truth
    due: datetime
    sources: tuple[str, ...]
    skewed: bool
    works: Mapping[str, Work]

    def reachable(self, work: Work, evening: datetime) -> bool:
        """Whether a source shows it for sure: the API alone forgets what is a month old."""
        if "arxiv_oai" in self.sources:
            return True
        left = work.submitted + 29 * DAY
        return "arxiv_api" in self.sources and (left > self.due + DAY or left > evening + 10 * DAY)

    def baseline(self, wish: Wish, categories: tuple[str, ...]) -> Start | None:
        """Give the earliest baseline of the wish's scopes that hold these categories, if sure."""
        starts = [
            start
            for scope, start in self.truth.baselines.items()
            if scope in wish.scopes and covers(scope, categories) and start.last is not None
        ]
        return min(starts, key=lambda one: one.last or one.first, default=None)

    def reigning(self, work: Work, categories: tuple[str, ...], since: Start) -> Iterator[Reign]:
        """Give the baselines there may have been as these categories of a work came to be known.

        What was known when the wish began, `since`, is no cause.
        """
        for category in categories:
            seen = self.truth.within.get((work.id, category))
            if seen is None or seen.tick < since.first.tick:
                continue
            shown = self.truth.shown[work.id, category]
            for reign in self.truth.reigns:
                if covers(reign.scope, (category,)) and reign.holds(shown, seen):
                    yield reign

    def lowest(self, start: Start, since: datetime) -> str:
        """Give the lowest id known at a baseline of a paper submitted since an instant."""
        known = (self.works[name] for name in start.known if name in self.works)
        return min((one.id for one in known if one.submitted >= since), default="~")


def always(work: Work, wish: Wish, since: datetime) -> bool:
    """Whether every version from an evening on is wanted: digests show what is current."""
    return all(
        wish.wants(work.within(since), f"{one.title} {work.abstract}")
        for one in work.versions
        if one.announced >= work.current(since).announced
    )


def must_have(bench: Bench, reader: Reader, work: Work) -> bool:
    """Whether the paper itself must be in a digest of this reader."""
    return any(
        due(bench, reader, wish, work)
        for wish in reader.wishes
        if wish.kind(work.primary) in reader.include
        for due in (_news_due, _cross_due, _reach_due)
    )


def _begun(bench: Bench, reader: Reader, wish: Wish) -> datetime | None:
    """Tell since when a wish surely counts."""
    start = bench.truth.wishes.get((reader.identity, wish))
    return start.last.at if start is not None and start.last is not None else None


def _news_due(bench: Bench, reader: Reader, wish: Wish, work: Work) -> bool:
    begun = _begun(bench, reader, wish)
    start = bench.baseline(wish, work.within(work.announced))
    if begun is None or start is None or start.last is None:
        return False
    if not begun < work.announced <= bench.due or work.announced <= start.last.at:
        return False
    known = not work.behind or _watched(bench, work, start)
    return known and bench.reachable(work, work.announced) and always(work, wish, work.announced)


def _watched(bench: Bench, work: Work, start: Start) -> bool:
    """Whether an id below the horizon is a gap that is watched: not once it has a version."""
    seen = bench.truth.seen.get(work.id)
    revised = [one.announced for one in work.versions[1:2]]
    first = seen is None or all(seen.at < one for one in revised)
    return first and not start.shallow and not bench.skewed


def _cross_due(bench: Bench, reader: Reader, wish: Wish, work: Work) -> bool:
    begun = _begun(bench, reader, wish)
    if begun is None:
        return False
    for category, evening in work.crosses():
        start = bench.baseline(wish, (category,))
        if start is None or start.last is None or not bench.reachable(work, evening):
            continue
        if not max(begun, start.last.at) < evening <= bench.due:
            continue
        seen = bench.truth.seen.get(work.id)
        known = seen is not None and seen.at < evening
        judged = known or (work.announced > start.last.at and not work.behind)
        if judged and _newly(work, wish, evening) and always(work, wish, evening):
            return True
    return False


def _reach_due(bench: Bench, reader: Reader, wish: Wish, work: Work) -> bool:
    """Whether it is of the days that a new wish reaches back to, and was known in time."""
    start = bench.truth.wishes.get((reader.identity, wish))
    baseline = bench.baseline(wish, work.within(bench.due))
    if not reader.since or bench.skewed or start is None or start.last is None:
        return False
    if not start.reaching:
        return False
    if baseline is None or baseline.last is None or work.submitted < start.last.at - reader.since:
        return False
    if not all(scope in bench.truth.baselines for scope in wish.scopes):
        return False
    seen = bench.truth.seen.get(work.id)
    known = seen is not None and seen.tick < baseline.first.tick
    return known and always(work, wish, work.announced)


def _newly(work: Work, wish: Wish, evening: datetime) -> bool:
    """Whether a cross-list brings the work to a wish that its categories did not reach before."""
    second = timedelta(seconds=1)
    before = work.within(evening - second)
    text = f"{work.current(evening).title} {work.abstract}"
    return wish.wants(work.within(evening), text) and not wish.wants(before, text)


def revision_due(bench: Bench, reader: Reader, work: Work) -> int:
    """Give the version that a reader of revisions must have been told of, or 0.

    That is the last one, if it came after the work was known, its wish and its baseline.
    """
    last = work.versions[-1]
    seen = bench.truth.seen.get(work.id)
    known = seen is not None and seen.at < last.announced <= bench.due
    if "replace" not in reader.include or "arxiv_oai" not in bench.sources or not known:
        return 0
    for wish in reader.wishes:
        begun = _begun(bench, reader, wish)
        start = bench.baseline(wish, work.within(last.announced))
        if begun is None or start is None or start.last is None:
            continue
        later = last.announced > max(begun, start.last.at)
        included = wish.kind(work.primary) in reader.include
        if later and included and always(work, wish, last.announced):
            return last.number
    return 0


def may_have(bench: Bench, reader: Reader, work: Work) -> bool:
    """Whether the paper itself may be in a digest: some wish, at some time, is cause for it."""
    return any(
        _cause(bench, wish, start, work) or _as_reach(bench, start, reader, work)
        for (name, wish), starts in bench.truth.wished.items()
        if name == reader.identity
        and wish.kind(work.primary) in reader.include
        and _ever_wanted(work, wish)
        for start in starts
    )


def _ever_wanted(work: Work, wish: Wish) -> bool:
    categories = tuple(work.categories)
    return any(wish.wants(categories, f"{v.title} {work.abstract}") for v in work.versions)


def _cause(bench: Bench, wish: Wish, start: Start, work: Work) -> bool:
    return _as_news(bench, wish, start, work) or _as_cross(bench, wish, start, work)


def _as_news(bench: Bench, wish: Wish, start: Start, work: Work) -> bool:
    """Whether it may have been news after the wish began: not what was known or is of the past."""
    wanted = tuple(one for one in work.within(work.announced) if covers_any(wish, one))
    # A wish whose scopes have no baseline yet is given what is news in the other categories.
    reigns = [*bench.reigning(work, wanted, start)] or bench.reigning(
        work, tuple(work.categories), start
    )
    return any(
        work.announced > one.start.first.at or _is_open(bench, one.start, work) for one in reigns
    )


def _is_open(bench: Bench, baseline: Start, work: Work) -> bool:
    """Whether a work of before a baseline that did not know it may be news all the same.

    It may where its id lies above all that were known, or in a gap among those of the month before.
    """
    if work.id > baseline.highest:
        return True
    since = baseline.first.at - _WATCH - (_LONGEST_JUMP if bench.skewed else timedelta(0))
    return work.submitted >= since and work.id > bench.lowest(baseline, since)


def _as_cross(bench: Bench, wish: Wish, start: Start, work: Work) -> bool:
    """Whether a category that was added after its baseline may have brought the work to the wish.

    A source may show it a day late.
    """
    return any(
        evening > reign.start.first.at - DAY
        for category, evening in work.crosses()
        if covers_any(wish, category)
        for reign in bench.reigning(work, (category,), start)
    )


def _as_reach(bench: Bench, start: Start, reader: Reader, work: Work) -> bool:
    """Whether it may be of the days that the wish reaches back to."""
    if not reader.since:
        return False
    lately = start.first.at - reader.since - 2 * DAY
    within = bench.truth.within
    dated = [within[key].at for c, _ in work.crosses() if (key := (work.id, c)) in within]
    dated += [evening for _, evening in work.crosses()]
    if not work.old:
        seen = bench.truth.seen.get(work.id)
        dated += [work.announced, *([seen.at] if seen else [])]
    return any(bench.skewed or evening >= lately for evening in dated)


def covers_any(wish: Wish, category: str) -> bool:
    """Whether one of a wish's scopes holds the category."""
    return any(covers(scope, (category,)) for scope in wish.scopes)
