"""DKIM: signatures that an independent verifier accepts, and keys that cannot be used."""

import asyncio
import re
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import ConfigError
from bot.core.model import Entry
from bot.notifiers.dkim_signature import ROOM, SIGNED, Signer
from bot.notifiers.mailbox import mailbox
from bot.notifiers.message import Message
from bot.notifiers.origin import Origin
from bot.settings import EmailSettings, WebSettings
from tests.builders import digest, paper
from tests.notifiers.dkim_keys import KEY, PEM, published
from tests.notifiers.mailing import SENDER, notifier
from tests.notifiers.scripted_smtp import ScriptedSmtp, serving

TOO_SHORT = """\
-----BEGIN PRIVATE KEY-----
MIIBVAIBADANBgkqhkiG9w0BAQEFAASCAT4wggE6AgEAAkEAtmDgRWAuFMDdOrEH
tc/ckg/eOTt18Q0nXSJBYCnX6w9vFzwjFgCAc9x/0w8fyp0A8QW9FYwEw0dsDd01
rTcHfwIDAQABAkBsiIBOqOsjbJb7K4j0GKwhvBG6K3mHpxVK5mzTZnNZLYf3q6HT
AhWewzEURK221K2IVdNTPSoFTcID0fMABPUpAiEA2SxQ+NjbC8VOBcZXv+qnICbE
b98GMr4KpxFfb6ryynUCIQDW/A9Gyaro2fOzQgYLGtfLDomPQ/MHiHwVRcVz66XD
owIgZmopvVC26/Qd+Ucx9oV4Twc5N/CbAa7xYxwkP4sEeEkCIBXxOhnugWwsuqvk
JDvD7JyEClQ+CjMNoiSFr4aKWavjAiEApJp29CgzMEKpu3ly+ngHBRVne+yOhl2E
4FxFKuc409c=
-----END PRIVATE KEY-----
"""


def pem(key: Any, form: forms.PrivateFormat, lock: bytes = b"") -> str:
    how = forms.BestAvailableEncryption(lock) if lock else forms.NoEncryption()
    return str(key.private_bytes(forms.Encoding.PEM, form, how).decode())


SIGNER = Signer(PEM, "papers", "example.org")


def holds(octets: bytes) -> bool:
    return bool(dkim.verify(octets, dnsfunc=published))


async def sent(**changes: Any) -> bytes:
    """Send a digest through a server, and give what that got."""
    origin = Origin(mailbox(SENDER), "https://papers.example.org", signer=SIGNER)
    server = ScriptedSmtp(extensions=("SIZE 200000",))
    async with serving(server), notifier(server, origin=origin) as email:
        await email.send(digest(token="T" * 22, delivery=1, **changes), "ana@example.org", key="k1")
    return server.messages[0]


def test_a_message_that_was_sent_verifies() -> None:
    octets = asyncio.run(sent())
    assert octets.startswith(b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;")
    assert holds(octets)
    head = octets.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert max(map(len, head.split(b"\r\n"))) <= 78


def test_all_that_a_receiver_asks_for_is_signed() -> None:
    octets = asyncio.run(sent())
    (signed,) = re.findall(rb"[; ]h=([^;]+);", octets.partition(b"\r\n\r\n")[0])
    assert [name.strip() for name in signed.split(b":")] == [name.lower() for name in SIGNED]
    for name in SIGNED:
        assert octets.count(b"\r\n" + name + b": ") == 1 + (name == b"Content-Type") * 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Subject: ", b"Subject: Re: "),
        (b"List-Unsubscribe: <https://papers", b"List-Unsubscribe: <https://others"),
        (b"One-Click", b"Two-Click"),
        (b"To: ana", b"To: eve"),
        (b"We study", b"We sell"),
    ],
)
def test_what_is_changed_on_its_way_no_longer_verifies(
    old: bytes,
    new: bytes,
) -> None:
    octets = asyncio.run(sent())
    assert old in octets
    assert not holds(octets.replace(old, new))


def test_what_relays_may_do_to_white_space_breaks_nothing() -> None:
    octets = asyncio.run(sent())
    head, _, body = octets.partition(b"\r\n\r\n")
    refolded = head.replace(b"Subject: ", b"Subject:\r\n   ")
    assert holds(refolded + b"\r\n\r\n" + body + b"\r\n\r\n")


@settings(max_examples=20)
@given(title=st.text(max_size=80), body=st.text(max_size=200))
def test_whatever_a_paper_is_called_its_message_verifies(title: str, body: str) -> None:
    entry = Entry(paper(title=title, abstract=body), ("Language",))
    assert holds(asyncio.run(sent(sections=digest(entry).sections)))


def test_the_signature_counts_for_the_size_that_a_server_takes() -> None:
    origin = Origin(mailbox(SENDER), signer=SIGNER)
    message = Message(b"From: papers@example.org\r\n\r\nHello.\r\n", "p@b.org", "a@b.org")
    grown = len(origin.signed(message).octets) - len(message.octets)
    assert 0 < grown < ROOM
    assert origin.room(10_000) == 10_000 - ROOM
    assert origin.room(100) == 0
    assert origin.room(None) is None
    bare = replace(origin, signer=None)
    assert bare.room(100) == 100
    assert bare.signed(message) is message


def test_it_is_made_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []
    sign = Signer.sign

    def noting(self: Signer, octets: bytes) -> bytes:
        threads.append(threading.current_thread())
        return sign(self, octets)

    monkeypatch.setattr(Signer, "sign", noting)
    asyncio.run(sent())
    assert threads
    assert threading.main_thread() not in threads


@pytest.mark.parametrize(
    "key",
    [
        pem(KEY, forms.PrivateFormat.TraditionalOpenSSL),
        PEM.replace("\n", "\r\n"),
        PEM.rstrip("\n"),
    ],
)
def test_a_key_is_read_in_every_usual_form(key: str) -> None:
    found = Signer(key, "papers", "example.org").sign(b"From: a@example.org\r\n\r\nHello.\r\n")
    assert holds(found)


BROKEN = {
    "nothing": "",
    "words": "hunter2",
    "cut": PEM[: len(PEM) // 2] + "\n-----END PRIVATE KEY-----\n",
    "other letters": PEM.replace("M", "N", 1).replace("I", "J"),
    "with a passphrase": pem(KEY, forms.PrivateFormat.PKCS8, b"hunter2"),
    "of another kind": pem(ed25519.Ed25519PrivateKey.generate(), forms.PrivateFormat.PKCS8),
    "public": KEY.public_key()
    .public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo)
    .decode(),
}


@pytest.mark.parametrize("key", BROKEN.values(), ids=BROKEN)
def test_a_key_that_cannot_sign_is_told_with_its_cure_and_never_shown(key: str) -> None:
    with pytest.raises(ConfigError, match="openssl genrsa") as caught:
        Signer(key, "papers", "example.org", named="email.dkim_key: dkim.pem")
    said = str(caught.value)
    assert said.startswith("email.dkim_key: dkim.pem: no message can be signed")
    assert all(line not in said for line in key.splitlines() if line)
    assert caught.value.__cause__ is None


def test_a_key_too_short_for_receivers_is_refused() -> None:
    with pytest.raises(ConfigError, match="512 bits is too short"):
        Signer(TOO_SHORT, "papers", "example.org")


def made(**changes: Any) -> Origin:
    values = {"host": "127.0.0.1", "tls": "none", "sender": SENDER, "dkim_selector": "papers"}
    return Origin.from_settings(EmailSettings(**(values | changes)), WebSettings())


def test_the_settings_name_a_file_or_hold_the_key_itself(tmp_path: Path) -> None:
    (tmp_path / "dkim.pem").write_text(PEM)
    message = Message(b"From: papers@example.org\r\n\r\nHello.\r\n", "p@b.org", "a@b.org")
    for changes in ({"dkim_key": tmp_path / "dkim.pem"}, {"dkim_pem": PEM.replace("\n", "\\n")}):
        origin = made(**changes)
        assert holds(origin.signed(message).octets)
        details = [probe.detail for probe in origin.probes()]
        assert any("signed by papers._domainkey.example.org" in detail for detail in details)


def test_another_domain_may_vouch(tmp_path: Path) -> None:
    assert str(made(dkim_pem=PEM, dkim_domain="Mail.Example.net").signer) == (
        "papers._domainkey.mail.example.net"
    )


def test_a_file_that_cannot_be_read_is_told_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"email\.dkim_key: .*none\.pem cannot be read \(No such"):
        made(dkim_key=tmp_path / "none.pem")


def test_without_dkimpy_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dkim", None)
    with pytest.raises(ConfigError, match=r"pip install 'daily-papers\[dkim\]'"):
        Signer(PEM, "papers", "example.org")
