"""A body that is read while it arrives: piece by piece, by the same rules as one that is not."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from bot.core.errors import SourceUnavailable, SuspectAnswer
from bot.demo.arxiv_server import ArxivServer, Fault
from bot.sources.gate import Gate
from bot.sources.transfer import Arriving, Limits, ServiceBusy, make_client, opened
from tests.sources.faults import answers, dripping, hung_up

BODY = bytes(range(256)) * 2_000


@asynccontextmanager
async def arriving(
    fault: Fault, *, gate: Gate | None = None, limits: Limits | None = None
) -> AsyncIterator[Arriving]:
    async with (
        ArxivServer(fault=fault) as server,
        make_client(None, accept="text/xml") as client,
        opened(client, gate or Gate(0.0), httpx.URL(server.url), limits or Limits()) as answer,
    ):
        yield answer


@pytest.mark.parametrize("packed", [True, False])
async def test_the_pieces_are_the_body_and_none_is_large(*, packed: bool) -> None:
    fault = answers(gzip.compress(BODY), Content_Encoding="gzip") if packed else answers(BODY)
    async with arriving(fault) as answer:
        pieces = [piece async for piece in answer.pieces]
    assert answer.status == 200
    assert b"".join(pieces) == BODY
    assert max(map(len, pieces)) <= 256 * 1024
    if packed:
        assert max(map(len, pieces)) <= 64 * 1024


async def sizes(fault: Fault, seen: list[int], limits: Limits | None = None) -> None:
    """Read a body, and note the size of each piece."""
    async with arriving(fault, limits=limits) as answer:
        async for piece in answer.pieces:
            seen.append(len(piece))  # noqa: PERF401  # those before a failure count


async def test_a_bomb_is_noticed_before_it_is_unpacked() -> None:
    bomb = gzip.compress(bytes(100_000_000), 9)
    seen: list[int] = []
    with pytest.raises(SourceUnavailable, match="larger than 200000 bytes"):
        await sizes(answers(bomb, Content_Encoding="gzip"), seen, Limits(size=200_000))
    assert sum(seen) <= 200_000


async def test_what_came_before_a_stream_is_cut_short_is_given() -> None:
    packed = gzip.compress(BODY * 4, 1)
    seen: list[int] = []
    with pytest.raises(SuspectAnswer, match="cut short"):
        await sizes(answers(packed[:-100], Content_Encoding="gzip"), seen)
    assert sum(seen) > 0


async def test_what_the_caller_does_in_between_takes_none_of_its_time() -> None:
    packed = gzip.compress(BODY, 1)
    limits = Limits(seconds=0.5)
    async with arriving(answers(packed, Content_Encoding="gzip"), limits=limits) as answer:
        count = 0
        async for piece in answer.pieces:
            count += len(piece)
            await asyncio.sleep(0.1)
    assert count == len(BODY)


async def test_a_drip_is_ended_though_each_drop_comes_in_time() -> None:
    with pytest.raises(SourceUnavailable, match=r"longer than 0\.3 s"):
        await sizes(dripping(0.05), [], Limits(seconds=0.3))


async def test_nobody_else_asks_while_a_body_arrives() -> None:
    gate = Gate(0.0)

    async def another() -> None:
        async with gate.turn(""):
            pass

    async with arriving(answers(BODY), gate=gate) as answer:
        other = asyncio.create_task(another())
        await asyncio.sleep(0.02)
        assert not other.done()
        async for _ in answer.pieces:
            pass
    await asyncio.wait_for(other, 1)


async def test_a_caller_that_leaves_early_leaves_the_gate_open() -> None:
    gate = Gate(0.0)
    async with arriving(answers(BODY), gate=gate) as answer:
        await anext(answer.pieces)
    async with asyncio.timeout(1), gate.turn(""):
        pass


async def test_failures_before_the_body_are_told_at_once() -> None:
    with pytest.raises(ServiceBusy, match="HTTP 503"):
        async with arriving(answers("busy", status=503)):
            pytest.fail("there is nothing to read")
    with pytest.raises(SourceUnavailable, match="the connection failed"):
        async with arriving(hung_up):
            pytest.fail("there is nothing to read")
