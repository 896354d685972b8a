"""TLS as configured or not at all, and a log-in that locks nobody out."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

import pytest
import trustme

from bot.core.errors import ConfigError, PermanentFailure, TemporaryFailure
from bot.notifiers.smtp_breaker import LOCK_OUT, Breaker
from bot.notifiers.smtp_server import Server
from tests.builders import digest
from tests.notifiers.mailing import LOG_IN, failure_with, notifier
from tests.notifiers.scripted_smtp import FAREWELL, ScriptedSmtp, serving


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA) -> Callable[..., tuple[ssl.SSLContext, ssl.SSLContext]]:
    """Give a server's context for a certificate of `name`, and a client's that trusts it."""

    def contexts(name: str = "127.0.0.1") -> tuple[ssl.SSLContext, ssl.SSLContext]:
        server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(name).configure_cert(server)
        client = ssl.create_default_context()
        authority.configure_trust(client)
        return server, client

    return contexts


Contexts = Callable[..., tuple[ssl.SSLContext, ssl.SSLContext]]


async def test_implicit_tls_and_a_log_in_carry_a_message(tls: Contexts) -> None:
    theirs, ours = tls()
    async with (
        serving(ScriptedSmtp(tls=theirs), wrapped="tls") as server,
        notifier(server, tls="implicit", context=ours, **LOG_IN) as email,
    ):
        await email.send(digest(), "ana@example.org", key="k1")
    assert len(server.messages) == 1
    assert len(server.heard("AUTH")) == 1


async def test_starttls_comes_before_the_log_in_and_greets_again(tls: Contexts) -> None:
    theirs, ours = tls()
    extensions = ("STARTTLS", "AUTH PLAIN")
    async with (
        serving(ScriptedSmtp(tls=theirs, extensions=extensions)) as server,
        notifier(server, tls="starttls", context=ours, **LOG_IN) as email,
    ):
        await email.send(digest(), "ana@example.org", key="k1")
    verbs = [command.split(" ")[0] for command in server.commands[:4]]
    assert verbs == ["EHLO", "STARTTLS", "EHLO", "AUTH"]
    assert len(server.messages) == 1


async def test_fault_29_stripped_starttls_is_refused_before_any_secret_is_sent(
    tls: Contexts,
) -> None:
    async with (
        serving(ScriptedSmtp(extensions=("AUTH PLAIN",))) as server,
        notifier(server, tls="starttls", context=tls()[1], **LOG_IN) as email,
    ):
        with pytest.raises(PermanentFailure, match="STARTTLS") as caught:
            await email.send(digest(), "ana@example.org", key="k1")
    assert caught.value.scope == "channel"
    assert [command.split(" ")[0] for command in server.commands] == ["EHLO"]


@pytest.mark.parametrize("mode", ["implicit", "starttls"])
@pytest.mark.parametrize("fault", ["another name", "unknown authority"])
async def test_fault_29_a_bad_certificate_is_refused_before_any_secret_is_sent(
    tls: Contexts, mode: str, fault: str
) -> None:
    theirs, ours = tls("mail.example.net" if fault == "another name" else "127.0.0.1")
    if fault == "unknown authority":
        ours = ssl.create_default_context()
    wrapped: Any = "tls" if mode == "implicit" else "plain"
    async with (
        serving(ScriptedSmtp(tls=theirs, extensions=("STARTTLS",)), wrapped=wrapped) as server,
        notifier(server, tls=mode, context=ours, **LOG_IN) as email,
    ):
        with pytest.raises(PermanentFailure, match="certificate") as caught:
            await email.send(digest(), "ana@example.org", key="k1")
    assert caught.value.scope == "channel"
    assert not server.heard("AUTH")
    assert not server.messages


async def test_a_port_without_tls_is_explained(tls: Contexts) -> None:
    async with (
        serving(ScriptedSmtp()) as server,
        notifier(server, tls="implicit", context=tls()[1]) as email,
    ):
        with pytest.raises(PermanentFailure, match=r'465 mostly wants email\.tls = "implicit"'):
            await email.send(digest(), "ana@example.org", key="k1")


async def test_starttls_put_off_by_the_server_is_temporary(tls: Contexts) -> None:
    script: dict[str, Any] = {"STARTTLS": "454 4.7.0 TLS not available now"}
    async with (
        serving(ScriptedSmtp(script, extensions=("STARTTLS",))) as server,
        notifier(server, tls="starttls", context=tls()[1]) as email,
    ):
        with pytest.raises(TemporaryFailure):
            await email.send(digest(), "ana@example.org", key="k1")


def test_mail_in_clear_is_refused_beyond_this_machine() -> None:
    with pytest.raises(ConfigError, match=r"email\.tls"):
        Server("mail.example.org", 25, "none")


async def test_fault_30_a_refused_log_in_is_tried_once_and_pauses_the_channel() -> None:
    script: dict[str, Any] = {"AUTH": "535 5.7.8 bad credentials"}
    async with serving(ScriptedSmtp(script)) as server, notifier(server, **LOG_IN) as email:
        sends = (email.send(digest(), "ana@example.org", key=f"k{n}") for n in range(10))
        failures = await asyncio.gather(*sends, return_exceptions=True)
    assert len(server.heard("AUTH")) == 1
    assert {getattr(failure, "scope", None) for failure in failures} == {"channel"}
    assert "app password" in str(failures[0])
    assert LOG_IN["password"] not in repr([failures, email._server])


async def test_a_log_in_is_tried_again_once_the_lock_out_is_over() -> None:
    now = 1000.0
    script: dict[str, Any] = {"AUTH": ["535 5.7.8 bad credentials"]}
    async with serving(ScriptedSmtp(script)) as server, notifier(server, **LOG_IN) as email:
        email._pool.breaker = Breaker(lambda: now)
        for _ in range(2):
            with pytest.raises(PermanentFailure):
                await email.send(digest(), "ana@example.org", key="k1")
        now += LOCK_OUT
        await email.send(digest(), "ana@example.org", key="k1")
    assert len(server.heard("AUTH")) == 2
    assert len(server.messages) == 1


@pytest.mark.parametrize("method", ["LOGIN", "CRAM-MD5"])
async def test_other_log_in_methods_work_too(method: str) -> None:
    class Talker(ScriptedSmtp):
        def reply(self, verb: str) -> str:
            if verb == "AUTH":
                return "334 PGFAYi5jPg=="
            answering = self.commands[-2:-1] and self.commands[-2].startswith("AUTH")
            return "235 2.7.0 ok" if answering else super().reply(verb)

    server = Talker(extensions=(f"AUTH {method}",))
    async with serving(server), notifier(server, **LOG_IN) as email:
        await email.send(digest(), "ana@example.org", key="k1")
    assert len(server.messages) == 1


async def test_a_log_in_put_off_by_the_server_is_temporary() -> None:
    failure = await failure_with({"AUTH": "454 4.7.0 try later"}, **LOG_IN)
    assert isinstance(failure, TemporaryFailure)


async def test_a_connection_lost_during_the_log_in_is_temporary() -> None:
    assert isinstance(await failure_with({"AUTH": FAREWELL}, **LOG_IN), TemporaryFailure)


async def test_a_server_without_log_in_is_explained() -> None:
    async with (
        serving(ScriptedSmtp(extensions=())) as server,
        notifier(server, **LOG_IN) as email,
    ):
        with pytest.raises(PermanentFailure, match=r"leave email\.username out") as caught:
            await email.send(digest(), "ana@example.org", key="k1")
    assert caught.value.scope == "channel"


class Old(ScriptedSmtp):
    """A server from before EHLO."""

    refusal = "502 what?"

    async def _say(self, writer: asyncio.StreamWriter, words: str) -> None:
        greeted = self.commands and self.commands[-1].startswith("EHLO")
        await super()._say(writer, self.refusal if greeted else words)

    def reply(self, verb: str) -> str:
        return "250 box.test" if verb == "HELO" else super().reply(verb)


async def test_a_server_of_old_is_greeted_as_it_knows() -> None:
    async with serving(Old()) as server, notifier(server) as email:
        await email.send(digest(), "ana@example.org", key="k1")
    assert [command.split(" ")[0] for command in server.commands[:2]] == ["EHLO", "HELO"]
    assert len(server.messages) == 1


@pytest.mark.parametrize("changes", [LOG_IN, {"tls": "starttls"}])
async def test_where_tls_or_a_log_in_is_wanted_a_server_of_old_is_no_use(
    changes: dict[str, Any],
) -> None:
    async with serving(Old()) as server, notifier(server, **changes) as email:
        with pytest.raises(PermanentFailure, match="502") as caught:
            await email.send(digest(), "ana@example.org", key="k1")
    assert caught.value.scope == "channel"
    assert len(server.commands) == 1


async def test_one_that_refuses_us_altogether_is_not_asked_in_an_older_way() -> None:
    server = Old()
    server.refusal = "554 5.7.1 you are listed"
    async with serving(server), notifier(server) as email:
        with pytest.raises(PermanentFailure, match="554"):
            await email.send(digest(), "ana@example.org", key="k1")
    assert not server.heard("HELO")
