"""An online copy of the database: one snapshot, checked, and put in place in one step.

A backup is one file, without a write-ahead log beside it. That tells it from a database that is
in use, which a backup never replaces.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlite_utils import Database

from bot.core.errors import DatabaseUnusable, StoreError
from bot.store.connection import BUSY_SECONDS, DAMAGED, check, refuse_foreign, translated
from bot.store.migrations import migrations

PAGES = 1024
"""Copied in one go; between two of these the copying can be interrupted."""

_VERSIONS = slice(18, 20)
_ROLLBACK = b"\x01\x01"
"""What stands in a file's header where it has no write-ahead log: see SQLite's file format."""

_READING = (
    *(sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ),
    *(sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB),
)
"""Faults of the database itself, not of the place where the copy goes."""


def back_up(database: Path, target: Path) -> int:
    """Copy the database to `target` and give the copy's size in octets; a bot may be running.

    The copy is whole or not there: it is written beside `target` for its owner alone, checked and
    made durable, and then takes the place of an earlier backup there. Writers are not held up.

    Raises StoreError, or DatabaseUnusable, with the cure.
    """
    database, target = database.resolve(), target.resolve()
    if not database.exists():
        raise StoreError(f"{database}: there is no database yet; `daily-papers run` makes it")
    _refuse_target(database, target)
    try:
        with _draft(target) as draft:
            _copy(database, draft, target)
            size = draft.stat().st_size
            draft.replace(target)
            _sync(target.parent)
    except OSError as error:
        raise StoreError(
            f"{target}: the backup was not made: {error.strerror}; look at the folder, its "
            "permissions and its disk"
        ) from error
    return size


def _refuse_target(database: Path, target: Path) -> None:
    """Refuse to write over anything but an earlier backup."""
    if target in {database, *(Path(f"{database}{end}") for end in ("-wal", "-shm", ".lock"))}:
        raise StoreError(f"{target}: the database itself lies there; name another file")
    if target.exists() and not target.is_file():
        raise StoreError(f"{target}: this is no ordinary file; name one")
    if target.exists() and target.stat().st_size and not _is_backup(target):
        raise StoreError(
            f"{target}: what lies there is no backup of Daily Papers, so it was left alone; "
            "name another file, or remove this one"
        )


def _is_backup(file: Path) -> bool:
    """Tell whether a file is a backup; it is read without leaving a trace beside it."""
    try:
        with file.open("rb") as opened:
            if opened.read(100)[_VERSIONS] != _ROLLBACK:
                return False
        uri = f"{file.as_uri()}?immutable=1"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            db = Database(connection, recursive_triggers=False, execute_plugins=False)
            return bool(migrations.applied(db))
    except (OSError, sqlite3.Error):
        return False


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """Give an empty file beside `target` that is ours alone; what is left of it is removed.

    One that a killed process left behind is used again.
    """
    draft = target.with_name(f"{target.name}.part")
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        _claim(descriptor, draft, target)
        try:
            yield draft
        finally:
            for end in ("", "-wal", "-shm", "-journal"):
                Path(f"{draft}{end}").unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def _claim(descriptor: int, draft: Path, target: Path) -> None:
    """Lock the draft and empty it; one that another process fills, or has put in place, is its."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        ours = os.path.samestat(os.fstat(descriptor), draft.lstat())
    except (BlockingIOError, FileNotFoundError):
        ours = False
    if not ours:
        raise StoreError(f"{target}: another backup to it is under way")
    os.fchmod(descriptor, 0o600)
    os.ftruncate(descriptor, 0)


def _copy(database: Path, draft: Path, target: Path) -> None:
    """Fill `draft` with one snapshot of the database, checked and durable."""
    with translated(database):
        source = sqlite3.connect(
            f"{database.as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS, isolation_level=None
        )
    with closing(source), closing(sqlite3.connect(draft, isolation_level=None)) as copy:
        with translated(database):
            db = Database(source, recursive_triggers=False, execute_plugins=False)
            refuse_foreign(db, database)
            if not migrations.applied(db):
                raise StoreError(f"{database}: there is nothing in it yet; nothing was copied")
            # Held until the end: without it each commit of the bot would begin the copy anew.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        try:
            # The file is synced as a whole once it is complete, and nobody else knows it yet.
            copy.execute("PRAGMA synchronous = OFF")
            copy.execute("PRAGMA journal_mode = OFF").fetchall()
            source.backup(copy, pages=PAGES, progress=lambda *_: None)
            copy.execute("PRAGMA journal_mode = DELETE").fetchall()
            check(Database(copy, recursive_triggers=False, execute_plugins=False), database)
        except sqlite3.Error as error:
            raise _failure(error, database, target) from error
    _sync(draft)


def _failure(error: sqlite3.Error, database: Path, target: Path) -> StoreError:
    """Say which of the two files failed, and what to do."""
    code = getattr(error, "sqlite_errorcode", 0)
    if code in _READING or code & 0xFF == sqlite3.SQLITE_CORRUPT:
        return DatabaseUnusable(f"{database}: {DAMAGED}; no backup was made of it ({error})")
    if code & 0xFF == sqlite3.SQLITE_FULL:
        return StoreError(f"{target}: the disk is full: the backup was not made; make room")
    return StoreError(f"{target}: the backup was not made: look at the disk there ({error})")


def _sync(path: Path) -> None:
    """Make a file, or a folder's entries, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
