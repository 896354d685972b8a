"""What `why` says of one subscription, in a sentence: what became of the paper there."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.people import UNSUBSCRIBED, Suspension, cure
from bot.core.story import Cause, Passage
from bot.core.why import Account

_WAYS = {
    "email": "by email to {}",
    "slack": "on Slack in {}",
    "webhook": "through the webhook {}",
    "maildir": "in the maildir {}",
}
_SHOWN = 200
"""Characters of an error that are shown."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Writes instants on a reader's own clock, with the year where it is not that of `now`."""

    zone: str
    now: datetime

    def __call__(self, instant: datetime | None) -> str:
        """Write `Tue 6 Jan 08:30`."""
        if instant is None:
            return "a time that is not known"
        there, today = (one.astimezone(ZoneInfo(self.zone)) for one in (instant, self.now))
        year = "" if there.year == today.year else f" {there.year}"
        return f"{there:%a} {there.day} {there:%b}{year} {there:%H:%M}"


def way(account: Account) -> str:
    """Say on which way a subscription is served."""
    channel, address = account.identity
    return _WAYS.get(channel, f"by {channel} to {{}}").format(address)


def account_sentence(who: str, paper: str, account: Account, clock: Clock) -> str:
    """Say what became of a paper in one subscription, with its delivery or the next digest.

    For "not_given" and "absent" it is only the beginning, after which the reason is told.
    """
    to, passage = way(account), account.passage
    if passage is not None and account.fate in _PASSING:
        text = f"{who} {_PASSING[account.fate]} {paper} {to}"
        return f"{text}{_passing(account, passage, clock)}."
    over = "" if passage is None else _over(account, passage, clock)
    match account.fate:
        case "due":
            return f"{who} will get {paper} {to} {_next(account, clock)}."
        case "removed":
            return f"{who} is no longer subscribed {to}" + (f": {over}." if over else ".")
        case "untaken":
            return (
                f"{who} is not served {to} yet: the bot takes a subscription up when it starts or "
                "reads its configuration again, and then gives what is announced from then on."
            )
        case "not_given" | "absent":
            return f"{who} did not get {paper} {to}"
        case _:
            told = "; ".join(one for one in (over, _until(account, clock)) if one)
            return f"{who} did not get {paper} {to}: {told}."


_PASSING = {
    "sent": "got",
    "sending": "is about to get",
    "uncertain": "may have got",
    "held": "may have got",
    "pending": "is about to get",
}


def _passing(account: Account, passage: Passage, clock: Clock) -> str:
    """Say how a delivery stands that gave the paper or is going to."""
    match account.fate:
        case "sent":
            twice = "; an earlier attempt may have arrived too" if passage.uncertain else ""
            return f" on {clock(passage.settled_at)} ({named(passage)}){twice}"
        case "sending":
            return f": {named(passage)} is being sent right now"
        case "uncertain":
            return (
                f": the bot stopped while it sent {named(passage)}, and sends it again, "
                "recognisable as the same message"
            )
        case "held":
            return (
                f": {named(passage)} is held since {clock(passage.settled_at)}"
                f"{_because(passage.error)}. `daily-papers deliveries retry {passage.delivery}` "
                f"sends it again, `daily-papers deliveries drop {passage.delivery}` gives it up"
            )
        case _:
            return f": {named(passage)} is pending and {_goes(account, passage, clock)}"


def _goes(account: Account, passage: Passage, clock: Clock) -> str:
    """Say when a pending delivery goes out, and what became of it so far."""
    held = account.held
    again = f"; {_count(passage.attempts, 'attempt')} failed{_because(passage.error)}"
    tried = again if passage.error else ""
    tried += "; one of them may have arrived" if passage.uncertain else ""
    if held is not None and held.suspended is not None:
        return f"waits: {_suspended(held.suspended, held.address, clock)}"
    if held is not None and held.away is not None:
        return f"waits, since {_away(held.away, clock)}{tried}"
    if held is not None and held.paused is not None:
        return f"waits, since {_paused(held.channel, held.paused, clock)}{tried}"
    if passage.next_at > clock.now:
        return f"goes out on {clock(passage.next_at)}{tried}"
    return f"goes out now, or with the next `daily-papers deliver`{tried}"


def _over(account: Account, passage: Passage, clock: Clock) -> str:
    """Say how a delivery ended that does not give the paper."""
    at = clock(passage.settled_at)
    if passage.state == "failed":
        return f"{named(passage)} failed on {at}{_because(passage.error)}"
    by = "by hand, or when the subscription was taken out for a while"
    made = [one.made_at for one in account.held.readings.values()] if account.held else []
    if account.fate == "removed":
        by = "and so does not come"
    elif passage.live and any(one and one <= (passage.settled_at or one) for one in made):
        by = "by hand"
    if passage.error == UNSUBSCRIBED:
        by = "as its reader had unsubscribed"
    return f"{named(passage)} was dropped on {at}, {by}"


def _until(account: Account, clock: Clock) -> str:
    """Say what comes after a delivery that failed or was dropped, or is kept back."""
    held = account.held
    match account.fate:
        case "returns":
            return f"the paper returns {_next(account, clock)}"
        case "rests":
            return "the paper returns after half a day's rest"
        case "given_up":
            return "it failed so often that the paper is given up"
        case "suspended" if held is not None and held.suspended is not None:
            return _suspended(held.suspended, held.address, clock)
        case _:
            return "the paper does not come again"


def named(passage: Passage) -> str:
    """Name a delivery and the topics under which it holds the paper."""
    topics = "topic" if len(passage.topics) == 1 else "topics"
    return f"delivery {passage.delivery}, {topics} {', '.join(passage.topics)}"


def _next(account: Account, clock: Clock) -> str:
    """Say which digest is the next."""
    waits = ", which may wait for its comment and dates" if account.waits else ""
    at = account.next_due
    if at is None:
        return f"as soon as the bot composes again{waits}{_held_up(account, clock)}"
    when = f"due on {clock(at)}" if at > clock.now else f"which is due since {clock(at)}"
    return f"in the next digest, {when}{waits}{_held_up(account, clock)}"


def _held_up(account: Account, clock: Clock) -> str:
    """Say what holds a digest back that is due."""
    held = account.held
    if held is not None and held.away is not None:
        return f"; {_away(held.away, clock)}"
    if held is not None and held.paused is not None:
        return f"; {_paused(held.channel, held.paused, clock)}"
    return ""


def _suspended(said: Suspension, address: str, clock: Clock) -> str:
    """Say why nothing is sent to an address, and what lifts that."""
    lifts = f"{cure(said, address)} lifts that"
    if said.by == "reader":
        return f"its reader has unsubscribed on {clock(said.at)}; if they want it back, {lifts}"
    by = " by the owner" if said.by == "owner" else ""
    return f"the address is suspended{by} since {clock(said.at)}{_because(said.reason)}; {lifts}"


def _away(until: datetime, clock: Clock) -> str:
    """Say until when digests wait as their reader wishes."""
    return f"its reader has paused until {clock(until)}"


def _paused(channel: str, cause: Cause, clock: Clock) -> str:
    """Say until when nothing is sent on a channel, and why."""
    return f"{channel} is paused until {clock(cause.until)}{_because(cause.reason)}"


def _because(error: str | None) -> str:
    """Put an error into a sentence."""
    return f" ({error[:_SHOWN]})" if error else ""


def _count(number: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
