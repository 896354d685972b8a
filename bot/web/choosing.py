"""The page on which a reader turns topics off and on, pauses, and finds what they got.

Looking changes nothing. What a button asks for is done once, however often it is sent, and leads
back to the page, which shows how things stand then. The token in the address is all the secret
there is: no cookie is set, so that no other site can act for a reader.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.core.wishes import Wishes, pause_days
from bot.interfaces import Preferences
from bot.web import chosen
from bot.web.asked import known, token_of
from bot.web.body import fields
from bot.web.desk import Desk

_log = structlog.get_logger()


class Choosing:
    """Answers for the page of one reader, who is known by a token."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def page(self, request: Request) -> Response:
        """Show the page, or do what one of its buttons asks for and lead back to it."""
        token = token_of(request)
        asked = None
        if request.method == "POST":
            asked = await fields(request, patience=self._desk.patience)
        now = self._desk.clock()
        async with self._desk.ledger() as ledger:
            wishes = known(await ledger.wishes(token, now))
            if asked is None:
                return HTMLResponse(chosen.html(wishes, token, now))
            turn = _Turn(asked, token, now, wishes)
            problem = await turn.take(ledger)
        if problem:
            return HTMLResponse(chosen.html(wishes, token, now, problem), 400)
        # Relative, so that it leads back below whatever path a proxy puts the pages.
        return RedirectResponse(token, 303)


@dataclass(frozen=True, slots=True)
class _Turn:
    """What a button asks for, of whom, and how things stand before."""

    asked: Mapping[str, str]
    token: str
    now: datetime
    wishes: Wishes

    async def take(self, ledger: Preferences) -> str:
        """Do it, and say what is in the way of it, if anything; what is no button does nothing."""
        do = self.asked.get("do", "")
        match do:
            case "on" | "off":
                topic = self.asked.get("topic", "")
                await ledger.switch(self.token, topic, on=do == "on", now=self.now)
            case "pause":
                day = self._day()
                if day is None:
                    return chosen.WRONG_DAY
                await ledger.pause(self.token, day, self.now)
            case "resume":
                await ledger.pause(self.token, None, self.now)
            case _:
                return ""
        holder = self.wishes.holder
        _log.info("reader.chose", what=do, subscriber=holder.subscriber, channel=holder.channel)
        return ""

    def _day(self) -> date | None:
        """Read the day until which to pause; None where it is none."""
        first, last = pause_days(self.wishes.timezone, self.now)
        try:
            day = date.fromisoformat(self.asked.get("until", ""))
        except ValueError:
            return None
        return day if first <= day <= last else None
