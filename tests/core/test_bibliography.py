"""What one person wrote: each work once, the newest first, and the name in all its forms."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.bibliography import Form, Published, Work, forms, merged, title_key
from bot.core.query import from_authors
from bot.sources.acl_xml import AnthologyReader
from tests.builders import paper


def published(number: int = 1, title: str = "A Study of Subject 1", **changes: object) -> Published:
    values: dict[str, object] = {
        "id": f"2022.acl-long.{number}",
        "title": title,
        "authors": ("Ana García",),
        "year": 2022,
        "venue": "ACL 2022",
    }
    return Published(**(values | changes))  # type: ignore[arg-type]  # values of many types


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A Study: of BERT", "a study of bert"),
        ("Multi-Task  Learning", "Multitask learning."),
        ("Erdős's Théorème", "Erdos's Theoreme"),
        ("S$^4$-Tuning: A Method", "S$^{4}$-Tuning: A Method"),
        (r"Poincar\'e and G\"odel", "Poincaré and Gödel"),
        ("Efficient $k$-Nearest-Neighbor", "Efficient k-Nearest Neighbor"),
        ("“Quoted” Titles’", '"Quoted" Titles\''),
    ],
)
def test_titles_are_the_same_that_say_the_same(one: str, other: str) -> None:
    assert title_key(one) == title_key(other) != ""


def test_other_titles_are_others() -> None:
    assert title_key("BERT and friends") != title_key("BERT and friends II")


def test_a_work_on_arxiv_and_in_the_anthology_is_one() -> None:
    (work,) = merged([paper()], [published(title="A study of subject 1")])
    assert work == Work(paper(), (published(title="A study of subject 1"),))
    assert work.title == paper().title
    assert work.year == 2026
    assert work.published[0].url == "https://aclanthology.org/2022.acl-long.1"


def test_a_doi_tells_a_work_whose_title_has_changed() -> None:
    known = paper(doi="10.18653/V1/2022.ACL-LONG.1")
    (work,) = merged([known], [published(title="New", doi="10.18653/v1/2022.acl-long.1")])
    assert work.paper == known


def test_a_work_published_twice_is_one_with_or_without_arxiv() -> None:
    twice = [published(), published(2, venue="Findings 2022")]
    for papers in ([paper()], []):
        (work,) = merged(papers, twice)
        assert work.published == tuple(twice)


def test_what_only_the_anthology_has_stands_in_its_year() -> None:
    one = published(title="Other", abstract="Text.")
    work = merged([], [one])[0]
    assert (work.title, work.authors, work.abstract, work.year) == (
        "Other",
        ("Ana García",),
        "Text.",
        2022,
    )


def test_titles_without_a_word_are_never_the_same() -> None:
    assert len(merged([], [published(1, "∞"), published(2, "∞")])) == 2


def test_the_abstract_is_arxivs_or_the_first_there_is() -> None:
    both = Work(paper(abstract=""), (published(), published(2, abstract="Found.")))
    assert both.abstract == "Found."
    assert Work(paper(), (published(abstract="Other."),)).abstract == paper().abstract
    assert Work(published=(published(),)).abstract == ""


def test_the_newest_come_first() -> None:
    def on(number: int, year: int, month: int) -> Work:
        day = datetime(year, month, 1, tzinfo=UTC)
        return Work(paper(number, published=day))

    works = [on(1, 2021, 5), on(2, 2022, 1), on(3, 2022, 6)]
    papers = [one.paper for one in works if one.paper]
    only = published(title="Other")
    assert merged(papers, [only]) == [works[2], works[1], Work(published=(only,)), works[0]]


def test_the_name_is_counted_in_each_of_its_forms() -> None:
    works = [
        Work(paper(1, authors=("Peiyang Liu", "Ana García"))),
        Work(paper(2, authors=("Ana García", "Liu Peiyang"), primary_category="math.AG")),
        Work(paper(3, authors=("Peiyang Liu",), primary_category="cs.IR")),
        Work(paper(4, authors=("Peiyang Liu", "Peiyang Liu"))),
        Work(published=(published(authors=("Peiyang B. Liu",)),)),
    ]
    assert forms(works, from_authors(["Peiyang Liu"])) == [
        Form("Peiyang Liu", 3, (("cs.CL", 2), ("cs.IR", 1))),
        Form("Liu Peiyang", 1, (("math.AG", 1),)),
        Form("Peiyang B. Liu", 1),
    ]


def test_recorded_titles_differ_wherever_the_works_do(recordings: Path) -> None:
    (path,) = (recordings / "acl").glob("*2022.acl.xml.gz")
    found: list[Published] = []
    reader = AnthologyReader(found.append)
    reader.feed(gzip.decompress(path.read_bytes()))
    reader.close()
    assert reader.failure is None
    assert len(merged([], found)) == len(found)
