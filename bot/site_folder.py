"""The folder that the pages are written into: each file whole or not at all, nobody else's touched.

A file is written beside its place and then put there, so that whoever reads meanwhile, or after a
crash, finds the old one or the new one; a new folder of papers is put there with all of its files.
What was written is noted in the folder itself, last: where that is missing, or older than the
pages, they are written again.
"""

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from bot.core.errors import PublishError
from bot.core.site.note import Note

NOTE = ".daily-papers.json"
"""What was written, and of what; by it the folder is known as ours."""
_TICK = 2_000_000_000
"""Nanoseconds: the coarsest clock of a file system, that of FAT."""
_LOCK = ".daily-papers.lock"
_BEGUN = ".daily-papers-begun"
"""Is there while files are being changed, and after a process that died meanwhile."""
_DRAFT = ".daily-papers-draft"


class SiteFolder:
    """A folder with pages, while one process works on it; `note` is what was found there.

    It is `doubted` where a process died, or the note cannot be read: what stands there may be
    neither as it is noted nor as it shall be, and some of it noted nowhere.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._root = str(root)
        self.note = Note()
        self.doubted = False
        self._noted_at = 0
        self._begun = False
        self._changed: dict[str, int] = {}
        self.written = 0
        self.removed = 0
        self._names: dict[str, set[str]] = {}
        self._fresh = ""

    @classmethod
    @contextmanager
    def open(cls, root: Path) -> Iterator[Self]:
        """Take the folder, made where it is not there; raises PublishError with the cure.

        One that has an index of somebody else's is left alone, and so is one that another process
        works on.
        """
        folder = cls(root)
        with _told(root):
            root.mkdir(parents=True, exist_ok=True)
            with _locked(root):
                folder._read_note()
                yield folder

    def holds(self, *addresses: str) -> bool:
        """Tell whether all these files are there."""
        for address in addresses:
            home, name = _parted(address)
            if name not in self._listed(home):
                return False
        return True

    def write(self, address: str, content: bytes) -> None:
        """Put a file in its place, whole; one that is there as it should be stays."""
        home, name = _parted(address)
        names = self._listed(home)
        # Strings: a Path for each of 100,000 files takes as long as to write them.
        if home == self._fresh:
            _put(f"{self._root}/{home}{_DRAFT}/{name}", content)
        else:
            if not names:
                (self.root / home).mkdir(parents=True, exist_ok=True)
            place = f"{self._root}/{address}"
            if name in names and _holds(place, content):
                return
            self._begin(home)
            _replace(place, content)
        names.add(name)
        self.written += 1

    @contextmanager
    def whole(self, home: str) -> Iterator[None]:
        """Put a folder in its place with all that is written into it, if it is not there yet.

        So its files need not be moved one by one.
        """
        parent, name = _parted(home)
        if (self.root / home).exists():
            yield
            return
        beside = self._listed(parent)  # what a process that died left there goes
        self._begin(parent)
        draft = self.root / f"{home}{_DRAFT}"
        draft.mkdir(parents=True)
        self._fresh = home
        yield
        self._fresh = ""
        if self._listed(home):
            # Nobody else has changed anything in it yet.
            self._changed[home] = draft.stat().st_mtime_ns
            os.replace(draft, self.root / home)  # noqa: PTH105  # as below
            beside.add(name)
        else:
            draft.rmdir()

    def remove(self, address: str) -> None:
        """Take a file away, if it is there, and its folder once that is empty."""
        home, name = _parted(address)
        self._begin(home)
        with suppress(FileNotFoundError):
            (self.root / address).unlink()
            self.removed += 1
        self._listed(home).discard(name)
        with suppress(OSError):
            (self.root / home).rmdir()

    def names(self, home: str) -> AbstractSet[str]:
        """Give the names of the files in a folder, and of its folders: as they are from now on."""
        return self._listed(home)

    def folders(self, home: str) -> list[str]:
        """Give the folders within a folder, sorted."""
        return sorted(one for one in self._listed(home) if (self.root / home / one).is_dir())

    def files(self, besides: str) -> Iterator[str]:
        """Give the addresses of all files, but for those in one folder."""
        for folder, inner, names in os.walk(self.root):
            home = os.path.relpath(folder, self.root)
            inner[:] = [one for one in inner if one != besides]
            yield from (one if home == "." else f"{home}/{one}" for one in names)

    def changed(self, home: str) -> int:
        """Tell when the names in a folder last changed before they were listed.

        It is 0 where it was not listed, or where any has been changed since: somebody else might
        have changed another, too.
        """
        return self._changed.get(home, 0)

    def stands(self, home: str, changed: int) -> bool:
        """Tell whether a folder has the names that it had when they were noted with this instant.

        What was changed shortly before the note was written is not believed: a file system's clock
        may give a later change the same instant.
        """
        return changed + _TICK < self._noted_at and self._changed_at(home) == changed > 0

    def forget(self, home: str) -> None:
        """Keep no longer in mind what a folder holds."""
        self._names.pop(home, None)

    def finish(self, note: Note) -> None:
        """Note what was written, once all of it is on the disk."""
        os.sync()
        text = note.write()
        written = self.written
        self.write(NOTE, text.encode())
        (self.root / _BEGUN).unlink(missing_ok=True)
        self.note, self.written = note, written

    def _read_note(self) -> None:
        note = self.root / NOTE
        self.doubted = (self.root / _BEGUN).exists()
        if note.exists():
            self._noted_at = note.stat().st_mtime_ns
            self.note = Note.of(note.read_text(encoding="utf-8", errors="replace"))
            self.doubted |= self.note == Note()
        elif (self.root / "index.html").exists() and not self.doubted:
            raise PublishError(
                f"{self.root}: the index.html there was not made by Daily Papers, so it was left "
                "alone; name another folder with --out, or remove it"
            )

    def _begin(self, home: str) -> None:
        """Leave a mark before anything is changed, which the end of the build takes away."""
        self._changed[home] = 0
        if not self._begun:
            self._begun = True
            (self.root / _BEGUN).touch()

    def _changed_at(self, home: str) -> int:
        """Tell when the names in a folder last changed; 0 where it is not there."""
        try:
            return os.stat(f"{self._root}/{home}").st_mtime_ns  # noqa: PTH116  # as in `write`
        except FileNotFoundError:
            return 0

    def _listed(self, home: str) -> set[str]:
        """List a folder once; what a process that died left half written goes."""
        if home not in self._names:
            self._changed.setdefault(home, self._changed_at(home))
            folder = self.root / home
            names = set(os.listdir(folder)) if folder.is_dir() else set()  # noqa: PTH208  # names
            if _DRAFT in "\n".join(names):  # a look at each of 300,000 takes ten times as long
                _clear(folder, drafts := {name for name in names if name.endswith(_DRAFT)})
                names -= drafts
            self._names[home] = names
        return self._names[home]


def put(path: Path, content: bytes) -> bool:
    """Write one file, whole, if it is not there as it should be; raises PublishError.

    Tells whether it was written.
    """
    with _told(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and _holds(str(path), content):
            return False
        _replace(str(path), content)
        return True


def _parted(address: str) -> tuple[str, str]:
    home, _, name = address.rpartition("/")
    return home or ".", name


def _clear(folder: Path, drafts: Iterable[str]) -> None:
    """Take away files and folders that nobody ends any more."""
    for name in drafts:
        draft = folder / name
        if draft.is_dir():
            shutil.rmtree(draft)
        else:
            draft.unlink()


def _holds(place: str, content: bytes) -> bool:
    """Tell whether a file is as it should be."""
    with open(place, "rb", buffering=0) as file:  # noqa: PTH123  # as above
        return os.fstat(file.fileno()).st_size == len(content) and file.read() == content


def _replace(place: str, content: bytes) -> None:
    """Write a file beside its place, and put it there."""
    draft = f"{place}{_DRAFT}"
    _put(draft, content)
    os.replace(draft, place)  # noqa: PTH105  # strings, as in `write`


def _put(place: str, content: bytes) -> None:
    """Write a file where nobody looks for it yet."""
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        written = os.write(descriptor, content)
        while written < len(content):  # a disk takes a part of it where it fills up
            written += os.write(descriptor, memoryview(content)[written:])
    finally:
        os.close(descriptor)


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    """Keep other processes from writing there; the lock ends with the process."""
    descriptor = os.open(root / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise PublishError(
            f"{root}: another daily-papers is writing pages there; wait for it to end"
        ) from None
    finally:
        os.close(descriptor)


@contextmanager
def _told(root: Path) -> Iterator[None]:
    """Tell where the disk failed."""
    try:
        yield
    except OSError as error:
        raise PublishError(
            f"{error.filename or root}: the pages cannot be written: {error.strerror}; look at the "
            "folder, its permissions and its disk, or name another with --out"
        ) from error
