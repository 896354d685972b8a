"""Reports of several servers are understood, and what only looks like one is left alone."""

from email.message import Message

import pytest

from bot.core.people import Bounce
from bot.core.return_path import is_signed, return_path
from bot.core.returned import Ignored, Leave, read
from bot.core.returned.reading import (
    ANOTHER_REPORT,
    ARRIVED,
    AUTOMATIC,
    LATE,
    NOT_OURS,
    OF_A_PERSON,
    UNCLEAR,
    UNREADABLE,
)
from tests import returned_mail as mail
from tests.returned_mail import BOUNCES, PATH, TOKEN, named, octets


def bounce(letter: bytes) -> Bounce:
    """Read a report that counts."""
    found = read(letter, BOUNCES)
    assert isinstance(found, Bounce)
    return found


@pytest.mark.parametrize(
    ("letter", "kind", "status", "said"),
    [
        (mail.postfix(), "hard", "5.1.1", "550 5.1.1 <ana@example.org>: Recipient address"),
        (mail.exim(), "soft", "5.2.2", "552 5.2.2 Over quota"),
        (mail.exchange(), "hard", "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recip"),
        (mail.gmail(), "policy", "5.7.26", "550-5.7.26 Your email has been blocked because"),
        (mail.international(), "hard", "5.1.1", "550 5.1.1 jürgen ist hier unbekannt"),
    ],
    ids=["postfix", "exim", "exchange", "gmail", "international"],
)
def test_a_delivery_status_is_read(letter: bytes, kind: str, status: str, said: str) -> None:
    found = bounce(letter)
    assert (found.named, found.kind, found.status) == (named(), kind, status)
    assert found.detail.startswith(said)


@pytest.mark.parametrize(
    ("letter", "status", "said"),
    [
        (mail.old_exim(), "5.1.1", "host mx2.example.org [192.0.2.26]: 550 5.1.1 User unknown"),
        (mail.qmail(), "5.1.1", "Sorry, no mailbox here by that name. (#5.1.1)"),
        (mail.qmail().replace(b" (#5.1.1)", b""), "", ""),
    ],
)
def test_a_report_in_prose_is_read_where_it_is_known_for_one(
    letter: bytes, status: str, said: str
) -> None:
    found = read(letter, BOUNCES, guess=lambda _: "failed")
    assert found == Bounce(named(), "hard" if status else "soft", status, said)
    assert read(letter, BOUNCES, guess=lambda _: "late") == LATE
    assert read(letter, BOUNCES) == UNCLEAR


def test_only_the_words_of_a_report_in_prose_are_read() -> None:
    words = b"--b\r\nContent-Type: text/html\r\n\r\n#5.1.1\r\n--b--\r\n"
    head = b"Content-Type: multipart/mixed; boundary=b\r\n"
    letter = head + f"Return-Path: <>\r\nTo: {PATH}\r\n\r\n".encode() + words
    assert read(letter, BOUNCES, guess=lambda _: "failed") == Bounce(named(), "soft", "", "")


def test_a_server_that_says_it_goes_on_is_believed() -> None:
    assert read(mail.late_in_prose(), BOUNCES, guess=lambda _: "failed") == LATE


def test_prose_is_asked_about_only_where_there_is_no_delivery_status() -> None:
    asked: list[Message] = []

    def guess(message: Message) -> None:
        asked.append(message)

    read(mail.postfix(), BOUNCES, guess=guess)
    assert asked == []
    read(mail.qmail(), BOUNCES, guess=guess)
    assert [str(one["subject"]) for one in asked] == ["failure notice"]


@pytest.mark.parametrize(
    ("action", "status", "expected"),
    [
        ("delayed", "4.4.1", LATE),
        ("delivered", "2.1.5", ARRIVED),
        ("relayed", "2.0.0", ARRIVED),
        ("expanded", "2.1.5", ARRIVED),
        ("", "4.4.1", LATE),
        ("", "2.1.5", ARRIVED),
        ("invented", "", UNCLEAR),
    ],
)
def test_what_is_no_failure_counts_for_nothing(action: str, status: str, expected: Ignored) -> None:
    assert read(mail.postfix(action=action, status=status, said="?"), BOUNCES) == expected


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        ("5.0.0", "550 5.1.1 unknown", "5.1.1"),
        ("5.0.0", "550 unknown", "5.0.0"),
        ("", "550 5.2.2 full", "5.2.2"),
        ("5.1.2 (bad domain)", "", "5.1.2"),
        ("5.1.1", "550 5.7.1 no", "5.1.1"),
        ("5.0.0", "550 refused by [5.1.1.7]", "5.0.0"),
    ],
)
def test_the_code_that_says_most_is_taken(status: str, said: str, code: str) -> None:
    assert bounce(mail.postfix(status=status, said=said)).status == code


def test_an_action_without_any_code_is_believed_and_soft() -> None:
    found = bounce(mail.postfix(status="", said="no"))
    assert (found.kind, found.status, found.detail) == ("soft", "", "no")


def test_of_several_recipients_the_mildest_fate_counts() -> None:
    both = mail.postfix(status="5.1.1", said="?", copies=2)
    assert bounce(both).kind == "hard"
    assert bounce(both.replace(b"Status: 5.1.1", b"Status: 5.2.2", 1)).kind == "soft"
    assert read(both.replace(b"Action: failed", b"Action: delayed", 1), BOUNCES) == Bounce(
        named(), "hard", "5.1.1", "?"
    )
    assert read(both.replace(b"Action: failed", b"Action: relayed", 1), BOUNCES) == ARRIVED


def test_what_a_server_said_is_short_and_commands_nothing() -> None:
    said = bounce(mail.postfix(said="550 5.1.1 \x1b[2J\u202e" + "x" * 900)).detail
    assert len(said) == 300
    assert said.isprintable()


class TestWhoseItIs:
    @pytest.mark.parametrize(
        "header", ["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc"]
    )
    def test_it_came_to_the_address_in_a_header(self, header: str) -> None:
        letter = mail.qmail("bounces@papers.example.org").split(b"\r\n\r\n")
        letter[0] += f'\r\n{header}: "Reports, of" <x@y>, <{PATH.upper()}>'.encode()
        found = read(b"\r\n\r\n".join(letter), BOUNCES, guess=lambda _: "failed")
        assert isinstance(found, Bounce)
        assert found.named == named()

    def test_the_envelope_as_the_server_tells_it_comes_first(self) -> None:
        other = return_path(BOUNCES, 7, TOKEN)
        found = read(mail.postfix(), BOUNCES, [other])
        assert isinstance(found, Bounce)
        assert found.named.delivery == 7

    @pytest.mark.parametrize("letter", [mail.postfix(), mail.international()])
    def test_the_message_that_is_given_back_tells_it_too(self, letter: bytes) -> None:
        at, _, _ = BOUNCES.partition("@")
        head, blank, rest = letter.partition(b"\r\n\r\n")
        head = head.replace(PATH.encode(), f"{at}@papers.example.org".encode())
        assert bounce(head + blank + rest).named == named()

    def test_headers_alone_may_be_given_back(self) -> None:
        letter = mail.international("bounces@papers.example.org").replace(
            b"message/global-headers\r\n\r\n",
            f"text/rfc822-headers\r\n\r\nReturn-Path: <{PATH}>\r\n".encode(),
        )
        assert bounce(letter).named == named()

    def test_a_line_that_a_pipe_puts_before_the_header_is_passed_over(self) -> None:
        line = b"From MAILER-DAEMON  Mon Jan  5 08:31:02 2026\r\n"
        assert bounce(line + mail.postfix()) == bounce(mail.postfix())

    def test_nobody_elses_report_counts(self) -> None:
        assert read(mail.postfix("bounces@papers.example.org"), BOUNCES) == NOT_OURS
        assert read(mail.postfix(), "other@papers.example.org") == NOT_OURS
        assert read(mail.postfix(), None) == NOT_OURS

    def test_fault_42_a_forged_address_is_named_as_such(self) -> None:
        forged = return_path(BOUNCES, 42, "somebody else's token")
        assert not is_signed(bounce(mail.postfix(forged)).named, TOKEN)
        assert read(mail.postfix(PATH.replace("42-", "x-")), BOUNCES) == NOT_OURS


class TestWhatIsNoReport:
    @pytest.mark.parametrize(
        ("letter", "expected"),
        [
            (mail.away(), AUTOMATIC),
            (mail.person(), OF_A_PERSON),
            (mail.receipt(), ANOTHER_REPORT),
            (mail.receipt(kind="feedback-report"), ANOTHER_REPORT),
            (b"", OF_A_PERSON),
            (b"no header at all", OF_A_PERSON),
        ],
    )
    def test_it_is_left_there(self, letter: bytes, expected: Ignored) -> None:
        found = read(letter, BOUNCES, guess=lambda _: "failed")
        assert found == expected
        assert not expected.done

    @pytest.mark.parametrize(
        "header",
        [
            "Auto-Submitted: auto-replied",
            "Auto-Submitted: auto-notified; owner=ana",
            "X-Autoreply: yes",
            "X-Autorespond: yes",
            "Precedence: auto_reply",
        ],
    )
    def test_fault_42_an_automatic_reply_to_the_null_return_path_is_none(self, header: str) -> None:
        letter = octets(f"Return-Path: <>\nTo: {PATH}\n{header}\n\nI am away.\n")
        assert read(letter, BOUNCES, guess=lambda _: "failed") == AUTOMATIC

    def test_a_report_without_a_null_return_path_must_say_that_it_is_one(self) -> None:
        lost = mail.qmail().replace(b"Return-Path: <>\r\n", b"")
        assert read(lost, BOUNCES, guess=lambda _: "failed") == OF_A_PERSON
        assert bounce(mail.postfix().replace(b"Return-Path: <>\r\n", b"")).kind == "hard"

    def test_a_report_that_says_nothing_is_left_for_a_person(self) -> None:
        empty = mail.postfix().replace(b"message/delivery-status", b"text/plain")
        assert read(empty, BOUNCES) == UNCLEAR

    def test_what_cannot_be_parsed_is_left_there(self) -> None:
        hostile = b"Content-Type: multipart/mixed; boundary*=a\0b''x\r\n\r\n--x\r\n"
        assert read(hostile, BOUNCES) == UNREADABLE


class TestLeaving:
    @pytest.mark.parametrize("subject", ["unsubscribe {}", "Unsubscribe  {} ", "UNSUBSCRIBE\n {}"])
    def test_the_subject_says_who(self, subject: str) -> None:
        assert read(mail.person(subject.format(TOKEN)), None) == Leave(TOKEN)

    @pytest.mark.parametrize(
        "subject",
        [
            "unsubscribe",
            "unsubscribe me",
            f"Re: unsubscribe {TOKEN}",
            f"unsubscribe {TOKEN} please",
            f"unsubscribe {TOKEN}=?x",
            TOKEN,
        ],
    )
    def test_nothing_else_does(self, subject: str) -> None:
        assert read(mail.person(subject), BOUNCES) == OF_A_PERSON
