"""Where the papers of a long digest stand in a channel."""

from bot.core.digest import sections_of
from bot.core.slack_blocks import payloads
from tests.hostile import hostile_papers
from tests.notifiers.slack_rig import digest, posted, slack


async def test_a_long_digest_continues_in_the_thread_of_its_first_message() -> None:
    async with slack() as (server, notifier):
        await notifier.send(digest(40), "#rag-papers", key="k1")
        first, *replies = server.messages("rag-papers")
    assert "thread_ts" not in first
    assert replies
    assert {reply["thread_ts"] for reply in replies} == {first["ts"]}
    assert posted(server) == [one.text for one in payloads(digest(40), "thread")]


async def test_a_thread_is_posted_no_faster_than_slack_takes_it() -> None:
    async with slack(pace=0.1, interval=0.1) as (server, notifier):
        await notifier.send(digest(40), "#rag-papers", key="k1")
        assert len(posted(server)) == len(payloads(digest(40), "thread")) > 2


async def test_papers_stand_in_the_first_message_where_that_is_wanted() -> None:
    async with slack(papers="inline") as (server, notifier):
        await notifier.send(digest(40), "#rag-papers", key="k1")
        first, *replies = server.messages("rag-papers")
    assert first["metadata"]["event_payload"]["through"] > 0
    assert [first["text"], *(reply["text"] for reply in replies)] == [
        one.text for one in payloads(digest(40), "inline")
    ]


async def test_fault_39_hundreds_of_hostile_papers_are_accepted_in_blocks() -> None:
    hostile = hostile_papers()
    async with slack() as (server, notifier):
        await notifier.send(digest(sections=sections_of(hostile)), "#rag-papers", key="k1")
        first, *replies = server.messages("rag-papers")
    text = "\n".join(one["text"] for one in replies)
    assert [text.count(f"<{one.paper.url}|") for one in hostile] == [1] * len(hostile)
    assert all("blocks" in one for one in (first, *replies))
    assert first["metadata"]["event_payload"]["of"] == len(replies) + 1
