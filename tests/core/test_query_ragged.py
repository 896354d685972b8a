"""Rows of different lengths are kept in one array."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.core.query.ragged import Ragged

ROWS = st.lists(st.lists(st.integers(0, 99), max_size=5), min_size=1, max_size=6)


@given(ROWS, st.data())
def test_rows_are_taken_as_they_were_written(rows: list[list[int]], data: st.DataObject) -> None:
    asked = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=8))
    which, values = Ragged.of(rows).taken(np.array(asked, np.int64))
    assert which.tolist() == [place for place, row in enumerate(asked) for _ in rows[row]]
    assert values.tolist() == [value for row in asked for value in rows[row]]


@given(ROWS)
def test_keys_make_rows_in_order_and_without_repetition(rows: list[list[int]]) -> None:
    keys = [row << 7 | value for row, values in enumerate(rows) for value in values]
    made = Ragged.keyed(np.array(keys[::-1], np.int64), len(rows), 7)
    ends = made.begins.tolist()
    parts = [made.values[a:b].tolist() for a, b in pairwise(ends)]
    assert parts == [sorted(set(values)) for values in rows]


def test_there_may_be_no_rows() -> None:
    assert Ragged.of([]).begins.tolist() == [0]
    assert Ragged.keyed(np.empty(0, np.int64), 0, 7).begins.tolist() == [0]
