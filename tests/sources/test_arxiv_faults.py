"""What the arXiv source does when arXiv answers wrongly, late or not at all."""

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from bot.core.errors import SourceError, SourceUnavailable, SuspectAnswer
from bot.core.polling import Memory, PollRequest
from bot.core.window import DAYS
from bot.demo.arxiv_server import ArxivServer, Fault
from bot.demo.atom import error_feed, feed
from bot.sources.arxiv_api import ArxivApi
from bot.sources.gate import Gate
from tests.builders import NOON
from tests.sources.faults import (
    about,
    altered,
    answers,
    dripping,
    first_entries,
    gzip_cut,
    hung_up,
    later_if,
    only,
    times,
    total,
    without_entries,
)
from tests.sources.polling import QUESTIONS, Poller, at, ids, polling, spread

TODAY = "20260105"
EMPTY = feed((), total=0, start=0, title="arXiv Query")
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>'
    b'<feed xmlns="http://www.w3.org/2005/Atom"><title>&b;</title></feed>'
)


@pytest.fixture
async def server() -> AsyncIterator[ArxivServer]:
    async with ArxivServer(spread(40)) as running:
        yield running


@pytest.fixture
async def poller(server: ArxivServer) -> AsyncIterator[Poller]:
    async with polling(server, rows=30) as poller:
        yield poller


def faults(server: ArxivServer) -> dict[str, Fault]:
    """Name every way in which a whole service can answer wrongly."""
    return {
        "fault 2: 406": answers("no", status=406),
        "fault 2: 429": answers("Rate exceeded.", status=429, kind="text/plain"),
        "fault 2: 503": answers("", status=503),
        "fault 2: Rate exceeded with 200": answers("Rate exceeded.", kind="text/plain"),
        "fault 3: 500": answers("oops", status=500),
        "fault 3: HTML with 200": answers("<!DOCTYPE html><html><p>Hi</html>", kind="text/html"),
        "fault 3: HTML as Atom": answers("<html><body>Hi</body></html>"),
        "fault 3: 0 bytes": answers(""),
        "fault 3: 400 without Atom": answers("Bad Request", status=400),
        "fault 3: 400 with an empty feed": answers(EMPTY, status=400),
        "fault 4: empty though total > 0": altered(
            server, lambda body: total(5)(without_entries(body))
        ),
        "fault 5: cut XML": altered(server, lambda body: body[:-30]),
        "fault 5: cut gzip": gzip_cut(server),
        "fault 12: entity bomb": answers(BOMB),
        "no total": altered(server, lambda body: body.replace(b"totalResults", b"results")),
        "more rows than results": altered(
            server, lambda body: total(0)(body.replace(b"</feed>", b"<entry/></feed>"))
        ),
        "connection dropped": hung_up,
    }


NAMES = [
    "fault 2: 406",
    "fault 2: 429",
    "fault 2: 503",
    "fault 2: Rate exceeded with 200",
    "fault 3: 500",
    "fault 3: HTML with 200",
    "fault 3: HTML as Atom",
    "fault 3: 0 bytes",
    "fault 3: 400 without Atom",
    "fault 3: 400 with an empty feed",
    "fault 4: empty though total > 0",
    "fault 5: cut XML",
    "fault 5: cut gzip",
    "fault 12: entity bomb",
    "no total",
    "more rows than results",
    "connection dropped",
]


async def test_every_fault_once_in_one_poll_costs_nothing(
    server: ArxivServer, poller: Poller
) -> None:
    met: dict[str, str] = {}
    left = faults(server)

    async def one_a_day(request: web.Request) -> web.StreamResponse | None:
        day = request.query["search_query"]
        if day in met or not left:
            return None
        met[day], fault = left.popitem()
        return await fault(request)

    server.fault = one_a_day
    told = await poller.poll(patience=10.0)
    assert set(met.values()) == set(NAMES)
    assert told.error is None
    assert set(told.ids) == ids(server.papers)
    assert told.complete == {"cs.CL"}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
async def test_a_fault_that_passes_costs_nothing(
    server: ArxivServer, poller: Poller, name: str
) -> None:
    server.fault = times(1, faults(server)[name])
    told = await poller.poll(patience=5.0)
    assert told.error is None
    assert set(told.ids) == ids(server.papers)
    assert told.complete == {"cs.CL"}


@pytest.mark.parametrize("name", NAMES)
async def test_a_fault_that_stays_advances_nothing_and_is_reported(
    server: ArxivServer, poller: Poller, name: str
) -> None:
    server.fault = faults(server)[name]
    told = await poller.poll(patience=0.05)
    assert isinstance(told.error, SourceUnavailable | SuspectAnswer)
    assert "30 of 30 days could not be read" in str(told.error)
    assert (told.batches, poller.ledger) == ([], {})


async def test_after_a_poll_that_failed_altogether_the_next_gives_all(
    server: ArxivServer, poller: Poller
) -> None:
    server.fault = hung_up
    assert (await poller.poll(patience=0.05)).batches == []
    server.fault = None
    told = await poller.poll()
    assert set(told.ids) == ids(server.papers)
    assert told.complete == {"cs.CL"}


async def assert_nothing_advances(server: ArxivServer, poller: Poller, fault: Fault) -> None:
    """See that a poll which meets only this leaves all as it was, and that the next one has all."""
    await poller.poll()
    server.papers = [*server.papers, at(300, NOON + timedelta(hours=1))]
    known, server.fault = dict(poller.ledger), fault
    told = await poller.poll(now=NOON + timedelta(hours=2), patience=0.05)
    assert told.error is not None
    assert (told.batches, poller.ledger) == ([], known)

    server.fault = None
    told = await poller.poll(now=NOON + timedelta(hours=3))
    assert "2601.00300" in told.ids
    assert all(one.title != "Error" for one in told.papers.values())


async def test_row_zero_bytes_advance_nothing(server: ArxivServer, poller: Poller) -> None:
    await assert_nothing_advances(server, poller, answers(""))


@pytest.mark.parametrize("status", [200, 429])
async def test_row_rate_exceeded_advances_nothing(
    server: ArxivServer, poller: Poller, status: int
) -> None:
    fault = answers("Rate exceeded.", status=status, kind="text/plain")
    await assert_nothing_advances(server, poller, fault)


async def test_row_html_advances_nothing(server: ArxivServer, poller: Poller) -> None:
    fault = answers("<!DOCTYPE html><html><p>Down</html>", kind="text/html")
    await assert_nothing_advances(server, poller, fault)


@pytest.mark.parametrize("status", [200, 400])
async def test_row_400_error_advances_nothing_and_is_no_paper(
    server: ArxivServer, poller: Poller, status: int
) -> None:
    await assert_nothing_advances(server, poller, answers(error_feed("oops"), status=status))


@pytest.mark.parametrize(
    "name",
    [
        "fault 3: 500",
        "fault 5: cut XML",
        "connection dropped",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in NAMES
            if name not in {"fault 3: 500", "fault 5: cut XML", "connection dropped"}
            and "2:" not in name
        ),
    ],
)
async def test_a_day_that_fails_does_not_stop_the_others(
    server: ArxivServer, poller: Poller, name: str
) -> None:
    server.fault = only(about("20251225"), faults(server)[name])
    told = await poller.poll(patience=20.0)
    assert "1 of 30 days could not be read: 2025-12-25" in str(told.error)
    missing = {one.id for one in server.papers if one.published.date().isoformat() == "2025-12-25"}
    assert set(told.ids) == ids(server.papers) - missing
    assert len({mark.key for mark in told.marks}) == DAYS - 1
    assert told.complete == frozenset()

    server.fault = None
    told = await poller.poll()
    assert missing <= set(told.ids)
    assert told.complete == {"cs.CL"}


async def test_fault_1_no_connection_is_waited_for_within_patience_and_nothing_is_marked(
    server: ArxivServer, poller: Poller
) -> None:
    await server.__aexit__(None, None, None)
    began = time.monotonic()
    told = await poller.poll(patience=0.25)
    assert time.monotonic() - began == pytest.approx(0.25)
    assert isinstance(told.error, SourceUnavailable)
    assert "no connection to 127.0.0.1" in str(told.error)
    assert told.batches == []


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0.3", 0.3),
        ("1", 1.0),
        (format_datetime(NOON + timedelta(seconds=2), usegmt=True), 2.0),
    ],
)
async def test_fault_2_retry_after_is_honoured(
    server: ArxivServer, poller: Poller, value: str, seconds: float
) -> None:
    sent = format_datetime(NOON, usegmt=True)
    server.fault = times(1, answers("", status=503, Retry_After=value, Date=sent))
    began = time.monotonic()
    told = await poller.poll(patience=10.0)
    assert seconds <= time.monotonic() - began < seconds + 0.1
    assert told.error is None


async def test_fault_2_a_retry_after_beyond_patience_is_left_to_the_next_poll(
    server: ArxivServer, poller: Poller
) -> None:
    server.fault = times(1, answers("", status=429, Retry_After="300"))
    began = time.monotonic()
    told = await poller.poll(patience=5.0)
    assert time.monotonic() == began
    assert isinstance(told.error, SourceUnavailable)
    assert told.error.retry_after == 300
    assert len(server.requests) == 1  # the hold kept every other question back

    assert "asked for a pause" in str((await poller.poll(patience=5.0)).error)
    assert len(server.requests) == 1


async def test_row_400_error_is_not_asked_again_and_no_paper(
    server: ArxivServer, poller: Poller
) -> None:
    server.fault = only(about(TODAY), answers(error_feed("incorrect date"), status=400))
    told = await poller.poll()
    assert type(told.error) is SourceError
    assert "arXiv refuses the question: incorrect date" in str(told.error)
    assert len(server.requests) == QUESTIONS
    assert all(one.title != "Error" for one in told.papers.values())


async def test_days_that_fail_after_an_outage_are_asked_for_again_by_the_next_poll(
    server: ArxivServer, poller: Poller
) -> None:
    await poller.poll()
    came = [at(300 + n, NOON + timedelta(days=n)) for n in range(70)]
    server.papers = [*server.papers, *came]
    later = NOON + timedelta(days=70)
    failing = {came[n].published.date() for n in range(10, 31)}
    server.fault = only(
        lambda request: any(about(f"{day:%Y%m%d}")(request) for day in failing),
        answers(error_feed("incorrect date"), status=400),
    )
    told = await poller.poll(now=later)
    assert "21 of 100 days could not be read: 2026-01-15" in str(told.error)
    assert told.complete == frozenset()
    found = set(told.ids)

    server.fault = None
    server.requests.clear()
    told = await poller.poll(now=later + timedelta(hours=1))
    assert len(server.requests) == QUESTIONS + len(failing)
    assert told.error is None
    assert told.complete == {"cs.CL"}
    assert found | set(told.ids) >= ids(came)


async def test_a_poll_killed_in_a_catch_up_leaves_the_rest_owed(
    server: ArxivServer, poller: Poller
) -> None:
    await poller.poll()
    came = [at(300 + n, NOON + timedelta(days=n)) for n in range(70)]
    server.papers = [*server.papers, *came]
    later = NOON + timedelta(days=70)
    request = PollRequest(later, frozenset({"cs.CL"}), Memory(tuple(poller.ledger.values())))
    async with aclosing(poller.source.poll(request)) as batches:
        first = await anext(batches)
    poller.ledger.update({(mark.scope, mark.key): mark for mark in first.marks})
    assert {mark.key for mark in first.marks} == {"2026-03-16", "backlog"}

    told = await poller.poll(now=later + timedelta(hours=1))
    assert ids(came) - {one.id for one in first.papers} <= set(told.ids)


async def test_once_patience_is_spent_the_rest_is_left_to_the_next_poll(
    server: ArxivServer, poller: Poller
) -> None:
    server.fault = later_if(lambda: len(server.requests) > 10, answers("", status=503))
    told = await poller.poll(patience=0.3)
    assert "20 of 30 days could not be read" in str(told.error)
    assert "and 15 more" in str(told.error)
    assert len(server.requests) < 20

    server.fault, known = None, set(told.ids)
    assert set((await poller.poll()).ids) | known == ids(server.papers)


async def test_without_patience_a_healthy_service_is_still_read_whole(
    server: ArxivServer, poller: Poller
) -> None:
    told = await poller.poll(patience=0.0)
    assert told.error is None
    assert set(told.ids) == ids(server.papers)


async def test_fault_4_row_empty_200_nothing_at_all_for_a_first_poll_is_suspect(
    server: ArxivServer, poller: Poller
) -> None:
    server.fault = answers(EMPTY)
    for _ in range(2):
        told = await poller.poll()
        assert isinstance(told.error, SuspectAnswer)
        assert "not one paper of the last 30 days came for cs.CL" in str(told.error)
        assert told.complete == frozenset()

    server.fault = None
    told = await poller.poll()
    assert set(told.ids) == ids(server.papers)
    assert told.complete == {"cs.CL"}


async def test_a_category_that_does_not_exist_does_not_hide_the_others(
    server: ArxivServer, poller: Poller
) -> None:
    assert (await poller.poll("cs.XX")).error is not None
    told = await poller.poll("cs.CL", "cs.XX")
    assert set(told.ids) == ids(server.papers)
    assert "cs.CL" in told.complete


async def test_fault_4_row_empty_200_on_a_day_that_held_papers_is_suspect_and_its_mark_stays(
    server: ArxivServer, poller: Poller
) -> None:
    await poller.poll()
    before = dict(poller.ledger)
    server.fault = only(
        lambda request: about("20260103")(request) or about("20251220")(request), answers(EMPTY)
    )
    told = await poller.poll(now=NOON + timedelta(hours=1), patience=10.0)
    assert isinstance(told.error, SuspectAnswer)
    assert "2 of 30 days could not be read" in str(told.error)
    assert "0 papers where" in str(told.error)
    assert told.complete == frozenset()
    for day in ("2026-01-03", "2025-12-20"):
        assert poller.ledger["cs.CL", day] == before["cs.CL", day]

    server.fault = None
    told = await poller.poll(now=NOON + timedelta(hours=2))
    assert told.error is None


async def test_fault_4_an_empty_answer_for_a_known_day_is_asked_again_at_once(
    server: ArxivServer, poller: Poller
) -> None:
    await poller.poll()
    server.fault = only(about(TODAY), times(1, answers(EMPTY)))
    today = {one.id for one in server.papers if one.published.date() == NOON.date()}
    assert today
    told = await poller.poll()
    assert told.error is None
    assert today <= set(told.ids)


async def test_a_service_that_counts_more_than_it_shows_is_suspect(
    server: ArxivServer, poller: Poller
) -> None:
    await poller.poll()
    server.fault = only(
        lambda request: about("20260103")(request) and request.query["max_results"] != "1",
        answers(EMPTY),
    )
    told = await poller.poll(patience=5.0)
    assert isinstance(told.error, SuspectAnswer)
    assert "1 of 30 days could not be read: 2026-01-03" in str(told.error)


async def test_a_day_with_fewer_papers_gives_them_and_is_believed_after_two_days(
    server: ArxivServer, poller: Poller
) -> None:
    await poller.poll()
    gone = next(one for one in server.papers if one.published.date().isoformat() == "2025-12-20")
    server.papers = [one for one in server.papers if one is not gone]

    for hours in (1, 47):
        told = await poller.poll(now=NOON + timedelta(hours=hours), patience=5.0)
        assert isinstance(told.error, SuspectAnswer)
        assert "2025-12-20" in str(told.error)
        assert told.complete == frozenset()
    for hours in (49, 50):
        told = await poller.poll(now=NOON + timedelta(hours=hours))
        assert told.error is None
        assert told.complete == {"cs.CL"}


async def test_row_partial_index_what_is_missing_at_first_comes_with_the_next_poll(
    server: ArxivServer, poller: Poller
) -> None:
    whole = spread(60)
    server.papers = [one for one in whole if one.id < "2601.00030"]
    first = await poller.poll()
    server.papers = whole
    second = await poller.poll(now=NOON + timedelta(hours=2))
    assert second.error is None
    assert set(first.ids) | set(second.ids) == ids(whole)


async def test_row_sort_broken_rows_in_any_order_are_all_read(
    server: ArxivServer, poller: Poller
) -> None:
    server.papers = [at(n, NOON - timedelta(seconds=n)) for n in range(1, 90)]

    def upside_down(body: bytes) -> bytes:
        entries = re.findall(rb"<entry>.*?</entry>", body, flags=re.DOTALL)
        parts = re.split(rb"<entry>.*?</entry>", body, flags=re.DOTALL)
        turned = [*reversed(entries), b""]
        return b"".join(part + entry for part, entry in zip(parts, turned, strict=True))

    server.fault = altered(server, upside_down)
    told = await poller.poll()
    assert told.error is None
    assert set(told.ids) == ids(server.papers)


async def test_row_sort_broken_papers_of_2020_are_refused_and_never_given(
    server: ArxivServer, poller: Poller
) -> None:
    old = [at(500 + n, NOON - timedelta(days=2000 + n)) for n in range(20)]
    server.fault = answers(feed(old, total=20, start=0, title="arXiv Query"))
    told = await poller.poll(patience=0.3)
    assert isinstance(told.error, SuspectAnswer)
    assert "20 of 20 papers were not asked for" in str(told.error)
    assert told.ids == []


async def test_papers_of_other_categories_are_refused(server: ArxivServer, poller: Poller) -> None:
    other = [at(n, NOON, categories=("math.CO",), primary_category="math.CO") for n in (1, 2)]
    server.fault = only(
        about(TODAY), times(1, answers(feed(other, total=2, start=0, title="arXiv Query")))
    )
    told = await poller.poll(patience=5.0)
    assert told.error is None
    assert set(told.ids) == ids(server.papers)


async def test_one_odd_paper_among_many_is_quarantined_and_does_not_block_its_day(
    server: ArxivServer, poller: Poller
) -> None:
    server.papers = [at(n, NOON - timedelta(seconds=n)) for n in range(1, 21)]
    server.fault = only(
        about(TODAY),
        altered(server, lambda body: body.replace(b"2026-01-05T11:59:50", b"2020-01-05T11:59:50")),
    )
    told = await poller.poll()
    assert told.error is None
    assert set(told.ids) == ids(server.papers) - {"2601.00010"}
    assert [row.id for row in told.quarantined] == ["2601.00010 (stray)"]
    assert told.complete == {"cs.CL"}


async def test_row_ties_across_pages_lose_nothing(server: ArxivServer, poller: Poller) -> None:
    second = NOON - timedelta(hours=1)
    server.papers = [at(n, second) for n in range(1, 66)]
    turn = 0

    async def reshuffle(request: web.Request) -> None:
        # Rows of one second stand in another order at every request.
        nonlocal turn
        turn += 1
        shift = (turn * 7) % 12
        order = [*server.papers[shift:], *server.papers[:shift]]
        server.papers = [
            replace(one, published=second + timedelta(microseconds=place))
            for place, one in enumerate(order)
        ]

    server.fault = reshuffle
    told = await poller.poll()
    assert told.error is None
    assert set(told.ids) == ids(server.papers)
    assert len(told.ids) == 65


async def test_row_ties_across_pages_that_hide_a_row_in_one_order_are_found_in_the_other(
    server: ArxivServer, poller: Poller
) -> None:
    server.papers = [at(n, NOON - timedelta(seconds=n)) for n in range(1, 61)]

    def descending(request: web.Request) -> bool:
        return request.query["sortOrder"] == "descending" and request.query["start"] != "0"

    def first_twice(body: bytes) -> bytes:
        first, second = re.findall(rb"<entry>.*?</entry>", body, flags=re.DOTALL)[-2:]
        return body.replace(second, first)

    server.fault = only(descending, altered(server, first_twice))
    told = await poller.poll()
    assert told.error is None
    assert set(told.ids) == ids(server.papers)


async def test_rows_that_stay_hidden_in_every_order_are_found_in_smaller_windows(
    server: ArxivServer, poller: Poller
) -> None:
    server.papers = [at(n, NOON - timedelta(minutes=n)) for n in range(1, 21)]

    def first_twice(body: bytes) -> bytes:
        found = re.findall(rb"<entry>.*?</entry>", body, flags=re.DOTALL)
        return body.replace(found[1], found[0]) if len(found) > 12 else body

    server.fault = only(about(TODAY), altered(server, first_twice))
    told = await poller.poll()
    assert told.error is None
    assert set(told.ids) == ids(server.papers)
    assert told.complete == {"cs.CL"}


async def test_two_versions_of_a_paper_in_one_answer_do_not_make_it_suspect(
    server: ArxivServer, poller: Poller
) -> None:
    first = at(1, NOON)
    second = replace(first, version=2, updated=NOON + timedelta(hours=1))
    server.papers = [first, second, *(at(n, NOON - timedelta(seconds=n)) for n in range(2, 60))]
    told = await poller.poll()
    assert told.error is None
    assert set(told.ids) == ids(server.papers)
    assert told.papers[first.id] in {first, second}
    assert told.complete == {"cs.CL"}


async def test_fault_7_rows_that_shift_while_paging_come_once_each(
    server: ArxivServer, poller: Poller
) -> None:
    server.papers = [at(n, NOON - timedelta(seconds=n)) for n in range(1, 81)]
    fresh = iter(at(500 + n, NOON + timedelta(seconds=n)) for n in range(6))

    async def arrive(request: web.Request) -> None:
        if (one := next(fresh, None)) is not None:
            server.papers = [one, *server.papers]

    server.fault = arrive
    told = await poller.poll()
    assert ids(at(n, NOON) for n in range(1, 81)) <= set(told.ids)
    assert len(told.ids) == len(set(told.ids))
    assert told.error is None

    server.fault = None
    assert ids(server.papers) == set((await poller.poll()).ids)


@pytest.mark.parametrize("rows", [1, 11])
async def test_row_short_page_is_continued_from_what_came(
    server: ArxivServer, poller: Poller, rows: int
) -> None:
    server.papers = [at(n, NOON - timedelta(seconds=n)) for n in range(1, 41)]
    server.fault = altered(server, first_entries(rows))
    told = await poller.poll()
    assert told.error is None
    assert set(told.ids) == ids(server.papers)


async def test_a_total_that_falls_while_paging_ends_the_slice(
    server: ArxivServer, poller: Poller
) -> None:
    server.papers = [at(n, NOON - timedelta(seconds=n)) for n in range(1, 61)]

    async def withdraw(request: web.Request) -> None:
        if request.query["start"] == "20":
            server.papers = server.papers[:45]

    server.fault = withdraw
    told = await poller.poll()
    assert told.error is None
    assert ids(server.papers) <= set(told.ids)


async def test_more_papers_than_can_be_paged_through_are_read_in_smaller_windows(
    server: ArxivServer,
) -> None:
    server.papers = [at(n, NOON - timedelta(minutes=n // 2)) for n in range(300)]
    async with polling(server, rows=40, reach=60) as poller:
        told = await poller.poll(patience=0.0)  # it is no fault
    assert told.error is None
    assert set(told.ids) == ids(server.papers)
    assert len(told.ids) == 300
    assert {mark.value.partition("@")[0] for mark in told.marks} == {"300", "0"}
    assert all(int(asked["start"]) + int(asked["max_results"]) <= 60 for asked in server.requests)


async def test_more_papers_in_one_minute_than_can_be_paged_through_are_reported(
    server: ArxivServer,
) -> None:
    server.papers = [at(n, NOON) for n in range(1, 100)]
    async with polling(server, rows=40, reach=60) as poller:
        told = await poller.poll(patience=10.0)
    assert isinstance(told.error, SuspectAnswer)
    assert "0 of 99 papers came" in str(told.error)


async def test_fault_6_a_malformed_entry_is_quarantined_and_its_day_completed(
    server: ArxivServer, poller: Poller
) -> None:
    server.fault = altered(
        server, lambda body: body.replace(b"<title>A Study of Subject 3</title>", b"")
    )
    told = await poller.poll()
    assert told.error is None
    assert set(told.ids) == ids(server.papers) - {"2601.00003"}
    [bad] = told.quarantined
    assert bad.id == "2601.00003"
    assert told.complete == {"cs.CL"}


async def test_one_unreadable_paper_costs_only_itself(server: ArxivServer, poller: Poller) -> None:
    minute = NOON - timedelta(hours=2)
    server.papers = [
        *(at(n, NOON - timedelta(minutes=11 * n)) for n in range(1, 26)),
        *(at(100 + n, minute + timedelta(seconds=n)) for n in range(3)),
    ]
    server.fault = altered(server, lambda body: body.replace(b"Subject 101<", b"Subject \x0b<"))
    told = await poller.poll(patience=30.0)
    assert told.error is None
    assert set(told.ids) == ids(server.papers) - {"2601.00101"}
    assert {row.id for row in told.quarantined} == {
        "row 2 of 2026-01-05 09:59 to 2026-01-05 10:00 UTC",
        "row 2 of 2026-01-05 10:00 to 2026-01-05 10:01 UTC",
    }
    assert told.complete == {"cs.CL"}


async def test_rows_that_are_all_unreadable_are_the_services_fault(
    server: ArxivServer, poller: Poller
) -> None:
    server.papers = [at(1, NOON)]
    server.fault = only(
        about(TODAY), altered(server, lambda body: body.replace(b"</feed>", b"\x0b</feed>"))
    )
    told = await poller.poll(patience=3.0)
    assert isinstance(told.error, SuspectAnswer)
    assert told.quarantined == []


async def test_fault_11_a_slow_drip_ends_with_patience(server: ArxivServer) -> None:
    server.fault = dripping(0.05)
    began = time.monotonic()
    async with polling(server, seconds=0.1) as poller:
        told = await poller.poll(patience=0.25)
    assert time.monotonic() - began == pytest.approx(0.25)
    assert "took longer than 0.1 s" in str(told.error)
    assert told.batches == []


async def test_row_withdrawn_as_v2_comes_as_the_same_paper(
    server: ArxivServer, poller: Poller
) -> None:
    first = at(1, NOON)
    server.papers = [first]
    await poller.poll()
    gone = replace(first, version=2, comment="This paper has been withdrawn by the authors")
    server.papers = [gone]
    told = await poller.poll()
    assert told.papers == {first.id: gone}
    assert told.papers[first.id].withdrawn


async def test_row_category_added_later_brings_the_paper_to_those_who_follow_it(
    server: ArxivServer, poller: Poller
) -> None:
    one = at(300, NOON - timedelta(days=15), categories=("math.CO",), primary_category="math.CO")
    server.papers = [*server.papers, one]
    assert one.id not in (await poller.poll()).ids
    added = replace(one, categories=("math.CO", "cs.CL"))
    server.papers = [*server.papers[:-1], added]
    assert (await poller.poll()).papers[one.id] == added


@pytest.mark.parametrize(
    ("seed", "step"),
    [
        pytest.param(0, 80, id="short"),
        *(pytest.param(seed, 20, marks=pytest.mark.slow) for seed in (0, 1, 2)),
    ],
)
async def test_whatever_fails_meanwhile_polls_together_miss_nothing_and_invent_nothing(
    server: ArxivServer, poller: Poller, seed: int, step: int
) -> None:
    chance = random.Random(seed)
    kinds = list(faults(server).values())
    announced = spread(120, days=29.5)
    given: set[str] = set()

    async def sometimes(request: web.Request) -> web.StreamResponse | None:
        return await chance.choice(kinds)(request) if chance.random() < 0.3 else None

    # The index fills bit by bit, in no order: late announcements are among the last.
    order = chance.sample(announced, len(announced))
    now = NOON
    for indexed in range(40, 121, step):
        server.papers, server.fault = order[:indexed], sometimes
        given |= set((await poller.poll(now=now, patience=0.3)).ids)
        now += timedelta(hours=8)
    server.papers, server.fault = announced, None
    last = await poller.poll(now=now, patience=5.0)
    window = {one.id for one in announced if one.published > now - timedelta(days=29)}
    assert given | set(last.ids) >= window
    assert given | set(last.ids) <= ids(announced)
    assert last.error is None
    assert last.complete == {"cs.CL"}


async def test_a_cancelled_poll_frees_the_gate_for_others(server: ArxivServer) -> None:
    gate = Gate(0.0)
    asked, drip = asyncio.Event(), dripping(0.01)

    async def note(request: web.Request) -> web.StreamResponse | None:
        asked.set()
        return await drip(request)

    server.fault = note
    async with ArxivApi(server.url, None, gate) as source:
        poll = asyncio.create_task(Poller(source).poll(patience=60.0))
        await asked.wait()
        poll.cancel()
        with pytest.raises(asyncio.CancelledError):
            await poll
        server.fault = None
        async with asyncio.timeout(10.0):
            told = await Poller(source).poll()
    assert set(told.ids) == ids(server.papers)
