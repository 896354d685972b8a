"""The instance lock: one process at a time works on a database, and the lock ends with it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.core.errors import DatabaseUnusable, InstanceRunning


@contextmanager
def instance_lock(database: Path) -> Iterator[None]:
    """Hold `<database>.lock` for as long as the context lasts.

    The operating system keeps the lock (flock, so POSIX only) and frees it however the process
    ends. The file stays behind: to delete it would let two processes lock two files of one name.

    Raises InstanceRunning while another process holds it, DatabaseUnusable if it cannot be had.
    """
    path = database.with_name(f"{database.name}.lock")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise DatabaseUnusable(f"{path}: the lock cannot be made: {error.strerror}") from error
    try:
        _lock(descriptor, path, database)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: Path, database: Path) -> None:
    """Take the lock and leave our process id in it for the next one's error message."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
        raise InstanceRunning(
            f"{database}: another daily-papers (process {holder}) works on it and holds {path}; "
            "stop that one first, or name another database in the configuration"
        ) from None
    except OSError as error:
        raise DatabaseUnusable(
            f"{path}: this file system cannot lock files ({error.strerror}); "
            "keep the database on a local disk"
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
