"""How much the first page weighs with genuine papers: ten topics of a hundred each."""

import gzip
from pathlib import Path

import pytest

from bot.core.site import html
from bot.core.site.assets import assets
from bot.core.site.entry import WHOLE
from tests.core.site import samples
from tests.core.site.dom import dom

BUDGET = 650_000


@pytest.mark.slow
def test_the_first_page_of_ten_topics_and_a_thousand_papers_is_light(recordings: Path) -> None:
    site, sections = samples.recorded(recordings)
    page = html.index_page(site, sections)
    assert [len(one.cards) for one in sections] == [100] * 10
    read = dom(page)
    assert len(read.all("tr", "row")) == 1000
    assert len(read.all("details", "abstract")) == 10 * WHOLE
    weight = sum(len(gzip.compress(one)) for one in (page, *assets().values()))
    assert weight <= BUDGET
    rest = [html.rest_of(site, one) for one in sections]
    assert sum(map(len, rest)) > len(page) // 4  # which is why they stand elsewhere
