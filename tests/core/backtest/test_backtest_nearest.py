"""What is nearest to a term that matches nothing."""

from collections.abc import Sequence

import pytest

from bot.core.backtest import Nearest, nearest
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
    return found.hints().get(whole.meaning, "")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("ti:retreival", "did you mean ti:retrieval?"),
        ("retreival", "did you mean retrieval?"),
        ('kw:"retreival nueral networks"', 'did you mean kw:"retrieval neural networks"?'),
        ("co:NuerIPS", "did you mean co:neurips?"),
        ("au:Benigo", "did you mean au:bengio?"),
        ('au:"Yoshua Benigo"', 'did you mean au:"Yoshua bengio"?'),
        ("ti:schrodingr", "did you mean ti:schrodinger?"),
        ("ti:xylophone", ""),
        ("kw:RETRIEVAL", "did you mean kw:retrieval?"),
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
    monkeypatch.setattr(nearest, "KNOWN", 10)
    unique = [paper(100 + n, title=f"once{n}") for n in range(20)]
    assert hint("ti:retreival", [*PAPERS, *unique]) == "did you mean ti:retrieval?"
