"""How well a paper matches: people, then words in the title, in the abstract, elsewhere."""

import pytest

from bot.core.model import Paper
from bot.core.query import Query, from_keywords, parse
from bot.core.query.evidence import Found
from bot.core.ranking import MOST, NO_MATCH, Match, Ranking, match
from tests.builders import paper

PAPER = paper(comment="Accepted at ACL 2026", authors=("Ana García", "Li Wei"))
"""Its title and its abstract both have study and subject, and only the abstract has report."""


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ti:study", Match(title=1)),
        ("ti:study OR ti:subject OR ti:absent", Match(title=2)),
        ("ti:study OR abs:report", Match(title=1, abstract=1)),
        ("abs:report OR co:acl", Match(abstract=1, elsewhere=1)),
        ("all:acl", Match(elsewhere=1)),
        ("all:subject", Match(title=1, abstract=1)),
        ("au:wei OR au:garcia OR ti:study", Match(people=2, title=1)),
        ("au:wei AND cat:math.AG OR ti:study", Match(title=1)),
        ("cat:cs.CL AND ti:study", Match(title=1)),
        ("cat:cs.CL OR primary:cs.CL OR id:2601.00001", NO_MATCH),
        ("ti:study AND submittedDate:[20260101 TO 20260201]", Match(title=1)),
        ("ti:study ANDNOT ti:unwanted", Match(title=1)),
        ("NOT ti:unwanted", NO_MATCH),
        ("ti:unwanted", NO_MATCH),
    ],
)
def test_a_match_counts_what_speaks_for_the_paper(query: str, found: Match) -> None:
    assert match(parse(query), PAPER) == found


def test_a_keyword_counts_wherever_it_stands() -> None:
    found = match(from_keywords(["study", "report", "absent"]), PAPER)
    assert found == Match(title=1, abstract=2)


def test_people_come_before_the_title_and_the_title_before_all_else() -> None:
    rising = [
        NO_MATCH,
        Match(elsewhere=9),
        Match(abstract=1),
        Match(abstract=9, elsewhere=9),
        Match(title=1),
        Match(title=1, abstract=1),
        Match(title=2),
        Match(people=1),
        Match(people=1, title=1),
        Match(people=2),
    ]
    assert sorted(rising) == rising


def test_a_query_and_a_paper_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counting(query: Query, one: Paper) -> tuple[Found, ...]:
        read.append(f"{query} {one.id[-1]}v{one.version}")
        return ()

    monkeypatch.setattr("bot.core.ranking.evidence", counting)
    ranking = Ranking()
    for _ in range(3):
        for text in ("ti:cat", "ti:dog"):
            for one in (paper(1), paper(2), paper(2, version=2)):
                assert ranking.of(parse(text), one) == NO_MATCH
    assert read == [
        f"ti:{word} {which}" for word in ("cat", "dog") for which in ("1v1", "2v1", "2v2")
    ]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.core.ranking.MOST", 10)
    assert MOST == 65_536
    ranking, query = Ranking(), parse("ti:study")
    for number in range(25):
        assert ranking.of(query, paper(number)) == Match(title=1)
        assert len(ranking._known) <= 10


def test_a_query_that_raises_an_error_puts_no_paper_first_and_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def failing(query: Query, one: Paper) -> tuple[Found, ...]:
        raise RecursionError("too deep")

    monkeypatch.setattr("bot.core.ranking.evidence", failing)
    ranking = Ranking()
    assert ranking.of(parse("ti:study"), PAPER) == NO_MATCH
    assert {query: fault.said for query, fault in ranking.failed.items()} == {
        "ti:study": "RecursionError: too deep"
    }
