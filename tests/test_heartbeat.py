"""The heartbeat: fetched from a loopback server while all is well, and never fatal."""

import asyncio
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.heartbeat import EVERY, Heartbeat, beat
from tests.builders import NOON
from tests.monitor import Monitor, monitor


async def test_it_is_fetched_once_with_our_name() -> None:
    async with monitor() as listening:
        assert await beat(listening.url)
    (request,) = listening.requests
    assert request.startswith("GET /ping/5f3c2a-secret HTTP/1.1\r\n")
    assert "daily-papers/" in request


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "status 404"),
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", "status 500"),
        (b"nonsense\r\n\r\n", "RemoteProtocolError"),
        (b"", "RemoteProtocolError"),
    ],
)
async def test_what_is_no_success_is_logged_without_the_url_and_harms_nothing(
    answer: bytes, said: str
) -> None:
    async with monitor(answer) as listening:
        with capture_logs() as logs:
            assert not await beat(listening.url)
    (line,) = logs
    assert line["event"] == "heartbeat.failed"
    assert said in line["error"]
    assert "secret" not in str(logs)


async def test_redirects_are_not_followed() -> None:
    async with monitor() as elsewhere:
        moved = f"HTTP/1.1 302 Found\r\nLocation: {elsewhere.url}\r\nContent-Length: 0\r\n\r\n"
        async with monitor(moved.encode()) as listening:
            assert not await beat(listening.url)
    assert elsewhere.requests == []


async def test_a_server_that_hangs_is_given_up() -> None:
    async with monitor(delay=0.5) as listening:
        with capture_logs() as logs:
            assert not await beat(listening.url, patience=0.1)
        await asyncio.sleep(0.5)  # until it has answered nobody
    assert "Timeout" in logs[0]["error"]


async def test_a_server_that_is_not_there_harms_nothing() -> None:
    async with monitor() as listening:
        pass
    with capture_logs() as logs:
        assert not await beat(listening.url)
    assert "ConnectError" in logs[0]["error"]


async def test_it_beats_every_quarter_of_an_hour_at_most() -> None:
    async with monitor() as listening:
        heart = Heartbeat(listening.url)
        for minutes in range(46):
            await heart.beat(NOON + timedelta(minutes=minutes))
        assert len(listening.requests) == 1 + timedelta(minutes=45) // EVERY
        await heart.beat(NOON - timedelta(days=1))
        assert len(listening.requests) == 5, "a clock that went back does not silence it"


async def test_a_beat_that_failed_is_tried_again_at_the_next_look() -> None:
    async with monitor(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n") as listening:
        heart = Heartbeat(listening.url)
        await heart.beat(NOON)
        listening.answer = Monitor.answer
        await heart.beat(NOON + timedelta(minutes=1))
        await heart.beat(NOON + timedelta(minutes=2))
    assert len(listening.requests) == 2


async def test_without_a_url_nothing_is_fetched() -> None:
    with capture_logs() as logs:
        await Heartbeat(None).beat(NOON)
    assert logs == []
