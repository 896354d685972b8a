"""Making a notifier of webhooks, and trying them without posting."""

from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from bot.core.errors import PermanentFailure
from bot.notifiers.webhook import PACE, Format, Hook, WebhookNotifier
from tests.notifiers.hook_rig import SECRET, Fault, digest, hooked


@pytest.mark.parametrize(
    ("form", "fault", "ok", "said"),
    [
        ("slack", None, True, "it would post"),
        ("slack", Fault(400, "invalid_payload"), True, "it would post"),
        ("slack", Fault(404, "no_service"), False, "make a new one"),
        ("slack", Fault(403, "invalid_token"), False, "copy it once more"),
        ("slack", Fault(200, "ok"), False, "is the URL right?"),
        ("slack", Fault(drop=True), False, "answer was lost"),
        ("discord", None, True, "it would post"),
        ("discord", Fault(404, '{"code": 10015}'), False, "make a new one"),
        ("mattermost", None, True, "daily-papers send NAME"),
        ("mattermost", Fault(drop=True), False, "answer was lost"),
    ],
)
async def test_check_tells_what_can_be_known_and_posts_nothing(
    form: Format,
    fault: Fault | None,
    ok: bool,  # noqa: FBT001 - a column of the table
    said: str,
) -> None:
    async with hooked(form, fault) as (server, notifier):
        (probe,) = await notifier.check(["team"])
    assert (probe.what, probe.ok) == ("webhook team", ok)
    assert said in probe.detail
    assert server.posted == []
    assert SECRET not in probe.detail


async def test_check_touches_no_webhook_that_might_post_whatever_it_is_asked() -> None:
    async with hooked("mattermost") as (server, notifier):
        await notifier.check(["team"])
    assert server.asked == [("HEAD", "/")]


async def test_a_webhook_that_is_not_described_is_named_with_its_cure() -> None:
    async with hooked() as (server, notifier):
        with pytest.raises(PermanentFailure, match=r"add a \[\[webhook\]\]") as failure:
            await notifier.send(digest(), "other", key="k1")
        assert failure.value.scope == "address"
        (probe,) = await notifier.check(["other"])
        assert not probe.ok
        assert server.asked == []


def test_a_notifier_is_made_of_the_tables_that_have_a_url_and_paced_as_the_system_asks() -> None:
    tables: list[Any] = [
        SimpleNamespace(name="a", format="slack", url=SecretStr("https://hooks.example.org/x")),
        SimpleNamespace(name="b", format="discord", url=SecretStr("https://chat.example.org/x")),
        SimpleNamespace(name="c", format="discord", url=SecretStr("http://127.0.0.1:1/x")),
        SimpleNamespace(name="d", format="slack", url=None),
    ]
    settings: Any = SimpleNamespace(webhook=tables)
    hooks = WebhookNotifier.from_settings(settings)._hooks
    assert {name: hook.pace for name, hook in hooks.items()} == {
        "a": PACE["slack"],
        "b": PACE["discord"],
        "c": 0.0,
    }


async def test_a_notifier_out_of_its_context_says_so() -> None:
    with pytest.raises(RuntimeError, match="outside its context"):
        await WebhookNotifier({"team": Hook("https://chat.example.org/x")}).send(
            digest(), "team", key="k1"
        )
