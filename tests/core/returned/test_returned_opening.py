"""Whatever comes by mail is read within bounds, and without an exception."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.people import Bounce
from bot.core.returned import LARGEST, Ignored, Leave, read
from bot.core.returned.opening import enclosed, field, opened, parts, text_of
from tests import returned_mail as mail
from tests.returned_mail import BOUNCES, PATH

GENUINE = [
    mail.postfix(),
    mail.exim(),
    mail.exchange(),
    mail.gmail(),
    mail.qmail(),
    mail.international(),
    mail.person(),
]
PIECES = [
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b",
    b"Content-Type: multipart/mixed; boundary*=a\0b''x",
    b"Content-Type: multipart/mixed; boundary*0*=idna''%ff; boundary*1=\xff",
    b"Content-Type: message/delivery-status",
    b"Content-Type: message/global-delivery-status",
    b"Content-Type: message/rfc822",
    b"Content-Type: text/rfc822-headers; charset=\xff",
    b"Content-Type: text/plain; charset=utf-7",
    b"Content-Transfer-Encoding: base64",
    b"Content-Transfer-Encoding: quoted-printable",
    b"Content-Transfer-Encoding: x-uuencode",
    b"begin 666 x",
    b"!\x7f\x7f",
    b"--b",
    b"--b--",
    b"",
    b" \t",
    b"\xff\xfe\x00",
    b"Return-Path: <>",
    b"To: " + PATH.encode(),
    b"Subject: =?utf-8?b?////?=",
    b"Subject: unsubscribe " + b"a" * 22,
    b"Action: failed",
    b"Status: 5.1.1",
    b"Diagnostic-Code: smtp; \xff550",
    b":",
]
scraps = st.lists(st.sampled_from(PIECES) | st.binary(max_size=40), max_size=60)


def test_what_is_genuine_is_read_whole() -> None:
    kinds = [type(read(one, BOUNCES)) for one in GENUINE]
    assert kinds == [Bounce, Bounce, Bounce, Bounce, Ignored, Bounce, Ignored]


@given(scraps.map(b"\r\n".join) | st.binary(max_size=3000))
@example(b"Content-Type: multipart/mixed; boundary*=a\0b''x\n\n--x\n")
@example(b"Return-Path: <>\nTo: " + PATH.encode() + b"\nSubject: =?idna?q?=ff?=\n\n")
def test_fault_42_whatever_comes_nothing_is_raised(octets: bytes) -> None:
    found = read(octets, BOUNCES, [octets[:200].decode("latin-1")], lambda _: "failed")
    assert isinstance(found, Bounce | Leave | Ignored)


@given(st.sampled_from(GENUINE), st.integers(0, 3000), st.integers(0, 40), st.binary(max_size=40))
def test_fault_42_a_report_may_be_damaged_anywhere(
    letter: bytes, place: int, cut: int, instead: bytes
) -> None:
    found = read(letter[:place] + instead + letter[place + cut :], BOUNCES)
    assert isinstance(found, Bounce | Leave | Ignored)


def test_what_follows_after_the_largest_size_is_not_looked_at() -> None:
    filler = b"Nothing.\r\n" * (LARGEST // 10 + 1)
    head, blank, rest = mail.postfix().partition(b"\r\n\r\n")
    assert not isinstance(read(head + blank + filler + rest, BOUNCES), Bounce)
    assert isinstance(read(mail.postfix() + filler * 5, BOUNCES), Bounce)


def test_a_field_of_any_length_is_cut() -> None:
    message = opened(b"A: " + b"x" * 5000 + b"\nB: y" + b"\n " + b"\n z" * 5000 + b"\nC: c\n\n")
    assert message is not None
    assert len(field(message, "a")) < 1000
    assert field(message, "b").count("z") < 50
    assert field(message, "c") == "c"


@pytest.mark.parametrize(
    "level",
    [b"Content-Type: message/rfc822\n\n", b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n"],
)
def test_parts_within_parts_end_somewhere(level: bytes) -> None:
    nested = b"".join(level.replace(b"%d", b"%d" % number) for number in range(500))
    message = opened(nested)
    assert message is not None
    depth = 0
    while inner := enclosed(message):
        message, depth = inner[0], depth + 1
    assert 0 < depth <= 40


def test_lines_end_somewhere() -> None:
    message = opened(b"A: b\n\n" + b"x\n" * 100_000)
    assert message is not None
    assert text_of(message).count("x") < 20_000


@pytest.mark.parametrize(
    ("encoding", "encoded", "text"),
    [
        (b"7bit", b"550 no", "550 no"),
        (b"8bit", "für Jürgen".encode(), "für Jürgen"),
        (b"base64", b"NTUwIG5v", "550 no"),
        (b"quoted-printable", b"f=C3=BCr", "für"),
        (b"base64", b"f\xff\xff=", "\ufffd"),
        (b"x-unknown", b"550 \xff no", "550 \ufffd no"),
    ],
)
def test_a_text_is_decoded_as_far_as_that_goes(encoding: bytes, encoded: bytes, text: str) -> None:
    message = opened(b"Content-Transfer-Encoding: " + encoding + b"\n\n" + encoded)
    assert message is not None
    assert text in text_of(message)


def test_parts_are_told_from_what_is_enclosed() -> None:
    message = opened(mail.postfix())
    assert message is not None
    kinds = [part.get_content_type() for part in parts(message)]
    assert kinds == [
        "multipart/report",
        "text/plain",
        "message/delivery-status",
        "message/rfc822",
    ]
