"""What a mail server's refusal means: whose fault it is, and whether later may succeed."""

import re
from typing import Literal

from bot.core.errors import DeliveryError, PermanentFailure, Scope, TemporaryFailure
from bot.core.visible import visible

Stage = Literal["the connection", "STARTTLS", "the log-in", "MAIL FROM", "RCPT TO", "DATA"]

MAILBOX_FULL_AGAIN = 4000.0
"""Seconds until a full mailbox is tried again: its owner needs time to notice."""

_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?:\s|$)")
_SHOWN = 200


class SizeRefused(PermanentFailure):
    """The server would take a message of this sender to this recipient, but not so large a one."""


class Gone(TemporaryFailure):
    """The connection ended, by 421 or without a word, before the message could be accepted."""


def failure_of(stage: Stage, code: int, said: str) -> DeliveryError:
    """Sort a reply that is no acceptance, by its enhanced status code where it has one.

    RFC 3463 lists those codes. Policy (5.7) is held against the sender, never the subscriber.
    """
    words = visible(said)[:_SHOWN]
    message = f"the mail server answered {stage} with {code} {words}".rstrip()
    found = _ENHANCED.match(said)
    subject, detail = (found[2], found[3]) if found else ("", "")
    if code == 421:
        return Gone(message)
    if not 500 <= code <= 599:
        return TemporaryFailure(message)
    if (subject, detail) in {("3", "4"), ("2", "3")} or (code == 552 and not found):
        return SizeRefused(message)
    if (subject, detail) == ("2", "2"):
        return TemporaryFailure(message, retry_after=MAILBOX_FULL_AGAIN)
    if subject == "4":
        return TemporaryFailure(message)
    return PermanentFailure(message, scope=_scope(stage, subject))


def _scope(stage: Stage, subject: str) -> Scope:
    """Say who is at fault, given the subject of the enhanced code."""
    if stage not in {"RCPT TO", "DATA"}:
        return "channel"
    if subject == "7":
        return "policy"
    if subject in {"1", "2"}:
        return "address"
    # 5.3, 5.5 and 5.6 speak of systems, protocol and content: no reason to suspend an address.
    return "address" if stage == "RCPT TO" and subject in {"", "0"} else "delivery"
