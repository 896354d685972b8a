"""Signing up: what is kept before an address is confirmed, and what becomes of it then."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from bot.core.enrolment import LETTERS, LIFETIME, Asked, Confirmed, Enrolment, SignUp
from bot.core.people import Who
from bot.core.schedule import Schedule
from bot.core.subscription import Subscription, Topic
from bot.interfaces import SignUps, Store
from bot.store import SqliteStore, erasure
from tests.builders import NOON, paper, subscription, topic
from tests.store.scenario import DAY, HOUR, MORNING, arrive, begin, claim, give, settle

RAG, AGENTS, FLOWS = topic("RAG", "ti:rag"), topic("Agents", "abs:agent"), topic("Flows", "ti:flow")
OPEN = Enrolment((RAG, AGENTS), open=True)
WEEKDAYS = Schedule("Europe/Madrid", time(8, 30), frozenset(range(5)))
WISH = SignUp("Eva@example.org", ("RAG",), WEEKDAYS)
EVA = Who("Eva@example.org")
LAST = timedelta(microseconds=1)


def desk(store: Store) -> SignUps:
    """See that people can sign up."""
    assert isinstance(store, SignUps)
    return store


async def ask(store: Store, wish: SignUp = WISH, now: datetime = NOON, per_hour: int = 99) -> Asked:
    return await desk(store).ask(wish, now, per_hour=per_hour)


async def join(
    store: Store, wish: SignUp = WISH, now: datetime = NOON, asked: Enrolment = OPEN
) -> Confirmed:
    """Sign up and confirm it at once."""
    done = await desk(store).confirm((await ask(store, wish, now)).token, asked, now)
    assert done is not None
    return done


async def started(store: Store, *subscriptions: Subscription, asked: Enrolment = OPEN) -> None:
    """Let the bot begin, with these people in its configuration."""
    await store.sync(subscriptions, NOON, shown=asked.topics, enrolment=asked)


async def off(store: Store, token: str, now: datetime = NOON) -> dict[str, bool]:
    """Tell of each topic of a subscription whether its reader has it turned off."""
    wishes = await desk(store).wishes(token, now)
    assert wishes is not None
    return {one.topic: one.off is not None for one in wishes.topics}


async def test_nobody_is_subscribed_before_the_link_is_followed(store: Store) -> None:
    await started(store)
    asked = await ask(store)
    assert (asked.verdict, asked.letter) == ("new", asked.token)
    assert await desk(store).awaiting(asked.token, NOON) == WISH
    assert await desk(store).people() == []
    assert await store.due(NOON, everyone=True) == []
    assert await desk(store).signed_up(OPEN) == {}


async def test_who_confirms_is_subscribed_to_what_they_chose_from_then_on(store: Store) -> None:
    await started(store)
    await begin(store, scopes=("*",))
    await arrive(store, paper(1, title="RAG before"))
    done = await join(store)
    assert done.next_due == datetime.fromisoformat("2026-01-06T07:30Z")  # 8:30 in Madrid
    assert (done.timezone, done.holder.reason) == ("Europe/Madrid", None)
    assert await off(store, done.token) == {"Agents": True, "RAG": False}
    (due,) = await store.due(MORNING)
    assert (due.subscriber, due.channel, due.address) == (WISH.address, "email", WISH.address)
    assert {cursor.seq for cursor in due.cursors.values()} == {(await store.head()).seq}
    assert due.off == {"Agents"}


async def test_to_confirm_again_changes_nothing(store: Store) -> None:
    await started(store)
    asked = await ask(store)
    first = await desk(store).confirm(asked.token, OPEN, NOON)
    assert first is not None
    await desk(store).switch(first.token, "Agents", on=True, now=NOON)
    await desk(store).unsubscribe(first.token, NOON)
    assert await desk(store).awaiting(asked.token, NOON + HOUR) == await desk(store).confirm(
        asked.token, OPEN, NOON + HOUR
    )
    again = await desk(store).confirm(asked.token, OPEN, NOON + HOUR)
    assert again is not None
    assert again.holder.by == "reader"
    assert await off(store, first.token) == {"Agents": False, "RAG": False}


async def test_a_link_holds_for_its_lifetime_and_no_longer(store: Store) -> None:
    await started(store)
    token = (await ask(store)).token
    assert await desk(store).awaiting(token, NOON + LIFETIME - LAST) == WISH
    assert await desk(store).awaiting(token, NOON + LIFETIME) is None
    assert await desk(store).confirm(token, OPEN, NOON + LIFETIME) is None
    assert await desk(store).confirm("nobody", OPEN, NOON) is None
    assert await desk(store).people() == []


async def test_a_clock_set_back_a_little_ends_no_link_and_a_wrong_one_keeps_nothing(
    store: Store,
) -> None:
    await started(store)
    await ask(store)
    assert await desk(store).forget_signups(NOON - HOUR) == 0
    assert await desk(store).forget_signups(NOON - HOUR - LAST) == 1


async def test_only_so_many_letters_go_to_an_address_in_a_day(store: Store) -> None:
    await started(store)
    for _ in range(LETTERS):
        assert (await ask(store)).verdict == "new"
    assert await ask(store, replace(WISH, address="eva@EXAMPLE.org")) == Asked("enough")
    assert (await ask(store, replace(WISH, address="ben@example.org"))).verdict == "new"
    assert (await ask(store, now=NOON + LIFETIME)).verdict == "new"


async def test_only_so_many_letters_go_out_in_an_hour(store: Store) -> None:
    await started(store)
    for number in range(2):
        assert (await ask(store, replace(WISH, address=f"a{number}@e.org"), per_hour=2)).letter
    assert await ask(store, per_hour=2) == Asked("busy")
    assert (await ask(store, now=NOON + HOUR, per_hour=2)).verdict == "new"


async def test_of_a_letter_that_did_not_go_nothing_is_left(store: Store, tmp_path: Path) -> None:
    await started(store)
    asked = await ask(store)
    await desk(store).withdraw(asked.letter)
    assert await desk(store).awaiting(asked.token, NOON) is None
    assert not traces(tmp_path)


async def test_of_what_was_not_confirmed_nothing_is_left(store: Store, tmp_path: Path) -> None:
    await started(store)
    await ask(store)
    assert traces(tmp_path)
    assert await desk(store).forget_signups(NOON + LIFETIME - LAST) == 0
    assert await desk(store).forget_signups(NOON + LIFETIME) == 1
    assert not traces(tmp_path)
    assert await desk(store).forget_signups(NOON + LIFETIME) == 0


async def test_while_somebody_reads_the_traces_stay_and_go_the_next_time(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await started(store)
    await ask(store)
    monkeypatch.setattr(erasure, "forget_former_pages", lambda _db: False)
    assert await desk(store).forget_signups(NOON + LIFETIME) == 1
    assert traces(tmp_path)
    monkeypatch.undo()
    assert await desk(store).forget_signups(NOON + LIFETIME) == 0
    assert not traces(tmp_path)
    assert isinstance(store, SqliteStore)
    with closing(sqlite3.connect(store.path)) as db:
        assert db.execute("SELECT count(*) FROM signups").fetchone() == (0,)


def traces(folder: Path) -> list[str]:
    """Name the files in which the address stands in any case."""
    octets = WISH.address.casefold().encode()
    return [one.name for one in folder.iterdir() if octets in one.read_bytes().lower()]


@pytest.mark.parametrize("origin", ["configuration", "web"])
async def test_who_is_there_already_is_led_to_their_page(store: Store, origin: str) -> None:
    if origin == "web":
        await started(store)
        there = (await join(store)).token
    else:
        await started(store, subscription(address="EVA@example.org"))
        (there,) = [one.token for one in await tokens(store)]
    asked = await ask(store)
    assert (asked.verdict, asked.token) == ("known", there)
    assert asked.letter != there
    assert await desk(store).awaiting(asked.letter, NOON) is None
    assert await desk(store).confirm(asked.letter, OPEN, NOON) is None


async def tokens(store: Store) -> list[Confirmed]:
    """Read whom the ledger knows, by what a link would lead to."""
    assert isinstance(store, SqliteStore)
    with closing(sqlite3.connect(store.path)) as db:
        rows = db.execute("SELECT token, subscriber, address, next_due FROM subscriptions")
        found = []
        for row in rows.fetchall():
            holder = await store.holder(row[0])
            assert holder is not None
            found.append(Confirmed(row[0], holder, NOON, "UTC"))
        return found


async def test_to_whom_the_owner_or_the_server_wants_none_sent_nothing_goes(store: Store) -> None:
    await started(store, subscription("eva", address="Eva@example.org"))
    await desk(store).suspend(Who("eva"), "on leave", NOON)
    assert await ask(store) == Asked("kept")
    await started(store)  # the configuration lets them go
    assert await ask(store) == Asked("kept")
    await desk(store).resume(Who("eva"), NOON)
    assert (await ask(store)).verdict == "new"


async def test_who_left_once_and_is_gone_comes_back_by_signing_up(store: Store) -> None:
    await started(store, subscription("eva", address="eva@example.org"))
    (held,) = await tokens(store)
    await desk(store).unsubscribe(held.token, NOON)
    await started(store)
    done = await join(store, now=NOON + HOUR)
    assert done.token != held.token
    assert done.holder.reason is None
    (due,) = await store.due(MORNING)
    assert due.subscriber == WISH.address


async def test_who_was_suspended_by_the_owner_and_erased_stays_so(store: Store) -> None:
    await started(store)
    await join(store)
    await desk(store).suspend(EVA, "a stranger", NOON)
    await desk(store).erase(EVA)
    asked = await ask(store, now=NOON + HOUR)
    assert asked.verdict == "new"  # nobody can tell whose address it is, before it says so itself
    done = await desk(store).confirm(asked.token, OPEN, NOON + HOUR)
    assert done is not None
    assert (done.holder.by, done.holder.reason) == ("owner", "it was suspended when it was erased")
    assert await store.due(MORNING) == []


async def test_an_erased_reader_leaves_no_link_behind(store: Store, tmp_path: Path) -> None:
    await started(store)
    asked = await ask(store)
    await desk(store).confirm(asked.token, OPEN, NOON)
    await desk(store).erase(EVA)
    assert await desk(store).awaiting(asked.token, NOON) is None
    assert await desk(store).confirm(asked.token, OPEN, NOON) is None
    assert not traces(tmp_path)


async def test_two_letters_that_are_both_followed_make_one_subscription(store: Store) -> None:
    await started(store)
    first, second = await ask(store), await ask(store, replace(WISH, topics=("Agents",)))
    one = await desk(store).confirm(first.token, OPEN, NOON)
    third = await desk(store).confirm(second.token, OPEN, NOON)
    assert one is not None
    assert third is not None
    assert one.token == third.token
    assert await off(store, one.token) == {"Agents": False, "RAG": True}
    assert len(await desk(store).signed_up(OPEN)) == 1


async def test_the_configuration_may_have_got_them_before_they_confirm(store: Store) -> None:
    await started(store)
    asked = await ask(store)
    await started(store, subscription("eva", address="eva@example.org"))
    done = await desk(store).confirm(asked.token, OPEN, NOON)
    assert done is not None
    assert done.holder.subscriber == "eva"
    assert await desk(store).signed_up(OPEN) == {}


class TestOffer:
    """What may be chosen changes with the configuration."""

    @staticmethod
    async def offer(store: Store, *topics: Topic, is_open: bool = True) -> None:
        await started(store, asked=Enrolment(topics, open=is_open))

    async def test_a_new_topic_is_off_for_who_could_not_choose_it(self, store: Store) -> None:
        await started(store)
        before = await join(store)
        await self.offer(store, RAG, AGENTS, FLOWS)
        assert await off(store, before.token) == {"Agents": True, "Flows": True, "RAG": False}
        everything = Enrolment((RAG, AGENTS, FLOWS), open=True)
        wish = SignUp("ben@example.org", ("Flows",), WEEKDAYS)
        later = await join(store, wish, asked=everything)
        assert await off(store, later.token) == {"Agents": True, "Flows": False, "RAG": True}

    async def test_one_that_was_only_renamed_stays_as_it_was_for_each(self, store: Store) -> None:
        await started(store)
        eva = await join(store)
        ben = await join(store, SignUp("ben@example.org", ("Agents",), WEEKDAYS))
        await self.offer(store, replace(RAG, name="Retrieval"), AGENTS)
        assert await off(store, eva.token) == {"Agents": True, "Retrieval": False}
        assert await off(store, ben.token) == {"Agents": False, "Retrieval": True}

    async def test_one_that_comes_back_is_on_for_who_had_it_on_alone(self, store: Store) -> None:
        await started(store)
        eva = await join(store)
        await self.offer(store, AGENTS)
        late = SignUp("ben@example.org", ("Agents",), WEEKDAYS)
        ben = await join(store, late, asked=Enrolment((AGENTS,), open=True))
        await started(store)
        assert await off(store, eva.token) == {"Agents": True, "RAG": False}
        assert await off(store, ben.token) == {"Agents": False, "RAG": True}

    async def test_a_refused_topic_rests_and_goes_on(self, store: Store) -> None:
        await started(store)
        eva = await join(store)
        await begin(store, scopes=("*",))
        await started(store, asked=Enrolment((AGENTS,), ("RAG",), open=True))
        await arrive(store, paper(1, title="RAG"))
        await started(store)
        assert await off(store, eva.token) == {"Agents": True, "RAG": False}
        (due,) = await store.due(MORNING)
        assert due.cursors[RAG.key].seq < (await store.head()).seq

    async def test_closed_it_goes_on_for_those_who_are_in(self, store: Store) -> None:
        await started(store)
        eva = await join(store)
        await begin(store, scopes=("*",))
        await self.offer(store, RAG, AGENTS, is_open=False)
        assert await off(store, eva.token) == {"Agents": True, "RAG": False}
        assert (await store.head()).baselined == {"*"}
        assert len(await store.due(MORNING)) == 1

    async def test_without_word_of_it_cursors_stay_as_they_are(self, store: Store) -> None:
        await started(store)
        eva = await join(store)
        await store.sync([], NOON)
        assert await off(store, eva.token) == {"Agents": True, "RAG": False}


class TestTakenOver:
    """The configuration names somebody who had signed up: they go on where they were."""

    async def test_their_cursors_choices_and_deliveries_go_with_them(self, store: Store) -> None:
        await started(store)
        eva = await join(store)
        await begin(store, scopes=("*",))
        (due,) = await store.due(MORNING)
        await arrive(store, paper(1, title="RAG"))
        await give(store, due, 1)
        await arrive(store, paper(2, title="RAG"))
        named = subscription("eva", address="eva@example.org", topics=(RAG, AGENTS))
        await started(store, named)
        (same,) = await store.due(MORNING + DAY)
        assert (same.id, same.subscriber, same.address) == (due.id, "eva", "eva@example.org")
        assert same.cursors == due.cursors
        assert same.off == {"Agents"}
        (delivery,) = await claim(store)
        await settle(store, delivery, "sent")
        assert await off(store, eva.token) == {"Agents": True, "RAG": False}
        assert await desk(store).signed_up(OPEN) == {}
        await started(store, named)  # and once more nothing changes
        assert (await store.due(MORNING + DAY))[0].id == due.id

    async def test_who_was_there_before_under_that_name_is_not_in_the_way(
        self, store: Store
    ) -> None:
        named = subscription("eva", address="Eva@example.org", topics=(RAG,))
        for _ in range(2):
            await started(store, named)
            await started(store)
            await join(store)
            await started(store, named)
            assert [one.subscriber for one in await store.due(MORNING + DAY)] == ["eva"]
            await started(store)
            assert await store.due(MORNING + DAY) == []

    async def test_only_by_email_and_only_once(self, store: Store) -> None:
        await started(store)
        await join(store)
        one = subscription("one", address=WISH.address, topics=(RAG,))
        maildir = replace(one, subscriber="zero", channel="maildir")
        await started(store, maildir, one, replace(one, subscriber="two"))
        found = {(due.subscriber, due.channel) for due in await store.due(MORNING + DAY)}
        assert found == {("one", "email"), ("two", "email"), ("zero", "maildir")}
        assert len(await desk(store).people()) == 3

    async def test_what_they_chose_last_counts(self, store: Store) -> None:
        named = subscription("eva", address=WISH.address, topics=(RAG, AGENTS))
        await started(store, named)
        (held,) = await tokens(store)
        await desk(store).switch(held.token, "RAG", on=False, now=NOON)
        await started(store)
        eva = await join(store)
        assert await off(store, eva.token) == {"Agents": True, "RAG": False}
        await started(store, named)
        assert await off(store, eva.token) == {"Agents": True, "RAG": False}


async def test_who_signs_up_is_in_what_the_ledger_gives_out_of_them(store: Store) -> None:
    await started(store)
    await join(store)
    told = await desk(store).export(EVA)
    (one,) = told["subscriptions"]
    assert one["origin"] == "web"
    assert one["signups"] == [
        {
            "topics": ["RAG"],
            "schedule": "08:30 01234 Europe/Madrid",
            "asked_at": "2026-01-05T12:00:00Z",
            "expires_at": "2026-01-06T12:00:00Z",
        }
    ]


async def test_newcomers_are_enrolled_from_the_last_one_on(store: Store) -> None:
    await started(store)
    assert await desk(store).last_signed_up() == 0
    await join(store)
    last = await desk(store).last_signed_up()
    ben = await join(store, replace(WISH, address="ben@example.org"))
    enrolled = await desk(store).enrol(OPEN, NOON, after=last)
    assert [one.address for one in enrolled.values()] == ["ben@example.org"]
    assert list(enrolled) == [await desk(store).last_signed_up()]
    assert ben.holder.address == "ben@example.org"


async def test_status_counts_them_and_does_not_call_it_off_what_they_did_not_choose(
    store: Store,
) -> None:
    await started(store, subscription("ana", topics=(RAG, AGENTS)))
    await join(store)
    (ana,) = [one for one in await tokens(store) if one.holder.subscriber == "ana"]
    await desk(store).switch(ana.token, "RAG", on=False, now=NOON)
    await ask(store, replace(WISH, address="ben@example.org"))
    await ask(store)
    status = await store.status(NOON)
    assert (status.signed_up, status.signups) == (1, 1)
    assert [(one["subscriber"], one["topic"]) for one in status.topics_off] == [("ana", "RAG")]
    assert (await store.status(NOON + LIFETIME)).signups == 0
