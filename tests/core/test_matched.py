"""What queries match is gathered from the pages of the log, in their order."""

import pytest

from bot.core.matched import Matched
from bot.core.model import Announcement
from bot.core.query.places import Found
from tests.builders import NOON, paper

ROWS = [Announcement(seq, paper(seq), NOON) for seq in range(1, 7)]


def test_pages_are_joined_in_the_order_of_the_log() -> None:
    later, earlier = Matched(), Matched()
    later.add(ROWS[4:], Found({"a": 0b10, "b": 0b01}, 2), {})
    earlier.add(ROWS[:2], Found({"a": 0b11}, 2), {})
    earlier.add(ROWS[2:4], Found({"c": 0b10}, 2), {})
    matched = earlier + later
    assert dict(matched) == {"a": [ROWS[0], ROWS[1], ROWS[5]], "b": [ROWS[4]], "c": [ROWS[3]]}
    assert dict(later) == {"a": [ROWS[5]], "b": [ROWS[4]]}
    assert len(matched) == 3


def test_what_matched_already_is_no_news() -> None:
    matched = Matched()
    matched.add(ROWS[:3], Found({"a": 0b111, "b": 0b1, "c": 0b10}, 3), {"a": {1}, "b": {0}})
    assert dict(matched) == {"a": [ROWS[0], ROWS[2]], "c": [ROWS[1]]}
    assert matched.get("b", ()) == ()
    with pytest.raises(KeyError, match="b"):
        matched["b"]


def test_of_a_page_only_what_matches_is_kept() -> None:
    matched = Matched()
    matched.add(ROWS, Found({"a": 0b1000, "b": 0b10}, len(ROWS)), {})
    assert [list(page.rows) for page in matched._pages] == [[1, 3]]


def test_without_pages_or_matches_there_is_nothing() -> None:
    matched = Matched()
    matched.add(ROWS, Found({}, len(ROWS)), {})
    assert (dict(matched), dict(Matched()), len(matched)) == ({}, {}, 0)
