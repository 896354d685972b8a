"""Posting through incoming webhooks: what arrives, and how failures are told apart."""

import asyncio
import logging
import ssl

import pytest
import trustme

from bot.core.digest import Digest, sections_of
from bot.core.errors import DeliveryError, PermanentFailure, TemporaryFailure, Uncertain
from bot.core.model import Entry
from bot.core.slack_blocks import payloads
from bot.core.webhook_text import DISCORD, MATTERMOST, posts
from bot.notifiers.webhook import Format, Hook, WebhookNotifier
from bot.notifiers.webhook_answers import GONE, OURS
from tests.builders import NOON, paper
from tests.hostile import hostile_papers
from tests.notifiers.hook_rig import SECRET, Fault, digest, hooked

FORMATS: list[Format] = ["slack", "mattermost", "discord"]
ENDS = {"slack": "|", "mattermost": ")", "discord": ">"}
SOON = {"Retry-After": "0.01"}


async def failure_of(fault: Fault, form: Format = "slack") -> DeliveryError:
    """Give what one answer to the only post of a digest comes to, however often it is made."""
    async with hooked(form, fault, fault) as (_, notifier):
        with pytest.raises(DeliveryError) as caught:
            await notifier.send(digest(), "team", key="k1")
    return caught.value


async def test_slack_takes_blocks_without_threads() -> None:
    async with hooked("slack") as (server, notifier):
        await notifier.send(digest(40), "team", key="k1")
    messages = payloads(digest(40), "posts")
    assert [one["blocks"] for one in server.posted] == [one.blocks for one in messages]
    assert server.texts == [one.text for one in messages]
    assert all(one["unfurl_links"] is one["unfurl_media"] is False for one in server.posted)


@pytest.mark.parametrize(
    ("form", "expected"),
    [("mattermost", posts(digest(20), MATTERMOST)), ("discord", posts(digest(20), DISCORD))],
)
async def test_others_take_text_alone(form: Format, expected: list[str]) -> None:
    async with hooked(form) as (server, notifier):
        await notifier.send(digest(20), "team", key="k1")
    assert server.texts == expected
    assert len(expected) > 2


@pytest.mark.parametrize("form", FORMATS)
async def test_fault_39_hostile_titles_call_nobody(form: Format) -> None:
    title = "<!channel> @everyone <@U1> & | \u202e R&D [x](https://evil.example)"
    hostile = Digest("ana", "UTC", NOON, sections_of([Entry(paper(title=title), ("RAG",))]))
    async with hooked(form) as (server, notifier):
        await notifier.send(hostile, "team", key="k1")
    assert len(server.posted) == 1


@pytest.mark.parametrize("form", FORMATS)
async def test_fault_39_hundreds_of_hostile_papers_are_accepted(form: Format) -> None:
    hostile = hostile_papers()
    async with hooked(form) as (server, notifier):
        await notifier.send(digest(sections=sections_of(hostile)), "team", key="k1")
    text = "\n".join(server.texts)
    assert [text.count(f"{one.paper.url}{ENDS[form]}") for one in hostile] == [1] * len(hostile)
    assert all("blocks" in one for one in server.posted) == (form == "slack")


async def test_the_address_of_discord_may_be_given_with_its_ending_or_without() -> None:
    async with hooked("discord", path=f"{SECRET}/slack") as (server, notifier):
        await notifier.send(digest(), "team", key="k1")
        await notifier.check(["team"])
    assert server.asked == [("POST", f"/hooks/{SECRET}/slack"), ("GET", f"/hooks/{SECRET}")]


@pytest.mark.parametrize(
    "answer",
    [
        Fault(200, "ok"),
        Fault(204),
        Fault(200, '{"success": true}'),
        Fault(200, '{"result": "success", "msg": ""}'),
        Fault(202, ""),
    ],
)
async def test_whatever_is_no_refusal_counts_as_accepted(answer: Fault) -> None:
    async with hooked("mattermost", answer) as (server, notifier):
        await notifier.send(digest(), "team", key="k1")
    assert len(server.asked) == 1


@pytest.mark.parametrize("code", sorted(GONE))
async def test_fault_34_what_is_wrong_with_a_webhook_suspends_it_and_says_the_cure(
    code: str,
) -> None:
    said = code if "." not in code else f'{{"id": "web.{code}.app_error", "status_code": 400}}'
    failure = await failure_of(Fault(400, said))
    assert isinstance(failure, PermanentFailure)
    assert failure.scope == "address"
    assert f"{code}: {GONE[code]}" in str(failure)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(401),
        Fault(403, "<html>"),
        Fault(404, '{"message": "Unknown Webhook", "code": 10015}'),
        Fault(404, '{"success": false, "error": "Invalid integration id or token"}'),
        Fault(405),
        Fault(410, "gone for good"),
        Fault(501),
    ],
)
async def test_an_answer_that_there_is_no_such_webhook_suspends_it(fault: Fault) -> None:
    failure = await failure_of(fault, "discord")
    assert isinstance(failure, PermanentFailure)
    assert failure.scope == "address"
    assert "make a new" in str(failure)


@pytest.mark.parametrize("fault", [Fault(400, "oops"), Fault(413), Fault(422), Fault(400)])
async def test_what_is_wrong_with_our_message_is_nobody_elses_fault(fault: Fault) -> None:
    failure = await failure_of(fault)
    assert isinstance(failure, PermanentFailure)
    assert failure.scope == "delivery"


@pytest.mark.parametrize("code", sorted(OURS))
async def test_blocks_that_are_refused_are_posted_as_text_alone(code: str) -> None:
    said = code if "." not in code else f'{{"id": "web.{code}.app_error"}}'
    async with hooked("slack", Fault(400, said)) as (server, notifier):
        await notifier.send(digest(3), "team", key="k1")
    (message,) = server.posted
    assert "blocks" not in message
    assert message["text"].count("https://arxiv.org/abs/") == 3


@pytest.mark.parametrize(
    ("fault", "retry_after"),
    [
        (Fault(429, headers={"Retry-After": "30"}), 30.0),
        (Fault(429, "slow", headers={"Retry-After": "1.5"}), 1.5),
        (Fault(429, headers={"Retry-After": "soon"}), None),
        (Fault(301, headers={"Location": "http://127.0.0.1:1/"}), None),
        (Fault(408), None),
    ],
)
async def test_what_passes_is_tried_later(fault: Fault, retry_after: float | None) -> None:
    async with hooked("slack", fault) as (server, notifier):
        with pytest.raises(TemporaryFailure) as failure:
            await notifier.send(digest(), "team", key="k1")
        assert failure.value.retry_after == retry_after
        assert len(server.asked) == 1


async def test_fault_33_a_rate_limit_leaves_the_webhook_alone_for_its_time() -> None:
    limit = Fault(429, headers={"Retry-After": "30"})
    async with hooked("slack", limit) as (server, notifier):
        for _ in range(2):
            with pytest.raises(TemporaryFailure) as failure:
                await notifier.send(digest(), "team", key="k1")
            assert 29 < (failure.value.retry_after or 0) <= 30
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault(500, "rollup_error"),
        Fault(502, "<html>"),
        Fault(504, done=True),
        Fault(200, "<html>Welcome to our wireless network</html>"),
        Fault(200, '{"success": false}'),
        Fault(200, '{"ok": false, "error": "something"}'),
        Fault(drop=True),
        Fault(done=True, drop=True),
        Fault(done=True, delay=1.3),
    ],
)
async def test_fault_36_an_answer_that_says_nothing_is_uncertain_and_all_is_posted_again(
    fault: Fault,
) -> None:
    async with hooked("slack", fault, allowed=1.0) as (server, notifier):
        with pytest.raises(Uncertain):
            await notifier.send(digest(), "team", key="k1")
        assert len(server.asked) == 1
        before = len(server.posted)
        await notifier.send(digest(), "team", key="k1", again=True)
        assert len(server.posted) == before + 1


async def test_only_the_beginning_of_an_answer_is_read() -> None:
    async with hooked("slack", Fault(200, "ok" + " " * 10_000_000)) as (_, notifier):
        await notifier.send(digest(), "team", key="k1")
    failure = await failure_of(Fault(400, '{"a":' * 100_000))
    assert str(failure) == "the webhook refused the message itself: 400"


async def test_a_later_post_that_is_refused_for_the_moment_is_made_on_the_spot() -> None:
    faults = (None, Fault(429, headers=SOON), Fault(429), None, Fault(429, headers=SOON))
    async with hooked("discord", *faults) as (server, notifier):
        await notifier.send(digest(20), "team", key="k1")
    assert server.texts == posts(digest(20), DISCORD)


async def test_a_digest_that_breaks_off_is_posted_again_as_a_whole() -> None:
    limit = Fault(429, headers=SOON)
    async with hooked("discord", None, limit, limit, limit) as (server, notifier):
        with pytest.raises(Uncertain, match=r"stopped before post 2 of \d+; all are repeated"):
            await notifier.send(digest(20), "team", key="k1")
        await asyncio.sleep(0.02)
        await notifier.send(digest(20), "team", key="k1", again=True)
    expected = posts(digest(20), DISCORD)
    assert server.texts == [expected[0], *expected]
    assert "message 1 of" in expected[0]


@pytest.mark.parametrize(("said", "scope"), [("no_service", "address"), ("oops", "delivery")])
async def test_what_is_refused_for_good_half_way_is_not_repeated_for_days(
    said: str, scope: str
) -> None:
    async with hooked("mattermost", None, Fault(400, said)) as (_, notifier):
        with pytest.raises(PermanentFailure) as failure:
            await notifier.send(digest(20), "team", key="k1")
    assert failure.value.scope == scope


async def test_a_server_that_cannot_be_reached_is_tried_later() -> None:
    async with hooked() as (server, _):
        url = server.url
    async with WebhookNotifier({"team": Hook(url)}) as notifier:
        with pytest.raises(TemporaryFailure, match="cannot be reached"):
            await notifier.send(digest(), "team", key="k1")


async def test_a_certificate_that_nobody_vouches_for_gets_nothing() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    async with hooked(tls=context) as (server, notifier):
        with pytest.raises(TemporaryFailure, match="cannot be reached"):
            await notifier.send(digest(), "team", key="k1")
    assert server.asked == []


async def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with hooked() as (server, notifier):
        await notifier.send(digest(), "team", key="k1")
    assert len(server.posted) == 1


async def test_two_digests_for_one_webhook_do_not_mingle() -> None:
    other = digest(20, parts=2)
    async with hooked("mattermost") as (server, notifier):
        await asyncio.gather(
            notifier.send(digest(20), "team", key="k1"), notifier.send(other, "team", key="k2")
        )
    assert server.texts == posts(digest(20), MATTERMOST) + posts(other, MATTERMOST)


@pytest.mark.parametrize(
    "fault",
    [
        None,
        Fault(404, "no_service"),
        Fault(500),
        Fault(drop=True),
        Fault(301, headers={"Location": f"http://127.0.0.1:1/{SECRET}"}),
    ],
)
async def test_the_url_is_never_shown(
    fault: Fault | None, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.WARNING)
    shown = []
    async with hooked("slack", fault) as (_, notifier):
        try:
            await notifier.send(digest(), "team", key="k1", again=True)
        except DeliveryError as failure:
            shown = [str(failure), repr(failure), repr(failure.__cause__)]
        shown += [repr(notifier), repr(vars(notifier))]
    shown += [caplog.text, *capsys.readouterr()]
    assert not [text for text in shown if SECRET in text]
