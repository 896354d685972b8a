"""Whoever asks learns nothing of an address: the answer is the same, whatever is known of it."""

import sqlite3

import pytest

from bot.core.people import Who
from bot.store import SqliteStore
from tests.builders import NOON
from tests.web.porch import PUBLIC, ZOE, Porch
from tests.web.rig import ONE_CLICK, Form


def change(porch: Porch, statement: str) -> None:
    """Change the ledger behind the bot's back."""
    db = sqlite3.connect(porch.pages.database)
    try:
        db.execute(statement)
        db.commit()
    finally:
        db.close()


async def looked(porch: Porch, address: str) -> str:
    """Ask for an address, and give the answer with what was typed taken out."""
    answer = await porch.ask(email=address)
    told = {"status": answer.status_code, **answer.headers}
    del told["content-length"]
    return f"{told}{answer.text.replace(address, 'HERE')}"


async def test_who_is_there_already_gets_the_way_to_their_page(porch: Porch) -> None:
    assert await looked(porch, "ana@example.org") == await looked(porch, ZOE)
    known, new = porch.letters
    assert known.link == f"{PUBLIC}/m/{porch.pages.token()}"
    assert known.address == "ana@example.org"
    assert "There is a subscription for it already" in known.text
    assert "example.org" in known.notice.lines[-1]
    assert known.notice.subject != new.notice.subject
    assert (await porch.get(known.link.removeprefix(PUBLIC))).status_code == 200
    ((token,),) = porch.read("SELECT token FROM signups WHERE known")
    for answer in (await porch.get(f"/signup/{token}"), await porch.post(f"/signup/{token}")):
        assert answer.status_code == 404  # that confirms nothing
    assert porch.joined() == []


async def test_another_case_is_the_same_address(porch: Porch) -> None:
    await porch.ask(email="ANA@Example.ORG")
    assert "already" in porch.letters[0].text


@pytest.mark.parametrize("by", ["owner", "channel"])
async def test_where_none_may_be_sent_none_is_and_nobody_sees_it(porch: Porch, by: str) -> None:
    async with SqliteStore.open(porch.pages.database, exclusive=False) as store:
        await store.suspend(Who("ben"), "wrote rude letters", NOON)
    if by == "channel":
        change(porch, "UPDATE suppressions SET decided_by = 'channel'")
    assert await looked(porch, "ben@example.org") == await looked(porch, ZOE)
    assert [one.address for one in porch.letters] == [ZOE]
    assert porch.wishes() == 1


async def test_what_the_owner_says_after_the_letter_holds_too(porch: Porch) -> None:
    link = await porch.asked()
    await porch.post(link)
    async with SqliteStore.open(porch.pages.database, exclusive=False) as store:
        await store.suspend(Who(ZOE), "wrote rude letters", NOON)
    for answer in (await porch.get(link), await porch.post(link)):
        assert answer.status_code == 409
        assert "stay stopped" in answer.text
        assert "rude" not in answer.text


async def test_who_left_and_is_there_no_more_gets_digests_again(porch: Porch) -> None:
    token = porch.pages.token("ben")
    async with SqliteStore.open(porch.pages.database, exclusive=False) as store:
        await store.unsubscribe(token, NOON)
    change(porch, "UPDATE subscriptions SET active = 0 WHERE subscriber = 'ben'")
    begun = await porch.post(await porch.asked(email="ben@example.org"))
    assert "You get digests" in begun.text
    assert [address for address, _ in porch.joined()] == ["ben@example.org"]
    assert porch.read("SELECT * FROM suppressions") == []


async def test_who_left_after_they_had_confirmed_is_shown_their_way_back(porch: Porch) -> None:
    link = await porch.asked()
    begun = await porch.post(link)
    own = begun.text.split('<a href="../m/')[1].split('"')[0]
    await porch.post(f"/u/{own}", data=ONE_CLICK)
    for answer in (await porch.get(link), await porch.post(link)):
        assert answer.status_code == 200
        assert "You will get no more digests" in answer.text
        assert "Write to their sender" not in answer.text
    back = await porch.post(str(Form(answer).url.path))
    assert "You get digests again" in back.text
    assert (await porch.get(link)).text == begun.text


async def test_a_program_that_fills_in_everything_is_told_the_same(porch: Porch) -> None:
    trapped = await looked(porch, ZOE)
    assert (len(porch.letters), porch.wishes()) == (1, 1)
    answer = await porch.ask(email="bot@example.org", comment="https://spam.example")
    told = {"status": answer.status_code, **answer.headers}
    del told["content-length"]
    assert f"{told}{answer.text.replace('bot@example.org', 'HERE')}" == trapped
    assert (len(porch.letters), porch.wishes()) == (1, 1)
    assert porch.on_disk("bot@") == []
