"""Postfix's own test server, with its faults, as the peer of the email notifier."""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from bot.core.backoff import CAP
from bot.core.errors import PermanentFailure, TemporaryFailure, Uncertain
from bot.notifiers.email import EmailNotifier
from bot.notifiers.smtp_breaker import FAILURES, Breaker
from bot.notifiers.smtp_replies import Gone
from bot.notifiers.smtp_server import Server
from bot.notifiers.smtp_session import Timeouts
from tests.builders import digest
from tests.notifiers.mailing import ORIGIN
from tests.notifiers.outbox import MORNING, ids, once, outbox, received, send_all
from tests.ports import kept_port

pytestmark = pytest.mark.slow
LATER = MORNING + timedelta(seconds=2 * CAP)


@asynccontextmanager
async def sink(folder: Path, *options: str) -> AsyncIterator[EmailNotifier]:
    """Run smtp-sink, which keeps each message in a file of `folder`, and give a notifier for it."""
    with kept_port() as port:
        async with running(folder, port, *options), notifying(port) as email:
            yield email


def notifying(port: int, **timeouts: float) -> EmailNotifier:
    server = Server("127.0.0.1", port, "none")
    return EmailNotifier(server, ORIGIN, per_minute=10_000, timeouts=Timeouts(**timeouts))


@asynccontextmanager
async def running(folder: Path, port: int, *options: str) -> AsyncIterator[None]:
    """Run smtp-sink on this port."""
    program = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        pytest.skip("smtp-sink is not installed (Debian's package postfix)")
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    words = [*options, "-d", "message.", f"127.0.0.1:{port}", "100"]
    process = await asyncio.create_subprocess_exec(program, *user, *words, cwd=folder)
    try:
        await listening(port)
        yield
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def messages(folder: Path) -> list[Message]:
    return [message_from_bytes(path.read_bytes()) for path in folder.glob("message.*")]


def whole(folder: Path) -> list[bytes]:
    """Give the messages that came to their end, not those that broke off."""
    kept = [path.read_bytes() for path in folder.glob("message.*")]
    return [one for one in kept if one.rstrip().endswith(b"--")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder that smtp-sink's user may write to."""
    tmp_path.chmod(0o777)
    return tmp_path


async def listening(port: int) -> None:
    async with asyncio.timeout(60):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.02)


async def test_a_fan_out_over_twenty_connections_arrives_whole_and_once(folder: Path) -> None:
    keys = [f"key{number}" for number in range(300)]
    async with sink(folder) as email:
        await asyncio.gather(*(email.send(digest(), f"{key}@example.org", key=key) for key in keys))
    kept = messages(folder)
    assert sorted(str(one["Message-ID"]) for one in kept) == sorted(
        f"<{key}@example.org>" for key in keys
    )
    assert all(one.is_multipart() for one in kept)


BEFORE_THE_DOT = ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA")
REFUSED = "550 5.1.1 no such user"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        *((("-r", verb), TemporaryFailure) for verb in ("MAIL", "RCPT", "DATA", ".")),
        *((("-f", verb), PermanentFailure) for verb in ("MAIL", "RCPT", "DATA", ".")),
        *((("-q", verb), TemporaryFailure) for verb in BEFORE_THE_DOT),
        *((("-Q", verb), Gone) for verb in (*BEFORE_THE_DOT, ".")),
        (("-q", "."), Uncertain),
        (("-A", "0"), (TemporaryFailure, PermanentFailure, Uncertain)),
        (("-e", "-q", "DATA"), TemporaryFailure),
    ],
)
async def test_its_faults_are_told_apart(
    folder: Path, options: tuple[str, ...], expected: type[Exception]
) -> None:
    async with sink(folder, *options) as email:
        with pytest.raises(expected):
            await email.send(digest(), "ana@example.org", key="key")
    # It keeps what came whole before it answers the dot.
    assert len(whole(folder)) == (options[-1] == ".")


@pytest.mark.parametrize("verb", ["RSET", "QUIT", "NOOP"])
@pytest.mark.parametrize("fault", ["-q", "-Q", "-f", "-r"])
async def test_what_fails_beside_the_mail_fails_nothing(
    folder: Path, fault: str, verb: str
) -> None:
    async with sink(folder, fault, verb) as email:
        await asyncio.gather(*(email.send(digest(), f"{n}@example.org", key=f"k{n}") for n in "ab"))
    assert len(messages(folder)) == 2


@pytest.mark.parametrize("options", [("-p",), ("-8",), ("-E",), ("-e",), ("-N", "-a")])
async def test_what_it_does_not_offer_is_done_without(
    folder: Path, options: tuple[str, ...]
) -> None:
    async with sink(folder, *options) as email:
        await asyncio.gather(
            *(email.send(digest(), f"r{n}@example.org", key=f"k{n}") for n in range(40))
        )
    assert len(messages(folder)) == 40


class TestOutbox:
    """A ledger with a digest for each of MANY readers, sent to a server with faults."""

    MANY = 60

    async def test_a_relay_that_ends_in_the_midst_and_comes_back_gets_each_once(
        self, folder: Path
    ) -> None:
        with kept_port() as port:
            async with outbox(folder, self.MANY) as store, notifying(port) as email:
                async with running(folder, port, "-M", "25"):
                    ended = await send_all(store, email, MORNING)
                assert ended["sent"] + ended["retry"] == self.MANY
                assert ended["retry"] >= self.MANY - 25 - email.concurrency
                email._pool.breaker = Breaker(time.monotonic)  # as if its rest were over
                async with running(folder, port):
                    await send_all(store, email, LATER)
                status = await store.status(LATER)
        assert (status.sent, status.pending, status.failed) == (self.MANY, 0, 0)
        self.arrived(folder, status.uncertain)

    async def test_fault_24_421_in_the_midst_of_each_session(self, folder: Path) -> None:
        """The server ends each session with 421 when the envelope is cleared after a refusal."""
        with kept_port() as port:
            async with outbox(folder, self.MANY) as store, notifying(port) as email:
                async with running(folder, port, "-r", "DATA", "-Q", "RSET"):
                    assert await send_all(store, email, MORNING) == {"retry": self.MANY}
                async with running(folder, port):
                    assert await send_all(store, email, LATER) == {"sent": self.MANY}
                assert (await store.status(LATER)).uncertain == 0
        self.arrived(folder, 0)

    async def test_fault_28_where_every_answer_to_the_dot_is_lost_nobody_is_left_out(
        self, folder: Path
    ) -> None:
        with kept_port() as port:
            async with outbox(folder, self.MANY) as store, notifying(port) as email:
                async with running(folder, port, "-q", "."):
                    assert await send_all(store, email, MORNING) == {"retry": self.MANY}
                uncertain = (await store.status(MORNING)).uncertain
                assert 0 < uncertain <= email.concurrency + FAILURES
                email._pool.breaker = Breaker(time.monotonic)
                async with running(folder, port):
                    assert await send_all(store, email, LATER) == {"sent": self.MANY}
        self.arrived(folder, uncertain)

    async def test_a_tarpit_is_left_and_what_it_held_goes_elsewhere_in_time(
        self, folder: Path
    ) -> None:
        with kept_port() as port:
            async with outbox(folder, self.MANY) as store:
                async with (
                    # Pipelined, smtp-sink would answer DATA before the RCPT that it delays.
                    running(folder, port, "-p", "-W", "RCPT:600"),
                    notifying(port, command=1.0) as email,
                ):
                    assert await send_all(store, email, MORNING) == {"retry": self.MANY}
                assert (await store.status(MORNING)).uncertain == 0
                async with running(folder, port), notifying(port) as email:
                    assert await send_all(store, email, LATER) == {"sent": self.MANY}
        self.arrived(folder, 0)

    async def test_a_server_that_is_slow_at_odds_gets_all(self, folder: Path) -> None:
        async with outbox(folder, self.MANY) as store, sink(folder, "-W", "DATA:1:10") as email:
            assert await send_all(store, email, MORNING) == {"sent": self.MANY}
        self.arrived(folder, 0)

    async def test_fault_26_where_nobody_is_known_all_are_suspended_and_told(
        self, folder: Path
    ) -> None:
        async with (
            outbox(folder, self.MANY) as store,
            sink(folder, "-B", REFUSED, "-f", "RCPT") as email,
        ):
            assert await send_all(store, email, MORNING) == {"failed": self.MANY}
            status = await store.status(MORNING)
        assert len(status.suspended) == self.MANY
        assert {row["reason"].endswith(REFUSED) for row in status.suspended} == {True}

    def arrived(self, folder: Path, copies: int) -> None:
        """Check that each reader has the message once, but for so many copies of the same id."""
        kept = whole(folder)
        counts = received(kept)
        assert counts.keys() == once(self.MANY).keys()
        assert sum(counts.values()) - self.MANY <= copies
        assert len(ids(kept)) == self.MANY
