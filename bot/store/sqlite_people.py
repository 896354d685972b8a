"""What people and their mail servers do, on SQLite: all of it may be done beside a running bot."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from bot.core.people import Bounce, Holder, Person, Verdict, Who
from bot.core.wishes import Wishes
from bot.store import bounces, choices, erasure, people, wishes
from bot.store.transactions import Transactions


class SqlitePeople(Transactions):
    """Those methods of the store that are named in `interfaces.People` and `Preferences`."""

    async def holder(self, token: str) -> Holder | None:
        """Tell whose token it is."""
        return await self._read(people.holder, token)

    async def unsubscribe(self, token: str, now: datetime) -> Holder | None:
        """Suspend an address in its reader's name."""
        return await self._change(people.unsubscribe, token, now)

    async def resubscribe(self, token: str, now: datetime) -> Holder | None:
        """Lift what the reader said, or a report."""
        return await self._change(people.resubscribe, token, now)

    async def wishes(self, token: str, now: datetime) -> Wishes | None:
        """Read what a reader has chosen, and got, on one snapshot."""
        return await self._read(wishes.wishes, token, now)

    async def switch(self, token: str, topic: str, *, on: bool, now: datetime) -> None:
        """Turn a topic off or on."""
        await self._change(choices.switch, token, topic, on=on, now=now)

    async def pause(self, token: str, day: date | None, now: datetime) -> None:
        """Let digests wait until a day, or go on."""
        await self._change(choices.pause, token, day, now)

    async def people(self, names: Sequence[str] = ()) -> Sequence[Person]:
        """Read subscriptions, in use or removed, on one snapshot."""
        return await self._read(people.people, names)

    async def suspend(self, who: Who, reason: str, now: datetime) -> Sequence[Person]:
        """Suspend addresses in the owner's name."""
        return await self._change(people.suspend_by_hand, who, reason, now)

    async def resume(
        self, who: Who, now: datetime, *, unsubscribed: bool = False, anew: bool = False
    ) -> Sequence[Person]:
        """Lift suspensions, and the reader's word where asked."""
        asked = people.Resumption(who, anew=anew, unsubscribed=unsubscribed)
        return await self._change(people.resume, asked, now)

    async def erase(self, who: Who) -> Sequence[Person]:
        """Delete somebody, and shorten the write-ahead log, which still holds what they were.

        Where another process is in the way of that, it is done when the last of them ends.
        """
        erased = await self._change(erasure.erase, who)
        await self._call(self._outside, erasure.forget_former_pages)
        return erased

    async def export(self, who: Who) -> Mapping[str, Any]:
        """Give all that is stored of somebody, on one snapshot."""
        return await self._read(erasure.export, who)

    async def bounced(self, reports: Sequence[Bounce], now: datetime) -> Sequence[Verdict]:
        """Write down what came back, all of it or nothing."""
        return await self._change(bounces.bounced, reports, now)
