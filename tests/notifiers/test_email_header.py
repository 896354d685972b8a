"""The header of a digest's email: how to leave, names and words encoded, and its check."""

from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import PermanentFailure
from bot.core.notice import Notice
from bot.notifiers.header import Envelope, _words, verify
from bot.notifiers.mailbox import Mailbox
from bot.notifiers.message import build, build_notice
from tests.builders import NOON, digest
from tests.notifiers.test_email_message import ENVELOPE, NAMES, STOP, body, parsed

PAGE = "https://papers.example.org/u/AAAAAAAAAAAAAAAAAAAAAA"


def test_one_click_is_offered_beside_the_mail_each_on_a_line_of_its_own() -> None:
    octets = build(digest(), replace(ENVELOPE, unsubscribe=PAGE), key="k-1").octets
    assert f"\r\nList-Unsubscribe: <{PAGE}>,\r\n <{STOP}>\r\n".encode() in octets
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in octets
    message = parsed(octets)
    assert message.keys() == [*NAMES[:7], "List-Unsubscribe-Post", *NAMES[7:]]
    assert message["List-Unsubscribe"] == f"<{PAGE}>, <{STOP}>"
    assert PAGE in body(message, "plain").splitlines()
    assert f'href="{PAGE}"' in body(message, "html")
    assert STOP not in body(message, "html")


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:8000/u/token"])
def test_one_click_is_promised_only_over_https(url: str) -> None:
    octets = build(digest(), replace(ENVELOPE, unsubscribe=url), key="k-1").octets
    assert "List-Unsubscribe-Post" not in parsed(octets)


def test_a_long_unsubscribe_url_is_never_encoded_nor_folded() -> None:
    url = f"https://papers.example.org/unsubscribe?token={'t' * 200}"
    envelope = Envelope(ENVELOPE.sender, ENVELOPE.recipient, url)
    octets = build(digest(), envelope, key="k-1").octets
    assert f"\r\nList-Unsubscribe: <{url}>\r\n".encode() in octets
    assert url in body(parsed(octets), "html")
    assert url in body(parsed(octets), "plain")


@pytest.mark.parametrize(
    "url", ["https://a\r\nBcc: eve@example.net", "https://é", f"https://{'a' * 999}"]
)
def test_a_url_that_would_break_the_header_is_not_sent(url: str) -> None:
    with pytest.raises(PermanentFailure):
        build(digest(), replace(ENVELOPE, unsubscribe=url), key="k-1")


def test_failures_come_back_to_the_return_path_or_else_to_the_sender() -> None:
    path = "bounce+1-abc@example.org"
    message = build(digest(), replace(ENVELOPE, return_path=path), key="k-1")
    assert message.sender == path
    assert parsed(message.octets)["From"] == "Daily Papers <papers@example.org>"
    assert path.encode() not in message.octets
    assert build(digest(), ENVELOPE, key="k-1").sender == "papers@example.org"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300))
def test_any_words_of_a_subject_are_read_back_from_short_lines(words: str) -> None:
    written = _words(words, "Subject")
    lines = f"Subject: {written}".split("\r\n")
    if not words.isascii():
        assert max(map(len, lines)) <= 78
        assert all(len(word) <= 75 for word in written.split())
        assert str(make_header(decode_header(written))) == words
        # No character is cut in two: RFC 2047 has each word decoded by itself.
        alone = [str(make_header(decode_header(word))) for word in written.split()]
        assert "".join(alone) == words


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ('Papers, "Inc"', '"Papers, \\"Inc\\"" <papers@example.org>'),
        ("Artículos diarios", "Artículos diarios <papers@example.org>"),
        ("", "papers@example.org"),
    ],
)
def test_a_name_of_the_sender_survives_quoting_and_encoding(name: str, shown: str) -> None:
    envelope = Envelope(Mailbox("papers", "example.org", name), ENVELOPE.recipient)
    octets = build(digest(), envelope, key="k-1").octets
    assert parsed(octets)["From"] == shown
    assert parsed(octets)["From"].addresses[0].display_name == name


def test_a_long_name_is_folded_between_encoded_words() -> None:
    envelope = Envelope(Mailbox("papers", "example.org", "日刊論文" * 20), ENVELOPE.recipient)
    octets = build(digest(), envelope, key="k-1").octets
    raw = message_from_bytes(octets)["From"]
    assert max(len(line) for line in raw.splitlines()) <= 78
    # The modern parser of Python 3.11 leaves spaces between encoded words that it should join.
    assert str(make_header(decode_header(raw))) == "日刊論文" * 20 + " <papers@example.org>"


def test_every_header_is_checked_before_a_message_is_given_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checked: list[list[str]] = []

    def verify(head: bytes, names: list[str], *, international: bool) -> None:
        assert head.endswith(b"\r\n\r\n")
        checked.append(names)
        assert not international

    monkeypatch.setattr("bot.notifiers.header.verify", verify)
    build(digest(), ENVELOPE, key="k-1")
    build_notice(Notice("Subject", ("A line.",), NOON), ENVELOPE, key="k-2")
    assert checked == [
        NAMES,
        [*NAMES[:5], "Auto-Submitted", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"],
    ]


@pytest.mark.parametrize(
    ("head", "wrong"),
    [
        (b"From: a\r\nTo: b\r\nBcc: c\r\n\r\n", "a field that was not meant"),
        (b"From: a\r\n\r\n", "a field that is missing"),
        (b"From: a\r\nFrom: a\r\nTo: b\r\n\r\n", "a field twice"),
        (b"From: a\nBcc: c\r\nTo: b\r\n\r\n", "a bare line feed"),
        (b"From: a\rBcc: c\r\nTo: b\r\n\r\n", "a bare carriage return"),
        (b"From: a\x00\r\nTo: b\r\n\r\n", "a control"),
        (b"From: a\r\n\r\nTo: b\r\n\r\n", "an early end of the header"),
        (b"From: a\r\nTo: " + b"b" * 999 + b"\r\n\r\n", "a line too long"),
        ("From: é\r\nTo: b\r\n\r\n".encode(), "other than ASCII"),
        (b"From: a\r\nno field\r\nTo: b\r\n\r\n", "a line that is no field"),
    ],
)
def test_a_header_that_is_not_as_meant_is_never_sent(head: bytes, wrong: str) -> None:
    with pytest.raises(PermanentFailure):
        verify(head, ["From", "To"])


def test_a_header_for_a_smtputf8_server_may_be_other_than_ascii() -> None:
    verify("From: é\r\nTo: b\r\n\r\n".encode(), ["From", "To"], international=True)
