"""What is nearest to a term that matches nothing."""

from collections.abc import Sequence

import pytest

from bot.core.backtest import Nearest, spelling
from bot.core.backtest.clauses import anatomy
from bot.core.model import Paper
from bot.core.query import parse
from tests.builders import paper

PAPERS = [
    paper(
        number,
        title="Retrieval augmented generation of graphs",
        abstract="Neural networks by Schrödinger.",
        comment="NeurIPS 2025",
        authors=("Paul Erdős", "Yoshua Bengio"),
    )
    for number in range(1, 7)
]


def hint(query: str, papers: Sequence[Paper] = PAPERS) -> str:
    whole = parse(query)
    found = Nearest(anatomy(whole).terms)
    found.add(papers[:2])
    found.add(papers[2:])
    if found.likely:
        found.count(papers[:2])
        found.count(papers[2:])
    return found.hints().get(whole.meaning, "")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("ti:retreival", "did you mean ti:retrieval (6)?"),
        ("retreival", "did you mean retrieval (6)?"),
        ('kw:"nueral netwroks"', 'did you mean kw:"neural networks" (6)?'),
        ('kw:"retreival nueral networks"', ""),
        ("ti:retreival-augmetned", "did you mean ti:retrieval-augmented (6)?"),
        ('"retreival retrieval"~2', ""),
        ('ti:"ret retreival"', ""),
        ("co:NuerIPS", "did you mean co:neurips (6)?"),
        ("au:Benigo", "did you mean au:Bengio (6)?"),
        ('au:"Yoshua Benigo"', 'did you mean au:"Yoshua Bengio" (6)?'),
        ("abs:schrodingr", "did you mean abs:schrodinger (6)?"),
        ("ti:schrodingr", ""),
        ("ti:xylophone", ""),
        ("kw:RETRIEVAL", "did you mean kw:retrieval (6)?"),
        ("ti:retriev*l*x", ""),
        ("cat:math.NT", ""),
        ("submittedDate:[200001010000 TO 200101010000]", ""),
        ("ti:graph", ""),
    ],
)
def test_a_likely_spelling_is_one_that_occurs(query: str, said: str) -> None:
    assert hint(query) == said


def test_a_spelling_that_is_seldom_may_be_a_slip_itself() -> None:
    assert hint("ti:retreival", PAPERS[:4]) == ""


def test_words_that_do_not_stand_side_by_side_are_offered_apart() -> None:
    said = "its words stand apart in 6 papers: ti:generation AND ti:retrieval"
    assert hint('ti:"generation of retrieval"') == said
    said = "its words stand apart in 6 papers: neural AND retrieval"
    assert hint('"neural retrieval"') == said


def test_the_rarest_words_are_forgotten_where_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spelling, "KNOWN", 10)
    unique = [paper(100 + n, title=f"once{n}") for n in range(20)]
    assert hint("ti:retreival", [*PAPERS, *unique]) == "did you mean ti:retrieval (6)?"


def titled(*titles: str) -> list[Paper]:
    return [paper(number, title=title) for number, title in enumerate(titles, start=1)]


def test_a_slip_that_occurs_is_still_a_slip() -> None:
    papers = titled(*["A large language model"] * 8, "A langauge slip")
    said = 'did you mean ti:"large language model" (8)?'
    assert hint('ti:"large langauge modle"', papers) == said


def test_the_spelling_that_is_most_alike_goes_before_one_that_is_more_frequent() -> None:
    papers = titled(*["A model of mode"] * 6, *["A mode"] * 9)
    assert hint("ti:modle", papers) == "did you mean ti:model (6)?"
    papers = titled(*["A retrieval"] * 5, *["A retrieve"] * 9)
    assert hint("ti:retrievaal", papers) == "did you mean ti:retrieval (14)?"


def test_a_word_is_replaced_where_it_stands_and_not_inside_another() -> None:
    papers = titled(*["gratis great rats"] * 6)
    assert hint('ti:"gratis grat rats"', papers) == 'did you mean ti:"gratis great rats" (6)?'


def test_what_is_suggested_is_a_query_that_matches() -> None:
    papers = titled(*["Neural"] * 6, *["Networks"] * 6)
    assert hint('ti:"nueral netwroks"', papers) == ""


@pytest.mark.parametrize(
    "query", ['ti:"op?imal of the zzzqq"', 'ti:"zz?zy of zzq"', '"neur?l of qqq"~2']
)
def test_a_phrase_with_a_wildcard_and_stop_words_may_match_nothing(query: str) -> None:
    assert hint(query) == ""


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ('ti:"graph netw?rk"', "1 paper: ti:graph AND ti:netw?rk"),
        ('ti:"graph netw?rk"~0', "1 paper: ti:graph AND ti:netw?rk"),
        ('"graph k netw*"', "1 paper: graph AND k AND netw*"),
        ('kw:"GRAPH K"', "1 paper: kw:GRAPH AND kw:K"),
    ],
)
def test_the_words_of_a_phrase_are_looked_for_apart_as_they_are_asked_for(
    query: str, said: str
) -> None:
    one = paper(1, title="Network K of a graph, a GRAPH")
    assert hint(query, [one]) == f"its words stand apart in {said}"
