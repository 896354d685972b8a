"""The effort of a match hangs on the text and on what is found, and no query spoils it for all."""

from collections.abc import Iterator, Mapping

import pytest

from bot.core.query import Query, parse
from bot.core.query.clauses import Definition
from bot.core.query.defined import Defined
from bot.core.query.expression import all_of, any_of
from bot.core.query.ragged import Numbers
from bot.core.query.terms import term
from tests import builders
from tests.engines import clauses_evaluated, engine_of, found, steps


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


def test_a_clause_is_looked_for_only_where_a_word_that_it_needs_occurs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[Definition] = []
    real = Defined.find

    def find(
        self: Defined, definitions: Mapping[int, Definition]
    ) -> Iterator[tuple[Numbers, Numbers]]:
        looked.extend(definitions.values())
        return real(self, definitions)

    monkeypatch.setattr(Defined, "find", find)
    queries = [
        parse(f'ti:study OR au:"E{one}, A" OR ti:"study b{one}"~3 OR all:subject-c{one}')
        for one in range(50)
    ]
    here = parse('ti:study OR au:"Author, A" OR abs:"subject study"~3 OR all:subject-study')
    papers = [builders.paper(1, authors=("A. Author",))]
    assert len(found(engine_of(*queries), papers)) == 50
    # To the first of the queries its words are as rare as those that all have.
    assert len(looked) <= 2
    looked.clear()
    engine = engine_of(*queries, here)
    engine.select(papers)
    assert len(looked) <= 2 + 3


HEAVY = [
    'abs:"cat dog"~50',
    'abs:"cat of the dog of the eel"~50',
    'abs:"ca* do* ee*"~50',
    "abs:cat-dog-eel-ca*-do?",
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
        nodes += [term("abs", f"cat dog {'the ' * (one % 17)}eel", tail="~50") for one in range(17)]
        node = all_of([any_of(nodes), term("abs", "eel")])
        return steps(engine_of(Query("", node.key, node)), papers)

    assert work(120) < 2.5 * work(60)


def test_a_heavy_query_does_not_change_what_others_find() -> None:
    heavy = [parse(query) for query in HEAVY]
    papers = [builders.paper(one, abstract="cat dog eel " * one) for one in range(1, 30)]
    light = parse("abs:eel ANDNOT ti:zebra")
    assert found(engine_of(*heavy, light), papers)[light.hash] == list(range(29))
