"""Where pages stand, and how they lead to each other."""

from datetime import date
from posixpath import join, normpath

import pytest

from bot.core.site import places

DAY = date(2026, 1, 5)
PAGES = [
    places.INDEX,
    places.ARCHIVE,
    places.topic("rag"),
    places.topic_month("rag", DAY),
    places.day(DAY),
    places.paper("2601.01234"),
    places.paper("hep-th/9901001"),
    places.author("peiyang-liu"),
    places.asset("site.css"),
]


@pytest.mark.parametrize("here", PAGES)
@pytest.mark.parametrize("there", PAGES)
def test_links_lead_there_from_any_page(here: str, there: str) -> None:
    link = places.link(here, there)
    assert normpath(join(here.rpartition("/")[0], link)) == there
    assert not link.startswith("/")


def test_every_page_has_an_address_of_its_own() -> None:
    files = [
        *(places.topic_file("rag", one) for one in (*places.FEEDS, *places.TABLES)),
        *(places.everything(one) for one in (*places.FEEDS, *places.TABLES)),
        *(places.day_file(DAY, one) for one in places.TABLES),
        places.topic_rest("rag"),
        places.paper_file("2601.01234", "bib"),
    ]
    assert len({*PAGES, *files}) == len(PAGES) + len(files)


def test_papers_of_one_folder_follow_each_other_by_the_text_of_their_ids() -> None:
    ids = ["0704.0001", "1501.00001", "2601.01234", "astro-ph/0601001", "hep-th/9901001"]
    assert [places.paper_folder(one) for one in sorted(ids)] == [
        *("papers/0704", "papers/1501", "papers/2601"),
        *("papers/astro-ph", "papers/hep-th"),
    ]
