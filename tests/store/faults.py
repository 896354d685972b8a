"""What disks and files do to a database, for real: damage, and writes that fail."""

import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PAGE = 4096


def damage(path: Path, first: int, last: int) -> None:
    """Overwrite a range of the file's pages where they lie, as a failing disk does."""
    with path.open("r+b") as file:
        file.seek(PAGE * first)
        file.write(b"\xab" * PAGE * (last - first))


@contextmanager
def no_file_grows(beyond: int = 65536) -> Iterator[None]:
    """Let every write of this process beyond so many octets of any file fail."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (beyond, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def octets_of(path: Path) -> bytes:
    """Read a file whole, from a test that may not wait for it in any other way."""
    return path.read_bytes()


def size_of(path: Path) -> int:
    """Tell how large a file is."""
    return path.stat().st_size


def mode_of(path: Path) -> int:
    """Tell a file's permissions."""
    return stat.S_IMODE(path.stat().st_mode)


def overwrite(path: Path, octets: bytes = b"") -> None:
    """Make a file hold this and nothing else."""
    path.write_bytes(octets)


def remove(path: Path | str) -> None:
    """Take a file away."""
    Path(path).unlink()
