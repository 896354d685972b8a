"""How a match is shown: what matched is marked, and where it was found is told."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.core.backtest.examples import EXCERPT, Example, example_of, pieces
from bot.core.query import parse
from tests.builders import paper

DAY = date(2026, 1, 8)
LONG = "word " * 200


def shown(query: str, **changes: Any) -> Example:
    return example_of(parse(query), paper(**changes), DAY)


def text(marked: tuple[tuple[str, bool], ...]) -> str:
    return "".join(f"[{one}]" if mark else one for one, mark in marked)


def test_what_matched_is_marked_where_it_stands() -> None:
    one = shown(
        'ti:"graph network" OR au:Erdos',
        title=r"On \emph{Graph Networks} of $\alpha$",
        authors=(r"Paul Erd\H{o}s", "Li Wei"),
    )
    assert text(one.title) == "On [Graph Networks] of α"
    assert one.authors == (("Paul Erdős", True), ("Li Wei", False))
    assert one.found == (('ti:"graph network"', ("title",)), ("au:Erdos", ("authors",)))


def test_the_excerpt_begins_a_little_before_the_first_mark() -> None:
    one = shown("abs:graph", abstract=f"{LONG}a graph and {LONG}a graph")
    assert text(one.excerpt).startswith("… word word")
    assert text(one.excerpt).count("[graph]") == 1
    assert text(one.excerpt).endswith("word …")
    assert len(text(one.excerpt)) <= EXCERPT + 6


def test_a_short_abstract_is_shown_whole() -> None:
    assert text(shown("ti:subject", abstract="All of it.").excerpt) == "All of it."


def test_one_word_without_an_end_is_cut_all_the_same() -> None:
    one = shown("abs:graph", abstract="graph " + "x" * 2000)
    assert len(text(one.excerpt)) < EXCERPT
    assert shown("cat:cs.CL", abstract="").excerpt == ()


def test_a_comment_is_shown_where_only_it_matches() -> None:
    one = shown("co:CVPR", comment="Accepted at CVPR 2026")
    assert text(one.excerpt) == "Accepted at [CVPR] 2026"
    one = shown("co:CVPR OR abs:subject", comment="Accepted at CVPR 2026")
    assert "[subject]" in text(one.excerpt)


def test_each_term_that_is_wanted_tells_where_it_was_found() -> None:
    one = shown("(subject OR ti:bird) AND cat:cs.CL ANDNOT ti:dog", abstract="On subjects.")
    assert one.found == (("all:subject", ("title", "abstract")), ("cat:cs.CL", ("categories",)))


def test_a_paper_without_a_title_is_named_by_its_id() -> None:
    assert text(shown("cat:cs.CL", title="").title) == "arXiv:2601.00001"


@given(st.text(max_size=40), st.lists(st.integers(min_value=0, max_value=40), max_size=8))
def test_pieces_make_up_the_text(whole: str, ends: list[int]) -> None:
    inside = sorted({min(end, len(whole)) for end in ends})
    ranges = list(zip(inside[::2], inside[1::2], strict=False))
    cut = pieces(whole, ranges)
    assert "".join(one for one, _ in cut) == whole
    assert sum(len(one) for one, mark in cut if mark) == sum(b - a for a, b in ranges)
    assert all(one for one, _ in cut)
