"""Asking arXiv for all that somebody wrote."""

import gzip
from collections.abc import Sequence
from typing import Any

import pytest
from aiohttp import web

from bot.core.errors import SourceError, SuspectAnswer
from bot.core.model import Paper
from bot.core.query import from_authors
from bot.demo.arxiv_server import ArxivServer
from bot.sources.arxiv_authors import ArxivAuthors
from bot.sources.author_question import search_for
from bot.sources.gate import Gate
from bot.sources.slices import Paging
from tests.builders import NOON, paper
from tests.sources.faults import answers

SMALL = Paging(rows=15, reach=60)


def by(*authors: str, number: int = 1, **changes: Any) -> Paper:
    return paper(number, authors=authors, **changes)


async def ids_of(
    server: ArxivServer,
    name: str = "Peiyang Liu",
    categories: tuple[str, ...] = (),
    paging: Paging = SMALL,
) -> list[str]:
    """Ask, and give the ids as they came, each once."""
    found: dict[str, None] = {}
    await into(found, server, name, categories, paging)
    return list(found)


async def into(
    found: dict[str, None],
    server: ArxivServer,
    name: str = "Peiyang Liu",
    categories: tuple[str, ...] = (),
    paging: Paging = SMALL,
) -> None:
    """Ask, and keep the ids as they come, also those before an error."""
    async with ArxivAuthors(server.url, "test@example.org", Gate(0.0)) as source:
        pages = source.wrote(from_authors([name]), categories, patience=0.2, paging=paging)
        async for page in pages:
            found |= dict.fromkeys(one.id for one in page)


@pytest.mark.parametrize(
    ("name", "search"),
    [
        ("Peiyang Liu", "au:peiyang_liu"),
        ("Liu, Peiyang", "au:peiyang_liu"),
        ("liu_p", "au:liu_p"),
        ("P. Liu", "au:liu_p"),
        ("A. Del Maestro", "au:maestro_del_a"),
        ("Guo-Jun Qi", "(au:guo_jun_qi OR au:guojun_qi)"),
        ("Paul Erdős", "au:erdos_paul"),
        ("Plato", "au:plato"),
    ],
)
def test_a_name_is_asked_for_by_its_words(name: str, search: str) -> None:
    assert search_for(from_authors([name]).expression) == search


def test_categories_narrow_and_common_names_are_asked_for_together() -> None:
    person = from_authors(["Li, Wei"]).expression
    assert search_for(person, ("cs.CL",)) == "au:wei_li AND cat:cs.CL"
    wide = search_for(person, ("cs.*", "math.AG"), together=True)
    assert wide == '(au:"wei li" OR au:"li wei") AND (cat:cs.* OR cat:math.AG)'
    assert search_for(from_authors(["Plato"]).expression, together=True) == "au:plato"


async def test_all_pages_are_read_and_others_papers_are_left_out() -> None:
    own = [by("Ann Other", "Peiyang Liu", number=n) for n in range(1, 41)]
    others = [by("Peiyang Chen", "Wei Liu", number=n) for n in range(41, 51)]
    async with ArxivServer(papers=[*own, *others]) as server:
        found = await ids_of(server)
    assert sorted(found) == [one.id for one in own]
    assert all(request["sortBy"] == "submittedDate" for request in server.requests)
    assert [request["start"] for request in server.requests][:3] == ["0", "5", "10"]


async def test_only_papers_in_the_categories_are_asked_for() -> None:
    papers = [by("Peiyang Liu"), by("Liu Peiyang", number=2, categories=("math.AG",))]
    async with ArxivServer(papers=papers) as server:
        assert await ids_of(server, categories=("cs.CL",)) == ["2601.00001"]
        assert set(await ids_of(server)) == {"2601.00001", "2601.00002"}


async def test_a_common_name_is_asked_for_in_fewer_forms() -> None:
    crowd = [by("Wei Zhao", "Ling Li", number=n) for n in range(1, 70)]
    own = [by("Wei Li", number=n) for n in range(101, 121)]
    async with ArxivServer(papers=[*crowd, *own]) as server:
        assert sorted(await ids_of(server, "Wei Li")) == [one.id for one in own]
    assert server.requests[0]["search_query"] == "au:wei_li"
    assert server.requests[1]["search_query"] == '(au:"wei li" OR au:"li wei")'


async def test_more_than_arxiv_gives_is_told_after_what_it_gives() -> None:
    papers = [by("Wei Li", number=n) for n in range(1, 90)]
    found: dict[str, None] = {}
    async with ArxivServer(papers=papers) as server:
        with pytest.raises(SourceError, match=r"counts 89 papers .* newest 60: .*--category"):
            await into(found, server, "Wei Li")
    assert len(found) == 60


async def test_nobody_wrote_nothing() -> None:
    async with ArxivServer() as server:
        assert await ids_of(server) == []
    assert len(server.requests) == 1


async def test_papers_that_change_places_between_pages_are_found() -> None:
    papers = [by("Peiyang Liu", number=n, published=NOON) for n in range(1, 31)]

    async def swap(request: web.Request) -> web.StreamResponse | None:
        server.papers = papers if request.query["start"] == "0" else _turned(papers, 14, 16)
        return None

    async with ArxivServer(papers=papers) as server:
        server.fault = swap
        assert len(await ids_of(server)) == 30


def _turned(papers: Sequence[Paper], one: int, other: int) -> list[Paper]:
    """Let two papers change places."""
    turned = list(papers)
    turned[one], turned[other] = turned[other], turned[one]
    return turned


async def test_a_count_of_papers_that_do_not_come_is_told() -> None:
    papers = [by("Peiyang Liu", number=n) for n in range(1, 21)]

    async def forgetful(request: web.Request) -> web.StreamResponse | None:
        if request.query["start"] == "0":
            return None
        answer = server.answer(request)
        body = server.answer(request.clone(rel_url=request.rel_url.update_query(start="99"))).body
        assert body != answer.body
        return web.Response(body=_unpacked(body), content_type="application/atom+xml")

    async with ArxivServer(papers=papers) as server:
        server.fault = forgetful
        with pytest.raises(SuspectAnswer, match="15 of 20 papers came"):
            await ids_of(server)


def _unpacked(body: object) -> bytes:
    assert isinstance(body, bytes)
    return gzip.decompress(body)


async def test_more_papers_than_arxiv_counts_are_doubted() -> None:
    async def miscounting(request: web.Request) -> web.StreamResponse:
        body = _unpacked(server.answer(request).body)
        return web.Response(body=body.replace(b">2</opensearch:total", b">1</opensearch:total"))

    async with ArxivServer(papers=[by("Peiyang Liu", number=n) for n in (1, 2)]) as server:
        server.fault = miscounting
        with pytest.raises(SuspectAnswer, match="2 papers on the page, though 1 in all"):
            await ids_of(server)


@pytest.mark.parametrize(
    ("body", "told"),
    [(b"", "empty"), (b"<html>", "HTML"), (b"Rate exceeded.", "Rate exceeded")],
)
async def test_what_is_no_answer_is_told(body: bytes, told: str) -> None:
    async with ArxivServer(fault=answers(body)) as server:
        with pytest.raises(SourceError, match=told):
            await ids_of(server)
