"""People who sign up by themselves: what they ask for, and how they are subscribed once confirmed.

A sign-up is a wish that came with an email address, whosever it is. It becomes a subscription when
the link is followed that went to that address, and is forgotten after LIFETIME.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from bot.core.people import Holder
from bot.core.schedule import Schedule
from bot.core.subscription import Subscription, Topic

ORIGIN = "web"
"""Who owns the rows of those who signed up: themselves."""
CHANNEL = "email"
"""The only channel on which an address can be asked whether it is theirs."""
LIFETIME = timedelta(hours=24)
"""How long a sign-up waits for its confirmation."""
LETTERS = 3
"""How many letters go to one address within LIFETIME, however often it is entered."""
Verdict = Literal["new", "known", "kept", "enough", "busy"]
"""What becomes of a wish: a letter with the link that confirms it; one with the way to the page of
the subscription that is there; none, as the owner or the mail server wants none sent there; none,
as LETTERS went there; or none, as too many go out just now."""


@dataclass(frozen=True, slots=True)
class SignUp:
    """What somebody asks for: digests to an address, by which topics, and when."""

    address: str
    topics: tuple[str, ...]
    schedule: Schedule


class Asked(NamedTuple):
    """What becomes of a wish, by which name its letter is known, and the token in that one's link.

    Without a letter both are "".
    """

    verdict: Verdict
    letter: str = ""
    token: str = ""


class Confirmed(NamedTuple):
    """A subscription: its reader's `token`, whose it is, and when its next digest is due."""

    token: str
    holder: Holder
    next_due: datetime
    timezone: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """How those are subscribed who signed up: to `topics`, of which each turns off what they like.

    `refused` names topics whose queries cannot be read now. While it is not `open` nobody can sign
    up, and those who did go on.
    """

    topics: tuple[Topic, ...] = ()
    refused: tuple[str, ...] = ()
    open: bool = False

    def subscription(self, address: str, schedule: Schedule) -> Subscription:
        """Make the subscription of somebody who signed up: they are named by their address."""
        return Subscription(
            subscriber=address,
            channel=CHANNEL,
            address=address,
            topics=self.topics,
            schedule=schedule,
            origin=ORIGIN,
            refused=self.refused,
        )
