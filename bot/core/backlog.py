"""Which days a poll owes beyond the last 30, because nobody asked while they were among those.

A paper may be announced for as long as its day is among the last 30. So after an outage each day
that has left them meanwhile is read whole once more; whatever of that fails stays owed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from bot.core.polling import Mark
from bot.core.window import DAYS

REACH = 400
"""How many days back a poll looks at most, today included."""

_KEY = "backlog"
_WINDOW = timedelta(days=DAYS)


@dataclass(frozen=True, slots=True)
class Backlog:
    """The days that are owed to one scope.

    `mark` keeps them owed, and is to be written no later than the first mark of any day; None
    where that was done before. `lost` are the first and the last day beyond reach, told once.
    """

    scope: str
    days: tuple[date, ...]
    mark: Mark | None = None
    lost: tuple[date, date] | None = None


def backlogs(now: datetime, scopes: Iterable[str], marks: Sequence[Mark]) -> tuple[Backlog, ...]:
    """Tell what is owed to each of the scopes; nothing to one that was never read.

    Nor is anything owed to a scope that others outlived by 30 days: it was not followed then.
    """
    reads: dict[str, dict[date, datetime]] = {}
    begun: dict[str, Mark] = {}
    for mark in marks:
        if mark.at > now:
            continue
        if mark.key == _KEY:
            begun[mark.scope] = mark
        elif day := _day(mark.key):
            reads.setdefault(mark.scope, {})[day] = mark.at
    newest = max((max(days.values()) for days in reads.values()), default=now)
    found = [
        _backlog(now, _Past(scope, reads[scope], begun.get(scope), newest))
        for scope in sorted(reads.keys() & frozenset(scopes))
    ]
    return tuple(backlog for backlog in found if backlog)


def owed_by_day(owed: Iterable[Backlog]) -> dict[date, frozenset[str]]:
    """Gather the scopes that each day is owed to."""
    days: dict[date, set[str]] = {}
    for backlog in owed:
        for day in backlog.days:
            days.setdefault(day, set()).add(backlog.scope)
    return {day: frozenset(scopes) for day, scopes in days.items()}


@dataclass(frozen=True, slots=True)
class _Past:
    """What the marks tell of one scope: when each day was last read whole, and what was owed.

    `newest` is the last whole read of any scope.
    """

    scope: str
    reads: Mapping[date, datetime]
    earlier: Mark | None
    newest: datetime

    @property
    def last(self) -> datetime:
        """The last whole read of this scope."""
        return max(self.reads.values())

    @property
    def resumed(self) -> bool:
        """Whether a catch-up has begun of which nothing came for this scope yet."""
        return self.earlier is not None and self.earlier.at > self.last

    @property
    def followed(self) -> bool:
        """Whether the scope was followed until polls stopped altogether."""
        return self.resumed or self.newest - self.last <= _WINDOW

    def unread(self, first: date, last: date) -> list[date]:
        """List the days from `first` to `last` not read whole at 30 days of age, newest first."""
        days = [last - timedelta(days=back) for back in range((last - first).days + 1)]
        return [
            day for day in days if day not in self.reads or _date(self.reads[day]) - day < _WINDOW
        ]

    def still_owed(self, limit: date) -> list[date]:
        """List what is left of the earlier backlog from `limit` on."""
        first = _day(self.earlier.value) if self.earlier else None
        if self.earlier is None or first is None:
            return []
        return self.unread(max(first, limit), _date(self.earlier.at) - _WINDOW)


def _backlog(now: datetime, past: _Past) -> Backlog | None:
    """Add to what is still owed the days that left the last 30 since the scope was last read."""
    today = _date(now)
    limit = today - timedelta(days=REACH - 1)
    owed = past.still_owed(limit)
    start = _date(past.last) - _WINDOW + timedelta(days=1)
    newest = today - _WINDOW
    if start > newest or not past.followed:
        return Backlog(past.scope, tuple(owed)) if owed else None
    first = max(limit, min([start, *owed]))
    lost = (start, limit - timedelta(days=1)) if start < limit and not past.resumed else None
    mark = Mark(past.scope, _KEY, first.isoformat(), now)
    return Backlog(past.scope, tuple(past.unread(first, newest)), mark, lost)


def _date(instant: datetime) -> date:
    """Give the day in UTC."""
    return instant.astimezone(UTC).date()


def _day(text: str) -> date | None:
    """Read a day as marks write it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
