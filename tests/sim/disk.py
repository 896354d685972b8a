"""The ledger's file in a simulation: it dies, fills up, fails and is damaged as the seed says."""

import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

from sqlite_utils import Database

from bot.core.errors import DatabaseUnusable, InstanceRunning
from bot.store import SqliteStore
from bot.store.connection import opened
from bot.store.migrations import migrations
from tests.sim.faults import Effects, Fault

T = TypeVar("T")
_UNLIMITED = 1_073_741_823


class Crash(BaseException):
    """The process dies here: nothing that it was about to do is done."""


@dataclass
class Disk:
    """The file at `path`; `fault` strikes the write after `left` more of them."""

    path: Path
    effects: Effects = field(default_factory=Effects)
    fault: Fault | None = None
    left: int = 0
    dead: bool = False

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[SqliteStore]:
        """Open the ledger as a process would; its writes pass through here."""
        self.dead = False
        async with AsyncExitStack() as stack:
            store = await stack.enter_async_context(SqliteStore.open(self.path))
            # Commits that wait for no disk: whether the bytes outlive a power cut is not simulated.
            store._db.execute("PRAGMA synchronous = OFF")
            self._interpose(store)
            yield store

    def _interpose(self, store: SqliteStore) -> None:
        """Let every read and write of the store pass through here."""
        write, read = store._in_write, store._in_read

        def writing(change: Callable[[Database], T]) -> T:
            self._live()
            self.left -= 1
            struck = self.fault if self.left == 0 else None
            return self._struck(store, write, change, struck)

        def reading(query: Callable[[Database], T]) -> T:
            self._live()
            return read(query)

        instance: Any = store
        instance._in_write, instance._in_read = writing, reading

    def _live(self) -> None:
        if self.dead:
            raise Crash

    def _struck(
        self,
        store: SqliteStore,
        write: Callable[[Callable[[Database], T]], T],
        change: Callable[[Database], T],
        fault: Fault | None,
    ) -> T:
        """Write, with what the fault does to it."""
        if fault is Fault.DISK_FULL:
            (pages,) = store._db.execute("PRAGMA page_count").fetchone()
            store._db.execute(f"PRAGMA max_page_count = {pages}").fetchall()
        if fault is Fault.IO_ERROR:
            self.effects[fault] += 1
            return write(lambda db: _fails(db, change))
        if fault is Fault.DEATH_BEFORE_COMMIT:
            return write(lambda db: self._dies(db, change))
        try:
            result = write(change)
        except DatabaseUnusable:
            self.effects[Fault.DISK_FULL] += self.fault is Fault.DISK_FULL
            raise
        if fault is Fault.DEATH_AFTER_COMMIT:
            raise self._death(fault)
        return result

    def _dies(self, db: Database, change: Callable[[Database], T]) -> T:
        change(db)
        raise self._death(Fault.DEATH_BEFORE_COMMIT)

    def _death(self, fault: Fault) -> Crash:
        self.effects[fault] += 1
        self.dead = True
        return Crash()

    def mend(self, store: SqliteStore) -> None:
        """Make room again where the disk was to be full and nothing needed more of it."""
        self.fault = None
        store._db.execute(f"PRAGMA max_page_count = {_UNLIMITED}").fetchall()

    def prepare(self) -> None:
        """Start from an empty ledger whose schema was made before: that takes a while."""
        self.path.write_bytes(_empty_ledger())

    def claims(self, owner: str) -> int:
        """Count the deliveries that a process has claimed and not settled."""
        with closing(sqlite3.connect(self.path)) as connection:
            found = connection.execute(
                "SELECT count(*) FROM deliveries WHERE state = 'sending' AND owner = ?", (owner,)
            )
            return int(found.fetchone()[0])

    async def try_second(self) -> None:
        """Let a second instance try the file that the first has open."""
        try:
            async with SqliteStore.open(self.path):
                raise AssertionError("a second instance opened the database of the first")
        except InstanceRunning:
            self.effects[Fault.LOCKED] += 1

    async def try_damaged(self) -> None:
        """Damage the closed file, see it refused, and restore it."""
        if not self.path.exists() or self.path.stat().st_size < 40_960:
            return
        kept = self.path.with_suffix(".kept")
        shutil.copyfile(self.path, kept)
        with self.path.open("r+b") as file:
            file.seek(4_096)
            file.write(b"\xff" * 8_192)
        try:
            async with self.opened():
                raise AssertionError("a damaged database was opened")
        except DatabaseUnusable:
            self.effects[Fault.CORRUPT] += 1
        finally:
            for left in self.path.parent.glob(f"{self.path.name}-*"):
                left.unlink()
            shutil.copyfile(kept, self.path)

    async def try_migration(self) -> None:
        """Interrupt the making of the schema just before its commit."""
        with _interrupted():
            try:
                async with self.opened():
                    raise AssertionError("a migration that died was committed")
            except Crash:
                self.effects[Fault.MIGRATION] += 1


@cache
def _empty_ledger() -> bytes:
    """Give the bytes of a ledger in which nothing was written yet."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "empty.db")
        with opened(path, exclusive=True):
            pass
        return path.read_bytes()


@contextmanager
def _interrupted() -> Any:
    apply = migrations.apply

    def dying(*args: Any, **more: Any) -> None:
        apply(*args, **more)
        raise Crash

    with mock.patch.object(migrations, "apply", dying):
        yield


def _fails(db: Database, change: Callable[[Database], T]) -> T:
    change(db)
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
    raise error
