"""Reports in prose are known by flufl.bounce, whose faults stop nothing."""

import pytest

from bot.core.people import Bounce
from bot.core.returned import read
from bot.core.returned.opening import opened
from bot.core.returned.reading import LATE, UNCLEAR
from bot.mailboxes import guess
from tests import returned_mail as mail
from tests.returned_mail import BOUNCES, PATH, named, octets


@pytest.mark.parametrize("letter", [mail.qmail(), mail.old_exim()])
def test_old_forms_of_reports_count(letter: bytes) -> None:
    found = read(letter, BOUNCES, guess=guess)
    assert isinstance(found, Bounce)
    assert (found.named, found.kind, found.status) == (named(), "hard", "5.1.1")


def test_a_warning_in_prose_is_only_late() -> None:
    letter = octets(f"""
Return-Path: <>
From: postmaster@example.org
To: {PATH}
Subject: Delivery Status Notification (Delay)

Delivery to the following recipient has been delayed:

     ana@example.org

Message will be retried for 2 more day(s)
""")
    assert read(letter, BOUNCES, guess=guess) == LATE
    assert read(mail.late_in_prose(), BOUNCES, guess=guess) == LATE


def test_prose_that_nobody_knows_is_left() -> None:
    letter = octets(
        f"Return-Path: <>\nFrom: p@example.org\nTo: {PATH}\n\nIhre Nachricht kam nicht an.\n"
    )
    assert read(letter, BOUNCES, guess=guess) == UNCLEAR


def test_fault_42_a_report_that_its_detectors_fail_on_is_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    message = opened(b"Subject: one without From fails one of them\n\nText.\n")
    assert message is not None
    assert guess(message) is None
    assert caplog.records == []
