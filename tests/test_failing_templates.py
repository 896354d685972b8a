"""A template that fails: its digests go as titles and links alone, and the owner is told.

To be told means the log, the pass's exit code, `status` and a notice. Nobody else is harmed.
"""

import json
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.core.digest import Digest, sections_of
from tests.builders import paper
from tests.hostile import hostile_papers
from tests.loopback import TOKEN, Loopback, loopback, reader
from tests.notifiers import hook_rig, service_rig, slack_rig

Command = Callable[..., tuple[int, str, str]]
MONDAY, TUESDAY = "2026-01-05T09:00Z", "2026-01-06T09:00Z"
WEDNESDAY, FEBRUARY = "2026-01-07T09:00Z", "2026-02-06T09:00Z"
OWNER = '[owner]\nemail = ["ops@example.org"]\n'
WHY = "sent as titles and links alone: ZeroDivisionError while it was written"


def fail(*_: Any, **__: Any) -> None:
    raise ZeroDivisionError


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    monkeypatch.setenv("DAILY_PAPERS_SLACK__TOKEN", TOKEN)
    with loopback(tmp_path, [paper(1), paper(2)]) as servers:
        monkeypatch.setenv("DAILY_PAPERS_CONFIG", str(servers.config))
        yield servers


def notices(world: Loopback) -> list[str]:
    """Give what the owner was told, each on one line."""
    found = [one for one in world.mail.messages if one.recipient == "ops@example.org"]
    parsed = [message_from_bytes(one.content, policy=policy.default) for one in found]
    return [" ".join([one["Subject"], *one.get_content().split()]) for one in parsed]


def test_fault_38_a_template_that_fails_is_told_to_the_owner_and_harms_nobody_else(
    world: Loopback, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = reader("room", email="[]", slack='["#papers"]')
    world.configure(reader("ana") + reader("ben") + room, more=OWNER)
    assert command("run", "--once", "--at", MONDAY)[0] == 0
    world.announce(paper(3))
    with monkeypatch.context() as broken:
        broken.setattr("bot.core.render.written._html_template", fail)
        code, said, _ = command("run", "--once", "--at", TUESDAY)
    assert code == 1
    assert "1 sent, 2 sent without their layout" in said
    assert len([one for one in world.mail.messages if paper(3).url.encode() in one.content]) == 2
    assert world.slack.messages("papers")[0]["blocks"], "Slack has its digest as ever"
    (notice,) = notices(world)
    assert "Digests that went as titles and links alone in 30 days: 2." in notice
    assert f"email ana@example.org: {WHY}" in notice
    status = json.loads(command("status", "--json", "--at", TUESDAY)[1])
    assert [(one["address"], one["error"]) for one in status["plain"]] == [
        ("ben@example.org", WHY),
        ("ana@example.org", WHY),
    ]
    assert (status["sent"], status["pending"], status["failed"]) == (3, 0, 0)
    assert "sent without layout" in command("status", "--at", TUESDAY)[1]
    assert json.loads(command("status", "--json", "--at", FEBRUARY)[1])["plain"] == []

    world.announce(paper(4))
    assert command("run", "--once", "--at", WEDNESDAY)[0] == 0, "what was mended is well again"
    assert len(notices(world)) == 1, "and nothing new is told"


async def plainly_in_slack(digest: Digest) -> tuple[str | None, list[str]]:
    async with slack_rig.slack() as (server, notifier):
        why = await notifier.send(digest, "#rag-papers", key="k1")
        again = await notifier.send(digest, "#rag-papers", key="k1", again=True)
        assert again is None, "it is found, and not posted again"
        return why, slack_rig.posted(server)


async def plainly_through_a_webhook(digest: Digest) -> tuple[str | None, list[str]]:
    async with hook_rig.hooked("slack") as (server, notifier):
        return await notifier.send(digest, "team", key="k1"), server.texts


async def plainly_in_discord(digest: Digest) -> tuple[str | None, list[str]]:
    async with hook_rig.hooked("discord") as (server, notifier):
        return await notifier.send(digest, "team", key="k1"), server.texts


async def plainly_by_apprise(digest: Digest) -> tuple[str | None, list[str]]:
    async with service_rig.serving() as (server, notifier):
        why = await notifier.send(digest, server.name, key="k1")
        return why, [text for _, text in server.texts]


@pytest.mark.parametrize(
    ("writes", "send", "most"),
    [
        ("slack.payloads", plainly_in_slack, 4_000),
        ("webhook.messages_of", plainly_through_a_webhook, 4_000),
        ("webhook.messages_of", plainly_in_discord, 2_000),
        ("apprise_messages.messages_of", plainly_by_apprise, 8_000),
    ],
)
async def test_fault_38_every_channel_carries_titles_and_links_where_writing_fails(
    writes: str,
    send: Callable[[Digest], Any],
    most: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(f"bot.notifiers.{writes}", fail)
    hostile = hostile_papers()
    with capture_logs() as logs:
        why, texts = await send(slack_rig.digest(sections=sections_of(hostile)))
    assert why == WHY
    assert [one["log_level"] for one in logs if one["event"] == "template.broken"] == ["error"]
    text = "\n".join(texts)
    assert [text.count(one.paper.url) for one in hostile] == [1] * len(hostile)
    assert 1 < len(texts) <= len(hostile) / 3
    assert max(map(len, texts)) <= most


async def test_fault_38_a_maildir_has_titles_and_links_where_writing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.notifiers.maildir import MaildirNotifier

    monkeypatch.setattr("bot.core.render.written._html_template", fail)
    notifier, digest = MaildirNotifier(), slack_rig.digest(3)
    with capture_logs():
        assert await notifier.send(digest, str(tmp_path / "box"), key="k1") == WHY
        assert await notifier.send(digest, str(tmp_path / "box"), key="k1", again=True) is None
    (file,) = (tmp_path / "box/new").iterdir()
    assert paper(3).url in file.read_text()
