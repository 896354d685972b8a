"""Mail as it comes back: reports as several servers write them, and what only looks like one."""

from bot.core.return_path import Named, named_by, return_path

BOUNCES = "bounces@papers.example.org"
TOKEN = "mR4tXq0c2dE8a1B7zQ9w3g"
NUMBER = 42
NEWLINE = "\n"
PATH = return_path(BOUNCES, NUMBER, TOKEN)


def named(path: str = PATH) -> Named:
    """Give what a return path names."""
    found = named_by(BOUNCES, path)
    assert found is not None
    return found


def octets(text: str) -> bytes:
    """Write a message with the line ends that it has on the wire."""
    return text.lstrip("\n").replace("\n", "\r\n").encode("utf-8", "surrogateescape")


def postfix(
    path: str = PATH,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    said: str = "550 5.1.1 <ana@example.org>: Recipient address rejected: User unknown",
    copies: int = 1,
) -> bytes:
    """Write a report as Postfix does, for one recipient or several of the same fate."""
    outcome = f"""Final-Recipient: rfc822; ana@example.org
Original-Recipient: rfc822;ana@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; {said}
"""
    return octets(f"""
Return-Path: <>
Delivered-To: {path}
Received: by mail.papers.example.org (Postfix)
\tid 4F1C2B; Mon,  5 Jan 2026 08:31:02 +0000 (UTC)
Date: Mon,  5 Jan 2026 08:31:02 +0000 (UTC)
From: MAILER-DAEMON@papers.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {path}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="9A1D4C.1767601862/papers.example.org"
Message-Id: <20260105083102.4F1C2B@papers.example.org>

This is a MIME-encapsulated message.

--9A1D4C.1767601862/papers.example.org
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host papers.example.org.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<ana@example.org>: host mx.example.org[192.0.2.25] said: {said}

--9A1D4C.1767601862/papers.example.org
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; papers.example.org
X-Postfix-Queue-ID: 9A1D4C
X-Postfix-Sender: rfc822; {path}
Arrival-Date: Mon,  5 Jan 2026 08:31:00 +0000 (UTC)

{NEWLINE.join([outcome] * copies)}
--9A1D4C.1767601862/papers.example.org
Content-Description: Undelivered Message
Content-Type: message/rfc822

Return-Path: <{path}>
Date: Mon, 05 Jan 2026 08:31:00 +0000
From: Daily Papers <papers@example.org>
To: ana@example.org
Subject: 3 new papers
Message-ID: <d42@papers.example.org>
Content-Type: multipart/alternative; boundary="inner"

--inner
Content-Type: text/plain; charset="utf-8"

Three papers on error codes such as 5.7.1.

--inner--

--9A1D4C.1767601862/papers.example.org--
""")


def exim(path: str = PATH) -> bytes:
    """Write a report as Exim 4.9 does, whose envelope recipient stands in Envelope-to."""
    return octets(f"""
Return-path: <>
Envelope-to: {path}
Delivery-date: Mon, 05 Jan 2026 08:31:02 +0000
Received: from Debian-exim by mx.example.org with local (Exim 4.96)
\tid 1rL8Zk-0003Xy-2a
\tfor {path};
\tMon, 05 Jan 2026 08:31:02 +0000
X-Failed-Recipients: ana@example.org
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.org>
To: {path}
References: <d42@papers.example.org>
Content-Type: multipart/report; report-type=delivery-status; boundary=1767601862-eximdsn-1
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender

--1767601862-eximdsn-1
Content-type: text/plain; charset=us-ascii

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ana@example.org
    host mx2.example.org [192.0.2.26]
    SMTP error from remote mail server after RCPT TO:<ana@example.org>:
    552 5.2.2 Over quota

--1767601862-eximdsn-1
Content-type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Action: failed
Final-Recipient: rfc822;ana@example.org
Status: 5.0.0
Remote-MTA: dns; mx2.example.org
Diagnostic-Code: smtp; 552 5.2.2 Over quota

--1767601862-eximdsn-1
Content-type: message/rfc822

Return-path: <{path}>
From: Daily Papers <papers@example.org>
To: ana@example.org
Subject: 3 new papers

Text.

--1767601862-eximdsn-1--
""")


def old_exim(path: str = PATH) -> bytes:
    """Write a report as Exim did before it wrote delivery statuses."""
    return octets(f"""
Return-path: <>
Envelope-to: {path}
X-Failed-Recipients: ana@example.org
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.org>
To: {path}
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ana@example.org
    SMTP error from remote mail server after RCPT TO:<ana@example.org>:
    host mx2.example.org [192.0.2.26]: 550 5.1.1 User unknown

------ This is a copy of the message, including all the headers. ------

Return-path: <{path}>
Subject: 3 new papers
""")


def exchange(path: str = PATH) -> bytes:
    """Write a report as Microsoft's service does; the text is HTML, and long lines are folded."""
    return octets(f"""
Received: from AM0PR01MB0001.eurprd01.prod.outlook.com (2603:10a6:208:1::1)
 by mx.papers.example.org with ESMTPS; Mon, 5 Jan 2026 08:31:05 +0000
MIME-Version: 1.0
From: <postmaster@university.example.edu>
To: <{path}>
Date: Mon, 5 Jan 2026 08:31:04 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="c0f3a8d1-2d4e-4a31-9f0e-5b7d6c1e2a3b"
Content-Language: en-US
Message-ID: <c0f3a8d1@AM0PR01MB0001.eurprd01.prod.outlook.com>
In-Reply-To: <d42@papers.example.org>
Subject: Undeliverable: 3 new papers
Auto-Submitted: auto-replied
X-MS-Exchange-Message-Is-Ndr:

--c0f3a8d1-2d4e-4a31-9f0e-5b7d6c1e2a3b
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: base64

PGh0bWw+PGJvZHk+WW91ciBtZXNzYWdlIHdhc24ndCBkZWxpdmVyZWQuPC9ib2R5PjwvaHRtbD4=

--c0f3a8d1-2d4e-4a31-9f0e-5b7d6c1e2a3b
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0PR01MB0001.eurprd01.prod.outlook.com
Received-From-MTA: dns;papers.example.org
Arrival-Date: Mon, 5 Jan 2026 08:31:02 +0000

Original-Recipient: rfc822;ana@university.example.edu
Final-Recipient: rfc822;ana@university.example.edu
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient
 ana@university.example.edu not found by SMTP address lookup

--c0f3a8d1-2d4e-4a31-9f0e-5b7d6c1e2a3b
Content-Type: message/rfc822

From: Daily Papers <papers@example.org>
To: ana@university.example.edu
Subject: 3 new papers

Text.

--c0f3a8d1-2d4e-4a31-9f0e-5b7d6c1e2a3b--
""")


def gmail(path: str = PATH) -> bytes:
    """Write a report as Gmail does, of a message that its policy refused."""
    return octets(f"""
Delivered-To: {path}
Return-Path: <>
Received: from mail-sor-f69.google.com (mail-sor-f69.google.com. [192.0.2.69])
        by mx.google.com with SMTPS; Mon, 05 Jan 2026 00:31:05 -0800 (PST)
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: {path}
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: <d42@papers.example.org>
Content-Type: multipart/report; boundary="00000000000097f9a5060e2f1a2b";
 report-type=delivery-status
Date: Mon, 05 Jan 2026 00:31:05 -0800 (PST)

--00000000000097f9a5060e2f1a2b
Content-Type: multipart/related; boundary="00000000000097fb20060e2f1a2f"

--00000000000097fb20060e2f1a2f
Content-Type: multipart/alternative; boundary="00000000000097fb29060e2f1a30"

--00000000000097fb29060e2f1a30
Content-Type: text/plain; charset="UTF-8"

** Message blocked **

Your message to ana@gmail.example has been blocked. See technical details below.

--00000000000097fb29060e2f1a30--
--00000000000097fb20060e2f1a2f--
--00000000000097f9a5060e2f1a2b
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
Arrival-Date: Mon, 05 Jan 2026 00:31:04 -0800 (PST)
X-Original-Message-ID: <d42@papers.example.org>

Final-Recipient: rfc822; ana@gmail.example
Action: failed
Status: 5.7.26
Remote-MTA: dns; gmail-smtp-in.l.google.com. (192.0.2.27, the server for the domain
 gmail.example.)
Diagnostic-Code: smtp; 550-5.7.26 Your email has been blocked because the sender is
 unauthenticated. 550 5.7.26 - gsmtp
Last-Attempt-Date: Mon, 05 Jan 2026 00:31:05 -0800 (PST)

--00000000000097f9a5060e2f1a2b
Content-Type: message/rfc822

From: Daily Papers <papers@example.org>
Subject: 3 new papers

----- Message truncated -----

--00000000000097f9a5060e2f1a2b--
""")


def qmail(path: str = PATH) -> bytes:
    """Write a report as qmail does, in prose, with the code in it."""
    return octets(f"""
Return-Path: <>
Delivered-To: {path}
Date: 5 Jan 2026 08:31:02 -0000
From: MAILER-DAEMON@example.org
To: {path}
Subject: failure notice

Hi. This is the qmail-send program at example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ana@example.org>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <{path}>
Subject: 3 new papers
""")


def late_in_prose(path: str = PATH) -> bytes:
    """Write a warning that a server goes on trying, as one did that wrote no delivery status."""
    return octets(f"""
Return-Path: <>
To: {path}
From: MAILER-DAEMON@example.org
Subject: Warning: message delayed

    **********************************************
    **      THIS IS A WARNING MESSAGE ONLY      **
    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **
    **********************************************

The original message was received at Mon, 5 Jan 2026 08:31:02 +0000

   ----- The following addresses had transient non-fatal errors -----
<ana@example.org>

   ----- Transcript of session follows -----
... Deferred: Connection timed out with mx.example.org.
""")


def international(path: str = PATH) -> bytes:
    """Write a report for an address that is not ASCII, as RFC 6533 has it."""
    return octets(f"""
Return-Path: <>
To: {path}
From: MAILER-DAEMON@example.org
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=global-delivery-status; boundary=b

--b
Content-Type: text/plain; charset=utf-8

<jürgen@example.org>: unbekannt

--b
Content-Type: message/global-delivery-status

Reporting-MTA: dns; example.org

Final-Recipient: utf-8; jürgen@example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 jürgen ist hier unbekannt

--b
Content-Type: message/global-headers

Return-Path: <{path}>
Subject: 3 new papers

--b--
""")


def away(path: str = PATH) -> bytes:
    """Write what a server sends for somebody on holiday, with the null return path of RFC 3834."""
    return octets(f"""
Return-Path: <>
To: {path}
From: ana@example.org
Auto-Submitted: auto-replied (vacation)
X-Autoreply: yes
Precedence: bulk
Subject: Re: 3 new papers

Your message
because:
  bob@example.org
I am away until 5.1.1, and read ana@example.org when I am back.
""")


def person(subject: str = "A question", to: str = PATH) -> bytes:
    """Write a mail of a reader."""
    return octets(f"""
Return-Path: <ana@example.org>
To: {to}
From: Ana <ana@example.org>
Subject: {subject}

Hello.
""")


def receipt(path: str = PATH, kind: str = "disposition-notification") -> bytes:
    """Write a report on something else: by default that the mail was read."""
    return octets(f"""
Return-Path: <>
To: {path}
From: Ana <ana@example.org>
Subject: Read: 3 new papers
Content-Type: multipart/report; report-type="{kind}"; boundary=b

--b
Content-Type: text/plain

Your message was displayed.

--b
Content-Type: message/{kind}

Final-Recipient: rfc822;ana@example.org
Disposition: manual-action/MDN-sent-manually; displayed

--b--
""")
