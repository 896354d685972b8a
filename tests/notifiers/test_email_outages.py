"""Mail servers that fail while an outbox is sent: who got what, how often, and what is told."""

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.backoff import CAP, FIRST
from bot.deliver import PAUSE
from bot.notifiers.smtp_breaker import FAILURES, LONGEST, REST
from bot.notifiers.smtp_session import Timeouts
from tests.notifiers.mailing import notifier
from tests.notifiers.outbox import MORNING, ids, next_attempt, once, outbox, received, send_all
from tests.notifiers.scripted_smtp import FAREWELL, SILENCE, ScriptedSmtp, serving

DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)
LATER = MORNING + timedelta(seconds=CAP + LONGEST)


@pytest.mark.slow
@pytest.mark.parametrize(
    "script",
    [
        pytest.param({"CONNECT": "421 4.3.2 shutting down"}, id="421"),
        pytest.param({"CONNECT": FAREWELL}, id="drop"),
        pytest.param({"MAIL": SILENCE}, id="tarpit"),
    ],
)
async def test_fault_23_a_relay_that_is_down_for_a_day_then_gets_all_once(
    script: dict[str, Any], tmp_path: Path
) -> None:
    server = ScriptedSmtp(script)
    async with outbox(tmp_path, 8) as store, serving(server), notifier(server) as email:
        now = MORNING
        while now < MORNING + DAY:
            assert set(await send_all(store, email, now)) <= {"retry"}
            assert await next_attempt(store, now) - now <= timedelta(seconds=CAP + 1)
            await asyncio.sleep(QUARTER.total_seconds())
            now += QUARTER
        status = await store.status(now)
        assert (status.pending, status.failed, status.uncertain) == (8, 0, 0)
        assert status.oldest_pending == MORNING
        assert (status.paused, status.suspended) == ((), ())
        # At first all that may be under way at once; then one try a rest, however many wait.
        assert (
            server.connections <= email.concurrency + FAILURES + 6 + DAY.total_seconds() / LONGEST
        )
        server.script.clear()
        for _ in range(10):
            await asyncio.sleep(CAP)
            now += timedelta(seconds=CAP)
            await send_all(store, email, now)
        assert (await store.status(now)).sent == 8
    assert received(server.messages) == once(8)


async def test_fault_24_421_in_the_midst_of_a_fan_out_loses_and_repeats_nothing(
    tmp_path: Path,
) -> None:
    script: dict[str, Any] = {"MAIL": ["250 ok"] * 20 + ["421 4.3.2 restarting"] * 25}
    server = ScriptedSmtp(script)
    async with outbox(tmp_path, 50) as store, serving(server), notifier(server) as email:
        first = await send_all(store, email, MORNING)
        assert set(first) == {"sent", "retry"}
        assert first["sent"] >= 20
        now = MORNING
        while (await store.status(now)).pending:
            wait = max(FIRST, (await next_attempt(store, now) - now).total_seconds())
            await asyncio.sleep(wait)
            now += timedelta(seconds=wait)
            await send_all(store, email, now)
        status = await store.status(now)
    assert received(server.messages) == once(50)
    assert (status.failed, status.uncertain) == (0, 0)


async def test_fault_25_where_everybody_is_greylisted_each_gets_it_at_the_second_try(
    tmp_path: Path,
) -> None:
    script: dict[str, Any] = {"RCPT": ["451 4.7.1 greylisted, come back in five minutes"] * 50}
    server = ScriptedSmtp(script)
    async with outbox(tmp_path, 50) as store, serving(server), notifier(server) as email:
        assert await send_all(store, email, MORNING) == {"retry": 50}
        assert server.messages == []
        assert await send_all(store, email, LATER) == {"sent": 50}
    assert received(server.messages) == once(50)
    assert server.connections <= email.concurrency * 2


@pytest.mark.parametrize("many", [50, pytest.param(1000, marks=pytest.mark.slow)])
async def test_fault_26_one_of_many_who_is_no_longer_there_costs_the_others_nothing(
    many: int, tmp_path: Path
) -> None:
    class Knowing(ScriptedSmtp):
        def reply(self, verb: str) -> str:
            gone = verb == "RCPT" and "<r40@" in self.commands[-1]
            return "550 5.1.1 no such user" if gone else super().reply(verb)

    server = Knowing()
    async with (
        outbox(tmp_path, many) as store,
        serving(server),
        notifier(server, per_minute=10_000) as email,
    ):
        # They share connections, so its command may be the last when another's is answered.
        email.concurrency = 1
        assert await send_all(store, email, MORNING) == {"sent": many - 1, "failed": 1}
        status = await store.status(MORNING)
    assert received(server.messages) == once(many) - Counter(["r40"])
    assert [row["address"] for row in status.suspended] == ["r40@example.org"]
    assert "no such user" in status.suspended[0]["reason"]


async def test_fault_27_a_policy_against_all_pauses_the_channel_and_fails_nobody(
    tmp_path: Path,
) -> None:
    script: dict[str, Any] = {"DOT": "550 5.7.26 this mail is unauthenticated"}
    server = ScriptedSmtp(script)
    async with outbox(tmp_path, 100) as store, serving(server), notifier(server) as email:
        assert set(await send_all(store, email, MORNING)) <= {"retry", "released"}
        status = await store.status(MORNING)
        assert (status.pending, status.failed, status.suspended) == (100, 0, ())
        assert "5.7.26" in status.paused[0]["reason"]
        tried = server.dots
        assert tried < 100
        assert await send_all(store, email, MORNING + PAUSE / 2) == {}
        assert server.dots == tried
        server.script.clear()
        await send_all(store, email, MORNING + PAUSE)
        await send_all(store, email, MORNING + 3 * PAUSE)
    assert received(server.messages) == once(100)


async def test_fault_28_a_drop_after_the_dot_is_counted_and_the_copy_has_the_same_id(
    tmp_path: Path,
) -> None:
    class Forgetful(ScriptedSmtp):
        """Takes each message, and says so to those alone that come a second time."""

        def reply(self, verb: str) -> str:
            if verb != "DOT":
                return super().reply(verb)
            return FAREWELL if self.dots in dropped else super().reply(verb)

    dropped = {3, 7}
    server = Forgetful()
    async with outbox(tmp_path, 10) as store, serving(server), notifier(server) as email:
        assert await send_all(store, email, MORNING) == {"sent": 8, "retry": 2}
        assert (await store.status(MORNING)).uncertain == 2
        assert await send_all(store, email, LATER) == {"sent": 2}
    # The server of this test forgot what it had taken; another would have it twice, of one id.
    assert received(server.messages) == once(10)
    assert set(ids(server.messages).values()) == {1}
    assert server.dots == 12


async def test_fault_28_told_to_hold_it_waits_for_a_person(tmp_path: Path) -> None:
    script: dict[str, Any] = {"DOT": [FAREWELL]}
    server = ScriptedSmtp(script)
    async with outbox(tmp_path, 2) as store, serving(server), notifier(server) as email:
        ended = await send_all(store, email, MORNING, hold=frozenset({"email"}))
        assert ended == {"sent": 1, "held": 1}
        assert await send_all(store, email, LATER) == {}


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
async def test_a_tarpit_before_the_dot_ends_as_certainly_not_accepted(
    stage: str, tmp_path: Path
) -> None:
    script: dict[str, Any] = {stage: SILENCE}
    server = ScriptedSmtp(script)
    usual = Timeouts()
    async with (
        outbox(tmp_path, 3) as store,
        serving(server),
        notifier(server, timeouts=usual, timeout=60.0) as email,
    ):
        assert await send_all(store, email, MORNING) == {"retry": 3}
        assert (await store.status(MORNING)).uncertain == 0
        await asyncio.sleep(REST)
        server.script.clear()
        assert await send_all(store, email, LATER) == {"sent": 3}
    assert received(server.messages) == once(3)
