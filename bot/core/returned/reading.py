"""What a message that came back is: a report that counts, somebody who leaves, or neither.

Nothing is ever answered, so that no message can go round. A report counts only if the address it
came to was written by us for the delivery that it speaks of: the store looks at the signature.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from typing import Literal

from bot.core.people import Bounce, BounceKind
from bot.core.return_path import Named, named_by
from bot.core.returned.opening import field, fields, opened, parts, text_of
from bot.core.returned.report import (
    SHOWN,
    Outcome,
    is_another,
    is_report,
    outcomes,
    returned,
)
from bot.core.returned.status_code import code_in, kind_of
from bot.core.visible import visible

Guess = Callable[[Message], Literal["failed", "late"] | None]
"""Tells what a report says that is not written as RFC 3464 asks; must not raise."""

_LEAVE = re.compile(r"unsubscribe ([A-Za-z0-9_-]{16,64})", re.IGNORECASE)
_ADDRESSED = (
    *("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to"),
    *("to", "cc"),
)
"""Where servers write to whom a message came, the envelope's address before the header's."""
_BETWEEN_ADDRESSES = re.compile(r"[\s<>,;:\"()]+")
_TEXT_LOOKED_AT = 4000
"""Characters of a report in prose: below may stand what it gives back."""
_GOING_ON = re.compile(
    r"warning message only|transient non-?fatal|(?:deferred|still trying|will be retried)\b",
    re.IGNORECASE,
)
"""Words of servers that have not given up."""
_MILDER: dict[BounceKind, int] = {"policy": 0, "soft": 1, "hard": 2}


@dataclass(frozen=True, slots=True)
class Leave:
    """Somebody has sent the mail that unsubscribes, with the `token` of a subscription."""

    token: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing that counts, for this `reason`; `done` where nobody need look at it any more."""

    reason: str
    done: bool = False


Returned = Bounce | Leave | Ignored

UNREADABLE = Ignored("no message that can be read")
OF_A_PERSON = Ignored("mail of a person, or of a list")
AUTOMATIC = Ignored("an automatic reply")
ANOTHER_REPORT = Ignored("a report on something else than a delivery")
NOT_OURS = Ignored("a report that names no delivery")
UNCLEAR = Ignored("a report that is not understood")
LATE = Ignored("only late: its server goes on trying", done=True)
ARRIVED = Ignored("it has arrived", done=True)


def read(
    octets: bytes,
    bounces: str | None,
    came_to: Sequence[str] = (),
    guess: Guess = lambda _: None,
) -> Returned:
    """Say what a message is; never raises.

    `bounces` is the address that return paths are made of, `came_to` to whom the message came as
    far as its server tells apart from the message. `guess` is asked about old forms of reports.
    """
    message = opened(octets)
    if message is None:
        return UNREADABLE
    if leaves := _LEAVE.fullmatch(field(message, "subject")):
        return Leave(leaves[1])
    if is_another(message):
        return ANOTHER_REPORT
    if not is_report(message):
        if _is_automatic(message):
            return AUTOMATIC
        if not _has_null_return_path(message):
            return OF_A_PERSON
    named = _named(message, bounces, came_to) if bounces else None
    return _judged(message, named, guess) if named else NOT_OURS


def _judged(message: Message, named: Named, guess: Guess) -> Returned:
    """Say what a report of a delivery of ours comes to."""
    told = outcomes(message) or _guessed(message, guess)
    fates = {one.fate for one in told}
    if "arrived" in fates:
        # An address that forwards to several; some of them have it.
        return ARRIVED
    if "failed" not in fates:
        return LATE if fates else UNCLEAR
    failed = [(kind_of(one.code), one) for one in told if one.fate == "failed"]
    kind, one = min(failed, key=lambda pair: _MILDER[pair[0]])
    return Bounce(named, kind, one.code, one.detail)


def _guessed(message: Message, guess: Guess) -> list[Outcome]:
    """Read a report of an old form: what it says is in its text, and maybe with a code."""
    fate = guess(message)
    if fate is None:
        return []
    text = "\n".join(_texts(message))[:_TEXT_LOOKED_AT]
    if _GOING_ON.search(text):
        fate = "late"
    code = code_in(text)
    line = next((one for one in text.splitlines() if code and code in one), "")
    return [Outcome(fate, code, visible(line)[:SHOWN])]


def _texts(message: Message) -> Iterator[str]:
    """Yield the texts of a message."""
    for part in parts(message):
        if part.get_content_type() == "text/plain":
            yield text_of(part)


def _is_automatic(message: Message) -> bool:
    """Tell whether a server answered in a person's place, who is away.

    Exim and others mark their reports so too, which say for whom they failed.
    """
    if field(message, "x-failed-recipients"):
        return False
    said = fields(message, "auto-submitted")
    marked = fields(message, "x-autoreply", "x-autorespond", "x-vacation")
    precedence = field(message, "precedence").casefold()
    replied = any(one.casefold().startswith(("auto-replied", "auto-notified")) for one in said)
    return replied or bool(marked) or precedence in {"auto_reply", "auto-reply"}


def _has_null_return_path(message: Message) -> bool:
    """Tell whether nobody is to be told of this message: so it is itself such a telling."""
    return any(one.replace(" ", "") == "<>" for one in fields(message, "return-path"))


def _named(message: Message, bounces: str, came_to: Sequence[str]) -> Named | None:
    """Find the delivery that a report came back for.

    Servers that keep only the last address it was sent on to may give back our message's header.
    """
    ours = (value for one in returned(message) for value in fields(one, "return-path"))
    for written in (*came_to, *fields(message, *_ADDRESSED), *ours):
        for address in _BETWEEN_ADDRESSES.split(written):
            if named := named_by(bounces, address):
                return named
    return None
