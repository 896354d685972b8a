"""Addresses read back: what stands in `places` and in `files` is found there, and nothing else."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.query import parse
from bot.core.site import files, places
from bot.core.site.address import Asked, read
from bot.core.site.model import Card, Section, Site, topics_of
from bot.core.site.slugs import slug_of
from bot.core.site.survey import Survey
from tests.builders import paper

NAMES = st.text(min_size=1, max_size=80)
MONTHS = st.dates(date(1991, 1, 1), date(2100, 12, 1)).map(lambda day: day.replace(day=1))
IDS = st.one_of(
    st.from_regex(r"[0-9]{4}\.[0-9]{4,5}", fullmatch=True),
    st.from_regex(r"[a-z]{2,9}(-[a-z]{2,4})?/[0-9]{7}", fullmatch=True),
)


@given(name=NAMES, ending=st.sampled_from((*places.FEEDS, *places.TABLES)))
def test_a_topic_is_read_back_from_each_of_its_files(name: str, ending: str) -> None:
    slug = slug_of(name)
    for address in (places.topic(slug), places.topic_rest(slug), places.topic_file(slug, ending)):
        assert read(address) == Asked("topic", slug)
    assert read(places.author(slug)) == Asked("author", slug)


@given(name=NAMES, month=MONTHS)
def test_a_month_is_read_back(name: str, month: date) -> None:
    slug = slug_of(name)
    assert read(places.topic_month(slug, month)) == Asked("month", slug, month)


@given(day=st.dates(), ending=st.sampled_from(("bib", "ris")))
def test_a_day_is_read_back(day: date, ending: str) -> None:
    if day.year < 1000:  # no paper is as old, and their years have fewer digits
        return
    assert read(places.day(day)) == read(places.day_file(day, ending)) == Asked("day", day=day)


@given(identifier=IDS, ending=st.sampled_from(("html", "bib", "ris")))
def test_a_paper_is_read_back(identifier: str, ending: str) -> None:
    assert read(places.paper_file(identifier, ending)) == Asked("paper", identifier)


def test_every_file_that_is_made_is_read_back_as_what_it_was_made_with() -> None:
    topics = topics_of([("2026-01", parse("cat:cs.CL"), ()), ("RAG", parse("ti:rag"), ())])
    site = Site("Papers", "", "https://example.org", 9, topics)
    card = Card(paper(), date(2026, 1, 5), tuple(one.slug for one in topics))
    old = Card(paper(id="hep-th/9901001"), date(2026, 1, 5))
    month = date(2026, 1, 1)
    seen: set[str] = set()
    made = [
        *((Asked("paper", one.paper.id), files.paper(site, one)) for one in (card, old)),
        (Asked("index"), files.index(site, [Section(one, [card]) for one in topics])),
        (Asked("common"), files.common(site)),
        (Asked("day", day=card.day), files.day(site, [], card.day, (None, None))),
        *(
            pair
            for one in topics
            for pair in (
                (Asked("topic", one.slug), files.topic(site, Section(one, [card]), {})),
                (Asked("month", one.slug, month), files.month(site, Section(one, [card]), month)),
            )
        ),
    ]
    for asked, found in made:
        for address, _ in found:
            assert read(address) == asked
            assert address not in seen, "no two pages have one address"
            seen.add(address)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        *(("sitemap.xml", ""), ("sitemap-pages.xml", ""), ("sitemap-pages-12.xml", "")),
        *(("sitemap-2601.xml", "2601"), ("sitemap-2601-2.xml", "2601")),
        *(("sitemap-math.xml", "math"), ("sitemap-hep-th-10.xml", "hep-th")),
    ],
)
def test_a_part_of_the_sitemap_names_the_folder_that_it_lists(address: str, name: str) -> None:
    assert read(address) == Asked("sitemap", name)


@pytest.mark.parametrize("name", ["2601", "0704", "math", "hep-th"])
def test_the_ids_of_a_folder_are_those_between_its_bounds(name: str) -> None:
    after, before = places.folder_ids(name)
    number = ".00001" if name.isdigit() else "/9901001"
    assert after < f"{name}{number}" < before
    assert places.folder_name(f"{name}{number}") == name
    others = ("2600.99999", "2602.00001", "0703.99999", "math-ph/9901001", "hep-ph/9901001")
    assert not [one for one in others if after < one < before]


@pytest.mark.parametrize(
    "address",
    [
        *("", "/", "..", "topics", "topics/rag", "topics/rag/", "topics/rag/other.bib"),
        *("topics/RAG/index.html", "topics/rag/rag.html", "topics/rag/2026-00.html"),
        *("days/2026/2025-01-01.html", "days/2026/2026-02-30.html", "days/2026/2026-01-01.csv"),
        *("papers/2601/2602.00001.html", "papers/hep-th/99.html", "papers/2601/2601.00001.csv"),
        *("sitemap-0.xml", "sitemap-2601-1.xml", "sitemap-2601-0.xml", "sitemap-99999.xml"),
        *(
            "sitemap-HEP-TH.xml",
            "sitemap-a-b-c.xml",
            "sitemap-2601-99999.xml",
            "assets/",
            "assets/../x",
            "index.html\n",
        ),
        *("topics/٣/index.html", "days/٢٠٢٦/٢٠٢٦-٠١-٠١.html", "a" * 10_000, "search"),
    ],
)
def test_nothing_else_is_read(address: str) -> None:
    assert read(address) is None


@given(st.text())
def test_no_text_breaks_the_reading_of_it(text: str) -> None:
    found = read(text)
    assert found is None or text.isascii()


def test_pages_are_listed_for_the_sitemap_in_the_order_of_their_kinds() -> None:
    site = Site("Papers", "", "", 9, topics_of([("RAG", parse("ti:rag"), ())]))
    survey = Survey(site.topics, ())
    assert list(files.pages(site, survey)) == [
        *("topics/rag/index.html", "archive.html", "authors.html", "index.html"),
    ]
