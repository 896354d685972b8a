"""The restore guide of the README, followed to the letter."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.builders import paper
from tests.loopback import TOKEN, Loopback, loopback, reader
from tests.store.faults import damage

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
MONDAY, TUESDAY, WEDNESDAY = (f"2026-01-0{day}T09:00Z" for day in (5, 6, 7))
SHIM = f"""#!/bin/sh
# `run` takes the day of the test for today.
[ "$1" = run ] && set -- "$@" --at "$TODAY"
exec {sys.executable} -m bot "$@"
"""

Shell = Callable[[str, str], "subprocess.CompletedProcess[str]"]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Loopback]:
    with loopback(tmp_path, [paper(1), paper(2)]) as servers:
        servers.configure(reader("ana", slack='["#papers"]'))
        yield servers


@pytest.fixture
def shell(world: Loopback, tmp_path: Path) -> Shell:
    """Give a function that runs lines of a guide in the bot's folder, on a day."""
    shim = tmp_path / "bin" / "daily-papers"
    shim.parent.mkdir()
    shim.write_text(SHIM)
    shim.chmod(0o755)
    environment = os.environ | {
        "PATH": f"{shim.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "DAILY_PAPERS_CONFIG": str(world.config),
        "DAILY_PAPERS_SLACK__TOKEN": TOKEN,
    }

    def run(lines: str, today: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-ec", lines],
            cwd=tmp_path,
            env=environment | {"TODAY": today},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def guide() -> tuple[str, str]:
    """Give the two blocks of commands: to back up, and to restore."""
    section = (ROOT / "README.md").read_text().partition("### Backup and restore\n")[2]
    backup, restore = re.findall(r"```sh\n(.*?)```", section.partition("\n## ")[0], re.DOTALL)
    return backup, restore


def messages(world: Loopback) -> list[tuple[str, set[bytes]]]:
    """Give each email's Message-ID and papers."""
    return [
        (
            str(one.message["Message-ID"]),
            set(re.findall(rb"/abs/(26\d\d\.\d{5})", one.content.replace(b"=\r\n", b""))),
        )
        for one in world.mail.messages
    ]


def test_after_a_restore_nothing_is_lost_and_a_copy_has_the_message_id_of_the_first(
    world: Loopback, shell: Shell, tmp_path: Path
) -> None:
    backup, restore = guide()
    shell("daily-papers run --once", MONDAY)
    saved = shell(backup, MONDAY)
    assert saved.returncode == 0, saved.stderr
    world.announce(paper(3), paper(4))
    shell("daily-papers run --once", TUESDAY)
    damage(tmp_path / "var" / "daily-papers.db", 2, 9)
    assert shell("daily-papers run --once", TUESDAY).returncode == 1
    restored = shell(restore, TUESDAY)
    assert restored.returncode == 0, restored.stderr
    first, second = messages(world)
    assert first == second
    assert first[1] == {b"2601.00003", b"2601.00004"}
    assert len(world.slack.messages("papers")) == 2
    assert (tmp_path / "var" / "damaged" / "daily-papers.db").exists()
    world.announce(paper(5))
    assert shell("daily-papers run --once", WEDNESDAY).returncode == 0
    assert messages(world)[2][1] == {b"2601.00005"}


def test_what_readers_have_can_be_dropped_after_a_restore(
    world: Loopback, shell: Shell, tmp_path: Path
) -> None:
    backup, restore = guide()
    shell("daily-papers run --once", MONDAY)
    shell(backup, MONDAY)
    world.announce(paper(3))
    shell("daily-papers run --once", TUESDAY)
    with_care = f"daily-papers poll --at {TUESDAY}\ndaily-papers compose --at {TUESDAY}\n"
    shell(restore.replace("daily-papers run --once\n", with_care), TUESDAY)
    rows = json.loads(shell("daily-papers deliveries list --json", TUESDAY).stdout)
    assert [row["state"] for row in rows] == ["pending", "pending"]
    ids = " ".join(str(row["id"]) for row in rows)
    assert shell(f"daily-papers deliveries drop {ids}", TUESDAY).returncode == 0
    world.announce(paper(4))
    assert shell("daily-papers run --once", WEDNESDAY).returncode == 0
    assert [papers for _, papers in messages(world)] == [{b"2601.00003"}, {b"2601.00004"}]
    assert len(world.slack.messages("papers")) == 2
