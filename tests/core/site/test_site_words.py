"""Texts of papers on their way into HTML."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from bot.core.site.words import escaped, long_month, number, papers, peek, shown, title_of
from tests.builders import paper


def test_what_is_shown_is_escaped_once() -> None:
    assert shown('a < b & "c"') == Markup("a &lt; b &amp; &#34;c&#34;")
    assert shown("&lt;b&gt;") == Markup("&amp;lt;b&amp;gt;")


@given(st.text(st.sampled_from("&<>'\"a;é#")))
def test_text_is_escaped_as_everywhere_else(text: str) -> None:
    assert escaped(text) == str(escape(text))
    assert escaped(Markup(text)) == text


def test_what_is_known_of_a_text_is_shown_for_it() -> None:
    assert shown("known", {"known": "<told>"}) == Markup("&lt;told&gt;")


def test_a_title_that_shows_nothing_gives_way_to_the_id() -> None:
    assert title_of(paper(title=" \u200b")) == "arXiv:2601.00001"
    assert title_of(paper(title="<i>")) == Markup("&lt;i&gt;")


def test_a_long_comment_is_peeked_at() -> None:
    assert peek("x" * 20) == ""
    assert peek("12 pages, 3 figures, accepted at ACL 2026") == "12 pages, 3 figures, accepted at…"
    assert peek(r"$\alpha$" + 18 * "x") == ""


def test_months_and_numbers_are_english() -> None:
    assert long_month(date(2026, 3, 1)) == "March 2026"
    assert number(1234) == "1,234"
    assert [papers(count) for count in (0, 1, 1234)] == ["no papers", "1 paper", "1,234 papers"]
