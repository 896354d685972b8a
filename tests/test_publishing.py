"""Publishing: the same data give the same octets, and only what has changed is written."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from posixpath import join, normpath

import pytest

from bot import publishing
from bot.catalogue import shelving
from bot.core import ranking
from bot.core.errors import PublishError, StoreError
from bot.core.model import Paper
from bot.core.query import Query
from bot.site_folder import NOTE, SiteFolder
from tests.builders import NOON, paper
from tests.published import Press, dies, folders_read

LATTICE = paper(
    7,
    title="A lattice",
    categories=("math.CO",),
    primary_category="math.CO",
    authors=("Emmy Noether", "Ana García"),
)

DAY_OF_NANOSECONDS = 24 * 3600 * 10**9


@pytest.fixture(params=[True, False], ids=["believed", "doubted"])
def press(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Press:
    """Give a ledger with five papers in one topic, and one in another.

    That a folder changed when it is noted to have changed is believed, or doubted.
    """
    days = -1 if request.param else 1
    monkeypatch.setattr("bot.site_folder._TICK", days * DAY_OF_NANOSECONDS)
    made = Press(tmp_path)
    made.record(*map(paper, range(1, 6)), LATTICE)
    return made


class Links(HTMLParser):
    """The addresses to which a page leads, and the names of its places."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.names: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        for name, value in attrs:
            if name in {"href", "src"} and value:
                self.found.add(value)
            if name == "id" and value:
                self.names.add(value)


def test_every_link_of_every_page_leads_somewhere(press: Press) -> None:
    press.publish()
    files = press.files()
    names = {one: Links(text.decode()).names for one, text in files.items() if one[-5:] == ".html"}
    for one in names:
        for link in Links(files[one].decode()).found:
            if link.startswith(("https://", "data:")):
                continue
            there, _, name = link.partition("#")
            place = normpath(join(one.rpartition("/")[0], there)) if there else one
            assert place in files, f"{one} leads to {link}"
            assert not name or name in names[place], f"{one} leads to {link}"


def test_there_is_a_page_of_each_topic_paper_day_month_and_person(press: Press) -> None:
    done = press.publish()
    assert (done.topics, done.papers, done.because) == (2, 6, "")
    assert done.written == len(press.files())
    assert {
        *("index.html", "404.html", "archive.html", "authors.html", "all.atom", "all.feed.json"),
        *("topics/language/index.html", "topics/language/2026-01.html"),
        *(f"topics/language/language.{one}" for one in ("atom", "feed.json", "bib", "ris", "csv")),
        "topics/language/abstracts.json",
        *(f"papers/2601/2601.0000{one}.{end}" for one in range(1, 6) for end in ("html", "bib")),
        "papers/2601/2601.00007.ris",
        "authors/emmy-noether.html",
        "days/2026/2026-01-04.html",
        "days/2026/2026-01-04.bib",
    } <= press.files().keys()


def test_the_index_holds_the_newest_of_each_topic(press: Press) -> None:
    press.record(paper(9, updated=NOON, version=2))
    press.publish()
    index = press.page("index.html")
    shown = [one for one in range(1, 10) if f"A Study of Subject {one}<" in index]
    assert shown == [4, 5, 9]
    assert index.index("Subject 9<") < index.index("Subject 5<") < index.index("Subject 4<")
    assert "A lattice" in index


def test_the_same_data_are_the_same_octets_wherever_they_are_written(
    press: Press, tmp_path: Path
) -> None:
    press.publish()
    first = press.files()
    press.publish(whole=True)
    assert press.files() == first
    other = Press(tmp_path)
    asyncio.run(publishing.publish(press.settings(), tmp_path / "other", publishing.Wanted()))
    again = {
        str(one.relative_to(tmp_path / "other")): one.read_bytes()
        for one in (tmp_path / "other").rglob("*")
        if one.is_file() and not one.name.startswith(".")
    }
    assert (again, other.files()) == (first, first)


def test_nothing_new_writes_nothing_and_touches_nothing(press: Press) -> None:
    press.publish()
    before = {one: one.stat().st_mtime_ns for one in press.out.rglob("*") if one.is_file()}
    done = press.publish()
    assert (done.written, done.removed) == (0, 0)
    assert {one: one.stat().st_mtime_ns for one in press.out.rglob("*") if one.is_file()} == before


def test_a_new_paper_writes_its_own_pages_and_those_that_list_it(press: Press) -> None:
    press.publish()
    before = press.files()
    press.record(paper(8))
    press.publish()
    after = press.files()
    changed = {one for one in after if before.get(one) != after[one]}
    assert "papers/2601/2601.00008.html" in changed
    assert {"index.html", "archive.html", "topics/language/index.html"} <= changed
    untouched = {one for one in changed if one.startswith(("papers/2601/2601.00001", "topics/la"))}
    assert not {one for one in untouched if "lattices" in one or "00001" in one}


def in_one_go(press: Press) -> dict[str, bytes]:
    """Build the same site elsewhere, all of it at once."""
    elsewhere = press.root / "elsewhere"
    shutil.rmtree(elsewhere, ignore_errors=True)
    asyncio.run(publishing.publish(press.settings(), elsewhere, publishing.Wanted()))
    return {
        str(one.relative_to(elsewhere)): one.read_bytes()
        for one in elsewhere.rglob("*")
        if one.is_file() and not one.name.startswith(".")
    }


def test_step_by_step_the_site_becomes_what_it_is_in_one_go(press: Press) -> None:
    press.publish()
    press.record(paper(8), replace(LATTICE, version=2, title="Another", updated=NOON))
    press.publish()
    # The paper leaves both topics, and the month with it.
    press.record(
        replace(
            paper(2),
            version=2,
            categories=("cs.CV",),
            primary_category="cs.CV",
            updated=NOON + timedelta(days=40),
        )
    )
    press.record(paper(10), at=NOON + timedelta(days=1))
    press.publish()
    assert press.files() == in_one_go(press)


def test_a_paper_that_matches_no_longer_goes_with_its_files(press: Press) -> None:
    press.publish()
    press.record(replace(LATTICE, version=2, title="Another", authors=("B. C",), updated=NOON))
    done = press.publish()
    assert done.removed >= 3
    names = press.files().keys()
    assert not [one for one in names if "2601.00007" in one]
    assert "papers/2601/2601.00001.html" in names
    assert "2601.00007" not in press.page("authors/emmy-noether.html")


def test_the_last_paper_of_a_month_takes_its_folder_along(press: Press) -> None:
    alone = replace(LATTICE, id="2512.00020")
    press.record(alone)
    press.publish()
    assert (press.out / "papers/2512/2512.00020.html").exists()
    press.record(replace(alone, version=2, title="Another", authors=("B. C",), updated=NOON))
    press.publish()
    assert not (press.out / "papers/2512").exists()
    assert press.files() == in_one_go(press)


def test_what_nobody_made_for_the_pages_is_left_alone(press: Press) -> None:
    press.publish()
    (press.out / "CNAME").write_text("papers.example.org")
    (press.out / "papers/2601/notes.txt").write_text("mine")
    press.record(paper(8))
    press.publish(whole=True)
    assert (press.out / "CNAME").exists()
    assert (press.out / "papers/2601/notes.txt").exists()


def test_a_file_that_was_lost_is_written_again(press: Press) -> None:
    press.publish()
    whole = press.files()
    for name in ("papers/2601/2601.00003.html", "topics/language/language.atom", "404.html"):
        (press.out / name).unlink()
    done = press.publish()
    assert press.files() == whole
    assert done.written == 3


def test_other_words_or_topics_make_all_pages_anew(press: Press) -> None:
    press.publish()
    press.pages = 'title = "What we read"'
    done = press.publish()
    assert done.written > 20
    assert "What we read" in press.page("papers/2601/2601.00001.html")


def test_a_topic_that_goes_takes_its_pages_along(press: Press) -> None:
    press.publish()
    press.pages = 'topics = ["Lattices"]'
    press.publish()
    names = press.files()
    assert not [one for one in names if "language" in one or "2601.00001" in one]
    assert dict(names) == in_one_go(press)


def test_with_a_day_the_pages_stand_as_they_did(press: Press) -> None:
    press.record(paper(8), at=NOON + timedelta(days=2))
    done = press.publish(until=NOON.date())
    assert done.papers == 6
    assert press.publish().papers == 7


def test_before_the_first_paper_the_pages_say_so(tmp_path: Path) -> None:
    press = Press(tmp_path)
    press.record()
    done = press.publish()
    assert done.papers == 0
    assert "Language" in press.page("index.html")


def test_absolute_addresses_are_there_once_it_is_known_where_the_pages_are(press: Press) -> None:
    press.publish()
    assert "sitemap.xml" not in press.files()
    press.pages = 'url = "https://papers.example.org/ours"'
    press.publish()
    assert "<loc>https://papers.example.org/ours/sitemap-2601.xml</loc>" in press.page(
        "sitemap.xml"
    )
    parts = [press.page(f"sitemap-{one}.xml") for one in ("pages", "2601")]
    assert "<loc>https://papers.example.org/ours/papers/2601/2601.00001.html</loc>" in parts[1]
    assert "404" not in parts[0]
    assert sum(one.count("<loc>") for one in parts) == sum(
        one.endswith(".html") and one != "404.html" for one in press.files()
    )


def test_a_part_of_the_sitemap_that_was_lost_is_written_again(press: Press) -> None:
    press.pages = 'url = "https://papers.example.org/ours"'
    press.publish()
    before = press.files()
    for name in ("sitemap-2601.xml", "sitemap-pages.xml"):
        (press.out / name).unlink()
    press.publish()
    assert press.files() == before


def test_only_folders_of_papers_that_have_changed_are_read(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.site_folder._TICK", -DAY_OF_NANOSECONDS)
    press.pages = 'url = "https://papers.example.org"'
    press.record(replace(LATTICE, id="2512.00020"), replace(LATTICE, id="2511.00003"))
    press.publish()
    folders = folders_read(monkeypatch)
    press.publish()
    assert folders == []
    press.record(paper(8))
    (press.out / "papers/2511/2511.00003.ris").unlink()
    press.publish()
    assert folders == ["2511", "2601"]
    assert press.files() == in_one_go(press)


def test_the_newest_papers_of_topics_are_held_against_their_queries_once(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    press.publish()
    asked: list[str] = []
    match = ranking.match

    def noted(query: Query, one: Paper) -> ranking.Match:
        asked.append(one.id)
        return match(query, one)

    monkeypatch.setattr(ranking, "match", noted)
    press.publish()
    assert asked == []
    press.record(paper(8))
    press.publish()
    assert asked == ["2601.00008"]
    monkeypatch.undo()
    assert press.files() == in_one_go(press)


@pytest.mark.parametrize("is_new", [False, True])
def test_a_build_that_dies_anywhere_is_completed_by_the_next(
    press: Press, monkeypatch: pytest.MonkeyPatch, *, is_new: bool
) -> None:
    if not is_new:
        press.publish()
    press.record(paper(8), replace(LATTICE, version=2, title="A lattice of mine", updated=NOON))
    whole = in_one_go(press)
    for survived in range(80):
        if not dies(press, monkeypatch, survived):
            break
        # Whoever reads now finds whole pages only, that lead to what is there.
        for page in press.out.rglob("*.html"):
            assert page.read_text(encoding="utf-8").rstrip().endswith("</html>")
    else:
        pytest.fail("the build never came to its end")
    assert survived > 3
    press.publish()
    assert press.files() == whole
    assert not list(press.out.rglob("*draft"))


def test_more_than_is_held_while_all_is_counted_is_written_all_the_same(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    press.pages = 'url = "https://papers.example.org"'
    press.publish()
    monkeypatch.setattr("bot.site_papers.MOST", 1)
    press.record(paper(8), paper(9), replace(LATTICE, version=2, title="Another", updated=NOON))
    press.publish()
    assert press.files() == in_one_go(press)


def test_what_was_changed_while_pages_were_written_is_written_by_the_next(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    press.publish()
    press.record(paper(8))
    write = SiteFolder.write
    done: list[str] = []

    def written(folder: SiteFolder, address: str, content: bytes) -> None:
        if not done:
            done.append(address)
            with closing(sqlite3.connect(press.database)) as db, db:
                db.execute("UPDATE papers SET title = 'Meanwhile' WHERE id = '2601.00001'")
                db.execute("INSERT INTO unindexed VALUES ('2601.00001')")
        write(folder, address, content)

    monkeypatch.setattr(SiteFolder, "write", written)
    press.publish()
    monkeypatch.undo()
    press.publish()
    assert "Meanwhile" in press.page("papers/2601/2601.00001.html")
    assert dict(press.files()) == in_one_go(press)


def test_a_ledger_that_cannot_be_written_is_shown_as_it_is_and_made_whole_later(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.connection.BUSY_SECONDS", 0.0)
    with closing(sqlite3.connect(press.database, isolation_level=None)) as busy:
        busy.execute("BEGIN IMMEDIATE")
        done = press.publish()
        assert done.unseen == 6
        assert done.because
    assert press.publish().papers == 6
    assert dict(press.files()) == in_one_go(press)


def test_a_ledger_from_a_backup_makes_the_pages_anew(press: Press) -> None:
    press.publish()
    kept = press.database.read_bytes()
    press.record(paper(8))
    press.publish()
    press.restore(kept)
    press.record(paper(9, title="Another past"))
    press.publish()
    assert dict(press.files()) == in_one_go(press)


def test_before_the_first_run_there_is_nothing_to_show(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no database yet"):
        Press(tmp_path).publish()


def test_a_store_without_shelves_has_no_pages() -> None:
    with pytest.raises(StoreError, match="no shelves"):
        shelving(object())  # type: ignore[arg-type]  # a store that is none


def test_the_note_is_no_secret(press: Press) -> None:
    press.publish()
    assert str(press.root) not in (press.out / NOTE).read_text()


def test_a_folder_of_somebody_else_is_refused(press: Press) -> None:
    press.out.mkdir()
    (press.out / "index.html").write_text("mine")
    with pytest.raises(PublishError, match="not made by Daily Papers"):
        press.publish()


def test_last_update_is_the_day_of_the_last_announcement(press: Press) -> None:
    press.publish()
    assert "2026-01-04" in press.page("index.html")
    press.record(paper(8), at=datetime(2026, 1, 8, 2, tzinfo=UTC))
    press.publish()
    assert str(date(2026, 1, 7)) in press.page("index.html")
