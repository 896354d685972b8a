"""What the engine finds and keeps, in cases made by hand."""

import gc
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.query import Query, parse, select
from bot.core.query.batch import BATCH, Batch
from bot.core.query.engine import Engine
from bot.core.query.expression import Text
from bot.core.query.terms import term
from bot.core.query.words import words
from tests import builders
from tests.engines import engine_of, found, numbers, read

WORDS = ("cat", "eel", "dog")


MANY = [
    "ti:cat", "abs:cat", "ti:cats OR abs:dog", 'ti:"cat dog"', 'abs:"cat dog"', 'ti:"cat dog eel"',
    'all:"cat the dog"', 'abs:"cat the dog the eel"', 'kw:"the dog"', "kw:CAT", 'kw:"CAT DOG"',
    'ti:"cat dog"~2', 'abs:"eel cat"~3', 'all:"ca* dog"', 'all:"do* cats"~2', "co:cat*",
    "co:catal*", "jr:ca?", "rn:x2.5", "ti:Köln", 'ti:"Köln cat"', 'ti:"koeln cat"', 'ti:"koln cat"',
    "au:Li", 'au:"Li, W"', 'au:"Wei Li"', "au:koeln", "au:ko*", "doi:10.1038/cat", "id:2601.00002",
    "cat:cs.*", "primary:cs.LG", "submittedDate:[20260101 TO 20260103]", "NOT ti:cat",
    "ti:cat ANDNOT abs:dog", "ti:cat OR NOT abs:dog", "NOT (ti:cat OR abs:dog)",
    "NOT ti:cat ANDNOT abs:eel", "cat:cs.CL AND (ti:dog OR abs:eel) ANDNOT (co:cat AND ti:eel)",
    "submittedDate:[20260101 TO 20260103] OR ti:eel", "all:cs.LG", "ti:dog AND (NOT abs:eel)",
    "ti:dog-cat", "all:eel/cat", "abs:cat-eel-do*", "all:computer-language", "ti:dog-of-koeln",
    'ti:"dog eel"', 'ti:"dog cat eel"~1', 'ti:"koln koeln cat"~4',
    "abs:eel AND abs:cat AND cat:hep-th", 'ti:eel OR ti:"zebra eel"~2', "ti:eel OR abs:eel-zebra",
    'abs:eel OR abs:"catalog zebra"~2 OR abs:catalog-zebra',
    'ti:dog OR au:"Ana Zed"',
]  # fmt: skip


PAPERS = [
    builders.paper(1, title="The cat, dog and eels", abstract="cats of dogs"),
    builders.paper(2, title="A Köln cat", abstract="eel x cat dog", comment="CAT catalog",
                   doi="10.1038/CAT"),
    builders.paper(3, title="dog eel", abstract="cat the dog the eel",
                   authors=("Wei Li", "A. Köln")),
    builders.paper(4, title="cat dog eel", report_no="x2.5", authors=("Li Li",)),
    builders.paper(5, title="Koeln CATs DOG", journal_ref="Cat", primary_category="cs.LG",
                   categories=("cs.LG", "hep-th"), published=builders.NOON - timedelta(days=4)),
    builders.paper(6, title="koln cat", abstract="cat catalog cats; cat eel", authors=()),
    builders.paper(7, title="Köln cats and Köln", abstract=""),
]  # fmt: skip


def test_a_table_of_queries_that_come_and_go() -> None:
    queries = [parse(text) for text in MANY]
    expected = read(queries, PAPERS)
    engine = engine_of(*queries)
    assert found(engine, PAPERS) == expected
    for place, gone in enumerate(queries, 1):
        engine.discard(gone)
        engine.discard(gone)
        left = {query.hash for query in queries[place:]} & expected.keys()
        assert found(engine, PAPERS) == {name: expected[name] for name in left}
    assert not any(numbers(engine))


def test_a_batch_has_the_words_of_its_texts_in_their_order() -> None:
    papers = [builders.paper(1, title="A $x_1$ o'cat", abstract="b c, 2.5", comment="d")]
    batch = Batch(papers)
    assert [batch.words[number] for number in batch.row] == [
        "", *words("A $x_1$ o'cat"), "", "b", "c", "2.5", "", "d", "", "Computation", "and",
        "Language", "", "Computer", "Science", "", "cs", "",
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


def test_only_what_matches_is_named() -> None:
    one, other, none = parse("ti:study"), parse("abs:subject"), parse("ti:zebra")
    answer = engine_of(one, other, none).select([builders.paper(1), builders.paper(2)])
    assert answer == {one.hash: (0, 1), other.hash: (0, 1)}


def test_a_query_takes_the_place_of_one_that_is_gone() -> None:
    cat, eel, dog = (parse(f'ti:{word} OR ti:"{word} x" OR au:"{word}, A"') for word in WORDS)
    engine = engine_of(cat, eel)
    engine.discard(cat)
    engine.add(dog)
    papers = [builders.paper(number, title=word) for number, word in enumerate(WORDS, 1)]
    assert found(engine, papers) == {eel.hash: [1], dog.hash: [2]}
    assert numbers(engine)[:-1] == numbers(engine_of(eel, dog))[:-1]
    assert (len(engine._programs), len(engine._clauses._numbering._uses)) == (
        len(engine_of(eel, dog)._programs),
        len(engine_of(eel, dog)._clauses._numbering._uses),
    )


def test_a_query_that_cannot_be_entered_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def failing(*_: object) -> None:
        raise MemoryError

    engine = engine_of(parse("ti:cat"))
    before = numbers(engine)
    unfit = parse('ti:cat OR abs:"cat dog" OR au:"Wei Li" OR cat:cs.CL OR abs:"ca* eel"~2')
    for place in ("bot.core.query.clauses.Clauses.anchors", "bot.core.query.clauses.whole"):
        with monkeypatch.context() as patched:
            patched.setattr(place, failing)
            with pytest.raises(MemoryError):
                engine.add(unfit)
        assert unfit not in engine
        assert numbers(engine) == before
    engine.add(unfit)
    asked = [parse("ti:cat"), unfit]
    assert found(engine, PAPERS) == read(asked, PAPERS)
    engine.discard(unfit)
    assert numbers(engine) == before


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


def test_queries_that_do_not_run_side_by_side_find_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queries = [parse(text) for text in MANY]
    monkeypatch.setattr("bot.core.query.logic._TOGETHER", 3)
    assert found(engine_of(*queries), PAPERS) == read(queries, PAPERS)


def test_groups_within_groups_find_what_reading_finds() -> None:
    texts = ["ti:cat", "abs:eel"]
    for turn in range(6):
        texts += [
            f"(abs:dog AND ({text})) OR (ti:eel ANDNOT ({text}))"
            if turn % 2
            else f"(({text}) OR co:catalog) ANDNOT (ti:dog AND (NOT ({text})))"
            for text in texts[-2:]
        ]
    queries = [parse(text) for text in texts]
    assert found(engine_of(*queries), PAPERS) == read(queries, PAPERS)


def test_places_of_all_papers_of_a_full_batch_are_told() -> None:
    papers = [builders.paper(1, title=f"cat w{one % 7}") for one in range(BATCH)]
    all_, some = parse("NOT ti:eel"), parse("ti:w3 OR ti:w6 OR ti:w3 AND ti:cat")
    places = found(engine_of(all_, some), papers)
    assert places[all_.hash] == list(range(BATCH))
    assert places[some.hash] == [one for one in range(BATCH) if one % 7 in (3, 6)]


def octets(engine: Engine) -> int:
    """Tell what two tables take, without what is in them."""
    tables = (engine._numbers._pieces, engine._clauses.phrases._edges._pieces)
    return sum(piece.__sizeof__() for pieces in tables for piece in pieces)


def test_memory_is_given_back_once_most_queries_are_gone() -> None:
    many = [parse(f'ti:w{one} OR abs:"v{one} u{one}" OR au:"N{one}, A"') for one in range(1_025)]
    engine = engine_of(*many)
    before = octets(engine)
    for query in many[3:]:
        engine.discard(query)
    assert octets(engine) < before / 2
    papers = [builders.paper(1, title="w2"), builders.paper(2, abstract="v1 u1 w9")]
    assert found(engine, papers) == {many[2].hash: [0], many[1].hash: [1]}
    for query in many[:3]:
        engine.discard(query)
    assert len(engine) == 0
    assert not any(numbers(engine))


def test_select_answers_for_every_query() -> None:
    one, none = parse("ti:study"), parse("ti:zebra")
    assert select([one, none, one], [builders.paper(1)]) == {one.hash: [0], none.hash: []}


def near(body: str, slop: int) -> Query:
    """Ask for words that may be said twice, which the language refuses and the engine need not."""
    clause = term("abs", body)
    assert isinstance(clause, Text)
    moved = replace(clause, slop=slop)
    return Query("", moved.key, moved)


def test_each_word_of_a_phrase_has_a_place_of_its_own() -> None:
    queries = [
        near(body, slop)
        for body in ("cat cat", "cat cat dog", "ca* cat", "ca* cat cats catalog", "dog cat dog")
        for slop in (1, 2, 4)
    ]
    texts = ("cat", "cat cat", "cat dog", "dog cat cat", "catalog dog cat", "dog x dog cat",
             "cat catalog cats x cat dog", "dog dog")  # fmt: skip
    papers = [builders.paper(number, abstract=text) for number, text in enumerate(texts, 1)]
    assert found(engine_of(*queries), papers) == read(queries, papers)


SAID = st.sampled_from(("cat", "dog", "eel", "cats", "catalog"))


@given(
    st.lists(st.tuples(st.lists(SAID | st.just("ca*"), min_size=2, max_size=4), st.integers(1, 6))),
    st.lists(st.lists(SAID | st.just("the"), max_size=12), max_size=12),
)
def test_words_are_near_wherever_reading_finds_them_near(
    asked: list[tuple[list[str], int]], texts: list[list[str]]
) -> None:
    queries = [near(" ".join(body), slop) for body, slop in asked]
    papers = [
        builders.paper(number, abstract=" ".join(text), comment=" ".join(reversed(text)))
        for number, text in enumerate(texts, 1)
    ]
    assert found(engine_of(*queries), papers) == read(queries, papers)


def test_a_clause_may_be_written_with_forms_in_capitals_and_wildcards() -> None:
    capitals = Text("kw", (("LLM", "ca*"), ("DOG",)), 'kw:"LLM DOG"', capitals=True)
    query = Query("", capitals.key, capitals)
    papers = [
        builders.paper(one, title=title)
        for one, title in enumerate(("LLMs DOG", "Cats DOGs", "llm DOG", "LLM dog"), 1)
    ]
    assert found(engine_of(query), papers) == read([query], papers) == {query.hash: [0, 1]}


@pytest.mark.parametrize("running", [True, False])
def test_the_collector_is_left_as_it_was(*, running: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, before = engine_of(parse("ti:study")), gc.isenabled()
    (gc.enable if running else gc.disable)()
    try:
        engine.select([builders.paper(1)])
        assert gc.isenabled() is running
        monkeypatch.setattr("bot.core.query.engine.Finding", None)
        with pytest.raises(TypeError):
            engine.select([builders.paper(1)])
        assert gc.isenabled() is running
    finally:
        (gc.enable if before else gc.disable)()
