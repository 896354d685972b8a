"""The terms of the design as frozen values: what the steps hand to each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NewType

SubscriptionId = NewType("SubscriptionId", int)
DeliveryId = NewType("DeliveryId", int)
Action = Literal["list", "retry", "drop"]
"""What a person can do with deliveries."""
Kind = Literal["new", "cross"]
"""What an announcement is to one reader: in the topic's own categories, or cross-listed there."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A work by its arXiv id; text is as arXiv gives it, with white space folded.

    `categories` holds the primary category too. `published` is the submission of the first
    version, `updated` that of `version`, both in UTC; arXiv exposes no date of announcement.
    """

    id: str
    version: int
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    primary_category: str
    published: datetime
    updated: datetime
    comment: str | None = None
    journal_ref: str | None = None
    doi: str | None = None

    @property
    def url(self) -> str:
        """The abstract page, which always shows the newest version."""
        return f"https://arxiv.org/abs/{self.id}"

    @property
    def pdf_url(self) -> str:
        """The PDF at arXiv; it is never served again from elsewhere."""
        return f"https://arxiv.org/pdf/{self.id}"

    @property
    def withdrawn(self) -> bool:
        """Whether the authors or arXiv withdrew this version, as its comment says."""
        comment = (self.comment or "").casefold()
        return "withdrawn" in comment or "has been removed by arxiv" in comment


@dataclass(frozen=True, slots=True)
class Announcement:
    """One row of the append-only log.

    `late` holds the categories that this cross-list, and any after it, added to a paper known
    before; it is empty where the paper itself was news. A `silent` row is news to nobody: it came
    with a baseline. `date` is when it was learned, and for a silent row when it was submitted.
    """

    seq: int
    paper: Paper
    date: datetime
    late: tuple[str, ...] = ()
    silent: bool = False


@dataclass(frozen=True, slots=True)
class CursorKey:
    """What a cursor belongs to: a topic with its query's hash, so a changed query starts anew."""

    topic: str
    query_hash: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a topic has read the log; `reach` asks once for all dated from it on, even silent."""

    seq: int
    reach: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A paper as a digest shows it, with its topics in the reader's order: the first holds it."""

    paper: Paper
    topics: tuple[str, ...]
    kind: Kind = "new"


@dataclass(frozen=True, slots=True)
class Due:
    """A subscription whose digest is due, as the store knows it.

    `slot` is the last instant already composed for (at first: when the subscription was made).
    `returned` are the entries of deliveries that failed for good, to be given again. `given` are
    the papers that it has already, known where a cursor reaches back among them.
    """

    id: SubscriptionId
    subscriber: str
    channel: str
    address: str
    slot: datetime
    cursors: Mapping[CursorKey, Cursor]
    returned: tuple[Entry, ...] = ()
    given: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A delivery to be written: references only, never rendered text.

    `key` names it for ever, in its Message-ID too; `part` of `parts` numbers a digest cut up.
    """

    key: str
    entries: tuple[Entry, ...]
    part: int
    parts: int


@dataclass(frozen=True, slots=True)
class Composition:
    """All that compose decided for one due subscription; written in one transaction.

    It is composed for `slot` and due again at `next_due`; `cursors` are all it has from now on.
    """

    subscription: SubscriptionId
    slot: datetime
    next_due: datetime
    cursors: Mapping[CursorKey, Cursor]
    deliveries: tuple[NewDelivery, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """A claimed delivery: ours to send until the lease ends.

    `attempts` counts this claim. `again` tells that an earlier attempt may have been accepted;
    `reclaimed`: this claim took it over from a process that died while sending.
    """

    id: DeliveryId
    key: str
    subscription: SubscriptionId
    subscriber: str
    channel: str
    address: str
    timezone: str
    slot: datetime
    created_at: datetime
    attempts: int
    again: bool
    entries: tuple[Entry, ...]
    part: int = 1
    parts: int = 1
    reclaimed: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a claimed delivery, for the store to settle.

    `sent`: accepted. `retry`: pending again at `next_at`. `released`: claimed but never tried;
    pending again as if it had not been claimed. `failed`: given up; its entries return in the next
    digest. `held`: it may have been accepted and waits for a person. `uncertain` adds one to the
    count of ambiguous attempts. `suspend` suspends the address, and fails all else that is pending
    for it; `pause_until` holds the whole channel back.
    """

    delivery: DeliveryId
    state: Literal["sent", "retry", "released", "failed", "held"]
    error: str | None = None
    next_at: datetime | None = None
    uncertain: bool = False
    suspend: bool = False
    pause_until: datetime | None = None


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

    `complete` names scopes that this source has now seen whole, which sets their baseline.
    """

    papers: tuple[Paper, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    marks: tuple[Mark, ...] = ()
    complete: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PollRequest:
    """What a poll asks a source for, given its own earlier marks and `patience` in seconds."""

    now: datetime
    scopes: frozenset[str]
    marks: tuple[Mark, ...] = ()
    patience: float = 600.0


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a batch was to the ledger: counts of rows."""

    announced: int = 0
    late: int = 0
    silent: int = 0
    known: int = 0


@dataclass(frozen=True, slots=True)
class PollResult:
    """How one source's poll ended: with all that was asked (`ok`), some (`partial`), nothing."""

    source: str
    state: Literal["ok", "partial", "failed"]
    at: datetime
    received: int = 0
    announced: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Baseline:
    """Where a scope's news begins: above `horizon`, the highest id known `at` then ("" if none)."""

    scope: str
    horizon: str
    at: datetime
    known: int = 0


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the log, and the scopes whose baseline is set."""

    seq: int
    baselined: frozenset[str]


@dataclass(frozen=True, slots=True)
class Standing:
    """One subscription as `status` shows it."""

    subscriber: str
    channel: str
    address: str
    next_due: datetime
    suspended: str | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """The ledger at a glance; see `daily-papers status`."""

    polls: tuple[PollResult, ...] = ()
    due: int = 0
    pending: int = 0
    sent: int = 0
    failed: int = 0
    held: int = 0
    uncertain: int = 0
    papers: int = 0
    announced: int = 0
    suspended: tuple[Mapping[str, str], ...] = ()
    paused: tuple[Mapping[str, str], ...] = ()
    quarantined: tuple[Mapping[str, str], ...] = ()
    baselines: tuple[Baseline, ...] = ()
    standings: tuple[Standing, ...] = ()
