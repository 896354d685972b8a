"""Which windows of submission a poll asks for, and whether each is read whole or only counted.

Late announcements decide the rhythm: a paper may be held for weeks, and is then announced with its
old date of submission. So the youngest days are read whole at every poll, and each older day is
counted, and read whole again when its count has changed or it was last read a week ago. What an
outage leaves to be read besides is told by `bot.core.backlog`.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from bot.core.polling import Mark

DAYS = 30
YOUNG_DAYS = 7
READ_AGAIN = timedelta(days=7)
SHRINKAGE_SETTLES = timedelta(days=2)
CATEGORIES_PER_QUESTION = 60
"""Keeps a question's address below 2,000 characters, whatever the categories."""

_MINUTE = timedelta(minutes=1)
_FEWER = " fewer"


@dataclass(frozen=True, slots=True)
class Window:
    """Whole minutes of submission in UTC, both ends included."""

    start: datetime
    end: datetime

    def holds(self, instant: datetime) -> bool:
        """Whether a paper submitted at `instant` belongs here."""
        return self.start <= instant < self.end + _MINUTE

    def halves(self) -> tuple["Window", ...]:
        """Cut the window in two that share the minute of the cut; none if it is too short."""
        minutes = (self.end - self.start) // _MINUTE
        if minutes < 2:
            return ()
        middle = self.start + minutes // 2 * _MINUTE
        return Window(self.start, middle), Window(middle, self.end)

    def __str__(self) -> str:
        """Write the window for people."""
        return f"{self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class Step:
    """One day for some scopes, asked for together.

    `floor` is the count that earlier marks hold for just these scopes or a part of them: fewer is
    suspect. `fewer_since` is when these scopes were first seen below it.
    """

    day: date
    scopes: tuple[str, ...]
    action: Literal["read", "count"]
    floor: int | None = None
    fewer_since: datetime | None = None

    @property
    def window(self) -> Window:
        """The day, up to and including the first minute of the next.

        That minute is asked for twice, so that nothing is lost whether or not a service counts
        the last minute of a window as part of it.
        """
        start = datetime.combine(self.day, time(), UTC)
        return Window(start, start + timedelta(days=1))

    def settles(self, now: datetime) -> bool:
        """Whether fewer papers than were known have been seen for long enough to believe it."""
        return self.fewer_since is not None and now - self.fewer_since >= SHRINKAGE_SETTLES

    def marks(self, count: int, now: datetime) -> tuple[Mark, ...]:
        """Say that this step's day was read whole and held `count` papers."""
        return self._marks(self.day.isoformat(), count, now)

    def fewer(self, count: int, now: datetime) -> tuple[Mark, ...]:
        """Say that this step's day showed fewer than its floor, unless that is known already."""
        if self.fewer_since is not None:
            return ()
        return self._marks(self.day.isoformat() + _FEWER, count, now)

    def _marks(self, key: str, count: int, now: datetime) -> tuple[Mark, ...]:
        """Make one mark for each scope, all naming the group that was asked for."""
        value = f"{count}@{group_of(self.scopes)}"
        return tuple(Mark(scope, key, value, now) for scope in self.scopes)


def group_of(scopes: Iterable[str]) -> str:
    """Name a set of scopes shortly; counts compare only within one set, as papers cross-list."""
    text = "\n".join(sorted(scopes))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def plan(
    now: datetime,
    scopes: Iterable[str],
    marks: Sequence[Mark],
    owed: Mapping[date, frozenset[str]] | None = None,
) -> tuple[Step, ...]:
    """Decide what to ask for, newest day first; each scope stands once in each of 30 days.

    Days before those are read whole for the scopes that they are `owed` to. A mark from after
    `now` was made by a clock that was wrong, and counts as absent.
    """
    wanted = frozenset(scopes)
    today = now.astimezone(UTC).date()
    by_key: dict[str, list[Mark]] = {}
    for mark in marks:
        if mark.at <= now:
            by_key.setdefault(mark.key, []).append(mark)
    days = [(today - timedelta(days=age), wanted) for age in range(DAYS)]
    older = sorted((owed or {}).items(), reverse=True)
    steps: list[Step] = []
    for age, (day, asked) in enumerate(days + older):
        readings = _readings(by_key.get(day.isoformat(), ()), asked)
        doubts = _readings(by_key.get(day.isoformat() + _FEWER, ()), asked)
        counting = now if YOUNG_DAYS <= age < DAYS else None
        steps += _plan_day(day, asked, _Memory(readings, doubts), counting)
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A set of scopes that was asked for together, what that gave, and when."""

    scopes: frozenset[str]
    count: int
    at: datetime


@dataclass(frozen=True, slots=True)
class _Memory:
    """What the marks say of one day, by group."""

    readings: Mapping[str, _Reading]
    doubts: Mapping[str, _Reading]

    def step(self, day: date, scopes: Iterable[str], action: Literal["read", "count"]) -> Step:
        """Make a step of these scopes with all that is known of them."""
        members = frozenset(scopes)
        parts = [known for known in self.readings.values() if known.scopes <= members]
        floor = max((known.count for known in parts), default=None)
        doubt = self.doubts.get(group_of(members))
        newest = max((known.at for known in parts), default=None)
        # A good reading after the doubt answers it.
        since = doubt.at if doubt and newest and doubt.at > newest else None
        return Step(day, tuple(sorted(members)), action, floor, since)


def _plan_day(
    day: date, wanted: frozenset[str], memory: _Memory, now: datetime | None
) -> Iterator[Step]:
    """Plan one day; `now` is None for one that is read whole whatever is known."""
    counted = [
        known
        for known in memory.readings.values()
        if now is not None and now - known.at <= READ_AGAIN
    ]
    rest = sorted(wanted.difference(*(known.scopes for known in counted)))
    for first in range(0, len(rest), CATEGORIES_PER_QUESTION):
        yield memory.step(day, rest[first : first + CATEGORIES_PER_QUESTION], "read")
    for known in sorted(counted, key=lambda known: sorted(known.scopes)):
        yield memory.step(day, known.scopes, "count")


def _readings(marks: Iterable[Mark], wanted: frozenset[str]) -> dict[str, _Reading]:
    """Gather marks into the groups that were asked for together.

    A group of which a scope is no longer wanted, or which was read again in other company, cannot
    be asked for as it was: it is left out, and its scopes are read anew.
    """
    gathered: dict[str, list[Mark]] = {}
    for mark in marks:
        count, at, group = mark.value.partition("@")
        if mark.scope in wanted and at and count.isdecimal():
            gathered.setdefault(group, []).append(mark)
    readings = {}
    for group, members in gathered.items():
        scopes = frozenset(mark.scope for mark in members)
        if group_of(scopes) == group:
            oldest = min(members, key=lambda mark: mark.at)
            readings[group] = _Reading(scopes, int(oldest.value.partition("@")[0]), oldest.at)
    return readings
