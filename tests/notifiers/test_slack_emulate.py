"""Digests to a Slack that others wrote, npm's `emulate` 0.12.2, read back through its own API.

What it does not tell, our own stand-in does (tests/notifiers/test_slack*.py): it enforces no limit
of blocks, characters or pace, and replies to a thread that is not there; `oldest` and
`include_all_metadata` mean nothing to it, and replies come in one page. It takes a channel's name
without `#` only, reads arguments from the body of a POST only, and takes any token that it does
not know for one of a person who may do nothing. It lets a bot post to, and read, public channels
where it is not, and says `not_in_channel` of a private one where Slack says `channel_not_found`.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from bot.core.digest import Digest, sections_of
from bot.core.errors import PermanentFailure, Uncertain
from bot.core.slack_blocks import Arrangement, payloads
from bot.notifiers.slack import SlackNotifier
from bot.notifiers.slack_history import metadata
from bot.notifiers.webhook import Hook, WebhookNotifier, messages_of
from tests.emulate import BOT, MUTE, PERSON, WEBHOOK, Emulate, emulate
from tests.hostile import hostile_papers
from tests.notifiers.slack_rig import digest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[Emulate]:
    with emulate() as one:
        yield one


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """Give a name for a channel of this test's own."""
    return "".join(letter for letter in request.node.name if letter.isalnum())[-70:].lower()


@pytest.fixture
def channel(server: Emulate, name: str) -> str:
    return server.channel(name)


def notifier(server: Emulate, token: str = BOT, papers: Arrangement = "thread") -> SlackNotifier:
    return SlackNotifier(token, server.api, papers=papers, pace=0.0)


def meant(one: Digest, papers: Arrangement = "thread", key: str = "k1") -> list[dict[str, Any]]:
    """Give what is to stand in the channel, as far as it is ours to say."""
    flags = {"unfurl_links": False, "unfurl_media": False}
    return [
        {**message.as_json(), **flags, "metadata": metadata(key, message)}
        for message in payloads(one, papers)
    ]


def stands(server: Emulate, channel: str) -> list[dict[str, Any]]:
    """Read the one thread of a channel, or its one message, and see that it is one."""
    (first,) = server.history(channel)
    whole, *replies = server.thread(channel, first["ts"])
    assert whole == first
    assert first.get("reply_count", 0) == len(replies)
    assert "thread_ts" not in first
    assert {reply["thread_ts"] for reply in replies} <= {first["ts"]}
    ours = ("text", "blocks", "unfurl_links", "unfurl_media", "metadata")
    return [{part: one[part] for part in ours} for one in (first, *replies)]


def lose(notifier: SlackNotifier, number: int) -> None:
    """Lose the answer to the notifier's post of this number, counted from one."""
    post, made = notifier._api.post, 0

    async def lost(message: Any) -> dict[str, Any]:
        nonlocal made
        answer = await post(message)
        made += 1
        if made == number:
            raise Uncertain("lost")
        return answer

    notifier._api.post = lost  # type: ignore[method-assign]  # the one way to lose an answer


@pytest.mark.parametrize("papers", ["thread", "inline"])
@pytest.mark.parametrize("count", [1, 40, 300])
async def test_a_digest_stands_in_the_channel_and_its_thread_as_it_was_meant(
    server: Emulate, channel: str, name: str, count: int, papers: Arrangement
) -> None:
    async with notifier(server, papers=papers) as one:
        await one.send(digest(count), f"#{name}", key="k1")
    there = stands(server, channel)
    assert there == meant(digest(count), papers)
    assert len(there) > 1 or count == 1
    text = "\n".join(message["text"] for message in there[papers == "thread" and count > 1 :])
    for number in range(1, count + 1):
        assert text.count(f"<https://arxiv.org/abs/2601.{number:05d}|") == 1


async def test_slacks_own_models_find_no_fault_with_the_blocks_that_stand_there(
    server: Emulate, channel: str
) -> None:
    one = digest(sections=sections_of(hostile_papers()))
    async with notifier(server) as by:
        await by.send(one, channel, key="k1")
    for message in stands(server, channel):
        blocks = Block.parse_all(message["blocks"])
        assert [block.to_dict() for block in blocks] == message["blocks"]


async def test_fault_39_hostile_texts_arrive_as_they_were_defused(
    server: Emulate, channel: str
) -> None:
    one = digest(sections=sections_of(hostile_papers()))
    async with notifier(server) as by:
        await by.send(one, channel, key="k1")
    there = stands(server, channel)
    assert there == meant(one)
    said = "\n".join(str(message["text"]) + str(message["blocks"]) for message in there)
    assert not any(bad in said for bad in ("<!", "<@", "<#", "<https://evil", "\u202e", "\x1b"))


async def test_a_digest_for_a_person_stands_in_the_talk_with_them_once(server: Emulate) -> None:
    async with notifier(server) as one:
        await one.send(digest(40), PERSON, key="k1")
    async with notifier(server) as second:
        await second.send(digest(40), PERSON, key="k1", again=True)
    talk = server.ask("conversations.open", token=BOT, users=PERSON)["channel"]["id"]
    assert stands(server, talk) == meant(digest(40))


@pytest.mark.parametrize("papers", ["thread", "inline"])
@pytest.mark.parametrize("number", [1, 2, 4])
async def test_fault_36_what_stands_there_is_found_and_only_the_rest_is_posted(
    server: Emulate, channel: str, name: str, number: int, papers: Arrangement
) -> None:
    async with notifier(server, papers=papers) as one:
        lose(one, number)
        with pytest.raises(Uncertain, match="lost"):
            await one.send(digest(40), f"#{name}", key="k1")
    assert stands(server, channel) == meant(digest(40), papers)[:number]
    async with notifier(server, papers=papers) as second:
        await second.send(digest(40), f"#{name}", key="k1", again=True)
        await second.send(digest(40), f"#{name}", key="k1", again=True)
    there = stands(server, channel)
    assert [one["text"] for one in there[:number]] == [
        one["text"] for one in meant(digest(40), papers)[:number]
    ]
    text = "\n".join(message["text"] for message in there[papers == "thread" :])
    assert [text.count(f"/abs/2601.{n:05d}|") for n in range(1, 41)] == [1] * 40


async def test_another_delivery_is_not_taken_for_this_one(server: Emulate, channel: str) -> None:
    async with notifier(server) as one:
        await one.send(digest(), channel, key="k0")
        await one.send(digest(), channel, key="k1", again=True)
        await one.send(digest(), channel, key="k1", again=True)
    keys = [one["metadata"]["event_payload"]["key"] for one in server.history(channel)]
    assert keys == ["k0", "k1"]


async def test_a_digest_is_found_behind_pages_of_other_talk(server: Emulate, channel: str) -> None:
    async with notifier(server) as one:
        await one.send(digest(40), channel, key="k1")
        for number in range(450):
            server.ask("chat.postMessage", channel=channel, text=f"talk {number}")
        await one.send(digest(40), channel, key="k1", again=True)
    ours, *talk = server.history(channel)
    assert [one["text"] for one in talk] == [f"talk {number}" for number in range(450)]
    assert len(server.thread(channel, ours["ts"])) == len(meant(digest(40)))


async def test_a_channel_that_is_not_there_is_refused_as_the_address(server: Emulate) -> None:
    async with notifier(server) as one:
        for address in ("#nowhere", "C0NOWHERE"):
            with pytest.raises(PermanentFailure, match="channel_not_found") as failure:
                await one.send(digest(), address, key="k1")
            assert failure.value.scope == "address"


async def test_an_archived_channel_is_refused_as_the_address(
    server: Emulate, channel: str, name: str
) -> None:
    server.ask("conversations.archive", channel=channel)
    async with notifier(server) as one:
        for address in (f"#{name}", channel):
            with pytest.raises(PermanentFailure, match="is_archived") as failure:
                await one.send(digest(), address, key="k1")
            assert failure.value.scope == "address"
    assert server.history(channel) == []


async def test_a_private_channel_takes_the_digest_of_an_invited_bot_alone(
    server: Emulate, name: str
) -> None:
    within = server.channel(f"in-{name}"[:70], private=True)
    without = server.channel(f"out-{name}"[:70], private=True, invited=False)
    async with notifier(server) as one:
        await one.send(digest(), within, key="k1")
        await one.send(digest(), f"#in-{name}"[:71], key="k2")
        for address in (without, f"#out-{name}"[:71]):
            with pytest.raises(PermanentFailure) as failure:
                await one.send(digest(), address, key="k3")
            assert failure.value.scope == "address"
    keys = [one["metadata"]["event_payload"]["key"] for one in server.history(within)]
    assert (keys, server.history(without)) == (["k1", "k2"], [])


@pytest.mark.parametrize(
    ("token", "told"),
    [(MUTE, r"missing_scope \(chat:write\)"), ("xoxb-unknown", "missing_scope"), ("", "not_auth")],
)
async def test_a_token_that_may_not_post_stops_slack_and_is_never_shown(
    server: Emulate, channel: str, token: str, told: str
) -> None:
    async with notifier(server, token) as one:
        with pytest.raises(PermanentFailure, match=told) as failure:
            await one.send(digest(), channel, key="k1")
    assert failure.value.scope == "channel"
    assert not token or token not in str(failure.value)
    assert server.history(channel) == []


async def test_check_tells_what_is_there_without_posting(
    server: Emulate, channel: str, name: str
) -> None:
    old = server.channel("old")
    server.ask("conversations.archive", channel=old)
    addresses = (f"#{name}", channel, PERSON, "#old", "#general", "#nowhere", "C0NOWHERE")
    async with notifier(server) as one:
        account, *probes = await one.check(addresses)
    assert (account.ok, account.detail) == (True, "@daily-papers in Lab")
    assert [probe.ok for probe in probes] == [True, True, True, False, False, False, False]
    for probe, told in zip(probes[3:], ("archived", "/invite", "no such", "no such"), strict=True):
        assert told in probe.detail
    assert server.history(channel) == []


async def test_an_incoming_webhook_posts_the_same_messages(server: Emulate) -> None:
    (general,) = (
        one["id"]
        for one in server.ask("conversations.list", limit=999)["channels"]
        if one["name"] == "general"
    )
    async with WebhookNotifier({"lab": Hook(f"{server.url}/{WEBHOOK}")}) as one:
        await one.send(digest(40), "lab", key="k1")
    answer = server.ask("conversations.history", channel=general, limit=999)
    there = [one for one in reversed(answer["messages"]) if "blocks" in one]
    wanted = messages_of(digest(40), "slack")
    assert len(wanted) > 1
    assert [{part: one[part] for part in wanted[0]} for one in there] == wanted
