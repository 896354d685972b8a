"""Transactions on one SQLite file: one thread owns the connection, and runs one at a time."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Concatenate, ParamSpec, Self, TypeVar

from sqlite_utils import Database

from bot.core.errors import DatabaseUnusable, StoreError
from bot.store.connection import Identity, identity, opened, translated, unmoved, writing
from bot.store.lock import instance_lock

P = ParamSpec("P")
T = TypeVar("T")

ROOM = 0.25
"""Seconds between two transactions beside a bot: SQLite's wait looks only every tenth of one."""


class Transactions:
    """One SQLite file and the thread that owns its connection; made by `open`."""

    def __init__(self, path: Path, *, exclusive: bool) -> None:
        self.path = path
        self._exclusive = exclusive
        self._owner = secrets.token_hex(8)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._resources = ExitStack()
        self._failure: DatabaseUnusable | None = None
        self._files: Identity | None = None
        self._db: Database

    @classmethod
    @asynccontextmanager
    async def open(cls, path: str | Path, *, exclusive: bool = True) -> AsyncIterator[Self]:
        """Open the database, which is made if need be, and close it at the end.

        `exclusive` takes the instance lock, which whoever polls, composes or delivers must have.
        Without it the store can be read, and deliveries retried or dropped, while a bot runs.

        Raises InstanceRunning if another process holds the lock, DatabaseUnusable if the file
        is damaged, not ours, of a newer version or out of reach.
        """
        store = cls(Path(path), exclusive=exclusive)
        loop = asyncio.get_running_loop()
        try:
            await asyncio.shield(loop.run_in_executor(store._thread, store._enter))
            yield store
        finally:
            # Queued behind whatever still runs, so that a cancelled caller's transaction ends.
            closing = loop.run_in_executor(store._thread, store._leave)
            store._thread.shutdown(wait=False)
            await asyncio.shield(closing)

    async def _read(
        self, query: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a query on one snapshot of the database."""
        return await self._call(self._in_read, lambda db: query(db, *args, **kwargs))

    async def _write(
        self, change: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a change, which only the holder of the instance lock may."""
        if not self._exclusive:
            raise StoreError(f"{self.path}: opened for reading, without the instance lock")
        return await self._change(change, *args, **kwargs)

    async def _change(
        self, change: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a change that may be made beside a running bot."""
        return await self._call(self._in_write, lambda db: change(db, *args, **kwargs))

    async def _change_beside(
        self, change: Callable[Concatenate[Database, P], int], *args: P.args, **kwargs: P.kwargs
    ) -> int:
        """Run one change of many, which tells how much of them is left.

        Unless that is nothing, it ends beside a running bot only once the bot has had the time to
        write.
        """
        clock = asyncio.get_running_loop().time
        begun = clock()
        left = await self._change(change, *args, **kwargs)
        if left and not self._exclusive:
            await asyncio.sleep(max(ROOM, clock() - begun))
        return left

    async def _call(
        self, run: Callable[[Callable[[Database], T]], T], work: Callable[[Database], T]
    ) -> T:
        """Let the store's thread do the work and wait for it."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, run, work)

    def _enter(self) -> None:
        """Take the lock and open the file; what was taken is given back if a step fails."""
        # One file under two names must have one lock.
        self.path = self.path.resolve()
        with ExitStack() as stack:
            if self._exclusive:
                self._make_folder()
                stack.enter_context(instance_lock(self.path))
            self._db = stack.enter_context(opened(self.path, exclusive=self._exclusive))
            if self._exclusive:
                self._files = identity(self.path)
            self._resources = stack.pop_all()

    def _leave(self) -> None:
        """Close the file and give the lock back."""
        self._resources.close()

    def _make_folder(self) -> None:
        """Make the database's folder."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseUnusable(
                f"{self.path.parent}: the database's folder cannot be made: {error.strerror}"
            ) from error

    def _in_read(self, query: Callable[[Database], T]) -> T:
        """Run a query inside a read transaction, on the store's thread."""
        with self._guarded(), self._db.atomic():
            return query(self._db)

    def _in_write(self, change: Callable[[Database], T]) -> T:
        """Run a change inside a write transaction, on the store's thread."""
        with self._guarded(), writing(self._db):
            return change(self._db)

    def _outside(self, work: Callable[[Database], T]) -> T:
        """Do what no transaction may hold, on the store's thread."""
        with self._guarded():
            return work(self._db)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Translate errors, and use a database that failed no more until it is opened anew.

        After a failed write SQLite cannot know what reached the disk; to open it anew finds out.
        """
        if self._failure is not None:
            raise self._failure
        try:
            if self._files is not None:
                unmoved(self.path, self._files)
            with translated(self.path):
                yield
        except DatabaseUnusable as failure:
            self._failure = failure
            raise
