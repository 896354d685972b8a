"""Email over a real loopback connection: what is sent, how connections are kept, and checks."""

import asyncio
import threading
import time
from email import message_from_bytes, policy
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP as AiosmtpdServer  # noqa: N811 - it is a server here
from structlog.testing import capture_logs

from bot.core.errors import ConfigError
from bot.interfaces import Checkable, Notifier
from bot.notifiers.email import EmailNotifier
from bot.notifiers.origin import Origin
from bot.notifiers.smtp_pool import AGE, MESSAGES
from bot.notifiers.smtp_server import Server, connect
from bot.notifiers.smtp_session import Session, Timeouts
from bot.settings import EmailSettings, WebSettings
from tests.builders import digest
from tests.notifiers.mailing import LOG_IN, ORIGIN, QUICK, SENDER, message, notifier
from tests.notifiers.scripted_smtp import ScriptedSmtp, serving


async def test_a_digest_arrives_as_one_message_with_the_key_in_its_message_id() -> None:
    async with serving(ScriptedSmtp()) as server, notifier(server) as email:
        await email.send(digest(), "ana@example.org", key="delivery-7")
    (octets,) = server.messages
    received = message_from_bytes(octets, policy=policy.default)
    assert received["Message-ID"] == "<delivery-7@example.org>"
    assert received["To"] == "ana@example.org"
    assert server.heard("MAIL")[0].startswith("MAIL FROM:<papers@example.org>")
    assert server.heard("RCPT") == ["RCPT TO:<ana@example.org>"]


async def test_a_retry_carries_the_same_octets() -> None:
    async with serving(ScriptedSmtp()) as server, notifier(server) as email:
        await email.send(digest(), "ana@example.org", key="k1")
        with capture_logs() as logs:
            await email.send(digest(), "ana@example.org", key="k1", again=True)
    assert server.messages[0] == server.messages[1]
    assert logs[0]["event"] == "email.again"


async def test_a_real_mail_server_accepts_it() -> None:
    kept = Sink()
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: AiosmtpdServer(kept), "127.0.0.1", 0)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        async with notifier(ScriptedSmtp(port=port)) as email:
            await email.send(digest(), "ana@example.org", key="k1")
            assert all(probe.ok for probe in await email.check(["ana@example.org"]))


async def test_one_connection_serves_many_messages() -> None:
    async with serving(ScriptedSmtp()) as server, notifier(server) as email:
        for number in range(5):
            await email.send(digest(), "ana@example.org", key=f"k{number}")
    assert (server.connections, len(server.messages)) == (1, 5)
    assert server.commands[-1] == "QUIT"


async def test_a_connection_is_replaced_after_a_hundred_messages() -> None:
    async with serving(ScriptedSmtp()) as server, notifier(server) as email:
        for number in range(MESSAGES + 1):
            await email.send(digest(), "ana@example.org", key=f"k{number}")
    assert server.connections == 2


async def test_a_connection_is_replaced_after_five_minutes() -> None:
    now = time.monotonic()
    async with serving(ScriptedSmtp()) as server, notifier(server) as email:
        email._pool._clock = lambda: now
        await email.send(digest(), "ana@example.org", key="k1")
        now += AGE + 1
        await email.send(digest(), "ana@example.org", key="k2")
    assert server.connections == 2


async def test_no_more_than_twenty_messages_are_under_way_at_once() -> None:
    async with serving(ScriptedSmtp()) as server, notifier(server) as email:
        sends = (email.send(digest(), "ana@example.org", key=f"k{n}") for n in range(50))
        await asyncio.gather(*sends)
    assert len(server.messages) == 50
    assert server.connections <= email.concurrency


async def test_lines_that_begin_with_dots_arrive_as_they_are() -> None:
    octets = b".hidden\r\n..\r\n.\r\nafter\r\n"
    async with serving(ScriptedSmtp()) as server:
        session = Session(await connect(Server("127.0.0.1", server.port, "none")), 0.0, QUICK)
        await session.send(message(octets))
        await session.quit()
    assert server.messages == [octets]


async def test_no_more_than_per_minute_messages_begin_in_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []

    async with serving(ScriptedSmtp()) as server, notifier(server, per_minute=2) as email:
        now = 0.0
        email._pace._clock = lambda: now

        async def sleep(seconds: float) -> None:
            nonlocal now
            slept.append(seconds)
            now += seconds

        for key in ("k1", "k2", "k3"):
            if key == "k3":
                monkeypatch.setattr("bot.notifiers.pace.asyncio.sleep", sleep)
            await email.ready()
            await email.send(digest(), "ana@example.org", key=key)
            now += 1
    assert slept == [58.0]


async def test_check_tries_the_log_in_and_every_address_but_sends_nothing() -> None:
    script: dict[str, Any] = {"RCPT": ["250 ok", "550 5.1.1 no such user"]}
    async with serving(ScriptedSmtp(script)) as server, notifier(server, **LOG_IN) as email:
        probes = await email.check(
            ["ana@example.org", "ben@example.org", "not an address", "josé@b.org"]
        )
    assert [probe.ok for probe in probes[-4:]] == [True, False, False, False]
    assert all(probe.ok for probe in probes[:-4])
    assert "no such user" in probes[-3].detail
    assert "SMTPUTF8" in probes[-1].detail
    assert not server.heard("DATA")


async def test_check_says_why_the_server_cannot_be_used() -> None:
    script: dict[str, Any] = {"AUTH": "535 5.7.8 bad credentials"}
    async with serving(ScriptedSmtp(script)) as server, notifier(server, **LOG_IN) as email:
        probe, *others = await email.check(["ana@example.org"])
    assert "ana@example.org" not in [one.what for one in others]
    assert not probe.ok
    assert "DAILY_PAPERS_EMAIL__PASSWORD" in probe.detail


def test_it_is_a_notifier_that_can_be_checked() -> None:
    email: Notifier = EmailNotifier(Server("127.0.0.1", 25, "none"), ORIGIN)
    checkable: Checkable = EmailNotifier(Server("127.0.0.1", 25, "none"), ORIGIN)
    assert email.concurrency > 0
    assert callable(checkable.check)


@pytest.mark.parametrize("sender", ["nobody", "josé@example.org", "a@b.org\r\nBcc: eve@b.org"])
def test_a_sender_that_cannot_be_used_is_a_configuration_error(sender: str) -> None:
    with pytest.raises(ConfigError, match=r"email\.sender"):
        Origin.written(sender)


def email_settings(**changes: Any) -> Any:
    """Build settings with an [email] table, as the configuration gives them."""
    values = {"host": "127.0.0.1", "tls": "none", "sender": SENDER}
    return SimpleNamespace(email=EmailSettings(**(values | changes)), web=WebSettings())


async def test_the_settings_decide_where_as_whom_and_how_fast_it_sends() -> None:
    async with serving(ScriptedSmtp()) as server:
        made = email_settings(port=server.port, username="papers", password="wonder-land")
        async with EmailNotifier.from_settings(made) as email:
            await email.send(digest(), "ana@example.org", key="k1")
    assert len(server.heard("AUTH PLAIN")) == 1
    assert server.messages


def test_without_the_email_table_the_error_says_what_to_write() -> None:
    with pytest.raises(ConfigError, match="host and sender"):
        EmailNotifier.from_settings(cast("Any", SimpleNamespace(email=None)))


@pytest.mark.parametrize(
    ("found", "greeting"),
    [("mail.example.org", "mail.example.org"), ("box", "[127.0.0.1]"), ("a b.c", "[127.0.0.1]")],
)
async def test_it_greets_with_its_full_name_or_else_an_address(
    monkeypatch: pytest.MonkeyPatch, found: str, greeting: str
) -> None:
    monkeypatch.setattr("socket.getfqdn", lambda: found)
    async with serving(ScriptedSmtp()) as server, notifier(server) as email:
        await email.send(digest(), "ana@example.org", key="k1")
    assert server.heard("EHLO") == [f"EHLO {greeting}"]


def test_a_slow_resolver_does_not_hold_the_start_up(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = threading.Event()

    def late() -> str:
        sent.wait(60)
        return "late.example.org"

    async def start() -> ScriptedSmtp:
        async with serving(ScriptedSmtp()) as server:
            try:
                async with notifier(server, timeouts=Timeouts()) as email:
                    await email.send(digest(), "ana@example.org", key="k1")
            finally:
                sent.set()
        return server

    monkeypatch.setattr("socket.getfqdn", late)
    monkeypatch.setattr("bot.notifiers.email._PATIENCE_FOR_NAME", 0.01)
    server = asyncio.run(start())  # in real time: the resolver has a thread of its own
    assert server.heard("EHLO") == ["EHLO [127.0.0.1]"]
