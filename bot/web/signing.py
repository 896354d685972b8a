"""Signing up: a form, a letter to the address that was entered, and the page to which it leads.

Whoever asks learns nothing of an address: the answer is the same whether it has a subscription, may
not be written to, or has had letters enough. To look changes nothing, as scanners of mail do that
too; only the button behind the letter's link subscribes.
"""

import asyncio
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from bot.core.enrolment import LETTERS, Asked, Confirmed, SignUp
from bot.core.errors import DeliveryError, PermanentFailure, StoreBusy, StoreError, Uncertain
from bot.core.people import Holder
from bot.core.render.wording import display, long_date, names
from bot.web import entered, letters, pages
from bot.web.asked import known, token_of
from bot.web.body import entries, spent
from bot.web.desk import Desk
from bot.web.entrance import Entrance
from bot.web.rhythm import rhythm
from bot.web.throttle import Throttle, client_of

_log = structlog.get_logger()

AN_HOUR = 3600
A_MINUTE = 60
PER_CLIENT = 10
"""How often one client may ask in an hour, mistakes not counted."""
PATIENCE = 45.0
"""Seconds that a mail server may take for a letter."""
_TOPICS = 20
_ADDRESS = re.compile(r"[^\s<>]+@[^\s<>]+")
_UNSENT = "No message could be sent just now, and nothing was kept. Try again later."
_UNRECORDED = "No message was sent: the records cannot be written just now. Try again in a minute."


def routes(desk: Desk, entrance: Entrance) -> list[BaseRoute]:
    """Give the routes of signing up."""
    signing = _Signing(desk, entrance)
    return [
        Route("/signup", signing.form, methods=["GET", "POST"]),
        Route("/signup/{token}", signing.link, methods=["GET", "POST"]),
    ]


class _Signing:
    """Answers for the form, and for the links in the letters."""

    def __init__(self, desk: Desk, entrance: Entrance) -> None:
        self._desk = desk
        self._entrance = entrance
        self._throttle = Throttle(PER_CLIENT, AN_HOUR, lambda: desk.clock().timestamp())
        # How long the last letter took: where none goes, nobody shall tell it by the time.
        self._took = 0.0

    async def form(self, request: Request) -> Response:
        """Show the form, or take what was entered."""
        if request.method != "POST":
            return HTMLResponse(entered.html(self._entrance, entered.fresh(self._entrance)))
        most, largest = entered.room(self._entrance)
        sent = await entries(request, patience=self._desk.patience, most=most, largest=largest)
        said = entered.Entered.of(sent)
        wish, problems = entered.wish_of(said, self._entrance)
        if wish is None:
            return HTMLResponse(entered.html(self._entrance, said, problems), 400)
        if said.trapped:
            _log.info("signup.trapped")
            return _shown(_look(wish))
        if not self._throttle.lets(client_of(request)):
            _log.warning("signup.throttled", because="one client")
            return _later()
        try:
            return await self._taken(wish, said)
        except StoreError as failure:
            level = _log.warning if isinstance(failure, StoreBusy) else _log.error
            level("web.unavailable", problem=str(failure))
            return self._again(said, _UNRECORDED, A_MINUTE)

    async def link(self, request: Request) -> Response:
        """Show what the link confirms, or do it."""
        token, now = token_of(request), self._desk.clock()
        if request.method != "POST":
            async with self._entrance.ledger() as ledger:
                found = await ledger.awaiting(token, now)
            if isinstance(found, Confirmed):
                return _shown(_begun(found))
            return _shown(_confirming(known(found)))
        await spent(request, patience=self._desk.patience)
        async with self._entrance.ledger() as ledger:
            done = known(await ledger.confirm(token, self._entrance.enrolment, now))
        _log.info("signup.confirmed", channel=done.holder.channel)
        return _shown(_begun(done))

    async def _taken(self, wish: SignUp, said: entered.Entered) -> Response:
        """Take a wish down, and send the letter that goes with it."""
        now, per_hour = self._desk.clock(), self._entrance.settings.per_hour
        async with self._entrance.ledger() as ledger:
            asked = await ledger.ask(wish, now, per_hour=per_hour)
        _log.info("signup.asked", verdict=asked.verdict)
        if asked.verdict == "busy":
            return _later()
        if not asked.letter:
            await asyncio.sleep(self._took)
            return _shown(_look(wish))
        try:
            await self._send(wish, asked, now)
        except Uncertain:
            return _shown(_look(wish))  # it may be there, and its link holds
        except DeliveryError as failure:
            async with self._entrance.ledger() as ledger:
                await ledger.withdraw(asked.letter)
            return self._unsent(said, failure)
        return _shown(_look(wish))

    async def _send(self, wish: SignUp, asked: Asked, now: datetime) -> None:
        """Send the letter; raises DeliveryError, and Uncertain where it takes too long."""
        here = self._entrance
        if asked.verdict == "known":
            letter = letters.known(asked.token, here.public_url, here.title, now)
        else:
            link = letters.link_of(here.public_url, asked.token)
            letter = letters.asking(wish, link, here.title, now)
        clock = asyncio.get_running_loop().time
        begun = clock()
        try:
            async with asyncio.timeout(PATIENCE):
                await here.send(letter, wish.address, letters.key_of(asked.letter))
        except TimeoutError:
            raise Uncertain("the mail server took too long") from None
        finally:
            self._took = clock() - begun

    def _unsent(self, said: entered.Entered, failure: DeliveryError) -> Response:
        """Say that no letter could be sent, and keep what was entered."""
        # Mail servers quote the address, which is to be forgotten.
        _log.warning("signup.unsent", error=_ADDRESS.sub(pages.HIDDEN, str(failure)))
        if isinstance(failure, PermanentFailure) and failure.scope == "address":
            problems = {"email": "No mail can be sent to this address. Is it spelt right?"}
            return HTMLResponse(entered.html(self._entrance, said, problems), 400)
        return self._again(said, _UNSENT, AN_HOUR)

    def _again(self, said: entered.Entered, because: str, after: int) -> Response:
        """Give back what was entered, to be sent once more after so many seconds."""
        page = entered.html(self._entrance, said, {"": because})
        return HTMLResponse(page, 503, {"Retry-After": str(after)})


def _look(wish: SignUp) -> pages.Page:
    """Send who asked to their mailbox, whatever is to be found there."""
    return pages.Page(
        "Look into your mailbox",
        (
            ("A message goes to ", wish.address, ". Follow the link in it."),
            ("If nothing has come in some minutes, look among spam.", "", ""),
            (f"At most {LETTERS} such messages a day go to one address.", "", ""),
        ),
        link=("Back to the papers", "./"),
    )


def _confirming(wish: SignUp) -> pages.Page:
    """Ask whether the digests shall start."""
    holder = Holder("", "email", wish.address)
    topics = names([display(topic) for topic in wish.topics], _TOPICS)
    return pages.Page(
        "Start these digests?",
        (
            ("Digests of new arXiv papers are to go to ", pages.place(holder), "."),
            (f"Topics: {topics}. {rhythm(wish.schedule)}.", "", ""),
        ),
        pages.Form("Start the digests"),
    )


def _begun(done: Confirmed) -> pages.Page:
    """Say that the digests begin, and when; or who has stopped them since, their reader or not."""
    if done.holder.by in {"reader", "bounce"}:
        return pages.stopped(done.holder, f"../u/{done.token}")
    if done.holder.reason is not None:
        return pages.kept(409)
    first = done.next_due.astimezone(ZoneInfo(done.timezone))
    when = f"{long_date(first.date())}, {first:%H:%M} ({done.timezone})"
    return pages.Page(
        "You get digests",
        (
            ("They go to ", pages.place(done.holder), "."),
            (f"The first comes on {when}, if something new matches by then.", "", ""),
            ("Each has a link by which you stop them.", "", ""),
        ),
        link=("Your page: topics, a pause, and what was sent", f"../m/{done.token}"),
    )


def _later() -> Response:
    """Say that too many ask just now."""
    page = pages.Page(
        "Please try again in an hour",
        (("Too many have asked for digests just now. Nothing was kept.", "", ""),),
        status=429,
        link=("Back to the papers", "./"),
    )
    return HTMLResponse(pages.html(page), page.status, {"Retry-After": str(AN_HOUR)})


def _shown(page: pages.Page) -> HTMLResponse:
    return HTMLResponse(pages.html(page), page.status)
