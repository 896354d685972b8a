"""Opening the database file, its transactions, and what its errors mean to a person."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from bot.core.errors import DatabaseUnusable, StoreBusy
from bot.store.migrations import NAMES, migrations

BUSY_SECONDS = 10.0
"""How long a statement waits while a command such as `deliveries retry` writes."""

DAMAGED = "the file is damaged: stop the bot and restore its last backup"
"""The cure where what is read cannot have been written by us."""

_WRITABLE = (
    "it and its folder must be writable even to read it, since SQLite keeps its write-ahead log "
    "(-wal, -shm) beside it"
)
_CURES = {
    sqlite3.SQLITE_FULL: "the disk is full: make room and start again; nothing was half-written",
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: "this is no SQLite database: name another file, or restore a backup",
    sqlite3.SQLITE_IOERR: "reading or writing failed: look at the disk before starting again",
    sqlite3.SQLITE_CANTOPEN: f"it cannot be opened: look at the path; {_WRITABLE}",
    sqlite3.SQLITE_READONLY: f"it cannot be written: {_WRITABLE}",
    sqlite3.SQLITE_PERM: "access is denied: look at its permissions and its folder's",
    sqlite3.SQLITE_PROTOCOL: "this file system cannot lock: keep the database on a local disk",
}

_NO_TEXT = "Could not decode to UTF-8"
"""How Python tells of text that SQLite never looked into; it gives no code with it."""

_MOVED = (
    "the file or its -wal was removed or replaced while the bot was using it: stop the bot, put "
    "both back as they were or restore the last backup, then start again"
)

Identity = tuple[tuple[int, int], ...]
"""Which files a database is: device and inode of the file and of its write-ahead log."""


@contextmanager
def opened(path: Path, *, exclusive: bool) -> Iterator[Database]:
    """Open the database for the calling thread alone, checked and with its schema complete.

    With `exclusive` (the caller holds the instance lock) the file is made where there is none,
    checked for damage and migrated; without, all of that must have been done before.

    Raises DatabaseUnusable with the cure.
    """
    if exclusive:
        _make_file(path)
    elif not path.exists():
        raise DatabaseUnusable(f"{path}: there is no database yet; `daily-papers run` makes it")
    with translated(path):
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        with translated(path):
            db = Database(connection, recursive_triggers=False, execute_plugins=False)
            _prepare(db, path, exclusive=exclusive)
        yield db
    finally:
        connection.close()


@contextmanager
def writing(db: Database) -> Iterator[None]:
    """Run one write transaction: all of it is committed at the end, or none of it."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.commit()
    except BaseException:
        db.rollback()
        raise


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite says into an error that names the file and the cure.

    Errors that only a fault of ours can bring (a constraint, bad SQL) pass as they are.
    """
    try:
        yield
    except sqlite3.Error as error:
        # The extended code carries the primary one in its low byte.
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if str(error).startswith(_NO_TEXT):
            code = sqlite3.SQLITE_CORRUPT
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StoreBusy(f"{path}: another process is writing to it; try again") from error
        if code in _CURES:
            raise DatabaseUnusable(f"{path}: {_CURES[code]} ({error})") from error
        raise


def identity(path: Path) -> Identity:
    """Tell which files an open database is, so that `unmoved` can tell whether it still is."""
    try:
        states = [one.stat() for one in (path, Path(f"{path}-wal"))]
    except OSError as error:
        raise DatabaseUnusable(f"{path}: {_MOVED} ({error.strerror})") from error
    return tuple((state.st_dev, state.st_ino) for state in states)


def unmoved(path: Path, files: Identity) -> None:
    """See that a database still lies where it was opened.

    SQLite would go on in files that have no name any more, and all of it would be lost at the end.

    Raises DatabaseUnusable with the cure.
    """
    if identity(path) != files:
        raise DatabaseUnusable(f"{path}: {_MOVED}")


def _make_file(path: Path) -> None:
    """Make the file readable by its owner alone: it holds addresses."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise DatabaseUnusable(f"{path}: it cannot be opened: {error.strerror}") from error


def _prepare(db: Database, path: Path, *, exclusive: bool) -> None:
    """Set the connection up; check and migrate the database, or see that it needs neither."""
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA trusted_schema = OFF")
    db.execute("PRAGMA synchronous = FULL")
    if exclusive:
        check(db, path)
    refuse_foreign(db, path)
    if exclusive:
        # Settled by the first page that is written, which the next line does.
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        db.execute("PRAGMA journal_mode = WAL").fetchall()
        with writing(db):
            migrations.apply(db)
    elif not migrations.applied(db):
        raise DatabaseUnusable(
            f"{path}: the file is empty and no database yet; `daily-papers run` makes it one"
        )
    elif migrations.pending(db):
        raise DatabaseUnusable(
            f"{path}: an earlier version made it; `daily-papers run` brings it up to date"
        )


def check(db: Database, path: Path) -> None:
    """Refuse a damaged file before anything is sent on its word."""
    (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise DatabaseUnusable(f"{path}: {DAMAGED} ({found})")


def refuse_foreign(db: Database, path: Path) -> None:
    """Refuse a database of a newer version, whose rules we do not know, or of another program."""
    applied = {migration.name for migration in migrations.applied(db)}
    newer = applied - NAMES
    if newer:
        raise DatabaseUnusable(
            f"{path}: a newer version of Daily Papers made it ({', '.join(sorted(newer))}); "
            "install that version, or name another database"
        )
    if not applied and {*db.table_names()} - {migrations.migrations_table}:
        raise DatabaseUnusable(
            f"{path}: this database belongs to another program; name another file"
        )
