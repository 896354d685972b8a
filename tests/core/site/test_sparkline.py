"""Small bars of counts."""

import re

import pytest

from bot.core.site.sparkline import HEIGHT, sparkline
from tests.core.site.dom import dom


def heights(*counts: int) -> list[int]:
    return [int(one) for one in re.findall(r"v-(\d+)", sparkline(counts, ""))]


@pytest.mark.parametrize(
    ("counts", "drawn"),
    [
        ((0, 5, 10), [1, 10, HEIGHT]),
        ((0, 0), [1, 1]),
        ((1, 1_000_000), [3, HEIGHT]),
        ((), []),
    ],
)
def test_the_highest_takes_the_whole_height(counts: tuple[int, ...], drawn: list[int]) -> None:
    assert heights(*counts) == drawn


def test_it_is_as_wide_as_its_bars() -> None:
    assert 'viewBox="0 0 119 20"' in sparkline([1] * 30, "")


def test_its_label_is_read_aloud_and_breaks_nothing() -> None:
    svg = dom(sparkline([1], 'a"><script>').encode()).one("svg")
    assert (svg.attributes["role"], svg.attributes["aria-label"]) == ("img", 'a"><script>')
