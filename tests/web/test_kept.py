"""What is kept, for how long, and that it is made once."""

import asyncio
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web.kept import Busy, Content, Kept, Turns


def content(size: int, tag: str = "x") -> Content:
    return Content(b"x" * size, packed=False, size=size, tag=tag, media_type="text/plain")


@given(st.binary(max_size=3000))
def test_octets_come_back_as_they_were(octets: bytes) -> None:
    made = Content.of(octets, "text/plain")
    assert made.octets() == octets
    assert made.size == len(octets)
    assert made == Content.of(octets, "text/plain")
    assert made.packed is False or gzip.decompress(made.held) == octets


def test_only_what_grows_smaller_is_packed() -> None:
    assert Content.of(b"x" * 5000, "").packed
    assert not Content.of(b"x" * 100, "").packed
    assert not Content.of(gzip.compress(bytes(range(256)) * 9, mtime=0), "").packed
    assert not Content.of(b"x" * 5000, "", packed=False).packed


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9000)), max_size=60))
def test_no_more_is_kept_than_there_is_room(put: list[tuple[int, int]]) -> None:
    kept = Kept(20_000)
    for key, size in put:
        kept.put({key: content(size)})
        held = [one for number in range(10) if (one := kept.get(number)) is not None]
        assert kept.size == sum(one.size + 1000 for one in held) <= 20_000


def test_what_was_asked_for_last_stays() -> None:
    kept = Kept(10_000)
    kept.put({1: content(2000), 2: content(2000), 3: content(2000)})
    assert kept.get(1)
    kept.put({4: content(2000)})
    assert [bool(kept.get(one)) for one in (1, 2, 3, 4)] == [True, False, True, True]
    kept.put({1: content(9000)})
    assert kept.get(1) is None, "too large to be kept, and the old one is not right any more"


async def test_what_many_ask_for_at_once_is_made_once() -> None:
    turns, made = Turns(2, 2, 60.0), 0
    go_on = asyncio.Event()

    async def work() -> int:
        nonlocal made
        made += 1
        await go_on.wait()
        return made

    asking = [asyncio.ensure_future(turns.do("a", work)) for _ in range(50)]
    await asyncio.sleep(0)
    go_on.set()
    assert await asyncio.gather(*asking) == [1] * 50
    assert await turns.do("a", work) == 2


async def test_a_fault_is_told_to_all_who_wait_and_is_not_kept() -> None:
    turns = Turns(2, 2, 60.0)

    async def fault() -> int:
        await asyncio.sleep(0)
        raise ValueError("a fault")

    async def fine() -> int:
        return 1

    told = await asyncio.gather(*(turns.do("a", fault) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in told] == [ValueError] * 3
    assert await turns.do("a", fine) == 1


async def test_so_much_waits_and_no_more() -> None:
    turns = Turns(1, 1, 60.0)
    go_on = asyncio.Event()
    running = [asyncio.ensure_future(turns.do(one, go_on.wait)) for one in ("a", "b")]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await turns.do("c", go_on.wait)
    same = asyncio.ensure_future(turns.do("b", go_on.wait))
    await asyncio.sleep(0)
    go_on.set()
    assert await asyncio.gather(*running, same) == [True, True, True]
    assert await turns.do("c", go_on.wait)


async def test_who_waits_too_long_is_told_and_the_work_goes_on() -> None:
    turns = Turns(1, 1, 0.01)
    go_on, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await go_on.wait()
        ended.set()

    with pytest.raises(Busy):
        await turns.do("a", work)
    asking = asyncio.ensure_future(turns.do("a", work))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    go_on.set()
    await ended.wait()
