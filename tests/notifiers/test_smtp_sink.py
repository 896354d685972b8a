"""Postfix's own test server, with its faults, as the peer of the email notifier."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from bot.core.errors import PermanentFailure, TemporaryFailure, Uncertain
from bot.notifiers.email import EmailNotifier
from bot.notifiers.smtp_server import Server
from tests.builders import digest
from tests.ports import kept_port

pytestmark = pytest.mark.slow


@asynccontextmanager
async def sink(folder: Path, *options: str) -> AsyncIterator[EmailNotifier]:
    """Run smtp-sink, which keeps each message in a file of `folder`, and give a notifier for it."""
    program = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        pytest.skip("smtp-sink is not installed (Debian's package postfix)")
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with kept_port() as port:
        words = [*options, "-d", "message.", f"127.0.0.1:{port}", "100"]
        process = await asyncio.create_subprocess_exec(program, *user, *words, cwd=folder)
        try:
            await listening(port)
            server = Server("127.0.0.1", port, "none")
            async with EmailNotifier(server, "papers@example.org", per_minute=10_000) as notifier:
                yield notifier
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


def messages(folder: Path) -> list[Message]:
    return [message_from_bytes(path.read_bytes()) for path in folder.glob("message.*")]


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


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("-r", "RCPT"), TemporaryFailure),
        (("-f", "RCPT"), PermanentFailure),
        (("-r", "."), TemporaryFailure),
        (("-f", "."), PermanentFailure),
        (("-q", "MAIL"), TemporaryFailure),
        (("-q", "DATA"), TemporaryFailure),
        (("-q", "."), Uncertain),
    ],
)
async def test_its_faults_are_told_apart(
    folder: Path, options: tuple[str, ...], expected: type[Exception]
) -> None:
    async with sink(folder, *options) as email:
        with pytest.raises(expected):
            await email.send(digest(), "ana@example.org", key="key")
