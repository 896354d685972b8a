"""How far back a harvest of OAI-PMH must reach, and when another one is due.

arXiv brings its OAI-PMH interface up to date at about 22:30 US Eastern time, Sunday to Thursday
(https://info.arxiv.org/help/oa/index.html), and lists records by the UTC day of their last change.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta

from bot.core.polling import Mark
from bot.core.schedule import Schedule, last_slot
from bot.core.subscription import EVERYTHING

_MONDAY, _TUESDAY, _WEDNESDAY, _THURSDAY, _SUNDAY = 0, 1, 2, 3, 6
UPDATES = Schedule(
    "America/New_York",
    time(22, 30),
    frozenset({_SUNDAY, _MONDAY, _TUESDAY, _WEDNESDAY, _THURSDAY}),
)
SETTLING = timedelta(minutes=30)
"""The hour is not kept to the minute."""
SECOND_LOOK = timedelta(hours=3)
"""One harvest after each update may still have come too early; a second may not."""
LONGEST_REST = timedelta(hours=24)
OVERLAP = timedelta(days=3)
"""A record that changes during a harvest moves in the list, and another may be passed over."""
REACH = timedelta(days=30)
"""How far back the first harvest of a scope looks, which then has its baseline."""
_SKEW = timedelta(days=1)
_BEHIND = timedelta(days=730)

HARVEST = "harvest"
"""Key of the marks whose value is when the last completed harvest of a scope began."""
SHORT = "short"
"""Key of the mark that counts the harvests in a row that held fewer records than was said."""
BELIEVED = 3
"""So many harvests short of the same list: then the list's length is wrong, not the harvest."""


def last_harvest(scopes: Collection[str], marks: Iterable[Mark], now: datetime) -> datetime | None:
    """Tell when the last harvest began that every one of `scopes` had part in; None if none had.

    None too where that cannot be told, as the clock was set back since.
    """
    begun = _begun(scopes, marks)
    if not begun or not begun.keys() >= set(scopes) or _time(begun, now) > now:
        return None
    return min([*begun.values(), now])


def is_first(scopes: Collection[str], marks: Iterable[Mark]) -> bool:
    """Tell whether a harvest is the first of some scope, which then has its baseline by it."""
    return not _begun(scopes, marks).keys() >= set(scopes)


def first_day(scopes: Collection[str], marks: Iterable[Mark], now: datetime) -> date:
    """Tell the UTC day from which to harvest so that no change since can be missed."""
    begun = _begun(scopes, marks)
    known = _time(begun, now)
    starts = [instant - OVERLAP for instant in begun.values()]
    if not begun.keys() >= set(scopes):
        starts.append(known - REACH)
    return min([*starts, known - OVERLAP]).astimezone(UTC).date()


def reaches_too_far(first: date, began: datetime, now: datetime) -> bool:
    """Tell whether a harvest from `first` on takes years only because the clock here is wrong.

    It `began` by the service's clock.
    """
    return began - now > _BEHIND and began.date() - first > _BEHIND


def is_due(last: datetime | None, now: datetime) -> bool:
    """Tell whether a harvest can bring what one that began at `last` did not."""
    if last is None or now - last >= LONGEST_REST:
        return True
    updated = last_slot(UPDATES, now - SETTLING) + SETTLING
    again = updated + SECOND_LOOK
    return last < updated or last < again <= now


def completed(
    scopes: Collection[str], began: datetime, now: datetime, marks: Iterable[Mark] = ()
) -> tuple[Mark, ...]:
    """Mark a harvest as completed that `began`, by the service's clock, at its first answer.

    The earlier of both clocks counts: to look back too far costs a page, and too little a paper.
    But what a later mark among `marks` says stays true.
    """
    begun = _begun(scopes, marks)
    earlier = min(began, _time(begun, now))
    values = {scope: max(earlier, begun.get(scope, earlier)) for scope in sorted(scopes)}
    return tuple(
        Mark(scope, HARVEST, value.astimezone(UTC).isoformat(), now)
        for scope, value in values.items()
    )


def times_short(marks: Iterable[Mark]) -> int:
    """Tell how many harvests in a row have held fewer records than the service said."""
    values = (mark.value for mark in marks if (mark.scope, mark.key) == (EVERYTHING, SHORT))
    return next((int(value) for value in values if value.isdecimal()), 0)


def short(times: int, now: datetime) -> Mark:
    """Mark that so many harvests in a row were short."""
    return Mark(EVERYTHING, SHORT, str(times), now)


def _time(begun: Mapping[str, datetime], now: datetime) -> datetime:
    """Tell the time: by the clock here, or by a mark that lies ahead of it by more than clocks do.

    No mark is later than the service's clock was, so it is the clock here that was set back.
    """
    latest = max(begun.values(), default=now)
    return latest if latest > now + _SKEW else now


def _begun(scopes: Collection[str], marks: Iterable[Mark]) -> dict[str, datetime]:
    """Read when the last completed harvest of each scope began; what is illegible is left out."""
    begun = {}
    for mark in marks:
        if mark.key == HARVEST and mark.scope in scopes:
            try:
                instant = datetime.fromisoformat(mark.value)
            except ValueError:
                continue
            begun[mark.scope] = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return begun
