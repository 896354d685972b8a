"""Making a Slack notifier, and trying its workspace without posting."""

from types import SimpleNamespace
from typing import Any

import pytest

from bot.core.errors import (
    ConfigError,
)
from bot.demo.slack_server import Fault, SlackServer
from bot.demo.slack_workspace import SCOPES, Channel
from bot.notifiers.slack import PACE, SlackNotifier
from tests.notifiers.slack_rig import (
    POST,
    TOKEN,
    always,
    channels,
    digest,
    methods,
    slack,
)


async def check(address: str, *, scopes: frozenset[str] = SCOPES) -> tuple[bool, str]:
    """Check one address, and give what came of it."""
    async with slack(scopes=scopes) as (_, notifier):
        *_, probe = await notifier.check([address])
    return probe.ok, probe.detail


@pytest.mark.parametrize(
    ("address", "ok", "detail"),
    [
        ("#rag-papers", True, "C0RAG"),
        ("#secret", True, "G0SECRET"),
        ("C0RAG", True, "C0RAG"),
        ("U0ANA", True, "D0ANA"),
        ("D0ANA", True, "D0ANA"),
        ("#elsewhere", False, "/invite @daily-papers"),
        ("C0ALIEN", False, "/invite @daily-papers"),
        ("#old", False, "archived"),
        ("#nowhere", False, "channel_not_found"),
        ("C0NOWHERE", False, "channel_not_found"),
        ("U0NOBODY", False, "user_not_found"),
    ],
)
async def test_check_tells_for_each_channel_whether_the_bot_can_post(
    address: str,
    ok: bool,  # noqa: FBT001 - a column of the table
    detail: str,
) -> None:
    answer = await check(address)
    assert answer[0] is ok
    assert detail in answer[1]


async def test_a_name_is_found_behind_a_page_of_a_thousand_channels() -> None:
    async with slack() as (server, notifier):
        known = server.workspace.channels
        known |= {f"C0N{n}": Channel(f"C0N{n}", f"n{n}") for n in range(1_000)}
        *_, probe = await notifier.check(["#n999"])
    assert (probe.ok, probe.detail) == (True, "C0N999")


async def test_the_search_for_a_name_has_an_end() -> None:
    endless = '{"ok": true, "channels": [], "response_metadata": {"next_cursor": "again"}}'
    fault = Fault(body=endless, content_type="application/json")
    async with slack(always("conversations.list", fault)) as (server, notifier):
        *_, probe = await notifier.check(["#rag-papers"])
        assert len(server.calls) <= 102
    assert not probe.ok


async def test_check_names_the_bot_and_its_workspace_and_posts_nothing() -> None:
    async with slack() as (server, notifier):
        probes = await notifier.check(["#rag-papers"])
        assert [probe.what for probe in probes] == ["Slack", "Slack scopes", "Slack #rag-papers"]
        assert all(probe.ok for probe in probes)
        assert probes[0].detail == "@daily-papers in Demo"
        assert POST not in methods(server)


async def test_check_with_a_wrong_token_says_so_once() -> None:
    async with (
        SlackServer(TOKEN, channels()) as server,
        SlackNotifier("xoxb-wrong", server.url) as notifier,
    ):
        (probe,) = await notifier.check(["#rag-papers"])
    assert not probe.ok
    assert "invalid_auth" in probe.detail


@pytest.mark.parametrize(
    ("lacking", "detail"),
    [
        ("chat:write", "give the app the scope chat:write"),
        ("channels:history", "without channels:history a post"),
        ("channels:read", "without channels:read channels cannot be found"),
    ],
)
async def test_check_names_the_scopes_that_the_app_lacks(lacking: str, detail: str) -> None:
    async with slack(scopes=SCOPES - {lacking}) as (_, notifier):
        _, probe = await notifier.check([])
    assert not probe.ok
    assert detail in probe.detail


async def test_check_knows_that_some_bots_need_no_invitation() -> None:
    ok, detail = await check("#elsewhere", scopes=SCOPES | {"chat:write.public"})
    assert ok
    assert "posts arrive" in detail
    assert "/invite @daily-papers" in detail


async def test_check_says_what_a_private_channel_would_need_to_be_found() -> None:
    ok, detail = await check("#secret", scopes=SCOPES - {"groups:read"})
    assert not ok
    assert "groups:read" in detail


async def test_check_passes_an_id_that_it_may_not_look_up_but_not_a_name() -> None:
    scopes = SCOPES - {"channels:read"}
    assert (await check("C0RAG", scopes=scopes))[0]
    assert not (await check("#rag-papers", scopes=scopes))[0]


async def test_check_says_when_a_channel_cannot_be_tried_for_now() -> None:
    async with slack(always("conversations.list", Fault(503, body=""))) as (_, notifier):
        *_, probe = await notifier.check(["#rag-papers"])
    assert (probe.ok, probe.detail) == (False, "Slack answered HTTP 503")


async def test_check_does_without_the_header_that_names_scopes() -> None:
    body = '{"ok": true, "user": "bot", "team": "Demo"}'
    fault = Fault(body=body, content_type="application/json")
    async with slack(always("auth.test", fault)) as (_, notifier):
        probes = await notifier.check([])
    assert [probe.what for probe in probes] == ["Slack"]


def settings(**changes: Any) -> Any:
    """Build what the notifier reads of the settings."""
    token = SimpleNamespace(get_secret_value=lambda: TOKEN)
    values: dict[str, Any] = {
        "token": token,
        "api_url": "https://slack.com/api/",
        "papers": "thread",
    }
    return SimpleNamespace(slack=SimpleNamespace(**(values | changes)))


@pytest.mark.parametrize(
    ("url", "pace"), [("https://slack.com/api/", PACE), ("http://127.0.0.1:8080/api/", 0.0)]
)
def test_only_a_slack_on_this_machine_is_not_paced(url: str, pace: float) -> None:
    assert SlackNotifier.from_settings(settings(api_url=url))._pace == pace


@pytest.mark.parametrize("broken", [SimpleNamespace(slack=None), settings(token=None)])
def test_a_missing_token_is_named_with_its_variable(broken: Any) -> None:
    with pytest.raises(ConfigError, match="DAILY_PAPERS_SLACK__TOKEN"):
        SlackNotifier.from_settings(broken)


async def test_a_notifier_out_of_its_context_says_so() -> None:
    with pytest.raises(RuntimeError, match="context"):
        await SlackNotifier(TOKEN, "http://127.0.0.1:1/").send(digest(), "#x", key="k1")
