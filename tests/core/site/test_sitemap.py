"""Sitemaps: within the protocol's bounds, and complete."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from lxml import etree

from bot.core.site import sitemap as module
from bot.core.site.sitemap import LARGEST, MOST, Address, sitemap
from tests.core.site.samples import TODAY, site

SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


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


def pages(count: int) -> Iterator[Address]:
    """Give addresses of pages, a third of which have no day."""
    for number in range(count):
        day = TODAY - timedelta(days=number % 900)
        yield f"papers/2601/{number}.html", None if number % 3 == 0 else day


def test_few_pages_are_one_file() -> None:
    ((place, content),) = sitemap(site(), pages(3))
    assert place == "sitemap.xml"
    assert listed(content, "urlset") == [
        ("https://papers.example.org/papers/2601/0.html", None),
        ("https://papers.example.org/papers/2601/1.html", "2026-01-04"),
        ("https://papers.example.org/papers/2601/2.html", "2026-01-03"),
    ]


def test_without_an_address_of_the_site_there_is_none() -> None:
    assert not list(sitemap(site(url=""), pages(3)))


def test_a_site_without_pages_has_an_empty_one() -> None:
    ((place, content),) = sitemap(site(), [])
    assert (place, listed(content, "urlset")) == ("sitemap.xml", [])


@pytest.mark.parametrize("more", [0, 1])
def test_a_file_holds_no_more_than_the_protocol_lets_it(more: int) -> None:
    files = dict(sitemap(site(), pages(MOST + more)))
    assert len(files) == (3 if more else 1)


def test_many_pages_are_several_files_and_one_that_leads_to_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST", 4)
    files = list(sitemap(site(), pages(10)))
    *parts, (place, index) = files
    assert [place for place, _ in parts] == ["sitemap-1.xml", "sitemap-2.xml", "sitemap-3.xml"]
    assert place == "sitemap.xml"
    assert listed(index, "sitemapindex") == [
        ("https://papers.example.org/sitemap-1.xml", "2026-01-04"),
        ("https://papers.example.org/sitemap-2.xml", "2026-01-01"),
        ("https://papers.example.org/sitemap-3.xml", "2025-12-28"),
    ]
    told = [where for _, content in parts for where, _ in listed(content, "urlset")]
    assert told == [f"https://papers.example.org/{place}" for place, _ in pages(10)]


def test_a_file_is_no_larger_than_the_protocol_lets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 600)
    files = list(sitemap(site(), pages(30)))
    assert len(files) > 5
    assert all(len(content) <= 600 for _, content in files[:-1])
    assert LARGEST == 52_428_800


def test_files_are_given_as_soon_as_they_are_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    taken: list[str] = []

    def counted() -> Iterator[Address]:
        for address in pages(100):
            taken.append(address[0])
            yield address

    files = sitemap(site(), counted())
    next(files)
    assert len(taken) <= 6, "no more is held than two files"


def test_addresses_are_escaped() -> None:
    of = site(url="https://papers.example.org/a&b")
    ((_, content),) = sitemap(of, [("days/é <x>.html", date(2026, 1, 5))])
    assert listed(content, "urlset") == [
        ("https://papers.example.org/a&b/days/%C3%A9%20%3Cx%3E.html", "2026-01-05")
    ]
