"""What the ledger holds of one paper and one subscriber: the facts by which `why` judges."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from bot.core.baseline import Horizon
from bot.core.model import (
    Announcement,
    Cursor,
    CursorKey,
    DeliveryId,
    Entry,
    Kind,
    Paper,
    SubscriptionId,
)
from bot.core.people import Suspension
from bot.core.standing import Head

State = Literal["pending", "sending", "sent", "failed", "held", "dropped"]
"""What has become of a delivery."""


class Cause(NamedTuple):
    """Why something is kept back, since when, and until when if that is known."""

    reason: str
    at: datetime
    until: datetime | None = None


class Gap(NamedTuple):
    """An id that a census missed: since when, when it was last asked for, and if it was given up.

    `void` tells that it was asked for until that was of no use.
    """

    since: datetime
    asked: datetime | None
    void: bool


class Flaw(NamedTuple):
    """What could not be read of a paper, from which source, and when."""

    source: str
    error: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Passage:
    """The paper, or with a `revision` what became of it, in one delivery to a subscription.

    `live` tells that this delivery gave it or is going to; what failed may be given again by
    another. `uncertain` counts attempts that may have been accepted. `former` is the version that
    a revision is told against.
    """

    delivery: DeliveryId
    state: State
    slot: datetime
    created_at: datetime
    next_at: datetime
    topics: tuple[str, ...]
    kind: Kind
    revision: int = 0
    live: bool = True
    former: int | None = None
    attempts: int = 0
    uncertain: int = 0
    lease_until: datetime | None = None
    settled_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How far a topic has read the log, and from where it began: after row `began`, at `made_at`.

    `reached` is what it reached back to then. All three are None where the ledger was not yet kept
    so when the topic began.
    """

    cursor: Cursor
    began: int | None = None
    reached: datetime | None = None
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """One subscription as the ledger has it; not `active` where it was removed.

    `passages` are in the order of their deliveries. `returned` and `withdrawals` are what the next
    digest owes it of this paper besides news; `given_up` are the revisions (0: the paper itself)
    that failed as often as they may. `off` tells since when its reader has which topics turned off,
    and `away` until when they have paused, if that is to come.
    """

    id: SubscriptionId
    channel: str
    address: str
    timezone: str
    active: bool
    next_due: datetime
    readings: Mapping[CursorKey, Reading] = field(default_factory=dict)
    passages: tuple[Passage, ...] = ()
    returned: tuple[Entry, ...] = ()
    withdrawals: tuple[Entry, ...] = ()
    given_up: frozenset[int] = frozenset()
    suspended: Suspension | None = None
    paused: Cause | None = None
    off: Mapping[str, datetime] = field(default_factory=dict)
    away: datetime | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """All that is known of a paper, and of what became of it on its way to one subscriber.

    A paper that was `seen` but is None was forgotten. `rows` are all of the log's, in order;
    `undated` tells that it is still silent only because nobody told yet when it was submitted.
    `elsewhere` is when it was last met outside of all scopes. `horizons` are the baselines by
    scope, `highest` the highest id of all arXiv, `polled` the last poll of any source.
    """

    id: str
    seen: bool = False
    paper: Paper | None = None
    rows: tuple[Announcement, ...] = ()
    undated: bool = False
    sightings: Mapping[str, datetime] = field(default_factory=dict)
    elsewhere: datetime | None = None
    gap: Gap | None = None
    flaws: tuple[Flaw, ...] = ()
    head: Head = field(default_factory=lambda: Head(0, frozenset()))
    horizons: Mapping[str, Horizon] = field(default_factory=dict)
    highest: str = ""
    polled: datetime | None = None
    held: tuple[Held, ...] = ()
