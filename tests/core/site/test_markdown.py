"""The Markdown page: its shape, and that no text can break or begin anything."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Paper
from bot.core.render.item import name_of
from bot.core.render.wording import display
from bot.core.site.gfm import address, inline
from bot.core.site.markdown import NOTHING, markdown
from bot.core.site.model import Card, Section, Site
from bot.core.visible import visible
from tests.builders import NOON, paper
from tests.core.site.host import LOOKED_FOR, PARSERS, Reader, read
from tests.core.site.samples import TODAY, card, recorded, section, site
from tests.hostile import HOSTILE, hostile_papers

OURS = {"h1", "h2", "p", "table", "thead", "tbody", "tr", "th", "td", "strong", "a"} | {
    *("details", "summary", "span")
}
both = pytest.mark.parametrize("parser", PARSERS)

SPARKS = st.sampled_from(
    [
        *(
            "|",
            "\\",
            "\\|",
            "$",
            "$x$",
            "$$",
            "`",
            "``",
            "*",
            "**",
            "_",
            "__",
            "~~",
            "[",
            "](",
            ")",
        ),
        *("<", ">", "<b>", "</p>", "</details>", "<!--", "-->", "<script>", "&amp;", "&#124;", "&"),
        *(
            "@ana",
            "#12",
            "user/repo#3",
            "GH-12",
            ":smile:",
            "https://e.example/a_b",
            "www.e.example",
        ),
        *("ana@e.example", "mailto:ana@e.example", "\n", "\r\n", "\u2028", "\u202e", "\x00", " "),
        *(
            "{{",
            "{% x %}",
            "\\(",
            "\\[",
            "- ",
            "1. ",
            "# ",
            "> ",
            "===",
            "---",
            "```",
            "a",
            "é",
            "文",
        ),
    ]
)
TEXTS = st.lists(SPARKS, max_size=12).map("".join) | HOSTILE


def shown(one: Paper) -> list[dict[str, str]]:
    """Give the cells of a paper's row as they are to be read."""
    comment, abstract = display(one.comment or ""), display(one.abstract)
    row = [
        {"a": name_of(one)},
        {"td": one.updated.date().isoformat()},
        {"summary": "Show", "p": abstract} if abstract else {},
    ]
    return [*row, {"td": comment} if 0 < len(comment) <= 20 else {"p": comment} if comment else {}]


def check(reader: Reader, sections: Sequence[Section]) -> None:
    """Hold a page that was read against what it was made of."""
    assert reader.tags <= OURS
    assert [topic.name for topic in reader.topics] == [
        visible(one.shelf.name) or one.shelf.slug for one in sections
    ]
    assert not [piece for piece in reader.pieces if LOOKED_FOR.search(piece)]
    for topic, one in zip(reader.topics, sections, strict=True):
        assert bool(topic.said) != bool(one.cards)
        head, *rows = topic.rows or [[]]
        assert [cell.shown for cell in head] == [
            {"strong": name} for name in ("Title", "Date", "Abstract", "Comment") if one.cards
        ]
        assert len(rows) == len(one.cards)
        for row, each in zip(rows, one.cards, strict=True):
            assert row[0].href == each.paper.url
            assert len(row) == 4
            told = [cell.shown for cell in row]
            if len(display(each.paper.comment or "")) > 20:
                summary = told[3].pop("summary")
                assert 0 < len(summary) <= 20
            assert told == shown(each.paper)


def test_the_page_has_the_shape_of_the_original() -> None:
    one = card(1, comment="8 pages, 5 figures")
    two = card(2, comment="Accepted at a conference", version=3)
    of = site(["Time Series", "Nothing"], introduction="New papers.\nEvery day.\n\nBy topic.")
    page = markdown(of, [section(of, "time-series", [one, two]), section(of, "nothing", [])])
    assert page.decode() == (
        "# Daily Papers\n\n"
        "New papers. Every day.\n\n"
        "By topic.\n\n"
        "Thank you to arXiv for use of its open access interoperability.\n\n"
        "Last update: 2026-01-05\n\n"
        "## Time Series\n\n"
        "| **Title** | **Date** | **Abstract** | **Comment** |\n"
        "| --- | --- | --- | --- |\n"
        "| **[A Study of Subject 2](https://arxiv.org/abs/2601.00002)** | 2026-01-04 | <details>"
        "<summary>Show</summary><p>We study subject 2 and report what we found.</p></details> | "
        "<details><summary>Accepted at a…</summary><p>Accepted at a conference</p></details> |\n"
        "| **[A Study of Subject 1](https://arxiv.org/abs/2601.00001)** | 2026-01-04 | <details>"
        "<summary>Show</summary><p>We study subject 1 and report what we found.</p></details> | "
        "8 pages, 5 figures |\n\n"
        "## Nothing\n\n"
        f"{NOTHING}\n"
    )


def test_before_the_first_paper_the_page_says_so() -> None:
    page = markdown(site([], updated=None), []).decode()
    assert page.endswith("Last update: none yet\n")
    assert "New papers on arXiv" in page


def test_the_newest_come_first_and_no_more_than_the_limit() -> None:
    of = site(["Language"], limit=3)
    cards = [card(number, updated=NOON - timedelta(days=number % 3)) for number in range(1, 8)]
    page = markdown(of, [section(of, "language", [*cards, *cards])])
    topic = read(page, "cmark-gfm").topics[0]
    assert [row[0].href[-5:] for row in topic.rows[1:]] == ["00006", "00003", "00007"]


def test_same_input_gives_same_bytes() -> None:
    of = site()
    cards = [card(1), card(2)]
    first = markdown(of, [section(of, "language", cards)])
    assert first == markdown(of, [section(of, "language", cards[::-1])])


@both
@given(title=TEXTS, abstract=TEXTS, comment=st.none() | TEXTS, name=TEXTS)
def test_no_text_breaks_a_row(
    parser: str, title: str, abstract: str, comment: str | None, name: str
) -> None:
    of = site([name, "Other"])
    one = Card(paper(1, title=title, abstract=abstract, comment=comment), TODAY)
    sections = [Section(of.topics[0], [one, card(0)]), Section(of.topics[1], [])]
    page = markdown(of, sections)
    assert not set(b"{}$`@") & set(page), "templates and maths may be looked for in the source too"
    check(read(page, parser), sections)


@both
def test_no_two_ways_to_do_harm_break_a_row(parser: str) -> None:
    of = site(["Language"], limit=10_000)
    cards = [Card(entry.paper, TODAY) for entry in hostile_papers()][::-1]
    sections = [Section(of.topics[0], cards)]
    check(read(markdown(of, sections), parser), sections)


@both
@given(st.lists(TEXTS, max_size=3).map("\n\n".join), TEXTS)
def test_title_and_introduction_stay_text(parser: str, introduction: str, title: str) -> None:
    reader = read(markdown(site([], title=title, introduction=introduction or "x"), []), parser)
    assert reader.tags <= {"h1", "p", "span"}
    assert reader.heading == visible(title)
    *told, _, _ = reader.paragraphs
    assert visible(" ".join(told)) == visible(introduction or "x")
    assert not [piece for piece in reader.pieces[:-1] if LOOKED_FOR.search(piece)]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("3:1 at 5 %", "3<span>&#58;</span>1 at 5 %"),
        ("a|b", "a&#124;b"),
        ("$x$", "<span>&#36;</span>x<span>&#36;</span>"),
        ("see https://e.example", "see https<span>&#58;</span>//e.example"),
        ("at @ once", "at &#64; once"),
        ("Part 1: a study", "Part 1: a study"),
    ],
)
def test_what_begins_something_stands_alone(text: str, written: str) -> None:
    assert inline(text) == written


@both
@pytest.mark.parametrize("text", ["1. one", "12) two", "- three", "+ four", "=== x", "# five"])
def test_a_paragraph_is_a_paragraph(parser: str, text: str) -> None:
    reader = read(markdown(site([], introduction=f"First\n\n{text}"), []), parser)
    assert reader.tags <= {"h1", "p", "span"}
    assert reader.paragraphs[1] == text


def test_an_address_ends_where_it_ends() -> None:
    assert address("https://e.example/a b)|<é>&") == "https://e.example/a%20b%29%7C%3Cé%3E&amp;"


def recorded_page(folder: Path, each: int) -> tuple[Site, list[Section]]:
    """Build the page of recorded papers, in the order in which it shows them."""
    of, sections = recorded(folder, each)
    ordered = [
        Section(
            one.shelf,
            sorted(one.cards, key=lambda each: (each.paper.updated, each.paper.id), reverse=True),
        )
        for one in sections
    ]
    return of, ordered


@pytest.mark.slow
@both
def test_recorded_papers_are_shown_as_they_are(parser: str, recordings: Path) -> None:
    of, sections = recorded_page(recordings, 40)
    check(read(markdown(of, sections), parser), sections)


@pytest.mark.slow
@both
def test_all_recorded_papers_are_shown_as_they_are(parser: str, recordings: Path) -> None:
    of, sections = recorded_page(recordings, 20_000)
    largest = max(len(one.cards) for one in sections)
    whole = site(topics=of.topics, limit=largest)
    check(read(markdown(whole, sections), parser), sections)
    assert sum(len(one.cards) for one in sections) > 5_000
