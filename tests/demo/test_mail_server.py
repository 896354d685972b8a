"""The demonstration's mail server, spoken to over a real connection."""

import asyncio
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from bot.demo.mail_server import MailServer


def digest(to: str = "ana@example.org", *, html: bool = True) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Daily Papers <papers@example.org>"
    message["To"] = to
    message["Subject"] = "3 papers for Möbius"
    message.set_content("Three papers – see below.")
    if html:
        message.add_alternative("<p>Three papers – <b>β</b></p>", subtype="html")
    return message


async def send(
    server: MailServer,
    message: EmailMessage,
    *,
    sender: str | None = None,
    recipients: list[str] | None = None,
) -> str:
    _, answer = await aiosmtplib.send(
        message,
        sender=sender,
        recipients=recipients,
        hostname=server.host,
        port=server.port,
        start_tls=False,
    )
    return answer


def written(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.*"))


async def test_keeps_a_message_as_it_came_with_its_envelope_and_its_html(tmp_path: Path) -> None:
    async with MailServer(tmp_path / "new" / "mail") as server:
        await send(server, digest(), sender="bounces@example.org")
    (received,) = server.messages
    assert received.sender == "bounces@example.org"
    assert received.recipients == ("ana@example.org",)
    assert received.recipient == "ana@example.org"
    assert received.subject == "3 papers for Möbius"
    assert received.path == tmp_path / "new" / "mail" / "01-ana@example.org.eml"
    assert received.path.read_bytes() == received.content
    assert received.message["To"] == "ana@example.org"
    assert received.html_path == received.path.with_suffix(".html")
    page = received.html_path.read_text(encoding="utf-8")
    assert page.strip() == "<p>Three papers – <b>β</b></p>"


async def test_numbers_messages_in_the_order_in_which_they_come(tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        for name in ("ana", "kenji", "ana"):
            await send(server, digest(f"{name}@example.org"))
    assert [received.path.name for received in server.messages] == [
        "01-ana@example.org.eml",
        "02-kenji@example.org.eml",
        "03-ana@example.org.eml",
    ]


async def test_a_message_without_html_has_no_page(tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        await send(server, digest(html=False))
    assert server.messages[0].html_path is None
    assert written(tmp_path) == ["01-ana@example.org.eml"]


async def test_html_in_a_charset_that_the_bot_never_writes_stays_in_the_message(
    tmp_path: Path,
) -> None:
    message = digest(html=False)
    message.add_alternative("<p>x</p>", subtype="html")
    message.get_payload()[1].set_param("charset", "klingon")  # type: ignore[index, union-attr]
    async with MailServer(tmp_path) as server:
        await send(server, message)
    assert server.messages[0].html_path is None


async def test_one_message_to_two_recipients_is_one_file(tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        await send(server, digest(), recipients=["a@example.org", "b@example.org"])
    assert server.messages[0].recipient == "a@example.org, b@example.org"
    assert server.messages[0].path.name == "01-a@example.org.eml"


@pytest.mark.parametrize(
    ("recipient", "name"),
    [
        ("../../etc/passwd@example.org", "01-_.._etc_passwd@example.org.eml"),
        ("o'brien+tag@example.org", "01-o_brien+tag@example.org.eml"),
        ("zoë@example.org", "01-zo_@example.org.eml"),
        (f"{'x' * 64}@example.org", f"01-{'x' * 60}.eml"),
    ],
)
async def test_no_address_leads_out_of_the_folder(
    tmp_path: Path, recipient: str, name: str
) -> None:
    async with MailServer(tmp_path / "mail") as server:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        for line in (
            "EHLO here",
            "MAIL FROM:<papers@example.org> SMTPUTF8",
            f"RCPT TO:<{recipient}>",
            "DATA",
            "Subject: x\r\n\r\nText.\r\n.",
            "QUIT",
        ):
            writer.write(f"{line}\r\n".encode())
        await reader.read()
        writer.close()
        await writer.wait_closed()
    assert written(tmp_path) == [f"mail/{name}"]


async def test_answers_with_the_name_of_the_file(tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        answer = await send(server, digest())
    assert answer.endswith("Kept as 01-ana@example.org.eml")


async def test_leaving_cuts_a_connection_that_is_still_open(tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        assert (await reader.readline()).startswith(b"220 localhost")
    assert await asyncio.wait_for(reader.read(), timeout=60) == b""
    writer.close()
    await writer.wait_closed()
    with pytest.raises(OSError, match=r"refused|Connect"):
        await asyncio.open_connection(server.host, server.port)


async def test_leaving_before_entering_does_nothing(tmp_path: Path) -> None:
    server = MailServer(tmp_path)
    await server.__aexit__(None, None, None)
    assert server.port == 0


async def test_leaving_copes_with_a_connection_that_had_not_yet_begun(tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        connection = server._connection()
    assert connection.transport is None
