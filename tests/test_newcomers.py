"""People sign up beside the bot, while it runs and while it does not: each gets what comes then."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from bot.app import run_once
from bot.core.audience import Audience
from bot.core.enrolment import Enrolment, SignUp
from bot.core.errors import DatabaseUnusable, StoreBusy
from bot.core.people import Who
from bot.core.polling import Batch
from bot.core.schedule import Schedule
from bot.inquiry import inquire
from bot.newcomers import Newcomers
from bot.report import show_status
from bot.settings import Settings, load
from bot.situation import read_situation
from bot.store import SqliteStore
from bot.trial import check, preview
from bot.upkeep import forget_signups
from tests.builders import NOON, paper, topic
from tests.loopback import Loopback, loopback, reader
from tests.test_service import ENV, Clock, polled, serving, until

DAILY = Schedule("UTC", time(8, 30))
EVA = "eva@example.org"
SIGNUP = """
[web]
public_url = "https://papers.example.org"
[signup]
"""
MORNING = datetime.fromisoformat("2026-01-06T08:30Z")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Loopback]:
    with loopback(tmp_path, [paper(1), paper(2)]) as servers:
        servers.configure(SIGNUP)
        yield servers


def settings_of(world: Loopback) -> Settings:
    return load(world.config, env=ENV)


async def sign_up(world: Loopback, address: str = EVA, now: datetime = NOON) -> str:
    """Sign up as the pages do, beside the bot, and give the reader's token."""
    settings = settings_of(world)
    async with SqliteStore.open(settings.database, exclusive=False) as page:
        asked = await page.ask(SignUp(address, ("Language",), DAILY), now, per_hour=9)
        done = await page.confirm(asked.token, settings.enrolment(), now)
    assert done is not None
    return done.token


def recipients(world: Loopback) -> list[str]:
    return sorted(one.recipient for one in world.mail.messages)


async def test_who_signs_up_while_it_runs_gets_what_is_announced_from_then_on(
    world: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Clock()
    async with serving(world, clock):
        await sign_up(world)
        await clock.seen("_compose")
        world.announce(paper(3, title="A study of three languages"))
        clock.now = datetime.fromisoformat("2026-01-06T01:06Z")
        await polled(world, clock)
        await sign_up(world, "late@example.org", clock.now)
        await clock.seen("_compose")
        clock.now = MORNING
        await until(lambda: len(world.mail.messages) == 1)
        clock.now += timedelta(minutes=1)
        await clock.seen("_compose", "_deliver")
    assert recipients(world) == [EVA]
    text = world.mail.messages[0].content.decode()
    assert "three languages" in text
    assert "You get this because eva@example.org follows Language" in text
    assert "service.joined" in capsys.readouterr().out


async def test_after_a_restart_and_a_reload_they_are_still_there(world: Loopback) -> None:
    settings = settings_of(world)
    await run_once(settings, now=NOON)
    await sign_up(world)
    world.announce(paper(3))
    done = await run_once(settings_of(world), now=MORNING)
    assert (done.composed, done.ended["sent"]) == (1, 1)
    world.announce(paper(4))
    # Nobody can sign up any more, and whoever did goes on.
    world.configure(reader("ana"))
    done = await run_once(settings_of(world), now=MORNING + timedelta(days=1))
    assert done.ended["sent"] == 1
    assert recipients(world) == [EVA, EVA]
    assert done.status.baselines


async def test_what_may_be_chosen_is_polled_for_before_anybody_chooses(world: Loopback) -> None:
    done = await run_once(settings_of(world), now=NOON)
    assert [one.scope for one in done.status.baselines] == ["cs.CL"]
    assert done.composed == 0


async def test_the_configuration_takes_over_and_nothing_comes_twice(world: Loopback) -> None:
    await run_once(settings_of(world), now=NOON)
    await sign_up(world)
    world.announce(paper(3))
    await run_once(settings_of(world), ("poll",), now=MORNING)
    world.configure(SIGNUP + reader("eva"))
    done = await run_once(settings_of(world), ("compose", "deliver"), now=MORNING)
    assert done.ended["sent"] == 1
    assert recipients(world) == [EVA]


async def test_who_leaves_by_the_link_gets_nothing_more(world: Loopback) -> None:
    await run_once(settings_of(world), now=NOON)
    token = await sign_up(world)
    async with SqliteStore.open(settings_of(world).database, exclusive=False) as page:
        await page.unsubscribe(token, NOON)
    world.announce(paper(3))
    done = await run_once(settings_of(world), now=MORNING)
    assert done.ended.total() == 0
    async with SqliteStore.open(settings_of(world).database) as store:
        await store.erase(Who(EVA))
    world.announce(paper(4))
    done = await run_once(settings_of(world), now=MORNING + timedelta(days=1))
    assert done.composed == 0


async def test_commands_that_ask_about_readers_know_them(
    world: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    await run_once(settings_of(world), now=NOON)
    await sign_up(world)
    world.announce(paper(3))
    await run_once(settings_of(world), ("poll",), now=MORNING)
    ((subscription, digests),) = await preview(settings_of(world), EVA, MORNING)
    assert subscription.address == EVA
    assert [one.count for one in digests] == [1]
    show_status(await read_situation(settings_of(world), MORNING), settings_of(world))
    assert "sign-ups: 1 subscribed, 0 not confirmed yet" in capsys.readouterr().out
    answer = await inquire(settings_of(world), EVA, "2601.00003", MORNING)
    assert [one.fate for one in answer.accounts] == ["due"]


class TestNewcomers:
    """The look that the bot takes at every tick."""

    OPEN = Enrolment((topic(),), open=True)

    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[SqliteStore]:
        async with SqliteStore.open(tmp_path / "papers.db") as opened:
            await opened.sync([], NOON, shown=self.OPEN.topics, enrolment=self.OPEN)
            await opened.record("t", Batch((), complete=frozenset({"cs.CL"})), NOON)
            yield opened

    async def join(self, store: SqliteStore, address: str = EVA) -> None:
        asked = await store.ask(SignUp(address, ("Language",), DAILY), NOON, per_hour=9)
        await store.confirm(asked.token, self.OPEN, NOON)

    async def test_each_comes_once(self, store: SqliteStore) -> None:
        newcomers = Newcomers(store, self.OPEN, 0)
        assert not await newcomers.come(NOON)
        await self.join(store)
        assert [one.address for one in await newcomers.come(NOON)] == [EVA]
        await self.join(store, "ben@example.org")
        assert [one.address for one in await newcomers.come(NOON)] == ["ben@example.org"]
        await store.erase(Who("ben@example.org"))
        assert not await newcomers.come(NOON)

    async def test_a_query_that_the_pages_had_in_another_form_is_mended_at_once(
        self, store: SqliteStore
    ) -> None:
        await self.join(store)
        now_asked = Enrolment((topic("Language", "cat:cs.CL AND ti:study"),), open=True)
        await Newcomers(store, now_asked, 0).come(NOON)
        (due,) = await store.due(NOON, everyone=True)
        assert list(due.cursors) == [now_asked.topics[0].key]

    def test_an_audience_knows_the_queries_that_may_be_chosen(self) -> None:
        audience = Audience(())
        audience.become((), self.OPEN.topics)
        newcomer = self.OPEN.subscription(EVA, DAILY)
        queries = audience.queries()
        audience.join([newcomer])
        assert list(audience.subscriptions.values()) == [newcomer]
        assert list(queries.select([paper(1)])) == [topic().query.hash]


class Busy(SqliteStore):
    """A ledger that another process writes to for long, or that is broken."""

    failure: Exception = StoreBusy("another process writes")

    async def forget_signups(self, now: datetime) -> int:
        raise self.failure


async def test_a_busy_ledger_postpones_forgetting_and_a_broken_one_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with Busy.open(tmp_path / "papers.db") as store:
        await forget_signups(store, NOON)
        assert "signups.postponed" in capsys.readouterr().out
        store.failure = DatabaseUnusable("no such disk")
        with pytest.raises(DatabaseUnusable):
            await forget_signups(store, NOON)


async def test_the_bot_forgets_what_was_not_confirmed(
    world: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_of(world)
    await run_once(settings, now=NOON)
    async with SqliteStore.open(settings.database, exclusive=False) as page:
        await page.ask(SignUp(EVA, ("Language",), DAILY), NOON, per_hour=9)
    await run_once(settings, now=NOON + timedelta(hours=23))
    assert "signups.forgotten" not in capsys.readouterr().out
    await run_once(settings, now=NOON + timedelta(hours=24))
    assert "signups.forgotten" in capsys.readouterr().out
    assert EVA.encode() not in settings.database.read_bytes()


async def test_check_tells_whether_people_can_sign_up(world: Loopback) -> None:
    async def told() -> tuple[bool, str] | None:
        probes = {one.what: (one.ok, one.detail) for one in await check(settings_of(world))}
        return probes.get("sign-up")

    at = "at https://papers.example.org/signup"
    assert await told() == (True, f"open to any address {at}, with 1 topic to choose from")
    world.configure(
        f'{SIGNUP}domains = ["a.org", "b.org"]\n[[topic]]\nname = "X"\nquery = "ti:x"\n'
    )
    who = "addresses of a.org or b.org"
    assert await told() == (True, f"open to {who} {at}, with 2 topics to choose from")
    world.config.write_text(
        world.config.read_text().replace("cat:cs.CL", "ti:").replace("ti:x", "(")
    )
    closed = await told()
    assert closed is not None
    assert closed[0] is False
    assert "none of its topics can be read" in closed[1]
    world.configure(reader("ana"))
    assert await told() is None
