"""What a mail server's refusal means: whose fault it is, and whether later may succeed."""

import re
from typing import Literal, NamedTuple

from bot.core.errors import DeliveryError, PermanentFailure, Scope, TemporaryFailure
from bot.core.visible import visible

Stage = Literal["the connection", "STARTTLS", "the log-in", "MAIL FROM", "RCPT TO", "DATA"]

MAILBOX_FULL_AGAIN = 4000.0
"""Seconds until a full mailbox is tried again: its owner needs time to notice."""

# Some servers write a number sign before it, or have it on the last of several lines alone.
_ENHANCED = re.compile(r"^[ #(]{0,3}[245]\.(\d{1,3})\.(\d{1,3})(?![\d.])", re.MULTILINE)
_SHOWN = 200


class SizeRefused(PermanentFailure):
    """The server would take a message of this sender to this recipient, but not so large a one."""


class Gone(TemporaryFailure):
    """The connection ended, by 421 or without a word, before the message could be accepted."""


class Unanswered(TemporaryFailure):
    """The server let a command that cannot have made it accept anything go without an answer."""


class _Status(NamedTuple):
    """Subject and detail of an enhanced status code (RFC 3463); "" where there is none."""

    subject: str = ""
    detail: str = ""


_SIZES = frozenset({_Status("3", "4"), _Status("2", "3")})
_FULL = _Status("2", "2")
_OUR_ADDRESS = frozenset({_Status("1", "7"), _Status("1", "8")})
"""Of the sender, though mostly said when the recipient is named."""
_ASCII_ONLY = _Status("6", "7")


def failure_of(stage: Stage, code: int, said: str) -> DeliveryError:
    """Sort a reply that is no acceptance, by its enhanced status code where it has one.

    RFC 3463 lists those codes, and RFC 6531 adds 5.6.7. Policy (5.7) is held against the sender,
    never the subscriber.
    """
    words = visible(said)[:_SHOWN]
    message = f"the mail server answered {stage} with {code} {words}".rstrip()
    found = _ENHANCED.search(said)
    status = _Status(*found.groups()) if found else _Status()
    if code == 421:
        return Gone(message)
    if status == _FULL:
        return TemporaryFailure(message, retry_after=MAILBOX_FULL_AGAIN)
    if not 500 <= code <= 599 or status.subject == "4":
        return TemporaryFailure(message)
    if status in _SIZES or (code == 552 and not found):
        return SizeRefused(message)
    return PermanentFailure(message, scope=_scope(stage, code, status))


def _scope(stage: Stage, code: int, status: _Status) -> Scope:
    """Say who is at fault."""
    if stage not in {"RCPT TO", "DATA"} or status in _OUR_ADDRESS:
        return "channel"
    if status.subject == "7":
        return "policy"
    if status.subject in {"1", "2"} or status == _ASCII_ONLY:
        return "address"
    if stage == "RCPT TO" and status.subject in {"", "0"}:
        # RFC 5321 has 554 for what is no fault of the mailbox, and blocklists answer so.
        return "policy" if code == 554 else "address"
    # 5.3, 5.5 and 5.6 speak of systems, protocol and content: no reason to suspend an address.
    return "delivery"
