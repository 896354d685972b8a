"""What a store may be able to do for people who sign up by themselves; see `bot.core.enrolment`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol, runtime_checkable

from bot.core.enrolment import Asked, Confirmed, Enrolment, SignUp
from bot.core.subscription import Subscription
from bot.interfaces.abilities import Preferences


@runtime_checkable
class SignUps(Preferences, Protocol):
    """A store in which people can sign up by themselves; a bot may be running.

    Each method is one transaction, and raises StoreError, and StoreBusy where another process
    writes for long.
    """

    async def ask(self, wish: SignUp, now: datetime, *, per_hour: int) -> Asked:
        """Take a wish down, and say which letter is to go to its address, if any.

        Letters of all kinds count, to the address and, up to `per_hour`, altogether. What is taken
        down is forgotten after LIFETIME.
        """
        ...

    async def withdraw(self, letter: str) -> None:
        """Forget the wish whose `Asked.letter` did not go; nothing of it is left."""
        ...

    async def awaiting(self, token: str, now: datetime) -> SignUp | Confirmed | None:
        """Read what a link confirms, or has; None where it does nothing, or nothing any more."""
        ...

    async def confirm(self, token: str, asked: Enrolment, now: datetime) -> Confirmed | None:
        """Subscribe whose token it is; None where it is nobody's, or expired.

        To say it again changes nothing. The subscription begins at the log's end. What the address
        has said itself of digests, or a report, is lifted; what the owner or the channel has said
        stays, and is then the holder's `reason`.
        """
        ...

    async def forget_signups(self, now: datetime) -> int:
        """Forget what has expired, so that nothing is left of it, and tell how many there were."""
        ...

    async def last_signed_up(self) -> int:
        """Tell the id of the last subscription that somebody signed up for; 0 before the first."""
        ...

    async def signed_up(self, asked: Enrolment) -> Mapping[int, Subscription]:
        """Read the subscriptions of those who signed up, by the ids of their rows."""
        ...

    async def enrol(
        self, asked: Enrolment, now: datetime, *, after: int = 0
    ) -> Mapping[int, Subscription]:
        """Subscribe those who signed up to all that is offered, and give them as `signed_up` does.

        Those with ids above `after`. A topic that was never offered before is off for all who
        signed up before. Needs the instance lock.
        """
        ...
