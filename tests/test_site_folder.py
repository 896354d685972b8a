"""The folder of the pages: whole files, nobody else's touched, and what a crash leaves."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import PublishError
from bot.core.ranking import Match
from bot.core.site.note import Note
from bot.site_folder import NOTE, SiteFolder, put

DONE = Note(
    "us",
    7,
    "this one",
    {"day 2026-01-05": ("key", "days/2026/2026-01-05.html")},
    matches={"0" * 32: {"2601.00001": (7, Match(0, 1, 2, 0))}},
)


def test_files_are_written_with_their_folders_and_found_again(tmp_path: Path) -> None:
    root = tmp_path / "deep" / "site"
    with SiteFolder.open(root) as folder:
        folder.write("index.html", b"first")
        folder.write("papers/2601/2601.00001.html", b"paper")
        assert folder.holds("index.html", "papers/2601/2601.00001.html")
        assert not folder.holds("index.html", "papers/2601/2601.00002.html")
        folder.finish(DONE)
        assert folder.written == 2
    assert (root / "papers/2601/2601.00001.html").read_bytes() == b"paper"
    assert (root / "index.html").stat().st_mode & 0o777 == 0o644
    with SiteFolder.open(root) as folder:
        assert folder.note == DONE
        assert folder.folders("papers") == ["2601"]
        assert folder.names("papers/2601") == {"2601.00001.html"}


def test_the_same_note_is_the_same_file(tmp_path: Path) -> None:
    written = []
    for _ in range(2):
        with SiteFolder.open(tmp_path) as folder:
            folder.finish(DONE)
        note = tmp_path / NOTE
        written.append((note.stat().st_mtime_ns, note.read_bytes()))
    assert written[0] == written[1]


def broken(**told: Any) -> str:
    """Write a note in which something cannot be read."""
    note = {"made_by": "us", "stamp": 7, "ledger": "", "pages": {}, "folders": {}, "matches": {}}
    return json.dumps(note | told)


def test_a_note_of_a_version_before_tells_of_its_files(tmp_path: Path) -> None:
    (tmp_path / NOTE).write_text('{"made_by": "us", "stamp": 7, "pages": {"index": ["key", "a"]}}')
    with SiteFolder.open(tmp_path) as folder:
        assert folder.note == Note("us", 7, pages={"index": ("key", "a")})


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "é", broken(stamp="x")),
        *(broken(folders=[]), broken(folders={"2601": [1, 2]}), broken(folders={"2601": 3})),
        broken(folders={"2601": [1, 2, 3, [1, 2, 3]]}),
        broken(folders={"2601": [1, 2, 3, [1, 2, [[3]], {}, {}]]}),
        *(broken(matches=[]), broken(matches={"q": []}), broken(matches={"q": {"p": []}})),
    ],
)
def test_a_note_that_cannot_be_read_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / NOTE).write_bytes(text.encode("latin-1"))
    with SiteFolder.open(tmp_path) as folder:
        assert folder.note == Note()


def test_an_index_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(
        PublishError, match=r"index\.html there was not made by Daily Papers.*--out"
    ):
        SiteFolder.open(tmp_path).__enter__()
    assert (tmp_path / "index.html").read_text() == "mine"


def test_what_dies_while_it_writes_leaves_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SiteFolder.open(tmp_path) as folder:
        folder.write("index.html", b"old")
        folder.finish(DONE)
        monkeypatch.setattr(os, "replace", _dies)
        with pytest.raises(KeyboardInterrupt):
            folder.write("index.html", b"new")
    monkeypatch.undo()
    assert (tmp_path / "index.html").read_bytes() == b"old"
    assert len(list(tmp_path.glob("*draft"))) == 1
    with SiteFolder.open(tmp_path) as folder:
        assert folder.holds("index.html")
    assert not list(tmp_path.glob("*draft"))


def _dies(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_folder_that_is_not_there_yet_comes_with_all_its_files(tmp_path: Path) -> None:
    place = tmp_path / "papers/2601"
    with SiteFolder.open(tmp_path) as folder:
        with folder.whole("papers/2601"):
            folder.write("papers/2601/a.html", b"a")
            folder.write("papers/2601/b.html", b"b")
            folder.write("index.html", b"elsewhere")
            assert not place.exists()
        assert {one.name: one.read_bytes() for one in place.iterdir()} == {
            "a.html": b"a",
            "b.html": b"b",
        }
        assert folder.folders("papers") == ["2601"]
        with folder.whole("papers/2601"):
            folder.write("papers/2601/b.html", b"new")
            assert (place / "b.html").read_bytes() == b"new"
        with folder.whole("papers/2602"):
            pass
    assert sorted(one.name for one in (tmp_path / "papers").iterdir()) == ["2601"]


def test_a_folder_of_a_process_that_died_is_begun_anew(tmp_path: Path) -> None:
    def dies(folder: SiteFolder) -> None:
        with folder.whole("papers/2601"):
            folder.write("papers/2601/a.html", b"a")
            raise KeyboardInterrupt

    with SiteFolder.open(tmp_path) as folder, pytest.raises(KeyboardInterrupt):
        dies(folder)
    assert not (tmp_path / "papers/2601").exists()
    assert len(list(tmp_path.glob("papers/*draft"))) == 1
    with SiteFolder.open(tmp_path) as folder, folder.whole("papers/2601"):
        folder.write("papers/2601/b.html", b"b")
    assert [one.name for one in (tmp_path / "papers").iterdir()] == ["2601"]
    assert [one.name for one in (tmp_path / "papers/2601").iterdir()] == ["b.html"]


def test_a_disk_that_takes_a_part_at_a_time_gets_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: whole(descriptor, data[:3]))
    with SiteFolder.open(tmp_path) as folder:
        folder.write("a.html", b"0123456789")
    assert (tmp_path / "a.html").read_bytes() == b"0123456789"


def test_only_one_writes_at_a_time(tmp_path: Path) -> None:
    with (
        SiteFolder.open(tmp_path),
        pytest.raises(PublishError, match="another daily-papers is writing"),
    ):
        SiteFolder.open(tmp_path).__enter__()
    with SiteFolder.open(tmp_path):
        pass


def test_removing_the_last_file_removes_its_folder(tmp_path: Path) -> None:
    with SiteFolder.open(tmp_path) as folder:
        folder.write("papers/2601/a.html", b"")
        folder.write("papers/2601/b.html", b"")
        folder.remove("papers/2601/a.html")
        assert folder.names("papers/2601") == {"b.html"}
        folder.remove("papers/2601/b.html")
        folder.remove("papers/2601/never.html")
        assert folder.removed == 2
    assert not (tmp_path / "papers/2601").exists()


def test_what_was_forgotten_is_read_anew(tmp_path: Path) -> None:
    with SiteFolder.open(tmp_path) as folder:
        assert folder.names("days") == frozenset()
        (tmp_path / "days").mkdir()
        (tmp_path / "days/x.html").write_text("")
        assert folder.names("days") == frozenset()
        folder.forget("days")
        assert folder.names("days") == {"x.html"}


def test_a_place_that_cannot_be_written_is_told_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PublishError, match=r"file.*cannot be written: .*--out"):
        SiteFolder.open(tmp_path / "file" / "site").__enter__()
    with pytest.raises(PublishError, match="cannot be written"):
        put(tmp_path / "file" / "README.md", b"")


def test_a_file_by_itself_is_written_when_it_differs(tmp_path: Path) -> None:
    place = tmp_path / "new" / "README.md"
    assert put(place, b"one")
    assert not put(place, b"one")
    assert put(place, b"two")
    assert place.read_bytes() == b"two"
    assert [one.name for one in place.parent.iterdir()] == ["README.md"]


def test_a_folder_tells_of_a_build_that_did_not_come_to_its_end(tmp_path: Path) -> None:
    with SiteFolder.open(tmp_path) as folder:
        assert not folder.doubted
        folder.write("index.html", b"first")
    with SiteFolder.open(tmp_path) as folder:
        assert folder.doubted
        folder.finish(DONE)
    with SiteFolder.open(tmp_path) as folder:
        assert not folder.doubted
        folder.write("index.html", b"first")
        folder.finish(DONE)
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        ".daily-papers.json",
        ".daily-papers.lock",
        "index.html",
    ]
