"""What a reader of the digest sees: as HTML, as text, and in the subject."""

import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import render
from bot.core.model import Entry
from bot.core.render.email import header_safe
from tests.builders import NOON, digest, paper
from tests.core.render.outline import Outline, page

Form = render.Form


# The HTML part


def test_topics_are_headings_and_each_paper_stands_once_under_its_first() -> None:
    outline = page(
        Entry(paper(1), ("RAG", "SFT")), Entry(paper(2), ("SFT",)), Entry(paper(3), ("SFT",))
    )
    assert outline.texts("h1") == ["Monday 5 January 2026"]
    assert outline.texts("h2") == ["RAG 1", "SFT 2"]
    assert outline.texts("h3") == [f"A Study of Subject {n}" for n in (1, 2, 3)]
    assert outline.texts("span", "chip") == ["SFT"]
    assert outline.texts("p", "sum") == ["3 new papers · RAG 1, SFT 2"]


def test_a_title_leads_to_the_abstract_page_and_the_pdf_is_linked_too() -> None:
    links = page(Entry(paper(7), ("RAG",))).links()
    assert links[0] == "https://arxiv.org/abs/2601.00007"
    assert "https://arxiv.org/pdf/2601.00007" in links


@pytest.mark.parametrize(
    ("authors", "shown"),
    [
        (("A",), "A"),
        (("A", "B"), "A and B"),
        (("A", "B", "C", "D", "E"), "A, B, C, D and E"),
        (("A", "B", "C", "D", "E", "F", "G"), "A, B, C, D, E and 2 more"),
    ],
)
def test_the_first_five_authors_are_named_and_the_others_counted(
    authors: tuple[str, ...], shown: str
) -> None:
    one = digest(Entry(paper(authors=authors), ("RAG",)))
    assert page(*one.sections[0].entries).texts("p", "by") == [shown]
    assert f"  {shown}\n" in render.text(one)


def test_a_paper_without_authors_has_no_empty_line() -> None:
    one = digest(Entry(paper(authors=()), ("RAG",)))
    assert not page(*one.sections[0].entries).texts("p", "by")
    assert "A Study of Subject 1\n  cs.CL" in render.text(one)


def test_the_primary_category_comes_first_and_dates_tell_the_version() -> None:
    revised = paper(
        categories=("cs.AI", "cs.CL", "cs.LG"), version=3, updated=NOON + timedelta(days=1)
    )
    line = "cs.CL, cs.AI, cs.LG · submitted 4 Jan 2026, version 3 of 6 Jan 2026"
    assert page(Entry(revised, ("RAG",))).texts("p", "meta line") == [line]
    assert line in render.text(digest(Entry(revised, ("RAG",))))


def test_a_comment_is_set_apart() -> None:
    outline = page(Entry(paper(comment="12 pages"), ("RAG",)), Entry(paper(2), ("RAG",)))
    assert outline.texts("p", "comment") == ["12 pages"]


def test_cross_lists_and_withdrawn_papers_are_marked() -> None:
    gone = paper(comment="This paper has been withdrawn by the authors")
    entries = (Entry(paper(2), ("RAG", "SFT"), "cross"), Entry(gone, ("RAG",)))
    outline = page(*entries)
    assert outline.texts("span", "cross") == ["cross-list"]
    assert outline.texts("span", "gone") == ["withdrawn"]
    text = render.text(digest(*entries))
    assert "\n  cross-list · also in SFT\n" in text
    assert "\n  WITHDRAWN\n" in text


def test_latex_reads_as_unicode() -> None:
    one = digest(Entry(paper(title='The Schr\\"odinger equation'), ("RAG",)))
    assert page(Entry(paper(title='The Schr\\"odinger equation'), ("RAG",))).texts("h3") == [
        "The Schrödinger equation"
    ]
    assert "Schrödinger" in render.text(one)


def test_a_paper_whose_title_shows_nothing_is_named_by_its_id() -> None:
    assert page(Entry(paper(title="\u200b"), ("RAG",))).texts("h3") == ["arXiv:2601.00001"]


def test_the_footer_says_why_it_came_how_to_stop_and_thanks_arxiv() -> None:
    stop = "mailto:papers@example.org?subject=unsubscribe"
    one = digest(Entry(paper(), ("RAG", "SFT")))
    page, text = (
        render.html(one, unsubscribe=stop),
        render.text(one, unsubscribe=stop),
    )
    for part in (page, text):
        assert "You get this because ana follows RAG and SFT." in part
        assert "Thank you to arXiv for use of its open access interoperability." in part
        assert stop in part


def test_the_footer_leads_to_the_readers_page_where_there_is_one() -> None:
    page_ = "https://papers.example.org/m/AAAAAAAAAAAAAAAAAAAAAA"
    html = render.html(digest(), unsubscribe="https://papers.example.org/u/A", manage=page_)
    assert f'<a href="{page_}"' in html
    assert html.index("Choose topics or pause") < html.index("Stop these messages")
    text = render.text(digest(), unsubscribe="https://papers.example.org/u/A", manage=page_)
    assert f"To choose your topics, pause, or see earlier digests:\n{page_}\n" in text
    for part in (render.html(digest()), render.text(digest())):
        assert "hoose" not in part


def test_a_part_of_a_larger_digest_is_numbered() -> None:
    assert "1 new paper · part 2 of 3" in render.html(digest(part=2, parts=3))
    assert "1 new paper · part 2 of 3" in render.text(digest(part=2, parts=3))


def test_a_test_digest_says_so() -> None:
    assert "This is a test digest." in render.html(digest(test=True))
    assert "This is a test digest." in render.text(digest(test=True))
    assert "because a test digest was sent to ana" in render.text(digest(test=True))
    assert "test digest" not in render.html(digest())


def test_a_digest_without_papers_still_renders() -> None:
    empty = digest(sections=(), test=True)
    assert "No new papers" in render.html(empty)
    assert "No new papers" in render.text(empty)
    assert render.subject(empty) == "[Test] No new papers · Mon 5 Jan 2026"


def test_the_date_is_that_of_the_readers_own_calendar() -> None:
    late = digest(at=NOON.replace(hour=23, minute=30))
    assert "Tuesday 6 January 2026" in render.html(late)
    assert render.subject(late).endswith("Tue 6 Jan 2026")


# Size


def octets(source: str) -> int:
    """Count what a mail reader gets: each line ends in CRLF."""
    return len(source.replace("\n", "\r\n").encode())


@pytest.mark.parametrize("length", [900, 120])
def test_shortened_abstracts_end_after_a_word_and_the_reader_is_told(length: int) -> None:
    long = Entry(paper(abstract="Several words again. " * 100), ("RAG",))
    source = render.html(digest(long), Form("full", length))
    (shown,) = re.findall(r"<p[^>]*>(Several[^<]*)</p>", source)
    assert len(shown) <= length
    assert re.search(r"(Several|words|again)…$", shown)
    assert "abstracts are cut" in source
    assert "abstracts are cut" in render.text(digest(long), Form("full", length))


@pytest.mark.parametrize("count", [3, 60, 100])
def test_the_first_form_is_the_richest_that_is_shown_whole_and_the_last_has_no_abstract(
    count: int,
) -> None:
    abstract = "Words of an abstract. " * 60
    large = digest(*(Entry(paper(n, abstract=abstract), ("RAG",)) for n in range(count)))
    text, page = next(render.forms(large))
    all_forms = render.forms_of("full")
    (at,) = [at for at, form in enumerate(all_forms) if render.text(large, form) == text]
    assert octets(page) <= render.HTML_BUDGET
    for richer in all_forms[:at]:
        assert octets(render.html(large, richer)) > render.HTML_BUDGET
    assert list(render.forms(large))[-1][0] == render.text(large, render.BARE)


def test_links_only_leaves_titles_marks_and_both_links() -> None:
    entry = Entry(paper(comment="c" * 500), ("RAG", "SFT"), "cross")
    source = render.html(digest(entry), Form("compact"))
    outline = Outline(source)
    assert "We study subject" not in source
    assert outline.texts("p", "chips") == ["cross-list also in SFT"]
    assert {"https://arxiv.org/abs/2601.00001", "https://arxiv.org/pdf/2601.00001"} <= set(
        outline.links()
    )
    assert "We study subject" not in render.text(digest(entry), Form("compact"))


# The text part


def test_the_text_part_is_wrapped_with_urls_whole_on_lines_of_their_own() -> None:
    old = paper(id="hep-th/9901001", abstract="word " * 300, title="A long title " * 20)
    text = render.text(digest(Entry(old, ("RAG",)), Entry(paper(2), ("SFT",))))
    assert max(len(line) for line in text.splitlines()) <= 72
    lines = {line.strip() for line in text.splitlines()}
    for url in ("hep-th/9901001", "2601.00002"):
        assert {f"https://arxiv.org/abs/{url}", f"https://arxiv.org/pdf/{url}"} <= lines


def test_a_word_longer_than_a_line_is_not_cut() -> None:
    url = "https://example.org/" + "x" * 100
    text = render.text(digest(Entry(paper(comment=f"Code at {url}"), ("RAG",))))
    assert url in text


def test_the_plain_list_names_and_links_every_paper() -> None:
    entries = [Entry(paper(n), ("RAG" if n < 3 else "SFT",)) for n in range(1, 6)]
    text = render.plain(digest(*entries))
    assert text.startswith("5 new papers · RAG, SFT · Mon 5 Jan 2026\n")
    for n in range(1, 6):
        assert f"A Study of Subject {n}\nhttps://arxiv.org/abs/2601.{n:05d}\n" in text


# Subject


def test_the_subject_counts_names_topics_and_dates() -> None:
    two = digest(Entry(paper(1), ("RAG",)), Entry(paper(2), ("SFT",)))
    assert render.subject(two) == "2 new papers · RAG, SFT · Mon 5 Jan 2026"


def test_more_topics_than_three_are_counted() -> None:
    entries = [Entry(paper(n), (f"Topic {n}",)) for n in range(1, 6)]
    assert "Topic 1, Topic 2, Topic 3 + 2 ·" in render.subject(digest(*entries))


def test_a_very_long_topic_does_not_make_a_very_long_subject() -> None:
    assert len(render.subject(digest(Entry(paper(), ("long " * 100,))))) <= 150


@given(st.text(st.characters(codec=None)) | st.text("=?a \r\n\x00\x85\u2028"))
def test_no_text_in_a_header_can_break_its_line_or_be_decoded(words: str) -> None:
    safe = header_safe(words)
    assert not set("\r\n\x00\x1b\x85\x9b\u2028") & set(safe)
    assert "=?" not in safe


# Text from outside


HOSTILE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["<script>alert(1)</script>", '"><img src=x onerror=y>', "{{ 7*7 }}", "<!--% endfor %-->"]
    ),
)


@settings(max_examples=80, deadline=None)
@given(title=HOSTILE, comment=HOSTILE, topic=HOSTILE, name=HOSTILE)
def test_no_text_from_outside_becomes_markup(
    title: str, comment: str, topic: str, name: str
) -> None:
    one = paper(title=title, abstract=title, authors=(name,), comment=comment)
    outline = page(Entry(one, (topic, name)), subscriber=name)
    plain = page(Entry(paper(), ("a", "b")))
    known = {name for name, _, _ in plain.elements}
    assert {name for name, _, _ in outline.elements} <= known
    assert all(not name.startswith("on") for _, attrs, _ in outline.elements for name in attrs)
    assert set(outline.links()) <= {
        "https://arxiv.org/abs/2601.00001",
        "https://arxiv.org/pdf/2601.00001",
        "https://arxiv.org/html/2601.00001",
        "https://arxiv.org/bibtex/2601.00001",
        "https://arxiv.org",
    }
