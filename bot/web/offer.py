"""What the public site is served from."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from bot.interfaces import Searchable, Shelving
from bot.settings import Settings

FRESH = 2.0
"""Seconds for which what the ledger holds is not looked at again."""


@runtime_checkable
class Browsable(Shelving, Searchable, Protocol):
    """A store that has shelves and can be searched."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The ledger and the settings that say what is shown of it.

    `ledger` opens it for one request, beside a running bot, and raises StoreError. A page is never
    older than it by more than `fresh` seconds, and the time that it takes to make one.
    """

    settings: Settings
    ledger: Callable[[], AbstractAsyncContextManager[Browsable]]
    fresh: float = FRESH
