"""Telling the owner: by a real mail notifier, each matter once, through crashes and faults."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.compose import compose
from bot.core.arxiv_calendar import Calendar
from bot.core.model import Outcome
from bot.core.polling import Batch, Mark, PollResult
from bot.interfaces import Messenger
from bot.owner import OWNER, RETRY, Owner, watched_since
from bot.settings import Settings, load
from bot.store import SqliteStore
from tests.builders import paper
from tests.notifiers.mailing import notifier
from tests.notifiers.scripted_smtp import ScriptedSmtp, serving

MONDAY = datetime(2026, 1, 6, 1, 35, tzinfo=UTC)
"""When Monday's announcement came; Tuesday's is due a day later, and does not come."""
TUESDAY = datetime(2026, 1, 7, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LATE = TUESDAY + 36 * HOUR
CONFIG = """
database = "{folder}/p.db"
[owner]
email = {owners}
heartbeat = "https://hc.example.org/ping/5f3c2a"
[[topic]]
name = "T"
query = "cat:cs.CL"
[[subscriber]]
name = "ana"
email = ["ana@example.org"]
[email]
host = "127.0.0.1"
tls = "none"
sender = "papers@example.org"
"""


@dataclass
class World:
    """A ledger whose last announcement was Monday's, and a mail server."""

    settings: Settings
    store: SqliteStore
    server: ScriptedSmtp
    messenger: Messenger

    def owner(self, *, mail: bool = True) -> Owner:
        """Build what a new process would."""
        messenger = self.messenger if mail else None
        return Owner(self.settings, self.store, Calendar(), messenger)

    async def polled(self, at: datetime, error: str | None = None) -> None:
        """Note a poll that brought nothing new."""
        whole = PollResult("arxiv_api", "ok", at, whole_at=at)
        failed = PollResult("arxiv_api", "failed", at, error=error)
        await self.store.polled(failed if error else whole)

    @property
    def messages(self) -> list[EmailMessage]:
        """What the mail server took."""
        return [message_from_bytes(one, policy=policy.default) for one in self.server.messages]


@asynccontextmanager
async def world(
    folder: Path, owners: str = '["ops@example.org"]', server: ScriptedSmtp | None = None
) -> AsyncIterator[World]:
    path = folder / "daily-papers.toml"
    path.write_text(CONFIG.format(folder=folder, owners=owners), encoding="utf-8")
    settings = load(path, env={})
    async with (
        SqliteStore.open(settings.database) as store,
        serving(server or ScriptedSmtp()) as listening,
        notifier(listening) as messenger,
    ):
        await store.sync(settings.subscriptions(), MONDAY)
        known = Batch(papers=(paper(1),), complete=frozenset({"cs.CL"}))
        await store.record("arxiv_api", known, MONDAY)
        there = World(settings, store, listening, messenger)
        await there.polled(MONDAY)
        yield there


async def test_told_once_after_quiet_after(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        for hours in range(80):
            now = TUESDAY + hours * HOUR
            await there.polled(now)
            await there.owner().look(now)
            assert len(there.messages) == (1 if now >= LATE else 0)
        (message,) = there.messages
    assert message["To"] == "ops@example.org"
    assert message["Subject"] == ("Nothing has come of arXiv's announcement of Tue 6 Jan 20:00 EST")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] is None
    assert message.get_content_type() == "text/plain"
    assert "https://status.arxiv.org" in message.get_content()


async def test_a_bot_that_was_away_tells_only_once_it_has_asked(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        now = LATE + 10 * 24 * HOUR
        await there.owner().look(now, asking=True)
        assert there.messages == []
        await there.owner().look(now)
        assert len(there.messages) == 1, "as it does where its polls never end"


async def test_when_it_has_come_after_all_that_is_told_once_too(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        await there.polled(LATE)
        await there.owner().look(LATE)
        later = LATE + 2 * HOUR
        await there.store.record("arxiv_api", Batch(papers=(paper(2),)), later)
        await there.polled(later)
        for minutes in range(3):
            await there.owner().look(later + timedelta(minutes=minutes))
        subjects = [one["Subject"] for one in there.messages]
    assert subjects[1:] == ["arXiv announces again"]


async def test_on_a_day_without_an_announcement_nobody_is_alarmed(tmp_path: Path) -> None:
    friday = datetime(2026, 1, 9, 1, 35, tzinfo=UTC)
    async with world(tmp_path) as there:
        await there.store.record("arxiv_api", Batch(papers=(paper(2),)), friday)
        for hours in range(71):
            await there.polled(friday + hours * HOUR)
            await there.owner().look(friday + hours * HOUR)
        assert there.messages == []


async def test_a_crash_after_the_mail_sends_it_again_under_the_same_message_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path) as there:
        await there.polled(LATE)
        await there.store.record(OWNER, Batch(marks=(Mark("", "watched", "", MONDAY),)), MONDAY)

        async def killed(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as crash:
            crash.setattr(SqliteStore, "record", killed)
            with pytest.raises(KeyboardInterrupt):
                await there.owner().look(LATE)
        await there.owner().look(LATE + HOUR)
        await there.owner().look(LATE + 2 * HOUR)
        first, second = (one["Message-ID"] for one in there.messages)
    assert first == second


async def test_a_mail_server_that_fails_is_logged_and_tried_again_an_hour_later(
    tmp_path: Path,
) -> None:
    server = ScriptedSmtp({"MAIL": ["451 4.3.0 not now", "550 5.7.1 never", "451 4.3.0 not now"]})
    async with world(tmp_path, server=server) as there:
        await there.polled(LATE)
        owner = there.owner()
        with capture_logs() as logs:
            for minutes in range(0, 240, 10):
                await owner.look(LATE + timedelta(minutes=minutes))
        assert len(there.messages) == 1
        assert len(server.heard("MAIL")) == 4
    failures = [line for line in logs if line["event"] == "owner.not_told"]
    assert len(failures) == RETRY * 3 / HOUR
    assert "not now" in failures[0]["error"]


async def test_an_address_that_is_refused_keeps_no_other_from_being_told(tmp_path: Path) -> None:
    server = ScriptedSmtp({"RCPT": ["550 5.1.1 no such user"]})
    async with world(tmp_path, '["gone@example.org", "ops@example.org"]', server) as there:
        await there.polled(LATE)
        owner = there.owner()
        await owner.look(LATE)
        assert [one["To"] for one in there.messages] == ["ops@example.org"]
        await owner.look(LATE + RETRY)
        assert [one["To"] for one in there.messages] == ["ops@example.org", "gone@example.org"]


async def test_what_an_error_echoes_of_a_secret_is_not_told(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        await there.polled(LATE, "GET https://hc.example.org/ping/5f3c2a: no route to host")
        await there.owner().look(LATE)
        (message,) = there.messages
    assert "no route to host" in message.get_content()
    assert "5f3c2a" not in message.get_content()


async def test_without_an_address_it_is_logged_once(tmp_path: Path) -> None:
    async with world(tmp_path, "[]") as there:
        await there.polled(LATE)
        with capture_logs() as logs:
            for minutes in range(3):
                await there.owner().look(LATE + timedelta(minutes=minutes))
        assert there.messages == []
    assert [line["event"] for line in logs] == ["owner.alert"]
    assert "Tue 6 Jan 20:00 EST" in logs[0]["subject"]


async def test_without_a_mail_server_that_is_said_once(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        await there.polled(LATE)
        owner = there.owner(mail=False)
        with capture_logs() as logs:
            for minutes in range(3):
                await owner.look(LATE + timedelta(minutes=minutes))
        assert [line["event"] for line in logs] == ["owner.unreachable"]
        assert "[email]" in logs[0]["because"]
        await there.owner().look(LATE + HOUR)
        assert len(there.messages) == 1, "it is told as soon as it can be"


async def test_a_mail_server_that_rests_is_not_tried_for_the_owner_either(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        await there.store.record("arxiv_api", Batch(papers=(paper(2),)), MONDAY + HOUR / 2)
        await compose(there.store, there.settings.subscriptions(), now=LATE)
        (claimed,) = await there.store.claim("email", LATE, lease=HOUR, limit=1)
        rest = Outcome(claimed.id, "retry", "535 no", LATE + HOUR, pause_until=LATE + HOUR)
        await there.store.settle([rest], LATE)
        await there.polled(LATE)
        with capture_logs() as logs:
            await there.owner().look(LATE)
        assert there.server.heard("MAIL") == []
        assert {line["event"] for line in logs} == {"owner.unreachable"}
        await there.owner().look(LATE + 2 * HOUR)
        assert len(there.messages) == 1


async def test_a_poll_with_a_hostile_error_cannot_reach_the_header(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        await there.polled(LATE, "boom\r\nBcc: eve@example.org\r\n\u202ereversed\x1b[2J")
        await there.owner().look(LATE)
        (message,) = there.messages
        assert message["Bcc"] is None
        assert len(message.keys()) == 9
        assert "\x1b" not in message.get_content()
        assert "\u202e" not in message.get_content()


async def test_the_first_look_is_remembered(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        assert await watched_since(there.store, MONDAY) is None
        look = await there.owner().look(MONDAY)
        await there.owner().look(MONDAY + HOUR)
        assert look.watched == MONDAY
        assert await watched_since(there.store, LATE) == MONDAY


async def test_what_waits_for_a_person_is_told_once(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        await there.store.record("arxiv_api", Batch(papers=(paper(2),)), MONDAY + HOUR / 2)
        await compose(there.store, there.settings.subscriptions(), now=LATE)
        (claimed,) = await there.store.claim("email", LATE, lease=HOUR, limit=1)
        await there.store.settle([Outcome(claimed.id, "held", "lost the answer")], LATE)
        for minutes in range(3):
            await there.owner().look(TUESDAY + timedelta(minutes=minutes))
        (message,) = there.messages
    assert message["Subject"] == "Something waits for you"
    assert "nobody knows whether they were accepted: 1." in message.get_content()
    assert "deliveries drop ID" in message.get_content()


async def test_what_was_mended_is_forgotten_without_a_mail(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        before = Mark("ops@example.org", "left over", "3 0", MONDAY)
        await there.store.record(OWNER, Batch(marks=(before,)), MONDAY)
        await there.owner().look(MONDAY + HOUR)
        marks = (await there.store.memory(OWNER, MONDAY)).marks
        assert there.messages == []
    assert [one.value for one in marks if one.key == "left over"] == [""]
