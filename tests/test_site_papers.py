"""In which folders of papers anything is due, and what: by stamps, what is missing or nobody's."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot import site_papers
from bot.core.site.model import Fingerprint, Place
from bot.core.site.note import Note
from bot.core.site.places import paper_file
from bot.core.site.tally import Standing
from bot.site_folder import SiteFolder
from bot.site_papers import ENDINGS, Due, Look, due_in

DAY = date(2026, 1, 5)
NEVER = Note().stamp


def standing(paper: str, stamp: int = 1) -> Standing:
    """Build a standing of a paper on one shelf."""
    return Standing(Place(paper, ("q",), DAY, datetime(2026, 1, 3, tzinfo=UTC), stamp), ("t",), ())


OLD = {
    "2512": [standing("2512.00009")],
    "2601": [standing("2601.00001"), standing("2601.00002")],
    "hep-th": [standing("hep-th/9901001")],
}
PRINTS = {name: Fingerprint(len(held), 1) for name, held in OLD.items()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a folder that holds the files of the old papers, noted long after they were written."""
    with SiteFolder.open(tmp_path / "site") as folder:
        for held in OLD.values():
            for one in held:
                for ending in ENDINGS:
                    folder.write(paper_file(one.place.paper, ending[1:]), b"")
    for name in OLD:
        long_ago = time.time() - 60
        os.utime(tmp_path / "site" / "papers" / name, (long_ago, long_ago))
    with SiteFolder.open(tmp_path / "site") as folder:
        look = Look(folder, {})
        for name, held in OLD.items():
            look.counted(name, PRINTS[name], held)
            due_in(folder, name, held, 1)
        folder.finish(Note("us", 1, folders=look.noted()))
    return tmp_path / "site"


@pytest.fixture
def folder(root: Path) -> Iterator[SiteFolder]:
    """Give that folder, opened by the next build."""
    with SiteFolder.open(root) as opened:
        yield opened


def ids(due: Due) -> list[str]:
    """Name the papers that are to be written."""
    return [one.place.paper for one in due.waiting]


def looked(folder: SiteFolder, prints: dict[str, Fingerprint]) -> Look:
    """Look at folders with these fingerprints, which hold the old papers."""
    look = Look(folder, folder.note.folders)
    for name, fingerprint in prints.items():
        if look.recalled(name, fingerprint) is None:
            look.counted(name, fingerprint, OLD[name])
    return look


def test_where_nothing_has_changed_nothing_is_read(folder: SiteFolder) -> None:
    look = looked(folder, PRINTS)
    assert look.due == {}
    assert list(look.former()) == []
    for name, noted in look.noted().items():
        assert noted[:2] == folder.note.folders[name][:2]
        assert noted.tally.written() == folder.note.folders[name].tally.written()


@pytest.mark.parametrize("changed", [Fingerprint(3, 1), Fingerprint(2, 2), Fingerprint(1, 1)])
def test_a_folder_with_another_fingerprint_is_read(
    folder: SiteFolder, changed: Fingerprint
) -> None:
    look = looked(folder, {**PRINTS, "2601": changed})
    assert look.due == {"2601": OLD["2601"]}
    assert look.noted()["2601"].fingerprint == changed


def test_a_folder_that_lost_or_got_a_file_is_read(root: Path) -> None:
    (root / "papers/2601/2601.00002.ris").unlink()
    (root / "papers/hep-th/notes.txt").write_text("mine")
    with SiteFolder.open(root) as folder:
        assert list(looked(folder, PRINTS).due) == ["2601", "hep-th"]


def test_a_folder_that_is_not_there_is_read(root: Path) -> None:
    for one in (root / "papers/2512").iterdir():
        one.unlink()
    (root / "papers/2512").rmdir()
    with SiteFolder.open(root) as folder:
        assert list(looked(folder, PRINTS).due) == ["2512"]


def test_a_folder_that_changed_as_the_note_was_written_is_read(root: Path) -> None:
    at = (root / "papers/2601").stat().st_mtime
    os.utime(root / ".daily-papers.json", (at + 1, at + 1))
    with SiteFolder.open(root) as folder:
        assert list(looked(folder, PRINTS).due) == ["2512", "2601", "hep-th"]


def test_what_changed_after_the_stamp_is_due(folder: SiteFolder) -> None:
    changed = [OLD["2601"][0], standing("2601.00002", 2)]
    assert ids(due_in(folder, "2601", changed, 1)) == ["2601.00002"]
    assert ids(due_in(folder, "2601", OLD["2601"], 1)) == []


def test_a_paper_is_due_with_any_of_its_files_lost(folder: SiteFolder) -> None:
    for name in ("2601/2601.00002.ris", "hep-th/9901001.html"):
        (folder.root / "papers" / name).unlink()
    assert ids(due_in(folder, "2601", OLD["2601"], 1)) == ["2601.00002"]
    assert ids(due_in(folder, "hep-th", OLD["hep-th"], 1)) == ["hep-th/9901001"]


def test_all_are_due_where_nothing_is_known(folder: SiteFolder) -> None:
    assert ids(due_in(folder, "2601", OLD["2601"], NEVER)) == ["2601.00001", "2601.00002"]


def test_files_of_papers_that_are_gone_are_told_and_those_of_others_are_not(
    folder: SiteFolder,
) -> None:
    (folder.root / "papers/2601/notes.txt").write_text("mine")
    due = due_in(folder, "2601", OLD["2601"][:1], 1)
    assert due.waiting == []
    assert due.former == ["2601.00002.bib", "2601.00002.html", "2601.00002.ris"]
    look = looked(folder, {"2512": PRINTS["2512"], "2601": PRINTS["2601"]})
    assert list(look.former()) == [("hep-th", ["9901001.bib", "9901001.html", "9901001.ris"])]


def test_papers_are_held_while_there_is_room(
    folder: SiteFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_papers, "MOST", 2)
    look = Look(folder, {})
    for name, held in OLD.items():
        look.counted(name, PRINTS[name], held)
    assert look.due == {"2512": OLD["2512"], "2601": None, "hep-th": None}
