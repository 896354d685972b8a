"""Days of which arXiv counts other rows than it gives: what is believed, and what is not."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.core.errors import SuspectAnswer
from bot.core.model import Paper
from bot.core.polling import Quarantined
from bot.core.window import Window
from bot.demo.arxiv_server import ArxivServer
from bot.sources.asker import Asker
from bot.sources.gate import Gate
from bot.sources.line import Line
from bot.sources.persistence import Patience
from bot.sources.question import Question
from bot.sources.transfer import Limits, make_client
from tests.builders import NOON
from tests.sources.faults import (
    about,
    altered,
    answers,
    counted,
    first_entries,
    first_of,
    hiding,
    only,
    repeating,
    several,
    times,
    total,
    without_entries,
)
from tests.sources.polling import QUESTIONS, Poller, at, ids, polling, spread

DAY = "2026-01-05"
TODAY = "20260105"


def busy_day(count: int = 20) -> list[Paper]:
    """Give papers of one day, 20 minutes apart, the newest first."""
    return [at(n, NOON - timedelta(minutes=20 * n)) for n in range(1, count + 1)]


@pytest.fixture
async def server() -> AsyncIterator[ArxivServer]:
    async with ArxivServer(busy_day()) as running:
        yield running


@pytest.fixture
async def poller(server: ArxivServer) -> AsyncIterator[Poller]:
    async with polling(server, rows=30) as poller:
        yield poller


def smaller(server: ArxivServer) -> list[str]:
    """List the questions about less than a day."""
    whole = re.compile(r"\[(\d{8})0000 TO (?!\1)\d{8}0000\]")
    texts = [asked["search_query"] for asked in server.requests]
    return [text for text in texts if not whole.search(text)]


@pytest.mark.parametrize(
    "miscount",
    [
        pytest.param(hiding("2601.00002"), id="a row that never comes"),
        pytest.param(hiding(*(f"2601.0000{n}" for n in (2, 5, 9))), id="three rows"),
    ],
)
async def test_a_day_that_lacks_a_few_rows_twice_alike_is_read_and_told(
    server: ArxivServer, poller: Poller, miscount: Callable[[bytes], bytes]
) -> None:
    server.fault = altered(server, miscount)
    with capture_logs() as logs:
        told = await poller.poll()
    gave = len(told.ids)
    assert told.error is None
    assert ids(server.papers) > set(told.ids)
    assert told.complete == {"cs.CL"}
    assert told.quarantined == [
        Quarantined(DAY, f"arXiv counts 20 papers and gave {gave}, twice alike")
    ]
    assert poller.ledger["cs.CL", DAY].value.startswith(f"{gave}@")
    [short] = [log for log in logs if log["event"] == "slice.short"]
    assert (short["day"], short["total"], short["count"]) == (DAY, 20, gave)
    assert smaller(server) == []


@pytest.mark.parametrize("rows", [30, 12])
async def test_a_count_beyond_the_last_row_is_read_and_told(server: ArxivServer, rows: int) -> None:
    server.fault = only(about(TODAY), altered(server, counted(lambda right: right + 1)))
    async with polling(server, rows=rows) as poller:
        told = await poller.poll(patience=5.0)
    assert told.error is None
    assert set(told.ids) == ids(server.papers)
    assert told.complete == {"cs.CL"}
    assert [row.error for row in told.quarantined] == [
        "arXiv counts 21 papers and gave 20, twice alike"
    ]
    assert smaller(server) == []


async def test_two_percent_of_a_large_day_may_lack(server: ArxivServer) -> None:
    server.papers = [at(n, NOON - timedelta(minutes=n)) for n in range(1, 201)]
    server.fault = altered(server, hiding(*(f"2601.000{n}" for n in (10, 20, 30, 40))))
    async with polling(server, rows=300) as poller:
        told = await poller.poll()
    assert told.error is None
    assert len(told.ids) == 196


@pytest.mark.parametrize("held", [0, 12])
async def test_a_row_that_comes_at_last_is_given_and_its_day_is_whole(
    server: ArxivServer, poller: Poller, held: int
) -> None:
    server.papers = [at(n, NOON - timedelta(days=held, minutes=n)) for n in range(1, 9)]
    server.fault = altered(server, hiding("2601.00004"))
    assert "2601.00004" not in (await poller.poll()).ids
    server.fault = None
    told = await poller.poll(now=NOON + timedelta(hours=1))
    assert "2601.00004" in told.ids
    assert told.error is None
    assert told.quarantined == []


async def test_a_known_paper_that_is_only_counted_any_more_is_believed_gone_after_two_days(
    server: ArxivServer, poller: Poller
) -> None:
    await poller.poll()
    server.fault = altered(server, hiding("2601.00004"))
    told = await poller.poll(now=NOON + timedelta(hours=1))
    assert "19 papers where 20 were known" in str(told.error)
    assert [row.id for row in told.quarantined] == [DAY]
    assert (await poller.poll(now=NOON + timedelta(hours=50))).error is None


async def test_a_row_that_stands_twice_and_is_counted_once_is_nothing_amiss(
    server: ArxivServer, poller: Poller
) -> None:
    server.fault = altered(server, repeating("2601.00003"))
    told = await poller.poll()
    assert told.error is None
    assert sorted(told.ids) == sorted(ids(server.papers))
    assert told.quarantined == []
    assert len(server.requests) == QUESTIONS


async def test_a_row_that_stands_twice_and_is_counted_twice_is_believed(
    server: ArxivServer, poller: Poller
) -> None:
    twice = repeating(*(one.id for one in server.papers))
    double = several(twice, counted(lambda right: right * 2))
    server.fault = only(about(TODAY), altered(server, double))
    told = await poller.poll()
    assert told.error is None
    assert sorted(told.ids) == sorted(ids(server.papers))
    assert told.complete == {"cs.CL"}
    assert [row.error for row in told.quarantined] == [
        "arXiv counts 40 papers and gave 20, twice alike"
    ]
    assert smaller(server) == []


async def test_a_page_may_hold_more_papers_than_are_counted(
    server: ArxivServer, poller: Poller
) -> None:
    server.fault = only(about(TODAY), altered(server, counted(lambda right: right - 2)))
    told = await poller.poll()
    assert told.error is None
    assert set(told.ids) == ids(server.papers)
    assert poller.ledger["cs.CL", DAY].value.startswith("18@")


async def test_a_full_page_of_more_papers_than_are_counted_is_refused(
    server: ArxivServer,
) -> None:
    server.fault = only(about(TODAY), altered(server, total(9)))
    async with polling(server, rows=10) as poller:
        told = await poller.poll(patience=2.0)
    assert isinstance(told.error, SuspectAnswer)
    assert "10 papers on a full page, though 9 in all" in str(told.error)


async def test_many_rows_that_never_come_stay_suspect_and_are_not_asked_for_for_ever(
    server: ArxivServer, poller: Poller
) -> None:
    many = counted(lambda right: right * 9 // 5)
    server.fault = only(about(TODAY), altered(server, many))
    told = await poller.poll(patience=60.0)
    assert isinstance(told.error, SuspectAnswer)
    assert "20 of 36 papers came" in str(told.error)
    assert set(told.ids) == ids(server.papers)
    assert ("cs.CL", DAY) not in poller.ledger
    assert told.complete == frozenset()
    # Either half shows the same, so that quarters would too.
    assert set(smaller(server)) == {
        "cat:cs.CL AND submittedDate:[202601050000 TO 202601051200]",
        "cat:cs.CL AND submittedDate:[202601051200 TO 202601060000]",
    }


async def test_rows_that_a_half_window_lacks_too_are_not_sought_in_quarters(
    server: ArxivServer, poller: Poller
) -> None:
    server.fault = altered(server, hiding(*(f"2601.0000{n}" for n in range(1, 6))))
    told = await poller.poll(patience=60.0)
    assert isinstance(told.error, SuspectAnswer)
    assert len(set(smaller(server))) == 2


async def test_an_empty_answer_is_never_a_small_shortage(
    server: ArxivServer, poller: Poller
) -> None:
    server.papers = busy_day(2)
    server.fault = only(about(TODAY), altered(server, without_entries))
    told = await poller.poll(patience=2.0)
    assert isinstance(told.error, SuspectAnswer)
    assert told.complete == frozenset()


async def test_a_row_hidden_in_both_orders_that_differ_is_found_in_smaller_windows(
    server: ArxivServer, poller: Poller
) -> None:
    def whole_day(request: web.Request) -> bool:
        return "[202601050000 TO 202601060000]" in request.query["search_query"]

    def oldest_first(request: web.Request) -> bool:
        return whole_day(request) and request.query["sortOrder"] == "ascending"

    one = only(oldest_first, altered(server, hiding("2601.00010")))
    two = only(whole_day, altered(server, hiding("2601.00010", "2601.00015")))
    server.fault = first_of(one, two)
    told = await poller.poll()
    assert told.error is None
    assert set(told.ids) == ids(server.papers)
    assert told.quarantined == []
    assert smaller(server) != []


async def test_what_smaller_windows_lack_counts_together(
    server: ArxivServer, poller: Poller
) -> None:
    # A long page is unreadable, and either half lacks two rows: too many for one day.
    def spoil(body: bytes) -> bytes:
        if body.count(b"<entry>") > 12:
            return body.replace(b"</feed>", b"\x0b</feed>")
        return hiding(*(f"2601.000{n}" for n in ("02", "05", "12", "18")))(body)

    server.papers = [at(n, NOON + timedelta(hours=11) - timedelta(hours=n)) for n in range(1, 21)]
    server.fault = only(about(TODAY), altered(server, spoil))
    told = await poller.poll(patience=20.0)
    assert isinstance(told.error, SuspectAnswer)
    assert told.complete == frozenset()


async def test_what_a_smaller_window_lacks_is_told_of_the_day(
    server: ArxivServer, poller: Poller
) -> None:
    def spoil(body: bytes) -> bytes:
        if body.count(b"<entry>") > 12:
            return body.replace(b"</feed>", b"\x0b</feed>")
        return hiding("2601.00002")(body)

    server.papers = [at(n, NOON + timedelta(hours=11) - timedelta(hours=n)) for n in range(1, 21)]
    server.fault = only(about(TODAY), altered(server, spoil))
    told = await poller.poll(patience=20.0)
    assert told.error is None
    assert len(told.ids) == 19
    assert [row.id for row in told.quarantined] == [DAY]


async def test_an_empty_page_that_passes_does_not_end_a_day(server: ArxivServer) -> None:
    server.fault = only(
        lambda request: request.query["start"] != "0",
        times(1, altered(server, without_entries)),
    )
    async with polling(server, rows=12) as poller:
        told = await poller.poll(patience=5.0)
    assert told.error is None
    assert set(told.ids) == ids(server.papers)
    assert told.quarantined == []


def restless(server: ArxivServer) -> Callable[[bytes], bytes]:
    """Count more than there is, and leave out another row each time."""
    turn = iter(range(10_000))

    def change(body: bytes) -> bytes:
        left_out = server.papers[next(turn) % len(server.papers)].id
        return hiding(left_out)(counted(lambda right: right + 9)(body))

    return change


async def test_without_patience_no_smaller_windows_are_asked_for(server: ArxivServer) -> None:
    server.fault = only(about(TODAY), altered(server, restless(server)))
    async with polling(server, rows=30) as poller:
        told = await poller.poll(patience=0.0)
    assert isinstance(told.error, SuspectAnswer)
    assert smaller(server) == []


async def test_a_charged_question_spends_patience_and_any_other_does_not(
    server: ArxivServer,
) -> None:
    patience = Patience(100.0)
    question = Question(("cs.CL",), Window(NOON - timedelta(hours=9), NOON))
    async with make_client(None) as client:
        asker = Asker(Line(client, Gate(0.05), server.url, Limits()), patience)
        await asker.ask(question)
        await asker.ask(question)
        assert patience.left > 99.99
        await asker.ask(question, charged=True)
    assert patience.left < 99.96


async def test_smaller_windows_keep_to_the_budget_of_the_slice(server: ArxivServer) -> None:
    server.fault = only(about(TODAY), altered(server, restless(server)))
    async with polling(server, rows=30, pages=10) as poller:
        told = await poller.poll(patience=30.0)
    assert "more than 12 pages" in str(told.error)
    assert 12 < sum(TODAY in asked["search_query"] for asked in server.requests) <= 2 * 12


async def test_pages_of_any_day_keep_to_twice_what_it_takes_and_a_few(
    server: ArxivServer,
) -> None:
    server.papers = [at(n, NOON - timedelta(seconds=n)) for n in range(1, 100)]
    server.fault = altered(server, first_entries(1))
    async with polling(server, rows=40, pages=20) as poller:
        told = await poller.poll(patience=10.0)
    assert "more than 26 pages" in str(told.error)
    assert len(server.requests) < 26 + QUESTIONS


async def test_each_group_of_a_days_categories_keeps_its_day_in_view(
    server: ArxivServer, poller: Poller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.core.window.CATEGORIES_PER_QUESTION", 1)
    server.papers = [
        *busy_day(),
        *spread(30, first=500, categories=("math.CO",), primary_category="math.CO"),
    ]
    server.fault = altered(server, hiding("2601.00004"))
    told = await poller.poll("cs.CL", "math.CO")
    assert told.error is None
    whole = [batch for batch in told.batches if batch.marks and batch.marks[0].key == DAY]
    assert [[row.id for row in batch.quarantined] for batch in whole] == [[DAY], [DAY]]


async def test_a_fault_beside_a_miscount_is_reported(server: ArxivServer, poller: Poller) -> None:
    def oldest_first(request: web.Request) -> bool:
        return about(TODAY)(request) and request.query["sortOrder"] == "ascending"

    server.fault = first_of(
        only(oldest_first, answers("oops", status=500)), altered(server, hiding("2601.00004"))
    )
    told = await poller.poll(patience=0.2)
    assert "HTTP 500" in str(told.error)
    assert ("cs.CL", DAY) not in poller.ledger
