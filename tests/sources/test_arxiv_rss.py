"""The source of announcement feeds: what it asks for, what it yields, what it holds for current."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.feed_reading import Reading
from bot.core.polling import Mark
from bot.core.query.taxonomy import NAMES
from bot.settings import Settings
from bot.settings.tables import ArxivSettings
from bot.sources.arxiv_rss import ArxivRss
from bot.sources.gate import Gate
from tests.sources.faults import answers
from tests.sources.feed_polling import (
    FRIDAY,
    MONDAY,
    SATURDAY,
    SUNDAY,
    TUESDAY,
    dateless,
    feeding,
    listed,
    many,
    morning,
    next_day,
)
from tests.sources.feed_server import Announced, FeedServer
from tests.sources.polling import Told


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    async with FeedServer() as running:
        yield running


async def test_what_is_new_comes_without_dates_and_comment(server: FeedServer) -> None:
    server.announce(listed(1), listed(2))
    async with feeding(server) as poller:
        told = await poller.poll()
    assert told.papers == {"2601.00001": listed(1), "2601.00002": listed(2)}
    assert all(one.partial for one in told.papers.values())
    assert told.error is None


async def test_row_new_against_cross_a_new_paper_with_another_primary_category_is_no_less_news(
    server: FeedServer,
) -> None:
    server.announce(listed(1, "cs.LG", "cs.CL"), Announced(listed(2, "stat.ML", "cs.CL"), "cross"))
    async with feeding(server) as poller:
        told = await poller.poll("cs.CL")
    assert sorted(told.ids) == ["2601.00001", "2601.00002"]
    assert told.papers["2601.00001"].primary_category == "cs.LG"


async def test_row_v1_to_v2_a_replacement_comes_with_its_version(server: FeedServer) -> None:
    server.announce(Announced(listed(1, version=2), "replace"))
    server.announce(Announced(listed(2, "cs.LG", "cs.CL", version=3), "replace"))
    async with feeding(server) as poller:
        told = await poller.poll("cs.CL")
    assert {one.id: one.version for one in told.papers.values()} == {
        "2601.00001": 2,
        "2601.00002": 3,
    }


async def test_row_one_paper_in_three_feeds_is_the_same_paper_each_time(server: FeedServer) -> None:
    server.announce(listed(1, "cs.LG", "cs.AI", "cs.CV"))
    async with feeding(server) as poller:
        told = await poller.poll("cs.LG", "cs.AI", "cs.CV")
    assert sorted(server.paths) == ["cs.AI", "cs.CV", "cs.LG"]
    papers = [one for batch in told.batches for one in batch.papers]
    assert [*map(dateless, papers)] == [listed(1, "cs.LG", "cs.AI", "cs.CV")] * 3


@pytest.mark.parametrize("scope", ["cs.*", "*"])
async def test_only_leaf_categories_are_asked_for_never_an_archive(
    server: FeedServer, scope: str
) -> None:
    server.announce(listed(1, "cs.GL"))
    async with feeding(server) as poller:
        told = await poller.poll(scope)
    leaves = [name for path in server.paths for name in path.split("+")]
    assert sorted(leaves) == sorted(
        name for name in NAMES if scope == "*" or name.startswith("cs.")
    )
    assert set(told.ids) == {"2601.00001"}
    assert told.current == {scope}


async def test_beside_everything_no_other_scope_is_asked_for(server: FeedServer) -> None:
    async with feeding(server) as poller:
        told = await poller.poll("*", "cs.CL")
    assert told.current == {"*"}
    assert len(told.batches) == len(server.paths) + 1


async def test_a_paper_outside_of_the_scopes_is_only_named(server: FeedServer) -> None:
    other = listed(2, "math-ph")  # math.MP is its other name, and the feed holds both
    server.announce(listed(1, "math.MP", "math-ph"))
    server.announce(other)
    body = server.body(["math.MP", "math-ph"])
    server.fault = answers(body, kind="application/rss+xml")
    async with feeding(server) as poller:
        told = await poller.poll("math.MP")
    assert told.ids == ["2601.00001"]
    assert told.elsewhere == ["2601.00002"]


async def test_marks_ride_on_the_batch_of_their_group(server: FeedServer) -> None:
    server.announce(listed(1, "cs.CV"), listed(2, "cs.LG"))
    async with feeding(server) as poller:
        told = await poller.poll("cs.CV", "cs.LG")
    for batch in told.batches[:-1]:
        [leaf] = {mark.scope for mark in batch.marks}
        assert {mark.key for mark in batch.marks} == {"feed", "group"}
        assert all(leaf in one.categories for one in batch.papers)
    assert told.batches[-1].current == {"cs.CV", "cs.LG"}
    assert not told.batches[-1].marks


async def test_an_unchanged_feed_costs_one_small_answer_304(server: FeedServer) -> None:
    server.announce(*many(9))
    async with feeding(server) as poller:
        await poller.poll()
        again = await poller.poll()
    assert server.statuses == [200, 304]
    assert (again.ids, again.error) == ([], None)
    assert again.current == {"cs.CL"}
    assert {mark.key for mark in again.marks} == {"group"}


async def test_an_unchanged_feed_still_counts_as_read_by_a_batch_of_its_own(
    server: FeedServer,
) -> None:
    async with feeding(server) as poller:
        await poller.poll(now=morning(SUNDAY) - timedelta(days=7))
        again = await poller.poll(now=morning(SUNDAY) - timedelta(days=7))
    assert len(again.batches) >= 1
    assert again.error is None


async def test_a_feed_made_anew_later_that_day_is_read_again(server: FeedServer) -> None:
    server.announce(*many(9))
    async with feeding(server) as poller:
        await poller.poll()
        server.announce(listed(10))
        again = await poller.poll()
    assert server.statuses == [200, 200]
    assert "2601.00010" in again.ids


async def test_etag_lost_the_feed_is_read_whole_again(server: FeedServer) -> None:
    server.announce(*many(9))
    async with feeding(server) as poller:
        await poller.poll()
        server.etags = False
        again = await poller.poll()
        await poller.poll()
    assert server.statuses == [200, 200, 200]
    assert len(again.ids) == 9
    assert [("If-None-Match" in headers) for headers in server.seen] == [False, True, False]


async def test_the_date_of_a_feed_serves_where_it_has_no_etag(server: FeedServer) -> None:
    stamp = "Mon, 05 Jan 2026 05:00:03 GMT"

    async def dated(request: web.Request) -> web.StreamResponse:
        if request.headers.get("If-Modified-Since") == stamp:
            return web.Response(status=304)
        headers = {"Content-Type": "text/xml", "Last-Modified": stamp}
        return web.Response(body=server.body(["cs.CL"]), headers=headers)

    server.fault = dated
    server.announce(listed(1))
    async with feeding(server) as poller:
        assert (await poller.poll()).ids == ["2601.00001"]
        assert (await poller.poll()).error is None
    assert server.statuses == [200, 304]


async def test_another_set_of_categories_is_asked_for_without_conditions(
    server: FeedServer,
) -> None:
    async with feeding(server) as poller:
        await poller.poll("cs.CL", "cs.GL")
        await poller.poll("cs.CL")
        await poller.poll("cs.CL", "cs.GL")
    assert server.paths == ["cs.CL+cs.GL", "cs.CL", "cs.CL", "cs.GL"]
    assert server.statuses == [200, 200, 304, 200]


async def test_a_new_days_feed_is_asked_for_without_conditions(server: FeedServer) -> None:
    server.announce(*many(3))
    async with feeding(server) as poller:
        await poller.poll(now=morning(MONDAY))
        told = await poller.poll(now=next_day(server, listed(9, day=TUESDAY)))
    assert "If-None-Match" not in server.seen[-1]
    assert told.ids == ["2601.00009"]


async def test_small_categories_come_together_once_their_sizes_are_known(
    server: FeedServer,
) -> None:
    server.announce(*many(6, "math.AG"))
    async with feeding(server) as poller:
        await poller.poll("math.*", now=morning(MONDAY))
        first, server.paths = len(server.paths), []
        await poller.poll("math.*", now=morning(MONDAY))
        same, server.paths = len(server.paths), []
        await poller.poll("math.*", now=next_day(server, *many(7, "math.AG", first=9)))
    assert first > 1
    assert same == first, "the groups of a day stay together"
    assert len(server.paths) == 1


async def test_the_morning_after_an_announcement_the_scope_is_current(server: FeedServer) -> None:
    async with feeding(server) as poller:
        told = await poller.poll("cs.CL", "cs.GL", now=morning(MONDAY))
    assert told.current == {"cs.CL", "cs.GL"}


async def test_between_an_announcement_and_midnight_nothing_is_current(server: FeedServer) -> None:
    server.announce(listed(1))
    async with feeding(server) as poller:
        told = await poller.poll(now=datetime(2026, 1, 6, 2, tzinfo=UTC))  # Monday 21:00 Eastern
    assert (told.ids, told.current, told.error) == (["2601.00001"], frozenset(), None)


async def test_row_weekend_an_empty_feed_is_legitimate_and_tells_nothing_of_friday(
    server: FeedServer,
) -> None:
    server.today = SATURDAY
    async with feeding(server) as poller:
        told = await poller.poll(now=morning(SATURDAY))
    assert (told.error, told.current) == (None, frozenset())


async def test_row_weekend_what_was_read_on_friday_stays_current(server: FeedServer) -> None:
    server.today = FRIDAY
    server.announce(*many(9, day=FRIDAY))
    async with feeding(server) as poller:
        await poller.poll(now=morning(FRIDAY))
        saturday = await poller.poll(now=next_day(server))
        sunday = await poller.poll(now=next_day(server))
        sunday_again = await poller.poll(now=morning(SUNDAY))
    assert [saturday.error, sunday.error, sunday_again.error] == [None] * 3
    assert saturday.current == sunday.current == sunday_again.current == {"cs.CL"}
    assert server.statuses == [200, 200, 200, 304]


async def test_row_weekend_what_was_missed_on_friday_is_not_current(server: FeedServer) -> None:
    server.announce(*many(9))
    async with feeding(server) as poller:
        await poller.poll(now=morning(MONDAY))
        server.today = SATURDAY
        saturday = await poller.poll(now=morning(SATURDAY))
    assert (saturday.error, saturday.current) == (None, frozenset())


async def test_progress_is_reported_by_requests(server: FeedServer) -> None:
    seen: list[tuple[int, int]] = []
    async with feeding(server) as poller:
        assert isinstance(poller.source, ArxivRss)
        poller.source.on_progress = lambda done, of: seen.append((done, of))
        await poller.poll("cs.LG", "cs.CV")
    assert seen == [(0, 2), (1, 2), (2, 2)]


async def test_the_atom_form_is_read_where_the_address_asks_for_it() -> None:
    async with FeedServer(form="atom") as server:
        server.announce(listed(1), Announced(listed(2, version=2), "replace"))
        async with feeding(server) as poller:
            told = await poller.poll()
    papers = [dateless(one) for one in told.papers.values()]
    assert sorted(papers, key=lambda one: one.id) == [listed(1), listed(2, version=2)]
    assert told.current == {"cs.CL"}


async def test_check_tells_what_the_feed_holds(server: FeedServer) -> None:
    server.announce(*many(3))
    async with ArxivRss(server.url, None, Gate(0.0)) as source:
        [probe] = await source.check(())
    assert (probe.ok, probe.what) == (True, f"arXiv feeds {server.url}")
    assert probe.detail == "answers; 3 items in cs.CL on 2026-01-05"


async def test_check_tells_why_there_is_none(server: FeedServer) -> None:
    server.fault = answers("no", status=404)
    async with ArxivRss(server.url, None, Gate(0.0)) as source:
        [probe] = await source.check(())
    assert (probe.ok, probe.detail) == (False, "HTTP 404 Not Found")


async def test_the_source_is_there_only_where_the_configuration_names_an_address() -> None:
    def configured(rss_url: str | None) -> ArxivRss | None:
        chosen = ArxivSettings(api_url="http://127.0.0.1:1/api/query", rss_url=rss_url)
        return ArxivRss.from_settings(Settings(arxiv=chosen), Gate(0.0))

    assert configured(None) is None
    assert configured("") is None
    source = configured("http://127.0.0.1:1/rss")
    assert source is not None
    async with source:
        assert source.name == "arxiv_rss"


async def test_all_of_arxiv_is_read_in_feeds_that_can_be_believed(server: FeedServer) -> None:
    """A feed's title holds the names of all its categories, as one very long word."""
    server.announce(listed(1, "cs.GL"), listed(2, "math.KT"))
    async with feeding(server) as poller:
        for leaf in NAMES:
            mark = Mark(
                leaf, "feed", Reading(date(2026, 1, 2), "x", (1,)).to_json(), morning(MONDAY)
            )
            poller.ledger[leaf, "feed"] = mark
        told = await poller.poll("*", now=morning(MONDAY))
    assert told.error is None
    assert len(server.paths) == 4
    assert set(told.ids) == {"2601.00001", "2601.00002"}


SOME = ("cs.AI", "cs.CL", "cs.GL", "cs.LG", "stat.ML")
WORLD = [
    Announced(listed(n, *names), action)  # type: ignore[arg-type]  # drawn from its three values
    for n, (names, action) in enumerate(
        [
            (("cs.AI",), "new"),
            (("cs.LG", "stat.ML"), "new"),
            (("stat.ML", "cs.LG", "cs.AI"), "cross"),
            (("cs.GL",), "replace"),
            (("math.AG", "cs.CL"), "new"),
            (("cs.CL", "cs.GL"), "replace"),
        ],
        1,
    )
]


@settings(max_examples=15, deadline=None)
@given(st.fixed_dictionaries({leaf: st.integers(0, 1600) for leaf in SOME}))
def test_whatever_the_grouping_the_union_of_papers_is_the_same(sizes: dict[str, int]) -> None:
    async def poll() -> tuple[Told, int]:
        async with FeedServer() as server, feeding(server) as poller:
            server.announce(*WORLD)
            for leaf, size in sizes.items():
                reading = Reading(date(2026, 1, 2), "x", (size, 0))
                mark = Mark(leaf, "feed", reading.to_json(), morning(MONDAY))
                poller.ledger[leaf, "feed"] = mark
            return await poller.poll(*SOME), len(server.paths)

    told, asked = asyncio.run(poll())
    assert told.error is None
    papers = {one.id: dateless(one) for one in told.papers.values()}
    assert papers == {one.paper.id: one.paper for one in WORLD}
    assert 1 <= asked <= len(SOME)


async def test_recorded_days_every_item_of_each_arrives_exactly_once(recordings: Path) -> None:
    days = json.loads(gzip.decompress((recordings / "corpus/cs-cv-rss-days.json.gz").read_bytes()))
    async with FeedServer() as server, feeding(server) as poller:
        for recorded in days:
            server.today = date.fromisoformat(recorded["date"])
            rows = [_recorded(row, server.today) for row in recorded["papers"]]
            server.announce(*rows)
            told = await poller.poll("cs.CV", now=morning(server.today))
            again = await poller.poll("cs.CV", now=morning(server.today) + timedelta(hours=1))
            assert told.error is again.error is None
            assert sorted(told.ids) == sorted(row.paper.id for row in rows)
            assert again.ids == []
            replaced = {row.paper.id for row in rows if row.action == "replace"}
            assert {one.id for one in told.papers.values() if one.version > 1} == replaced
            assert told.current == {"cs.CV"}
    assert len(days) == 9
    assert set(server.statuses) == {200, 304}


def _recorded(row: dict[str, Any], day: date) -> Announced:
    """Make of a recorded row what arXiv announced; no versions were recorded."""
    action = row["announce_type"].removesuffix("-cross")
    version = 2 if action == "replace" else 1
    known = listed(1, *row["categories"], day=day, version=version)
    named = replace(known, id=row["arxiv_id"], title=row["title"], abstract=row["abstract"])
    return Announced(named, action)
