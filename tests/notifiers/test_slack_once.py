"""Posting to Slack once, whatever becomes of the answer."""

import time
from datetime import timedelta

import pytest

from bot.core.digest import sections_of
from bot.core.errors import (
    TemporaryFailure,
    Uncertain,
)
from bot.core.model import Entry
from bot.core.slack_blocks import Arrangement, payloads
from bot.demo.slack_server import Fault
from bot.demo.slack_workspace import SCOPES
from bot.notifiers.slack import SlackNotifier
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


async def test_fault_36_a_post_whose_answer_was_lost_is_found_and_not_repeated() -> None:
    async with slack(on(POST, Fault(done=True, drop=True))) as (server, notifier):
        with pytest.raises(Uncertain):
            await notifier.send(digest(), "#rag-papers", key="k1")
        await notifier.send(digest(), "#rag-papers", key="k1", again=True)
        assert len(posted(server)) == 1


async def test_fault_36_a_post_that_never_arrived_is_made() -> None:
    async with slack(on(POST, Fault(drop=True))) as (server, notifier):
        with pytest.raises(Uncertain):
            await notifier.send(digest(), "#rag-papers", key="k1")
        await notifier.send(digest(), "#rag-papers", key="k1", again=True)
        assert len(posted(server)) == 1


@pytest.mark.parametrize("address", ["#rag-papers", "C0RAG"])
@pytest.mark.parametrize(
    "fault",
    [
        Fault(done=True, drop=True),
        Fault(drop=True),
        Fault(429, error="ratelimited"),
        Fault(503, body=""),
        Fault(error="internal_error"),
        Fault(error="is_archived"),
        Fault(error="token_revoked"),
    ],
)
@pytest.mark.parametrize("before", [1, 2])
async def test_a_thread_that_was_cut_goes_on_where_it_stopped(
    address: str, fault: Fault, before: int
) -> None:
    async with slack(on(POST, *[None] * before, fault)) as (server, notifier):
        with pytest.raises(Uncertain):
            await notifier.send(digest(40), address, key="k1")
        await notifier.send(digest(40), address, key="k1", again=True)
        first, *replies = server.messages("rag-papers")
    assert {reply["thread_ts"] for reply in replies} == {first["ts"]}
    assert posted(server) == [one.text for one in payloads(digest(40), "thread")]


async def test_no_paper_is_lost_when_a_thread_goes_on_after_its_papers_were_revised() -> None:
    revised = digest(
        sections=sections_of([Entry(paper(n, abstract="Short."), ("RAG",)) for n in range(1, 41)])
    )
    async with slack(on(POST, None, None, Fault(done=True, drop=True))) as (server, notifier):
        with pytest.raises(Uncertain):
            await notifier.send(digest(40), "#rag-papers", key="k1")
        await notifier.send(revised, "#rag-papers", key="k1", again=True)
    text = "\n".join(posted(server)[1:])
    assert [text.count(f"/abs/2601.{n:05d}|") for n in range(1, 41)] == [1] * 40


@pytest.mark.parametrize(
    ("before", "after"), [("thread", "inline"), ("inline", "thread"), ("thread", "thread")]
)
@pytest.mark.parametrize("made", [1, 2])
async def test_no_paper_is_lost_or_repeated_when_the_arrangement_changes_in_between(
    before: Arrangement, after: Arrangement, made: int
) -> None:
    faults = on(POST, *[None] * made, Fault(drop=True))
    async with slack(faults, papers=before) as (server, notifier):
        with pytest.raises(Uncertain):
            await notifier.send(digest(40), "#rag-papers", key="k1")
        async with SlackNotifier(TOKEN, server.url, papers=after, pace=0.0) as second:
            await second.send(digest(40), "#rag-papers", key="k1", again=True)
        first, *replies = server.messages("rag-papers")
    holding = replies if before == "thread" else [first, *replies]
    text = "\n".join(message["text"] for message in holding)
    assert [text.count(f"/abs/2601.{n:05d}|") for n in range(1, 41)] == [1] * 40
    assert {reply["thread_ts"] for reply in replies} == {first["ts"]}


async def test_a_thread_complete_is_not_touched() -> None:
    async with slack() as (server, notifier):
        await notifier.send(digest(40), "#rag-papers", key="k1")
        before = posted(server)
        await notifier.send(digest(40), "#rag-papers", key="k1", again=True)
        assert posted(server) == before


@pytest.mark.parametrize("address", ["#secret", "G0SECRET"])
async def test_another_process_finds_the_post_by_the_channels_name_or_id(address: str) -> None:
    async with slack(on(POST, Fault(done=True, drop=True))) as (server, notifier):
        with pytest.raises(Uncertain):
            await notifier.send(digest(), address, key="k1")
        async with SlackNotifier(TOKEN, server.url, pace=0.0) as second:
            await second.send(digest(), address, key="k1", again=True)
        assert len(posted(server, "secret")) == 1


async def test_a_message_to_a_person_is_found_too() -> None:
    async with slack(on(POST, Fault(done=True, drop=True))) as (server, notifier):
        with pytest.raises(Uncertain):
            await notifier.send(digest(), "U0ANA", key="k1")
        await notifier.send(digest(), "U0ANA", key="k1", again=True)
        assert len(posted(server, "D0ANA")) == 1


async def test_other_deliveries_and_other_peoples_messages_are_not_taken_for_ours() -> None:
    async with slack() as (server, notifier):
        await notifier.send(digest(), "#rag-papers", key="k0")
        channel = server.workspace.channels["C0RAG"]
        foreign = {"event_type": "other_app", "event_payload": {"key": "k1"}}
        now = f"{time.time():.6f}"
        channel.messages += [
            {"ts": now, "text": "hello"},
            {"ts": now, "text": "hello", "metadata": foreign},
        ]
        await notifier.send(digest(), "#rag-papers", key="k1", again=True)
        assert len(posted(server)) == 4


async def test_a_post_is_found_behind_pages_of_other_talk() -> None:
    async with slack(on(POST, Fault(done=True, drop=True))) as (server, notifier):
        with pytest.raises(Uncertain):
            await notifier.send(digest(), "#rag-papers", key="k1")
        channel = server.workspace.channels["C0RAG"]
        channel.messages += [{"ts": f"{time.time():.6f}", "text": "talk"} for _ in range(450)]
        await notifier.send(digest(), "#rag-papers", key="k1", again=True)
        assert methods(server).count("conversations.history") == 3
        assert len(posted(server)) == 451


async def test_the_search_for_an_earlier_post_has_an_end() -> None:
    async with slack() as (server, notifier):
        channel = server.workspace.channels["C0RAG"]
        channel.messages += [{"ts": f"{time.time():.6f}", "text": "talk"} for _ in range(5_100)]
        await notifier.send(digest(), "#rag-papers", key="k1", again=True)
        assert methods(server).count("conversations.history") == 25
        assert len(posted(server)) == 5_101


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(days=36_500)])
async def test_a_post_is_found_for_whatever_instant_the_digest_was_composed(
    ahead: timedelta,
) -> None:
    later = digest(at=NOON + ahead)
    async with slack(on(POST, Fault(done=True, drop=True))) as (server, notifier):
        with pytest.raises(Uncertain):
            await notifier.send(later, "#rag-papers", key="k1")
        await notifier.send(later, "#rag-papers", key="k1", again=True)
        assert len(posted(server)) == 1


async def test_a_post_where_the_bot_is_no_member_cannot_be_looked_up_and_is_made_again() -> None:
    lost = on(POST, Fault(done=True, drop=True))
    async with slack(lost, scopes=SCOPES | {"chat:write.public"}) as (server, notifier):
        with pytest.raises(Uncertain):
            await notifier.send(digest(), "#elsewhere", key="k1")
        await notifier.send(digest(), "#elsewhere", key="k1", again=True)
        assert len(posted(server, "elsewhere")) == 2


@pytest.mark.parametrize("lacking", ["channels:history", "channels:read"])
async def test_where_nothing_can_be_looked_up_a_copy_is_better_than_a_loss(lacking: str) -> None:
    lost = on(POST, Fault(done=True, drop=True))
    async with slack(lost, scopes=SCOPES - {lacking}) as (server, notifier):
        with pytest.raises(Uncertain):
            await notifier.send(digest(), "#rag-papers", key="k1")
        await notifier.send(digest(), "#rag-papers", key="k1", again=True)
        assert len(posted(server)) == 2


async def test_a_bot_without_access_to_private_channels_still_finds_public_ones() -> None:
    lost = on(POST, Fault(done=True, drop=True))
    async with slack(lost, scopes=SCOPES - {"groups:read"}) as (server, notifier):
        with pytest.raises(Uncertain):
            await notifier.send(digest(), "#rag-papers", key="k1")
        await notifier.send(digest(), "#rag-papers", key="k1", again=True)
        assert len(posted(server)) == 1


@pytest.mark.parametrize("method", ["conversations.list", "conversations.history"])
@pytest.mark.parametrize(
    "fault",
    [Fault(503, body=""), Fault(drop=True), Fault(body="<html>"), Fault(error="fatal_error")],
)
async def test_nothing_is_posted_while_the_history_cannot_be_read_for_now(
    method: str, fault: Fault
) -> None:
    async with slack(always(method, fault)) as (server, notifier):
        with pytest.raises(TemporaryFailure):
            await notifier.send(digest(), "#rag-papers", key="k1", again=True)
        assert POST not in methods(server)
