"""Comma-separated values: read back as they were, and no formula in them."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Detail
from bot.core.render.item import name_of
from bot.core.render.wording import display
from bot.core.site.comma_separated import COLUMNS, comma_separated
from bot.core.site.model import Card
from tests.core.site.corpus import cards
from tests.core.site.samples import TODAY, card
from tests.hostile import HOSTILE, hostile_papers

WILD = HOSTILE | st.sampled_from(
    [
        '=HYPERLINK("http://e.example","x")',
        "@SUM(1)",
        "+1",
        "-1",
        "\t=1",
        "＝1",
        '"',
        '","',
        "\r\n=",
    ]
)


def checked(some: list[Card]) -> list[dict[str, str]]:
    """Read a table back, strictly."""
    text = comma_separated(some).decode()
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert text.count("\r\n") == len(some) + 1
    assert text.count("\n") == len(some) + 1
    for row, one in zip(rows, some, strict=True):
        assert tuple(row) == COLUMNS
        assert row["title"].removeprefix("'") == name_of(one.paper).removeprefix("'")
        assert row["abstract"].removeprefix("'") == display(one.paper.abstract).removeprefix("'")
        assert not [cell for cell in row.values() if cell[:1] in set("=+-@\t\r＝＋－＠")]
    return rows


def test_a_row_says_what_is_known() -> None:
    one = card(1, ("language", "vision"), comment='8 pages, "draft"', doi="10.1/a", version=2)
    assert checked([one]) == [
        {
            "id": "2601.00001",
            "version": "2",
            "title": "A Study of Subject 1",
            "authors": "Ana García; Li Wei",
            "published": "2026-01-04T12:00:00Z",
            "updated": "2026-01-04T12:00:00Z",
            "day": "2026-01-05",
            "topics": "language vision",
            "categories": "cs.CL",
            "primary_category": "cs.CL",
            "comment": '8 pages, "draft"',
            "journal_ref": "",
            "doi": "10.1/a",
            "url": "https://arxiv.org/abs/2601.00001",
            "abstract": "We study subject 1 and report what we found.",
        }
    ]


def test_an_empty_list_has_its_header() -> None:
    assert comma_separated([]).decode() == ",".join(COLUMNS) + "\r\n"


def test_what_only_a_feed_has_told_has_no_date_of_submission() -> None:
    (row,) = checked([card(1, detail=Detail.FEED)])
    assert row["published"] == ""


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1"])
def test_a_formula_becomes_text(text: str) -> None:
    (row,) = checked([card(1, title=text, comment=text)])
    assert row["title"] == row["comment"] == f"'{text}"


@given(WILD, WILD, WILD, WILD)
def test_no_text_breaks_a_row(title: str, abstract: str, name: str, comment: str) -> None:
    checked([card(1, title=title, abstract=abstract, authors=(name,), comment=comment), card(2)])


def test_no_two_ways_to_do_harm_break_a_row() -> None:
    checked([Card(entry.paper, TODAY) for entry in hostile_papers()])


@pytest.mark.slow
def test_recorded_papers_are_read_back(recordings: Path) -> None:
    assert len(checked(list(cards(recordings, every=20)))) == 1000
