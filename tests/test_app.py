"""What the composition root does with parts that are missing or broken."""

import asyncio
import os
import signal
from contextlib import AsyncExitStack, nullcontext
from pathlib import Path

import pytest

from bot import app, entering, trial
from bot.core.errors import ConfigError
from bot.interfaces import Probe
from bot.settings import Settings, load
from tests.doubles import RecordingNotifier, ScriptedSource

MINIMAL = """
database = "{folder}/p.db"
[[topic]]
name = "T"
query = "cat:cs.CL"
[[subscriber]]
name = "ana"
maildir = ["{folder}/mail"]
"""


def settings(folder: Path) -> Settings:
    path = folder / "daily-papers.toml"
    path.write_text(MINIMAL.format(folder=folder))
    return load(path, env={})


class BrokenCheck(RecordingNotifier):
    async def check(self, addresses: object) -> list[Probe]:
        raise OSError("the cable is out")


async def test_a_channel_without_an_installed_notifier_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entering, "entry_points", lambda group: ())
    with pytest.raises(ConfigError, match="'maildir'"):
        await trial.check(settings(tmp_path))


@pytest.mark.parametrize(
    ("notifier", "ok", "said"),
    [(RecordingNotifier(), True, "no check of its own"), (BrokenCheck(), False, "the cable")],
)
async def test_check_tells_of_parts_that_cannot_be_tried_or_break(
    notifier: RecordingNotifier,
    ok: bool,  # noqa: FBT001  # a column of the table
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Point:
        name = "maildir"

        def load(self) -> object:
            return lambda _: notifier

    points = {"daily_papers.notifiers": [Point()], "daily_papers.sources": []}
    monkeypatch.setattr(entering, "entry_points", lambda group: points[group])
    (probe,) = await trial.check(settings(tmp_path))
    assert probe.ok is ok
    assert said in probe.detail


async def test_a_source_that_the_configuration_turns_off_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Off:
        def load(self) -> object:
            return lambda *_: None

    class On(Off):
        def load(self) -> object:
            return lambda *_: nullcontext(ScriptedSource([], name="on"))

    monkeypatch.setattr(entering, "entry_points", lambda group: [Off(), On(), Off()])
    async with AsyncExitStack() as stack:
        sources = await entering.enter_sources(stack, settings(tmp_path))
    assert [source.name for source in sources] == ["on"]


async def test_work_goes_on_for_a_while_after_a_signal_and_is_then_cancelled() -> None:
    async with app.interruption() as stop:
        assert await app.unless(stop, asyncio.sleep(0, "done"), within=0.0) == "done"
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.wait()
        assert await app.unless(stop, asyncio.sleep(0.01, "just in time"), within=60.0)
        assert await app.unless(stop, asyncio.sleep(60, "too late"), within=0.01) is None


async def test_what_fails_while_it_is_cancelled_is_not_swallowed() -> None:
    async def stubborn() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise OSError("the disk")

    stop = asyncio.Event()
    stop.set()
    with pytest.raises(OSError, match="the disk"):
        await app.unless(stop, stubborn(), within=0.01)


async def test_what_fails_under_a_signal_is_not_swallowed() -> None:
    async def broken() -> None:
        raise OSError("the cable")

    with pytest.raises(OSError, match="the cable"):
        await app.unless(asyncio.Event(), broken(), within=0.0)
