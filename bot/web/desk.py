"""What the pages need of the bot."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime

from bot.interfaces import Preferences
from bot.web.body import PATIENCE
from bot.web.entrance import Entrance
from bot.web.offer import Offer


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the pages get what they show, and leave what readers say.

    `ledger` opens it for one request, so that one that was restored or brought up to date is seen
    at once; `numbers` writes how it stands, for Prometheus. Both raise StoreError. `patience` is
    how many seconds a request may take to bring its body. `offer` is what the public site is made
    of, and `entrance` lets people sign up; without them there is neither.
    """

    ledger: Callable[[], AbstractAsyncContextManager[Preferences]]
    numbers: Callable[[], Awaitable[bytes]]
    clock: Callable[[], datetime]
    patience: float = PATIENCE
    offer: Offer | None = None
    entrance: Entrance | None = None
