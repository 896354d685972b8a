"""The site as a whole: every link leads somewhere, every page is whole and closed off."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from posixpath import join, normpath

import pytest

from bot.core.site import files as writing
from bot.core.site import html, places
from bot.core.site.assets import assets
from tests.core.site import samples, whole
from tests.core.site.dom import Element, dom

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'"
)


@cache
def files() -> dict[str, bytes]:
    return whole.pages(whole.site(searchable=True))


@cache
def pages() -> dict[str, Element]:
    return {name: dom(text) for name, text in files().items() if name.endswith(".html")}


NAMES = sorted(whole.html(whole.site()))


def leads(page: Element) -> Iterator[str]:
    for element in page.walk():
        for name in ("href", "src", "data-rest", "action"):
            if name in element.attributes:
                yield element.attributes[name]


@pytest.mark.parametrize("name", [one for one in NAMES if one != places.NOT_FOUND])
def test_every_link_leads_to_a_page_or_a_file_or_away(name: str) -> None:
    page = pages()[name]
    anchors = {one.attributes["id"] for one in page.walk() if "id" in one.attributes}
    for target in leads(page):
        if re.match(r"https://(arxiv|doi)\.org(/|$)", target):
            continue
        assert not re.match(r"[a-z]+:|/", target), target
        address, _, anchor = target.partition("#")
        if not address:
            assert anchor in anchors
            continue
        there = normpath(join(name.rpartition("/")[0], address))
        assert there in files() or there == places.SEARCH, target


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_whole_and_closed_off(name: str) -> None:
    text, page = files()[name].decode(), pages()[name]
    assert text.startswith('<!doctype html>\n<html lang="en">')
    assert page.one("head").all("meta")[1].attributes == {
        "http-equiv": "Content-Security-Policy",
        "content": POLICY,
    }
    assert not [one for one in page.walk() if one.attributes.keys() & {"style", "onclick"}]
    assert not page.all("style")
    (script,) = page.all("script")
    assert script.attributes.keys() == {"src", "defer"}
    assert not script.text
    assert "{{" not in text
    assert "{%" not in text
    assert not re.search(r"\bNone\b", page.one("body").text)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_fetches_nothing_from_anywhere_else(name: str) -> None:
    for element in pages()[name].walk():
        kind = element.attributes.get("rel")
        if element.tag == "script" or kind in {"stylesheet", "icon"}:
            target = element.attributes.get("src") or element.attributes["href"]
            assert target.rpartition("/")[2] in assets()
    assert {one.tag for one in pages()[name].walk()}.isdisjoint(
        {"img", "iframe", "object", "embed", "base", "video", "audio"}
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_page_names_each_place_once(name: str) -> None:
    ids = [one.attributes["id"] for one in pages()[name].walk() if "id" in one.attributes]
    assert len(set(ids)) == len(ids)
    labelled = {
        one.attributes["aria-labelledby"]
        for one in pages()[name].walk()
        if "aria-labelledby" in one.attributes
    }
    assert labelled <= set(ids)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_can_be_read_aloud(name: str) -> None:
    page = pages()[name]
    assert page.one("html").attributes["lang"] == "en"
    assert len(page.all("main")) == len(page.all("h1")) == 1
    landmarks = {"header", "main", "footer", "dialog", "nav", "div"}
    assert {one.tag for one in page.one("body").inner if isinstance(one, Element)} <= {
        "a",
        *landmarks,
    }
    skip = page.one("body").all("a")[0]
    assert skip.css == ["skip"]
    assert skip.attributes["href"] == f"#{page.one('main').attributes['id']}"
    levels = [int(one.tag[1]) for one in page.walk() if re.fullmatch("h[1-6]", one.tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for one in page.walk():
        if one.tag in {"a", "button", "summary", "th", "caption", "h1", "h2", "h3"}:
            assert one.text or one.attributes.get("aria-label") or one.css == ["dot"], one.tag
        if one.tag in {"nav", "dialog"}:
            assert one.attributes.keys() & {"aria-label", "aria-labelledby"}


@pytest.mark.parametrize("name", NAMES)
def test_every_field_has_a_label(name: str) -> None:
    page = pages()[name]
    labelled = {id(field) for label in page.all("label") for field in label.walk()}
    for field in (*page.all("input"), *page.all("select")):
        assert id(field) in labelled


def test_a_topic_may_be_called_as_our_own_places_are() -> None:
    names = ("main", "_main", "filter", "help", "h main", "keys", "h_main", "months", "y2026")
    of = samples.site(names)
    cards = [samples.card(1, [one.slug for one in of.topics])]
    sections = [samples.section(of, one.slug, cards) for one in of.topics]
    page = dom(html.index_page(of, sections))
    ids = [one.attributes["id"] for one in page.walk() if "id" in one.attributes]
    assert len(set(ids)) == len(ids)


def test_equal_values_give_equal_bytes() -> None:
    assert whole.pages(whole.site(searchable=True)) == files()


def test_pages_without_topics_are_whole_too() -> None:
    empty = samples.site((), updated=None, counts={}, url="")
    for name, content in (*writing.common(empty), *writing.index(empty, [])):
        if name.endswith(".html"):
            assert len(dom(content).all("main")) == 1


def test_feeds_are_announced() -> None:
    def feeds(name: str) -> list[str]:
        return [
            one.attributes["href"]
            for one in pages()[name].all("link")
            if one.attributes["rel"] == "alternate"
        ]

    assert feeds("index.html") == ["all.atom", "all.feed.json"]
    there = "../../topics/language/language"
    assert feeds("topics/language/index.html") == [f"{there}.atom", f"{there}.feed.json"]
