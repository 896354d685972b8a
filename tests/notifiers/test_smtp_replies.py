"""Replies of mail servers, as large receivers word them, and what each is taken to mean."""

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import PermanentFailure, TemporaryFailure
from bot.notifiers.smtp_replies import (
    MAILBOX_FULL_AGAIN,
    Gone,
    SizeRefused,
    Stage,
    failure_of,
)

GMAIL_RATE = """\
4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from
4.7.28 your IP address [203.0.113.7]. To protect our users from spam, mail sent
4.7.28 from your IP address has been temporarily rate limited. For more
4.7.28 information, go to https://support.google.com/mail/?p=UnsolicitedRateLimitError"""
GMAIL_ALIGNMENT = """\
4.7.32 Your email has been rate limited because the From: header (RFC5322)
4.7.32 in this message isn't aligned with either the authenticated SPF or DKIM
4.7.32 organizational domain. To learn more about DMARC alignment, visit
4.7.32 https://support.google.com/a?p=dmarc-alignment"""
GMAIL_UNAUTHENTICATED = """\
5.7.26 Your email has been blocked because the sender is unauthenticated.
5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.
5.7.26  DKIM = did not pass
5.7.26  SPF [example.org] with ip: [203.0.113.7] = did not pass"""
GMAIL_NO_USER = """\
5.1.1 The email account that you tried to reach does not exist. Please try
5.1.1 double-checking the recipient's email address for typos or
5.1.1 unnecessary spaces. For more information, go to
5.1.1  https://support.google.com/mail/?p=NoSuchUser"""
GMAIL_FULL = """\
4.2.2 The recipient's inbox is out of storage space. Please direct the
4.2.2 recipient to https://support.google.com/mail/?p=OverQuotaTemp"""
GMAIL_FULL_FOR_GOOD = GMAIL_FULL.replace("4.2.2", "5.2.2")
MICROSOFT_LEVEL = (
    "5.7.515 Access denied, sending domain EXAMPLE.ORG does not meet the required authentication "
    "level. The sender's domain in the 5322.From address doesn't meet the authentication "
    "requirements defined for the sender."
)
MICROSOFT_LISTED = (
    "5.7.1 Unfortunately, messages from [203.0.113.7] weren't sent. Please contact your Internet "
    "service provider since part of their network is on our block list (S3140)."
)
MICROSOFT_NO_USER = "5.5.0 Requested action not taken: mailbox unavailable (S2017062302)."
MICROSOFT_THROTTLED = (
    "4.7.500 Server busy. Please try again later from [203.0.113.7]. (S77719) [x.outlook.com]"
)
YAHOO_DEFERRED = (
    "4.7.0 [TSS04] Messages from 203.0.113.7 temporarily deferred due to unexpected volume or "
    "user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes"
)
YAHOO_NO_USER = "delivery error: dd This user doesn't have a yahoo.com account (ana@yahoo.com)"
POSTFIX_SENDER = "5.1.8 <papers@example.org>: Sender address rejected: Domain not found"
POSTFIX_RELAY = "5.7.1 <ana@example.org>: Relay access denied"
EXIM_CALLOUT = """\
Verification failed for <ana@example.org>
The mail server could not deliver mail to ana@example.org.
Sender verify failed"""
IRONPORT = "#5.1.0 Address rejected."
LAST_LINE = "Mail for this address is refused.\n5.7.1 Service unavailable; Client host blocked"


@pytest.mark.parametrize(
    ("stage", "code", "said", "scope"),
    [
        ("RCPT TO", 550, GMAIL_NO_USER, "address"),
        ("DATA", 550, GMAIL_UNAUTHENTICATED, "policy"),
        ("DATA", 550, MICROSOFT_LEVEL, "policy"),
        ("MAIL FROM", 550, MICROSOFT_LISTED, "channel"),
        ("RCPT TO", 550, MICROSOFT_LISTED, "policy"),
        ("RCPT TO", 550, MICROSOFT_NO_USER, "delivery"),
        ("RCPT TO", 554, YAHOO_NO_USER, "policy"),
        ("RCPT TO", 550, POSTFIX_SENDER, "channel"),
        ("RCPT TO", 553, POSTFIX_SENDER.replace("5.1.8", "5.1.7"), "channel"),
        ("RCPT TO", 554, POSTFIX_RELAY, "policy"),
        ("RCPT TO", 550, EXIM_CALLOUT, "address"),
        ("RCPT TO", 550, IRONPORT, "address"),
        ("RCPT TO", 550, LAST_LINE, "policy"),
        ("RCPT TO", 550, "no such user here", "address"),
        ("RCPT TO", 551, "User not local", "address"),
        ("RCPT TO", 550, "", "address"),
        ("RCPT TO", 556, "5.1.10 Recipient address has null MX", "address"),
        ("RCPT TO", 550, "5.2.1 The email account is disabled", "address"),
        ("RCPT TO", 550, "5.6.7 Internationalized email addresses not supported", "address"),
        ("RCPT TO", 501, "5.5.4 Invalid arguments", "delivery"),
        ("DATA", 554, "5.6.0 Message content rejected", "delivery"),
        ("DATA", 554, "No valid recipients", "delivery"),
        ("DATA", 550, "5.3.0 Other mail system status", "delivery"),
        ("MAIL FROM", 530, "5.7.0 Authentication required", "channel"),
        ("the connection", 554, "5.7.1 You are listed", "channel"),
        ("the connection", 521, "This host takes no mail", "channel"),
        ("the log-in", 535, "5.7.8 Username and Password not accepted", "channel"),
        # A version is no status code, nor is a number in the middle of a line.
        ("RCPT TO", 550, "5.1.1.1 is not my name", "address"),
        ("RCPT TO", 550, "rejected by rule 5.7.1", "address"),
    ],
)
def test_a_permanent_refusal_stops_what_is_at_fault(
    stage: Stage, code: int, said: str, scope: str
) -> None:
    failure = failure_of(stage, code, said)
    assert isinstance(failure, PermanentFailure)
    assert not isinstance(failure, SizeRefused)
    assert failure.scope == scope


@pytest.mark.parametrize(
    ("stage", "code", "said"),
    [
        ("RCPT TO", 450, "4.2.0 <ana@example.org>: Recipient address rejected: Greylisted"),
        ("RCPT TO", 451, "4.7.1 Greylisting in action, please come back later"),
        ("RCPT TO", 451, MICROSOFT_THROTTLED),
        ("DATA", 451, "4.3.0 Error: queue file write error"),
        ("RCPT TO", 450, ""),
        ("MAIL FROM", 452, "4.3.1 Insufficient system storage"),
        ("DATA", 550, "5.4.6 Routing loop detected"),
        ("RCPT TO", 550, "5.4.1 Recipient address rejected: Access denied. AS(201806281)"),
        ("the connection", 220, "2.0.0 this is no refusal"),
    ],
)
def test_what_may_pass_is_tried_again_at_the_usual_time(stage: Stage, code: int, said: str) -> None:
    failure = failure_of(stage, code, said)
    assert type(failure) is TemporaryFailure
    assert failure.retry_after is None


@pytest.mark.parametrize("said", [GMAIL_RATE, GMAIL_ALIGNMENT, YAHOO_DEFERRED, "bye", ""])
@pytest.mark.parametrize("stage", ["the connection", "MAIL FROM", "RCPT TO", "DATA"])
def test_421_ends_the_connection_wherever_it_comes(stage: Stage, said: str) -> None:
    assert isinstance(failure_of(stage, 421, said), Gone)


@pytest.mark.parametrize(
    ("code", "said"), [(452, GMAIL_FULL), (552, GMAIL_FULL_FOR_GOOD), (552, "5.2.2 over quota")]
)
def test_a_full_mailbox_is_tried_again_slowly(code: int, said: str) -> None:
    failure = failure_of("RCPT TO", code, said)
    assert type(failure) is TemporaryFailure
    assert failure.retry_after == MAILBOX_FULL_AGAIN


@pytest.mark.parametrize(
    ("stage", "code", "said"),
    [
        ("MAIL FROM", 552, "5.3.4 Message size exceeds fixed limit"),
        ("DATA", 552, "5.3.4 Your message exceeded Google's message size limits."),
        ("DATA", 554, "5.2.3 Message length exceeds administrative limit"),
        ("MAIL FROM", 552, "Message too big"),
    ],
)
def test_a_size_that_is_refused_asks_for_a_smaller_message(
    stage: Stage, code: int, said: str
) -> None:
    assert isinstance(failure_of(stage, code, said), SizeRefused)


@given(
    code=st.integers(300, 599),
    said=st.text(max_size=400),
    stage=st.sampled_from(["RCPT TO", "DATA"]),
)
def test_whatever_a_server_says_is_sorted_and_shown_without_controls(
    code: int, said: str, stage: Stage
) -> None:
    failure = failure_of(stage, code, said)
    assert isinstance(
        failure, (PermanentFailure if code >= 500 else TemporaryFailure, TemporaryFailure)
    )
    assert not any(category(character) == "Cc" for character in str(failure))
    assert len(str(failure)) < 300
