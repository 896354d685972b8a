import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.core.errors import DatabaseUnusable, InstanceRunning
from bot.store.lock import instance_lock

HOLD = """
import pathlib, sys
from bot.store.lock import instance_lock
with instance_lock(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_instance_is_refused_and_told_which_file_and_what_to_do(tmp_path: Path) -> None:
    database = tmp_path / "papers.db"
    with (
        instance_lock(database),
        pytest.raises(InstanceRunning) as refused,
        instance_lock(database),
    ):
        pass
    message = str(refused.value)
    assert str(tmp_path / "papers.db.lock") in message
    assert f"process {os.getpid()}" in message
    assert "stop that one first" in message


def test_the_lock_is_free_after_its_context(tmp_path: Path) -> None:
    for _ in range(2):
        with instance_lock(tmp_path / "papers.db"):
            pass


def test_two_databases_have_two_locks(tmp_path: Path) -> None:
    with instance_lock(tmp_path / "a.db"), instance_lock(tmp_path / "b.db"):
        pass


def test_the_lock_is_gone_with_its_process_however_it_ends(tmp_path: Path) -> None:
    database = tmp_path / "papers.db"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(InstanceRunning, match=f"process {holder.pid}"), instance_lock(database):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with instance_lock(database):
            pass


def test_a_lock_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "papers.db.lock").mkdir()
    with (
        pytest.raises(DatabaseUnusable, match=r"papers\.db\.lock: the lock cannot be made"),
        instance_lock(tmp_path / "papers.db"),
    ):
        pass


def test_a_file_system_without_locks_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", refuse)
    with (
        pytest.raises(DatabaseUnusable, match="keep the database on a local disk"),
        instance_lock(tmp_path / "papers.db"),
    ):
        pass
