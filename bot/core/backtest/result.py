"""What a backtest found, as values."""

from dataclasses import dataclass, field
from datetime import date

from bot.core.backtest.days import Day
from bot.core.backtest.examples import Example
from bot.core.query import Query
from bot.core.query.expression import Term


@dataclass(frozen=True, slots=True)
class Alternative:
    """One branch of an OR: how many matches it `brings`, and how many `only` it brings."""

    text: str
    brings: int
    only: int


@dataclass(frozen=True, slots=True)
class Condition:
    """One of several that must hold: what matches it `alone`, and the others `without` it."""

    text: str
    alone: int
    without: int


@dataclass(frozen=True, slots=True)
class Overlap:
    """A topic of the configuration: how many it matches, and how many of these are `shared`."""

    topic: str
    matched: int
    shared: int


@dataclass(frozen=True, slots=True)
class Flood:
    """A bare word that brings very much, and the phrases with it that would bring less."""

    text: str
    brings: int
    phrases: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Acronym:
    """A word in capitals: how many it matches, and how many it would in `any_case`."""

    text: str
    matched: int
    any_case: int


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a query would have brought in some days.

    `choices` are the alternatives of each OR at the query's top, the one that brings most first;
    `dead` are the terms that match nothing at all that is stored; `elsewhere` are the matches that
    no topic of the configuration has; `instead` are queries that may have been meant, each with
    the number of its matches.
    """

    query: Query
    days: tuple[Day, ...]
    choices: tuple[tuple[Alternative, ...], ...] = ()
    conditions: tuple[Condition, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    elsewhere: int = 0
    floods: tuple[Flood, ...] = ()
    acronyms: tuple[Acronym, ...] = ()
    dead: tuple[Term, ...] = ()
    examples: tuple[Example, ...] = field(default=(), repr=False)
    instead: tuple[tuple[str, int], ...] = ()

    @property
    def stored(self) -> int:
        """How many papers there are of those days."""
        return sum(day.stored for day in self.days)

    @property
    def matched(self) -> int:
        """How many of them match."""
        return sum(day.matched for day in self.days)

    @property
    def share(self) -> float:
        """The part of the stored papers that matches, from 0 to 1."""
        return self.matched / self.stored if self.stored else 0.0

    @property
    def announcements(self) -> int:
        """How many announcements there were by arXiv's calendar."""
        return sum(day.announcements for day in self.days)

    @property
    def first_stored(self) -> date | None:
        """The first day of which any paper is stored."""
        return next((day.date for day in self.days if day.stored), None)

    @property
    def covered(self) -> int:
        """How many announcements there were since papers are stored."""
        first = self.first_stored
        return sum(day.announcements for day in self.days if first and day.date >= first)

    @property
    def mean(self) -> float:
        """Matches an announcement, since papers are stored."""
        return self.matched / self.covered if self.covered else 0.0

    @property
    def busiest(self) -> Day | None:
        """The day with most matches, the latest of several; None where nothing matches."""
        most = max(self.days, key=lambda day: (day.matched, day.date), default=None)
        return most if most and most.matched else None
