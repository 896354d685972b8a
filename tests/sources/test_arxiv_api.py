"""The arXiv source against a loopback arXiv: what it asks, what it gives, and what it marks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.core.backlog import REACH
from bot.core.errors import SourceError
from bot.core.polling import PollRequest
from bot.core.window import DAYS
from bot.demo.arxiv_server import ArxivServer
from bot.demo.atom import Schema
from bot.interfaces import Checkable, Reporting
from bot.sources.arxiv_api import ArxivApi
from bot.sources.gate import Gate
from bot.sources.slices import Paging
from tests.builders import NOON
from tests.sources.faults import answers, hung_up, later_if, only
from tests.sources.polling import QUESTIONS, Poller, at, ids, polling, spread


@pytest.fixture
async def server() -> AsyncIterator[ArxivServer]:
    async with ArxivServer() as running:
        yield running


@pytest.fixture
async def poller(server: ArxivServer) -> AsyncIterator[Poller]:
    async with polling(server, rows=30) as poller:
        yield poller


@pytest.mark.parametrize("schema", ["new", "old"])
async def test_a_first_poll_gives_the_last_thirty_days_exactly_and_completes_the_scope(
    server: ArxivServer, poller: Poller, schema: Schema
) -> None:
    wanted = spread(100)
    older = at(900, NOON - timedelta(days=31))
    elsewhere = at(901, NOON, categories=("math.CO",), primary_category="math.CO")
    server.papers, server.schema = [*wanted, older, elsewhere], schema

    told = await poller.poll()

    assert told.error is None
    assert told.papers == {one.id: one for one in wanted}
    assert told.complete == {"cs.CL"}
    assert len({mark.key for mark in told.marks}) == DAYS


async def test_questions_are_asked_by_day_newest_first_with_all_that_arxiv_needs(
    server: ArxivServer, poller: Poller
) -> None:
    server.papers = spread(10)
    await poller.poll("cs.CL", "math.*")

    assert len(server.requests) == QUESTIONS
    assert server.requests[0] == {
        "search_query": "(cat:cs.CL OR cat:math.*) AND "
        "submittedDate:[202601050000 TO 202601060000]",
        "start": "0",
        "max_results": "30",
        "sortBy": "submittedDate",
        "sortOrder": "descending",
    }
    assert "[202512070000 TO 202512080000]" in server.requests[DAYS - 1]["search_query"]


async def test_everything_is_asked_for_without_categories(
    server: ArxivServer, poller: Poller
) -> None:
    server.papers = [*spread(5), at(9, NOON, categories=("math.CO",), primary_category="math.CO")]
    told = await poller.poll("*", "cs.CL")
    assert set(told.ids) == ids(server.papers)
    assert told.complete == {"*"}
    assert {mark.scope for mark in told.marks} == {"*"}
    assert server.requests[0]["search_query"] == "submittedDate:[202601050000 TO 202601060000]"


async def test_the_newest_papers_elsewhere_tell_that_arxiv_has_announced_something(
    server: ArxivServer, poller: Poller
) -> None:
    elsewhere = [
        at(700 + n, NOON - timedelta(hours=n), categories=("math.CO",), primary_category="math.CO")
        for n in range(20)
    ]
    server.papers = [*spread(5), *elsewhere]
    told = await poller.poll()
    assert told.error is None
    assert told.elsewhere == [one.id for one in elsewhere[:9]]
    assert ids(elsewhere).isdisjoint(told.ids)
    assert told.batches[-2].complete == {"cs.CL"}
    assert server.requests[-1] == {
        "search_query": "submittedDate:[202601010000 TO 202601060000]",
        "start": "0",
        "max_results": "10",
        "sortBy": "submittedDate",
        "sortOrder": "descending",
    }


async def test_what_is_newest_is_not_asked_where_everything_is(
    server: ArxivServer, poller: Poller
) -> None:
    server.papers = spread(5)
    assert (await poller.poll("*")).elsewhere == []
    assert len(server.requests) == DAYS


async def test_to_fail_to_learn_what_is_newest_fails_no_poll(
    server: ArxivServer, poller: Poller
) -> None:
    server.papers = spread(30)
    server.fault = only(lambda request: request.query["max_results"] == "10", hung_up)
    told = await poller.poll(patience=0.2)
    assert told.error is None
    assert (told.elsewhere, told.complete) == ([], frozenset({"cs.CL"}))
    assert set(told.ids) == ids(server.papers)


@pytest.mark.parametrize("answered", [0, 10])
async def test_once_patience_is_spent_what_is_newest_is_not_asked(
    server: ArxivServer, poller: Poller, answered: int
) -> None:
    server.papers = spread(30)
    server.fault = later_if(lambda: len(server.requests) > answered, answers("", status=503))
    told = await poller.poll(patience=0.1)
    assert told.error is not None
    assert all(asked["max_results"] != "10" for asked in server.requests)


async def test_a_family_finds_cross_lists_and_every_member(
    server: ArxivServer, poller: Poller
) -> None:
    server.papers = [
        at(1, NOON, categories=("math.CO",), primary_category="math.CO"),
        at(2, NOON, categories=("cs.CL", "math.PR"), primary_category="cs.CL"),
        at(3, NOON, categories=("cs.CL",)),
    ]
    told = await poller.poll("math.*")
    assert set(told.ids) == {"2601.00001", "2601.00002"}


async def test_no_scopes_no_questions(server: ArxivServer, poller: Poller) -> None:
    request = PollRequest(NOON, frozenset())
    assert [batch async for batch in poller.source.poll(request)] == []
    assert server.requests == []


async def test_a_second_poll_reads_seven_days_and_counts_the_rest(
    server: ArxivServer, poller: Poller
) -> None:
    server.papers = spread(60)
    await poller.poll()
    server.requests.clear()

    told = await poller.poll(now=NOON + timedelta(hours=1))

    assert told.error is None
    assert told.complete == {"cs.CL"}
    counts = [asked for asked in server.requests if asked["max_results"] == "1"]
    assert (len(counts), len(server.requests)) == (DAYS - 7, QUESTIONS)
    recent = NOON.date() - timedelta(days=6)
    assert set(told.ids) == {one.id for one in server.papers if one.published.date() >= recent}


@pytest.mark.parametrize("held", [2, 29])
async def test_row_hold_of_2_to_30_days_is_found_when_it_appears(
    server: ArxivServer, poller: Poller, held: int
) -> None:
    server.papers = spread(60)
    await poller.poll()
    late = at(500, NOON - timedelta(days=held))
    server.papers = [*server.papers, late]
    told = await poller.poll()
    assert late.id in told.ids
    assert told.error is None
    assert late.id not in (await poller.poll()).ids or held < 7


async def test_an_older_day_is_read_whole_again_after_a_week(
    server: ArxivServer, poller: Poller
) -> None:
    swapped = spread(60)
    server.papers = swapped
    await poller.poll()
    # One paper left the category and one came: the count is the same.
    came = at(500, NOON - timedelta(days=12))
    gone = next(one for one in swapped if one.published.date() == came.published.date())
    server.papers = [came if one is gone else one for one in swapped]

    assert came.id not in (await poller.poll(now=NOON + timedelta(days=6))).ids
    assert came.id in (await poller.poll(now=NOON + timedelta(days=8))).ids


async def test_a_new_scope_is_read_whole_and_completed_beside_the_known_ones(
    server: ArxivServer, poller: Poller
) -> None:
    maths = spread(40, first=200, categories=("math.CO",), primary_category="math.CO")
    server.papers = spread(40) + maths
    await poller.poll("cs.CL")
    told = await poller.poll("cs.CL", "math.CO")
    assert ids(maths) <= set(told.ids)
    assert told.complete == {"cs.CL", "math.CO"}


async def test_marks_ride_on_the_batch_that_ends_the_day(
    server: ArxivServer, poller: Poller
) -> None:
    server.papers = [at(n, NOON - timedelta(seconds=n)) for n in range(1, 71)]
    told = await poller.poll()
    first_day = [batch for batch in told.batches if batch.papers]
    assert [len(batch.papers) for batch in first_day] == [30, 20, 20]
    assert [bool(batch.marks) for batch in first_day] == [False, False, True]
    assert first_day[-1].marks[0].value.startswith("70@")


async def test_papers_on_the_edge_of_midnight_are_found(
    server: ArxivServer, poller: Poller
) -> None:
    midnight = datetime(2026, 1, 4, tzinfo=UTC)
    edges = [timedelta(seconds=seconds) for seconds in (-60, -1, 0, 1, 59, 60)]
    server.papers = [at(n, midnight + edge) for n, edge in enumerate(edges, 1)]
    told = await poller.poll()
    assert set(told.ids) == ids(server.papers)


async def test_only_what_is_announced_by_then_is_found(server: ArxivServer, poller: Poller) -> None:
    server.papers = spread(20)
    hidden = server.papers[0]
    server.announced = {hidden.id: NOON + timedelta(days=1)}
    server.now = NOON
    assert hidden.id not in (await poller.poll()).ids
    server.now = NOON + timedelta(days=1)
    assert hidden.id in (await poller.poll(now=server.now)).ids


async def test_fault_8_a_new_version_is_the_same_paper(server: ArxivServer, poller: Poller) -> None:
    first = at(1, NOON)
    server.papers = [first]
    await poller.poll()
    second = replace(first, version=2, updated=NOON + timedelta(hours=1))
    server.papers = [second]
    told = await poller.poll(now=NOON + timedelta(hours=2))
    assert told.papers == {first.id: second}


async def test_fault_9_a_cross_listed_paper_comes_once_with_all_its_categories(
    server: ArxivServer, poller: Poller
) -> None:
    server.papers = [at(1, NOON, categories=("cs.CL", "cs.AI", "stat.ML"))]
    told = await poller.poll("cs.AI", "cs.CL", "stat.ML")
    assert told.ids == ["2601.00001"]
    assert told.papers["2601.00001"].categories == ("cs.CL", "cs.AI", "stat.ML")


async def test_fault_10_after_days_of_downtime_nothing_is_missing(
    server: ArxivServer, poller: Poller
) -> None:
    server.papers = spread(30)
    await poller.poll()
    later = NOON + timedelta(days=11)
    came = [at(300 + n, NOON + timedelta(days=n / 4)) for n in range(1, 44)]
    server.papers = [*server.papers, *came]
    told = await poller.poll(now=later)
    assert ids(came) <= set(told.ids)
    assert told.complete == {"cs.CL"}


async def test_row_offline_for_weeks_all_that_was_announced_meanwhile_is_found(
    server: ArxivServer, poller: Poller
) -> None:
    server.papers = spread(30)
    await poller.poll()
    # The first was submitted before the outage, and announced after its last poll.
    came = [at(300 + n, NOON + timedelta(days=n)) for n in range(-25, 70, 5)]
    server.papers = [*server.papers, *came]
    later = NOON + timedelta(days=70)

    told = await poller.poll(now=later)
    assert ids(came) <= set(told.ids)
    assert told.error is None
    assert told.complete == {"cs.CL"}
    assert len(server.requests) == QUESTIONS + 70 + QUESTIONS
    assert [mark.key for mark in told.marks].count("backlog") == 1

    server.requests.clear()
    assert (await poller.poll(now=later + timedelta(hours=1))).error is None
    assert len(server.requests) == QUESTIONS


@pytest.mark.slow
async def test_an_outage_beyond_reach_is_told_once_and_by_name(
    server: ArxivServer, poller: Poller
) -> None:
    server.papers = spread(30)
    await poller.poll("cs.CL", "cs.AI")
    later = NOON + timedelta(days=REACH)
    server.papers = [at(300 + n, later - timedelta(days=n)) for n in range(0, REACH, 20)]

    told = await poller.poll("cs.CL", "cs.AI", now=later)
    assert set(told.ids) == ids(server.papers)
    assert type(told.error) is SourceError
    assert "from 2025-12-07 to 2026-01-05 in cs.AI, cs.CL is not asked for" in str(told.error)
    assert len({mark.key for mark in told.marks if mark.key != "backlog"}) == REACH

    again = await poller.poll("cs.CL", "cs.AI", now=later + timedelta(hours=1))
    assert again.error is None
    assert again.complete == {"cs.AI", "cs.CL"}


async def test_a_clock_that_ran_ahead_for_a_while_hides_nothing(
    server: ArxivServer, poller: Poller
) -> None:
    server.papers = spread(30)
    assert (await poller.poll(now=NOON + timedelta(days=20))).error is None
    late = at(500, NOON - timedelta(days=3))
    server.papers = [*server.papers, late]
    told = await poller.poll()
    assert late.id in told.ids
    assert told.error is None
    assert told.complete == {"cs.CL"}


async def test_progress_is_told_from_the_first_slice_to_the_last(
    server: ArxivServer, poller: Poller
) -> None:
    server.papers = spread(5)
    seen: list[tuple[int, int]] = []
    assert isinstance(poller.source, Reporting)
    poller.source.on_progress = lambda done, of: seen.append((done, of))
    await poller.poll()
    assert seen == [(n, DAYS) for n in range(DAYS + 1)]


@pytest.mark.slow
async def test_a_page_of_two_thousand_entries_is_read_in_one_question(server: ArxivServer) -> None:
    server.papers = [at(n, NOON - timedelta(seconds=20 * n)) for n in range(1, 2001)]
    async with polling(server, seconds=30.0) as poller:
        told = await poller.poll()
    assert told.error is None
    assert set(told.ids) == ids(server.papers)
    assert [len(batch.papers) for batch in told.batches if batch.papers] == [2000]
    assert len(server.requests) == QUESTIONS


async def test_the_source_is_built_as_the_configuration_has_it(server: ArxivServer) -> None:
    settings = SimpleNamespace(arxiv=SimpleNamespace(api_url=server.url), contact="me@example.org")
    source = ArxivApi.from_settings(cast("Any", settings), Gate(0.0))
    assert source is not None
    async with source:
        [probe] = await source.check([])
    assert (probe.ok, source.name) == (True, "arxiv_api")


async def test_without_an_address_the_source_is_off() -> None:
    settings = SimpleNamespace(arxiv=SimpleNamespace(api_url=None), contact=None)
    assert ArxivApi.from_settings(cast("Any", settings), Gate(0.0)) is None


async def test_every_request_passes_the_gate(server: ArxivServer) -> None:
    entered = 0

    class CountingGate(Gate):
        @asynccontextmanager
        async def turn(self, host: str) -> AsyncIterator[None]:
            nonlocal entered
            entered += 1
            assert host in server.url
            async with super().turn(host):
                yield

    server.papers = spread(90)
    async with ArxivApi(server.url, None, CountingGate(0.0), paging=Paging(rows=30)) as source:
        await Poller(source).poll()
    assert entered == len(server.requests) >= DAYS


async def test_check_asks_once_and_tells(server: ArxivServer, poller: Poller) -> None:
    assert isinstance(poller.source, Checkable)
    [probe] = await poller.source.check([])
    assert probe.ok
    assert server.url in probe.what
    assert len(server.requests) == 1
    assert server.requests[0]["max_results"] == "1"

    await server.__aexit__(None, None, None)
    [probe] = await poller.source.check([])
    assert not probe.ok
    assert "no connection" in probe.detail
