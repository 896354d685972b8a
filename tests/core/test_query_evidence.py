"""What speaks for a paper: told quickly, and as the slow reading of a query would tell it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.model import Paper
from bot.core.query import Query, Verdict, explain, marks, names, parse
from bot.core.query.evidence import evidence, is_wanted, marked, named_by
from bot.core.query.expression import And, Author, Node, Or, any_of
from bot.core.query.reading import MOST_MARKED
from tests.bench.subscriptions import Subscribers
from tests.builders import paper
from tests.drawn import QUERIES, TEXTS, a_paper, a_term
from tests.engines import recorded


def speaking(verdict: Verdict) -> Iterator[Verdict]:
    """Give the terms in matched clauses, outside of negations."""
    if verdict.matched and isinstance(verdict.node, And | Or):
        for inner in verdict.inner:
            yield from speaking(inner)
    elif verdict.matched and verdict.where:
        yield verdict


def told(query: Query, one: Paper) -> list[tuple[str, tuple[str, ...]]]:
    """Tell each term that speaks for a paper, and where it was found."""
    return [(found.term.written, found.where) for found in evidence(query, one)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ti:study AND ti:absent", []),
        ("ti:study OR ti:absent", [("ti:study", ("title",))]),
        ("(ti:study AND cat:math.AG) OR abs:found", [("abs:found", ("abstract",))]),
        ("ti:study ANDNOT abs:absent", [("ti:study", ("title",))]),
        ("ti:study ANDNOT abs:found", []),
        ("NOT ti:absent", []),
        ('all:"study of subject"', [('all:"study of subject"', ("title",))]),
        ("au:Wei AND cat:cs.CL", [("au:Wei", ("authors",)), ("cat:cs.CL", ("categories",))]),
    ],
)  # fmt: skip
def test_it_is_what_was_found_in_clauses_that_match(
    query: str, found: list[tuple[str, tuple[str, ...]]]
) -> None:
    assert told(parse(query), paper(1)) == found


@settings(max_examples=100)
@given(QUERIES, a_paper())
def test_it_is_what_reading_the_query_finds(query: Query, one: Paper) -> None:
    verdict = explain(query, one)
    expected = [(each.node, each.where) for each in speaking(verdict)]
    assert [tuple(found) for found in evidence(query, one)] == expected
    if expected:
        assert verdict.matched
    assert is_wanted(query, one) == verdict.matched


@settings(max_examples=100)
@given(st.lists(a_term(), min_size=1, max_size=3), TEXTS, st.sampled_from(["title", "comment"]))
def test_it_marks_what_reading_marks(terms: list[Node], text: str, field: str) -> None:
    assert marked(terms, field, text) == marks(Query.of(any_of(terms)), field, text)


@given(a_paper(), st.lists(a_term(), max_size=3))
def test_it_names_whom_terms_for_authors_ask_for(one: Paper, terms: list[Node]) -> None:
    people = [term for term in terms if isinstance(term, Author)]
    expected = names(Query.of(any_of(people)), one) if people else ()
    assert named_by(terms, one.authors) == expected


def test_in_a_very_long_text_only_the_beginning_is_marked() -> None:
    text = "data " * 4_000
    terms = [parse("ti:data").expression]
    assert marked(terms, "title", text) == marks(parse("ti:data"), "title", text)
    assert marked(terms, "title", "x" * (MOST_MARKED - 5) + " database") == ()


def agrees(papers: list[Paper], queries: int) -> None:
    """Draw queries from papers, and read each with those papers that it finds."""
    found = 0
    for query in Subscribers(papers, seed=3).queries(queries):
        for one in papers:
            verdict = explain(query, one)
            expected = [(each.node, each.where) for each in speaking(verdict)]
            assert [tuple(each) for each in evidence(query, one)] == expected
            terms = [each.node for each in speaking(verdict)]
            found += bool(terms)
            for field, text in (("title", one.title), ("abstract", one.abstract)):
                wanted = marks(Query.of(any_of(terms)), field, text) if terms else ()
                assert marked(terms, field, text) == wanted
    assert found > queries / 2


def test_it_agrees_with_reading_real_papers(recordings: Path) -> None:
    agrees(recorded(recordings, 8), queries=40)


@pytest.mark.slow
def test_it_agrees_with_reading_many_real_papers(recordings: Path) -> None:
    agrees(recorded(recordings, 2_000)[::100], queries=1_000)
