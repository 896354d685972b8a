"""Those who sign up while the bot runs: the steps come to know them at the next tick."""

from collections.abc import Collection
from datetime import datetime

from bot.core.enrolment import Enrolment
from bot.core.subscription import Subscription
from bot.interfaces import SignUps, Store


class Newcomers:
    """Looks for subscriptions that were made since the last look.

    `last` is the row of the last one that is known.
    """

    def __init__(self, store: Store, enrolment: Enrolment, last: int) -> None:
        self._store = store
        self._enrolment = enrolment
        self._last = last

    async def come(self, now: datetime) -> Collection[Subscription]:
        """Enrol those who are new, and give them."""
        store = self._store
        if not isinstance(store, SignUps) or await store.last_signed_up() <= self._last:
            return ()
        found = await store.enrol(self._enrolment, now, after=self._last)
        self._last = max(found, default=self._last)
        return found.values()
