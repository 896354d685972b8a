"""What signing up needs of the bot."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from bot.core.enrolment import Enrolment
from bot.core.notice import Notice
from bot.interfaces import SignUps
from bot.settings.signup import SignupSettings


@dataclass(frozen=True, slots=True)
class Entrance:
    """Where those come in who sign up: what they may choose, and how their addresses are asked.

    `ledger` opens it for one request, as `Desk.ledger` does. `send` carries a letter to an address
    under a name that it has for ever, and raises DeliveryError. `title` is what the pages are
    called, and `public_url` where they are reached.
    """

    ledger: Callable[[], AbstractAsyncContextManager[SignUps]]
    send: Callable[[Notice, str, str], Awaitable[None]]
    settings: SignupSettings
    enrolment: Enrolment
    title: str
    public_url: str
