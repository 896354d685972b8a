"""Addresses that a server cannot carry, and messages larger than it takes."""

from email import message_from_bytes, policy
from typing import Any

import pytest

from bot.core.errors import PermanentFailure
from bot.core.model import Entry
from tests.builders import digest, paper
from tests.notifiers.mailing import failure_with, notifier
from tests.notifiers.scripted_smtp import ScriptedSmtp, serving


@pytest.mark.parametrize(
    "address",
    [
        "ana@example.org\r\nRCPT TO:<eve@example.org>",
        '"quoted local"@example.org',
        "ana@[127.0.0.1]",
        "ana@example.org, eve@example.org",
        "nobody",
        "",
        f"{'a' * 65}@example.org",
    ],
)
async def test_an_unsafe_address_never_reaches_the_server(address: str) -> None:
    async with serving(ScriptedSmtp()) as server, notifier(server) as email:
        with pytest.raises(PermanentFailure) as caught:
            await email.send(digest(), address, key="k1")
    assert caught.value.scope == "address"
    assert server.connections == 0


async def test_an_international_domain_goes_out_in_its_ascii_form() -> None:
    async with serving(ScriptedSmtp()) as server, notifier(server) as email:
        await email.send(digest(), "ana@bücher.example", key="k1")
    assert server.heard("RCPT") == ["RCPT TO:<ana@xn--bcher-kva.example>"]
    assert b"\r\nTo: ana@xn--bcher-kva.example\r\n" in server.messages[0]


async def test_fault_32_without_smtputf8_an_international_local_part_is_refused() -> None:
    async with serving(ScriptedSmtp()) as server, notifier(server) as email:
        with pytest.raises(PermanentFailure, match="SMTPUTF8") as caught:
            await email.send(digest(), "josé@example.org", key="k1")
        await email.send(digest(), "ben@example.org", key="k2")
    assert caught.value.scope == "address"
    assert server.connections == 1


async def test_with_smtputf8_an_international_local_part_is_sent() -> None:
    server = ScriptedSmtp(extensions=("SMTPUTF8", "8BITMIME"))
    async with serving(server), notifier(server) as email:
        await email.send(digest(), "josé@example.org", key="k1")
    assert "SMTPUTF8" in server.heard("MAIL")[0]
    assert server.heard("RCPT") == ["RCPT TO:<josé@example.org>"]
    received = message_from_bytes(server.messages[0], policy=policy.SMTPUTF8)
    assert received["To"] == "josé@example.org"


def long_digest() -> Any:
    return digest(*(Entry(paper(n, abstract="word " * 300), ("Language",)) for n in range(1, 31)))


async def taken(server: ScriptedSmtp) -> ScriptedSmtp:
    """Send the long digest, and give the server that took it."""
    async with serving(server), notifier(server) as email:
        await email.send(long_digest(), "ana@example.org", key="k1")
    return server


async def test_a_server_with_a_small_size_gets_shorter_abstracts_at_once() -> None:
    (whole,) = (await taken(ScriptedSmtp(extensions=()))).messages
    limit = len(whole) - 1_000
    server = await taken(ScriptedSmtp(extensions=(f"SIZE {limit}",)))
    (message,) = server.messages
    assert len(message) <= limit
    assert message.count(b"word ") < whole.count(b"word ")
    assert b"text/html" in message
    assert all(f"2601.{n:05d}".encode() in message for n in range(1, 31))
    assert len(server.heard("MAIL")) == 1


async def test_fault_31_a_message_refused_for_its_size_is_shrunk_then_links_only() -> None:
    refusal = "552 5.3.4 message too big"
    server = ScriptedSmtp({"DOT": [refusal, refusal, refusal]}, extensions=())
    await taken(server)
    assert server.connections == 1
    assert b"text/html" not in server.messages[0]
    assert all(f"2601.{n:05d}".encode() in server.messages[0] for n in range(1, 31))


async def test_a_message_that_no_form_makes_small_enough_fails_alone() -> None:
    failure = await failure_with({"MAIL": "552 message too big"})
    assert isinstance(failure, PermanentFailure)
    assert failure.scope == "delivery"
