"""What each fault of a mail server becomes, and when a message may have been accepted."""

import asyncio
from typing import Any, cast

import pytest

from bot.core.errors import PermanentFailure, TemporaryFailure, Uncertain
from bot.notifiers.smtp_replies import Gone
from bot.notifiers.smtp_server import Server, connect
from bot.notifiers.smtp_session import Session, Timeouts
from tests.builders import digest
from tests.notifiers.mailing import QUICK, failure_with, message, notifier
from tests.notifiers.scripted_smtp import FAREWELL, SILENCE, ScriptedSmtp, serving


async def test_fault_23_a_refused_connection_is_temporary() -> None:
    async with serving(ScriptedSmtp()) as server:
        pass
    async with notifier(server) as email:
        with pytest.raises(TemporaryFailure, match="cannot be reached"):
            await email.send(digest(), "ana@example.org", key="k1")


async def test_fault_23_a_server_that_says_nothing_is_a_temporary_failure() -> None:
    failure = await failure_with({"CONNECT": SILENCE}, timeout=0.2)
    assert isinstance(failure, TemporaryFailure)


async def test_fault_24_421_on_a_kept_connection_reconnects_and_resumes() -> None:
    script: dict[str, Any] = {"MAIL": ["250 ok", "421 4.4.2 idle too long", "250 ok"]}
    async with serving(ScriptedSmtp(script)) as server, notifier(server) as email:
        await email.send(digest(), "ana@example.org", key="k1")
        await email.send(digest(), "ben@example.org", key="k2")
    assert (server.connections, len(server.messages)) == (2, 2)


async def test_a_kept_connection_that_was_dropped_is_replaced() -> None:
    script: dict[str, Any] = {"MAIL": ["250 ok", FAREWELL, "250 ok"]}
    async with serving(ScriptedSmtp(script)) as server, notifier(server) as email:
        await email.send(digest(), "ana@example.org", key="k1")
        await email.send(digest(), "ben@example.org", key="k2")
    assert (server.connections, len(server.messages)) == (2, 2)


async def test_fault_24_421_on_a_new_connection_is_temporary_and_the_connection_ends() -> None:
    script: dict[str, Any] = {"MAIL": ["421 4.7.28 too many"]}
    async with serving(ScriptedSmtp(script)) as server, notifier(server) as email:
        with pytest.raises(TemporaryFailure, match=r"421 4\.7\.28"):
            await email.send(digest(), "ana@example.org", key="k1")
        await email.send(digest(), "ben@example.org", key="k2")
    assert (server.connections, len(server.messages)) == (2, 1)


async def test_fault_25_greylisting_puts_off_one_address_and_the_others_proceed() -> None:
    script: dict[str, Any] = {"RCPT": ["451 4.7.1 greylisted, come back"]}
    async with serving(ScriptedSmtp(script)) as server, notifier(server) as email:
        with pytest.raises(TemporaryFailure, match="greylisted"):
            await email.send(digest(), "ana@example.org", key="k1")
        await email.send(digest(), "ben@example.org", key="k2")
    assert server.connections == 1
    assert server.heard("RSET")
    assert len(server.messages) == 1


@pytest.mark.parametrize(
    ("script", "scope"),
    [
        ({"RCPT": "550 5.1.1 no such user"}, "address"),
        ({"RCPT": "550-5.1.1 no\r\n550 5.1.1 such user"}, "address"),
        ({"DOT": "550 5.7.26 unauthenticated mail"}, "policy"),
        ({"MAIL": "550 5.1.8 bad sender"}, "channel"),
        ({"CONNECT": "554 5.7.1 you are listed"}, "channel"),
        ({"DATA": "554 no valid recipients"}, "delivery"),
    ],
)
async def test_fault_26_a_permanent_refusal_stops_what_is_at_fault(
    script: dict[str, Any], scope: str
) -> None:
    failure = await failure_with(script)
    assert isinstance(failure, PermanentFailure)
    assert failure.scope == scope


@pytest.mark.parametrize(
    "script",
    [
        {"RCPT": "451 4.3.0 try later"},
        {"DOT": "451 4.3.0 try later"},
        {"RCPT": "552 5.2.2 mailbox full"},
        {"DOT": "550 5.4.6 routing loop"},
        {"DATA": "250 what?"},
        {"MAIL": "hello"},
    ],
)
async def test_what_may_pass_is_temporary(script: dict[str, Any]) -> None:
    assert isinstance(await failure_with(script), TemporaryFailure)


async def test_a_full_mailbox_is_tried_again_slowly() -> None:
    failure = await failure_with({"RCPT": "552 5.2.2 over quota"})
    assert isinstance(failure, TemporaryFailure)
    assert failure.retry_after is not None
    assert failure.retry_after > 3600


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("fault", [FAREWELL, SILENCE])
async def test_what_breaks_before_the_message_is_temporary(stage: str, fault: str) -> None:
    assert isinstance(await failure_with({stage: fault}), TemporaryFailure)


async def test_a_drop_inside_the_message_is_temporary_for_no_final_dot_was_sent() -> None:
    # More than the kernel's buffers hold, so that the rest is certainly still here.
    large = message(b"word\r\n" * 5_000_000)
    async with serving(ScriptedSmtp({"BODY": FAREWELL})) as server:
        session = Session(await connect(Server("127.0.0.1", server.port, "none")), 0.0, Timeouts())
        with pytest.raises(Gone):
            await session.send(large)
    assert server.dots == 0
    assert not session.usable


async def test_the_final_dot_is_written_only_once_nothing_waits_before_it() -> None:
    async with serving(ScriptedSmtp()) as server:
        session = Session(await connect(Server("127.0.0.1", server.port, "none")), 0.0, Timeouts())
        transport = cast("asyncio.Transport", session._wire._transport)
        # To drain, which comes before the dot, then waits until all has left this process.
        assert transport.get_write_buffer_limits() == (0, 0)
        await session.send(message((b"w" * 50_000 + b"\r\n") * 300))
        await session.quit()
    assert len(server.messages[0]) == 50_002 * 300


async def test_a_server_that_stops_taking_the_message_has_certainly_not_accepted_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving(ScriptedSmtp()) as server:
        session = Session(await connect(Server("127.0.0.1", server.port, "none")), 0.0, QUICK)
        session._wire.pause_writing()
        with pytest.raises(TemporaryFailure, match="stopped taking"):
            await session.send(message(b"word\r\n"))
        assert not session.usable
    assert server.dots == 0


async def test_on_a_connection_that_is_closing_the_final_dot_is_not_even_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving(ScriptedSmtp()) as server:
        session = Session(await connect(Server("127.0.0.1", server.port, "none")), 0.0, QUICK)
        drained = session._wire.drained

        async def dropped() -> None:
            await drained()
            session._wire._transport.close()

        monkeypatch.setattr(session._wire, "drained", dropped)
        with pytest.raises(Gone, match="closing"):
            await session.send(message(b"word\r\n"))
    assert server.dots == 0


@pytest.mark.parametrize("fault", [FAREWELL, SILENCE, "hello", "150 wait"])
async def test_fault_28_a_lost_answer_to_the_final_dot_is_uncertain(fault: str) -> None:
    assert isinstance(await failure_with({"DOT": fault}), Uncertain)


async def test_421_as_the_answer_to_the_final_dot_is_a_refusal() -> None:
    assert isinstance(await failure_with({"DOT": "421 4.3.2 not now"}), TemporaryFailure)


async def test_any_2xx_after_the_final_dot_is_an_acceptance() -> None:
    script: dict[str, Any] = {"DOT": "251 2.0.0 forwarded"}
    async with serving(ScriptedSmtp(script)) as server, notifier(server) as email:
        await email.send(digest(), "ana@example.org", key="k1")
    assert len(server.messages) == 1


async def test_a_cancelled_send_closes_its_connection_and_stays_cancelled() -> None:
    script: dict[str, Any] = {"DOT": SILENCE}
    slow = Timeouts(final=60)
    async with serving(ScriptedSmtp(script)) as server, notifier(server, timeouts=slow) as email:
        sending = asyncio.create_task(email.send(digest(), "ana@example.org", key="k1"))
        await server.dotted.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        server.script.clear()
        await email.send(digest(), "ben@example.org", key="k2")
    assert server.connections == 2


async def test_a_send_cancelled_while_it_clears_up_leaves_no_answer_to_be_mistaken() -> None:
    script: dict[str, Any] = {"RCPT": ["550 5.1.1 no such user"], "RSET": [SILENCE]}
    slow = Timeouts(command=60)
    async with serving(ScriptedSmtp(script)) as server, notifier(server, timeouts=slow) as email:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await email.send(digest(), "ana@example.org", key="k1")
        assert server.heard("RSET")
        await email.send(digest(), "ben@example.org", key="k2")
    assert (server.connections, len(server.messages)) == (2, 1)


async def test_a_send_cancelled_before_the_message_leaves_no_answer_to_be_mistaken() -> None:
    script: dict[str, Any] = {"RCPT": [SILENCE]}
    slow = Timeouts(command=60)
    async with serving(ScriptedSmtp(script)) as server, notifier(server, timeouts=slow) as email:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await email.send(digest(), "ana@example.org", key="k1")
        await email.send(digest(), "ben@example.org", key="k2")
    assert (server.connections, len(server.messages)) == (2, 1)
