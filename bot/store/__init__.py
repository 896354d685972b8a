"""The ledger: what is known, who subscribes, and what was given to whom."""

from bot.store.sqlite import SqliteStore

__all__ = ["SqliteStore"]
