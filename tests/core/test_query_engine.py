"""The engine finds what reading each paper finds, whatever queries come and go."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.core.model import Paper
from bot.core.query import Query
from bot.core.query.engine import Engine
from bot.core.query.expression import Node
from tests.bench.subscriptions import Subscribers
from tests.drawn import PAPERS, QUERIES, a_term
from tests.engines import engine_of, found, numbers, read, recorded


@settings(max_examples=80)
@given(st.lists(QUERIES, max_size=6), PAPERS)
def test_it_finds_what_reading_each_paper_finds(queries: list[Query], papers: list[Paper]) -> None:
    assert found(engine_of(*queries), papers) == read(queries, papers)


@settings(max_examples=40)
@given(st.lists(a_term(), min_size=1, max_size=8), PAPERS)
def test_it_finds_each_kind_of_clause(terms: list[Node], papers: list[Paper]) -> None:
    queries = [Query("", node.key, node) for node in terms]
    assert found(engine_of(*queries), papers) == read(queries, papers)


class Subscribing(RuleBasedStateMachine):
    """Queries come and go; what is there, and nothing else, is found."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = Engine()
        self.queries: dict[str, Query] = {}

    @rule(query=QUERIES)
    def subscribe(self, query: Query) -> None:
        self.engine.add(query)
        self.queries[query.hash] = query

    @rule(data=st.data())
    def subscribe_again(self, data: st.DataObject) -> None:
        if self.queries:
            self.engine.add(data.draw(st.sampled_from(list(self.queries.values()))))

    @rule(data=st.data())
    def unsubscribe(self, data: st.DataObject) -> None:
        if self.queries:
            gone = data.draw(st.sampled_from(list(self.queries.values())))
            del self.queries[gone.hash]
            self.engine.discard(gone)

    @rule(query=QUERIES)
    def unsubscribe_whoever(self, query: Query) -> None:
        self.engine.discard(query)
        self.queries.pop(query.hash, None)

    @rule(papers=PAPERS)
    def announce(self, papers: list[Paper]) -> None:
        assert found(self.engine, papers) == read(list(self.queries.values()), papers)

    @invariant()
    def knows_who_is_there(self) -> None:
        assert len(self.engine) == len(self.queries)
        assert all(query in self.engine for query in self.queries.values())


TestSubscribing = Subscribing.TestCase


TestSubscribing.settings = settings(max_examples=20, stateful_step_count=20)


@pytest.mark.slow
@given(st.lists(QUERIES, max_size=5), st.lists(QUERIES, max_size=5))
def test_what_goes_leaves_nothing_behind(staying: list[Query], going: list[Query]) -> None:
    kept = {one.hash for one in staying}
    engine = engine_of(*staying, *going)
    for query in going:
        if query.hash not in kept:
            engine.discard(query)
            engine.discard(query)
    fresh = engine_of(*staying)
    # Which anchor is chosen hangs on what else was there.
    assert numbers(engine)[:-1] == numbers(fresh)[:-1]
    if not staying:
        assert not any(numbers(engine))


def agrees_with_reading(papers: list[Paper], queries: int, sample: int) -> None:
    """Draw queries from a sample of the papers, and match some of them in both ways."""
    drawn = Random(5).sample(papers, sample)
    asked = {one.hash: one for one in Subscribers(drawn, seed=6).queries(queries)}
    expected = read(list(asked.values()), drawn)
    assert found(engine_of(*asked.values()), drawn) == expected
    assert len(expected) > len(asked) / 2


def test_it_agrees_with_reading_real_papers(recordings: Path) -> None:
    agrees_with_reading(recorded(recordings, 1_000), queries=60, sample=8)


@pytest.mark.slow
def test_it_agrees_with_reading_many_real_papers(recordings: Path) -> None:
    agrees_with_reading(recorded(recordings, 4_000), queries=2_000, sample=20)
