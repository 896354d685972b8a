"""Pages that are drawn in parts, and what pages share."""

import gc
import weakref
from dataclasses import replace

import pytest

from bot.core.site.atom import atom
from bot.core.site.drawing import apart, filled
from bot.core.site.frame import Frame
from bot.core.site.html import index_page, month_page
from bot.core.site.json_feed import json_feed
from bot.core.site.model import Card, Section, Shelf, Site
from bot.core.site.single_html import paper_page
from tests.core.site.samples import TODAY, card, site


def test_what_is_between_the_parts_is_filled_in() -> None:
    assert filled([b"a"], []) == b"a"
    assert filled([b"a", b"b", b"c"], [[b"1", b"2"], [], [b"3"]]) == b"a12b3c"
    with pytest.raises(ValueError, match="zip"):
        filled([b"a", b"b"], [[b"1"], [b"2"]])


def test_a_page_of_papers_has_gaps_where_their_own_words_stand() -> None:
    parts = apart("paper.html", frame=Frame(site(), "papers/2601/2601.00001.html", "\0"))
    assert len(parts) == 4
    assert parts[0].endswith(b"<title>")


def test_what_was_drawn_for_one_site_is_shown_on_no_other() -> None:
    one, same = site(), site()
    other = replace(one, title="Elsewhere", searchable=True)
    shelf, shown = one.topics[0], card(1, (one.topics[0].slug, one.topics[1].slug))
    first = paper_page(one, shown)
    assert b"Elsewhere" in paper_page(other, shown)
    assert paper_page(same, shown) == first
    names = tuple(replace(topic, name=f"{topic.name} again") for topic in one.topics)
    renamed = replace(one, topics=names)
    for draw in (_month, _index):
        before = draw(one, shelf, shown)
        assert b"again" not in before
        assert draw(renamed, names[0], shown) != before
        assert draw(same, shelf, shown) == before


def _month(of: Site, shelf: Shelf, one: Card) -> bytes:
    return month_page(of, Section(shelf, [one]), TODAY.replace(day=1))


def _index(of: Site, shelf: Shelf, one: Card) -> bytes:
    return index_page(of, [Section(shelf, [one])])


def test_a_site_that_nobody_needs_any_more_goes_with_what_was_drawn_for_it() -> None:
    gc.collect()
    gc.disable()
    try:
        one = site()
        atom(one, None, [card()])
        json_feed(one, None, [card()])
        paper_page(one, card())
        known = weakref.ref(one)
        del one
        assert known() is None
    finally:
        gc.enable()
