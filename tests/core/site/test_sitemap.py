"""Sitemaps: within the protocol's bounds, and complete."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from bot.core.site import sitemap as module
from bot.core.site.model import Place
from bot.core.site.sitemap import MOST, of_papers, parts_of, sitemap
from bot.core.site.survey import Survey
from bot.core.site.tally import Standing, Tally
from tests.core.site.samples import TODAY, site

SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
ROOT = "https://papers.example.org"


def listed(content: bytes, kind: str) -> list[tuple[str, str | None]]:
    """Read the addresses of one file, with their days."""
    root = etree.fromstring(content, etree.XMLParser(huge_tree=True))
    assert root.tag == SPACE + kind
    assert len(root) <= 50_000
    assert len(content) <= 52_428_800
    found = []
    for one in root:
        assert {child.tag for child in one} <= {f"{SPACE}loc", f"{SPACE}lastmod"}
        found.append((one.findtext(f"{SPACE}loc"), one.findtext(f"{SPACE}lastmod")))
    return found


def standings(ids: Iterable[str]) -> list[Standing]:
    """Give papers, each changed a day before the one in front of it."""
    noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
    return [
        Standing(Place(one, ("q",), TODAY, noon - timedelta(days=number), 1), ("t",), ())
        for number, one in enumerate(ids)
    ]


def survey(**folders: Iterable[str]) -> Survey:
    """Count papers by folder."""
    counted = Survey((), ())
    for name, ids in folders.items():
        counted.add(name, Tally.over(standings(ids)))
    return counted


def test_a_folder_of_papers_has_a_file_of_its_own() -> None:
    ((place, content),) = of_papers(site(), "2601", standings(["2601.00001", "2601.00002"]))
    assert place == "sitemap-2601.xml"
    assert listed(content, "urlset") == [
        (f"{ROOT}/papers/2601/2601.00001.html", "2026-01-05"),
        (f"{ROOT}/papers/2601/2601.00002.html", "2026-01-04"),
    ]


def test_the_sitemap_leads_to_all_files_with_the_days_on_which_they_last_changed() -> None:
    counted = survey(**{"2601": ["2601.00001", "2601.00002"], "hep-th": ["hep-th/9901001"]})
    files = dict(sitemap(site(), ["index.html", "archive.html"], counted))
    assert files.keys() == {"sitemap.xml", "sitemap-pages.xml"}
    assert listed(files["sitemap.xml"], "sitemapindex") == [
        (f"{ROOT}/sitemap-pages.xml", None),
        (f"{ROOT}/sitemap-2601.xml", "2026-01-05"),
        (f"{ROOT}/sitemap-hep-th.xml", "2026-01-05"),
    ]
    assert listed(files["sitemap-pages.xml"], "urlset") == [
        (f"{ROOT}/index.html", None),
        (f"{ROOT}/archive.html", None),
    ]


def test_without_an_address_of_the_site_there_is_none() -> None:
    assert not list(sitemap(site(url=""), ["index.html"], survey()))
    assert not list(of_papers(site(url=""), "2601", standings(["2601.00001"])))


def test_a_site_without_pages_has_an_empty_one() -> None:
    files = dict(sitemap(site(), [], survey()))
    assert listed(files["sitemap-pages.xml"], "urlset") == []
    assert listed(files["sitemap.xml"], "sitemapindex") == [(f"{ROOT}/sitemap-pages.xml", None)]


def test_much_is_parted_and_the_sitemap_leads_to_each_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 4)
    ids = [f"hep-th/99{number:05d}" for number in range(9)]
    files = dict(of_papers(site(), "hep-th", standings(ids)))
    parts = ["sitemap-hep-th.xml", "sitemap-hep-th-2.xml", "sitemap-hep-th-3.xml"]
    assert list(files) == parts
    told = [where for one in parts for where, _ in listed(files[one], "urlset")]
    assert told == [f"{ROOT}/papers/{one}.html" for one in ids]
    lists = [f"days/{number}.html" for number in range(5)]
    pages = dict(sitemap(site(), lists, survey(**{"hep-th": ids})))
    index = [where for where, _ in listed(pages["sitemap.xml"], "sitemapindex")]
    names = ["sitemap-pages.xml", "sitemap-pages-2.xml", *parts]
    assert index == [f"{ROOT}/{one}" for one in names]
    assert pages.keys() == {"sitemap.xml", *names[:2]}


@pytest.mark.parametrize(("held", "parts"), [(0, 1), (1, 1), (MOST, 1), (MOST + 1, 2)])
def test_a_file_holds_no_more_than_the_protocol_lets_it(held: int, parts: int) -> None:
    assert len(parts_of("2601", held)) == parts
    assert MOST <= 50_000


def test_the_longest_addresses_fit_into_what_the_protocol_lets_a_file_be() -> None:
    # Longer ones, the protocol says, are none.
    of = site(url=f"https://papers.example.org/{'&' * 400}")
    ids = [f"2601.{number:05d}" for number in range(MOST)]
    ((_, content),) = of_papers(of, "2601", standings(ids))
    assert len(content) <= 52_428_800


def test_addresses_are_escaped() -> None:
    of = site(url="https://papers.example.org/a&b")
    files = dict(sitemap(of, ["days/é <x>.html"], survey()))
    assert listed(files["sitemap-pages.xml"], "urlset") == [
        ("https://papers.example.org/a&b/days/%C3%A9%20%3Cx%3E.html", None)
    ]
