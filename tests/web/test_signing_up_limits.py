"""Signing up where it fails or is too much: what is answered, and what is left on the disk."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import structlog

from bot.core.enrolment import LETTERS, LIFETIME
from bot.core.errors import DeliveryError, PermanentFailure, TemporaryFailure, Uncertain
from bot.core.subscription import Topic
from bot.settings.signup import SignupSettings
from bot.web.signing import PER_CLIENT
from tests.builders import NOON, topic
from tests.web.porch import WISH, ZOE, Porch, Shown
from tests.web.rig import NOBODY, Form

HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)


def visitor(number: int) -> dict[str, str]:
    """Write what a proxy says of somebody."""
    return {"X-Forwarded-For": f"192.0.2.{number}"}


async def test_one_address_gets_so_many_letters_in_a_day_and_nobody_sees_that(
    porch: Porch,
) -> None:
    answers = [await porch.ask() for _ in range(LETTERS + 2)]
    assert len({one.text for one in answers}) == 1
    assert {one.status_code for one in answers} == {200}
    assert len(porch.letters) == LETTERS
    await porch.ask(email=ZOE.upper())
    assert len(porch.letters) == LETTERS
    porch.now = NOON + LIFETIME
    await porch.ask()
    assert len(porch.letters) == LETTERS + 1


async def test_all_at_once_is_no_more_than_one_after_another(porch: Porch) -> None:
    await asyncio.gather(*(porch.ask() for _ in range(2 * LETTERS)))
    assert len(porch.letters) == LETTERS
    link = porch.letters[0].link.removeprefix(porch.public_url)
    begun = await asyncio.gather(*(porch.post(link) for _ in range(5)))
    assert {one.status_code for one in begun} == {200}
    assert len({one.text for one in begun}) == len(porch.joined()) == 1


async def test_so_many_letters_go_in_an_hour_to_whomever(porch: Porch) -> None:
    porch.settings = SignupSettings(per_hour=2)
    for name in ("yan", "ana"):  # ana's is of the other kind
        assert (await porch.ask(email=f"{name}@example.org")).status_code == 200
    porch.now = NOON + HOUR - MICROSECOND
    busy = await porch.ask()
    assert (busy.status_code, busy.headers["retry-after"]) == (429, "3600")
    assert "try again" in busy.text
    assert '<a href="./">' in busy.text
    assert len(porch.letters) == 2
    assert porch.on_disk() == []
    porch.now = NOON + HOUR
    assert (await porch.ask()).status_code == 200


async def test_one_client_may_ask_so_often_in_an_hour(porch: Porch) -> None:
    async with porch.client() as client:

        async def ask(number: int, **entered: object) -> int:
            wish = {**WISH, "email": f"number{number}@example.org", **entered}
            return (await client.post("/signup", data=wish, headers=visitor(7))).status_code

        assert await ask(0, topic=[]) == 400  # what is mistaken does not count
        assert [await ask(number) for number in range(PER_CLIENT + 1)] == [200] * PER_CLIENT + [429]
        assert len(porch.letters) == PER_CLIENT
        put_off = await client.post("/signup", data=WISH, headers=visitor(7))
        assert put_off.headers["retry-after"] == "3600"
        assert porch.on_disk() == []
        other = await client.post("/signup", data=WISH, headers=visitor(8))
        assert other.status_code == 200
        porch.now = NOON + HOUR
        assert await ask(99) == 200


async def test_what_a_client_says_of_itself_does_not_make_it_another(porch: Porch) -> None:
    async with porch.client(peer="192.0.2.7") as client:
        codes = [
            (await client.post("/signup", data=WISH, headers=visitor(number))).status_code
            for number in range(PER_CLIENT + 1)
        ]
    assert codes == [200] * PER_CLIENT + [429]


async def test_without_a_proxy_that_tells_them_apart_clients_share_no_limit(porch: Porch) -> None:
    assert {(await porch.ask()).status_code for _ in range(PER_CLIENT + 1)} == {200}


@pytest.mark.parametrize(
    "failure",
    [
        TemporaryFailure("the mail server answered RCPT TO with 451 later"),
        PermanentFailure("the log-in is wrong", scope="channel"),
        PermanentFailure(f"554 {ZOE} is blocked", scope="policy"),
        PermanentFailure("a letter is too large"),
    ],
    ids=str,
)
async def test_where_no_letter_can_be_sent_nothing_is_kept(
    porch: Porch, failure: DeliveryError
) -> None:
    porch.fault = failure
    async with porch.entrance().ledger():  # the bot has it open
        answer = await porch.ask(rhythm="weekly")
        assert porch.on_disk() == []
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3600")
    assert "nothing was kept" in answer.text
    form = Shown(answer.text)
    assert form.values["email"] == [ZOE]
    assert form.values["rhythm"] == ["weekly"]
    assert not form.invalid
    assert porch.wishes() == 0
    porch.fault = None
    assert (await porch.ask()).status_code == 200


async def test_an_address_that_the_mail_server_refuses_is_marked_and_forgotten(
    porch: Porch,
) -> None:
    porch.fault = PermanentFailure("550 5.1.1 no such user", scope="address")
    answer = await porch.ask()
    assert answer.status_code == 400
    form = Shown(answer.text)
    assert form.invalid == {"email"}
    assert "Is it spelt right?" in form.wrong["email"]
    assert form.values["email"] == [ZOE]
    assert porch.on_disk() == []


async def test_no_log_names_the_address_that_a_mail_server_quotes(porch: Porch) -> None:
    porch.fault = PermanentFailure(f"550 <{ZOE.upper()}>: {ZOE} unknown", scope="address")
    with structlog.testing.capture_logs() as logs:
        await porch.ask()
        porch.fault = None
        await porch.post(await porch.asked())
        await porch.ask(comment="x")
    events = [one["event"] for one in logs]
    assert "signup.unsent" in events
    assert "signup.confirmed" in events
    assert "unknown" in str(logs)
    assert ZOE.partition("@")[0] not in str(logs).casefold()


async def test_a_letter_that_may_have_arrived_can_still_be_confirmed(porch: Porch) -> None:
    sent = await porch.ask(email="yan@example.org")
    porch.fault = Uncertain("the connection broke")
    answer = await porch.ask()
    assert (answer.status_code, answer.text.replace(ZOE, "yan@example.org")) == (200, sent.text)
    asked = f"SELECT token FROM signups WHERE address = '{ZOE}'"
    ((token,),) = porch.read(asked)
    assert (await porch.post(f"/signup/{token}")).status_code == 200


async def test_a_mail_server_that_takes_too_long_is_not_waited_for(
    porch: Porch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.signing.PATIENCE", 0.01)

    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(porch, "send", never)
    assert "Look into your mailbox" in (await porch.ask()).text
    assert porch.wishes() == 1


async def test_a_fault_of_ours_shows_nothing_of_itself(porch: Porch) -> None:
    porch.fault = RuntimeError("a secret")
    answer = await porch.ask()
    assert answer.status_code == 500
    assert "secret" not in answer.text


async def test_what_was_asked_for_is_overwritten_when_it_has_expired(porch: Porch) -> None:
    await porch.ask()
    assert porch.on_disk() != []
    async with porch.entrance().ledger() as ledger:
        assert await ledger.forget_signups(NOON + LIFETIME - MICROSECOND) == 0
        assert await ledger.forget_signups(NOON + LIFETIME) == 1
        assert porch.on_disk() == []  # while the bot has it open


async def test_while_the_ledger_is_in_use_what_was_entered_is_not_lost(
    porch: Porch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.connection.BUSY_SECONDS", 0.01)
    link = await porch.asked()
    writer = sqlite3.connect(porch.pages.database, isolation_level=None)
    try:
        writer.execute("BEGIN IMMEDIATE")
        put_off = await porch.ask(email="yan@example.org", at="09:45")
        assert put_off.status_code == 503
        assert int(put_off.headers["retry-after"]) > 0
        form = Shown(put_off.text)
        assert (form.values["email"], form.values["at"]) == (["yan@example.org"], ["09:45"])
        assert len(porch.letters) == 1
        confirmed = await porch.post(link)
        assert confirmed.status_code == 503
        assert "Nothing was changed" in confirmed.text
        assert (await porch.get(link)).status_code == 200
        writer.execute("ROLLBACK")
        assert (await porch.post(Form(confirmed).url.path)).status_code == 200
    finally:
        writer.close()


async def test_without_a_ledger_the_form_is_there_and_nothing_else(porch: Porch) -> None:
    porch.pages.database.unlink()
    assert (await porch.get("/signup")).status_code == 200
    for answer in (
        await porch.ask(),
        await porch.get(f"/signup/{NOBODY}"),
        await porch.post(f"/signup/{NOBODY}"),
    ):
        assert answer.status_code == 503
        assert "daily-papers.db" not in answer.text
    assert porch.letters == []


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield b"topic=x&" * 100


async def stuck() -> AsyncIterator[bytes]:
    yield b"email="
    await asyncio.Event().wait()


async def test_a_body_that_is_too_large_is_refused(porch: Porch) -> None:
    link = await porch.asked()
    async with porch.client() as client:
        for path in ("/signup", link):
            for content in (b"x" * 1_000_000, endless()):
                answer = await client.post(path, content=content)
                assert (answer.status_code, answer.headers["connection"]) == (413, "close")
    assert porch.joined() == []


async def test_a_body_that_does_not_come_to_its_end_is_given_up(porch: Porch) -> None:
    link = await porch.asked()
    async with porch.client(patience=0.01) as client:
        for path in ("/signup", link):
            assert (await client.post(path, content=stuck())).status_code == 408
    assert porch.joined() == []


async def test_all_of_very_many_topics_can_be_chosen(porch: Porch) -> None:
    porch.topics = tuple(many(300))
    names = [one.name for one in porch.topics]
    answer = await porch.ask(topic=names)
    assert answer.status_code == 200, answer.text[:2000]
    link = porch.letters[-1].link.removeprefix(porch.public_url)
    assert "and 280 more" in (await porch.get(link)).text
    await porch.post(link)
    assert porch.topics_off() == []


def many(count: int) -> list[Topic]:
    """Give topics with names as long as they may be, in letters of several octets."""
    return [topic(f"{number:03} {'論' * 96}") for number in range(count)]
