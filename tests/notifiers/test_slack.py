"""Posting to Slack: what arrives, how failures are told apart, and at what pace."""

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any

import pytest

from bot.core.digest import Digest, sections_of
from bot.core.errors import (
    DeliveryError,
    PermanentFailure,
    TemporaryFailure,
    Uncertain,
)
from bot.core.model import Entry
from bot.core.slack_blocks import payloads
from bot.demo.slack_server import Fault
from bot.demo.slack_workspace import SCOPES
from bot.notifiers.slack import SlackNotifier
from bot.notifiers.slack_errors import ADDRESS, OURS, WORKSPACE
from tests.builders import NOON, paper
from tests.notifiers.slack_rig import (
    POST,
    TOKEN,
    always,
    digest,
    methods,
    on,
    posted,
    slack,
)


@pytest.mark.parametrize(
    ("address", "channel"),
    [("#rag-papers", "C0RAG"), ("C0RAG", "C0RAG"), ("G0SECRET", "G0SECRET"), ("U0ANA", "D0ANA")],
)
async def test_a_digest_is_posted_to_a_name_or_an_id(address: str, channel: str) -> None:
    async with slack() as (server, notifier):
        await notifier.send(digest(), address, key="k1")
        (message,) = server.messages(channel)
    assert message["blocks"] == payloads(digest())[0].blocks
    assert message["text"] == payloads(digest())[0].text
    assert (message["unfurl_links"], message["unfurl_media"]) == (False, False)


async def test_every_message_carries_the_key_and_how_far_the_delivery_has_come() -> None:
    async with slack() as (server, notifier):
        await notifier.send(digest(40), "#rag-papers", key="k1")
    told = [message["metadata"] for message in server.messages("rag-papers")]
    assert {one["event_type"] for one in told} == {"daily_papers_delivery"}
    assert [one["event_payload"] for one in told] == [
        {"key": "k1", "part": one.part, "of": one.of, "through": one.through}
        for one in payloads(digest(40), "thread")
    ]


async def test_fault_39_hostile_titles_are_accepted_as_plain_text() -> None:
    title = "<!channel> <@U0ANA> & | \u202e R&D <https://evil.example|here>"
    hostile = Digest("ana", "UTC", NOON, sections_of([Entry(paper(title=title), ("RAG",))]))
    async with slack() as (server, notifier):
        await notifier.send(hostile, "#rag-papers", key="k1")
        (text,) = posted(server)
    assert "&lt;!channel&gt; &lt;@U0ANA&gt; &amp; ∣ R&amp;D" in text


async def test_what_slack_refuses_in_blocks_is_posted_as_links_alone() -> None:
    for code in ("invalid_blocks", "msg_blocks_too_long"):
        async with slack(on(POST, Fault(error=code))) as (server, notifier):
            await notifier.send(digest(3), "#rag-papers", key="k1")
            (message,) = server.messages("rag-papers")
        assert "blocks" not in message
        assert message["text"].count("https://arxiv.org/abs/") == 3


async def test_what_slack_refuses_as_links_too_fails_this_delivery_alone() -> None:
    async with slack(always(POST, Fault(error="no_text"))) as (server, notifier):
        with pytest.raises(PermanentFailure, match="no_text") as failure:
            await notifier.send(digest(), "#rag-papers", key="k1")
        assert failure.value.scope == "delivery"
        assert len(server.calls) == 2


@pytest.mark.parametrize("code", sorted(ADDRESS))
async def test_fault_34_what_is_wrong_with_a_channel_suspends_it_and_says_the_cure(
    code: str,
) -> None:
    async with slack(always(POST, Fault(error=code))) as (_, notifier):
        with pytest.raises(PermanentFailure, match=code) as failure:
            await notifier.send(digest(), "#rag-papers", key="k1")
    assert failure.value.scope == "address"
    assert ADDRESS[code] in str(failure.value)


@pytest.mark.parametrize("code", sorted(WORKSPACE))
async def test_fault_35_what_is_wrong_with_the_workspace_stops_slack(code: str) -> None:
    async with slack(always(POST, Fault(error=code))) as (_, notifier):
        with pytest.raises(PermanentFailure, match=code) as failure:
            await notifier.send(digest(), "#rag-papers", key="k1")
    assert failure.value.scope == "channel"
    assert WORKSPACE[code] in str(failure.value)


@pytest.mark.parametrize("code", sorted(OURS))
async def test_what_is_wrong_with_our_message_is_nobody_elses_fault(code: str) -> None:
    async with slack(always(POST, Fault(error=code))) as (_, notifier):
        with pytest.raises(PermanentFailure, match=code) as failure:
            await notifier.send(digest(), "#rag-papers", key="k1")
    assert failure.value.scope == "delivery"


async def test_a_missing_scope_is_named() -> None:
    async with slack(scopes=SCOPES - {"chat:write"}) as (_, notifier):
        with pytest.raises(PermanentFailure, match=r"missing_scope \(chat:write\)"):
            await notifier.send(digest(), "#rag-papers", key="k1")


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("#nowhere", "channel_not_found"),
        ("#old", "is_archived"),
        ("#elsewhere", "not_in_channel"),
    ],
)
async def test_a_channel_that_takes_nothing_is_told_as_slack_tells_it(
    address: str, code: str
) -> None:
    async with slack() as (_, notifier):
        with pytest.raises(PermanentFailure, match=code) as failure:
            await notifier.send(digest(), address, key="k1")
    assert failure.value.scope == "address"


@pytest.mark.parametrize(
    ("fault", "retry_after"),
    [
        (Fault(429, error="ratelimited", headers={"Retry-After": "30"}), 30.0),
        (Fault(429, error="ratelimited", headers={"Retry-After": "1.5"}), 1.5),
        (Fault(429, body="slow down", content_type="text/plain"), None),
        (Fault(429, body="", headers={"Retry-After": "soon"}), None),
        (Fault(429, body="", headers={"Retry-After": "-1"}), None),
        (Fault(429, body="", headers={"Retry-After": "nan"}), None),
        (Fault(200, error="ratelimited", headers={"Retry-After": "7"}), 7.0),
        (Fault(200, error="rate_limited"), None),
        (Fault(200, error="service_unavailable"), None),
        (Fault(200, error="an_error_of_next_year"), None),
        (Fault(301, body="", headers={"Location": "http://127.0.0.1:1/"}), None),
        (Fault(418, body="", headers={"Retry-After": "7"}), 7.0),
    ],
)
async def test_what_passes_is_tried_later(fault: Fault, retry_after: float | None) -> None:
    async with slack(on(POST, fault)) as (server, notifier):
        with pytest.raises(TemporaryFailure) as failure:
            await notifier.send(digest(), "#rag-papers", key="k1")
        assert failure.value.retry_after == retry_after
        assert len(server.calls) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 405])
async def test_an_address_that_is_not_slacks_api_stops_slack(status: int) -> None:
    async with slack(always(POST, Fault(status, body="<html>"))) as (_, notifier):
        with pytest.raises(PermanentFailure, match=r"slack\.api_url") as failure:
            await notifier.send(digest(), "#rag-papers", key="k1")
    assert failure.value.scope == "channel"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(error="internal_error"),
        Fault(error="fatal_error"),
        Fault(500, error="internal_error"),
        Fault(500, body="<html>oops</html>"),
        Fault(502, body="bad gateway", content_type="text/plain"),
        Fault(504, body="", done=True),
        Fault(drop=True),
        Fault(done=True, drop=True),
        Fault(done=True, delay=1.3),
        Fault(body="<html>Welcome to our wireless network</html>"),
        Fault(body="fine", content_type="text/plain"),
        Fault(body="[1]", content_type="application/json"),
        Fault(body="{", content_type="application/json"),
        Fault(body="zip", content_type="application/gzip"),
        Fault(body='{"ok": true}', content_type="application/json"),
        Fault(body="\udcff".encode("utf-8", "surrogatepass").decode("latin-1"), status=200),
    ],
)
async def test_an_answer_that_does_not_say_whether_it_was_posted_is_uncertain(
    fault: Fault,
) -> None:
    async with slack(on(POST, fault), patience=1.0) as (server, notifier):
        with pytest.raises(Uncertain):
            await notifier.send(digest(), "#rag-papers", key="k1")
        assert methods(server) == [POST]


async def test_a_slack_that_cannot_be_reached_is_tried_later() -> None:
    async with slack() as (server, _):
        url = server.url
    async with SlackNotifier(TOKEN, url) as notifier:
        with pytest.raises(TemporaryFailure, match="cannot be reached"):
            await notifier.send(digest(), "#rag-papers", key="k1")


async def test_a_host_that_does_not_exist_is_tried_later() -> None:
    async with SlackNotifier(TOKEN, "http://slack.invalid/api/", timeout=5.0) as notifier:
        with pytest.raises(TemporaryFailure, match="cannot be reached"):
            await notifier.send(digest(), "#rag-papers", key="k1")


async def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with slack() as (server, notifier):
        await notifier.send(digest(), "#rag-papers", key="k1")
        assert len(posted(server)) == 1


async def test_fault_33_a_rate_limit_stops_only_its_channel() -> None:
    limit = Fault(429, error="ratelimited", headers={"Retry-After": "30"})
    async with slack(on(POST, limit)) as (server, notifier):
        with pytest.raises(TemporaryFailure):
            await notifier.send(digest(), "#rag-papers", key="k1")
        await notifier.send(digest(), "#sft-papers", key="k2")
        with pytest.raises(TemporaryFailure) as failure:
            await notifier.send(digest(), "#rag-papers", key="k3")
        assert 29 < (failure.value.retry_after or 0) <= 30
        assert methods(server) == [POST, POST]
        assert len(posted(server, "sft-papers")) == 1


async def test_a_rate_limited_channel_is_posted_to_again_once_its_time_has_come() -> None:
    limit = Fault(429, error="ratelimited", headers={"Retry-After": "0.05"})
    async with slack(on(POST, limit)) as (server, notifier):
        with pytest.raises(TemporaryFailure):
            await notifier.send(digest(), "#rag-papers", key="k1")
        await asyncio.sleep(0.06)
        await notifier.send(digest(), "#rag-papers", key="k1")
        assert len(posted(server)) == 1


async def test_posts_to_one_channel_keep_their_distance_and_others_do_not_wait() -> None:
    posts: list[tuple[str, float]] = []

    def note(_: str, arguments: Mapping[str, Any]) -> None:
        posts.append((arguments["channel"], time.monotonic() - began))

    async with slack(note, pace=0.5) as (_, notifier):
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for channel in ("#rag-papers", "#rag-papers", "#sft-papers", "G0SECRET"):
                group.create_task(notifier.send(digest(), channel, key="k1"))
    assert sorted(posts)[:2] == [("#rag-papers", 0.0), ("#rag-papers", pytest.approx(0.5))]
    assert sorted(posts)[2:] == [("#sft-papers", 0.0), ("G0SECRET", 0.0)]


async def test_threads_of_two_digests_for_one_channel_do_not_mingle() -> None:
    async with slack() as (server, notifier):
        await asyncio.gather(
            notifier.send(digest(40), "#rag-papers", key="k1"),
            notifier.send(digest(40), "#rag-papers", key="k2"),
        )
        keys = [
            message["metadata"]["event_payload"]["key"] for message in server.messages("rag-papers")
        ]
    assert keys == sorted(keys)


@pytest.mark.parametrize(
    "fault",
    [None, Fault(error="invalid_auth"), Fault(drop=True), Fault(500, body=""), Fault(body="<")],
)
async def test_the_token_is_never_shown(
    fault: Fault | None, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = []
    async with slack(on(POST, fault)) as (_, notifier):
        try:
            await notifier.send(digest(), "#rag-papers", key="k1")
        except DeliveryError as failure:
            shown = [str(failure), repr(failure), repr(failure.__cause__)]
        shown += [repr(notifier), repr(vars(notifier))]
    shown += [caplog.text, *capsys.readouterr()]
    assert not [text for text in shown if TOKEN in text]
