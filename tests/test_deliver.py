import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.compose import compose
from bot.core.errors import (
    PermanentFailure,
    StoreBusy,
    StoreError,
    TemporaryFailure,
    Uncertain,
)
from bot.core.model import Coverage
from bot.core.polling import Batch
from bot.deliver import MARGIN, PAUSE, Terms, deliver
from bot.notifiers.pace import Pace
from bot.outcomes import TRIES
from bot.store import SqliteStore
from tests.builders import NOON, paper, subscription
from tests.doubles import RecordingNotifier

DAY = timedelta(days=1)
MORNING = NOON + timedelta(hours=20, minutes=30)
NAMES = ("ana", "ben", "chi", "dov", "eva", "fay")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """A ledger in which one email with papers 3 and 4 is pending for each of NAMES."""
    async with SqliteStore.open(tmp_path / "daily-papers.db") as opened:
        await opened.record("test", Batch((paper(1),), complete=frozenset({"cs.CL"})), NOON)
        everybody = [subscription(name) for name in NAMES]
        await opened.sync(everybody, NOON)
        await opened.record("test", Batch((paper(3), paper(4))), NOON)
        assert await compose(opened, everybody, now=MORNING) == len(NAMES)
        yield opened


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what another task brings about."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  # the fake has no event to wait for
            await asyncio.sleep(0.001)


def failing(address: str, error: Exception) -> Callable[[str, str], Exception | None]:
    return lambda where, key: error if where == f"{address}@example.org" else None


async def test_everybody_is_sent_their_digest_once(store: SqliteStore) -> None:
    email = RecordingNotifier()
    ended = await deliver(store, {"email": email}, Terms(MORNING))
    assert ended == {"sent": len(NAMES)}
    assert {one.address for one in email.sent} == {f"{name}@example.org" for name in NAMES}
    assert all(one.papers == [paper(4).id, paper(3).id] for one in email.sent)
    assert await deliver(store, {"email": email}, Terms(MORNING + DAY)) == {}
    assert len(email.sent) == len(NAMES)
    assert not any(one.again for one in email.sent)


async def test_a_digest_is_sent_with_what_it_rests_on(store: SqliteStore) -> None:
    email = RecordingNotifier()
    await deliver(store, {"email": email}, Terms(MORNING))
    assert {one.digest.coverage for one in email.sent} == {Coverage(2, 2, 2, ("test",))}


async def test_a_note_that_nothing_came_is_sent_too(store: SqliteStore) -> None:
    await deliver(store, {"email": RecordingNotifier()}, Terms(MORNING))
    asked = [subscription("ana", weekly_note=True)]
    await store.sync(asked, MORNING)
    later = MORNING + 7 * DAY
    assert await compose(store, asked, now=later) == 1
    email = RecordingNotifier()
    assert await deliver(store, {"email": email}, Terms(later)) == {"sent": 1}
    (note,) = email.sent
    assert note.digest.is_note
    assert note.digest.coverage == Coverage(0, 0, 0, since=MORNING, topics=("Language",))


async def test_no_more_sends_are_under_way_than_the_notifier_allows(store: SqliteStore) -> None:
    email = RecordingNotifier(concurrency=3, gate=asyncio.Event())
    running = asyncio.create_task(deliver(store, {"email": email}, Terms(MORNING)))
    await until(lambda: email.busy == 3)
    assert email.gate is not None
    email.gate.set()
    await running
    assert email.busiest == 3


async def test_fault_25_a_temporary_failure_is_tried_again_by_a_later_pass_under_the_same_key(
    store: SqliteStore,
) -> None:
    email = RecordingNotifier(fault=failing("ben", TemporaryFailure("451 greylisted")))
    ended = await deliver(store, {"email": email}, Terms(MORNING))
    assert ended == {"sent": len(NAMES) - 1, "retry": 1}
    (waiting,) = [
        row for row in await store.deliveries("list", now=MORNING) if row["state"] == "pending"
    ]
    assert "greylisted" in waiting["error"]
    email.fault = lambda address, key: None
    assert await deliver(store, {"email": email}, Terms(MORNING + timedelta(minutes=4))) == {}
    ended = await deliver(store, {"email": email}, Terms(MORNING + timedelta(hours=2)))
    assert ended == {"sent": 1}
    assert email.sent[-1].key == waiting["key"]
    assert not email.sent[-1].again


async def test_the_channels_own_wait_is_kept(store: SqliteStore) -> None:
    wait = TemporaryFailure("ratelimited", retry_after=7200.0)
    email = RecordingNotifier(fault=failing("ben", wait))
    await deliver(store, {"email": email}, Terms(MORNING))
    email.fault = lambda address, key: None
    assert await deliver(store, {"email": email}, Terms(MORNING + timedelta(minutes=119))) == {}
    later = Terms(MORNING + timedelta(hours=9))
    assert await deliver(store, {"email": email}, later) == {"sent": 1}


async def test_what_keeps_failing_is_given_up_and_its_papers_return(store: SqliteStore) -> None:
    email = RecordingNotifier(fault=failing("ben", TemporaryFailure("451 later")))
    now = MORNING
    ended = await deliver(store, {"email": email}, Terms(now))
    while not ended["failed"]:
        now += timedelta(hours=12)
        ended = await deliver(store, {"email": email}, Terms(now))
        assert now < MORNING + 7 * DAY
    assert (await store.status(now)).failed == 1
    email.fault = lambda address, key: None
    await compose(store, [subscription(name) for name in NAMES], now=now + DAY)
    await deliver(store, {"email": email}, Terms(now + DAY))
    assert email.sent[-1].address == "ben@example.org"
    assert email.sent[-1].papers == [paper(4).id, paper(3).id]


async def test_fault_26_a_refused_address_is_suspended_and_the_others_go_on(
    store: SqliteStore,
) -> None:
    refusal = PermanentFailure("550 5.1.1 no such user", scope="address")
    email = RecordingNotifier(fault=failing("ben", refusal))
    ended = await deliver(store, {"email": email}, Terms(MORNING))
    assert ended == {"sent": len(NAMES) - 1, "failed": 1}
    (row,) = (await store.status(MORNING)).suspended
    assert row["address"] == "ben@example.org"
    assert "5.1.1" in row["reason"]


async def test_a_refused_digest_fails_alone(store: SqliteStore) -> None:
    email = RecordingNotifier(fault=failing("ben", PermanentFailure("554 content")))
    ended = await deliver(store, {"email": email}, Terms(MORNING))
    assert ended == {"sent": len(NAMES) - 1, "failed": 1}
    assert (await store.status(MORNING)).suspended == ()


async def test_fault_30_a_refused_channel_rests_an_hour_and_loses_nothing(
    store: SqliteStore,
) -> None:
    attempts = []

    def refuse(address: str, key: str) -> Exception:
        attempts.append(address)
        return PermanentFailure("535 bad credentials", scope="channel")

    email = RecordingNotifier(concurrency=1, fault=refuse)
    await deliver(store, {"email": email}, Terms(MORNING))
    assert len(attempts) == 1, "no lock-out loop"
    status = await store.status(MORNING)
    assert status.pending == len(NAMES)
    assert "bad credentials" in status.paused[0]["reason"]
    email.fault = lambda address, key: None
    assert await deliver(store, {"email": email}, Terms(MORNING + PAUSE / 2)) == {}
    ended = await deliver(store, {"email": email}, Terms(MORNING + PAUSE))
    assert ended == {"sent": len(NAMES) - 1}, "the one that was refused comes after the others"
    assert await deliver(store, {"email": email}, Terms(MORNING + PAUSE + MARGIN)) == {"sent": 1}


def policy_against(*names: str) -> Callable[[str, str], Exception | None]:
    policy = PermanentFailure("550 5.7.1 members only", scope="policy")
    return lambda address, key: policy if address.partition("@")[0] in names else None


@pytest.mark.parametrize("against", [("ana",), ("fay",), ("ana", "ben")])
async def test_a_policy_against_some_addresses_stops_nobody_else(
    store: SqliteStore, against: tuple[str, ...]
) -> None:
    email = RecordingNotifier(fault=policy_against(*against))
    everybody = [subscription(name) for name in NAMES]
    for day in range(3):
        now = MORNING + day * DAY
        await store.record("test", Batch((paper(10 + day),)), now)
        await compose(store, everybody, now=now)
        for hour in range(12):  # their retries come when nobody else is due
            ended = await deliver(store, {"email": email}, Terms(now + timedelta(hours=hour)))
            if hour == 0:
                assert ended["sent"] == len(NAMES) - len(against)
            assert (await store.status(now)).paused == ()


async def test_fault_27_a_policy_against_all_that_we_send_pauses_the_channel(
    store: SqliteStore,
) -> None:
    email = RecordingNotifier(fault=policy_against(*NAMES))
    assert await deliver(store, {"email": email}, Terms(MORNING)) == {"retry": len(NAMES)}
    status = await store.status(MORNING)
    assert "members only" in status.paused[0]["reason"]
    assert status.pending == len(NAMES)
    email.fault = lambda address, key: None
    assert await deliver(store, {"email": email}, Terms(MORNING + PAUSE / 2)) == {}
    ended = await deliver(store, {"email": email}, Terms(MORNING + PAUSE + MARGIN))
    assert ended == {"sent": len(NAMES)}


async def test_a_policy_against_all_is_not_tried_on_thousands(store: SqliteStore) -> None:
    attempts = []

    def refuse(address: str, key: str) -> Exception:
        attempts.append(address)
        return PermanentFailure("550 5.7.1", scope="policy")

    email = RecordingNotifier(concurrency=2, fault=refuse)
    await deliver(store, {"email": email}, Terms(MORNING))
    assert len(attempts) <= 4
    assert len((await store.status(MORNING)).paused) == 1


class Rationed(RecordingNotifier):
    """Lets two sends begin, and no third."""

    turns = 2

    async def ready(self) -> None:
        self.turns -= 1
        if self.turns < 0:
            await asyncio.Event().wait()


@pytest.mark.parametrize("cancelled", [True, False])
async def test_waiting_for_the_rate_is_not_sending(
    store: SqliteStore,
    cancelled: bool,  # noqa: FBT001  # a column of the table
) -> None:
    email = Rationed()
    terms = Terms(MORNING)
    running = asyncio.create_task(deliver(store, {"email": email}, terms))
    await until(lambda: len(email.sent) == 2 and email.turns < -1)
    if cancelled:
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    else:
        terms.stop.set()
        assert await running == {"sent": 2}
    status = await store.status(MORNING)
    assert (status.sent, status.pending, status.uncertain) == (2, len(NAMES) - 2, 0)
    rows = await store.deliveries("list", now=MORNING)
    assert {row["attempts"] for row in rows if row["state"] == "pending"} == {0}


async def test_a_rate_lower_than_the_number_of_readers_keeps_nobody_back(
    store: SqliteStore,
) -> None:
    class PacedNotifier(RecordingNotifier):
        pace = Pace(4)

        async def ready(self) -> None:
            await self.pace.turn()

    clock = [0.0]
    email = PacedNotifier(concurrency=20)
    email.pace = Pace(4, lambda: clock[0])
    for _ in range(2):
        await deliver(store, {"email": email}, Terms(MORNING, budget=0.05))
        clock[0] += 61.0
    assert len(email.sent) == len(NAMES)
    assert (await store.status(MORNING)).uncertain == 0


async def test_a_notifier_that_cannot_say_when_stops_only_itself(store: SqliteStore) -> None:
    class Broken(RecordingNotifier):
        async def ready(self) -> None:
            raise RuntimeError("no idea")

    email = Broken()
    assert await deliver(store, {"email": email}, Terms(MORNING)) == {}
    status = await store.status(MORNING)
    assert (email.sent, status.pending, status.uncertain) == ([], len(NAMES), 0)


async def test_a_pass_whose_budget_is_spent_begins_no_new_send(store: SqliteStore) -> None:
    email = RecordingNotifier()
    assert await deliver(store, {"email": email}, Terms(MORNING, budget=0.0)) == {}
    assert (await store.status(MORNING)).pending == len(NAMES)


async def test_a_channel_refused_for_days_gives_the_papers_back(store: SqliteStore) -> None:
    email = RecordingNotifier(fault=lambda a, k: PermanentFailure("535", scope="channel"))
    await deliver(store, {"email": email}, Terms(MORNING))
    ended = await deliver(store, {"email": email}, Terms(MORNING + 6 * DAY))
    assert ended["failed"] >= 1


@pytest.mark.parametrize(
    "lost", [Uncertain("connection lost after the final dot"), RuntimeError("a fault in the code")]
)
async def test_fault_28_an_uncertain_delivery_is_counted_and_sent_again_under_the_same_key(
    store: SqliteStore, lost: Exception
) -> None:
    email = RecordingNotifier(after=failing("ben", lost))
    ended = await deliver(store, {"email": email}, Terms(MORNING))
    assert ended == {"sent": len(NAMES) - 1, "retry": 1}
    assert (await store.status(MORNING)).uncertain == 1
    email.after = lambda address, key: None
    await deliver(store, {"email": email}, Terms(MORNING + timedelta(hours=2)))
    copies = [one for one in email.sent if one.address == "ben@example.org"]
    assert [one.again for one in copies] == [False, True]
    assert len({one.key for one in copies}) == 1


async def test_an_uncertain_delivery_waits_for_a_person_where_told_to_hold(
    store: SqliteStore,
) -> None:
    email = RecordingNotifier(after=failing("ben", Uncertain("lost")))
    terms = Terms(MORNING, hold=frozenset({"email"}))
    assert (await deliver(store, {"email": email}, terms))["held"] == 1
    status = await store.status(MORNING)
    assert (status.held, status.uncertain) == (1, 1)
    email.after = lambda address, key: None
    assert await deliver(store, {"email": email}, Terms(MORNING + DAY)) == {}


@pytest.mark.parametrize("budget", [10.0, 0.0])
async def test_what_a_dead_process_was_sending_is_held_where_told_to_hold(
    store: SqliteStore, budget: float
) -> None:
    await store.claim("email", MORNING, lease=DAY, limit=1)
    terms = Terms(MORNING, hold=frozenset({"email"}), budget=budget)
    email = RecordingNotifier()
    later = replace(terms, now=MORNING + 2 * DAY)  # the lease has ended
    await deliver(store, {"email": email}, later)
    await deliver(store, {"email": email}, replace(later, budget=10.0))
    assert (await store.status(later.now)).held == 1
    assert len(email.sent) == len(NAMES) - 1
    assert (await store.status(later.now)).uncertain == 1


async def test_a_send_without_an_answer_is_cut_and_counts_as_uncertain(store: SqliteStore) -> None:
    email = RecordingNotifier(gate=asyncio.Event())
    ended = await deliver(store, {"email": email}, Terms(MORNING, attempt=0.05))
    assert ended == {"retry": len(NAMES)}
    assert (await store.status(MORNING)).uncertain == len(NAMES)


async def test_fault_37_one_channel_that_hangs_does_not_keep_the_others(store: SqliteStore) -> None:
    slack = subscription("gus", channel="slack", address="#papers")
    everybody = [subscription(name) for name in NAMES]
    await store.sync([*everybody, slack], MORNING)
    await store.record("test", Batch((paper(5),)), MORNING)
    await compose(store, [*everybody, slack], now=MORNING + DAY)
    hanging, healthy = RecordingNotifier(gate=asyncio.Event()), RecordingNotifier()
    terms = Terms(MORNING + DAY)
    running = asyncio.create_task(deliver(store, {"slack": hanging, "email": healthy}, terms))
    await until(lambda: len(healthy.sent) == 2 * len(NAMES))
    assert not running.done()
    assert hanging.gate is not None
    hanging.gate.set()
    assert (await running)["sent"] == 2 * len(NAMES) + 1


async def test_fault_40_who_leaves_while_digests_are_sent_is_sent_nothing_more(
    store: SqliteStore,
) -> None:
    email = RecordingNotifier(concurrency=2, gate=asyncio.Event())
    sending = asyncio.create_task(deliver(store, {"email": email}, Terms(MORNING)))
    await until(lambda: email.busy == 2)
    staying = NAMES[:3]
    await store.sync([subscription(name) for name in staying], MORNING)
    assert email.gate is not None
    email.gate.set()
    assert await sending == {"sent": len(staying)}
    assert {one.address for one in email.sent} == {f"{name}@example.org" for name in staying}
    states = [row["state"] for row in await store.deliveries("list", now=MORNING)]
    assert sorted(states) == ["dropped"] * 3 + ["sent"] * 3


async def test_fault_43_told_to_stop_it_ends_the_sends_under_way_and_resumes_exactly(
    store: SqliteStore,
) -> None:
    email = RecordingNotifier(concurrency=2, gate=asyncio.Event())
    terms = Terms(MORNING)
    running = asyncio.create_task(deliver(store, {"email": email}, terms))
    await until(lambda: email.busy == 2)
    terms.stop.set()
    assert email.gate is not None
    email.gate.set()
    assert await running == {"sent": 2}
    assert await deliver(store, {"email": email}, Terms(MORNING)) == {"sent": len(NAMES) - 2}
    assert len({one.address for one in email.sent}) == len(email.sent) == len(NAMES)
    assert (await store.status(MORNING)).uncertain == 0


async def test_cancelled_it_counts_what_was_under_way_and_gives_back_the_rest(
    store: SqliteStore,
) -> None:
    email = RecordingNotifier(concurrency=2, gate=asyncio.Event())
    running = asyncio.create_task(deliver(store, {"email": email}, Terms(MORNING)))
    await until(lambda: email.busy == 2)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    status = await store.status(MORNING)
    assert (status.uncertain, status.pending) == (2, len(NAMES))
    email.gate = None
    await deliver(store, {"email": email}, Terms(MORNING))
    await deliver(store, {"email": email}, Terms(MORNING + DAY))
    assert sorted(one.again for one in email.sent) == [False] * (len(NAMES) - 2) + [True] * 2


async def test_cancelled_while_claiming_it_gives_back_what_it_claimed(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    claiming = asyncio.Event()
    claim = store.claim

    async def slow(channel: str, now: datetime, *, lease: timedelta, limit: int) -> object:
        claiming.set()
        taken = await claim(channel, now, lease=lease, limit=limit)
        await asyncio.sleep(0.05)
        return taken

    monkeypatch.setattr(store, "claim", slow)
    running = asyncio.create_task(deliver(store, {"email": RecordingNotifier()}, Terms(MORNING)))
    await claiming.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    monkeypatch.undo()
    email = RecordingNotifier()
    assert await deliver(store, {"email": email}, Terms(MORNING)) == {"sent": len(NAMES)}
    assert not any(one.again for one in email.sent)


async def test_a_failing_ledger_ends_the_pass(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*args: object, **more: object) -> None:
        raise StoreError("disk full")

    monkeypatch.setattr(store, "settle", broken)
    with pytest.raises(StoreError, match="disk full"):
        await deliver(store, {"email": RecordingNotifier()}, Terms(MORNING))


def busy_for(
    store: SqliteStore, call: str, times: int, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], int]:
    """Let another process be in the way of a call so many times; give how often it was tried."""
    through, tried = getattr(store, call), 0

    async def waiting(*args: object, **more: object) -> object:
        nonlocal tried
        tried += 1
        if tried <= times:
            raise StoreBusy("another process is writing to it")
        return await through(*args, **more)

    monkeypatch.setattr(store, call, waiting)
    return lambda: tried


async def test_what_was_sent_while_another_process_writes_is_sent_once(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = RecordingNotifier()
    busy_for(store, "settle", TRIES - 1, monkeypatch)
    assert await deliver(store, {"email": email}, Terms(MORNING)) == {"sent": len(NAMES)}
    assert await deliver(store, {"email": email}, Terms(MORNING + DAY)) == {}
    assert len(email.sent) == len(NAMES)


async def test_an_outcome_is_not_written_anew_for_ever(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = busy_for(store, "settle", 10**6, monkeypatch)
    with pytest.raises(StoreBusy):
        await deliver(store, {"email": RecordingNotifier(concurrency=1)}, Terms(MORNING))
    assert tried() == TRIES


async def test_where_no_more_can_be_claimed_what_is_under_way_is_not_broken_off(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = asyncio.Event()
    email = RecordingNotifier(concurrency=2, gate=gate)
    running = asyncio.create_task(deliver(store, {"email": email}, Terms(MORNING)))
    await until(lambda: email.busy == 2)
    tried = busy_for(store, "claim", 1, monkeypatch)
    gate.set()
    with pytest.raises(StoreBusy, match="another process is writing"):
        await running
    assert (tried(), len(email.sent)) == (1, 2)
    assert await deliver(store, {"email": email}, Terms(MORNING)) == {"sent": len(NAMES) - 2}
    assert not any(one.again for one in email.sent)
