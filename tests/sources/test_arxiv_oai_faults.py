"""What goes wrong with OAI-PMH: nothing is lost, marked too soon or blocked for ever.

The names say which row of arXiv's table of failures each test is of.
"""

import asyncio
import gzip
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from aiohttp import web

from bot.core.errors import SourceError, SourceUnavailable, SuspectAnswer
from bot.demo.arxiv_server import Fault
from bot.sources import oai_harvest
from bot.sources.gate import Gate
from bot.sources.oai_asker import TokenRefused
from bot.sources.transfer import ServiceBusy, host_of
from tests.builders import NOON
from tests.sources.faults import answers, dripping, hung_up, only, times
from tests.sources.harvesting import LATER, began, harvested, harvesting, marked
from tests.sources.oai_server import (
    Listed,
    OaiServer,
    error,
    listed,
    page,
    record,
    records_page,
)

SIX = [listed(number, NOON - timedelta(minutes=10 - number)) for number in range(1, 7)]
ALL_SIX = {f"2601.0000{number}" for number in range(1, 7)}


def resumed(request: web.Request) -> bool:
    return "resumptionToken" in request.query


async def slow(request: web.Request) -> None:
    """Answer rightly, but only after a while."""
    await asyncio.sleep(0.1)


def altered(server: OaiServer, change: Callable[[str], str | bytes]) -> Fault:
    """Change the body of the right answer."""

    async def fault(request: web.Request) -> web.StreamResponse:
        body = change(server.answer(request))
        return web.Response(body=body.encode() if isinstance(body, str) else body)

    return fault


# --- a record moves mid-harvest; a token expires ---------------------------------------------


async def test_row_oai_record_moves_mid_harvest_hiding_another_and_the_overlap_recovers_it() -> (
    None
):
    async with OaiServer(SIX, rows=2) as server, harvesting(server) as poller:
        await poller.poll()
        server.fault = moving_the_first_of(server)
        server.now = NOON + LATER
        second = await poller.poll(now=NOON + LATER)
        server.now = NOON + 2 * LATER
        third = await poller.poll(now=NOON + 2 * LATER)

    assert second.error is None
    assert set(second.ids) == ALL_SIX - {"2601.00003"}
    assert "2601.00003" in third.ids


async def test_row_oai_record_moves_mid_harvest_of_a_new_scope_and_the_list_is_read_again() -> None:
    async with OaiServer(SIX, rows=2) as server, harvesting(server) as poller:
        server.fault = moving_the_first_of(server)
        told = await poller.poll()

    assert told.error is None
    assert set(told.ids) == ALL_SIX, "what was passed over would be news one day"
    assert marked(told) == began()


async def test_a_list_that_always_moves_is_taken_as_it_is_after_three_times() -> None:
    async with OaiServer([*SIX, SIX[0]], rows=2) as server, harvesting(server) as poller:
        told = await poller.poll()

    assert told.error is None
    assert marked(told) == began()
    assert [*map(is_resumed, server.requests)].count(False) == 3


def moving_the_first_of(server: OaiServer) -> Fault:
    """Let the first record change while the list is read: it moves to the end."""

    async def revise(request: web.Request) -> None:
        if resumed(request):
            server.listed = [replace(SIX[0], modified=NOON), *SIX[1:]]

    return revise


async def test_row_token_expires_and_the_harvest_begins_anew() -> None:
    async with OaiServer(SIX, rows=2) as server, harvesting(server) as poller:
        server.fault = only(resumed, times(1, answers(error("badResumptionToken", "expired"))))
        told = await poller.poll()

    assert told.error is None
    assert set(told.ids) == ALL_SIX
    assert marked(told) == began()
    assert list(map(is_resumed, server.requests)) == [
        False,
        True,
        False,
        True,
        True,
    ]


def is_resumed(asked: dict[str, str]) -> bool:
    return "resumptionToken" in asked


async def test_a_token_that_always_expires_ends_the_harvest_without_a_mark() -> None:
    async with OaiServer(SIX, rows=2) as server, harvesting(server) as poller:
        server.fault = only(resumed, answers(error("badResumptionToken")))
        told = await poller.poll()

    assert isinstance(told.error, TokenRefused)
    assert "badResumptionToken" in str(told.error)
    assert len(server.requests) == 6, "begun anew twice"
    assert set(told.ids) == {"2601.00001", "2601.00002"}, "what came is kept"
    assert marked(told) == {}


async def test_a_token_that_leads_in_a_circle_is_doubted() -> None:
    body = records_page(SIX, "<resumptionToken>again</resumptionToken>")
    async with OaiServer(fault=answers(body)) as server, harvesting(server) as poller:
        told = await poller.poll()

    assert isinstance(told.error, SuspectAnswer)
    assert "in circles after 2 pages" in str(told.error)
    assert marked(told) == {}


def ever_more(server: OaiServer, *, new: bool) -> Fault:
    """Lead to one page more each time, by a token never seen, with a new record or the same."""

    async def fault(request: web.Request) -> web.Response:
        number = len(server.requests)
        token = f"<resumptionToken>{number}</resumptionToken>"
        return web.Response(text=records_page([listed(number if new else 1)], token))

    return fault


async def test_a_list_without_end_is_doubted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oai_harvest, "_MOST_PAGES", 5)
    async with OaiServer() as server, harvesting(server) as poller:
        server.fault = ever_more(server, new=True)
        told = await poller.poll()

    assert isinstance(told.error, SuspectAnswer)
    assert len(server.requests) == 6
    assert marked(told) == {}


async def test_a_list_that_repeats_itself_by_ever_new_tokens_is_doubted_at_once() -> None:
    async with OaiServer() as server, harvesting(server) as poller:
        server.fault = ever_more(server, new=False)
        told = await poller.poll()

    assert isinstance(told.error, SuspectAnswer)
    assert "in circles after 2 pages" in str(told.error)
    assert told.ids == ["2601.00001"] * len(told.ids), "what came is kept"
    assert marked(told) == {}


async def test_a_harvest_that_takes_too_long_ends_with_what_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(oai_harvest, "_LONGEST", 0.0)
    async with OaiServer(SIX, rows=2) as server, harvesting(server) as poller:
        server.fault = slow
        told = await poller.poll()
        monkeypatch.undo()
        again = await poller.poll()

    assert type(told.error) is SourceUnavailable
    assert "had no end after 0 hours" in str(told.error)
    assert set(told.ids) == {"2601.00001", "2601.00002"}
    assert marked(told) == {}
    assert marked(again) == began()


async def test_a_clock_that_was_set_back_harvests_from_the_last_mark_and_keeps_it() -> None:
    mark = NOON - timedelta(days=1)
    wrong = datetime(1970, 1, 1, 1, tzinfo=UTC)
    async with OaiServer(SIX) as server, harvesting(server) as poller:
        harvested(poller, mark)
        told = await poller.poll(now=wrong)

    assert server.requests[0]["from"] == (mark - timedelta(days=3)).date().isoformat()
    assert set(told.ids) == ALL_SIX
    assert (told.error, marked(told)) == (None, began(mark))


async def test_a_clock_decades_behind_harvests_no_more_than_a_page_while_nothing_is_known() -> None:
    async with OaiServer(SIX, rows=2) as server, harvesting(server) as poller:
        told = await poller.poll(now=datetime(1970, 1, 1, 1, tzinfo=UTC))

    assert isinstance(told.error, SuspectAnswer)
    assert "the page was made on 2026-01-05, and the clock here says 1970-01-01" in str(told.error)
    assert (len(server.requests), marked(told)) == (1, {})


async def test_a_harvest_that_failed_midway_is_begun_anew_from_the_same_day() -> None:
    async with OaiServer(SIX, rows=2) as server, harvesting(server) as poller:
        server.fault = only(resumed, answers("", status=404))
        failed = await poller.poll()
        server.fault = None
        told = await poller.poll(now=NOON + timedelta(hours=1))

    assert type(failed.error) is SourceError
    assert failed.complete == set()
    assert not any(batch.census for batch in failed.batches)
    assert server.requests[2] == server.requests[0]
    assert set(told.ids) == ALL_SIX
    assert marked(told) == began()


# --- 503 and other refusals ------------------------------------------------------------------


async def test_a_503_with_retry_after_is_waited_for_by_everybody() -> None:
    gate = Gate(0.0)
    async with OaiServer(SIX) as server, harvesting(server, gate=gate) as poller:
        server.fault = times(1, answers("busy", status=503, Retry_After="0.2"))
        start = time.monotonic()
        told = await poller.poll()

    assert told.error is None
    assert set(told.ids) == ALL_SIX
    assert 0.2 <= time.monotonic() - start < 0.3


async def test_a_503_that_lasts_longer_than_patience_ends_the_poll_at_once() -> None:
    gate = Gate(0.0)
    async with OaiServer(SIX) as server, harvesting(server, gate=gate) as poller:
        server.fault = answers("busy", status=503, Retry_After="900")
        start = time.monotonic()
        told = await poller.poll()
        held = gate.held(host_of(httpx.URL(server.url)))
        again = await poller.poll()

    assert isinstance(told.error, ServiceBusy)
    assert told.error.retry_after == 900
    assert held == 900, "others who ask the same host wait too"
    assert isinstance(again.error, ServiceBusy)
    assert len(server.requests) == 1, "nobody asks during the pause"
    assert time.monotonic() == start, "nobody waits"


@pytest.mark.parametrize("code", ["cannotDisseminateFormat", "badArgument", "badVerb"])
async def test_what_the_service_refuses_is_told_in_its_words_and_not_asked_again(
    code: str,
) -> None:
    async with (
        OaiServer(fault=answers(error(code, "from \n is too early"))) as server,
        harvesting(server) as poller,
    ):
        told = await poller.poll()

    assert type(told.error) is SourceError
    assert f"{code}: from is too early" in str(told.error)
    assert len(server.requests) == 1


async def test_a_refusal_with_status_400_is_read_too() -> None:
    fault = answers(error("badArgument"), status=400)
    async with OaiServer(fault=fault) as server, harvesting(server) as poller:
        told = await poller.poll()

    assert type(told.error) is SourceError
    assert str(told.error).endswith("badArgument")


async def test_records_with_status_400_are_not_believed() -> None:
    fault = answers(records_page(SIX), status=400)
    async with OaiServer(fault=fault) as server, harvesting(server) as poller:
        told = await poller.poll()

    assert isinstance(told.error, SourceUnavailable)
    assert "HTTP 400" in str(told.error)
    assert marked(told) == {}


async def test_a_redirect_to_another_host_is_not_followed() -> None:
    fault = answers("", status=302, Location="http://elsewhere.example/oai")
    async with OaiServer(fault=fault) as server, harvesting(server) as poller:
        told = await poller.poll()

    assert "not followed" in str(told.error)


# --- what is no page of OAI-PMH --------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ("Rate exceeded.", "Rate exceeded"),
        ("<!DOCTYPE html><html><p>Down</p></html>", "HTML"),
        ("Bad gateway", "no OAI-PMH"),
        (
            "<feed xmlns='http://www.w3.org/2005/Atom'/>",
            "root is 'http://www.w3.org/2005/Atom feed'",
        ),
        ("<?xml version='1.0'?>", "no OAI-PMH"),
        (page("<ListRecords/>"), "without records"),
        (records_page(SIX).replace("responseDate", "date"), "no responseDate"),
        (records_page(SIX).replace("2026-01-05T12:00:00Z", "soon"), "when it was made"),
        (records_page(SIX).replace("2026-01-05T12:00:00Z", "1970-01-01"), "made on 1970-01-01"),
    ],
)
async def test_an_answer_that_is_none_advances_nothing(body: str, told: str) -> None:
    async with OaiServer(fault=answers(body)) as server, harvesting(server) as poller:
        result = await poller.poll(patience=0.3)

    assert isinstance(result.error, SourceUnavailable | SuspectAnswer)
    assert told in str(result.error)
    assert marked(result) == {}
    assert result.complete == set()


async def test_an_answer_that_is_none_once_is_asked_for_again() -> None:
    async with OaiServer(SIX, rows=2) as server, harvesting(server) as poller:
        server.fault = only(resumed, times(1, answers("")))
        told = await poller.poll()

    assert told.error is None
    assert set(told.ids) == ALL_SIX
    assert [is_resumed(asked) for asked in server.requests] == [False, True, True, True]


async def test_an_entity_bomb_is_refused_at_once() -> None:
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = page("<x>&l9;</x>", head=f'<!DOCTYPE OAI-PMH [<!ENTITY l0 "lol">{lol}]>')
    async with OaiServer(fault=answers(bomb)) as server, harvesting(server) as poller:
        told = await poller.poll(patience=0.2)

    assert isinstance(told.error, SourceUnavailable)
    assert "declares a DTD" in str(told.error)


# --- cut, slow and oversized pages -----------------------------------------------------------


async def test_a_page_cut_in_the_middle_keeps_what_came_and_is_asked_for_again() -> None:
    async with OaiServer(SIX, rows=4) as server, harvesting(server) as poller:
        cut = altered(server, lambda body: body[: body.index("2601.00003")])
        server.fault = times(1, cut)
        told = await poller.poll()

    assert told.error is None
    assert set(told.ids) == ALL_SIX
    assert told.ids.count("2601.00001") == 2
    assert marked(told) == began()


async def test_a_page_that_is_always_cut_gives_what_it_has_and_no_mark() -> None:
    async with OaiServer(SIX, rows=4) as server, harvesting(server) as poller:
        server.fault = altered(server, lambda body: body[: body.index("2601.00003")])
        told = await poller.poll()

    assert isinstance(told.error, SuspectAnswer)
    assert "does not end as it should" in str(told.error)
    assert set(told.ids) == {"2601.00001", "2601.00002"}
    assert marked(told) == {}
    assert len(server.requests) == 3


async def test_a_gzip_stream_cut_short_is_a_cut_page() -> None:
    async with OaiServer(SIX) as server, harvesting(server) as poller:

        async def half(request: web.Request) -> web.Response:
            packed = gzip.compress(server.answer(request).encode())
            return web.Response(
                body=packed[: len(packed) // 2], headers={"Content-Encoding": "gzip"}
            )

        server.fault = half
        told = await poller.poll()

    assert isinstance(told.error, SuspectAnswer)
    assert "cut short" in str(told.error)
    assert marked(told) == {}


async def test_a_connection_that_breaks_within_a_page_is_a_cut_page() -> None:
    async with OaiServer(SIX) as server, harvesting(server) as poller:

        async def breaking(request: web.Request) -> web.StreamResponse:
            body = server.answer(request).encode()
            response = web.StreamResponse(headers={"Content-Length": str(len(body))})
            await response.prepare(request)
            await response.write(body[: body.index(b"2601.00005")])
            assert request.transport is not None
            request.transport.close()
            return response

        server.fault = times(1, breaking)
        told = await poller.poll()

    assert told.error is None
    assert told.ids.count("2601.00001") == 2
    assert set(told.ids) == ALL_SIX


async def test_a_connection_that_hangs_up_is_tried_again() -> None:
    async with OaiServer(SIX) as server, harvesting(server) as poller:
        server.fault = times(2, hung_up)
        told = await poller.poll()

    assert told.error is None
    assert set(told.ids) == ALL_SIX


async def test_a_page_that_drips_is_given_up_in_time() -> None:
    async with OaiServer(SIX) as server, harvesting(server, seconds=0.2) as poller:
        server.fault = dripping(0.02)
        start = time.monotonic()
        told = await poller.poll(patience=0.5)

    assert isinstance(told.error, SourceUnavailable)
    assert "longer than" in str(told.error)
    assert 0.5 <= time.monotonic() - start < 0.6


async def test_good_pages_that_are_slow_spend_no_patience() -> None:
    async with OaiServer(SIX, rows=1) as server, harvesting(server) as poller:
        server.fault = slow
        told = await poller.poll(patience=0.3)

    assert len(server.requests) == 6
    assert told.error is None


async def test_an_oversized_page_is_refused() -> None:
    async with OaiServer(SIX) as server, harvesting(server, size=3_000) as poller:
        told = await poller.poll(patience=0.2)

    assert isinstance(told.error, SourceUnavailable)
    assert "larger than 3000 bytes" in str(told.error)
    assert marked(told) == {}


async def test_a_gzip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(b"<a>" + b" " * 50_000_000, 9)
    fault = answers(bomb, Content_Encoding="gzip")
    async with OaiServer(fault=fault) as server, harvesting(server, size=1_000_000) as poller:
        told = await poller.poll(patience=0.2)

    assert isinstance(told.error, SourceUnavailable)


# --- records that are not as they should be --------------------------------------------------


def spoiled(number: int, old: str, new: str) -> Callable[[str], str]:
    """Spoil one record of a page."""
    right = record(SIX[number - 1])
    return lambda body: body.replace(right, right.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("<title>A Study of Subject 3</title>", "", "no title"),
        ("<categories>cs.CL</categories>", "", "no category"),
        ("<categories>cs.CL</categories>", "<categories> \n </categories>", "no category"),
        ('version="v1"', 'version="one"', "no version number"),
        ("05 Jan", "99 Foo", "no date"),
        ("<abstract>", f"<abstract>{'x' * 3_000_000}", "longer than"),
    ],
)
async def test_a_malformed_record_is_quarantined_by_its_id_and_the_rest_is_kept(
    old: str, new: str, told: str
) -> None:
    async with OaiServer(SIX) as server, harvesting(server) as poller:
        server.fault = altered(server, spoiled(3, old, new))
        result = await poller.poll()

    assert result.error is None
    assert set(result.ids) == ALL_SIX - {"2601.00003"}
    (row,) = result.quarantined
    assert row.id == "2601.00003"
    assert told in row.error
    assert marked(result) == began()


async def test_a_record_without_an_id_is_quarantined_under_what_it_has() -> None:
    async with OaiServer(SIX, size=6) as server, harvesting(server) as poller:
        server.fault = altered(server, spoiled(3, "2601.00003", "nonsense"))
        told = await poller.poll()

    assert told.error is None
    assert [row.id for row in told.quarantined] == ["oai:arXiv.org:nonsense"]


@pytest.mark.parametrize("odd", [b"\x0c", b"\xff\xfe", b"\xef\xbf\xbf", b"\x00"])
async def test_a_character_that_xml_does_not_allow_costs_nothing_but_itself(odd: bytes) -> None:
    async with OaiServer(SIX) as server, harvesting(server) as poller:
        server.fault = altered(
            server, lambda body: body.encode().replace(b"subject 3 ", b"subj" + odd + b"ect 3 ")
        )
        told = await poller.poll()

    assert told.error is None
    assert set(told.ids) == ALL_SIX
    assert told.papers["2601.00003"].abstract.startswith("We study subj")


async def test_two_records_of_one_paper_are_one_of_the_list() -> None:
    twice: list[Listed] = [*SIX, SIX[0]]
    fault = answers(records_page(twice))
    async with OaiServer(fault=fault) as server, harvesting(server) as poller:
        told = await poller.poll()

    assert told.error is None
    assert set(told.ids) == ALL_SIX
