"""Sending through Apprise: what a service is given, and what its answers come to."""

import asyncio
import logging
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from apprise.plugins.custom_json import NotifyJSON
from pydantic import SecretStr

from bot.core.digest import Digest
from bot.core.errors import ConfigError, PermanentFailure, TemporaryFailure, Uncertain
from bot.core.webhook_text import Dialect, titled
from bot.interfaces import Checkable
from bot.notifiers.apart import apart
from bot.notifiers.apprise import AppriseNotifier
from bot.notifiers.apprise_messages import MOST, messages_of
from bot.settings.apprise_services import service_of
from bot.settings.apprise_urls import public_name
from tests.notifiers.hook_rig import digest
from tests.notifiers.service_rig import PASSWORD, TOKEN, Answer, serving

REFUSED = Answer(401)


def expected(one: Digest) -> list[tuple[str, str]]:
    """Give the titles and texts of a digest at a service that takes long ones."""
    dialect = Dialect(MOST, 420, links=False, plain=True, head=0)
    return [(post.title, post.body) for post in titled(one, dialect)]


async def test_a_digest_arrives_as_one_message_of_plain_text() -> None:
    async with serving() as (server, notifier):
        await notifier.send(digest(2), server.name, key="k1")
    assert server.texts == expected(digest(2))
    (message,) = server.taken
    assert message["attachments"] == []
    assert "https://arxiv.org/abs/2601.00002" in message["message"]


async def test_a_long_digest_continues_in_numbered_messages_with_every_paper() -> None:
    async with serving() as (server, notifier):
        await notifier.send(digest(40), server.name, key="k1")
    assert server.texts == expected(digest(40))
    assert len(server.texts) > 2
    assert all(len(body) <= MOST for _, body in server.texts)
    whole = "".join(body for _, body in server.texts)
    assert whole.count("https://arxiv.org/abs/") == 40
    assert server.texts[1][0].endswith(f"message 2 of {len(server.texts)}")


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
async def test_what_apprise_calls_false_is_tried_later(status: int) -> None:
    async with serving(Answer(status)) as (server, notifier):
        with pytest.raises(TemporaryFailure, match=f"HTTP {status}"):
            await notifier.send(digest(), server.name, key="k1")
        assert server.asked == 1
        await notifier.send(digest(), server.name, key="k1", again=True)
    assert server.texts == expected(digest())


async def test_a_redirect_is_not_followed_as_it_would_lose_the_message() -> None:
    async with serving() as (elsewhere, _):
        location = elsewhere.url.replace("json", "http")
        async with serving(Answer(302, location=location)) as (server, notifier):
            with pytest.raises(TemporaryFailure, match="HTTP 302"):
                await notifier.send(digest(), server.name, key="k1")
        assert elsewhere.asked == 0


@pytest.mark.parametrize("asked_for", ["optional=yes", "retry=3&wait=0", "overflow=truncate"])
async def test_what_a_url_asks_for_beside_its_place_changes_no_outcome(asked_for: str) -> None:
    async with serving(REFUSED) as (server, _):
        url = f"{server.url}?{asked_for}"
        async with AppriseNotifier({"it": url}) as notifier:
            with pytest.raises(TemporaryFailure):
                await notifier.send(digest(40), "it", key="k1")
            assert server.asked == 1
            await notifier.send(digest(40), "it", key="k1")
    assert server.texts == expected(digest(40))


async def test_a_redirect_is_not_followed_even_if_the_url_asks_for_it() -> None:
    async with serving() as (elsewhere, _):
        location = elsewhere.url.replace("json", "http")
        async with serving(Answer(302, location=location)) as (server, _):
            notifier = AppriseNotifier({"it": f"{server.url}?redirect=yes"})
            with pytest.raises(TemporaryFailure, match="HTTP 302"):
                await notifier.send(digest(), "it", key="k1")
        assert elsewhere.asked == 0


async def test_a_later_message_that_is_refused_once_is_sent_on_the_spot() -> None:
    async with serving(None, REFUSED) as (server, notifier):
        await notifier.send(digest(40), server.name, key="k1")
    assert server.texts == expected(digest(40))


async def test_a_digest_that_breaks_off_is_sent_again_as_a_whole() -> None:
    async with serving(None, REFUSED, REFUSED, REFUSED) as (server, notifier):
        with pytest.raises(
            Uncertain, match=r"before message 2 of \d+, .* \(HTTP 401\); all are rep"
        ):
            await notifier.send(digest(40), server.name, key="k1")
        assert server.asked == 4
        await notifier.send(digest(40), server.name, key="k1", again=True)
    whole = expected(digest(40))
    assert server.texts == [whole[0], *whole]


async def test_an_answer_that_does_not_come_is_uncertain_and_nothing_more_is_sent() -> None:
    async with serving(Answer(delay=0.4, taken=True), allowed=0.2) as (server, notifier):
        with pytest.raises(Uncertain, match=r"did not answer in 0.2 s"):
            await notifier.send(digest(40), server.name, key="k1")
        working = [one for one in threading.enumerate() if one.name.endswith("(work)")]
        for thread in working:
            await asyncio.to_thread(thread.join)
        assert working
    assert server.asked == 1


async def test_what_raises_within_apprise_is_uncertain_and_its_text_is_kept_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(self: object, **_: object) -> bool:
        raise RuntimeError(f"http://127.0.0.1/{TOKEN}")

    monkeypatch.setattr(NotifyJSON, "send", broken)
    async with serving() as (server, notifier):
        with pytest.raises(Uncertain) as failure:
            await notifier.send(digest(), server.name, key="k1")
    assert str(failure.value) == "RuntimeError in Apprise; it may have been accepted"
    assert failure.value.__suppress_context__


async def test_a_server_that_is_not_there_is_tried_later() -> None:
    async with serving() as (server, _):
        url, name = server.url, server.name
    async with AppriseNotifier({name: url}) as notifier:
        with pytest.raises(TemporaryFailure, match="did not accept"):
            await notifier.send(digest(), name, key="k1")


async def test_a_url_that_is_gone_from_the_configuration_is_named_with_its_cure() -> None:
    async with serving() as (server, notifier):
        with pytest.raises(PermanentFailure, match="add its URL again") as failure:
            await notifier.send(digest(), "json://example.org#00000000", key="k1")
        assert failure.value.scope == "address"
        (probe,) = await notifier.check(["json://example.org#00000000"])
        assert not probe.ok
    assert server.asked == 0


async def test_a_service_that_stopped_working_suspends_its_address() -> None:
    url = "nosuch://example.org"
    async with AppriseNotifier({public_name(url): url}) as notifier:
        with pytest.raises(PermanentFailure, match="knows no service") as failure:
            await notifier.send(digest(), public_name(url), key="k1")
    assert failure.value.scope == "address"


async def test_check_sends_nothing() -> None:
    async with serving() as (server, notifier):
        assert isinstance(notifier, Checkable)
        (probe,) = await notifier.check([server.name])
    assert (probe.what, probe.ok) == (f"apprise {server.name}", True)
    assert server.asked == 0


async def test_two_digests_for_one_service_do_not_mingle() -> None:
    async with serving() as (server, notifier):
        await asyncio.gather(
            notifier.send(digest(40), server.name, key="k1"),
            notifier.send(digest(40, parts=2), server.name, key="k2"),
        )
    assert server.texts == expected(digest(40)) + expected(digest(40, parts=2))


@pytest.mark.parametrize("answer", [None, REFUSED, Answer(500), Answer(delay=0.3)])
async def test_neither_url_nor_password_nor_token_is_ever_shown(
    answer: Answer | None, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("urllib3").setLevel(logging.WARNING)  # as bot.logs has it
    shown: list[object] = []
    async with serving(answer, allowed=0.2) as (server, notifier):
        try:
            await notifier.send(digest(), server.name, key="k1")
        except (TemporaryFailure, Uncertain) as failure:
            shown = [failure, repr(failure), repr(failure.__cause__)]
        shown += [notifier, server.name, *await notifier.check([server.name])]
    shown += [caplog.text, *capsys.readouterr()]
    assert not [one for one in shown if PASSWORD in str(one) or TOKEN in str(one)]


@pytest.mark.parametrize(
    "url",
    [
        "tgram://123456789:abcdefg_hijklmnop/12315544/",
        "discord://12345678/abcdefghijklmnop",
        "discord://12345678/abcdefghijklmnop?format=markdown",
        "matrixs://bot:pass@example.org/#papers",
        "matrixs://bot:pass@example.org/#papers?format=html&overflow=split",
        "mailto://bot:pass@example.org",
        "ntfys://topic",
        "bulksms://bot:pass@+15551234567",
        "gotifys://example.org/Aabcdefghijklmn",
        "pover://" + "u" * 30 + "@" + "a" * 30,
    ],
)
def test_every_service_gets_what_fits_into_its_messages(url: str) -> None:
    service = service_of(url)
    given = digest(30)
    _, messages = messages_of(service, given)
    assert all(0 < len(one.body) <= service.body_maxlen for one in messages)
    assert all(len(one.title) <= service.title_maxlen for one in messages)
    whole = "\n".join(one.body for one in messages)
    for section in given.sections:
        for entry in section.entries:
            assert entry.paper.url in whole


def test_a_notifier_is_made_of_the_subscribers_urls() -> None:
    urls = ["json://127.0.0.1/a", "json://127.0.0.1/b"]
    people: list[Any] = [
        SimpleNamespace(name=f"ana{n}", apprise=(SecretStr(url),)) for n, url in enumerate(urls)
    ]
    settings: Any = SimpleNamespace(subscriber=people)
    made = AppriseNotifier.from_settings(settings)
    assert made._urls == {public_name(url): url for url in urls}
    people.append(SimpleNamespace(name="bo", apprise=(SecretStr("nosuch://very-secret"),)))
    with pytest.raises(ConfigError, match="subscriber bo: apprise: Apprise knows no") as caught:
        AppriseNotifier.from_settings(settings)
    assert "very-secret" not in str(caught.value)


async def test_a_call_that_outlives_its_loop_is_left_alone() -> None:
    release = threading.Event()
    future = apart(release.wait)
    future.cancel()
    release.set()
    assert await apart(lambda: 7) == 7
