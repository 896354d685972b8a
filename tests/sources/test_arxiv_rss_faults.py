"""The feeds when arXiv misbehaves: what is doubtful advances nothing, what came is kept."""

import time
from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest
from aiohttp import web

from bot.core.arxiv_calendar import Calendar
from bot.core.errors import SourceError, SourceUnavailable, SuspectAnswer
from bot.core.feed_group import CAPPED
from bot.core.polling import Mark
from bot.demo.arxiv_server import ArxivServer
from bot.sources import feed_round
from bot.sources.arxiv_api import ArxivApi
from bot.sources.arxiv_rss import ArxivRss
from bot.sources.gate import Gate
from bot.sources.transfer import Limits
from tests.builders import paper
from tests.sources.faults import answers, dripping, hung_up, only, times
from tests.sources.feed_polling import (
    MONDAY,
    TUESDAY,
    feeding,
    listed,
    many,
    morning,
    next_day,
)
from tests.sources.feed_server import Announced, FeedServer, refusal, write
from tests.sources.polling import Poller

XML = "application/rss+xml; charset=utf-8"
WHOLE = write([Announced(listed(1))], ("cs.CL",), MONDAY)
BOMB = WHOLE.replace(b"<rss", b'<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa">]><rss', 1)


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    async with FeedServer() as running:
        yield running


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        pytest.param(answers(b"", kind=XML), "is empty", id="0-byte"),
        pytest.param(answers("Rate exceeded.", kind="text/plain"), "Rate exceeded", id="rate"),
        pytest.param(answers("<!DOCTYPE html><html></html>", kind="text/html"), "HTML", id="html"),
        pytest.param(answers("hello", kind="text/plain"), "'text/plain' instead", id="plain"),
        pytest.param(answers("<rdf:RDF/>", kind=XML), "is no RSS 2.0 feed", id="old-rdf"),
        pytest.param(answers(WHOLE[:-30], kind=XML), "does not end as it should", id="cut"),
        pytest.param(answers(BOMB, kind=XML), "declares a DTD", id="entity-bomb"),
        pytest.param(answers(WHOLE, status=500), "HTTP 500", id="http-500"),
        pytest.param(answers(WHOLE, status=503, Retry_After="9"), "HTTP 503", id="http-503"),
        pytest.param(answers(WHOLE, status=404), "HTTP 404", id="http-404"),
        pytest.param(answers(b"", status=304), "HTTP 304", id="304-unasked"),
        pytest.param(answers(WHOLE, status=400, kind=XML), "HTTP 400", id="http-400"),
        pytest.param(answers("no", status=400, kind="text/html"), "HTTP 400", id="http-400-html"),
        pytest.param(answers(b"x" * 300_000, kind=XML), "larger than", id="oversized"),
        pytest.param(dripping(0.01), "took longer than", id="slow"),
        pytest.param(hung_up, "the connection failed", id="hung-up"),
        pytest.param(
            answers(write([Announced(listed(1))], ("cs.CL",), date(2026, 1, 9)), kind=XML),
            "2026-01-09, which is still to come",
            id="of-the-future",
        ),
    ],
)
async def test_an_answer_that_is_no_feed_advances_nothing_and_the_next_poll_mends_it(
    server: FeedServer, fault: object, reason: str
) -> None:
    server.announce(listed(1))
    server.fault = fault  # type: ignore[assignment]  # a Fault, drawn from the table
    async with feeding(server, limits=Limits(size=200_000, seconds=0.2)) as poller:
        failed = await poller.poll(patience=0.4)
        assert not failed.batches
        assert failed.error is not None
        assert reason in str(failed.error)
        assert "the feeds of 1 of 1 categories could not be believed: cs.CL" in str(failed.error)
        if "503" not in reason:  # which holds the gate for nine seconds
            server.fault = None
            assert (await poller.poll()).ids == ["2601.00001"]


async def test_what_fails_once_is_asked_again_within_patience(server: FeedServer) -> None:
    server.announce(listed(1))
    server.fault = times(2, answers("", status=500))
    async with feeding(server) as poller:
        told = await poller.poll()
    assert (told.ids, told.error) == (["2601.00001"], None)
    assert server.statuses == [500, 500, 200]


async def test_too_many_requests_are_no_refusal_whatever_their_status(server: FeedServer) -> None:
    server.announce(listed(1))
    server.fault = times(1, answers("Rate exceeded.", status=400, kind="text/plain"))
    async with feeding(server) as poller:
        told = await poller.poll()
    assert (told.ids, told.error) == (["2601.00001"], None)


async def test_a_group_that_fails_leaves_the_others_alone(server: FeedServer) -> None:
    server.announce(listed(1, "cs.CV"), listed(2, "cs.LG"))
    broken = only(lambda request: "cs.CV" in request.path, answers("", status=500))
    server.fault = broken
    async with feeding(server) as poller:
        told = await poller.poll("cs.CV", "cs.LG")
    assert told.ids == ["2601.00002"]
    assert told.current == {"cs.LG"}
    assert type(told.error) is SourceUnavailable
    assert "1 of 2 categories could not be believed: cs.CV (HTTP 500" in str(told.error)


async def test_once_patience_is_spent_the_rest_is_left_to_the_next_poll(
    server: FeedServer,
) -> None:
    server.fault = dripping(0.01)
    async with feeding(server, limits=Limits(seconds=0.1)) as poller:
        began = time.monotonic()
        told = await poller.poll("*", patience=0.3)
    assert time.monotonic() - began == pytest.approx(0.3)
    assert "155 of 155 categories" in str(told.error)
    assert "and 150 more" in str(told.error)
    assert len(server.paths) < 5


async def test_how_long_arxiv_asks_to_wait_is_told(server: FeedServer) -> None:
    server.fault = answers("", status=429, Retry_After="120")
    async with feeding(server) as poller:
        told = await poller.poll("cs.CV", "cs.LG")
    assert isinstance(told.error, SourceUnavailable)
    assert told.error.retry_after == 120


async def test_a_pause_that_the_feeds_ask_for_stops_no_source_that_asks_another_host(
    server: FeedServer,
) -> None:
    server.fault = answers("", status=503, Retry_After="120")
    gate = Gate(0.0)
    async with (
        ArxivServer([paper(1)]) as api,
        ArxivRss(server.url, None, gate) as feeds,
        ArxivApi(api.url, None, gate) as source,
    ):
        assert (await Poller(feeds).poll()).error is not None
        told = await Poller(source).poll()
    assert (told.ids, told.error) == (["2601.00001"], None)


async def test_a_malformed_item_is_quarantined_by_name_and_the_rest_is_kept(
    server: FeedServer,
) -> None:
    server.announce(listed(1), listed(2))
    body = server.body(["cs.CL"]).replace(b"<title>A Study of Subject 1</title>", b"")
    server.fault = answers(body, kind=XML)
    async with feeding(server) as poller:
        told = await poller.poll()
    assert told.ids == ["2601.00002"]
    assert [(row.id, row.error) for row in told.quarantined] == [
        ("2601.00001", "the item has no title")
    ]
    assert (told.current, told.error) == (frozenset({"cs.CL"}), None)


async def test_a_category_that_arxiv_refuses_does_not_stop_those_asked_with_it(
    server: FeedServer,
) -> None:
    server.announce(listed(1, "cs.GL"), listed(2, "math.GM"))
    async with feeding(server) as poller:
        told = await poller.poll("cs.GL", "gone.XX", "math.GM")
    assert sorted(told.ids) == ["2601.00001", "2601.00002"]
    assert told.current == {"cs.GL", "math.GM"}
    assert type(told.error) is SourceError
    assert "gone.XX (arXiv refuses the question: Bad subject class 'gone.XX'.)" in str(told.error)


async def test_a_refusal_that_comes_with_status_200_is_one_too(server: FeedServer) -> None:
    server.fault = answers(refusal("Bad archive."), kind=XML)
    async with feeding(server) as poller:
        told = await poller.poll()
    assert not told.batches
    assert "Bad archive." in str(told.error)


async def test_row_feed_stale_for_one_category_under_a_fresh_date(server: FeedServer) -> None:
    server.announce(*many(8, "cs.CL"), *many(8, "cs.AI", first=20))
    async with feeding(server) as poller:
        await poller.poll("cs.AI", "cs.CL", now=morning(MONDAY))
        now = next_day(server, *many(3, "cs.CL", first=40), *many(3, "cs.AI", first=50))
        server.stale, server.built = {"cs.CL": MONDAY}, 1
        stale = await poller.poll("cs.AI", "cs.CL", now=now)
        assert server.paths == ["cs.AI+cs.CL"] * 2
        assert len(stale.ids) == 11, "what came is kept"
        assert {(mark.scope, mark.key) for mark in stale.marks} == {("cs.AI", "feed")}
        assert stale.current == {"cs.AI"}
        assert type(stale.error) is SuspectAnswer
        assert "cs.CL (the items are the same as on 2026-01-05)" in str(stale.error)
        server.stale = {}
        mended = await poller.poll("cs.AI", "cs.CL", now=now + timedelta(hours=1))
    assert "If-None-Match" not in server.seen[-1]
    assert {"2601.00040", "2601.00041", "2601.00042"} <= set(mended.ids)
    assert (mended.current, mended.error) == (frozenset({"cs.AI", "cs.CL"}), None)


async def test_row_feed_stale_as_a_whole_is_that_of_the_day_before(server: FeedServer) -> None:
    server.announce(*many(8))
    async with feeding(server) as poller:
        told = await poller.poll(now=morning(TUESDAY))
    assert len(told.ids) == 8
    assert (told.marks, told.current) == ((), frozenset())
    assert type(told.error) is SuspectAnswer
    assert "cs.CL (the feed is still that of 2026-01-05)" in str(told.error)


async def test_row_feed_stale_by_the_days_that_its_items_bear(server: FeedServer) -> None:
    server.today = TUESDAY
    server.announce(*(Announced(one, bears=MONDAY) for one in many(8)))
    async with feeding(server) as poller:
        told = await poller.poll(now=morning(TUESDAY))
    assert len(told.ids) == 8
    assert told.marks == ()
    assert "the items are still those of 2026-01-05" in str(told.error)


async def test_feed_empty_although_much_is_usual_is_suspect(server: FeedServer) -> None:
    server.announce(*many(25), *many(2, "cs.GL", first=60))
    async with feeding(server) as poller:
        await poller.poll("cs.CL", "cs.GL", now=morning(MONDAY))
        empty = await poller.poll("cs.CL", "cs.GL", now=next_day(server))
    assert empty.current == {"cs.GL"}
    assert type(empty.error) is SuspectAnswer
    assert "1 of 2 categories" in str(empty.error)
    assert "cs.CL (nothing, although there were never fewer than 25)" in str(empty.error)


async def test_feed_empty_when_its_day_has_just_begun_is_judged_later(server: FeedServer) -> None:
    server.announce(*many(25))
    async with feeding(server) as poller:
        await poller.poll(now=morning(MONDAY))
        noon = next_day(server)
        early = await poller.poll(now=noon - timedelta(hours=6, minutes=55))  # 00:05 Eastern
        late = await poller.poll(now=noon)
    assert early.error is None
    assert server.statuses == [200, 200, 200], "what is empty is not taken for unchanged"
    assert "nothing, although there were never fewer than 25" in str(late.error)


async def test_feed_empty_of_a_category_never_read_before_is_accepted(server: FeedServer) -> None:
    async with feeding(server) as poller:
        told = await poller.poll()
    assert (told.current, told.error) == (frozenset({"cs.CL"}), None)


async def test_row_holiday_an_empty_feed_is_legitimate(server: FeedServer) -> None:
    holiday = Calendar({2026: frozenset({MONDAY})})
    server.announce(*many(8))
    async with feeding(server, calendar=holiday) as poller:
        first = await poller.poll(now=morning(MONDAY))
        tuesday = await poller.poll(now=next_day(server))
    assert first.error is tuesday.error is None
    assert tuesday.current == {"cs.CL"}, "nothing was announced since Monday's feed"


async def test_a_day_whose_feed_nobody_read_is_told_once_and_todays_is_kept(
    server: FeedServer,
) -> None:
    async with feeding(server) as poller:
        server.announce(*many(8), *many(2, "cs.GL", first=30))
        await poller.poll("cs.CL", "cs.GL", now=morning(MONDAY))
        next_day(server, *many(8, first=100, day=TUESDAY))  # and nobody polls
        now = next_day(server, *many(8, first=200), *many(2, "cs.GL", first=300))
        told = await poller.poll("cs.CL", "cs.GL", now=now)
        again = await poller.poll("cs.CL", "cs.GL", now=now + timedelta(hours=1))
    assert type(told.error) is SourceError
    assert str(told.error) == (
        "the feed of Tue 6 Jan was never read for cs.CL, cs.GL; papers of that day come by the "
        "other sources"
    )
    assert len(told.ids) == 10, "what came is kept"
    assert told.current == {"cs.CL", "cs.GL"}
    assert again.error is None


@pytest.mark.parametrize(
    ("days", "spelled"),
    [
        (3, "Tue 6 Jan and Wed 7 Jan"),
        (7, "Tue 6 Jan, Wed 7 Jan, Thu 8 Jan and Fri 9 Jan"),
        (35, "24 days from Tue 6 Jan to Fri 6 Feb"),
    ],
)
async def test_days_that_nobody_read_are_named_without_the_weekends(
    server: FeedServer, days: int, spelled: str
) -> None:
    async with feeding(server) as poller:
        await poller.poll(now=morning(MONDAY))
        server.today += timedelta(days=days)
        told = await poller.poll(now=morning(server.today))
    assert f"the feed of {spelled} was never read for cs.CL; papers of those days" in str(
        told.error
    )


async def test_a_day_whose_feed_was_only_doubted_is_told_as_never_read(server: FeedServer) -> None:
    async with feeding(server) as poller:
        server.announce(*many(25))
        await poller.poll(now=morning(MONDAY))
        await poller.poll(now=next_day(server))
        told = await poller.poll(now=next_day(server, *many(8, first=200)))
    assert "the feed of Tue 6 Jan was never read" in str(told.error)


async def test_on_a_weekend_and_over_a_holiday_no_day_is_missed(server: FeedServer) -> None:
    holiday = Calendar({2026: frozenset({TUESDAY})})  # none on Tuesday evening
    async with feeding(server, calendar=holiday) as poller:
        server.today = TUESDAY
        assert (await poller.poll(now=morning(TUESDAY))).error is None
        server.today += timedelta(days=2)
        assert (await poller.poll(now=morning(server.today))).error is None
        server.today += timedelta(days=1)
        assert (await poller.poll(now=morning(server.today))).error is None
        server.today += timedelta(days=3)
        assert (await poller.poll(now=morning(server.today))).error is None


async def test_a_missed_day_beside_a_failure_that_may_pass_is_told_with_it(
    server: FeedServer,
) -> None:
    async with feeding(server) as poller:
        server.announce(*many(8), *many(8, "cs.LG", first=30))
        await poller.poll("cs.CL", "cs.LG", now=morning(MONDAY))
        server.today += timedelta(days=1)
        now = next_day(server, *many(8, first=200), *many(8, "cs.LG", first=300))
        server.stale = {"cs.LG": MONDAY}
        told = await poller.poll("cs.CL", "cs.LG", now=now)
    assert type(told.error) is SourceError
    assert "cs.LG (the items are the same as on 2026-01-05); the feed of Tue 6 Jan was" in str(
        told.error
    )


@pytest.mark.slow
async def test_row_2000_cap_a_group_of_2300_items_is_asked_again_in_halves(
    server: FeedServer,
) -> None:
    server.announce(*many(1150, "cs.AI"), *many(1150, "cs.CL", first=2000))
    async with feeding(server, limits=Limits(seconds=30)) as poller:
        told = await poller.poll("cs.AI", "cs.CL", now=morning(MONDAY))
        assert server.paths == ["cs.AI+cs.CL", "cs.AI", "cs.CL"]
        assert not told.batches[0].marks
        assert len(told.papers) == 2300
        assert (told.current, told.error) == (frozenset({"cs.AI", "cs.CL"}), None)
        server.paths.clear()
        await poller.poll("cs.AI", "cs.CL", now=next_day(server, *many(9, day=TUESDAY)))
    assert server.paths == ["cs.AI", "cs.CL"], "what was learned of their sizes stays"


async def test_row_2000_cap_new_papers_that_arxiv_drops_from_a_single_category_are_warned_of(
    server: FeedServer,
) -> None:
    replaced = [Announced(one, "replace") for one in many(2000, "cs.LG")]
    server.announce(*replaced, *many(300, "cs.LG", first=9000), listed(8000, "cs.CV"))
    async with feeding(server, limits=Limits(seconds=30)) as poller:
        told = await poller.poll("cs.CV", "cs.LG")
    assert len(told.ids) == 2001, "what came is kept"
    assert "2601.09000" not in told.ids
    assert {mark.scope for mark in told.marks} == {"cs.CV"}
    assert told.current == {"cs.CV"}
    assert type(told.error) is SourceError
    assert (
        "cs.LG (2000 items: arXiv cuts a feed at 2,000 and drops new papers first, so some may be "
        "missing here)"
    ) in str(told.error)


async def test_row_2000_cap_is_doubted_from_1900_items_on(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert CAPPED == 1_900
    monkeypatch.setattr(feed_round, "CAPPED", 19)  # as so many items take a second to read
    server.announce(*many(18, "cs.LG"))
    async with feeding(server) as poller:
        assert (await poller.poll("cs.LG")).error is None
        server.announce(listed(9000, "cs.LG"))
        assert "19 items" in str((await poller.poll("cs.LG")).error)


async def test_failures_of_different_kinds_end_as_what_may_not_pass_by_itself(
    server: FeedServer,
) -> None:
    server.announce(listed(1, "cs.CV"))
    gone = only(lambda request: "cs.LG" in request.path, answers("", status=404))
    server.fault = gone
    async with feeding(server) as poller:
        told = await poller.poll("cs.CV", "cs.LG", now=morning(TUESDAY))
    assert type(told.error) is SourceError
    assert "2 of 2 categories" in str(told.error)


async def test_marks_that_make_no_sense_are_as_good_as_none(server: FeedServer) -> None:
    server.announce(listed(1))
    async with feeding(server) as poller:
        for key in ("feed", "group"):
            poller.ledger["cs.CL", key] = Mark("cs.CL", key, "{", morning(MONDAY))
        told = await poller.poll()
    assert (told.ids, told.error) == (["2601.00001"], None)


async def test_a_poll_that_lasts_beyond_midnight_may_meet_tomorrows_feed(
    server: FeedServer,
) -> None:
    server.today = TUESDAY
    server.announce(listed(1, day=TUESDAY))
    async with feeding(server) as poller:
        told = await poller.poll(now=morning(MONDAY))
    assert (told.ids, told.error) == (["2601.00001"], None)


async def test_a_server_that_says_unchanged_for_ever_is_asked_anew_each_day(
    server: FeedServer,
) -> None:
    async def unchanged(request: web.Request) -> web.StreamResponse | None:
        return web.Response(status=304) if "If-None-Match" in request.headers else None

    server.fault = unchanged
    server.announce(*many(8))
    async with feeding(server) as poller:
        await poller.poll(now=morning(MONDAY))
        await poller.poll(now=morning(MONDAY))
        told = await poller.poll(now=next_day(server, listed(90, day=TUESDAY)))
    assert server.statuses == [200, 304, 200]
    assert told.ids == ["2601.00090"]
