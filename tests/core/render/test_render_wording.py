"""Words that all renderings share."""

import textwrap
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.core.model import Entry
from bot.core.render.wording import (
    display,
    long_date,
    names,
    papers,
    shorten,
    topics_of,
    weekday_date,
)
from bot.core.render.written import wrapped
from tests.builders import digest, paper


def test_dates_are_written_in_english_whatever_the_locale() -> None:
    assert long_date(date(2026, 1, 6)) == "Tuesday 6 January 2026"
    assert weekday_date(date(2026, 5, 31)) == "Sun 31 May 2026"


@pytest.mark.parametrize(
    ("count", "words"), [(0, "no new papers"), (1, "1 new paper"), (2, "2 new papers")]
)
def test_papers_are_counted_in_words(count: int, words: str) -> None:
    assert papers(count) == words


@pytest.mark.parametrize(
    ("given_names", "shown"),
    [((), ""), (("a",), "a"), (("a", "b"), "a and b"), (("a", "b", "c"), "a, b and 1 more")],
)
def test_a_list_of_names_ends_in_and(given_names: tuple[str, ...], shown: str) -> None:
    assert names(given_names, 2) == shown


@given(st.lists(st.text("ab-.é日"), min_size=1, max_size=60), st.sampled_from(["", "* "]))
def test_text_is_wrapped_as_the_standard_library_would(words: list[str], first: str) -> None:
    text = display(" ".join(words))
    assume(text)
    filled = textwrap.fill(
        text,
        72,
        initial_indent=first or "  ",
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    assert wrapped(text, first, "  ") == filled


@given(st.text(), st.integers(min_value=0, max_value=50))
def test_shortened_text_is_never_longer_than_asked_for(text: str, length: int) -> None:
    assert len(shorten(text, length)) <= max(length, 0)
    assert shorten(text, None) == text


def test_a_single_long_word_is_cut_inside() -> None:
    assert shorten("x" * 20, 10) == "x" * 9 + "…"


def test_topics_are_listed_once_with_the_sections_first() -> None:
    one = digest(Entry(paper(1), ("RAG", "Agents")), Entry(paper(2), ("SFT", "Agents")))
    assert topics_of(one) == ("RAG", "SFT", "Agents")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a\u202eb", "ab"),
        ("a\r\nb\x00", "a b"),
        (r"Erd\H{o}s", "Erdős"),
    ],
)
def test_outside_text_reads_as_unicode_on_one_line_and_hides_nothing(
    written: str, shown: str
) -> None:
    assert display(written) == shown
