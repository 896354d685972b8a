"""The harvest: what it asks for, what it makes of it, and when it counts as completed."""

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from xml.sax.saxutils import escape

import pytest

from bot.core.errors import SourceError, SuspectAnswer
from bot.core.model import Detail
from bot.interfaces import Checkable, Reporting
from bot.sources.arxiv_oai import ArxivOai
from bot.sources.gate import Gate
from bot.sources.oai_harvest import BATCH
from tests.builders import NOON, paper
from tests.sources.faults import answers, first_of, only
from tests.sources.harvesting import LATER, began, harvested, harvesting, marked
from tests.sources.oai_server import OaiServer, error, listed, of, records_page

DAY = timedelta(days=1)


def tokens(server: OaiServer) -> list[bool]:
    return ["resumptionToken" in asked for asked in server.requests]


async def test_a_first_harvest_takes_thirty_days_and_sees_its_scopes_whole() -> None:
    async with OaiServer([listed(1), listed(2)]) as server, harvesting(server) as poller:
        told = await poller.poll()

    assert server.requests == [
        {"verb": "ListRecords", "metadataPrefix": "arXivRaw", "from": "2025-12-06"}
    ]
    assert told.error is None
    assert set(told.ids) == {"2601.00001", "2601.00002"}
    assert told.complete == {"cs.CL"}
    assert marked(told) == began()


async def test_the_next_harvest_begins_three_days_before_the_last_began() -> None:
    async with OaiServer([listed(1)]) as server, harvesting(server) as poller:
        harvested(poller, NOON - DAY)
        told = await poller.poll()

    assert server.requests[0]["from"] == "2026-01-01"
    assert "until" not in server.requests[0]
    assert told.error is None


async def test_a_new_scope_beside_an_old_one_takes_thirty_days_for_both() -> None:
    async with OaiServer([listed(1)]) as server, harvesting(server) as poller:
        harvested(poller, NOON - DAY, "cs.CL")
        told = await poller.poll("cs.CL", "cs.LG")

    assert server.requests[0]["from"] == "2025-12-06"
    assert told.complete == {"cs.CL", "cs.LG"}
    assert set(marked(told)) == {"cs.CL", "cs.LG"}


async def test_row_offline_for_weeks_the_harvest_catches_up_from_where_it_was() -> None:
    old = [listed(number, NOON - timedelta(days=number)) for number in range(1, 61)]
    async with OaiServer(old, rows=7) as server, harvesting(server) as poller:
        harvested(poller, NOON - timedelta(days=50))
        told = await poller.poll()

    assert server.requests[0]["from"] == "2025-11-13"
    assert len(set(told.ids)) == 53
    assert told.error is None


async def test_pages_follow_each_other_by_token_to_the_last() -> None:
    many = [listed(number, NOON - timedelta(hours=number)) for number in range(1, 101)]
    async with OaiServer(many, rows=9) as server, harvesting(server) as poller:
        told = await poller.poll()

    assert len(set(told.ids)) == 100
    assert tokens(server) == [False] + [True] * (len(server.requests) - 1)
    assert len(server.requests) >= 12


async def test_marks_baseline_and_census_ride_on_the_last_batch_alone() -> None:
    async with (
        OaiServer([listed(number) for number in range(1, 9)], rows=2) as server,
        harvesting(server) as poller,
    ):
        told = await poller.poll()

    *before, last = told.batches
    assert len(before) == 1 or all(batch.papers for batch in before)
    assert not any(batch.marks or batch.complete or batch.census for batch in before)
    assert last.marks
    assert last.complete
    assert last.census == "2601.00008"


async def test_a_large_page_comes_in_batches_of_a_few_hundred() -> None:
    async with (
        OaiServer([listed(number) for number in range(1, 1_301)]) as server,
        harvesting(server) as poller,
    ):
        told = await poller.poll()

    sizes = [len(batch.papers) for batch in told.batches[:-1]]
    assert sum(sizes) == 1_300
    assert len(sizes) >= 3
    assert max(sizes) < BATCH + 100


async def test_papers_outside_of_all_scopes_are_elsewhere_by_id_only() -> None:
    elsewhere = listed(2, categories=("math.AG",), primary_category="math.AG")
    crossed = listed(3, categories=("math.CO", "cs.CL"), primary_category="math.CO")
    async with OaiServer([listed(1), elsewhere, crossed]) as server, harvesting(server) as poller:
        told = await poller.poll()

    assert set(told.ids) == {"2601.00001", "2601.00003"}
    assert [one for batch in told.batches for one in batch.elsewhere] == ["2601.00002"]


@pytest.mark.parametrize("scopes", [("*",), ("*", "cs.CL")])
async def test_where_everything_is_wanted_nothing_is_elsewhere(scopes: tuple[str, ...]) -> None:
    other = listed(2, categories=("math.AG",), primary_category="math.AG")
    async with OaiServer([listed(1), other]) as server, harvesting(server) as poller:
        told = await poller.poll(*scopes)

    assert set(told.ids) == {"2601.00001", "2601.00002"}
    assert told.complete == {"*"}


async def test_a_paper_comes_with_its_newest_version_and_the_dates_of_both_ends() -> None:
    revised = of(
        paper(
            7,
            version=3,
            title="  Sets where $a < b$ &\n  more ",
            abstract="We use <b> and 5% of it.",
            authors=("Ana Garc\\'{\\i}a", "Li Wei (CERN)"),
            comment="withdrawn",
            doi="10.1/2",
            journal_ref="J. 1",
            published=NOON - 9 * DAY,
            updated=NOON - DAY,
        ),
        NOON,
    )
    async with OaiServer([revised]) as server, harvesting(server) as poller:
        (got,) = (await poller.poll()).papers.values()

    assert got == paper(
        7,
        version=3,
        title="Sets where $a < b$ & more",
        abstract="We use <b> and 5% of it.",
        authors=("Ana García", "Li Wei"),
        comment="withdrawn",
        doi="10.1/2",
        journal_ref="J. 1",
        published=NOON - 9 * DAY,
        updated=NOON - DAY,
        detail=Detail.HARVEST,
    )


async def test_the_census_is_the_highest_id_given_since_the_harvests_first_day() -> None:
    old = of(paper(1, id="2512.00900", published=NOON - 60 * DAY, updated=NOON))
    elsewhere = listed(5, categories=("math.AG",), primary_category="math.AG")
    to_come = listed(6, id="2612.00006")
    old_style = listed(7, id="hep-th/9901001", published=NOON - DAY)
    async with (
        OaiServer([old, listed(3), elsewhere, to_come, old_style]) as server,
        harvesting(server) as poller,
    ):
        told = await poller.poll()

    assert told.batches[-1].census == "2601.00005"


async def test_without_a_new_paper_there_is_no_census() -> None:
    old = of(paper(1, id="2511.00900", published=NOON - 60 * DAY, updated=NOON))
    async with OaiServer([old]) as server, harvesting(server) as poller:
        told = await poller.poll()

    assert told.batches[-1].census == ""


async def test_a_record_marked_as_deleted_is_passed_over() -> None:
    gone = of(paper(2, published=NOON, updated=NOON))
    gone = type(gone)(gone.paper, gone.modified, gone.versions, deleted=True)
    async with OaiServer([listed(1), gone], size=2) as server, harvesting(server) as poller:
        told = await poller.poll()

    assert told.ids == ["2601.00001"]
    assert not told.quarantined
    assert told.error is None


async def test_a_poll_asks_nothing_while_arxiv_has_not_updated_since_the_last_harvest() -> None:
    async with OaiServer([listed(1)]) as server, harvesting(server) as poller:
        first = await poller.poll()
        asked = len(server.requests)
        second = await poller.poll(now=NOON + timedelta(hours=2))

    assert first.batches
    assert second.batches == []
    assert second.error is None
    assert len(server.requests) == asked


async def test_a_day_later_a_poll_harvests_again() -> None:
    async with OaiServer([listed(1)]) as server, harvesting(server) as poller:
        await poller.poll()
        server.now = NOON + LATER
        told = await poller.poll(now=NOON + LATER)

    assert marked(told) == began(NOON + LATER)


async def test_the_mark_is_of_the_first_page_however_long_the_harvest_takes() -> None:
    many = [listed(number) for number in range(1, 7)]
    async with OaiServer(many, rows=2) as server, harvesting(server) as poller:

        async def pass_time(request: Any) -> None:
            if len(server.requests) > 1:
                server.now = NOON + timedelta(minutes=len(server.requests))

        server.fault = pass_time
        told = await poller.poll()

    assert len(server.requests) == 3
    assert marked(told) == began()


@pytest.mark.parametrize("ahead", [timedelta(hours=-1), timedelta(days=400)])
async def test_of_two_clocks_that_differ_the_earlier_counts(ahead: timedelta) -> None:
    async with OaiServer([listed(1)], now=NOON + ahead) as server, harvesting(server) as poller:
        told = await poller.poll()

    assert marked(told) == began(min(NOON, NOON + ahead))


async def test_progress_is_told_by_pages_and_by_the_size_of_the_list_where_arxiv_says_it() -> None:
    many = [listed(number) for number in range(1, 11)]
    seen: list[tuple[int, int]] = []
    async with OaiServer(many, rows=4, size=10) as server, harvesting(server) as poller:
        assert isinstance(poller.source, Reporting)
        poller.source.on_progress = lambda done, of: seen.append((done, of))
        await poller.poll()
        assert seen == [(1, 3), (2, 3), (3, 3)]

        seen.clear()
        server.size = None
        poller.ledger.clear()
        await poller.poll()
        assert seen == [(1, 2), (2, 3), (3, 3)]


# --- a list that says that it holds more -----------------------------------------------------


async def test_fewer_records_than_the_list_holds_are_kept_without_a_mark() -> None:
    many = [listed(number) for number in range(1, 5)]
    async with OaiServer(many, rows=2, size=6) as server, harvesting(server) as poller:
        told = await poller.poll()

    assert isinstance(told.error, SuspectAnswer)
    assert "4 records where arXiv counts 6" in str(told.error)
    assert len(told.papers) == 4
    assert marked(told) == {}
    assert told.complete == set()


async def test_a_wrong_size_of_the_list_is_not_believed_for_ever() -> None:
    many = [listed(number) for number in range(1, 5)]
    async with OaiServer(many, rows=2, size=6) as server, harvesting(server) as poller:
        tolds = [await poller.poll() for _ in range(3)]
        await_next = await poller.poll(now=NOON + LATER)

    assert [told.error is None for told in tolds] == [False, False, True]
    assert marked(tolds[-1]) == began()
    assert await_next.error is None, "the same shortfall does not block again"


async def test_a_list_that_was_short_once_and_is_whole_again_is_doubted_anew() -> None:
    many = [listed(number) for number in range(1, 5)]
    async with OaiServer(many, rows=2, size=6) as server, harvesting(server) as poller:
        await poller.poll()
        server.size = 4
        whole = await poller.poll()
        server.size = 6
        tolds = [await poller.poll(now=NOON + LATER) for _ in range(3)]

    assert whole.error is None
    assert [told.error is None for told in tolds] == [False, False, True]


# --- nothing in the list ---------------------------------------------------------------------


async def test_an_empty_list_is_doubted_as_three_days_always_bring_a_change() -> None:
    async with OaiServer() as server, harvesting(server) as poller:
        harvested(poller, NOON - DAY)
        told = await poller.poll()

    assert isinstance(told.error, SuspectAnswer)
    assert "no records since 2026-01-01" in str(told.error)
    assert told.batches == []


async def test_a_list_that_ends_in_nothing_is_doubted() -> None:
    many = [listed(number) for number in range(1, 5)]
    async with OaiServer(many, rows=2) as server, harvesting(server) as poller:

        async def empty(request: Any) -> Any:
            resumed = "resumptionToken" in request.query
            return await answers(error("noRecordsMatch"))(request) if resumed else None

        server.fault = empty
        told = await poller.poll()

    assert isinstance(told.error, SuspectAnswer)
    assert len(told.papers) == 2
    assert marked(told) == {}


# --- the source itself -----------------------------------------------------------------------


def settings(url: str | None) -> Any:
    return SimpleNamespace(arxiv=SimpleNamespace(oai_url=url), contact="ops@example.org")


@pytest.mark.parametrize("url", [None, ""])
def test_without_an_address_there_is_no_source(url: str | None) -> None:
    assert ArxivOai.from_settings(settings(url), Gate(0.0)) is None


def test_with_an_address_there_is_one() -> None:
    source = ArxivOai.from_settings(settings("https://oaipmh.example.org/oai"), Gate(0.0))
    assert source is not None
    assert source.name == "arxiv_oai"


async def test_check_tells_who_answers() -> None:
    async with OaiServer() as server, harvesting(server) as poller:
        assert isinstance(poller.source, Checkable)
        (probe,) = await poller.source.check([])

    assert server.requests == [{"verb": "Identify"}]
    assert probe.ok
    assert probe.what.endswith("/oai")
    assert "'arXiv'" in probe.detail
    assert "2026-01-05T12:00:00Z" in probe.detail


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (error("badVerb", "no such verb"), "badVerb: no such verb"),
        ("<html><body>Hello</body></html>", "HTML"),
        (re.sub("<ListRecords.*", "", error("noRecordsMatch")), "not with its repository's name"),
    ],
)
async def test_check_tells_what_is_wrong(body: str, told: str) -> None:
    async with OaiServer(fault=answers(body)) as server, harvesting(server) as poller:
        assert isinstance(poller.source, Checkable)
        (probe,) = await poller.source.check([])

    assert not probe.ok
    assert told in probe.detail


async def test_a_source_error_of_another_format_says_so() -> None:
    wrong = listed(1)
    other = '<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>2601.00001</id></arXiv>'
    wrong = type(wrong)(wrong.paper, wrong.modified, wrong.versions, metadata=other)
    async with OaiServer([listed(2, NOON - DAY), wrong]) as server, harvesting(server) as poller:
        told = await poller.poll()

    assert type(told.error) is SourceError
    assert "'arXiv' instead of arXivRaw" in str(told.error)
    assert told.ids == ["2601.00002"], "what came before is kept"


async def test_a_token_goes_back_exactly_as_it_came() -> None:
    token = "a%20b+c&d=é|1001 %3D"
    body = records_page([listed(1)], f"<resumptionToken>{escape(token)}</resumptionToken>")
    async with OaiServer([listed(2)]) as server, harvesting(server) as poller:
        server.fault = first_of(only(is_first, answers(body)), answers(records_page([listed(2)])))
        told = await poller.poll()

    assert server.requests[1] == {"verb": "ListRecords", "resumptionToken": token}
    assert told.error is None


def is_first(request: Any) -> bool:
    return "resumptionToken" not in request.query
