"""An SMTP connection as lines: replies in order, however they are cut, and bounded."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import DeliveryError, PermanentFailure, TemporaryFailure
from bot.notifiers.smtp_session import Timeouts
from bot.notifiers.smtp_wire import Lost, Reply, Wire
from tests.builders import digest
from tests.notifiers.mailing import notifier
from tests.notifiers.scripted_smtp import ScriptedSmtp, serving


class Silent(asyncio.Transport):
    """A transport that goes nowhere."""

    closed = False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        pass

    def is_closing(self) -> bool:
        return self.closed

    def abort(self) -> None:
        self.closed = True


def replies(*pieces: bytes) -> list[Reply]:
    """Give the replies that come of these octets, all that there are."""

    async def read() -> list[Reply]:
        wire = Wire(Silent())
        for piece in pieces:
            wire.data_received(piece)
        wire.connection_lost(None)
        found = []
        while True:
            try:
                found.append(await wire.reply())
            except Lost:
                return found

    return asyncio.run(read())


SAID = (
    b"250-box.test\r\n250-SIZE 1000\r\n250 HELP\r\n354 go on\r\n250\r\n421-4.7.0 a\n421 4.7.0 b\r\n"
)
MEANT = [
    Reply(250, "box.test\nSIZE 1000\nHELP"),
    Reply(354, "go on"),
    Reply(250, ""),
    Reply(421, "4.7.0 a\n4.7.0 b"),
]


@given(st.lists(st.integers(0, len(SAID))))
def test_replies_are_the_same_however_they_are_cut(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(SAID)]
    pieces = [SAID[one:two] for one, two in pairwise(places)]
    assert replies(*pieces) == MEANT


@pytest.mark.parametrize(
    "garbage", [b"hello\r\n", b"150 wait\r\n", b"25\r\n", b"\r\n", b"2500 ok\r\n"]
)
def test_what_is_no_reply_ends_the_connection(garbage: bytes) -> None:
    assert replies(b"250 ok\r\n" + garbage + b"250 ok\r\n")[:1] == [Reply(250, "ok")]
    wire = Wire(Silent())
    wire.data_received(garbage)
    assert not wire.usable


@pytest.mark.parametrize("piece", [b"250-" + b"x" * 1000 + b"\r\n", b"x" * 1000])
def test_a_reply_without_an_end_is_not_kept_for_ever(piece: bytes) -> None:
    wire = Wire(Silent())
    for _ in range(100):
        wire.data_received(piece)
    assert not wire.usable


@given(st.binary(max_size=300))
def test_whatever_comes_is_read_or_ends_the_connection(octets: bytes) -> None:
    for reply in replies(octets):
        assert 200 <= reply.code <= 599


def test_an_answer_that_nobody_asked_for_makes_it_unusable() -> None:
    wire = Wire(Silent())
    wire.data_received(b"421 4.4.2 idle for too long\r\n")
    assert not wire.usable


async def test_on_a_closing_connection_nothing_is_written() -> None:
    wire = Wire(Silent())
    wire.close()
    with pytest.raises(Lost):
        wire.write(b"NOOP\r\n")
    with pytest.raises(Lost):
        await wire.drained()


PIPELINING = ("PIPELINING", "SIZE 10000000", "8BITMIME", "SMTPUTF8")


class Together(ScriptedSmtp):
    """Notes which commands came in one piece."""

    def __init__(self) -> None:
        super().__init__(extensions=PIPELINING)
        self.pieces: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        feed = reader.feed_data

        def noting(data: bytes) -> None:
            self.pieces.append(bytes(data))
            feed(data)

        reader.feed_data = noting  # type: ignore[assignment, method-assign]  # to listen in
        await super().serve(reader, writer)


async def test_where_the_server_allows_envelope_and_data_go_out_together() -> None:
    async with serving(server := Together()), notifier(server) as email:
        for key in ("k1", "k2"):
            await email.send(digest(), "ana@example.org", key=key)
    assert len(server.messages) == 2
    together = [piece for piece in server.pieces if piece.startswith(b"MAIL")]
    assert [piece.count(b"\r\n") for piece in together] == [3, 3]
    assert all(piece.endswith(b"DATA\r\n") for piece in together)


@pytest.mark.parametrize(
    ("script", "raised", "words"),
    [
        (
            {"RCPT": ["550 5.1.1 no"], "DATA": ["554 5.5.1 no recipients"]},
            PermanentFailure,
            "5.1.1",
        ),
        ({"RCPT": ["451 4.7.1 grey"], "DATA": ["503 5.5.1 no"]}, TemporaryFailure, "grey"),
        (
            {"MAIL": ["550 5.1.8 no"], "RCPT": ["503 no"], "DATA": ["503 no"]},
            PermanentFailure,
            "5.1.8",
        ),
        ({"DATA": ["451 4.3.0 later"]}, TemporaryFailure, "4.3.0"),
    ],
)
async def test_the_first_refusal_of_several_counts_and_the_connection_goes_on(
    script: dict[str, Any], raised: type[DeliveryError], words: str
) -> None:
    server = ScriptedSmtp(script, extensions=PIPELINING)
    async with serving(server), notifier(server) as email:
        with pytest.raises(raised, match=words):
            await email.send(digest(), "ana@example.org", key="k1")
        await email.send(digest(), "ben@example.org", key="k2")
    assert (server.connections, len(server.messages)) == (1, 1)
    assert server.heard("RSET")


async def test_a_server_that_waits_for_the_message_of_a_refused_recipient_gets_none() -> None:
    script: dict[str, Any] = {"RCPT": ["550 5.1.1 no such user"]}
    server = ScriptedSmtp(script, extensions=PIPELINING)
    async with serving(server), notifier(server) as email:
        with pytest.raises(PermanentFailure, match=r"5\.1\.1"):
            await email.send(digest(), "ana@example.org", key="k1")
        await email.send(digest(), "ben@example.org", key="k2")
    assert (server.connections, len(server.messages), server.dots) == (2, 1, 1)


async def test_421_among_several_answers_ends_the_connection() -> None:
    script: dict[str, Any] = {"RCPT": ["421 4.7.0 too many"]}
    server = ScriptedSmtp(script, extensions=PIPELINING)
    async with serving(server), notifier(server) as email:
        with pytest.raises(TemporaryFailure, match="421"):
            await email.send(digest(), "ana@example.org", key="k1")
        await email.send(digest(), "ben@example.org", key="k2")
    assert (server.connections, len(server.messages)) == (2, 1)


async def test_a_server_that_is_slow_in_everything_is_left_before_the_dot() -> None:
    """Each answer comes in time, and all of them together too late."""

    class Slow(ScriptedSmtp):
        async def _say(self, writer: asyncio.StreamWriter, words: str) -> None:
            await asyncio.sleep(40 * self.slow)
            await super()._say(writer, words)

        slow = False

    server = Slow()
    usual = Timeouts(command=100.0, data=100.0, offer=110.0)
    async with serving(server), notifier(server, timeouts=usual) as email:
        await email.send(digest(), "ana@example.org", key="k1")
        server.slow = True
        with pytest.raises(TemporaryFailure, match="too long over one message"):
            await email.send(digest(), "ana@example.org", key="k2")
    assert (len(server.messages), server.dots) == (1, 1)
