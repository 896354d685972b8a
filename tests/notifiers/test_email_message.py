"""The octets of a digest's email: what every reader of mail must find in them."""

from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.core.model import Entry
from bot.notifiers.header import Envelope
from bot.notifiers.mailbox import Mailbox, mailbox
from bot.notifiers.message import TooLarge, build, message_token
from tests.builders import NOON, digest, paper

STOP = "mailto:papers@example.org?subject=unsubscribe"
ENVELOPE = Envelope(
    mailbox("Daily Papers <papers@example.org>"), mailbox("ana@example.org"), mailto=STOP
)
NAMES = [
    "Date",
    "From",
    "To",
    "Subject",
    "Message-ID",
    "List-Id",
    "List-Unsubscribe",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
]
HOSTILE = (
    "=?utf-8?q?a=0D=0ABcc:_eve@example.net?=",
    "a\r\nBcc: eve@example.net",
    "a\n\nBcc: eve@example.net",
    "a\x00b\x1b[31mc\x9b",
    "\u202eevil\u2066",
    "<script>alert(1)</script>",
    "<!channel> & <@U123>",
    "==??==??utf-8?q?x?=",
    "x" * 3000,
    "\ud800",
    "\u2028Bcc: eve@example.net",
)


def parsed(octets: bytes) -> EmailMessage:
    return message_from_bytes(octets, policy=policy.default)


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return cast("str", part.get_content())


def test_a_message_has_each_field_once_and_a_text_part_before_the_html() -> None:
    message = parsed(build(digest(), ENVELOPE, key="k-1").octets)
    assert message.keys() == NAMES
    assert message["From"] == "Daily Papers <papers@example.org>"
    assert message["To"] == "ana@example.org"
    assert message["Subject"] == "1 new paper · Language · Mon 5 Jan 2026"
    assert message["Message-ID"] == "<k-1@example.org>"
    assert message["List-Id"] == "Daily Papers <daily-papers.example.org>"
    assert message["List-Unsubscribe"] == f"<{STOP}>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(message["Date"]) == NOON
    assert [part.get_content_type() for part in message.iter_parts()] == [
        "text/plain",
        "text/html",
    ]


def test_the_same_digest_and_key_give_the_same_octets() -> None:
    assert build(digest(), ENVELOPE, key="k-1") == build(digest(), ENVELOPE, key="k-1")
    assert build(digest(), ENVELOPE, key="k-1") != build(digest(), ENVELOPE, key="k-2")


def test_lines_are_short_quoted_printable_ascii_with_crlf() -> None:
    wide = digest(Entry(paper(title="é" * 400, abstract="ü" * 8000), ("Language",)))
    octets = build(wide, ENVELOPE, key="k-1").octets
    assert octets.isascii()
    assert b"\n" not in octets.replace(b"\r\n", b"")
    assert b"\r" not in octets.replace(b"\r\n", b"")
    assert max(len(line) for line in octets.split(b"\r\n")) <= 78
    assert "ü" * 8000 in body(parsed(octets), "html")


def test_without_a_way_to_stop_none_is_promised() -> None:
    octets = build(digest(), Envelope(ENVELOPE.sender, ENVELOPE.recipient), key="k-1").octets
    assert "List-Unsubscribe" not in parsed(octets)
    assert "stop these messages" not in body(parsed(octets), "plain").casefold()


def test_a_key_of_other_characters_becomes_a_safe_token_of_its_own() -> None:
    tokens = {message_token(key) for key in ("a b", "a>b\r\nBcc: x", "é", "", "k" * 65)}
    assert len(tokens) == 5
    assert all(token.isalnum() and token.isascii() for token in tokens)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_fault_39_hostile_text_adds_no_field_and_no_markup(hostile: str) -> None:
    entry = Entry(
        paper(title=hostile, abstract=hostile, authors=(hostile,), comment=hostile),
        (hostile, "other " + hostile),
    )
    octets = build(digest(entry, subscriber=hostile), ENVELOPE, key="k-1").octets
    message = parsed(octets)
    assert message.keys() == NAMES
    page = body(message, "html")
    assert "<script" not in page
    assert "<!channel" not in page
    assert not set("\u202e\u2066\x1b\x9b\x00") & set(page + body(message, "plain"))


@settings(max_examples=60, deadline=None)
@given(
    words=st.text(st.characters(codec=None), max_size=80),
    topic=st.text(max_size=60),
    name=st.text(max_size=30),
)
def test_no_text_from_outside_changes_the_structure(words: str, topic: str, name: str) -> None:
    entry = Entry(paper(title=words, abstract=words, authors=(words,), comment=words), (topic,))
    octets = build(digest(entry, subscriber=name), ENVELOPE, key="k-1").octets
    message = parsed(octets)
    assert message.keys() == NAMES
    assert not message.defects
    assert [part.get_content_type() for part in message.iter_parts()] == [
        "text/plain",
        "text/html",
    ]
    lines = [line.strip() for line in body(message, "plain").splitlines()]
    assert "https://arxiv.org/abs/2601.00001" in lines


def many(count: int) -> tuple[Entry, ...]:
    abstract = "A long abstract of many words. " * 50
    return tuple(Entry(paper(n, abstract=abstract), ("Language",)) for n in range(1, count + 1))


@pytest.mark.parametrize("count", [1, *range(20, 60, 3), 100])
def test_html_stays_below_what_gmail_clips_and_every_paper_is_linked(count: int) -> None:
    message = parsed(build(digest(*many(count)), ENVELOPE, key="k-1").octets)
    assert len(body(message, "html").encode()) <= 90_000
    for number in range(1, count + 1):
        assert f"https://arxiv.org/abs/2601.{number:05d}" in body(message, "plain")
        assert f"https://arxiv.org/abs/2601.{number:05d}" in body(message, "html")


@pytest.mark.parametrize("most", [120_000, 60_000, 30_000, 6_000])
def test_a_limit_of_the_server_is_kept_without_dropping_a_paper(most: int) -> None:
    octets = build(digest(*many(40)), ENVELOPE, key="k-1", most=most).octets
    assert len(octets) <= most
    assert all(f"2601.{n:05d}".encode() in octets for n in range(1, 41))


def test_a_limit_below_titles_and_links_is_refused() -> None:
    with pytest.raises(TooLarge, match="narrower queries"):
        build(digest(*many(40)), ENVELOPE, key="k-1", most=2_000)


@pytest.mark.parametrize("broken", ["_html_template", "_text_template"])
def test_fault_38_a_template_that_fails_leaves_a_plain_message_and_an_error_in_the_log(
    broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(f"bot.core.render.written.{broken}", fail)
    with capture_logs() as logs:
        message = parsed(build(digest(*many(3)), ENVELOPE, key="k-1").octets)
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain"]
    assert all(f"https://arxiv.org/abs/2601.{n:05d}" in body(message, "plain") for n in (1, 2, 3))
    assert [(log["event"], log["log_level"]) for log in logs] == [("template.broken", "error")]


def test_a_part_and_a_test_are_marked_in_the_subject() -> None:
    marked = digest(part=2, parts=3, test=True, at=NOON + timedelta(days=1))
    subject = parsed(build(marked, ENVELOPE, key="k-1").octets)["Subject"]
    assert subject == "[Test] 1 new paper · Language · Tue 6 Jan 2026 (2/3)"


# Mailboxes


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("ana@example.org", Mailbox("ana", "example.org")),
        (" Ana <ana@Example.ORG> ", Mailbox("ana", "example.org", "Ana")),
        ('"Papers, \\"Inc\\"" <p@example.org>', Mailbox("p", "example.org", 'Papers, "Inc"')),
        ("ana@localhost", Mailbox("ana", "localhost")),
        ("ana@bücher.example", Mailbox("ana", "xn--bcher-kva.example")),
        ("josé@example.org", Mailbox("josé", "example.org")),
    ],
)
def test_a_mailbox_is_read_with_and_without_a_name(written: str, expected: Mailbox) -> None:
    assert mailbox(written) == expected


@given(st.text(max_size=60))
def test_no_text_makes_a_mailbox_that_is_unsafe_in_a_header(written: str) -> None:
    try:
        found = mailbox(written + "@example.org")
    except ValueError:
        return
    assert found.address.isprintable()
    assert not set('<>" ,;:\\()[]') & set(found.address)
    assert found.name.isprintable()
