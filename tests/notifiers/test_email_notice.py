"""A notice to the owner by email: plain text under the same rules as a digest's message."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import PermanentFailure, TemporaryFailure
from bot.core.notice import Notice
from bot.interfaces import Messenger
from bot.notifiers.mailbox import mailbox
from bot.notifiers.message import Envelope, TooLarge, build_notice
from tests.builders import NOON
from tests.notifiers.mailing import notifier
from tests.notifiers.scripted_smtp import ScriptedSmtp, serving

ENVELOPE = Envelope(mailbox("Daily Papers <papers@example.org>"), mailbox("ops@example.org"))
NOTICE = Notice("arXiv is silent", ("It was due 36 hours ago.", "The bot goes on asking."), NOON)
NAMES = [
    *("Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version"),
    *("Content-Type", "Content-Transfer-Encoding"),
]


def parsed(octets: bytes) -> EmailMessage:
    return message_from_bytes(octets, policy=policy.default)


def test_it_is_plain_text_from_a_machine_and_no_list() -> None:
    message = parsed(build_notice(NOTICE, ENVELOPE, key="owner announcement 1").octets)
    assert list(message.keys()) == NAMES
    assert message["Subject"] == "arXiv is silent"
    assert message["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(str(message["Date"])) == NOON
    assert message.get_content_type() == "text/plain"
    words = "It was due 36 hours ago.\r\n\r\nThe bot goes on asking.\r\n"
    assert message.get_content() == words


def test_the_message_id_is_made_of_the_key() -> None:
    ids = [
        parsed(build_notice(NOTICE, ENVELOPE, key=key).octets)["Message-ID"]
        for key in ("a b", "a b", "a c")
    ]
    assert ids[0] == ids[1] != ids[2]


@settings(max_examples=50)
@given(words=st.text(max_size=200), line=st.text(max_size=3000))
def test_whatever_it_says_stays_in_its_place(words: str, line: str) -> None:
    notice = Notice(words + "\r\nBcc: eve@example.net", (line, "the end"), NOON)
    octets = build_notice(notice, ENVELOPE, key="k").octets
    head = octets.partition(b"\r\n\r\n")[0]
    message = parsed(octets)
    assert list(message.keys()) == NAMES
    assert message["Bcc"] is None
    assert max(len(one) for one in octets.split(b"\r\n")) <= 998
    assert head.isascii()
    assert message.get_content().endswith("\nthe end\r\n")


def test_one_that_the_server_takes_in_no_size_is_refused() -> None:
    with pytest.raises(TooLarge, match="octets"):
        build_notice(NOTICE, ENVELOPE, key="k", most=100)
    assert build_notice(NOTICE, ENVELOPE, key="k", most=10_000).recipient == "ops@example.org"


async def test_it_arrives_over_the_same_connection_as_digests() -> None:
    async with serving(ScriptedSmtp()) as server, notifier(server) as email:
        assert isinstance(email, Messenger)
        await email.tell(NOTICE, "ops@example.org", key="k1")
        await email.tell(NOTICE, "ops@example.org", key="k2")
    assert (server.connections, len(server.messages)) == (1, 2)
    assert server.heard("RCPT") == ["RCPT TO:<ops@example.org>"] * 2


@pytest.mark.parametrize(
    ("script", "raised"),
    [({"DOT": "451 4.3.0 later"}, TemporaryFailure), ({"DOT": "554 5.6.0 no"}, PermanentFailure)],
)
async def test_a_refusal_is_raised_as_for_a_digest(
    script: dict[str, str | list[str]], raised: type[Exception]
) -> None:
    async with serving(ScriptedSmtp(script)) as server, notifier(server) as email:
        with pytest.raises(raised):
            await email.tell(NOTICE, "ops@example.org", key="k1")


def test_a_caret_stays_below_what_it_points_at() -> None:
    notice = Notice("A topic", ("a.toml:3: open\n    ti:(\n        ^", "That is all."), NOON)
    message = parsed(build_notice(notice, ENVELOPE, key="k").octets)
    words = "a.toml:3: open\r\n    ti:(\r\n        ^\r\n\r\nThat is all.\r\n"
    assert message.get_content() == words
