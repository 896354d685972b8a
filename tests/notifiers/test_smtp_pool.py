"""A mail server that fails, or takes few connections, is asked no more than it can bear."""

import asyncio
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest

from bot.core.errors import DeliveryError, TemporaryFailure
from bot.notifiers.email import EmailNotifier
from bot.notifiers.smtp_breaker import FAILURES, REST
from bot.notifiers.smtp_pool import CONNECTIONS, PATIENCE, Pool
from bot.notifiers.smtp_session import Timeouts
from tests.builders import digest
from tests.notifiers.mailing import notifier
from tests.notifiers.scripted_smtp import FAREWELL, SILENCE, ScriptedSmtp, serving

DOWN = "421 4.3.2 shutting down"


async def sent(email: EmailNotifier, many: int) -> list[str | BaseException | None]:
    """Send this many digests at once; give what each raised or returned."""
    sends = (email.send(digest(), f"r{n}@example.org", key=f"k{n}") for n in range(many))
    return await asyncio.gather(*sends, return_exceptions=True)


async def broken(email: EmailNotifier) -> None:
    """Send until the breaker opens."""
    for number in range(FAILURES):
        with pytest.raises(TemporaryFailure):
            await email.send(digest(), "ana@example.org", key=f"b{number}")


@pytest.mark.parametrize(
    "script",
    [
        {"CONNECT": DOWN},
        {"CONNECT": FAREWELL},
        {"MAIL": "421 4.7.28 too many"},
        {"RCPT": "421 4.7.0 too many"},
        {"DATA": FAREWELL},
        {"RCPT": SILENCE},
        {"DOT": "421 4.3.2 not now"},
        {"DOT": FAREWELL},
    ],
)
async def test_fault_23_a_server_that_fails_again_and_again_is_left_alone(
    script: dict[str, Any],
) -> None:
    async with serving(ScriptedSmtp(script)) as server, notifier(server) as email:
        failures: list[DeliveryError] = []
        for number in range(FAILURES + 5):
            with pytest.raises(DeliveryError) as caught:
                await email.send(digest(), "ana@example.org", key=f"k{number}")
            failures.append(caught.value)
    assert server.connections == FAILURES
    assert {type(failure) for failure in failures[FAILURES:]} == {TemporaryFailure}


async def test_those_who_wait_for_an_unreachable_server_are_told_without_asking_it() -> None:
    script: dict[str, Any] = {"CONNECT": DOWN}
    async with serving(ScriptedSmtp(script)) as server, notifier(server) as email:
        failures = await sent(email, 30)
    assert all(isinstance(failure, TemporaryFailure) for failure in failures)
    assert server.connections == FAILURES


async def test_a_refused_address_says_nothing_against_the_server() -> None:
    script: dict[str, Any] = {"RCPT": ["550 5.1.1 no such user", "451 4.7.1 greylisted"] * 5}
    async with serving(ScriptedSmtp(script)) as server, notifier(server) as email:
        for number in range(10):
            with pytest.raises(DeliveryError):
                await email.send(digest(), "ana@example.org", key=f"k{number}")
        await email.send(digest(), "ben@example.org", key="k")
    assert (server.connections, len(server.messages)) == (1, 1)


async def test_after_the_rest_one_tries_and_the_others_follow_it() -> None:
    script: dict[str, Any] = {"CONNECT": [DOWN] * FAILURES}
    async with serving(ScriptedSmtp(script)) as server, notifier(server) as email:
        await broken(email)
        await asyncio.sleep(REST)
        assert await sent(email, 40) == [None] * 40
    assert len(server.messages) == 40


async def test_where_the_one_try_fails_the_others_are_told_without_asking() -> None:
    script: dict[str, Any] = {"CONNECT": [DOWN] * FAILURES, "MAIL": DOWN}
    async with serving(ScriptedSmtp(script)) as server, notifier(server) as email:
        await broken(email)
        await asyncio.sleep(REST)
        failures = await sent(email, 30)
        assert all(isinstance(failure, TemporaryFailure) for failure in failures)
        assert server.connections == FAILURES + 1
        server.script.clear()
        await asyncio.sleep(REST)
        with pytest.raises(TemporaryFailure):
            await email.send(digest(), "ana@example.org", key="early")
        await asyncio.sleep(REST)
        await email.send(digest(), "ana@example.org", key="late")
    assert len(server.messages) == 1


async def test_a_try_that_is_cancelled_leaves_the_next_one_to_try() -> None:
    script: dict[str, Any] = {"CONNECT": [DOWN] * FAILURES, "MAIL": [SILENCE]}
    slow = Timeouts(command=1000)
    async with serving(ScriptedSmtp(script)) as server, notifier(server, timeouts=slow) as email:
        await broken(email)
        await asyncio.sleep(REST)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await email.send(digest(), "ana@example.org", key="k1")
        await email.send(digest(), "ana@example.org", key="k1")
    assert len(server.messages) == 1


async def test_those_behind_a_try_that_hangs_do_not_wait_for_ever() -> None:
    script: dict[str, Any] = {"CONNECT": [DOWN] * FAILURES, "MAIL": [SILENCE]}
    slow = Timeouts(command=PATIENCE * 4)
    loop = asyncio.get_running_loop()
    async with serving(ScriptedSmtp(script)) as server, notifier(server, timeouts=slow) as email:
        await broken(email)
        await asyncio.sleep(REST)
        began = loop.time()
        trying = asyncio.create_task(email.send(digest(), "ana@example.org", key="k1"))
        await asyncio.sleep(1)
        with pytest.raises(TemporaryFailure, match="got free"):
            await email.send(digest(), "ben@example.org", key="k2")
        assert loop.time() - began == pytest.approx(PATIENCE + 1)
        with pytest.raises(TemporaryFailure, match="in time"):
            await trying


class Narrow(ScriptedSmtp):
    """Takes so many connections at once, and refuses more with 421."""

    most = 3
    open_now = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open_now += 1
        try:
            if self.open_now > self.most:
                writer.write(b"421 4.7.0 too many connections from you\r\n")
                writer.close()
            else:
                await super().serve(reader, writer)
        finally:
            self.open_now -= 1


async def test_a_server_that_takes_few_connections_gets_all_over_those_that_it_takes() -> None:
    server = Narrow()
    async with serving(server), notifier(server) as email:
        assert await sent(email, 200) == [None] * 200
    assert len(server.messages) == 200
    assert len({message.partition(b"Message-ID: ")[2][:9] for message in server.messages}) == 200


async def test_idle_connections_count_among_the_twenty() -> None:
    class Counting(ScriptedSmtp):
        """Ends each connection without a word at its second message."""

        open_now = most = 0

        async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.open_now += 1
            self.most = max(self.most, self.open_now)
            try:
                await super().serve(reader, writer)
            finally:
                self.open_now -= 1

        def reply(self, verb: str) -> str:
            begun[asyncio.current_task()] += verb == "MAIL"
            twice = verb == "MAIL" and begun[asyncio.current_task()] > 1
            return FAREWELL if twice else super().reply(verb)

    begun: Counter[asyncio.Task[None] | None] = Counter()
    server = Counting()
    async with serving(server), notifier(server) as email:
        assert await sent(email, CONNECTIONS) == [None] * CONNECTIONS
        assert await sent(email, 5 * CONNECTIONS) == [None] * 5 * CONNECTIONS
    assert server.most <= CONNECTIONS
    assert server.connections == len(server.messages) == 6 * CONNECTIONS


async def test_a_full_pool_lets_one_wait_only_so_long() -> None:
    script: dict[str, Any] = {"RCPT": SILENCE}
    slow = Timeouts(command=4 * PATIENCE)
    async with serving(ScriptedSmtp(script)) as server, notifier(server, timeouts=slow) as email:
        full = [
            asyncio.create_task(email.send(digest(), "ana@example.org", key=f"k{n}"))
            for n in range(CONNECTIONS)
        ]
        await asyncio.sleep(1)
        with pytest.raises(TemporaryFailure, match="got free"):
            await email.send(digest(), "ben@example.org", key="late")
        assert server.connections == CONNECTIONS
        for one in full:
            one.cancel()
        await asyncio.gather(*full, return_exceptions=True)


async def test_one_that_waits_for_room_and_is_cancelled_takes_none() -> None:
    async def never() -> Any:
        await asyncio.Event().wait()

    pool = Pool(never)
    connecting = asyncio.create_task(pool.session().__aenter__())
    await asyncio.sleep(1)
    connecting.cancel()
    with suppress(asyncio.CancelledError):
        await connecting
    assert pool._entered == pool._lent == 0
