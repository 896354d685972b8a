"""Reports on the delivery of a message as RFC 3464 has them."""

import re
from email.message import Message
from typing import Literal, NamedTuple

from bot.core.returned.opening import blocks, enclosed, field, headers, parts, text_of
from bot.core.returned.status_code import code_in

Fate = Literal["failed", "late", "arrived"]

_FATES: dict[str, Fate] = {
    "failed": "failed",
    "delayed": "late",
    "delivered": "arrived",
    "relayed": "arrived",
    "expanded": "arrived",
}
_BY_SEVERITY: dict[str, Fate] = {"2": "arrived", "4": "late", "5": "failed"}
"""What a report means that leaves out the action, which RFC 3464 demands."""
_STATUS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RETURNED = frozenset({"message/rfc822", "message/global"})
_RETURNED_HEADERS = frozenset({"text/rfc822-headers", "message/global-headers"})
_TYPE = re.compile(r"^smtp;\s*", re.IGNORECASE)
_KIND = re.compile(r';\s*report-type\s*=\s*"?([\w-]+)', re.IGNORECASE)
SHOWN = 300
"""Characters of what a server said that are kept."""


class Outcome(NamedTuple):
    """What became of a message for one recipient: `code` "" where none is told."""

    fate: Fate
    code: str
    detail: str


def is_report(message: Message) -> bool:
    """Tell whether a message calls itself a report on a delivery."""
    return message.get_content_type() == "multipart/report" and not is_another(message)


def is_another(message: Message) -> bool:
    """Tell whether a message is a report on something else, such as that it was read."""
    if message.get_content_type() != "multipart/report":
        return False
    kind = _KIND.search(field(message, "content-type"))
    return kind is not None and not kind[1].casefold().endswith("delivery-status")


def outcomes(message: Message) -> list[Outcome]:
    """Read what a report says of each recipient; an empty list where it says nothing."""
    reports = (part for part in parts(message) if part.get_content_type() in _STATUS)
    told = (_outcome(block) for part in reports for block in blocks(part))
    return [one for one in told if one is not None]


def returned(message: Message) -> list[Message]:
    """Give the headers of the messages that a report gives back."""
    found: list[Message] = []
    for part in parts(message):
        if part.get_content_type() in _RETURNED:
            found += enclosed(part)
        elif part.get_content_type() in _RETURNED_HEADERS:
            found += enclosed(part) or [headers(text_of(part))]
    return found


def _outcome(block: Message) -> Outcome | None:
    """Read one block of fields; None for the one that speaks of the message as a whole."""
    status, diagnostic = field(block, "status"), field(block, "diagnostic-code")
    code = code_in(status, diagnostic)
    action = (field(block, "action").casefold().split() or [""])[0]
    fate = _FATES.get(action) or _BY_SEVERITY.get(code[:1])
    if fate is None:
        return None
    return Outcome(fate, code, _TYPE.sub("", diagnostic)[:SHOWN])
