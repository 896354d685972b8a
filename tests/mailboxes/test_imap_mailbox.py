"""Mail is fetched over IMAP without marking it, protected as configured or not at all."""

import ssl
from base64 import b64decode
from typing import Any

import pytest
import trustme

from bot.core.errors import ConfigError, MailboxError
from bot.core.returned import LARGEST
from bot.mailboxes import ImapMailbox, ImapServer
from tests.mailboxes.imap_rig import ASCII_PASSWORD, PASSWORD, Imap, imap, login

MAIL = {3: b"Subject: one\r\n\r\nText.\r\n", 7: b"Subject: two\r\n\r\n"}


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def offered(authority: trustme.CA, name: str = "localhost") -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


async def read(server: Imap, *, settle: tuple[str, ...] = (), **changes: Any) -> dict[str, bytes]:
    """Read the folder, and mark what `settle` names."""
    async with ImapMailbox(login(server, **changes), "INBOX") as mailbox:
        found = {one.name: one.octets async for one in mailbox.unread()}
        await mailbox.settle(settle)
    return found


async def failure(server: Imap, **changes: Any) -> str:
    """Fail to read the folder, and give the error."""
    with pytest.raises(MailboxError) as caught:
        await read(server, settle=("3",), **changes)
    assert PASSWORD not in str(caught.value)
    assert ASCII_PASSWORD not in str(caught.value)
    return str(caught.value)


async def test_what_is_unseen_is_read_and_only_what_is_settled_is_marked() -> None:
    async with imap(messages=dict(MAIL), seen={1}) as server:
        assert await read(server) == {"3": MAIL[3], "7": MAIL[7]}
        assert server.seen == {1}
        await read(server, settle=("3", "7"))
        assert server.seen == {1, 3, 7}
        assert await read(server) == {}
    assert not any(r"\DELETED" in one.upper() or "EXPUNGE" in one for one in server.asked)


async def test_many_are_marked_with_few_commands() -> None:
    async with imap() as server:
        await read(server, settle=tuple(map(str, range(1, 251))))
    stored = [one for one in server.asked if "STORE" in one]
    assert len(stored) == 3
    assert server.seen == set(range(1, 251))


async def test_a_password_of_any_characters_is_taken_where_the_server_can() -> None:
    async with imap() as server:
        await read(server)
    assert b64decode(server.asked[2]) == f"\0bounces\0{PASSWORD}".encode()


async def test_without_that_it_is_a_quoted_one() -> None:
    async with imap(capabilities="IMAP4rev1") as server:
        await read(server, username='an "odd\\ one', password=ASCII_PASSWORD)
        assert r'LOGIN "an \"odd\\ one" "wonder land"' in server.asked
        assert "it takes only ASCII" in await failure(server)


async def test_a_large_message_is_fetched_in_part() -> None:
    async with imap(messages={1: b"x" * (LARGEST + 1000)}) as server:
        assert await read(server) == {"1": b"x" * LARGEST}


async def test_a_message_that_went_meanwhile_is_passed_over() -> None:
    async with imap(messages={1: b"", 2: b"here"}) as server:
        assert await read(server) == {"2": b"here"}


async def test_a_folder_is_named_in_quotes() -> None:
    async with imap() as server, ImapMailbox(login(server), 'a "b\\ c'):
        pass
    assert r'SELECT "a \"b\\ c"' in server.asked


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ({"greeting": None}, ("cannot be reached",)),
        ({"greeting": "* BYE busy\r\n"}, ("cannot be reached",)),
        ({"AUTHENTICATE": "NO [AUTHENTICATIONFAILED] no"}, ("bounces.username", "__PASSWORD")),
        ({"AUTHENTICATE": None}, ("cannot be reached",)),
        ({"SELECT": "NO there is none"}, ("'INBOX'", "there is none", "bounces.folder")),
        ({"SELECT": "OK [READ-ONLY] done"}, ("broke",)),
        ({"SELECT": None}, ("the connection broke",)),
        ({"SEARCH": "NO not now"}, ("SEARCH with NO: not now",)),
        ({"FETCH": None}, ("the connection broke",)),
        ({"STORE": "NO [OVERQUOTA] full"}, ("STORE with NO", "full")),
        ({"STORE": "BAD \x1b[2J"}, ("the connection broke",)),
    ],
)
async def test_every_fault_of_the_server_is_told(
    script: dict[str, str | None], words: tuple[str, ...]
) -> None:
    async with imap(messages=dict(MAIL), script=script) as server:
        told = await failure(server)
    assert f"127.0.0.1:{server.port}" in told
    assert all(one in told for one in words), told
    assert told.isprintable()


async def test_a_server_cannot_send_more_than_was_asked_for() -> None:
    async with imap(messages=dict(MAIL), extra=lambda _: b"99999999999") as server:
        assert "99,999,999,999 octets that nobody asked for" in await failure(server)


async def test_nobody_listens() -> None:
    async with imap() as server:
        pass
    assert "cannot be reached" in await failure(server)


async def test_tls_from_the_first_octet(authority: trustme.CA) -> None:
    async with imap(messages=dict(MAIL), offered=offered(authority), implicit=True) as server:
        found = await read(server, tls="implicit", context=trusting(authority))
        assert found.keys() == {"3", "7"}
        told = await failure(server, tls="implicit")
        assert "certificate" in told
        assert "bounces.host" in told


async def test_starttls(authority: trustme.CA) -> None:
    capable: dict[str, Any] = {
        "capabilities": "IMAP4rev1 STARTTLS AUTH=PLAIN",
        "offered": offered(authority),
    }
    async with imap(messages=dict(MAIL), **capable) as server:
        found = await read(server, tls="starttls", context=trusting(authority))
        assert found.keys() == {"3", "7"}
        before = len(server.asked)
        assert "cannot be trusted" in await failure(server, tls="starttls")
        assert not any("AUTH" in one or "LOGIN" in one for one in server.asked[before:])


async def test_a_certificate_of_somebody_else_is_refused(authority: trustme.CA) -> None:
    elsewhere = offered(authority, "elsewhere.example.org")
    async with imap(offered=elsewhere, implicit=True) as server:
        told = await failure(server, tls="implicit", context=trusting(authority))
    assert "cannot be trusted" in told


async def test_a_server_that_breaks_off_starttls_is_not_trusted() -> None:
    said: dict[str, Any] = {
        "capabilities": "IMAP4rev1 STARTTLS",
        "script": {"STARTTLS": "NO later"},
    }
    async with imap(**said) as server:
        assert "establish TLS" in await failure(server, tls="starttls")
    assert not any("LOGIN" in one for one in server.asked)


async def test_starttls_taken_away_sends_no_password() -> None:
    async with imap() as server:
        assert "offers no STARTTLS" in await failure(server, tls="starttls")
    assert server.asked == ["CAPABILITY"]


async def test_a_port_that_speaks_no_tls_is_told() -> None:
    async with imap() as server:
        assert "does not speak TLS as expected" in await failure(server, tls="implicit")


def test_mail_in_clear_is_for_this_machine() -> None:
    with pytest.raises(ConfigError, match="reads mail in clear"):
        ImapServer("imap.example.org", 143, "none", "bounces", PASSWORD)
    assert PASSWORD not in repr(ImapServer("localhost", 143, "none", "bounces", PASSWORD))


async def test_a_mailbox_that_is_not_open_says_so() -> None:
    mailbox = ImapMailbox(ImapServer("localhost", 143, "none", "bounces", PASSWORD), "INBOX")
    with pytest.raises(MailboxError, match="not open"):
        await mailbox.settle(["1"])


async def test_it_can_be_tried_without_changing_anything() -> None:
    async with imap(messages=dict(MAIL)) as server:
        probe = await ImapMailbox(login(server), "INBOX").check()
        assert (probe.ok, probe.detail) == (True, "2 unread in INBOX")
        assert server.seen == set()
        server.script = {"SELECT": "NO none"}
        probe = await ImapMailbox(login(server), "Nowhere").check()
        assert not probe.ok
        assert "Nowhere" in probe.detail
