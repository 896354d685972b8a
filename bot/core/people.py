"""Who gets digests and who must not: what readers, their mail servers and the owner have said."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from bot.core.return_path import Named

By = Literal["reader", "owner", "channel", "bounce"]
"""Who suspended an address: its reader, who unsubscribed; the owner, by hand; the channel, which
refused it; or a report that came back. Who counts most stands last in the alphabet."""
SAID_BY: Mapping[By, str] = {
    "reader": "its reader",
    "owner": "the owner",
    "channel": "its server",
    "bounce": "a report",
}
"""Who that is, for a sentence."""
BounceKind = Literal["hard", "soft", "policy"]
"""What a report says: there is no such address; it takes nothing now, such as a full mailbox; or
its server wants no mail of ours, which says nothing of the address."""
Verdict = Literal["forged", "unknown", "repeated", "counted", "suspended"]
"""What a report came to: its return path was not signed by us; its delivery is not in the ledger;
it was told before; it was written down; or it was, and its address is suspended by it."""

UNSUBSCRIBED = "unsubscribed"
"""The reason of a reader's suspension, and of the deliveries that were dropped with it."""
UNDO = timedelta(days=7)
"""How long somebody who left may come back as if nothing had been."""
SOFT_FAILURES = 3
SOFT_SPAN = timedelta(days=7)
"""So many deliveries in a row that nobody could take, sent over so long, suspend an address."""


@dataclass(frozen=True, slots=True)
class Suspension:
    """Why nothing is sent to an address, since when, and who said so."""

    by: By
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose token it is; digests go to the address unless there is a `reason` that they do not.

    `at` is since when, and `by` who said so: of several the one that counts most. Until `paused`
    they wait, as their reader wishes; that instant may have passed.
    """

    subscriber: str
    channel: str
    address: str
    reason: str | None = None
    at: datetime | None = None
    by: By | None = None
    paused: datetime | None = None

    def may_get(self, now: datetime) -> bool:
        """Tell whether anything may be sent now."""
        return self.reason is None and (self.paused is None or self.paused <= now)


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report that a delivery, `named` by its return path, did not arrive.

    `status` is the enhanced status code of RFC 3463, "" where there is none; `detail` is what the
    server said. A report that something is only late is no bounce.
    """

    named: Named
    kind: BounceKind
    status: str = ""
    detail: str = ""


class Who(NamedTuple):
    """Whom a command means: a subscriber's name, or else an address, on one channel or on all."""

    name: str
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """One subscription, as those who handle people see it; not `active` where it was removed.

    `suspensions` are those of its address, the one that counts most first. `sent` and `failed`
    count its deliveries, of which `bounced` came back after they had been accepted. Its reader has
    turned the topics `off` off, and paused until `paused`, which may have passed.
    """

    subscriber: str
    channel: str
    address: str
    timezone: str
    next_due: datetime
    active: bool = True
    suspensions: tuple[Suspension, ...] = ()
    sent: int = 0
    failed: int = 0
    bounced: int = 0
    paused: datetime | None = None
    off: tuple[str, ...] = ()


def suspension_of(row: Mapping[str, str]) -> Suspension:
    """Read a suspension out of a row of `Status.suspended`."""
    by: By = row["by"]  # type: ignore[assignment]  # one of them, as the ledger checks
    return Suspension(by, row["reason"], datetime.fromisoformat(row["at"]))


def cure(suspension: Suspension, address: str) -> str:
    """Write the command that lifts a suspension, as a shell takes it."""
    option = " --unsubscribed" if suspension.by == "reader" else ""
    return f"`daily-papers subscribers resume {shlex.quote(address)}{option}`"


class Passed(NamedTuple):
    """A delivery that the channel accepted: when, and what came back of it, None for nothing."""

    at: datetime
    back: BounceKind | None = None


def is_dead(history: Iterable[Passed]) -> bool:
    """Tell whether an address is to be given up, by what was sent to it since it last was.

    One hard failure is enough. Soft ones count in a row: back from the last delivery that came
    back, to the first that did not. A mailbox that took something in between was emptied. What was
    sent after the last one says nothing yet: its report may still be on its way. So the order in
    which reports come changes nothing. Policy says nothing of an address and is left out.
    """
    told = [one for one in history if one.back != "policy"]
    # At the same instant what came back stands last, so that reports alone decide.
    passed = sorted(told, key=lambda one: (one.at, one.back is not None))
    if any(one.back == "hard" for one in passed):
        return True
    run = _last_failures(passed)
    return len(run) >= SOFT_FAILURES and run[0].at - run[-1].at >= SOFT_SPAN


def _last_failures(passed: Sequence[Passed]) -> list[Passed]:
    """Give the deliveries of the last unbroken row that came back, the newest first."""
    run: list[Passed] = []
    for one in reversed(passed):
        if one.back is not None:
            run.append(one)
        elif run:
            break
    return run
