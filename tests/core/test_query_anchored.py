"""Queries are found under the codes of their anchors, as long as they are there."""

from bot.core.query.anchored import Anchored
from bot.core.query.clauses import code_of


def under(anchored: Anchored, number: int) -> dict[int, list[int]]:
    return {code: anchored.queries([code]) for code in anchored.codes([number])}


def test_a_number_has_the_queries_of_all_its_fields() -> None:
    anchored = Anchored()
    anchored.add(code_of(5, 0), 1)
    anchored.add(code_of(5, 7), 3)
    anchored.add(code_of(5, 7), 2)
    anchored.add(code_of(4, 1), 9)
    assert under(anchored, 5) == {code_of(5, 0): [1], code_of(5, 7): [2, 3]}
    assert under(anchored, 4) == {code_of(4, 1): [9]}
    assert (under(anchored, 3), under(anchored, 6)) == ({}, {})
    assert len(anchored) == 3
    codes = [code_of(9, 9), *anchored.codes([6, 5, 4, 3])]
    assert anchored.queries(codes) == [1, 2, 3, 9]
    assert anchored.queries([]) == []


def test_a_query_under_several_codes_is_given_once() -> None:
    anchored = Anchored()
    for code in (code_of(5, 0), code_of(5, 7), code_of(6, 0)):
        anchored.add(code, 4)
    anchored.add(code_of(6, 0), 2)
    assert anchored.queries(anchored.codes([6, 5])) == [2, 4]


def test_what_is_removed_leaves_nothing_and_what_is_not_there_changes_nothing() -> None:
    anchored = Anchored()
    anchored.discard(code_of(5, 2), 1)
    anchored.add(code_of(5, 2), 1)
    anchored.add(code_of(5, 2), 2)
    anchored.add(code_of(5, 3), 1)
    anchored.discard(code_of(5, 2), 3)
    anchored.discard(code_of(5, 2), 1)
    anchored.discard(code_of(5, 3), 1)
    assert under(anchored, 5) == {code_of(5, 2): [2]}
    anchored.discard(code_of(5, 2), 2)
    assert (under(anchored, 5), len(anchored), any(anchored._fields)) == ({}, 0, False)
