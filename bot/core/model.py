"""The terms of the design as frozen values: what the steps hand to each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from typing import Any, Literal, NewType

from bot.core.linked import Linked
from bot.core.marks import NO_MARKS, Marks

SubscriptionId = NewType("SubscriptionId", int)
DeliveryId = NewType("DeliveryId", int)
Action = Literal["list", "retry", "drop"]
"""What a person can do with deliveries."""
Kind = Literal["new", "cross", "replace"]
"""What an announcement is to one reader: in the topic's own categories, cross-listed there, or a
later version."""


class Detail(IntEnum):
    """How much is known of a version, and from whom: what is better is never overwritten by worse.

    A feed gives no comment and no dates. OAI-PMH gives all, with authors in one TeX text.
    """

    FEED = 0
    HARVEST = 1
    API = 2


@dataclass(frozen=True, slots=True)
class Paper(Linked):
    """A work by its arXiv id; text is as arXiv gives it, with white space folded.

    `categories` holds the primary category too. `published` is the submission of the first
    version, `updated` that of `version`, both in UTC; arXiv exposes no date of announcement.
    What only a feed has told yet is `partial`: `updated` is then the day of that feed, and so is
    `published` where it is listed as new, and otherwise the earliest that it can be. Only OAI-PMH
    tells `report_no`, and only the API `affiliations`: each of the authors' once, in their order.
    `readable` gives what people read of some of its texts, by the text itself, as far as that is
    known already; it makes no difference to what the paper is.
    """

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
    report_no: str | None = None
    affiliations: tuple[str, ...] = ()
    detail: Detail = Detail.API
    readable: Mapping[str, str] | None = field(default=None, compare=False, repr=False)

    def __hash__(self) -> int:
        """Hash what tells nearly all papers apart: caches ask for it more often than for all."""
        return hash((self.id, self.version, self.detail))

    @property
    def partial(self) -> bool:
        """Whether comment and dates are still to be asked for."""
        return self.detail is Detail.FEED

    @property
    def withdrawn(self) -> bool:
        """Whether the authors or arXiv withdrew this version, as its comment says."""
        comment = (self.comment or "").casefold()
        return "withdrawn" in comment or "has been removed by arxiv" in comment


@dataclass(frozen=True, slots=True)
class Former:
    """What a revision replaced, as far as it was known: version 0 where nothing was."""

    version: int
    title: str = ""
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Announcement:
    """One row of the append-only log.

    `late` holds the categories that this cross-list, and any after it, added to a paper known
    before; it is empty where the paper itself was news. `former` is set where the row is of a
    revision. `completed` names the fields that have come of a paper announced before, where the row
    tells that: it counts for what did not match without them. A `silent` row is news to nobody: it
    came with a baseline. `date` is when it was learned, and for a silent row when it was submitted.
    `sources` are all that brought the paper.
    """

    seq: int
    paper: Paper
    date: datetime
    late: tuple[str, ...] = ()
    silent: bool = False
    former: Former | None = None
    sources: frozenset[str] = frozenset()
    completed: tuple[str, ...] = ()

    @property
    def before(self) -> Paper:
        """The paper as it was before this late cross-list, or without what has come since."""
        if self.completed:
            unknown: dict[str, Any] = {
                name: () if name == "affiliations" else None for name in self.completed
            }
            return replace(self.paper, **unknown)
        categories = tuple(one for one in self.paper.categories if one not in self.late)
        return replace(self.paper, categories=categories)


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
    """A paper as a digest shows it, with its topics in the reader's order: the first holds it.

    Of kind "replace" it is one line that tells what became of `former`; `revision` is then the
    announcement's sequence number, by which each revision is given once, and otherwise 0.
    `followed` are positions in the paper's authors, of those whom the reader follows, and `marks`
    the words that matched; both are told when a digest is shown, by the topics as they are then,
    and never stored.
    """

    paper: Paper
    topics: tuple[str, ...]
    kind: Kind = "new"
    former: Former | None = None
    revision: int = 0
    followed: tuple[int, ...] = ()
    marks: Marks = NO_MARKS


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a digest rests on, told in its completeness line.

    `announced` papers are known to be announced in the reader's categories between two polls,
    `since` (None: ever) and `until`; `received` of them came, from `sources`, and `matched` are
    given. `missing` ids are known to exist somewhere in arXiv and have not come. `late` tells that
    no source could be read whole when the digest was composed. `topics` names the reader's topics
    where there are no entries to name them, and `refused` those that were left out.
    """

    announced: int
    received: int
    matched: int
    sources: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    late: bool = False
    topics: tuple[str, ...] = ()
    missing: int = 0
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """A subscription whose digest is due, as the store knows it.

    `slot` is the last instant already composed for (at first: when the subscription was made).
    `returned` are the entries of deliveries that failed for good, to be given again. `given` are
    the papers that it has already, known where a cursor reaches back among them. `withdrawals` are
    past its cursors, of papers that it was given, with the topics that they were given under.
    `covered` is the last whole poll that all its topics were composed after; `heard` the slot of
    its last delivery, or when it was made. Its reader has turned the topics named `off` off.
    """

    id: SubscriptionId
    subscriber: str
    channel: str
    address: str
    slot: datetime
    cursors: Mapping[CursorKey, Cursor]
    returned: tuple[Entry, ...] = ()
    given: frozenset[str] = frozenset()
    withdrawals: tuple[Entry, ...] = ()
    covered: datetime | None = None
    heard: datetime | None = None
    off: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A delivery to be written: references only, never rendered text.

    `key` names it for ever, in its Message-ID too; `part` of `parts` numbers a digest cut up. One
    without entries is a note that nothing matched.
    """

    key: str
    entries: tuple[Entry, ...]
    part: int
    parts: int
    coverage: Coverage | None = None


@dataclass(frozen=True, slots=True)
class Composition:
    """All that compose decided for one due subscription; written in one transaction.

    It is composed for `slot` and due again at `next_due`; `cursors` are all it has from now on.
    `covered` is the last whole poll before it, None where that stays as it is.
    """

    subscription: SubscriptionId
    slot: datetime
    next_due: datetime
    cursors: Mapping[CursorKey, Cursor]
    deliveries: tuple[NewDelivery, ...] = ()
    covered: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A claimed delivery: ours to send until the lease ends.

    `token` is the subscription's, unguessable, by which its reader may leave it. `attempts` counts
    this claim. `again` tells that an earlier attempt may have been accepted;
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
    coverage: Coverage | None = None
    token: str = ""


@dataclass(frozen=True, slots=True)
class Lag:
    """How long an accepted digest was on its way, in seconds.

    It counts from when the ledger learned of the oldest of its announcements, so the reader's own
    hour is in it.
    """

    channel: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a claimed delivery, for the store to settle.

    `sent`: accepted; with an `error`, as titles and links alone, and why. `retry`: pending again at
    `next_at`. `released`: claimed but never tried; pending again as if it had not been claimed.
    `failed`: given up; its entries return in the next digest. `held`: it may have been accepted and
    waits for a person. `uncertain` adds one to the count of ambiguous attempts. `suspend` suspends
    the address, and fails all else that is pending for it; `pause_until` holds the whole channel
    back.
    """

    delivery: DeliveryId
    state: Literal["sent", "retry", "released", "failed", "held"]
    error: str | None = None
    next_at: datetime | None = None
    uncertain: bool = False
    suspend: bool = False
    pause_until: datetime | None = None
