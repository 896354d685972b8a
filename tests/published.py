"""What tests of the pages share: a folder with a configuration, a ledger, and the site of it."""

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot import catalogue
from bot.core.model import Paper
from bot.core.polling import Batch
from bot.core.site.model import Place
from bot.interfaces import Shelving
from bot.publishing import Published, Wanted, publish
from bot.settings import Settings, load
from bot.settings.shelves import shelved_queries
from bot.store import SqliteStore
from bot.upkeep import catch_up_shelves
from tests.builders import NOON

CONFIG = """
database = {database}
[arxiv]
contact = "test@example.org"
[pages]
limit = {limit}
{pages}
[[topic]]
name = "Language"
query = "cat:cs.CL"
[[topic]]
name = "Lattices"
keywords = ["lattice"]
authors = ["Emmy Noether"]
categories = ["math.CO"]
"""


@dataclass
class Press:
    """A ledger, and a folder into which its pages go."""

    root: Path
    pages: str = ""
    limit: int = 3

    @property
    def out(self) -> Path:
        """Where the pages stand."""
        return self.root / "site"

    @property
    def database(self) -> Path:
        """Where the ledger stands."""
        return self.root / "papers.db"

    def settings(self) -> Settings:
        """Write the configuration, and read it."""
        file = self.root / "daily-papers.toml"
        file.write_text(
            CONFIG.format(
                database=json.dumps(str(self.database)), pages=self.pages, limit=self.limit
            ),
            encoding="utf-8",
        )
        return load(file, env={})

    def record(self, *papers: Paper, at: datetime = NOON) -> None:
        """Let the papers be polled."""

        async def record() -> None:
            async with SqliteStore.open(self.database) as store:
                settings = self.settings()
                await store.sync((), at, shown=settings.shown())
                batch = Batch(papers, complete=frozenset({"cs.CL", "math.CO"}))
                await store.record("arxiv_api", batch, at)

        asyncio.run(record())

    def publish(self, **wanted: Any) -> Published:
        """Bring the pages up to date."""
        return asyncio.run(publish(self.settings(), self.out, Wanted(**wanted)))

    def bot(self, *papers: Paper, at: datetime = NOON) -> None:
        """Let the papers be polled, and stand on their shelves: what a bot does beside others."""
        self.record(*papers, at=at)

        async def shelve() -> None:
            async with SqliteStore.open(self.database, exclusive=False) as store:
                await catch_up_shelves(store, shelved_queries(self.settings()))

        asyncio.run(shelve())

    def restore(self, kept: bytes) -> None:
        """Put the ledger back to what it once held."""
        for end in ("", "-wal", "-shm"):
            Path(f"{self.database}{end}").unlink(missing_ok=True)
        self.database.write_bytes(kept)

    def files(self) -> Mapping[str, bytes]:
        """Read the whole site, but for what the folder keeps for itself."""
        return {
            str(one.relative_to(self.out)): one.read_bytes()
            for one in sorted(self.out.rglob("*"))
            if one.is_file() and not one.name.startswith(".")
        }

    def page(self, address: str) -> str:
        """Read one page."""
        return (self.out / address).read_text(encoding="utf-8")


def dies(press: Press, monkeypatch: pytest.MonkeyPatch, survived: int) -> bool:
    """Build, and die once so many files were put in their places; tell whether it came to that."""
    replaced, left = os.replace, survived

    def put(draft: str, place: str) -> None:
        nonlocal left
        if not left:
            raise KeyboardInterrupt
        left -= 1
        replaced(draft, place)

    with monkeypatch.context() as here:
        here.setattr(os, "replace", put)
        try:
            press.publish()
        except KeyboardInterrupt:
            return True
    return False


def folders_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give a list that from now on gets the name of each folder of papers that is read."""
    folders: list[str] = []
    read = catalogue.places

    async def noted(store: Shelving, folder: str) -> list[Place]:
        folders.append(folder)
        return await read(store, folder)

    monkeypatch.setattr(catalogue, "places", noted)
    return folders
