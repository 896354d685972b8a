"""Texts that were written to do harm: a page has the elements of a harmless one, and no other."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.query import parse
from bot.core.site import html
from bot.core.site.model import Card, Section, Site, authors_of
from bot.core.site.single_html import paper_page
from tests import builders
from tests.core.site import samples
from tests.core.site.dom import Element, dom
from tests.hostile import HOSTILE, hostile_papers

KNOWN = {
    *("html", "head", "meta", "title", "link", "script", "body", "a", "header", "nav", "main"),
    *("footer", "section", "div", "article", "h1", "h2", "h3", "p", "span", "bdi", "strong"),
    *("time", "table", "thead", "tbody", "tr", "th", "td", "caption", "details", "summary"),
    *("ol", "ul", "li", "dl", "dt", "dd", "svg", "path", "label", "input", "select", "option"),
    *("button", "output", "dialog", "kbd", "form", "pre", "document"),
}
ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "content", "name", "rel", "type", "title", "href", "src"),
    *("defer", "class", "id", "role", "scope", "abbr", "dir", "open", "hidden", "method", "value"),
    *("datetime", "tabindex", "placeholder", "autocomplete", "spellcheck", "checked"),
    *("viewbox", "d", "preserveaspectratio", "data-id", "data-rank", "data-also", "data-rest"),
    *("data-do", "data-unread", "aria-label", "aria-labelledby", "aria-current", "aria-hidden"),
    *("aria-live", "aria-haspopup"),
}
ORDERING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u200b"

NAMES = HOSTILE.filter(lambda name: "\ud800" not in name)
"""What a configuration can hold: it is a file in UTF-8."""


@st.composite
def cards(draw: st.DrawFn, topics: tuple[str, ...]) -> Card:
    number = draw(st.integers(1, 9_999))
    authors = tuple(draw(st.lists(HOSTILE, max_size=8)))
    one = builders.paper(
        number,
        title=draw(HOSTILE),
        abstract=draw(HOSTILE),
        comment=draw(st.none() | HOSTILE),
        authors=authors,
        categories=tuple(draw(st.lists(HOSTILE, max_size=3))),
        primary_category=draw(HOSTILE),
        journal_ref=draw(st.none() | HOSTILE),
        doi=draw(st.none() | HOSTILE),
        report_no=draw(st.none() | HOSTILE),
        affiliations=tuple(draw(st.lists(HOSTILE, max_size=2))),
        version=draw(st.integers(1, 3)),
    )
    followed = tuple(place for place in range(len(authors)) if draw(st.booleans()))
    return Card(one, samples.TODAY, topics, followed)


@st.composite
def sites(draw: st.DrawFn) -> tuple[Site, list[Section]]:
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    people = draw(st.lists(NAMES, max_size=2, unique=True))
    of = replace(
        samples.site(names, title=draw(HOSTILE), introduction=draw(HOSTILE)),
        authors=authors_of([(name, parse("au:Li")) for name in people]),
    )
    slugs = tuple(one.slug for one in of.topics)
    held = [draw(st.lists(cards(slugs), max_size=3)) for _ in slugs]
    return of, [Section(shelf, some) for shelf, some in zip(of.topics, held, strict=True)]


def pages(of: Site, sections: list[Section]) -> list[bytes]:
    first = sections[0]
    day = samples.TODAY
    found = [
        html.index_page(of, sections),
        html.topic_page(of, first, {day.replace(day=1): 3}),
        html.month_page(of, first, day.replace(day=1)),
        html.day_page(of, sections, day, (day, day)),
        html.authors_page(of),
        html.not_found_page(of),
    ]
    found += [html.author_page(of, Section(one, first.cards)) for one in of.authors]
    return found + [paper_page(of, card) for section in sections for card in section.cards]


def check(page: Element) -> None:
    for one in page.walk():
        assert one.tag in KNOWN
        assert one.attributes.keys() <= ATTRIBUTES
        href = one.attributes.get("href", "")
        assert not href.lower().strip().startswith(("javascript:", "data:", "//"))
        if one.tag == "a":
            assert not set(href) & set(" \n\t")
    assert len(page.all("script")) == len(page.all("main")) == len(page.all("h1")) == 1


@settings(max_examples=30)
@given(sites())
def test_no_text_becomes_markup(drawn: tuple[Site, list[Section]]) -> None:
    for page in pages(*drawn):
        check(dom(page))


@settings(max_examples=30)
@given(sites())
def test_nothing_that_hides_or_reorders_text_is_left(drawn: tuple[Site, list[Section]]) -> None:
    for page in pages(*drawn):
        text = page.decode()
        assert not set(text) & {*ORDERING, "\x00", "\x07", "\x1b", "\u2028"}


@settings(max_examples=30)
@given(sites())
def test_what_is_fetched_later_is_harmless_too(drawn: tuple[Site, list[Section]]) -> None:
    of, sections = drawn
    for section in sections:
        many = Section(section.shelf, [*map(samples.card, range(1, 31)), *section.cards])
        for words in json.loads(html.rest_of(of, many)).values():
            assert [one.tag for one in dom(words.encode()).walk()] == ["document"]


def test_two_ways_to_do_harm_that_meet_do_none() -> None:
    of = samples.site(("A",))
    chosen = [Card(entry.paper, samples.TODAY, ("a",), followed=(1,)) for entry in hostile_papers()]
    section = samples.section(of, "a", chosen)
    index = dom(html.index_page(of, [section]))
    assert len(index.all("tr", "row")) == len(chosen)
    check(index)
    for card in chosen[::5]:
        check(dom(paper_page(of, card)))


RIGHT_TO_LEFT = "עברית (ABC) 1"


@pytest.mark.parametrize("field", ["title", "authors", "comment", "abstract"])
def test_right_to_left_text_turns_round_nothing_beside_it(field: str) -> None:
    words: Any = (RIGHT_TO_LEFT,) if field == "authors" else RIGHT_TO_LEFT
    of = samples.site(("Language",))
    card = samples.card(**{field: words})
    for page in (
        html.index_page(of, [samples.section(of, "language", [card])]),
        paper_page(of, card),
    ):
        body = dom(page).one("body")
        holding = [
            one
            for one in body.walk()
            if any(isinstance(inner, str) and RIGHT_TO_LEFT in inner for inner in one.inner)
            and one.tag != "pre"
        ]
        assert holding
        for one in holding:
            assert one.tag == "bdi" or one.attributes.get("dir") == "auto"
