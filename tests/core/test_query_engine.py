"""The engine finds what reading each paper finds, whatever queries come and go."""

import gzip
import json
from datetime import timedelta
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.core.model import Paper
from bot.core.query import Query, parse
from bot.core.query.engine import Engine
from bot.core.query.expression import Node, all_of, any_of, none_of
from bot.core.query.terms import term
from tests import builders
from tests.bench.subscriptions import Subscribers
from tests.engines import engine_of, found, numbers, read

# Few words, so that much is found; some with two forms, with one stem, in capitals, with wildcards.
_WORDS = ["cat", "cats", "CAT", "dog", "dogs", "DOGs", "the", "eel", "eels", "Köln", "Koeln",
          "Koln", "catalog", "x2.5", "o'cat"]  # fmt: skip


_texts = st.lists(st.sampled_from(_WORDS), max_size=9).map(" ".join)


_names = st.lists(
    st.sampled_from(["Ana", "A.", "Köln", "Koeln", "Cat", "Li", "Wei", "Jr."]),
    min_size=1,
    max_size=4,
).map(" ".join)


_categories = ["cs.CL", "cs.LG", "hep-th"]


@st.composite
def _paper(draw: st.DrawFn) -> Paper:
    categories = draw(st.lists(st.sampled_from(_categories), min_size=1, max_size=3))
    return builders.paper(
        draw(st.integers(1, 9)),
        title=draw(_texts),
        abstract=draw(_texts),
        comment=draw(st.none() | _texts),
        journal_ref=draw(st.none() | _texts),
        report_no=draw(st.none() | _texts),
        affiliations=tuple(draw(st.lists(_texts, max_size=2))),
        doi=draw(st.sampled_from([None, "10.1038/Cat"])),
        authors=tuple(draw(st.lists(_names, max_size=3))),
        categories=tuple(categories),
        primary_category=categories[0],
        published=builders.NOON - timedelta(days=draw(st.integers(0, 9))),
    )


_papers = st.lists(_paper(), max_size=6)


_bodies = st.lists(
    st.sampled_from(
        [*_WORDS, "cat-dog", "cat-cats", "eel-the-ca*", "ca*", "do?s", "ca?*g", "ko*ln"]
    ),
    min_size=1,
    max_size=4,
).map(" ".join)


_authors = st.sampled_from(
    ["Li", "Wei Li", "Li, W", "Köln", "Koeln, A", "Cat, Ana", "A Cat", "Wei Wei", "li*", "Ka*, A",
     "Jr, Li", "Ana Li Wei", "Ana Cat, Li"]
)  # fmt: skip


@st.composite
def _term(draw: st.DrawFn) -> Node:
    kind = draw(st.sampled_from(["text", "text", "text", "author", "label", "dates"]))
    if kind == "author":
        return term("au", draw(_authors), quoted=False)
    if kind == "label":
        labels = ["cat:cs.CL", "cat:cs.*", "primary:cs.LG", "primary:hep-th", "id:2601.00003",
                  "doi:10.1038/cat", "all:2601.00003", "all:cs.CL", "all:language"]  # fmt: skip
        return parse(draw(st.sampled_from(labels))).expression
    if kind == "dates":
        start = draw(st.integers(1, 9))
        return parse(f"submittedDate:[2025123{start % 2} TO 2026010{start}]").expression
    field = draw(st.sampled_from(["ti", "abs", "co", "jr", "rn", "kw", "all"]))
    tail = draw(st.sampled_from(["", "", "~1", "~2", "~7"]))
    try:
        return term(field, draw(_bodies), quoted=bool(tail) or draw(st.booleans()), tail=tail)
    except ValueError:  # stop words alone, a wildcard without letters, a word twice to be near
        return term(field, "dog the cat")


_nodes = st.recursive(
    _term(),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map(all_of),
        st.lists(inner, min_size=2, max_size=4).map(any_of),
        inner.map(none_of),
    ),
    max_leaves=8,
)


_queries = _nodes.map(lambda node: Query("", node.key, node))


@settings(max_examples=200)
@given(st.lists(_queries, max_size=6), _papers)
def test_it_finds_what_reading_each_paper_finds(queries: list[Query], papers: list[Paper]) -> None:
    assert found(engine_of(*queries), papers) == read(queries, papers)


@settings(max_examples=100)
@given(st.lists(_term(), min_size=1, max_size=8), _papers)
def test_it_finds_each_kind_of_clause(terms: list[Node], papers: list[Paper]) -> None:
    queries = [Query("", node.key, node) for node in terms]
    assert found(engine_of(*queries), papers) == read(queries, papers)


class Subscribing(RuleBasedStateMachine):
    """Queries come and go; what is there, and nothing else, is found."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = Engine()
        self.queries: dict[str, Query] = {}

    @rule(query=_queries)
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

    @rule(query=_queries)
    def unsubscribe_whoever(self, query: Query) -> None:
        self.engine.discard(query)
        self.queries.pop(query.hash, None)

    @rule(papers=_papers)
    def announce(self, papers: list[Paper]) -> None:
        assert found(self.engine, papers) == read(list(self.queries.values()), papers)

    @invariant()
    def knows_who_is_there(self) -> None:
        assert len(self.engine) == len(self.queries)
        assert all(query in self.engine for query in self.queries.values())


TestSubscribing = Subscribing.TestCase


TestSubscribing.settings = settings(max_examples=40, stateful_step_count=20)


@given(st.lists(_queries, max_size=5), st.lists(_queries, max_size=5))
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
        assert numbers(engine) == (0,) * 10


def recorded(recordings: Path, count: int) -> list[Paper]:
    path = recordings / "corpus" / "papers-20k.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in islice(lines, count)]
    return [
        builders.paper(
            id=row["id"],
            title=row["title"],
            abstract=row["summary"],
            authors=tuple(row["authors"]),
            categories=tuple(row["categories"]),
            primary_category=row["categories"][0],
            comment=row["comment"],
        )
        for row in rows
    ]


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
