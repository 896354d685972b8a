"""Layouts, tables of contents, marks and what is said around the papers."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import render
from bot.core.digest import Digest, Style
from bot.core.marks import Marks
from bot.core.model import Entry
from bot.core.render.marked import Span, spans, within, words_of
from bot.core.render.wording import shorten
from tests.builders import digest, paper
from tests.core.render.outline import Outline, page

Form = render.Form


def sent(one: Digest) -> tuple[str, Outline]:
    """Give the text that is sent of a digest, and the outline of its page."""
    text, source = next(render.forms(one))
    return text, Outline(source)


def entries(count: int, *topics: str) -> list[Entry]:
    """Build papers, dealt out to the topics in turns."""
    return [Entry(paper(n), (topics[n % len(topics)],)) for n in range(count)]


# Layouts


def test_a_full_layout_has_abstracts_and_four_links_a_paper() -> None:
    outline = page(Entry(paper(), ("RAG",)))
    assert "We study subject 1 and report what we found." in outline.texts("p")
    assert outline.texts("p", "links") == ["Abstract page · PDF · HTML · BibTeX"]
    assert outline.links() == [
        *(["https://arxiv.org/abs/2601.00001"] * 2),
        "https://arxiv.org/pdf/2601.00001",
        "https://arxiv.org/html/2601.00001",
        "https://arxiv.org/bibtex/2601.00001",
        "https://arxiv.org",
    ]


def test_a_compact_layout_has_no_abstracts_and_says_nothing_of_it() -> None:
    text, outline = sent(digest(Entry(paper(comment="12 pages"), ("RAG",)), style=Style("compact")))
    assert outline.texts("p", "by") == ["Ana García and Li Wei"]
    assert outline.texts("p", "comment") == ["12 pages"]
    assert outline.texts("p", "meta line") == ["cs.CL · submitted 4 Jan 2026 · PDF · HTML · BibTeX"]
    assert not outline.texts("p", "note")
    assert "We study" not in text + " ".join(outline.texts("p"))


def test_a_titles_layout_names_one_author_and_whoever_is_followed() -> None:
    one = paper(authors=("A", "B", "C"), comment="12 pages")
    text, outline = sent(digest(Entry(one, ("RAG",), followed=(2,)), style=Style("titles")))
    assert outline.texts("p", "meta line") == ["A, … C and 1 more · cs.CL · PDF"]
    assert outline.texts("strong", "who") == ["C"]
    assert not outline.texts("p", "comment") + outline.texts("p", "note")
    assert "* A Study of Subject 1\n  A, … *C* and 1 more · cs.CL\n  https://arxiv" in text


def test_bare_titles_tell_only_what_is_withdrawn() -> None:
    gone = Entry(paper(2, comment="Withdrawn"), ("RAG", "SFT"), "cross")
    one = digest(Entry(paper(1), ("RAG",)), gone)
    outline = Outline(render.html(one, render.BARE))
    assert outline.texts("h3") == ["A Study of Subject 1", "A Study of Subject 2 (withdrawn)"]
    text = render.text(one, render.BARE)
    assert "* A Study of Subject 2\n  WITHDRAWN\n  https://arxiv.org/abs/2601.00002\n" in text


@pytest.mark.parametrize("layout", ["full", "compact", "titles"])
def test_every_layout_ends_in_bare_titles(layout: str) -> None:
    forms = render.forms_of(layout)  # type: ignore[arg-type]
    assert forms[0].layout == layout
    assert forms[-1] == render.BARE
    assert render.BARE.rest == render.BARE


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (Form("full", 400), "abstracts are cut"),
        (Form("compact"), "leaves their abstracts to arXiv"),
        (Form("titles"), "it lists their titles"),
        (render.BARE, "it lists their titles"),
    ],
)
def test_a_message_says_what_it_left_out(form: Form, said: str) -> None:
    (told,) = Outline(render.html(digest(), form)).texts("p", "note")
    assert said in told
    assert said in " ".join(render.text(digest(), form).split())


@pytest.mark.parametrize(("layout", "form"), [("compact", "compact"), ("titles", "bare")])
def test_what_a_reader_asked_for_is_not_called_left_out(layout: str, form: str) -> None:
    one = digest(style=Style(layout))  # type: ignore[arg-type]
    assert "So that" not in render.html(one, Form(form))  # type: ignore[arg-type]


# The most papers that a reader wants told


@pytest.mark.parametrize(
    ("most", "abstracts", "said"),
    [
        (None, 5, ""),
        (5, 5, ""),
        (4, 4, "The first 4 are told in full, the rest as titles."),
        (1, 1, "The first is told in full, the rest as titles."),
        (0, 0, "These are titles, without more, as you have chosen."),
    ],
)
def test_papers_beyond_what_the_reader_wants_are_titles(
    most: int | None, abstracts: int, said: str
) -> None:
    text, outline = sent(digest(*entries(5, "RAG", "SFT"), style=Style("full", most)))
    assert len(outline.texts("p", "links")) == abstracts
    assert outline.texts("p", "note") == ([said] if said else [])
    assert text.count("We study") == abstracts
    for n in range(5):
        assert f"https://arxiv.org/abs/2601.{n:05d}" in text
        assert f"https://arxiv.org/abs/2601.{n:05d}" in outline.links()


def test_the_limit_holds_for_all_parts_of_a_digest_together() -> None:
    parts = [
        digest(*entries(5, "RAG"), style=Style("full", 52), part=part, parts=3)
        for part in (1, 2, 3)
    ]
    assert [len(sent(one)[1].texts("p", "links")) for one in parts] == [5, 2, 0]
    assert sent(parts[0])[1].texts("p", "note") == []
    assert sent(parts[2])[1].texts("p", "note") == [
        "These are titles, after the first 52, as you have chosen."
    ]


def test_revisions_do_not_count_against_the_limit() -> None:
    revised = Entry(paper(9, version=2), ("RAG",), "replace")
    outline = sent(digest(revised, *entries(2, "RAG"), style=Style("full", 2)))[1]
    assert len(outline.texts("p", "links")) == 2


# The table of contents


def test_a_long_digest_of_several_topics_lists_them_with_what_they_hold() -> None:
    text, outline = sent(digest(*entries(9, "RAG", "SFT")))
    assert outline.texts("li") == ["RAG 5", "SFT 4"]
    assert outline.links()[:2] == ["#topic-1", "#topic-2"]
    assert outline.texts("p", "sum") == ["9 new papers"]
    assert "9 new papers\n\n- RAG (5)\n- SFT (4)\n" in text


def test_a_long_digest_of_one_topic_lists_its_first_titles() -> None:
    text, outline = sent(digest(*entries(14, "RAG")))
    items = outline.texts("li")
    assert items[:2] == ["A Study of Subject 0", "A Study of Subject 1"]
    assert items[8:] == ["and 6 more"]
    assert outline.links()[0] == "#p2601.00000"
    assert "- A Study of Subject 0\n" in text
    places = [attributes.get("id") for name, attributes, _ in outline.elements if name == "td"]
    assert {f"p2601.{n:05d}" for n in range(14)} <= set(places)
    assert len(sent(digest(*entries(8, "RAG")))[1].texts("li")) == 8


@pytest.mark.parametrize(
    "one",
    [
        digest(*entries(7, "RAG", "SFT")),
        digest(*entries(9, "RAG"), style=Style("compact")),
        digest(*entries(9, "RAG"), style=Style("full", 0)),
    ],
    ids=["short", "compact", "titles only"],
)
def test_others_have_no_table_of_contents(one: Digest) -> None:
    assert not sent(one)[1].texts("li")


# What mailboxes show beside the subject


def test_the_preheader_names_the_first_papers() -> None:
    (hidden,) = page(*entries(2, "RAG")).texts("div", "hidden")
    assert hidden == "A Study of Subject 0 · A Study of Subject 1"
    (long,) = page(*entries(40, "RAG")).texts("div", "hidden")
    assert 150 < len(long) <= 200


def test_the_preheader_of_a_note_is_what_it_says() -> None:
    (hidden,) = page(sections=()).texts("div", "hidden")
    assert hidden.startswith("Daily Papers is at work")


# Marks


def test_words_that_matched_are_marked_in_title_comment_and_abstract() -> None:
    marks = Marks(title=((2, 7),), abstract=((3, 8), (9, 16)), comment=((0, 2),))
    outline = page(Entry(paper(comment="12 pages"), ("RAG",), marks=marks))
    assert outline.texts("b", "hit") == ["Study", "12", "study", "subject"]
    assert outline.texts("h3") == ["A Study of Subject 1"]
    assert "We study subject 1 and report what we found." in outline.texts("p")


def test_marks_survive_without_a_style_sheet_and_not_in_plain_text() -> None:
    one = digest(Entry(paper(), ("RAG",), marks=Marks(title=((2, 7),))))
    assert re.search(
        r'<b class="hit" style="[^"]*background:#\w+[^"]*">Study</b>', render.html(one)
    )
    assert "* A Study of Subject 1\n" in render.text(one)


def test_a_marked_word_is_escaped() -> None:
    entry = Entry(paper(title="<b>&"), ("RAG",), marks=Marks(title=((0, 3),)))
    assert ">&lt;b&gt;</b>&amp;</a>" in render.html(digest(entry))


def test_marks_of_a_title_that_shows_nothing_do_no_harm() -> None:
    entry = Entry(paper(title="\u200b"), ("RAG",), marks=Marks(title=((0, 300),)))
    assert page(entry).texts("h3") == ["arXiv:2601.00001"]


RANGES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=40)


@given(st.text(max_size=50), RANGES, st.none() | st.integers(0, 50))
def test_spans_are_the_shortened_text_whatever_is_marked(
    text: str, marks: list[tuple[int, int]], most: int | None
) -> None:
    pieces = spans(text, marks, most)
    assert words_of(pieces) == shorten(text, most)
    assert all(one.words for one in pieces)


@given(st.text(min_size=1, max_size=50), st.data())
def test_what_is_marked_is_marked_as_far_as_it_is_shown(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    marked = [one.words for one in spans(text, [(start, end)]) if one.marked]
    assert marked == [text[start:end]]
    cut = shorten(text, 10)
    seen = text[start:end] if cut == text else cut[:-1][start:end]
    assert [one.words for one in spans(text, [(start, end)], 10) if one.marked] == (
        [seen] if seen else []
    )


def test_a_text_with_very_many_marks_keeps_its_words() -> None:
    pieces = spans("ab" * 100, [(2 * n, 2 * n + 1) for n in range(100)])
    assert words_of(pieces) == "ab" * 100
    assert sum(one.marked for one in pieces) == 24
    assert pieces[0] == Span("a", marked=True)


@given(st.text(max_size=80), st.integers(0, 60))
def test_text_is_cut_by_the_octets_that_it_takes(text: str, octets: int) -> None:
    import html

    cut = within(text, octets)
    escaped = html.escape(cut).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
    assert len(escaped.encode("utf-8", "surrogatepass")) <= octets
    assert text.startswith(cut.removesuffix("…"))
