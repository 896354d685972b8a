"""Which files of papers are due: by their stamps, by what is missing, and by what is nobody's."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot import site_papers
from bot.core.site.model import Place
from bot.core.site.survey import Standing
from bot.site_folder import SiteFolder
from bot.site_papers import ENDINGS, NEVER, Due, FirstLook, Look

DAY = date(2026, 1, 5)


def standing(paper: str, stamp: int = 1) -> Standing:
    """Build a standing of a paper on one shelf."""
    return Standing(Place(paper, ("q",), DAY, datetime(2026, 1, 3, tzinfo=UTC), stamp), ("t",), ())


OLD = [
    standing("2512.00009"),
    standing("2601.00001"),
    standing("2601.00002"),
    standing("hep-th/9901001"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[SiteFolder]:
    """Give a folder that holds the files of the old papers."""
    with SiteFolder.open(tmp_path / "site") as opened:
        for one in OLD:
            archive, _, number = one.place.paper.rpartition("/")
            home = archive or number.partition(".")[0]
            for ending in ENDINGS:
                opened.write(f"papers/{home}/{number}{ending}", b"")
            opened.forget(f"papers/{home}")
        yield opened


def looked(look: Look, *found: Standing) -> list[Due]:
    """Look at papers one by one."""
    return [*(due for one in found for due in look.at([one])), *look.end()]


def ids(due: Due) -> list[str]:
    """Name the papers that are to be written."""
    return [one.place.paper for one in due.waiting]


def test_where_nothing_has_changed_nothing_is_due(folder: SiteFolder) -> None:
    look = Look(folder, 1, mapped=True)
    assert looked(look, *OLD) == []
    assert list(look.former()) == []
    assert look.pages == [
        ("papers/2512/2512.00009.html", date(2026, 1, 3)),
        ("papers/2601/2601.00001.html", date(2026, 1, 3)),
        ("papers/2601/2601.00002.html", date(2026, 1, 3)),
        ("papers/hep-th/9901001.html", date(2026, 1, 3)),
    ]


def test_what_changed_after_the_stamp_is_due(folder: SiteFolder) -> None:
    (due,) = looked(Look(folder, 1, mapped=False), *OLD[:2], standing("2601.00002", 2), OLD[3])
    assert (due.home, due.first, ids(due)) == ("papers/2601", "2601.00001", ["2601.00002"])


def test_a_paper_is_due_with_any_of_its_files_lost(folder: SiteFolder) -> None:
    for name in ("2601/2601.00002.ris", "hep-th/9901001.html"):
        (folder.root / "papers" / name).unlink()
    month, archive = looked(Look(folder, 1, mapped=False), *OLD)
    assert (ids(month), ids(archive)) == (["2601.00002"], ["hep-th/9901001"])


def test_all_are_due_where_nothing_is_known(folder: SiteFolder) -> None:
    found = looked(Look(folder, NEVER, mapped=False), *OLD)
    assert [ids(one) for one in found] == [
        ["2512.00009"],
        ["2601.00001", "2601.00002"],
        ["hep-th/9901001"],
    ]


def test_files_of_papers_that_are_gone_are_told_and_those_of_others_are_not(
    folder: SiteFolder,
) -> None:
    (folder.root / "papers/2601/notes.txt").write_text("mine")
    look = Look(folder, 1, mapped=False)
    (due,) = looked(look, OLD[0], OLD[1])
    assert due.waiting == []
    assert due.former == ["2601.00002.bib", "2601.00002.html", "2601.00002.ris"]
    assert list(look.former()) == [
        ("papers/hep-th", ["9901001.bib", "9901001.html", "9901001.ris"])
    ]


def test_what_is_due_is_held_while_there_is_room(
    folder: SiteFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_papers, "MOST", 2)
    some, many = (FirstLook(Look(folder, 1, mapped=True)) for _ in range(2))
    changed = [standing(one.place.paper, 2) for one in OLD]
    for one in (*changed[:2], *OLD[2:]):
        some.see([one])
    for one in changed:
        many.see([one])
    held = some.held()
    assert held is not None
    assert [ids(one) for one in held[1]] == [["2512.00009"], ["2601.00001"]]
    assert len(held[0].pages) == 4
    assert many.held() is None
    assert [ids(one) for one in looked(many.again(), *changed)] == [
        ["2512.00009"],
        ["2601.00001", "2601.00002"],
        ["hep-th/9901001"],
    ]


def test_where_all_is_due_nothing_is_held(folder: SiteFolder) -> None:
    first = FirstLook(Look(folder, NEVER, mapped=False))
    first.see(OLD)
    assert first.held() is None
