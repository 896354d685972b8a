"""The bot that stays: its calendar, its signals, its configuration."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from bot.core.errors import DatabaseUnusable, InstanceRunning, StoreBusy
from bot.demo.slack_server import Fault
from bot.service import Service
from bot.settings import load
from bot.situation import read_situation
from bot.store import SqliteStore
from tests.builders import NOON, paper
from tests.loopback import TOKEN, Loopback, loopback, reader
from tests.monitor import Monitor, monitor

ENV = {"DAILY_PAPERS_SLACK__TOKEN": TOKEN}


class Clock:
    """An instant that the test moves; `asked` counts by name the steps that asked for it."""

    def __init__(self) -> None:
        self.now = NOON
        self.asked: Counter[str] = Counter()

    def __call__(self) -> datetime:
        task = asyncio.current_task()
        self.asked[getattr(task and task.get_coro(), "__name__", "")] += 1
        return self.now

    async def seen(self, *steps: str) -> None:
        """Wait until each of these steps has come round with the instant that it is now.

        Some ask more than once in a round, and the round under way may have begun before.
        """
        before = self.asked.copy()
        await until(lambda: all(self.asked[step] >= before[step] + 3 for step in steps))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Loopback]:
    with loopback(tmp_path, [paper(1), paper(2)]) as servers:
        servers.configure(reader("ana"))
        yield servers


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(100):
        while not condition():  # noqa: ASYNC110  # the servers live in another thread
            await asyncio.sleep(0.01)


async def minutes_pass(clock: Clock, condition: Callable[[], bool]) -> None:
    """Let minutes pass until it is so, and not an hour: nothing is looked at twice in one."""
    for _ in range(50):
        if condition():
            return
        clock.now += timedelta(minutes=1)
        await clock.seen("_watch")
    raise TimeoutError


async def told(capsys: pytest.CaptureFixture[str], words: str) -> None:
    """Wait until the log says so."""
    said = ""

    def found() -> bool:
        nonlocal said
        said += "".join(capsys.readouterr())
        return words in said

    await until(found)


async def polled(world: Loopback, clock: Clock) -> None:
    """Wait until the poll of this instant has ended, in all sources."""
    at = clock.now
    async with SqliteStore.open(load(world.config, env=ENV).database, exclusive=False) as store:
        while not any(one.at == at for one in (await store.status(at)).polls):  # noqa: ASYNC110  # another connection's
            await asyncio.sleep(0.02)
    await clock.seen("_poll")


async def standing(world: Loopback, condition: Callable[[datetime], bool]) -> None:
    """Wait until the instant at which the next digest is due is as the condition has it."""
    async with SqliteStore.open(load(world.config, env=ENV).database, exclusive=False) as store:
        while not condition((await store.status(NOON)).standings[0].next_due):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@asynccontextmanager
async def serving(
    world: Loopback, clock: Clock, drain: float = 5.0
) -> AsyncIterator[asyncio.Task[None]]:
    """Run the service until the block ends, then stop it as a service manager does.

    The block begins when the first poll has ended: a clock that the test moved under a poll would
    look like a poll that takes hours.
    """
    service = Service(lambda: load(world.config, env=ENV), clock=clock, tick=0.02, drain=drain)
    running = asyncio.create_task(service.run(load(world.config, env=ENV)))
    await until(lambda: running.done() or len(world.arxiv.requests) >= 30)
    await polled(world, clock)
    try:
        yield running
    finally:
        service.stop()
        async with asyncio.timeout(100):
            await asyncio.wait({running})


async def test_it_polls_on_arxivs_calendar_and_delivers_at_the_readers_hour(
    world: Loopback,
) -> None:
    clock = Clock()
    async with serving(world, clock):
        polls = len(world.arxiv.requests)
        world.announce(paper(3))
        await clock.seen("_poll")
        assert len(world.arxiv.requests) == polls, "nothing is announced before the evening"
        clock.now = datetime.fromisoformat("2026-01-06T01:06Z")
        await until(lambda: len(world.arxiv.requests) > polls)
        await clock.seen("_poll", "_compose", "_deliver")
        assert world.mail.messages == []
        clock.now = datetime.fromisoformat("2026-01-06T08:30Z")
        await until(lambda: len(world.mail.messages) == 1)
        clock.now += timedelta(minutes=1)
        await clock.seen("_compose", "_deliver")
    assert len(world.mail.messages) == 1
    async with SqliteStore.open(load(world.config, env=ENV).database) as store:
        assert (await store.status(clock.now)).sent == 1


async def test_the_first_poll_says_what_is_known_and_when_the_first_digest_comes(
    world: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving(world, Clock()):
        await told(capsys, "2 papers known; first digest Tue 6 Jan 08:30 (UTC) for ana")


async def test_fault_13_a_clock_that_was_far_ahead_for_a_while_does_not_silence_it(
    world: Loopback,
) -> None:
    clock = Clock()
    async with serving(world, clock):
        clock.now += timedelta(days=40)
        await standing(world, lambda next_due: next_due > clock.now)
        clock.now -= timedelta(days=40)
        await standing(world, lambda next_due: next_due < clock.now + timedelta(days=2))
        await polled(world, clock)
        world.announce(paper(3))
        clock.now = datetime.fromisoformat("2026-01-06T08:30Z")
        await until(lambda: len(world.mail.messages) == 1)


async def test_sigterm_stops_it_cleanly(world: Loopback) -> None:
    async with serving(world, Clock()) as running:
        os.kill(os.getpid(), signal.SIGTERM)
        await until(running.done)
        assert running.exception() is None


async def test_fault_44_sighup_reloads_and_a_bad_configuration_leaves_the_old_one(
    world: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Clock()
    async with serving(world, clock) as running:
        good = world.config.read_text()
        world.config.write_text(good.replace('"08:30"', '"25:30"'))
        os.kill(os.getpid(), signal.SIGHUP)
        await told(capsys, "25:30")
        assert not running.done()
        world.configure(reader("ana") + reader("ben"))
        os.kill(os.getpid(), signal.SIGHUP)
        database = load(world.config, env=ENV).database
        async with SqliteStore.open(database, exclusive=False) as store:
            while len((await store.status(NOON)).standings) < 2:  # noqa: ASYNC110  # as above
                await asyncio.sleep(0.02)
        world.announce(paper(3))
        clock.now = datetime.fromisoformat("2026-01-06T08:30Z")
        await until(lambda: len(world.mail.messages) == 2)
    assert {one.recipient for one in world.mail.messages} == {
        "ana@example.org",
        "ben@example.org",
    }


def topic(name: str, query: str) -> str:
    """Write a further topic."""
    return f'\n[[topic]]\nname = "{name}"\nquery = "{query}"\n'


BROKEN = "ti:RAG OR OR abs:x"


async def test_fault_45_a_broken_query_leaves_the_old_one_and_all_else_is_taken_up(
    world: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Clock()
    ben = reader("ben", topics='["Mine"]')
    world.configure(reader("ana", topics='["Language"]') + ben + topic("Mine", "ti:study"))
    async with serving(world, clock) as running:
        readers = reader("ana", topics='["Language"]') + ben + reader("col", topics='["Language"]')
        world.configure(readers + topic("Mine", BROKEN))
        line = world.config.read_text().splitlines().index(f'query = "{BROKEN}"') + 1
        os.kill(os.getpid(), signal.SIGHUP)
        await told(capsys, f"{world.config}:{line}: topic")
        settings = load(world.config, env=ENV)
        async with SqliteStore.open(settings.database, exclusive=False) as store:
            while len((await store.status(NOON)).standings) < 3:  # noqa: ASYNC110  # as above
                await asyncio.sleep(0.02)
        assert not running.done()
        (refused,) = (await read_situation(settings, clock.now)).status.refused
        assert (refused.topic, refused.stays) == ("Mine", True)
        world.announce(paper(3))
        clock.now = datetime.fromisoformat("2026-01-06T08:30Z")
        await until(lambda: len(world.mail.messages) == 3)
    names = sorted(one.recipient.partition("@")[0] for one in world.mail.messages)
    assert names == ["ana", "ben", "col"]


async def test_a_topic_that_is_mended_later_brings_what_came_meanwhile_once(
    world: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Clock()
    ben = reader("ben", topics='["Mine"]')
    world.configure(reader("ana", topics='["Language"]') + ben + topic("Mine", "ti:study"))
    async with serving(world, clock):
        pass
    world.configure(reader("ana", topics='["Language"]') + ben + topic("Mine", BROKEN))
    async with serving(world, clock):
        await told(capsys, "topic.refused")
        world.announce(paper(3))
        clock.now = datetime.fromisoformat("2026-01-06T08:30Z")
        await until(lambda: len(world.mail.messages) == 1)
        await clock.seen("_compose", "_deliver")
        (refused,) = (await read_situation(load(world.config, env=ENV), clock.now)).status.refused
        assert not refused.stays
        world.configure(reader("ana", topics='["Language"]') + ben + topic("Mine", "ti:study"))
        os.kill(os.getpid(), signal.SIGHUP)
        await told(capsys, "configuration.reloaded")
        world.announce(paper(4))
        clock.now += timedelta(days=1)
        await until(lambda: len(world.mail.messages) == 3)
        await clock.seen("_compose", "_deliver")
    assert [one.recipient.partition("@")[0] for one in world.mail.messages].count("ben") == 1
    (last,) = [one for one in world.mail.messages if one.recipient.startswith("ben")]
    assert b"2601.00003" in last.content
    assert b"2601.00004" in last.content


async def test_fault_44_a_reload_that_cannot_be_used_leaves_the_old_one(
    world: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Clock()
    async with serving(world, clock) as running:
        good = world.config.read_text()
        (world.config.parent / "notes").write_text("a shopping list\n" * 100)
        world.config.write_text(good.replace("/var/daily-papers.db", "/notes"))
        os.kill(os.getpid(), signal.SIGHUP)
        await told(capsys, "configuration.unusable")
        assert not running.done()
        world.announce(paper(3))
        clock.now = datetime.fromisoformat("2026-01-06T08:30Z")
        await until(lambda: len(world.mail.messages) == 1)


@pytest.mark.slow
async def test_fault_37_a_channel_that_hangs_keeps_no_other_waiting(world: Loopback) -> None:
    world.configure(
        reader("ana", slack='["#papers"]') + reader("ben", deliver_at='"09:00"', days='["tue"]')
    )
    world.slack.faults = lambda method, arguments: Fault(delay=60.0)
    clock = Clock()
    async with serving(world, clock, drain=0.1):
        world.announce(paper(3))
        clock.now = datetime.fromisoformat("2026-01-06T08:31Z")
        await until(lambda: any(method == "chat.postMessage" for method, _ in world.slack.calls))
        clock.now = datetime.fromisoformat("2026-01-06T09:00Z")
        await until(lambda: len(world.mail.messages) == 2)
        database = load(world.config, env=ENV).database
        async with SqliteStore.open(database, exclusive=False) as store:
            rows = await store.deliveries("list", now=clock.now)
        assert [row["state"] for row in rows if row["channel"] == "slack"] == ["sending"]


async def test_immediately_is_sent_as_soon_as_the_poll_brought_it(world: Loopback) -> None:
    world.configure(reader("ana", deliver_at='"immediately"'))
    clock = Clock()
    async with serving(world, clock):
        world.announce(paper(3))
        clock.now = datetime.fromisoformat("2026-01-06T01:06Z")
        await until(lambda: len(world.mail.messages) == 1)


async def test_fault_20_a_second_instance_refuses_to_start(world: Loopback) -> None:
    async with serving(world, Clock()):
        second = Service(lambda: load(world.config, env=ENV), clock=Clock())
        with pytest.raises(InstanceRunning, match=r"daily-papers\.db"):
            await second.run(load(world.config, env=ENV))


async def test_without_a_ledger_it_ends(world: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(world, Clock()) as running:

        async def broken(*_: object, **__: object) -> None:
            raise DatabaseUnusable("disk full")

        monkeypatch.setattr(SqliteStore, "head", broken)
        await until(running.done)
        assert isinstance(running.exception(), DatabaseUnusable)


@pytest.mark.slow
@pytest.mark.parametrize("call", ["memory", "due", "status", "claim"])
async def test_a_step_that_another_process_keeps_waiting_is_made_at_the_next_tick(
    world: Loopback,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    call: str,
) -> None:
    clock = Clock()
    through, met = getattr(SqliteStore, call), asyncio.Event()

    async def busy(store: SqliteStore, *args: object, **more: object) -> object:
        if store._exclusive and not met.is_set():
            met.set()
            raise StoreBusy("another process is writing to it")
        return await through(store, *args, **more)

    async with serving(world, clock) as running:
        world.announce(paper(3))
        monkeypatch.setattr(SqliteStore, call, busy)
        clock.now = datetime.fromisoformat("2026-01-06T01:06Z")
        await until(lambda: met.is_set() and len(world.arxiv.requests) > 30)
        await polled(world, clock)
        clock.now = datetime.fromisoformat("2026-01-06T08:30Z")
        await until(lambda: len(world.mail.messages) == 1)
        assert not running.done()
    said = "".join(capsys.readouterr())
    assert (said.count("service.postponed"), said.count("service.running")) == (1, 1)


async def test_a_digest_waits_for_a_poll_under_way_but_not_for_long(world: Loopback) -> None:
    clock = Clock()
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def silent(_: object) -> None:
        loop.call_soon_threadsafe(asked.set)
        await asyncio.sleep(10)

    async with serving(world, clock):
        world.announce(paper(3))
        clock.now = datetime.fromisoformat("2026-01-06T01:06Z")
        await polled(world, clock)
        world.arxiv.fault = silent
        asked.clear()
        clock.now = datetime.fromisoformat("2026-01-06T08:30Z")
        await asked.wait()
        await clock.seen("_compose", "_deliver")
        assert world.mail.messages == []
        clock.now += timedelta(minutes=15)
        await until(lambda: len(world.mail.messages) == 1)
        world.arxiv.fault = None


def owned(world: Loopback, heartbeat: str = "") -> None:
    """Configure ana as reader and somebody as owner."""
    world.configure(
        reader("ana"), more=f'[owner]\nemail = ["ops@example.org"]\nheartbeat = "{heartbeat}"'
    )


def notices(world: Loopback) -> list[str]:
    """Give the subjects of what the owner was told."""
    return [one.subject for one in world.mail.messages if one.recipient == "ops@example.org"]


async def test_the_heartbeat_is_fetched_every_quarter_of_an_hour_while_all_is_well(
    world: Loopback,
) -> None:
    async with monitor() as listening:
        owned(world, listening.url)
        clock = Clock()
        async with serving(world, clock):
            clock.now += timedelta(minutes=1)
            await until(lambda: len(listening.requests) == 1)
            clock.now += timedelta(minutes=14)
            await clock.seen("_watch")
            assert len(listening.requests) == 1
            clock.now += timedelta(minutes=1)
            await until(lambda: len(listening.requests) == 2)


async def test_a_dead_bot_sends_no_heartbeat(world: Loopback) -> None:
    async with monitor() as listening:
        owned(world, listening.url)
        clock = Clock()
        async with serving(world, clock):
            clock.now += timedelta(minutes=1)
            await until(lambda: len(listening.requests) == 1)
        clock.now += timedelta(hours=1)
        await asyncio.sleep(0.2)
        assert len(listening.requests) == 1


@pytest.mark.slow
async def test_while_no_source_answers_there_is_no_heartbeat(world: Loopback) -> None:
    async with monitor() as listening:
        owned(world, listening.url)
        clock = Clock()
        async with serving(world, clock):
            clock.now += timedelta(minutes=1)
            await until(lambda: len(listening.requests) == 1)

            async def down(_: object) -> web.Response:
                return web.Response(status=500)

            world.arxiv.fault = down
            clock.now = datetime.fromisoformat("2026-01-06T01:06Z")
            await polled(world, clock)
            beats = len(listening.requests)
            for _ in range(3):
                clock.now += timedelta(minutes=16)
                await clock.seen("_watch")
            assert len(listening.requests) == beats


@pytest.mark.slow
async def test_a_channel_that_hangs_stops_the_heartbeat_and_nothing_else(world: Loopback) -> None:
    async with monitor() as listening:
        world.configure(
            reader("ana", slack='["#papers"]'), more=f'[owner]\nheartbeat = "{listening.url}"'
        )
        world.slack.faults = lambda method, arguments: Fault(delay=60.0)
        clock = Clock()
        async with serving(world, clock, drain=0.1):
            world.announce(paper(3))
            clock.now = datetime.fromisoformat("2026-01-06T08:31Z")
            await until(lambda: any(name == "chat.postMessage" for name, _ in world.slack.calls))
            await until(lambda: len(world.mail.messages) == 1)
            clock.now += timedelta(hours=1)
            await clock.seen("_watch")
            beats = len(listening.requests)
            for _ in range(3):
                clock.now += timedelta(minutes=16)
                await clock.seen("_watch")
            assert len(listening.requests) == beats


async def beats(clock: Clock, listening: Monitor) -> bool:
    """Let the loops come round, and then some minutes pass; tell whether the heartbeat came."""
    before = len(listening.requests)
    await clock.seen("_compose", "_watch", "_deliver")
    for _ in range(3):
        clock.now += timedelta(minutes=1)
        await clock.seen("_watch")
    return len(listening.requests) > before


@pytest.mark.slow
async def test_a_poll_that_hangs_stops_the_heartbeat_and_nothing_else(world: Loopback) -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def silent(_: object) -> None:
        loop.call_soon_threadsafe(asked.set)
        await asyncio.sleep(10)

    async with monitor() as listening:
        owned(world, listening.url)
        clock = Clock()
        async with serving(world, clock):
            world.announce(paper(3))
            clock.now = datetime.fromisoformat("2026-01-06T01:06Z")
            await polled(world, clock)
            world.arxiv.fault = silent
            clock.now = datetime.fromisoformat("2026-01-06T08:31Z")
            await asked.wait()
            assert await beats(clock, listening), "it may yet end"
            clock.now = datetime.fromisoformat("2026-01-06T14:25Z")
            assert await beats(clock, listening), "it may yet end"
            await until(lambda: len(world.mail.messages) == 1)
            clock.now = datetime.fromisoformat("2026-01-06T14:45Z")
            assert not await beats(clock, listening)
            world.arxiv.fault = None


@pytest.mark.slow
async def test_the_owner_is_told_once_when_nothing_comes_and_once_when_it_came_after_all(
    world: Loopback,
) -> None:
    owned(world)
    clock = Clock()
    async with serving(world, clock):
        for at in ("06T01:06Z", "06T12:06Z", "07T01:06Z", "07T13:06Z"):
            clock.now = datetime.fromisoformat(f"2026-01-{at}")
            await polled(world, clock)
            clock.now += timedelta(minutes=1)
        await minutes_pass(clock, lambda: len(notices(world)) == 1)
        assert "Mon 5 Jan 20:00 EST" in notices(world)[0]
        world.announce(paper(3))
        clock.now = datetime.fromisoformat("2026-01-09T01:06Z")
        await polled(world, clock)
        await minutes_pass(clock, lambda: len(notices(world)) == 2)
    assert notices(world)[1] == "arXiv announces again"


async def test_a_faulty_file_of_holidays_is_refused_on_reload_and_the_old_one_stays(
    world: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving(world, Clock()) as running:
        holidays = world.config.parent / "holidays.toml"
        holidays.write_text("[next]\nholidays = []\n")
        text = world.config.read_text().replace("[arxiv]", f'[arxiv]\nholidays = "{holidays}"')
        world.config.write_text(text)
        os.kill(os.getpid(), signal.SIGHUP)
        await told(capsys, "this is not a year")
        assert not running.done()
