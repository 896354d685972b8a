"""The source that asks by id: completion of what a feed told, and the audit of gaps."""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web

from bot.core.errors import SourceError, SourceUnavailable, SuspectAnswer
from bot.core.model import Paper
from bot.core.polling import Batch, Memory, PollRequest
from bot.demo.arxiv_server import ArxivServer, Fault
from bot.demo.atom import error_feed, feed
from bot.interfaces import Checkable, Following
from bot.sources.arxiv_ids import ArxivIds
from bot.sources.atom import Refusal, parse_page
from bot.sources.gate import Gate
from bot.sources.id_question import WITNESS, IdQuestion
from bot.sources.id_reading import MOST_GAPS
from bot.sources.transfer import Limits
from tests.builders import NOON, paper
from tests.sources.faults import (
    altered,
    answers,
    first_entries,
    gzip_cut,
    hung_up,
    later_if,
    only,
    repeating,
    several,
    times,
    total,
)
from tests.sources.polling import Told

EMPTY = feed((), total=0, start=0, title="arXiv Query")


def names(numbers: Sequence[int] | range) -> tuple[str, ...]:
    return tuple(paper(number).id for number in numbers)


def papers(numbers: Sequence[int] | range, **changes: Any) -> list[Paper]:
    return [paper(number, **changes) for number in numbers]


@asynccontextmanager
async def opened(server: ArxivServer) -> AsyncIterator[ArxivIds]:
    limits = Limits(seconds=2.0)
    async with ArxivIds(server.url, "ops@example.org", Gate(0.0), limits=limits) as source:
        yield source


async def ask(
    server: ArxivServer,
    *,
    partial: Sequence[str] = (),
    gaps: Sequence[str] = (),
    scopes: Sequence[str] = ("cs.CL",),
    patience: float = 2.0,
) -> Told:
    memory = Memory(partial=tuple(partial), gaps=tuple(gaps))
    told = Told()
    async with opened(server) as source:
        try:
            async for batch in source.poll(PollRequest(NOON, frozenset(scopes), memory, patience)):
                told.batches.append(batch)
        except SourceError as error:
            told.error = error
    return told


@pytest.fixture
async def server() -> AsyncIterator[ArxivServer]:
    async with ArxivServer() as running:
        yield running


def asked(server: ArxivServer) -> list[list[str]]:
    return [request["id_list"].split(",") for request in server.requests]


def asks_for(*numbers: int) -> Callable[[web.Request], bool]:
    """Tell questions that name one of the papers."""
    wanted = set(names(numbers))
    return lambda request: not wanted.isdisjoint(request.query["id_list"].split(","))


async def test_row_unknown_ids_and_row_more_than_10_ids_a_mixed_list_of_sixty(
    server: ArxivServer,
) -> None:
    server.papers = [
        *papers(range(1, 31)),
        *papers(range(31, 46), categories=("math.CO",), primary_category="math.CO"),
    ]
    told = await ask(server, partial=names(range(1, 21)), gaps=names(range(21, 61)))
    assert told.error is None
    assert sorted(told.ids) == list(names(range(1, 31)))
    assert told.elsewhere == list(names(range(31, 46)))
    assert told.absent == list(names(range(46, 61)))
    assert server.requests == [
        {"id_list": ",".join(names(range(1, 61))), "start": "0", "max_results": "60"}
    ]


async def test_nothing_to_ask_makes_no_request(server: ArxivServer) -> None:
    told = await ask(server)
    assert (told.batches, told.error, server.requests) == ([], None, [])


async def test_ids_are_asked_for_in_hundreds_the_partial_ones_first_then_the_gaps(
    server: ArxivServer,
) -> None:
    server.papers = papers(range(1, 251))
    gaps = ("hep-th/9901001", *names(range(1, 151)))
    told = await ask(server, partial=names(range(240, 250)), gaps=gaps)
    wanted = [*names(range(240, 250)), *gaps]
    assert asked(server) == [wanted[:100], wanted[100:]]
    assert [request["max_results"] for request in server.requests] == ["100", "61"]
    assert told.ids == [*names(range(240, 250)), *names(range(1, 151))]
    assert told.absent == ["hep-th/9901001"]


async def test_an_id_that_is_both_partial_and_a_gap_is_asked_for_once(server: ArxivServer) -> None:
    server.papers = papers([1])
    told = await ask(server, partial=names([1, 1]), gaps=names([1]))
    assert asked(server) == [[paper(1).id]]
    assert told.ids == [paper(1).id]


async def test_one_poll_asks_for_so_many_gaps_and_leaves_the_rest_to_the_next(
    server: ArxivServer,
) -> None:
    told = await ask(server, gaps=names(range(1, MOST_GAPS + 500)))
    assert len(server.requests) == MOST_GAPS / 100
    assert told.absent == list(names(range(1, MOST_GAPS + 1)))


async def test_a_gap_that_comes_is_a_paper_of_the_scopes_or_one_from_elsewhere(
    server: ArxivServer,
) -> None:
    server.papers = [
        paper(1, categories=("math.CO", "cs.LG"), primary_category="math.CO"),
        paper(2, categories=("math.PR",), primary_category="math.PR"),
        paper(3, categories=("cs.CL",)),
    ]
    gaps = names([1, 2, 3])
    told = await ask(server, gaps=gaps, scopes=("cs.*",))
    assert (told.ids, told.elsewhere) == (list(names([1, 3])), list(names([2])))
    assert (await ask(server, gaps=gaps, scopes=("*",))).ids == list(gaps)


async def test_a_partial_paper_is_completed_although_its_category_is_no_longer_asked_for(
    server: ArxivServer,
) -> None:
    server.papers = papers([1])
    told = await ask(server, partial=names([1]), scopes=("math.CO",))
    assert (told.ids, told.elsewhere) == (list(names([1])), [])


async def test_a_partial_paper_that_is_left_out_is_not_absent(server: ArxivServer) -> None:
    server.papers = papers([1])
    told = await ask(server, partial=names([1, 2]), gaps=names([3]))
    assert (told.ids, told.absent, told.error) == ([paper(1).id], [paper(3).id], None)


async def test_gaps_alone_may_all_be_absent(server: ArxivServer) -> None:
    told = await ask(server, gaps=names([1, 2]))
    assert (told.absent, told.error) == (list(names([1, 2])), None)
    assert len(server.requests) == 1


async def test_an_empty_answer_for_papers_that_exist_is_asked_again(server: ArxivServer) -> None:
    server.papers = papers([1])
    server.fault = times(2, answers(EMPTY))
    told = await ask(server, partial=names([1]), gaps=names([2]))
    assert (told.ids, told.absent, told.error) == ([paper(1).id], [paper(2).id], None)


async def test_while_papers_that_exist_are_left_out_no_empty_answer_makes_a_gap_absent(
    server: ArxivServer,
) -> None:
    server.fault = answers(EMPTY)
    told = await ask(server, partial=names([1]), gaps=names(range(2, 150)))
    assert isinstance(told.error, SuspectAnswer)
    assert told.absent == []
    assert [len(ids) for ids in asked(server)] == [100] * 6 + [49]
    assert [WITNESS in ids for ids in asked(server)] == [False] * 3 + [True] * 3 + [False]


async def test_one_paper_that_arxiv_never_gives_does_not_stop_the_audit(
    server: ArxivServer,
) -> None:
    server.papers = papers([140])
    told = await ask(server, partial=names([1]), gaps=names(range(2, 150)))
    assert told.error is not None
    assert told.ids == [paper(140).id]
    assert told.absent == [one for one in names(range(101, 150)) if one != paper(140).id]


async def test_while_arxiv_omits_papers_that_a_feed_told_of_the_gaps_are_asked_beside_a_witness(
    server: ArxivServer,
) -> None:
    server.papers = [paper(1, id=WITNESS), paper(140)]
    told = await ask(server, partial=names([1]), gaps=names(range(2, 150)))
    assert told.error is None
    assert (told.ids, told.elsewhere) == ([paper(140).id], []), "the witness is none of them"
    assert told.absent == [one for one in names(range(2, 150)) if one not in told.ids]
    assert [len(ids) for ids in asked(server)] == [100, 100, 100, 100, 49]
    assert asked(server)[3] == [WITNESS, *names(range(2, 101))]


async def test_gaps_behind_a_hundred_omitted_papers_are_believed_once_a_witness_has_come(
    server: ArxivServer,
) -> None:
    server.papers = [paper(1, id=WITNESS)]
    told = await ask(server, partial=names(range(1, 101)), gaps=names([200, 201]))
    assert (told.absent, told.error) == (list(names([200, 201])), None)
    assert [len(ids) for ids in asked(server)] == [100, 100, 100, 1, 2]


async def test_a_gap_that_spoils_the_page_of_the_witness_costs_only_itself(
    server: ArxivServer,
) -> None:
    server.papers = [paper(1, id=WITNESS), *papers([3])]
    server.fault = only(
        asks_for(3), altered(server, lambda body: body.replace(b"A Study", b"\x01"))
    )
    told = await ask(server, partial=names([1]), gaps=names([2, 3, 4]))
    assert [row.id for row in told.quarantined] == [paper(3).id]
    assert set(told.absent) == set(names([2, 3, 4]))


async def test_a_bad_id_does_not_spoil_the_other_ninety_nine(server: ArxivServer) -> None:
    server.papers = papers(range(1, 90))
    server.fault = only(asks_for(95), answers(error_feed("incorrect id format for it"), status=400))
    told = await ask(server, partial=names(range(1, 81)), gaps=names(range(81, 101)))
    assert told.error is None
    assert told.ids == list(names(range(1, 90)))
    assert [(row.id, "incorrect id format" in row.error) for row in told.quarantined] == [
        (paper(95).id, True)
    ]
    # What arXiv refuses alone, while it answers others, is as good as absent.
    assert set(told.absent) == set(names(range(90, 101)))
    assert len(server.requests) < 20


async def test_a_paper_that_makes_a_page_unreadable_is_quarantined_alone_and_its_gap_rests(
    server: ArxivServer,
) -> None:
    server.papers = papers(range(1, 9))
    server.fault = only(
        asks_for(5), altered(server, lambda body: body.replace(b"A Study", b"\x01"))
    )
    told = await ask(server, gaps=names(range(1, 9)))
    assert told.error is None
    assert [row.id for row in told.quarantined] == [paper(5).id]
    assert (len(told.ids), told.absent) == (7, [paper(5).id])


async def test_ids_that_are_all_refused_are_the_services_fault(server: ArxivServer) -> None:
    server.fault = answers(error_feed("go away"), status=400)
    told = await ask(server, gaps=names(range(1, 300)))
    assert "arXiv refuses the question: go away" in str(told.error)
    assert (told.batches, len(server.requests) < 15) == ([], True)


async def test_a_failure_that_follows_a_hundred_stops_only_that_hundred(
    server: ArxivServer,
) -> None:
    server.papers = papers(range(1, 250))
    server.fault = only(asks_for(150), answers("oops", status=500))
    told = await ask(server, gaps=names(range(1, 250)), patience=10.0)
    assert isinstance(told.error, SourceUnavailable)
    assert set(names(range(1, 250))) - set(told.ids) == {paper(150).id}
    assert (told.absent, told.quarantined) == ([], [])


FAULTS: dict[str, Callable[[ArxivServer], Fault]] = {
    "429": lambda _: answers("Rate exceeded.", status=429, kind="text/plain"),
    "503": lambda _: answers("", status=503),
    "Rate exceeded with 200": lambda _: answers("Rate exceeded.", kind="text/plain"),
    "500": lambda _: answers("oops", status=500),
    "HTML": lambda _: answers("<!DOCTYPE html><html><p>Hi</html>", kind="text/html"),
    "0 bytes": lambda _: answers(""),
    "empty": lambda _: answers(EMPTY),
    "short page": lambda server: altered(server, first_entries(3)),
    "rows repeated": lambda server: altered(
        server, several(repeating(paper(1).id), total(len(server.papers) + 1))
    ),
    "cut XML": lambda server: altered(server, lambda body: body[:-30]),
    "cut gzip": gzip_cut,
    "connection dropped": lambda _: hung_up,
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_that_passes_costs_nothing(server: ArxivServer, fault: str) -> None:
    server.papers = papers(range(1, 9))
    server.fault = times(1, FAULTS[fault](server))
    told = await ask(server, partial=names(range(1, 5)), gaps=names(range(5, 12)))
    assert told.error is None
    assert told.ids == list(names(range(1, 9)))
    assert told.absent == list(names([9, 10, 11]))
    assert len(server.requests) == 2


@pytest.mark.parametrize("fault", [name for name in FAULTS if name != "short page"])
async def test_a_fault_that_stays_makes_nothing_absent_and_ends_with_patience(
    server: ArxivServer, fault: str
) -> None:
    server.papers = papers(range(1, 9))
    server.fault = FAULTS[fault](server)
    told = await ask(server, partial=names(range(1, 5)), gaps=names(range(5, 12)), patience=0.3)
    assert told.error is not None
    assert told.absent == []


async def test_a_service_that_gives_too_few_papers_a_page_is_asked_smaller_questions(
    server: ArxivServer,
) -> None:
    server.papers = papers(range(1, 9))
    server.fault = altered(server, first_entries(3))
    told = await ask(server, gaps=names(range(1, 12)))
    assert told.error is None
    assert told.ids == list(names(range(1, 9)))
    assert told.absent == list(names([9, 10, 11]))


async def test_a_service_that_goes_away_keeps_what_came(server: ArxivServer) -> None:
    server.papers = papers(range(1, 300))
    server.fault = later_if(lambda: len(server.requests) > 1, answers("", status=503))
    told = await ask(server, gaps=names(range(1, 300)), patience=0.3)
    assert told.ids == list(names(range(1, 101)))
    assert isinstance(told.error, SourceUnavailable)


async def test_without_patience_a_healthy_service_is_asked_for_all(server: ArxivServer) -> None:
    server.papers = papers(range(1, 200))
    told = await ask(server, gaps=names(range(1, 200)), patience=0.0)
    assert (len(told.ids), told.error) == (199, None)


async def test_a_malformed_entry_is_quarantined_and_its_gap_rests_as_an_absent_one_does(
    server: ArxivServer,
) -> None:
    server.papers = papers(range(1, 5))
    server.fault = altered(server, lambda body: body.replace(b"A Study of Subject 2", b""))
    told = await ask(server, gaps=names(range(1, 7)))
    assert told.error is None
    assert told.ids == list(names([1, 3, 4]))
    [row] = told.quarantined
    assert (row.id, "no title" in row.error) == (paper(2).id, True)
    assert told.absent == list(names([2, 5, 6]))


async def test_beside_an_entry_without_an_id_nothing_is_absent(server: ArxivServer) -> None:
    server.papers = papers(range(1, 5))
    server.fault = altered(
        server, lambda body: re.sub(rb"<id>[^<]*00002v1</id>", b"<id>nonsense</id>", body)
    )
    told = await ask(server, gaps=names(range(1, 7)))
    assert (told.ids, told.absent) == (list(names([1, 3, 4])), [])
    assert [row.id for row in told.quarantined] == ["nonsense"]


def also(server: ArxivServer, *strangers: Paper) -> Fault:
    """Give papers that were not asked for besides those that were."""

    async def fault(request: web.Request) -> web.StreamResponse:
        wanted = set(request.query["id_list"].split(","))
        page = [one for one in server.papers if one.id in wanted] + list(strangers)
        body = feed(page, total=len(page), start=0, title="arXiv Query")
        return web.Response(body=body, content_type="application/atom+xml")

    return fault


async def test_an_answer_to_another_question_is_refused(server: ArxivServer) -> None:
    server.papers = papers(range(1, 9))
    server.fault = also(server, *papers(range(100, 109)))
    told = await ask(server, gaps=names(range(1, 9)), patience=0.5)
    assert "were not asked for" in str(told.error)
    assert (told.ids, told.absent, told.elsewhere) == ([], [], [])


async def test_one_odd_paper_among_many_is_quarantined_and_leaves_no_gap_absent(
    server: ArxivServer,
) -> None:
    server.papers = papers(range(1, 30))
    server.fault = also(server, paper(500))
    told = await ask(server, gaps=names(range(1, 40)))
    assert told.error is None
    assert told.ids == list(names(range(1, 30)))
    assert [row.id for row in told.quarantined] == [f"{paper(500).id} (stray)"]
    assert told.absent == []


async def test_the_newest_version_comes_with_all_that_the_api_knows(server: ArxivServer) -> None:
    whole = replace(paper(1), version=3, comment="Accepted at ACL", doi="10.1/x")
    server.papers = [whole]
    told = await ask(server, partial=names([1]))
    assert told.batches == [Batch((whole,))]


async def test_it_follows_and_is_built_as_the_configuration_has_it(server: ArxivServer) -> None:
    settings = SimpleNamespace(arxiv=SimpleNamespace(api_url=server.url), contact="me@example.org")
    source = ArxivIds.from_settings(cast("Any", settings), Gate(0.0))
    assert source is not None
    assert (source.name, isinstance(source, Following)) == ("arxiv_ids", True)
    async with source:
        assert isinstance(source, Checkable)
        [probe] = await source.check([])
    assert (probe.ok, server.url in probe.what) == (True, True)


async def test_without_the_query_api_there_is_nothing_to_ask_by_id() -> None:
    settings = SimpleNamespace(arxiv=SimpleNamespace(api_url=None), contact=None)
    assert ArxivIds.from_settings(cast("Any", settings), Gate(0.0)) is None


async def test_check_tells_of_a_service_that_does_not_answer(server: ArxivServer) -> None:
    async with opened(server) as source:
        await server.__aexit__(None, None, None)
        [probe] = await source.check([])
    assert not probe.ok
    assert "no connection" in probe.detail


async def test_without_patience_a_question_that_fails_is_not_cut_up(server: ArxivServer) -> None:
    server.papers = papers(range(1, 9))
    server.fault = only(asks_for(5), answers(error_feed("incorrect id format"), status=400))
    told = await ask(server, gaps=names(range(1, 9)), patience=0.0)
    assert "incorrect id format" in str(told.error)
    assert (told.batches, len(server.requests)) == ([], 1)


async def test_smaller_questions_spend_patience_though_they_are_answered(
    server: ArxivServer,
) -> None:
    server.papers = papers(range(1, 101))
    server.fault = only(asks_for(77), answers(error_feed("incorrect id format"), status=400))
    memory = Memory(gaps=names(range(1, 101)))
    async with ArxivIds(server.url, None, Gate(0.05)) as source:
        request = PollRequest(NOON, frozenset({"cs.CL"}), memory, patience=0.2)
        with pytest.raises(SourceError, match="incorrect id format"):
            async for _ in source.poll(request):
                pass
    assert len(server.requests) < 10


@pytest.mark.parametrize(
    ("name", "ids", "came", "omitted"),
    [
        (
            "id_0808.05394_1707.08567",
            ("0808.05394", "1707.08567"),
            ["1707.08567"],
            ("0808.05394",),
        ),
        ("id_0000.0000", ("0000.0000",), [], ("0000.0000",)),
        ("id_astro_ph_0601001", ("astro-ph/0601001",), ["astro-ph/0601001"], ()),
        ("two_response", ("2202.01615", "2110.00857"), ["2202.01615", "2110.00857"], ()),
    ],
)
def test_genuine_answers_are_understood(
    recordings: Path, name: str, ids: tuple[str, ...], came: list[str], omitted: tuple[str, ...]
) -> None:
    [path] = (recordings / "api").glob(f"*__{name}*.xml")
    question = IdQuestion(ids, known=frozenset(came))
    page = question.check(parse_page(path.read_bytes()))
    assert [one.id for one in page.papers] == came
    assert question.omitted(page) == omitted


def test_a_genuine_refusal_is_arxivs_own(recordings: Path) -> None:
    [path] = (recordings / "api_errors").glob("*error_response.xml")
    with pytest.raises(Refusal, match=r"incorrect id format for 2202\.016"):
        parse_page(path.read_bytes())
