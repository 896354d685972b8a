"""README's recipe for Postfix, followed to the letter at a real Postfix that is running."""

import asyncio
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import sysconfig
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.deliver import Terms, deliver
from bot.notifiers.email import EmailNotifier
from bot.settings import Settings, load
from bot.store import SqliteStore
from tests.asking import MORNING, lived
from tests.builders import paper, subscription
from tests.notifiers.test_smtp_sink import REFUSED, running
from tests.ports import kept_port
from tests.postfix import PLACES, SERVICES, postfix_folder, serving
from tests.settings.configurations import WORKING, written

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
USER = "nobody"
BOUNCES = "bounces@example.org"
GONE = "gone@example.net"
"""An address at a server that knows nobody."""
_MASTER = (
    SERVICES
    + """\
local   unix - n n - - local
smtp    unix - - n - - smtp
anvil   unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
)
_MAIN = (
    PLACES
    + """\
mydestination = example.org
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
smtpd_peername_lookup = no
alias_maps = {kind}:{root}/aliases
alias_database = $alias_maps
transport_maps = texthash:{root}/transports
"""
)


@dataclass(frozen=True)
class Machine:
    """A machine with Postfix at `port`, and a server that knows nobody at `sink`."""

    root: Path
    port: int
    sink: int

    @property
    def config(self) -> Path:
        return self.root / "bot/daily-papers.toml"

    async def do(self, *words: str) -> None:
        """Run a command as root would there."""
        env = os.environ | {"MAIL_CONFIG": str(self.root / "conf")}
        process = await asyncio.create_subprocess_exec(*words, env=env)
        assert await process.wait() == 0, words

    def settings(self) -> Settings:
        return load(self.config, env={})

    def deferred(self) -> list[Path]:
        """List what Postfix keeps to try again."""
        return [one for one in (self.root / "queue/deferred").rglob("*") if one.is_file()]

    def log(self) -> str:
        """Give what Postfix has logged so far."""
        file = self.root / "log/mail"
        return file.read_text("utf-8") if file.exists() else ""

    async def until(self, done: Callable[[], bool]) -> None:
        """Wait for what Postfix does; fail with its log."""
        try:
            async with asyncio.timeout(60):
                while not done() and "Command died" not in self.log():  # noqa: ASYNC110  # another process brings it
                    await asyncio.sleep(0.1)
        except TimeoutError:
            pytest.fail(self.log())
        assert done(), self.log()


def told(machine: Machine) -> tuple[str, str]:
    """Take out of README the recipe and how to try it, the places being those of this machine."""
    found = re.search(
        r"^\*\*Postfix on the same machine\*\*.*?```sh\n(.*?)```\s+`([^`]+)` tries it",
        (ROOT / "README.md").read_text("utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    assert found is not None
    text, trial = found.groups()
    for there, here in {
        "=papers": f"={USER}",
        "/etc/aliases": str(machine.root / "aliases"),
        "/etc/daily-papers/secrets": str(machine.root / "bot/secrets"),
        "/etc/daily-papers/daily-papers.toml": str(machine.config),
        "/opt/daily-papers/.venv/bin/daily-papers": str(machine.root / "bot/daily-papers"),
    }.items():
        assert there in text, f"README says no more where {there} is"
        text = text.replace(there, here)
    return text, trial


@pytest.fixture
async def machine() -> AsyncIterator[Machine]:
    """A machine on which the recipe was followed while Postfix ran."""
    with postfix_folder() as root, kept_port() as port, kept_port() as sink:
        made = Machine(root, port, sink)
        (root / "conf/master.cf").write_text(_MASTER.format(port=port))
        (root / "conf/main.cf").write_text(_MAIN.format(root=root, kind=_kind_of_table()))
        (root / "transports").write_text(f"{GONE} smtp:[127.0.0.1]:{sink}\n")
        (root / "sunk").mkdir()
        (root / "sunk").chmod(0o777)
        (root / "aliases").write_text("postmaster: root\n")
        _install(made)
        await made.do("newaliases")
        async with serving(root, port):
            recipe, _ = told(made)
            await made.do("sh", "-ec", recipe)
            yield made


def _kind_of_table() -> str:
    """Ask which kind of table `newaliases` makes here."""
    asked = ["postconf", "-dh", "default_database_type"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def _install(machine: Machine) -> None:
    """Put the program and its configuration where the bot's user finds them."""
    folder = machine.config.parent
    (folder / "secrets").mkdir(parents=True)
    email = f'host = "127.0.0.1"\nport = {machine.port}\ntls = "none"\nbounces = "{BOUNCES}"'
    text = WORKING.replace('host = "smtp.example.org"', email).replace("ana@example.org", GONE)
    config = written(folder, f'database = "{folder}/daily-papers.db"\n{text}')
    config.rename(machine.config)
    program = folder / "daily-papers"
    program.write_text(f'#!/bin/sh\nexec env {_python(machine.root / "python")} -Bm bot "$@"\n')
    program.chmod(0o755)


def _python(folder: Path) -> str:
    """Write how others than root start this Python: a copy, where it lies out of their reach."""
    reached = [str(ROOT), *(one for one in sys.path if one.endswith("site-packages"))]
    for one in reached:
        if not _open_to_all(Path(one)):
            pytest.skip(f"{one} is out of reach for others than root")
    settings = {"PYTHONPATH": ":".join(reached)}
    program = Path(sys.executable)
    if not _open_to_all(program.resolve()):
        home, library = Path(sys.base_prefix), sysconfig.get_path("stdlib")
        left_out = shutil.ignore_patterns("site-packages", "test", "__pycache__", "config-*")
        shutil.copytree(library, folder / Path(library).relative_to(home), ignore=left_out)
        program = folder / "python"
        shutil.copy(sys.executable, program)
        for shared in (home / "lib").glob("libpython*.so*"):
            shutil.copy(shared, folder / "lib")
        settings |= {"PYTHONHOME": str(folder), "LD_LIBRARY_PATH": str(folder / "lib")}
    words = [*(f"{name}={value}" for name, value in settings.items()), str(program)]
    return shlex.join(words)


def _open_to_all(path: Path) -> bool:
    """Whether everybody may go to a place."""
    return all(one.stat().st_mode & 0o001 for one in (path, *path.parents))


async def send(machine: Machine) -> None:
    """Let Postfix take a digest for the address that is gone."""
    async with (
        lived(machine.config.parent, subscription(address=GONE)) as world,
        EmailNotifier.from_settings(machine.settings()) as email,
    ):
        await world.announce(paper(3))
        await world.compose()
        ended = await deliver(world.store, {"email": email}, Terms(MORNING))
    assert ended == {"sent": 1}, machine.log()
    hand_over(machine)


def hand_over(machine: Machine) -> None:
    """Let the bot's files belong to its user."""
    folder = machine.config.parent
    for one in (folder, *folder.rglob("*")):
        shutil.chown(one, USER)


def knowing_nobody(machine: Machine) -> AbstractAsyncContextManager[None]:
    """Run the server that knows nobody."""
    return running(machine.root / "sunk", machine.sink, "-B", REFUSED, "-f", "RCPT")


async def check_suspended(machine: Machine) -> None:
    """See that the address is suspended because of what came back."""
    async with SqliteStore.open(machine.settings().database, exclusive=False) as store:
        status = await store.status(MORNING)
    assert [(one["by"], one["address"]) for one in status.suspended] == [("bounce", GONE)]
    assert "5.1.1" in status.suspended[0]["reason"]


async def test_the_recipe_can_be_tried(machine: Machine) -> None:
    # There must be a ledger, as there is on a machine where the bot runs.
    async with lived(machine.config.parent):
        pass
    hand_over(machine)
    _, trial = told(machine)
    await machine.do("sh", "-ec", trial)
    await machine.until(lambda: "delivered to command" in machine.log())


async def test_a_digest_to_nobody_comes_back_through_the_pipe_and_suspends_the_address(
    machine: Machine,
) -> None:
    async with knowing_nobody(machine):
        await send(machine)
        await machine.until(lambda: "delivered to command" in machine.log())
    assert f"to=<{GONE}>" in machine.log()
    await check_suspended(machine)
    assert machine.deferred() == []


async def test_while_the_ledger_cannot_be_written_postfix_keeps_the_report(
    machine: Machine,
) -> None:
    await send(machine)
    await machine.until(lambda: "status=deferred" in machine.log())
    with closing(sqlite3.connect(machine.settings().database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with knowing_nobody(machine):
            await machine.do("postqueue", "-f")
            await machine.until(lambda: "temporary failure" in machine.log())
        other.execute("ROLLBACK")
    assert "another process is writing to it" in machine.log()
    assert len(machine.deferred()) == 1
    await machine.do("postqueue", "-f")
    await machine.until(lambda: "delivered to command" in machine.log())
    await check_suspended(machine)
    await machine.until(lambda: machine.deferred() == [])
