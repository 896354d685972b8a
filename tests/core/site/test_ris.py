"""RIS: read back by a parser, whatever stands in texts."""

from pathlib import Path
from typing import Any

import pytest
import rispy
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Detail
from bot.core.render.item import name_of
from bot.core.render.wording import display
from bot.core.site.model import Card
from bot.core.site.names import surname_first
from bot.core.site.ris import ris
from tests.core.site.corpus import cards
from tests.core.site.samples import TODAY, card
from tests.hostile import HOSTILE, hostile_papers

WILD = HOSTILE | st.sampled_from(["ER  - ", "x\nER  - \nTY  - JOUR", "\r\nAU  - x", "AU  - "])


def checked(some: list[Card]) -> list[dict[str, Any]]:
    """Read records with a parser that knows the format's tags."""
    records: list[dict[str, Any]] = rispy.loads(ris(some).decode())
    assert len(records) == len(some)
    for record, one in zip(records, some, strict=True):
        assert "unknown_tag" not in record
        assert record["title"] == name_of(one.paper)
        assert record.get("abstract", "") == display(one.paper.abstract)
        people = [surname_first(name) for name in map(display, one.paper.authors) if name]
        assert record.get("authors", []) == people
        assert record["accession_number"] == f"arXiv:{one.paper.id}"
    return records


def test_a_record_says_what_is_known() -> None:
    one = card(
        1,
        title=r"On $\alpha$",
        categories=("cs.LG", "cs.CL"),
        comment="8 pages",
        journal_ref="J. 1",
        doi="10.1/a_b",
    )
    assert ris([one]).decode().split("\r\n") == [
        "TY  - UNPB",
        "ID  - arXiv:2601.00001",
        "TI  - On α",
        "AU  - García, Ana",
        "AU  - Wei, Li",
        "PY  - 2026",
        "DA  - 2026/01/04",
        "AB  - We study subject 1 and report what we found.",
        "KW  - cs.CL",
        "KW  - cs.LG",
        "N1  - 8 pages",
        "N1  - J. 1",
        "DO  - 10.1/a_b",
        "PB  - arXiv",
        "AN  - arXiv:2601.00001",
        "UR  - https://arxiv.org/abs/2601.00001",
        "L1  - https://arxiv.org/pdf/2601.00001",
        "ER  - ",
        "",
        "",
    ]
    assert checked([one, card(2)])[0]["notes"] == ["8 pages", "J. 1"]


def test_what_only_a_feed_has_told_has_no_date_of_submission() -> None:
    (record,) = checked([card(1, detail=Detail.FEED, authors=())])
    assert {"year", "date", "notes", "doi"}.isdisjoint(record)
    assert ris([]) == b""


@given(WILD, WILD, WILD, WILD)
def test_no_text_breaks_a_record(title: str, abstract: str, name: str, comment: str) -> None:
    one = card(1, title=title, abstract=abstract, authors=(name,), comment=comment)
    content = ris([one, card(2)])
    assert content.count(b"\r\nER  - \r\n") == content.count(b"TY  - UNPB\r\n") == 2
    checked([one, card(2)])


def test_no_two_ways_to_do_harm_break_a_record() -> None:
    checked([Card(entry.paper, TODAY) for entry in hostile_papers()])


@pytest.mark.slow
def test_recorded_papers_are_read_back(recordings: Path) -> None:
    assert len(checked(list(cards(recordings, every=20)))) == 1000


@pytest.mark.slow
def test_all_recorded_papers_are_read_back(recordings: Path) -> None:
    assert len(checked(list(cards(recordings)))) > 19_000
