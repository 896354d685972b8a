"""The evaluator against genuine answers of arXiv: what arXiv found, it finds."""

import html
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bot.core.arxiv_id import parse_id
from bot.core.model import Paper
from bot.core.query import QuerySyntaxError, parse, select

_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_TOTAL = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"
_WEEK = timedelta(days=7)

# Topics are about new papers, so the language has no dates: the rest of the query is checked.
_DATES = re.compile(r'\s+AND submittedDate:"[^"]*"')


@dataclass(frozen=True)
class Recording:
    """One answer: the query, when it was asked, and what was found."""

    query: str
    at: datetime
    papers: tuple[Paper, ...]
    complete: bool
    affiliations: frozenset[str]
    """Words that arXiv searches, and that a Paper does not keep."""


def _text(entry: ET.Element, tag: str) -> str:
    return " ".join((entry.findtext(tag) or "").split())


def _paper(entry: ET.Element) -> Paper:
    arxiv_id = parse_id(_text(entry, f"{_ATOM}id"))
    categories = tuple(one.attrib["term"] for one in entry.iter(f"{_ATOM}category"))
    return Paper(
        id=arxiv_id.base,
        version=arxiv_id.version or 1,
        title=_text(entry, f"{_ATOM}title"),
        abstract=_text(entry, f"{_ATOM}summary"),
        authors=tuple(_text(one, f"{_ATOM}name") for one in entry.iter(f"{_ATOM}author")),
        categories=categories,
        primary_category=categories[0],
        published=datetime.fromisoformat(_text(entry, f"{_ATOM}published")),
        updated=datetime.fromisoformat(_text(entry, f"{_ATOM}updated")),
        comment=_text(entry, f"{_ARXIV}comment") or None,
        journal_ref=_text(entry, f"{_ARXIV}journal_ref") or None,
        doi=_text(entry, f"{_ARXIV}doi") or None,
    )


def _recording(file: Path) -> Recording:
    feed = ET.parse(file).getroot()
    asked = re.search(r"search_query=(.*?)&id_list=", html.unescape(_text(feed, f"{_ATOM}title")))
    assert asked is not None
    papers = tuple(_paper(entry) for entry in feed.iter(f"{_ATOM}entry"))
    return Recording(
        query=_DATES.sub("", asked[1]),
        at=datetime.fromisoformat(_text(feed, f"{_ATOM}updated")),
        papers=papers,
        complete=len(papers) == int(_text(feed, _TOTAL)),
        affiliations=frozenset((one.text or "") for one in feed.iter(f"{_ARXIV}affiliation")),
    )


@pytest.fixture(scope="module")
def answers(recordings: Path) -> list[Recording]:
    """Give the answers to queries; those to a list of ids have none."""
    read = [_recording(file) for file in sorted((recordings / "api").glob("*.xml"))]
    found = [one for one in read if one.query]
    assert len(found) > 30
    return found


def test_every_paper_that_arxiv_found_is_found(answers: list[Recording]) -> None:
    missed = []
    for answer in answers:
        if answer.query == '""':
            continue
        query = parse(answer.query)
        found = set(select([query], answer.papers)[query.hash])
        missed += [
            (answer.query, paper.id)
            for number, paper in enumerate(answer.papers)
            if number not in found
        ]
    # Found by their authors' affiliation, the laboratory LMM, which a Paper does not keep.
    assert any("LMM" in answer.affiliations for answer in answers if answer.query == "lmm")
    assert missed == [
        ("lmm", number)
        for number in (
            "math/0611846",
            "math/0607654",
            "math/0607680",
            "0801.3017",
            "2012.03557",
        )
    ]


def test_where_arxivs_answer_is_whole_nothing_else_is_found(answers: list[Recording]) -> None:
    everything = {paper.id: paper for answer in answers for paper in answer.papers}
    whole = [answer for answer in answers if answer.complete and answer.papers]
    assert len(whole) >= 5
    for answer in whole:
        query = parse(answer.query)
        known = [one for one in everything.values() if one.published < answer.at - _WEEK]
        found = {known[number].id for number in select([query], known)[query.hash]}
        assert found <= {paper.id for paper in answer.papers}, answer.query


def test_an_empty_phrase_for_which_arxiv_found_nothing_is_refused(answers: list[Recording]) -> None:
    (answer,) = (one for one in answers if one.query == '""')
    assert not answer.papers
    with pytest.raises(QuerySyntaxError, match="nothing to find"):
        parse(answer.query)
