"""Who a message comes from: the ways to leave it, where its failure is reported, and `check`."""

from email import message_from_bytes, policy
from typing import Any

import pytest

from bot.core.digest import Digest
from bot.core.errors import ConfigError, PermanentFailure
from bot.core.links import TOKEN_LENGTH, longest_public_url
from bot.core.notice import Notice
from bot.core.return_path import is_signed, named_by
from bot.interfaces import Probe
from bot.notifiers.email import EmailNotifier
from bot.notifiers.mailbox import mailbox
from bot.notifiers.origin import Origin
from bot.settings import EmailSettings, Settings, WebSettings
from tests.builders import NOON, digest
from tests.notifiers.mailing import ORIGIN, SENDER, notifier
from tests.notifiers.scripted_smtp import ScriptedSmtp, serving

TOKEN = "mR4tXq0c2dE8a1B7zQ9w3g"
WHOLE = Origin(mailbox(SENDER), "https://papers.example.org", "bounces@example.org")


def delivered(**changes: Any) -> Digest:
    return digest(**{"token": TOKEN, "delivery": 42} | changes)


async def received(origin: Origin, sent: Digest) -> ScriptedSmtp:
    """Send a digest twice, the second time as a retry, and give the server that took it."""
    async with serving(ScriptedSmtp()) as server, notifier(server, origin=origin) as email:
        for again in (False, True):
            await email.send(sent, "ana@example.org", key="k1", again=again)
    return server


async def test_a_digest_names_its_readers_own_page_and_mail_by_which_to_leave() -> None:
    message = message_from_bytes((await received(WHOLE, delivered())).messages[0])
    assert str(message["List-Unsubscribe"]) == (
        f"<https://papers.example.org/u/{TOKEN}>,\r\n "
        f"<mailto:papers@example.org?subject=unsubscribe%20{TOKEN}>"
    )
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_its_return_path_names_the_delivery_and_a_retry_has_the_same() -> None:
    server = await received(WHOLE, delivered())
    first, again = server.heard("MAIL")
    address = first.partition("<")[2].partition(">")[0]
    named = named_by("bounces@example.org", address)
    assert named is not None
    assert named.delivery == 42
    assert is_signed(named, TOKEN)
    assert again.partition(">")[0] == first.partition(">")[0]
    one, other = (message_from_bytes(octets) for octets in server.messages)
    assert one["Message-ID"] == other["Message-ID"] == "<k1@example.org>"
    assert one["From"] == SENDER.replace("Daily Papers", '"Daily Papers"')


@pytest.mark.parametrize("changes", [{"token": ""}, {"delivery": 0}])
async def test_a_test_digest_comes_back_to_the_sender(changes: dict[str, Any]) -> None:
    server = await received(WHOLE, delivered(**changes))
    assert server.heard("MAIL")[0].startswith("MAIL FROM:<papers@example.org>")


async def test_the_footer_leads_to_the_readers_page_which_no_header_names() -> None:
    server = await received(WHOLE, delivered())
    message = message_from_bytes(server.messages[0], policy=policy.default)
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        assert f"https://papers.example.org/m/{TOKEN}" in part.get_content()
    assert "/m/" not in str(message.items())


async def test_without_pages_and_bounces_there_is_a_mail_alone() -> None:
    server = await received(ORIGIN, digest())
    message = message_from_bytes(server.messages[0], policy=policy.default)
    assert message["List-Unsubscribe"] == "<mailto:papers@example.org?subject=unsubscribe>"
    assert message["List-Unsubscribe-Post"] is None
    assert server.heard("MAIL")[0].startswith("MAIL FROM:<papers@example.org>")


async def test_a_notice_is_of_no_list_and_comes_back_to_the_sender() -> None:
    async with serving(ScriptedSmtp()) as server, notifier(server, origin=WHOLE) as email:
        await email.tell(Notice("arXiv is silent", ("Long since.",), NOON), "o@b.org", key="k")
    assert b"List-Unsubscribe" not in server.messages[0]
    assert server.heard("MAIL")[0].startswith("MAIL FROM:<papers@example.org>")


def test_what_is_no_address_is_refused_before_anything_is_made_of_it() -> None:
    with pytest.raises(PermanentFailure, match="not an email address") as caught:
        WHOLE.envelope("ana@example.org\r\nBcc: eve@example.org", delivered())
    assert caught.value.scope == "address"


def test_these_tests_have_a_token_of_the_usual_length() -> None:
    assert len(TOKEN) == TOKEN_LENGTH


def details(origin: Origin) -> dict[str, Probe]:
    return {probe.what: probe for probe in origin.probes()}


def test_check_tells_who_sends_and_what_is_on() -> None:
    found = details(WHOLE)
    assert all(probe.ok for probe in found.values())
    sender = found["email sender papers@example.org"].detail
    assert "SPF, DKIM and DMARC of example.org" in sender
    assert "not signed here" in sender
    one_click = found["email one-click unsubscribe"].detail
    assert one_click == "on, at https://papers.example.org/u/…"
    assert "bounces+…@example.org" in found["email bounces"].detail


def test_check_tells_how_to_turn_on_what_is_off() -> None:
    found = details(ORIGIN)
    assert all(probe.ok for probe in found.values())
    assert "web.public_url" in found["email one-click unsubscribe"].detail
    assert "email.bounces" in found["email bounces"].detail


@pytest.mark.parametrize(
    ("public_url", "why"),
    [
        ("http://papers.example.org", "not https"),
        ("https://".ljust(longest_public_url() + 1, "x"), "longer than"),
    ],
)
def test_check_tells_why_a_public_url_cannot_be_used(public_url: str, why: str) -> None:
    probe = details(Origin(mailbox(SENDER), public_url))["email one-click unsubscribe"]
    assert not probe.ok
    assert why in probe.detail


def settings(**email: Any) -> Settings:
    values = {"host": "127.0.0.1", "tls": "none", "sender": SENDER, **email}
    web = WebSettings(public_url="https://papers.example.org")
    return Settings(email=EmailSettings(**values), web=web)


def test_the_settings_decide_all_of_it() -> None:
    made = settings(bounces="bounces@example.org")
    assert made.email is not None
    assert Origin.from_settings(made.email, made.web) == WHOLE
    assert EmailNotifier.from_settings(made).concurrency == 20


def test_a_sender_of_no_address_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match=r"email\.sender"):
        Origin.written("nobody")
