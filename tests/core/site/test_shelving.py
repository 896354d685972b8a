from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Paper
from bot.core.query import Query, parse
from bot.core.query.engine import Engine
from bot.core.site import shelving
from bot.core.site.shelving import match
from tests.builders import paper

QUERIES = (parse("ti:study"), parse("ti:lattice"), parse("cat:cs.* ANDNOT ti:lattice"))
PAPERS = tuple(
    paper(number, title=title)
    for number, title in enumerate(["A Study", "On Lattices", "A Study of Lattices", "Nothing"])
)


def by_hand(queries: Sequence[Query], papers: Sequence[Paper]) -> dict[str, list[Paper]]:
    return {one.hash: [p for p in papers if one.matches(p)] for one in queries}


def found(queries: Sequence[Query], papers: Sequence[Paper]) -> dict[str, list[Paper]]:
    """Match, and give each query what it matches, nothing too."""
    done = match(queries, papers)
    return {one.hash: done.papers.get(one.hash, []) for one in queries}


@given(st.lists(st.sampled_from(QUERIES), unique=True), st.lists(st.sampled_from(PAPERS)))
def test_each_query_gets_the_papers_that_it_matches_in_their_order(
    queries: list[Query], papers: list[Paper]
) -> None:
    assert found(queries, papers) == by_hand(queries, papers)
    assert match(queries, papers).faults == {}


def faulty(
    monkeypatch: pytest.MonkeyPatch, fails: Callable[[Engine, Sequence[Paper]], bool]
) -> None:
    """Let an engine fail on some papers."""
    select = Engine.select

    def selecting(engine: Engine, papers: Sequence[Paper]) -> Any:
        if fails(engine, papers):
            raise ZeroDivisionError("by lattices")
        return select(engine, papers)

    monkeypatch.setattr(Engine, "select", selecting)


def test_a_query_that_fails_among_many_is_read_paper_by_paper_and_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faulty(monkeypatch, lambda engine, _: QUERIES[1] in engine)
    assert found(QUERIES, PAPERS) == by_hand(QUERIES, PAPERS)
    faults = match(QUERIES, PAPERS).faults
    assert {what: one.said for what, one in faults.items()} == {
        "ti:lattice": "ZeroDivisionError: by lattices"
    }


def test_what_cannot_even_be_read_matches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    faulty(monkeypatch, lambda engine, _: QUERIES[1] in engine)
    matches = Query.matches

    def reading(query: Query, one: Paper) -> bool:
        if query == QUERIES[1] and one == PAPERS[2]:
            raise RecursionError
        return matches(query, one)

    monkeypatch.setattr(Query, "matches", reading)
    done = match(QUERIES, PAPERS)
    assert done.papers[QUERIES[1].hash] == [PAPERS[1]]
    assert list(done.faults) == ["ti:lattice"]


def test_a_paper_that_no_query_can_be_matched_with_keeps_none_of_the_others_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faulty(monkeypatch, lambda _, papers: PAPERS[2] in papers)
    others = [one for one in PAPERS if one != PAPERS[2]]
    assert found(QUERIES, PAPERS) == by_hand(QUERIES, others)
    assert list(match(QUERIES, PAPERS).faults) == [PAPERS[2].id]
    assert shelving.match((), PAPERS).papers == {}
