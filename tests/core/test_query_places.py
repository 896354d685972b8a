"""What queries match is a mapping to places, which are kept in one array."""

import numpy as np
import pytest

from bot.core.query.places import Found, Spans
from tests.engines import found_of


def test_what_is_found_is_a_mapping() -> None:
    found = found_of({"a": (0, 2), "b": (1,), "c": (0, 2)})
    assert dict(found) == {"a": (0, 2), "b": (1,), "c": (0, 2)}
    assert (len(found), list(found), found.get("d", ())) == (3, ["a", "b", "c"], ())
    assert "c" in found
    assert "d" not in found
    assert found == {"a": (0, 2), "b": (1,), "c": (0, 2)}
    with pytest.raises(KeyError, match="d"):
        found["d"]


def test_what_several_queries_match_may_be_kept_once() -> None:
    found = Found()
    begins, ends = np.array([0, 1, 0]), np.array([2, 3, 2])
    spans = Spans(np.arange(3), begins, ends, np.array([4, 5, 7], np.uint16))
    found.add(0, ["a", "b", "c"], spans)
    assert found == {"a": (4, 5), "b": (5, 7), "c": (4, 5)}


def test_papers_that_come_in_parts_are_counted_on() -> None:
    found = found_of({"a": (0, 2), "b": (1,)})
    begins, ends = np.array([0, 2]), np.array([2, 3])
    found.add(70_000, ["a", "c"], Spans(np.arange(2), begins, ends, np.array([1, 3, 1], np.uint16)))
    assert found == {"a": (0, 2, 70_001, 70_003), "b": (1,), "c": (70_001,)}
    assert len(found) == 3
    assert found.anywhere() == (0, 1, 2, 70_001, 70_003)


def test_what_others_match_of_the_same_papers_is_joined() -> None:
    joined = found_of({"a": (0,)}) | found_of({"b": (0, 1)})
    assert joined == {"a": (0,), "b": (0, 1)}
    assert joined.anywhere() == (0, 1)


def test_what_any_query_matches_is_told() -> None:
    assert found_of({"a": (0, 3), "b": (0, 1)}).anywhere() == (0, 1, 3)
    assert Found().anywhere() == ()


def test_parts_are_joined_with_their_places() -> None:
    first = Spans(np.array([4]), np.array([0]), np.array([1]), np.array([9], np.uint16))
    last = Spans(np.array([2, 3]), np.array([0, 0]), np.array([1, 2]), np.array([6, 8], np.uint16))
    joined = Spans.joined([first, last])
    ranges = zip(joined.begins, joined.ends, strict=True)
    assert joined.programs.tolist() == [4, 2, 3]
    assert [joined.places[begin:end].tolist() for begin, end in ranges] == [[9], [6], [6, 8]]
