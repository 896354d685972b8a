"""Matches of the newest papers, kept from build to build."""

import json
from dataclasses import replace

import pytest

from bot.core import ranking
from bot.core.model import Paper
from bot.core.query import Query, parse
from bot.core.ranking import Match
from bot.core.site.matches import Matches, read, written
from bot.core.site.model import Card
from tests.builders import paper
from tests.core.site.samples import TODAY

QUERY = parse('ti:"retrieval" OR abs:"retrieval"')


def card(number: int, title: str, stamp: int | None = 1) -> Card:
    """Build a card of a paper with this title, and with `retrieval` in its abstract."""
    return Card(paper(number, title=title, abstract="On retrieval."), TODAY, stamp=stamp)


CARDS = [card(1, "Something else"), card(2, "Retrieval"), card(3, "Other"), card(4, "Retrieval")]


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note which papers are looked at."""
    found: list[str] = []
    match = ranking.match

    def noted(query: Query, one: Paper) -> Match:
        found.append(one.id[-1])
        return match(query, one)

    monkeypatch.setattr(ranking, "match", noted)
    return found


def test_the_best_match_stands_first_and_of_equals_the_newest() -> None:
    assert Matches().ranks(QUERY, CARDS) == [2, 0, 3, 1]


def test_what_was_looked_at_is_not_looked_at_again(looked: list[str]) -> None:
    matches = Matches()
    matches.ranks(QUERY, CARDS)
    assert matches.ranks(QUERY, CARDS[1:]) == [0, 2, 1]
    assert looked == ["1", "2", "3", "4"]


def test_what_is_known_holds_while_its_stamp_stays(looked: list[str]) -> None:
    before = Matches()
    before.ranks(QUERY, CARDS)
    looked.clear()
    known = read(json.loads(json.dumps(written(before.found))))
    assert known == before.found
    after = Matches(known)
    changed = card(2, "Renamed", stamp=2)
    assert after.ranks(QUERY, [CARDS[0], changed, CARDS[3]]) == [1, 2, 0]
    assert looked == ["2"]
    assert after.found[QUERY.hash].keys() == {one.paper.id for one in (CARDS[0], changed, CARDS[3])}


def test_another_query_knows_nothing_of_it(looked: list[str]) -> None:
    before = Matches()
    before.ranks(QUERY, CARDS)
    other = parse("ti:other")
    assert Matches(before.found).ranks(other, CARDS) == [1, 2, 0, 3]
    assert len(looked) == 8


def test_a_paper_of_no_known_stamp_is_looked_at_each_time(looked: list[str]) -> None:
    matches = Matches()
    for title, rank in (("Retrieval", 0), ("Other", 1)):
        one = replace(CARDS[0], paper=paper(9, title=title, abstract="On retrieval."), stamp=None)
        assert matches.ranks(QUERY, [one, CARDS[1]])[0] == rank
    assert looked.count("9") == 2
    assert paper(9).id not in matches.found[QUERY.hash]
