"""What `daily-papers web` does for who signs up: letters go, and what has expired is forgotten."""

import asyncio
import os
import re
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, nullcontext
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from bot import entering, serving
from bot.app import run_once
from bot.core.enrolment import LIFETIME, SignUp
from bot.core.errors import StoreError
from bot.core.notice import Notice
from bot.core.schedule import Schedule
from bot.interfaces import SignUps
from bot.serving import entrance_of, serve
from bot.settings import Settings, load
from bot.store import SqliteStore
from bot.web.entrance import Entrance
from tests.builders import NOON, paper
from tests.doubles import RecordingNotifier
from tests.loopback import Loopback, loopback, reader
from tests.notifiers.scripted_smtp import ScriptedSmtp
from tests.notifiers.scripted_smtp import serving as serving_mail
from tests.ports import kept_port

PUBLIC = "https://papers.example.org/a"
OPEN = f'[web]\npublic_url = "{PUBLIC}"\n[pages]\ntitle = "Papers of the Lab"\n[signup]\n'
NOTICE = Notice("Look, ana", ("One line.", f"{PUBLIC}/signup/x"), NOON)
LATTICES = '[[topic]]\nname = "Lattices"\nquery = "cat:math.CO"\n'


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Loopback]:
    with loopback(tmp_path, [paper(1)]) as servers:
        servers.configure(LATTICES, more=OPEN)
        yield servers


def settings(world: Loopback) -> Settings:
    return load(world.config, env={})


def wish(address: str) -> SignUp:
    return SignUp(address, ("Language",), Schedule("UTC", time(8, 30)))


async def test_letters_go_by_the_mail_server_that_digests_go_by(world: Loopback) -> None:
    async with AsyncExitStack() as stack:
        entrance = await entrance_of(settings(world), stack)
        assert isinstance(entrance, Entrance)
        assert (entrance.title, entrance.public_url) == ("Papers of the Lab", PUBLIC)
        assert [one.name for one in entrance.enrolment.topics] == ["Language", "Lattices"]
        await entrance.send(NOTICE, "zoe@example.org", "signup-1")
    (letter,) = world.mail.messages
    assert letter.recipient == "zoe@example.org"
    assert letter.subject == "Look, ana"
    message = letter.message
    assert message["Message-ID"] == "<signup-1@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] is None
    assert f"{PUBLIC}/signup/x" in message.get_content().splitlines()


@pytest.mark.parametrize("more", ["", f'[web]\npublic_url = "{PUBLIC}"\n'])
async def test_without_its_table_there_is_no_entrance(world: Loopback, more: str) -> None:
    world.configure(reader("ana"), more=more)
    async with AsyncExitStack() as stack:
        assert await entrance_of(settings(world), stack) is None
    assert world.mail.messages == []


async def test_mail_that_carries_no_letters_is_told(
    world: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = SimpleNamespace(name="email", load=lambda: lambda _: nullcontext(RecordingNotifier()))
    monkeypatch.setattr(entering, "entry_points", lambda group: [point])
    async with AsyncExitStack() as stack:
        entrance = await entrance_of(settings(world), stack)
        assert entrance is not None
        with pytest.raises(StoreError, match="carries no letters"):
            await entrance.send(NOTICE, "zoe@example.org", "signup-1")


async def test_a_store_that_takes_no_sign_ups_is_told(
    world: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "existing", lambda _: nullcontext(object()))
    async with AsyncExitStack() as stack:
        entrance = await entrance_of(settings(world), stack)
        assert entrance is not None
        with pytest.raises(StoreError, match="takes no sign-ups"):
            async with entrance.ledger():
                pass


@asynccontextmanager
async def served(
    settings: Settings, load: Callable[[], Settings] | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """Serve as the command does, until the block ends, and give a client of it."""
    with kept_port() as port:
        running = asyncio.create_task(serve(settings, port=port, load=load))
        try:
            here = f"http://127.0.0.1:{port}"
            async with httpx.AsyncClient(base_url=here, timeout=None) as client:
                while not running.done():
                    try:
                        await client.get("/healthz")
                        break
                    except httpx.ConnectError:
                        await asyncio.sleep(0.01)
                yield client
        finally:
            if not running.done():
                os.kill(os.getpid(), signal.SIGTERM)
            await running


def waiting(database: Path) -> list[str]:
    """List the addresses that are taken down."""
    with closing(sqlite3.connect(database)) as db:
        return [str(row[0]) for row in db.execute("SELECT address FROM signups ORDER BY address")]


async def test_what_has_expired_is_forgotten_though_no_bot_runs(
    world: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "FORGETTING", 0.01)
    now, database = datetime.now(UTC), settings(world).database
    async with served(settings(world)) as client:  # before there is a ledger
        database.parent.mkdir()
        async with SqliteStore.open(database) as store:
            assert isinstance(store, SignUps)
            await store.ask(wish("fresh.one@example.org"), now, per_hour=9)
            await store.ask(wish("stale.one@example.org"), now - LIFETIME, per_hour=9)
            await store.ask(wish("ahead.one@example.org"), now + timedelta(days=9), per_hour=9)
        while waiting(database) != ["fresh.one@example.org"]:  # noqa: ASYNC110  # SQLite tells nobody
            await asyncio.sleep(0.01)
        assert (await client.get("/healthz")).status_code == 200
    octets = b"".join(one.read_bytes() for one in database.parent.glob(f"{database.name}*"))
    assert b"fresh.one" in octets
    assert b"stale.one" not in octets
    assert b"ahead.one" not in octets


async def test_the_command_takes_who_signs_up_behind_a_path(world: Loopback) -> None:
    await run_once(settings(world), ("poll",), now=NOON)
    async with served(settings(world)) as client:
        index = (await client.get("/a/")).text
        (way,) = re.findall(r'<a [^>]*href="([^"]*)"[^>]*>Subscribe</a>', index)
        assert (await client.get(f"/a/{way}")).status_code == 200
        asked = {"email": "zoe@example.org", "topic": "Lattices", "at": "08:00", "timezone": "UTC"}
        answer = await client.post("/a/signup", data=asked)
        assert "Look into your mailbox" in answer.text
        (letter,) = world.mail.messages
        assert "Papers of the Lab" in letter.subject
        (link,) = (line for line in letter.message.get_content().split() if PUBLIC in line)
        begun = await client.post(link.removeprefix("https://papers.example.org"))
        assert "You get digests" in begun.text
        nothing = await client.get("/a/signups")
        assert nothing.status_code == 404
    assert waiting(settings(world).database) == ["zoe@example.org"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "status", "said"),
    [
        ({"RCPT": "550 5.1.1 <zoe.quick@example.net> unknown"}, 400, "Is it spelt right?"),
        ({"RCPT": "451 4.7.1 <zoe.quick@example.net> greylisted"}, 503, "nothing was kept"),
        ({"DOT": "554 5.7.1 this is spam"}, 503, "nothing was kept"),
    ],
)
async def test_what_a_mail_server_refuses_is_told_and_forgotten(
    world: Loopback,
    script: dict[str, str | list[str]],
    status: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await run_once(settings(world), ("poll",), now=NOON)
    asked = {"email": "zoe.quick@example.net", "topic": "Lattices", "at": "08:00"}
    async with serving_mail(ScriptedSmtp(script)) as server:
        text = world.config.read_text().replace(f"port = {world.mail.port}\n", "")
        world.config.write_text(text.replace("[email]\n", f"[email]\nport = {server.port}\n"))
        async with served(settings(world)) as client:
            answer = await client.post("/signup", data=asked | {"timezone": "UTC"})
    assert answer.status_code == status
    assert said in answer.text
    database = settings(world).database
    assert waiting(database) == []
    files = database.parent.glob(f"{database.name}*")
    assert b"zoe.quick" not in b"".join(one.read_bytes() for one in files)
    told = capsys.readouterr()
    assert "signup.unsent" in told.out + told.err
    assert "zoe.quick" not in told.out + told.err


async def test_closed_it_is_a_page_of_the_site_that_is_not_there(world: Loopback) -> None:
    world.configure(LATTICES + reader("ana"), more=OPEN.replace("[signup]", ""))
    await run_once(settings(world), ("poll",), now=NOON)
    async with served(settings(world)) as client:
        assert "signup" not in (await client.get("/a/")).text
        nothing = await client.get("/a/nothing")
        answer = await client.get("/a/signup")
        assert (answer.status_code, answer.text) == (404, nothing.text)
        assert (await client.post("/a/signup")).status_code == 405


async def test_sighup_opens_the_form_and_a_bad_configuration_closes_nothing(
    world: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    open_for_all = world.config.read_text()
    world.config.write_text(open_for_all.replace("[signup]", ""))
    async with served(settings(world), partial(settings, world)) as client:
        assert (await client.get("/signup")).status_code != 200
        world.config.write_text(open_for_all)
        os.kill(os.getpid(), signal.SIGHUP)
        while (await client.get("/signup")).status_code != 200:  # noqa: ASYNC110  # its own task
            await asyncio.sleep(0.01)
        world.config.write_text(open_for_all.replace("[signup]", "[signup]\nper_hour = 0"))
        os.kill(os.getpid(), signal.SIGHUP)
        said = ""
        while "per_hour" not in said:
            await asyncio.sleep(0.01)
            said += "".join(capsys.readouterr())
        assert (await client.get("/signup")).status_code == 200
