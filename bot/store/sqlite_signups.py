"""Signing up on SQLite: all of it may be done beside a running bot, but for enrolling."""

from collections.abc import Mapping
from datetime import datetime

from bot.core.enrolment import Asked, Confirmed, Enrolment, SignUp
from bot.core.subscription import Subscription
from bot.store import enrolment, erasure, signups
from bot.store.sqlite_people import SqlitePeople


class SqliteSignUps(SqlitePeople):
    """Those methods of the store that are named in `interfaces.SignUps`."""

    async def ask(self, wish: SignUp, now: datetime, *, per_hour: int) -> Asked:
        """Take a wish down, and say which letter goes to its address."""
        return await self._change(signups.ask, wish, per_hour, now)

    async def withdraw(self, letter: str) -> None:
        """Forget a wish whose letter did not go."""
        await self._change(signups.withdraw, letter)
        await self._leave_no_trace()

    async def awaiting(self, token: str, now: datetime) -> SignUp | Confirmed | None:
        """Read what a link confirms, or has."""
        return await self._read(signups.awaiting, token, now)

    async def confirm(self, token: str, asked: Enrolment, now: datetime) -> Confirmed | None:
        """Make a wish true."""
        return await self._change(signups.confirm, token, asked, now)

    async def forget_signups(self, now: datetime) -> int:
        """Forget what has expired; where nothing has, nothing is written."""
        if not await self._read(signups.expired, now):
            return 0
        forgotten = await self._change(signups.forget, now)
        await self._leave_no_trace()
        return forgotten

    async def _leave_no_trace(self) -> None:
        """Empty the write-ahead log; where somebody is in the way, the next call does."""
        if await self._call(self._outside, erasure.forget_former_pages):
            await self._change(signups.delete_forgotten)

    async def last_signed_up(self) -> int:
        """Tell the last subscription that somebody signed up for."""
        return await self._read(enrolment.last)

    async def signed_up(self, asked: Enrolment) -> Mapping[int, Subscription]:
        """Read the subscriptions of those who signed up."""
        return await self._read(enrolment.signed_up, asked)

    async def enrol(
        self, asked: Enrolment, now: datetime, *, after: int = 0
    ) -> Mapping[int, Subscription]:
        """Subscribe those who signed up to all that is offered."""
        return await self._write(enrolment.enrol, asked, now, after=after)
