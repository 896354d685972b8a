"""How the ledger stands: its end, its baselines, and all that `status` tells."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.polling import PollResult
from bot.core.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Baseline:
    """Where a scope's news begins: above `horizon`, the highest id known `at` then ("" if none)."""

    scope: str
    horizon: str
    at: datetime
    known: int = 0


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the log, and the scopes whose baseline is set.

    `whole_at` is the last poll in which a source saw everything, `late` whether none did in the
    last. `unread` papers of what is polled could not be read, and `missing` ids of all of arXiv
    have not come.
    """

    seq: int
    baselined: frozenset[str]
    whole_at: datetime | None = None
    late: bool = False
    missing: int = 0
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """One subscription as `status` shows it; `paused` is until when its reader wants it to wait.

    `timezone` is its reader's.
    """

    subscriber: str
    channel: str
    address: str
    next_due: datetime
    suspended: str | None = None
    paused: datetime | None = None
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Finds:
    """What one source found of the papers announced lately: `first`, at all, or never.

    `missed` are the newest of the ids that others found at least two days ago and it did not.
    """

    source: str
    first: int
    found: int
    missing: int
    missed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """The ledger at a glance; see `daily-papers status`.

    `highest` is the highest id known of all of arXiv, and `risen` when it last rose, which tells
    that arXiv has announced something. `partial` papers wait for comment and dates, `gaps` ids to
    come still, and `void` ids were given up. `oldest_pending` is when the delivery that waits
    longest was composed. `undelivered` counts by channel and state the deliveries that are pending,
    being sent, failed or held. `suspended` addresses come with each who said so. `bounced` counts
    by kind what came back in 30 days, and `policy` has what those servers said that want no mail of
    ours; `plain` are digests of these days that went as titles and links alone. `paused` are
    channels; `reader_pauses` subscriptions that wait as their readers wish, and `topics_off` what
    readers have turned off. `signed_up` subscriptions were made by their readers, and
    `signups` wait for their confirmation. `refused` topics are added to what the ledger tells.
    """

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
    reader_pauses: tuple[Mapping[str, str], ...] = ()
    topics_off: tuple[Mapping[str, str], ...] = ()
    quarantined: tuple[Mapping[str, str], ...] = ()
    baselines: tuple[Baseline, ...] = ()
    standings: tuple[Standing, ...] = ()
    finds: tuple[Finds, ...] = ()
    highest: str = ""
    risen: datetime | None = None
    partial: int = 0
    gaps: int = 0
    void: int = 0
    oldest_pending: datetime | None = None
    undelivered: Mapping[tuple[str, str], int] = field(default_factory=dict)
    bounced: Mapping[str, int] = field(default_factory=dict)
    policy: tuple[Mapping[str, str], ...] = ()
    plain: tuple[Mapping[str, str], ...] = ()
    signed_up: int = 0
    signups: int = 0
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Pruned:
    """What one upkeep forgot, and by how many octets the file became smaller."""

    papers: int = 0
    deliveries: int = 0
    octets: int = 0
