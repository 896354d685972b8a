"""The faults of the simulation, each with its row of the project's two fault tables."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum


class Fault(Enum):
    """`delivery N` is row N of the table of faults; `arxiv` a row of arXiv's own table."""

    REFUSED = "delivery 1: arXiv cannot be reached"
    BUSY = "delivery 2: 406, 429 or 503, with Retry-After in seconds, as a date, in fractions"
    HTML = "delivery 3: status 500, or HTML with status 200"
    EMPTY = "delivery 4: an empty page though there are papers"
    CUT = "delivery 5: truncated XML or cut gzip"
    MALFORMED = "delivery 6: a malformed entry"
    SHIFTED = "delivery 7: items shift while paging"
    REVISED = "delivery 8: a version bump"
    REPEATED = "delivery 9: an id twice, or cross-listed"
    DOWNTIME = "delivery 10: days of downtime"
    OVERSIZED = "delivery 11: an oversized or dripping body"
    BOMB = "delivery 12: an entity bomb"
    CLOCK = "delivery 13: the clock jumps"
    SAVING = "delivery 14: daylight saving begins or ends"
    DEATH_BEFORE_COMMIT = "delivery 15: killed before a commit"
    DEATH_AFTER_COMMIT = "delivery 16: killed after a commit, before the send"
    DEATH_AFTER_SEND = "delivery 17: killed after a send, before it is settled"
    DISK_FULL = "delivery 18: the disk is full"
    IO_ERROR = "delivery 19: a write fails"
    LOCKED = "delivery 20: a second instance"
    CORRUPT = "delivery 21: the database is corrupt"
    MIGRATION = "delivery 22: a migration is interrupted"
    SUSPENDED = "delivery 40: an address is suspended while its digests are sent"
    STOPPED = "delivery 43: SIGTERM in the middle of a fan-out"
    BAD_RELOAD = "delivery 44: a bad configuration on reload"
    BROKEN_QUERY = "delivery 45: a subscriber's broken query"
    HELD = "arxiv: a paper held for 2 to 30 days"
    PARTIAL_INDEX = "arxiv: an index that still fills"
    UNTRUSTED = "arxiv: 0 bytes, a short page, `Rate exceeded.`, 400 with an Error entry"
    UNSORTED = "arxiv: the sort is broken and brings papers of years ago"
    TIES = "arxiv: papers of one second change places between pages"
    UNKNOWN_IDS = "arxiv: ids that do not exist in an id_list"
    STALE_FEED = "arxiv: yesterday's feed under today's date"
    EMPTY_FEED = "arxiv: an empty feed on a weekend or holiday"
    CAPPED_FEED = "arxiv: a feed of 2,000 items that lacks the new ones"
    CROSS = "arxiv: a new paper that a feed calls a cross-list"
    LATE_CROSS = "arxiv: a category added later"
    WITHDRAWN = "arxiv: withdrawn as a second version"
    MOVED = "arxiv: a record moves while it is harvested"
    TOKEN = "arxiv: a resumption token expires"
    RANGE_MISSING = "arxiv: OAI-PMH lacks a range of ids for a day"
    OFFLINE = "arxiv: offline for weeks"
    SEND_LATER = "channel: later"
    SEND_REFUSED = "channel: this digest never"
    SEND_POLICY = "channel: a policy against an address, or against all that we send"
    SEND_PAUSED = "channel: credentials or TLS"
    SEND_LOST = "channel: broke off before the digest was accepted"
    ANSWER_LOST = "channel: broke off after the digest was accepted"
    HANG = "channel: hangs"


OF_API: Sequence[Fault] = (
    Fault.REFUSED,
    Fault.BUSY,
    Fault.HTML,
    Fault.EMPTY,
    Fault.CUT,
    Fault.MALFORMED,
    Fault.SHIFTED,
    Fault.OVERSIZED,
    Fault.BOMB,
    Fault.UNTRUSTED,
    Fault.UNSORTED,
    Fault.TIES,
)
OF_FEEDS: Sequence[Fault] = (Fault.REFUSED, Fault.BUSY, Fault.STALE_FEED, Fault.CAPPED_FEED)
OF_HARVEST: Sequence[Fault] = (Fault.REFUSED, Fault.BUSY, Fault.MOVED, Fault.TOKEN, Fault.CUT)
OF_IDS: Sequence[Fault] = (
    Fault.REFUSED,
    Fault.BUSY,
    Fault.HTML,
    Fault.EMPTY,
    Fault.CUT,
    Fault.MALFORMED,
    Fault.BOMB,
    Fault.UNTRUSTED,
)
OF_SOURCE: Mapping[str, Sequence[Fault]] = {
    "arxiv_api": OF_API,
    "arxiv_rss": OF_FEEDS,
    "arxiv_oai": OF_HARVEST,
    "arxiv_ids": OF_IDS,
}
OF_STORE: Sequence[Fault] = (
    Fault.DEATH_BEFORE_COMMIT,
    Fault.DEATH_AFTER_COMMIT,
    Fault.DISK_FULL,
    Fault.IO_ERROR,
)
OF_SENDING: Sequence[Fault] = (
    Fault.SEND_LATER,
    Fault.SEND_REFUSED,
    Fault.SEND_POLICY,
    Fault.SEND_PAUSED,
    Fault.SEND_LOST,
    Fault.ANSWER_LOST,
    Fault.HANG,
    Fault.SUSPENDED,
    Fault.DEATH_AFTER_SEND,
    Fault.STOPPED,
)


@dataclass
class Trouble:
    """What goes wrong in one pass, drawn from the seed and the pass's number."""

    rng: random.Random
    sources: dict[str, Fault] = field(default_factory=dict)
    store: Fault | None = None
    writes: int = 0
    """At which write of the pass the store's fault strikes."""
    sending: Fault | None = None
    opening: Fault | None = None

    @classmethod
    def drawn(cls, seed: int, number: int, *, calm: bool) -> "Trouble":
        """Draw the trouble of a pass; a calm one has none."""
        rng = random.Random(f"{seed}/{number}")
        trouble = cls(rng)
        if calm:
            return trouble
        for name, faults in OF_SOURCE.items():
            if rng.random() < 0.35:
                trouble.sources[name] = rng.choice(faults)
        if rng.random() < 0.25:
            trouble.store, trouble.writes = rng.choice(OF_STORE), rng.randrange(1, 30)
        if rng.random() < 0.45:
            trouble.sending = rng.choice(OF_SENDING)
        if rng.random() < 0.1:
            trouble.opening = rng.choice((Fault.LOCKED, Fault.CORRUPT))
        return trouble


Effects = Counter[Fault]
"""How often each fault was not only drawn but took effect."""
