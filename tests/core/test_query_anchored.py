"""Queries are found under the codes of their anchors, as long as they are there."""

import numpy as np

from bot.core.query.anchored import Anchored
from bot.core.query.clauses import code_of, parts_of


def under(anchored: Anchored, *codes: int, numbers: int = 10) -> list[int]:
    """Give the queries that are found where some codes are, of so many numbers."""
    fields = np.zeros(numbers, np.uint8)
    for number, field in map(parts_of, codes):
        fields[number] |= 1 << field
    found: list[int] = anchored.queries(fields).tolist()
    return found


def test_a_number_has_the_queries_of_all_its_fields() -> None:
    anchored = Anchored()
    anchored.add(code_of(5, 0), 1)
    anchored.add(code_of(5, 7), 3)
    anchored.add(code_of(5, 7), 2)
    anchored.add(code_of(4, 1), 9)
    assert under(anchored, code_of(5, 0)) == [1]
    assert under(anchored, code_of(5, 7)) == [2, 3]
    assert under(anchored, *(code_of(5, field) for field in range(8))) == [1, 2, 3]
    assert under(anchored, code_of(4, 1), code_of(5, 1), code_of(6, 0)) == [9]
    assert len(anchored) == 3
    assert under(anchored) == []


def test_numbers_that_only_one_side_knows_are_no_anchors() -> None:
    anchored = Anchored()
    anchored.add(code_of(2, 0), 1)
    anchored.add(code_of(5, 0), 2)
    assert under(anchored, code_of(2, 0), numbers=3) == [1]
    assert under(anchored, code_of(2, 0), code_of(9, 0)) == [1]
    assert under(Anchored(), code_of(2, 0)) == []


def test_a_query_under_several_codes_is_given_once() -> None:
    anchored = Anchored()
    for code in (code_of(5, 0), code_of(5, 7), code_of(6, 0)):
        anchored.add(code, 4)
    anchored.add(code_of(6, 0), 2)
    assert under(anchored, code_of(6, 0), code_of(5, 0), code_of(5, 7)) == [2, 4]


def test_what_is_removed_leaves_nothing_and_what_is_not_there_changes_nothing() -> None:
    anchored = Anchored()
    anchored.discard(code_of(5, 2), 1)
    anchored.add(code_of(5, 2), 1)
    anchored.add(code_of(5, 2), 2)
    anchored.add(code_of(5, 3), 1)
    anchored.discard(code_of(5, 2), 3)
    anchored.discard(code_of(5, 2), 1)
    anchored.discard(code_of(5, 3), 1)
    assert under(anchored, code_of(5, 2), code_of(5, 3)) == [2]
    anchored.discard(code_of(5, 2), 2)
    assert (under(anchored, code_of(5, 2)), len(anchored), any(anchored._fields)) == ([], 0, False)
