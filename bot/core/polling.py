"""What a poll asks and brings: batches of papers with the marks that they make true."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.core.model import Paper

FOLLOWERS = frozenset({"arxiv_ids"})
"""Sources that ask only for what others left open: they find nothing and are never whole."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a source has come in one scope: a row that the source writes and reads back.

    `scope` is a category, `cs.*`, or `*` for everything; `key` is the source's own (a day's
    window, a harvest); `value` is its own too (a count, a cursor, an ETag).
    """

    scope: str
    key: str
    value: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A record that could not be read, kept for a person to see."""

    id: str
    error: str


@dataclass(frozen=True, slots=True)
class Batch:
    """One validated page: papers, and the marks that become true with them.

    `elsewhere` are ids that exist, of papers outside of all scopes; `absent` those that were asked
    for by id and do not exist, or cannot be read. `complete` names scopes that this source has now
    seen whole, which sets their baseline; `current` those of which it has seen what was announced
    last but not the past, which does so only if nothing better can. `census` is an id: arXiv was
    seen whole, so every id below it in its month and the months before should be known by now.
    """

    papers: tuple[Paper, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    marks: tuple[Mark, ...] = ()
    complete: frozenset[str] = frozenset()
    current: frozenset[str] = frozenset()
    elsewhere: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    census: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """What the ledger keeps for a source: its marks, and ids that somebody should ask for.

    `partial` are ids of papers that only a feed has told of yet; `gaps` those that a census misses
    and that are to be asked for now, the longest open first.
    """

    marks: tuple[Mark, ...] = ()
    partial: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PollRequest:
    """What a poll asks a source for, given what is kept for it and `patience` in seconds."""

    now: datetime
    scopes: frozenset[str]
    memory: Memory = Memory()
    patience: float = 600.0

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The source's own earlier marks."""
        return self.memory.marks


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a batch was to the ledger: counts of rows."""

    announced: int = 0
    late: int = 0
    silent: int = 0
    known: int = 0
    revised: int = 0


@dataclass(frozen=True, slots=True)
class PollResult:
    """How one source's poll ended: with all that was asked (`ok`), some (`partial`), nothing.

    `whole_at` is when one last had something to ask and ended with all; `failing`, which the
    ledger knows, since when none ended well.
    """

    source: str
    state: Literal["ok", "partial", "failed"]
    at: datetime
    received: int = 0
    announced: int = 0
    error: str | None = None
    whole_at: datetime | None = None
    failing: datetime | None = None

    @property
    def idle(self) -> bool:
        """Whether it ended well because it had nothing to ask."""
        return self.state == "ok" and self.whole_at != self.at
