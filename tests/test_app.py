"""What the composition root does with parts that are missing or broken."""

from pathlib import Path

import pytest

from bot import app
from bot.core.errors import ConfigError
from bot.interfaces import Probe
from bot.settings import Settings, load
from tests.doubles import RecordingNotifier

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
    monkeypatch.setattr(app, "entry_points", lambda group: ())
    with pytest.raises(ConfigError, match="'maildir'"):
        await app.check(settings(tmp_path))


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
    monkeypatch.setattr(app, "entry_points", lambda group: points[group])
    (probe,) = await app.check(settings(tmp_path))
    assert probe.ok is ok
    assert said in probe.detail
