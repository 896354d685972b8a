"""The loopback Slack: as strict as the real one, or stricter."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.demo.slack_rules import fault_of
from bot.demo.slack_server import Fault, SlackServer
from bot.demo.slack_workspace import SCOPES, Channel

TOKEN = "xoxb-test"


def channels() -> list[Channel]:
    """Build a channel of every kind."""
    return [
        Channel("C0RAG", "rag-papers"),
        Channel("C0ALIEN", "elsewhere", is_member=False),
        Channel("C0OLD", "old", is_archived=True),
        Channel("G0SECRET", "secret", is_private=True),
        Channel("G0HIDDEN", "hidden", is_private=True, is_member=False),
        Channel("D0ANA", person="U0ANA"),
    ]


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with SlackServer(TOKEN, channels()) as started:
        yield started


async def call(server: SlackServer, method: str, token: str = TOKEN, **arguments: Any) -> Any:
    """Call a method with JSON, as a client does."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            server.url + method,
            json=arguments,
            headers={"Authorization": f"Bearer {token}"} if token else {},
        ) as response,
    ):
        return await response.json()


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": mrkdwn(text)}


def fields(count: int, text: str = "f") -> dict[str, Any]:
    return {"type": "section", "fields": [mrkdwn(text)] * count}


def header(text: str) -> dict[str, Any]:
    return {"type": "header", "text": {"type": "plain_text", "text": text}}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({}, "no_text"),
        ({"text": "", "blocks": []}, "no_text"),
        ({"text": "a" * 40_000}, None),
        ({"text": "a" * 40_001}, "msg_too_long"),
        ({"text": "t", "blocks": [section("s")] * 50}, None),
        ({"text": "t", "blocks": [section("s")] * 51}, "invalid_blocks"),
        ({"text": "t", "blocks": []}, "invalid_blocks"),
        ({"text": "t", "blocks": "blocks"}, "invalid_blocks"),
        ({"text": "t", "blocks": ["block"]}, "invalid_blocks"),
        ({"text": "t", "blocks": [section("a" * 3_000)]}, None),
        ({"text": "t", "blocks": [section("a" * 3_001)]}, "invalid_blocks"),
        ({"text": "t", "blocks": [section("")]}, "invalid_blocks"),
        ({"text": "t", "blocks": [header("a" * 150), {"type": "divider"}]}, None),
        ({"text": "t", "blocks": [header("a" * 151)]}, "invalid_blocks"),
        ({"text": "t", "blocks": [{"type": "carousel"}]}, "invalid_blocks"),
        ({"text": "t", "blocks": [{"type": "context", "elements": []}]}, "invalid_blocks"),
        ({"text": "t", "blocks": [{"type": "context", "elements": [{}]}]}, "invalid_blocks"),
        ({"text": "t", "blocks": [section("a" * 2_900)] * 5}, "msg_blocks_too_long"),
        ({"text": "<https://a.example/?x=1&amp;y=2|a &lt; b>"}, None),
        ({"text": "t", "blocks": [fields(10)]}, None),
        ({"text": "t", "blocks": [{**section("s"), **fields(10)}]}, None),
        ({"text": "t", "blocks": [fields(11)]}, "invalid_blocks"),
        ({"text": "t", "blocks": [fields(0)]}, "invalid_blocks"),
        ({"text": "t", "blocks": [fields(1, "a" * 2_001)]}, "invalid_blocks"),
        ({"text": "t", "blocks": [{**section("s"), "fields": "f"}]}, "invalid_blocks"),
        ({"text": "t", "blocks": [{"type": "section"}]}, "invalid_blocks"),
        ({"text": "t", "blocks": [{**section("s"), "colour": "red"}]}, "invalid_blocks"),
        ({"text": "t", "blocks": [{**header("h"), "elements": []}]}, "invalid_blocks"),
        ({"text": "t", "blocks": [{"type": "header", "text": mrkdwn("h")}]}, "invalid_blocks"),
        ({"text": "t", "blocks": [{"type": "section", "text": "s"}]}, "invalid_blocks"),
        (
            {"text": "t", "blocks": [{"type": "section", "text": {**mrkdwn("s"), "emoji": True}}]},
            "invalid_blocks",
        ),
        ({"text": "t", "blocks": [{"type": "context", "elements": [mrkdwn("s")] * 10}]}, None),
        (
            {"text": "t", "blocks": [{"type": "context", "elements": [mrkdwn("s")] * 11}]},
            "invalid_blocks",
        ),
        ({"text": "t", "colour": "red"}, "invalid_arguments"),
        ({"text": "a < b"}, "invalid_blocks"),
        ({"text": "R&D"}, "invalid_blocks"),
        ({"text": "&quot;"}, "invalid_blocks"),
        ({"text": "<!channel>"}, "invalid_blocks"),
        ({"text": "<@U12345678>"}, "invalid_blocks"),
        ({"text": "<https://a.example|a > b>"}, "invalid_blocks"),
        ({"text": "right\u202eleft"}, "invalid_blocks"),
        ({"text": "bell\x07"}, "invalid_blocks"),
        ({"text": "t", "blocks": [section("<!here>")]}, "invalid_blocks"),
        ({"text": "t", "metadata": {"event_type": "e", "event_payload": {"k": "v"}}}, None),
        ({"text": "t", "metadata": {"event_type": "e"}}, "invalid_metadata_format"),
        ({"text": "t", "metadata": "e"}, "invalid_metadata_format"),
        (
            {"text": "t", "metadata": {"event_type": "An event", "event_payload": {}}},
            "invalid_metadata_format",
        ),
        (
            {"text": "t", "metadata": {"event_type": "e", "event_payload": {}, "key": "k"}},
            "invalid_metadata_format",
        ),
        (
            {"text": "t", "metadata": {"event_type": "e", "event_payload": {"k": {"k": "v"}}}},
            "invalid_metadata_format",
        ),
        (
            {"text": "t", "metadata": {"event_type": "e", "event_payload": {"k": "v" * 8_000}}},
            "invalid_metadata_format",
        ),
    ],
)
def test_a_message_is_held_to_the_limits(message: dict[str, Any], code: str | None) -> None:
    assert fault_of(message) == code


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        ("#rag-papers", None),
        ("rag-papers", None),
        ("C0RAG", None),
        ("U0ANA", None),
        ("#nowhere", "channel_not_found"),
        ("#hidden", "channel_not_found"),
        ("#", "channel_not_found"),
        ("#old", "is_archived"),
        ("#elsewhere", "not_in_channel"),
    ],
)
async def test_posting_needs_a_channel_that_the_bot_is_in(
    server: SlackServer, channel: str, code: str | None
) -> None:
    answer = await call(server, "chat.postMessage", channel=channel, text="hello")
    assert answer.get("error") == code


async def test_a_second_post_within_the_interval_is_refused_in_its_channel_alone(
    server: SlackServer,
) -> None:
    server.interval = 3_600.0
    posts = ("#rag-papers", "C0RAG", "G0SECRET", "#nowhere", "#rag-papers")
    answers = [
        (await call(server, "chat.postMessage", channel=one, text="hello")).get("error")
        for one in posts
    ]
    assert answers == [None, "ratelimited", None, "channel_not_found", "ratelimited"]
    assert len(server.messages("rag-papers")) == 1
    server.interval = 0.0
    assert (await call(server, "chat.postMessage", channel="C0RAG", text="hello"))["ok"]


async def test_a_broken_limit_is_refused_and_nothing_kept(server: SlackServer) -> None:
    answer = await call(server, "chat.postMessage", channel="C0RAG", text="R&D")
    assert answer["error"] == "invalid_blocks"
    assert server.messages("rag-papers") == []


@pytest.mark.parametrize(("token", "code"), [("", "not_authed"), ("wrong", "invalid_auth")])
async def test_a_wrong_token_is_refused(server: SlackServer, token: str, code: str) -> None:
    assert (await call(server, "auth.test", token))["error"] == code


async def test_an_unknown_method_is_refused(server: SlackServer) -> None:
    assert (await call(server, "chat.shout"))["error"] == "unknown_method"


@pytest.mark.parametrize(
    ("lacking", "method", "arguments"),
    [
        ("chat:write", "chat.postMessage", {"channel": "C0RAG", "text": "x"}),
        ("channels:read", "conversations.list", {}),
        ("groups:read", "conversations.list", {"types": "public_channel,private_channel"}),
        ("channels:history", "conversations.history", {"channel": "C0RAG"}),
        ("groups:history", "conversations.history", {"channel": "G0SECRET"}),
        ("groups:read", "conversations.info", {"channel": "G0SECRET"}),
        ("im:write", "conversations.open", {"users": "U0ANA"}),
    ],
)
async def test_a_method_needs_its_scope(
    lacking: str, method: str, arguments: dict[str, Any]
) -> None:
    async with SlackServer(TOKEN, channels(), scopes=SCOPES - {lacking}) as server:
        answer = await call(server, method, **arguments)
    assert (answer["error"], answer["needed"]) == ("missing_scope", lacking)


async def test_channels_are_listed_in_pages_and_the_hidden_are_not(server: SlackServer) -> None:
    names, cursor = [], ""
    while True:
        answer = await call(
            server,
            "conversations.list",
            types="public_channel,private_channel",
            limit=2,
            cursor=cursor,
        )
        names += [channel["name"] for channel in answer["channels"]]
        cursor = answer["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert names == ["rag-papers", "elsewhere", "old", "secret"]


async def test_a_page_of_a_thousand_is_refused(server: SlackServer) -> None:
    answer = await call(server, "conversations.list", limit=1000)
    assert answer["error"] == "invalid_limit"


async def test_history_tells_metadata_only_when_asked_and_leaves_replies_out(
    server: SlackServer,
) -> None:
    metadata = {"event_type": "e", "event_payload": {"key": "k"}}
    first = await call(
        server, "chat.postMessage", channel="C0RAG", text="parent", metadata=metadata
    )
    await call(server, "chat.postMessage", channel="C0RAG", text="reply", thread_ts=first["ts"])
    await call(server, "chat.postMessage", channel="C0RAG", text="later")
    plain = await call(server, "conversations.history", channel="C0RAG")
    assert [one["text"] for one in plain["messages"]] == ["later", "parent"]
    assert "metadata" not in plain["messages"][1]
    told = await call(server, "conversations.history", channel="C0RAG", include_all_metadata=True)
    assert told["messages"][1]["metadata"] == metadata
    since = await call(server, "conversations.history", channel="C0RAG", oldest=first["ts"])
    assert [one["text"] for one in since["messages"]] == ["later"]
    replies = await call(server, "conversations.replies", channel="C0RAG", ts=first["ts"])
    assert [one["text"] for one in replies["messages"]] == ["parent", "reply"]


@pytest.mark.parametrize(
    ("method", "arguments", "code"),
    [
        ("conversations.history", {"channel": "#rag-papers"}, "channel_not_found"),
        ("conversations.history", {"channel": "G0HIDDEN"}, "channel_not_found"),
        ("conversations.history", {"channel": "C0ALIEN"}, "not_in_channel"),
        ("conversations.replies", {"channel": "C0RAG", "ts": "1.0"}, "thread_not_found"),
        ("conversations.open", {"users": "U0NOBODY"}, "user_not_found"),
        (
            "chat.postMessage",
            {"channel": "C0RAG", "text": "x", "thread_ts": "1.0"},
            "thread_not_found",
        ),
    ],
)
async def test_what_is_not_there_is_refused(
    server: SlackServer, method: str, arguments: dict[str, Any], code: str
) -> None:
    assert (await call(server, method, **arguments))["error"] == code


async def test_form_encoded_arguments_are_read_too(server: SlackServer) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            server.url + "conversations.info",
            data={"channel": "C0RAG"},
            headers={"Authorization": f"Bearer {TOKEN}"},
        ) as response,
    ):
        assert (await response.json())["channel"]["name"] == "rag-papers"


async def test_a_fault_can_come_after_the_message_was_kept() -> None:
    async with SlackServer(
        TOKEN, channels(), faults=lambda method, arguments: Fault(done=True, drop=True)
    ) as server:
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await call(server, "chat.postMessage", channel="C0RAG", text="kept")
        assert [one["text"] for one in server.messages("C0RAG")] == ["kept"]
