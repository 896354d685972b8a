"""The engine finds what reading each paper finds, whatever queries come and go."""

import gzip
import json
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.core.model import Paper
from bot.core.query import Query, explain, parse, select
from bot.core.query.batch import Batch
from bot.core.query.engine import BATCH, SPARSE, Engine
from bot.core.query.expression import Node, Text, all_of, any_of, none_of
from bot.core.query.program import run
from bot.core.query.terms import term
from bot.core.query.words import words
from tests import builders
from tests.bench.subscriptions import Subscribers

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
        doi=draw(st.sampled_from([None, "10.1038/Cat"])),
        authors=tuple(draw(st.lists(_names, max_size=3))),
        categories=tuple(categories),
        primary_category=categories[0],
        published=builders.NOON - timedelta(days=draw(st.integers(0, 9))),
    )


_papers = st.lists(_paper(), max_size=6)
_bodies = st.lists(
    st.sampled_from([*_WORDS, "ca*", "do?s", "ca?*g", "ko*ln"]), min_size=1, max_size=4
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
        return term(field, draw(_bodies), quoted=False, tail=tail)
    except ValueError:  # nothing but stop words, or a wildcard without letters before it
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


def read(queries: Sequence[Query], papers: Sequence[Paper]) -> dict[str, list[int]]:
    """Find by reading every paper for every query; only what matches."""
    found = {
        one.hash: [place for place, paper in enumerate(papers) if explain(one, paper).matched]
        for one in queries
    }
    return {name: places for name, places in found.items() if places}


def found(engine: Engine, papers: Sequence[Paper]) -> dict[str, list[int]]:
    return {name: list(places) for name, places in engine.select(papers).items()}


def engine_of(*queries: Query) -> Engine:
    engine = Engine()
    for query in queries:
        engine.add(query)
    return engine


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


def test_a_batch_has_the_words_of_its_texts_in_their_order() -> None:
    papers = [builders.paper(1, title="A $x_1$ o'cat", abstract="b c, 2.5", comment="d")]
    batch = Batch(papers)
    assert [batch.words[number] for number in batch.row] == [
        "", *words("A $x_1$ o'cat"), "", "b", "c", "2.5", "", "d", "", "Computation", "and",
        "Language", "",
    ]  # fmt: skip


def test_many_papers_are_matched_in_parts() -> None:
    papers = [builders.paper(1, title="cat")] * (2 * BATCH + 3)
    papers[BATCH + 1] = builders.paper(2, title="eel")
    cat, eel = parse("ti:cat"), parse("ti:eel")
    places = found(engine_of(cat, eel), papers)
    assert places[eel.hash] == [BATCH + 1]
    assert places[cat.hash] == [one for one in range(len(papers)) if one != BATCH + 1]


def test_without_papers_or_queries_nothing_is_found() -> None:
    assert Engine().select([builders.paper(1)]) == {}
    assert engine_of(parse("NOT ti:cat")).select([]) == {}


def test_only_what_matches_is_named_and_the_same_places_are_given_once() -> None:
    one, other, none = parse("ti:study"), parse("abs:subject"), parse("ti:zebra")
    answer = engine_of(one, other, none).select([builders.paper(1), builders.paper(2)])
    assert answer == {one.hash: (0, 1), other.hash: (0, 1)}
    assert answer[one.hash] is answer[other.hash]


def numbers(engine: Engine) -> tuple[int, ...]:
    """Tell how much an engine holds, in all its tables."""
    clauses = engine._clauses
    return (
        len(clauses.words), len(clauses.names), len(clauses.phrases._edges), len(clauses.keys),
        len(clauses.phrases._firsts), len(clauses.definitions), len(clauses.near),
        len(clauses.words._shared), len(clauses.words._wild), len(engine._anchored._entries),
    )  # fmt: skip


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


def test_words_of_several_forms_share_them() -> None:
    either = Text("ti", (("koln", "eel"),), "ti:koln")
    queries = [
        parse("ti:Köln"),
        parse("ti:Köl OR ti:Kölns"),
        Query("", either.key, either),
        parse("ti:köln* OR ti:Koelner"),
    ]
    engine = engine_of(*queries)
    papers = [builders.paper(1, title="Koeln"), builders.paper(2, title="Kolns")]
    expected = read(queries, papers)
    assert found(engine, papers) == expected
    for gone in range(4):
        engine.discard(queries[gone])
        left = {one.hash for one in queries[gone + 1 :]}
        assert found(engine, papers) == {key: expected[key] for key in left if key in expected}


def test_labels_that_nobody_knows_are_labels_too() -> None:
    papers = [builders.paper(1, categories=("cs.CL", "68T05"))]
    query = parse("cat:cs.CL AND all:language ANDNOT all:68T05")
    assert found(engine_of(query), papers) == read([query], papers) == {query.hash: [0]}


def test_places_that_are_too_many_to_remember_are_looked_up_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.core.query.proximity.KEPT", 3)
    papers = [builders.paper(1, title="cat x dog cat"), builders.paper(2, title="dog eel x cat")]
    queries = [parse(text) for text in ('ti:"cat dog"~1', 'ti:"dog eel cat"~1', 'ti:"dog cat"~2')]
    assert found(engine_of(*queries), papers) == read(queries, papers)


def test_memory_is_given_back_once_most_queries_are_gone() -> None:
    many = [
        parse(f'ti:w{one} OR abs:"v{one} u{one}" OR au:"N{one}, A"') for one in range(SPARSE + 1)
    ]
    engine = engine_of(*many)
    before = engine._numbers.__sizeof__() + engine._clauses.phrases._edges.__sizeof__()
    for query in many[3:]:
        engine.discard(query)
    after = engine._numbers.__sizeof__() + engine._clauses.phrases._edges.__sizeof__()
    assert after < before / 2
    papers = [builders.paper(1, title="w2"), builders.paper(2, abstract="v1 u1 w9")]
    assert found(engine, papers) == {many[2].hash: [0], many[1].hash: [1]}
    for query in many[:3]:
        engine.discard(query)
    assert (len(engine), numbers(engine)) == (0, (0,) * 10)


def clauses_evaluated(engine: Engine, papers: Sequence[Paper], patch: pytest.MonkeyPatch) -> int:
    """Count the queries that a batch makes it evaluate."""
    count = 0

    def counted(*given: object) -> int:
        nonlocal count
        count += 1
        return run(*given)  # type: ignore[arg-type]  # as it came

    with patch.context() as patched:
        patched.setattr("bot.core.query.engine.run", counted)
        engine.select(papers)
    return count


def test_only_queries_with_an_anchor_in_the_text_are_evaluated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    related = [parse("ti:study AND abs:zebra"), parse("ti:zebra OR abs:subject"), parse("NOT ti:x")]
    unrelated = [
        query
        for one in range(200)
        for query in (
            parse(f"ti:a{one} AND cat:cs.CL"),
            parse(f'abs:"study b{one}" OR all:c{one}'),
            parse(f'ti:"study d{one}"~3 AND ti:study'),
            parse(f'au:"E{one}, A" ANDNOT ti:study'),
            parse(f"abs:ff{one}* AND cat:cs.*"),
            parse(f"id:2512.{one:05d} OR cat:hep-th AND ti:g{one}"),
        )
    ]
    papers = [builders.paper(1), builders.paper(2)]
    alone = clauses_evaluated(engine_of(*related), papers, monkeypatch)
    assert alone <= len(related)
    assert clauses_evaluated(engine_of(*related, *unrelated), papers, monkeypatch) == alone


def steps(engine: Engine, papers: Sequence[Paper]) -> int:
    """Count the lines that a match executes."""
    count = 0

    def executed(_: FrameType, event: str, __: object) -> Callable[[FrameType, str, Any], Any]:
        nonlocal count
        count += event == "line"
        return executed

    before = sys.gettrace()
    sys.settrace(executed)
    try:
        engine.select(papers)
    finally:
        sys.settrace(before)
    return count


HEAVY = [
    'abs:"cat dog"~50',
    'abs:"cat cat cat cat cat cat cat cat"~50',
    'abs:"cat dog eel cat dog eel cat dog eel"~50',
    'abs:"ca* cat cats* do* dog ca* cat do* dog ca*"~50',
    'abs:"ca* dog"',
    'abs:"cat the the the cat the the the cat"',
    "abs:ca* OR abs:do* OR abs:ee* OR abs:ca?",
]


@pytest.mark.parametrize("query", HEAVY)
def test_a_clause_takes_work_in_proportion_to_the_text(query: str) -> None:
    engine = engine_of(parse(query))

    def work(length: int, papers: int) -> int:
        text = " ".join(["cat dog eel cat the"] * length)
        return steps(engine, [builders.paper(1, abstract=text)] * papers)

    assert work(80, 4) < 2.5 * work(40, 4), "a longer abstract"
    assert work(40, 8) < 2.5 * work(40, 4), "more papers"


def test_a_heavy_query_takes_work_in_proportion_to_its_clauses() -> None:
    papers = [builders.paper(1, abstract=" ".join(["cat dog eel"] * 20))] * 2

    def work(clauses: int) -> int:
        nodes = [term("abs", f"cat w{one} dog", tail="~50") for one in range(clauses)]
        nodes += [term("abs", f"cat dog {'cat ' * (one % 17)}eel", tail="~50") for one in range(17)]
        node = all_of([any_of(nodes), term("abs", "eel")])
        return steps(engine_of(Query("", node.key, node)), papers)

    assert work(120) < 2.5 * work(60)


def test_a_heavy_query_does_not_change_what_others_find() -> None:
    heavy = [parse(query) for query in HEAVY]
    papers = [builders.paper(one, abstract="cat dog eel " * one) for one in range(1, 30)]
    light = parse("abs:eel ANDNOT ti:zebra")
    assert found(engine_of(*heavy, light), papers)[light.hash] == list(range(29))


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
    agrees_with_reading(recorded(recordings, 20_000), queries=2_000, sample=200)


def test_select_answers_for_every_query() -> None:
    one, none = parse("ti:study"), parse("ti:zebra")
    assert select([one, none, one], [builders.paper(1)]) == {one.hash: [0], none.hash: []}


def test_a_clause_may_be_written_with_forms_in_capitals_and_wildcards() -> None:
    capitals = Text("kw", (("LLM", "ca*"), ("DOG",)), 'kw:"LLM DOG"', capitals=True)
    query = Query("", capitals.key, capitals)
    papers = [
        builders.paper(one, title=title)
        for one, title in enumerate(("LLMs DOG", "Cats DOGs", "llm DOG", "LLM dog"), 1)
    ]
    assert found(engine_of(query), papers) == read([query], papers) == {query.hash: [0, 1]}
