"""The loopback arXiv answers as the genuine one does."""

import gzip
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bot.core.model import Paper
from bot.demo.arxiv_server import ArxivServer
from bot.demo.atom import Schema
from bot.sources.atom import Page, parse_page
from tests.builders import NOON, paper

ATOM = "{http://www.w3.org/2005/Atom}"
PAPERS = [
    paper(
        n,
        published=NOON - timedelta(hours=n),
        updated=NOON - timedelta(hours=n) + timedelta(days=n % 3),
        categories=("cs.CL",) if n % 2 else ("cs.AI", "math.CO"),
        primary_category="cs.CL" if n % 2 else "cs.AI",
    )
    for n in range(1, 61)
]


@pytest.fixture
async def server() -> AsyncIterator[ArxivServer]:
    async with ArxivServer(PAPERS) as running:
        yield running


async def ask(server: ArxivServer, **parameters: str | int) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(server.url, params=parameters)


async def page(server: ArxivServer, **parameters: str | int) -> Page:
    response = await ask(server, **({"max_results": 2000} | parameters))
    assert response.status_code == 200
    return parse_page(response.content)


def numbers(papers: Sequence[Paper]) -> list[int]:
    return [int(one.id.partition(".")[2]) for one in papers]


async def test_it_listens_on_loopback_at_arxivs_path(server: ArxivServer) -> None:
    assert server.url.startswith("http://127.0.0.1:")
    assert server.url.endswith("/api/query")


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("cat:cs.CL", {n for n in range(1, 61) if n % 2}),
        ("cat:cs.*", set(range(1, 61))),
        ("cat:math.*", {n for n in range(1, 61) if not n % 2}),
        ("(cat:math.CO OR cat:cs.CL)", set(range(1, 61))),
        ("cat:hep-th", set()),
        ("submittedDate:[202601051000 TO 202601051100]", {1, 2}),
        ("cat:cs.CL AND submittedDate:[202601051000 TO 202601051100]", {1}),
        ("submittedDate:[202601051000 TO 202601051100] AND (cat:cs.AI OR cat:hep-th)", {2}),
    ],
)
async def test_it_finds_categories_families_and_windows(
    server: ArxivServer, query: str, wanted: set[int]
) -> None:
    found = await page(server, search_query=query)
    assert set(numbers(found.papers)) == wanted
    assert found.total == len(wanted)


async def test_windows_include_both_ends_to_the_minute(server: ArxivServer) -> None:
    server.papers = [
        paper(n, published=datetime(2026, 1, 5, 10, minute, second, tzinfo=UTC))
        for n, (minute, second) in enumerate([(29, 59), (30, 0), (31, 59), (32, 0)], 1)
    ]
    found = await page(server, search_query="submittedDate:[202601051030 TO 202601051031]")
    assert set(numbers(found.papers)) == {2, 3}


@pytest.mark.parametrize(
    ("sort", "order", "first"),
    [
        ("submittedDate", "descending", [1, 2, 3]),
        ("submittedDate", "ascending", [60, 59, 58]),
        ("lastUpdatedDate", "descending", [2, 5, 8]),
        ("relevance", "descending", [1, 2, 3]),
    ],
)
async def test_it_sorts_as_asked(
    server: ArxivServer, sort: str, order: str, first: list[int]
) -> None:
    found = await page(server, search_query="cat:cs.*", sortBy=sort, sortOrder=order, max_results=3)
    assert numbers(found.papers) == first
    assert found.total == 60


async def test_it_pages_and_gives_ten_rows_unless_told(server: ArxivServer) -> None:
    asked = {"search_query": "cat:cs.*", "sortBy": "submittedDate"}
    assert numbers((await page(server, **asked, start=55, max_results=10)).papers) == [
        *range(56, 61)
    ]
    beyond = await page(server, **asked, start=100)
    assert (beyond.rows, beyond.total) == (0, 60)
    assert parse_page((await ask(server, **asked)).content).rows == 10


async def test_an_id_list_gives_what_is_known_and_leaves_out_what_is_not(
    server: ArxivServer,
) -> None:
    known = [f"2601.{n:05d}" for n in range(60, 0, -2)]
    mixed = [
        name
        for pair in zip(known, [f"2601.{n:05d}v2" for n in range(100, 130)], strict=True)
        for name in pair
    ]
    assert len(mixed) == 60
    found = await page(server, id_list=",".join(mixed))
    assert [one.id for one in found.papers] == known
    assert found.total == 30
    assert parse_page((await ask(server, id_list=",".join(mixed))).content).rows == 10


async def test_only_what_is_announced_by_now_is_served(server: ArxivServer) -> None:
    server.now = NOON - timedelta(hours=10)
    server.announced = {"2601.00001": NOON - timedelta(hours=11), "2601.00020": NOON}
    served = set(numbers((await page(server, search_query="cat:cs.*")).papers))
    assert served == {1, *range(10, 61)} - {20}


async def test_papers_are_replaced_at_will_and_questions_kept(server: ArxivServer) -> None:
    server.papers = [paper(77)]
    assert numbers((await page(server, search_query="cat:cs.CL")).papers) == [77]
    assert server.requests == [{"search_query": "cat:cs.CL", "max_results": "2000"}]


@pytest.mark.parametrize("schema", ["new", "old"])
@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"id_list": "abc"}, "incorrect id format for abc"),
        ({}, "search_query or id_list"),
        ({"search_query": "cat:"}, "incorrect search_query"),
        ({"search_query": "cat:cs.CL AND"}, "incorrect search_query"),
        ({"search_query": "submittedDate:[202613010000 TO 202601010000]"}, "incorrect date"),
        ({"search_query": "cat:cs.CL", "max_results": "-1"}, "max_results"),
        ({"search_query": "cat:cs.CL", "max_results": "2001"}, "max_results"),
        ({"search_query": "cat:cs.CL", "start": "x"}, "start"),
        ({"search_query": "cat:cs.CL", "start": "30000"}, "start"),
        ({"search_query": "cat:cs.CL", "sortBy": "date"}, "sortBy"),
        ({"search_query": "cat:cs.CL", "sortOrder": "down"}, "sortOrder"),
    ],
)
async def test_a_bad_question_gets_status_400_and_an_error_entry(
    server: ArxivServer, schema: Schema, parameters: dict[str, str], told: str
) -> None:
    server.schema = schema
    response = await ask(server, **parameters)
    assert response.status_code == 400
    entry = ET.fromstring(response.content).find(f"{ATOM}entry")
    assert entry is not None
    assert entry.findtext(f"{ATOM}title") == "Error"
    assert "/api/errors#" in (entry.findtext(f"{ATOM}id") or "")
    assert told in (entry.findtext(f"{ATOM}summary") or "")


async def test_it_packs_only_for_those_who_take_gzip(server: ArxivServer) -> None:
    for coding, packed in (("gzip", True), ("identity", False)):
        async with (
            httpx.AsyncClient(trust_env=False) as client,
            client.stream(
                "GET",
                f"{server.url}?search_query=cat:cs.CL",
                headers={"Accept-Encoding": coding},
            ) as response,
        ):
            raw = b"".join([chunk async for chunk in response.aiter_raw()])
        assert (response.headers.get("Content-Encoding") == "gzip") is packed
        assert (gzip.decompress(raw) if packed else raw).startswith(b"<?xml")


async def test_the_old_schema_differs_as_arxivs_did(server: ArxivServer) -> None:
    server.papers = [paper(1, title="A title that is long enough to be wrapped " * 3)]
    new = (await ask(server, search_query="cat:cs.CL")).text
    server.schema = "old"
    old = (await ask(server, search_query="cat:cs.CL")).text

    assert '<arxiv:primary_category term="cs.CL"/>' in new
    assert 'term="cs.CL" scheme=' in old.partition("primary_category")[2]
    assert "T00:00:00-05:00</updated>" in old
    title = old.partition("<entry>")[2].partition("<title>")[2].partition("</title>")[0]
    assert "\n  " in title
    assert parse_page(new.encode()).papers == parse_page(old.encode()).papers


async def test_it_can_be_left_without_being_entered() -> None:
    await ArxivServer().__aexit__(None, None, None)
