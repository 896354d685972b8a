"""The evaluator against genuine answers of arXiv: what arXiv found, it finds."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bot.core.arxiv_id import parse_id
from bot.core.latex import to_unicode
from bot.core.model import Paper
from bot.core.query import QuerySyntaxError, explain, marks, names, parse, select

_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_AFFILIATION = f"{_ARXIV}affiliation"
_TOTAL = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Recording:
    """One answer: the query, when it was asked, and what was found."""

    query: str
    at: datetime
    papers: tuple[Paper, ...]
    complete: bool


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
        affiliations=tuple(
            dict.fromkeys(" ".join((one.text or "").split()) for one in entry.iter(_AFFILIATION))
        ),
    )


def _recording(file: Path) -> Recording:
    feed = ET.parse(file).getroot()
    asked = re.search(r"search_query=(.*?)&id_list=", html.unescape(_text(feed, f"{_ATOM}title")))
    assert asked is not None
    papers = tuple(_paper(entry) for entry in feed.iter(f"{_ATOM}entry"))
    return Recording(
        query=asked[1],
        at=datetime.fromisoformat(_text(feed, f"{_ATOM}updated")),
        papers=papers,
        complete=len(papers) == int(_text(feed, _TOTAL)),
    )


def _found(query: str, papers: Sequence[Paper]) -> set[str]:
    """Find papers by their definition and by the index, which agree; give their ids."""
    read = parse(query)
    found = {paper.id for paper in papers if explain(read, paper).matched}
    assert {papers[place].id for place in select([read], papers)[read.hash]} == found
    return found


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
        found = _found(answer.query, answer.papers)
        missed += [(answer.query, one.id) for one in answer.papers if one.id not in found]
    assert missed == []


def test_a_laboratory_is_found_where_its_people_wrote_and_is_nobodys_name(
    answers: list[Recording],
) -> None:
    (answer,) = (one for one in answers if one.query == "lmm")
    of_it = [paper for paper in answer.papers if "LMM" in paper.affiliations]
    assert len(of_it) == 5
    for paper in of_it:
        assert explain(parse("lmm"), paper).inner[0].where == ("affiliations",)
        assert not parse("ti:lmm OR abs:lmm OR au:lmm").matches(paper)
        assert not parse("lmm").matches(replace(paper, affiliations=()))


def test_where_arxivs_answer_is_whole_nothing_else_is_found(answers: list[Recording]) -> None:
    everything = {paper.id: paper for answer in answers for paper in answer.papers}
    whole = [answer for answer in answers if answer.complete and answer.papers]
    assert len(whole) >= 5
    for answer in whole:
        known = [one for one in everything.values() if one.published < answer.at - _WEEK]
        found = _found(answer.query, known)
        assert found <= {paper.id for paper in answer.papers}, answer.query


def test_a_recorded_range_of_dates_holds_all_that_arxiv_found(answers: list[Recording]) -> None:
    dated = [answer for answer in answers if "submittedDate:" in answer.query]
    assert dated
    for answer in dated:
        (asked,) = re.findall(r'submittedDate:"[^"]*"', answer.query)
        assert _found(asked, answer.papers) == {paper.id for paper in answer.papers}
        assert str(parse(asked)) in str(parse(answer.query))


def test_every_recorded_paper_is_found_by_its_title_and_its_authors(
    answers: list[Recording],
) -> None:
    for paper in {paper.id: paper for answer in answers for paper in answer.papers}.values():
        title = paper.title.replace('"', " ")
        wanted = [f'au:"{name}"' for name in paper.authors[:5]] + [f'ti:"{title}"']
        query = parse(" AND ".join(wanted))
        assert query.matches(paper), paper.id
        assert set(range(min(5, len(paper.authors)))) <= set(names(query, paper))
        assert marks(query, "title", to_unicode(paper.title)), paper.title


def test_an_empty_phrase_for_which_arxiv_found_nothing_is_refused(answers: list[Recording]) -> None:
    (answer,) = (one for one in answers if one.query == '""')
    assert not answer.papers
    with pytest.raises(QuerySyntaxError, match="nothing to find"):
        parse(answer.query)
