import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.demo.sample import load
from bot.demo.show import current, show


async def test_the_demo_delivers_three_days_and_sends_nothing_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "daily-papers-demo-1").mkdir()
    assert await show(tmp_path)
    folder = tmp_path / "daily-papers-demo-2"
    out = capsys.readouterr().out
    assert "first digest Tue 6 Jan 08:30 (Europe/Madrid) for ana" in out
    assert "nothing was sent twice" in out
    mails = sorted(folder.glob("mail/*.eml"))
    assert len(mails) == len(list(folder.glob("mail/*.html"))) == 6
    assert len(list(folder.glob("maildir/new/*"))) == 3
    posts = [json.loads(path.read_text("utf-8")) for path in folder.glob("slack/*.json")]
    assert all(post["blocks"] for post in posts)
    for path in (*mails, *folder.glob("slack/*.json")):
        assert str(path.relative_to(tmp_path)) in out


async def test_what_was_sent_twice_does_not_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bot.demo.show.AFTERNOONS", [datetime(2026, 1, 5, 16, tzinfo=UTC)])
    assert not await show(tmp_path), "nothing was announced, so nothing could be shown"
    assert "0 digests sent" in capsys.readouterr().out


def test_at_any_instant_each_paper_stands_in_its_newest_version() -> None:
    sample = load()
    after = current(sample, datetime(2026, 1, 9, tzinfo=UTC))
    before = current(sample, datetime(2026, 1, 6, 12, tzinfo=UTC))
    assert len({paper.id for paper in after}) == len(after) > len(before)
    assert {paper.version for paper in after} > {1}
