"""What queries match is gathered from the pages of the log, in their order."""

import pytest

from bot.core.matched import Matched
from bot.core.model import Announcement
from tests.builders import NOON, paper
from tests.engines import found_of

ROWS = [Announcement(seq, paper(seq), NOON) for seq in range(1, 7)]


def test_pages_are_joined_in_the_order_of_the_log() -> None:
    later, earlier = Matched(), Matched()
    later.add(ROWS[4:], found_of({"a": [1], "b": [0]}), {})
    earlier.add(ROWS[:2], found_of({"a": [0, 1]}), {})
    earlier.add(ROWS[2:4], found_of({"c": [1]}), {})
    matched = earlier + later
    assert dict(matched) == {"a": [ROWS[0], ROWS[1], ROWS[5]], "b": [ROWS[4]], "c": [ROWS[3]]}
    assert dict(later) == {"a": [ROWS[5]], "b": [ROWS[4]]}
    assert len(matched) == 3


def test_what_matched_already_is_no_news() -> None:
    matched = Matched()
    matched.add(ROWS[:3], found_of({"a": [0, 1, 2], "b": [0], "c": [1]}), {"a": {1}, "b": {0}})
    assert dict(matched) == {"a": [ROWS[0], ROWS[2]], "c": [ROWS[1]]}
    assert matched.get("b", ()) == ()
    with pytest.raises(KeyError, match="b"):
        matched["b"]


def test_of_a_page_only_what_matches_is_kept() -> None:
    matched = Matched()
    matched.add(ROWS, found_of({"a": [3], "b": [1]}), {})
    assert [list(page.rows) for page in matched._pages] == [[1, 3]]


def test_without_pages_or_matches_there_is_nothing() -> None:
    matched = Matched()
    matched.add(ROWS, found_of({}), {})
    assert (dict(matched), dict(Matched()), len(matched)) == ({}, {}, 0)
