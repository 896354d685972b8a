"""Who is erased is gone from the ledger, but for what keeps a suspended address suspended."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.people import UNSUBSCRIBED, Suspension, Who
from bot.interfaces import Store
from bot.store import SqliteStore
from tests.builders import subscription
from tests.store.lives import ANA, lived, people, report
from tests.store.scenario import (
    DAY,
    MORNING,
    claim,
    composition,
    give,
    rows,
    send_out,
    set_out,
    settle,
    subscribe,
)

PERSONAL = ("subscriptions", "cursors", "deliveries", "delivery_papers", "bounces", "suppressions")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "papers.db"


async def counts(store: SqliteStore) -> dict[str, int]:
    """Count the rows of the tables that hold anything of people."""
    return await store._read(
        lambda db: {
            table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in PERSONAL
        }
    )


async def test_who_is_erased_is_gone_and_others_are_as_they_were(path: Path) -> None:
    async with SqliteStore.open(path) as store:
        await lived(store, "bo")
        before = await people(store).export(Who("bo"))
        (person,) = await people(store).erase(ANA)
        assert (person.subscriber, person.failed, person.bounced) == ("ana", 1, 1)
        assert [one.subscriber for one in await people(store).people()] == ["bo"]
        assert await people(store).export(Who("bo")) == before
        assert await counts(store) == {
            **dict.fromkeys(PERSONAL, 0),
            **dict.fromkeys(("subscriptions", "cursors", "deliveries", "delivery_papers"), 1),
        }
        assert [row["subscriber"] for row in await rows(store)] == ["bo"]


async def test_nothing_of_who_was_erased_stays_in_the_files(path: Path) -> None:
    async with SqliteStore.open(path) as store:
        await lived(store)
        (token,) = await store._read(
            lambda db: db.execute("SELECT token FROM subscriptions").fetchone()
        )
        await people(store).unsubscribe(token, MORNING)
        traces = [b"ana@example.org", token.encode(), b"no such user"]
        assert all(any(trace in content for content in contents(path)) for trace in traces)
        await people(store).erase(ANA)
        assert not any(trace in content for content in contents(path) for trace in traces)


def contents(path: Path) -> list[bytes]:
    """Read the database and what SQLite keeps beside it."""
    return [one.read_bytes() for one in path.parent.iterdir() if one.is_file()]


async def test_where_a_bot_reads_meanwhile_the_erased_are_gone_all_the_same(path: Path) -> None:
    async with SqliteStore.open(path) as store:
        await lived(store)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM subscriptions").fetchone() == (1,)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("bot.store.connection.BUSY_SECONDS", 0.0)
            async with SqliteStore.open(path, exclusive=False) as beside:
                await beside.erase(ANA)
                assert await beside.people() == []
        assert reader.execute("SELECT count(*) FROM subscriptions").fetchone() == (1,)


@pytest.mark.parametrize("address", ["ana@example.org", "ANA@Example.org"])
async def test_an_unsubscribed_address_stays_so_though_it_is_erased_and_added_again(
    store: Store, address: str
) -> None:
    token = (await send_out(store, 1)).token
    await people(store).unsubscribe(token, MORNING)
    await people(store).erase(ANA)
    assert (await store.status(MORNING)).suspended == ()
    assert await people(store).holder(token) is None
    assert await subscribe(store, subscription("new", address=address), now=MORNING + DAY) == []
    (person,) = await people(store).people()
    assert person.suspensions == (Suspension("reader", UNSUBSCRIBED, MORNING),)
    await people(store).resume(Who("new"), MORNING + DAY, unsubscribed=True)
    await store.sync([], MORNING + DAY)
    await store.sync([subscription("new", address=address)], MORNING + DAY)
    assert (await people(store).people())[0].suspensions == ()


async def test_all_that_was_said_of_an_erased_address_comes_true_again(store: Store) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "failed", error="550 ana@example.org unknown", suspend=True)
    await people(store).suspend(ANA, "left the group", MORNING)
    await people(store).erase(ANA)
    await store.sync([subscription("bo"), subscription()], MORNING + DAY)
    ana, bo = await people(store).people()
    again = "it was suspended when it was erased"
    assert ana.suspensions == (
        Suspension("owner", again, MORNING),
        Suspension("channel", again, MORNING),
    )
    assert bo.suspensions == ()


async def test_an_erased_address_on_another_channel_is_not_suspended(store: Store) -> None:
    token = (await send_out(store, 1)).token
    await people(store).unsubscribe(token, MORNING)
    await people(store).erase(ANA)
    other = subscription(channel="slack", address="ana@example.org")
    assert len(await subscribe(store, other, now=MORNING)) == 1


async def test_who_was_not_suspended_leaves_nothing_and_begins_anew(path: Path) -> None:
    async with SqliteStore.open(path) as store:
        await send_out(store, 1)
        await people(store).erase(ANA)
        kept = "SELECT count(*) FROM erased UNION ALL SELECT count(*) FROM erasing"
        assert await store._read(lambda db: db.execute(kept).fetchall()) == [(0,), (0,)]
        assert await counts(store) == dict.fromkeys(PERSONAL, 0)
        (due,) = await subscribe(store, subscription(), now=MORNING + DAY)
        assert (due.returned, [c.seq for c in due.cursors.values()]) == ((), [1])


async def test_what_suspends_an_address_stays_while_another_subscriber_has_it(store: Store) -> None:
    twin = subscription("twin", address="Ana@example.org")
    await subscribe(store, subscription(), twin)
    await people(store).suspend(ANA, "spam trap", MORNING)
    await people(store).erase(ANA)
    (person,) = await people(store).people()
    assert (person.subscriber, [one.by for one in person.suspensions]) == ("twin", ["owner"])


async def test_one_channel_alone_can_be_erased_and_an_address_whoever_has_it(store: Store) -> None:
    slack = subscription(channel="slack", address="#rag")
    twin = subscription("twin", address="ana@example.org")
    await subscribe(store, subscription(), slack, twin)
    erased = await people(store).erase(Who("ana", "slack"))
    assert [(one.subscriber, one.channel) for one in erased] == [("ana", "slack")]
    erased = await people(store).erase(Who("ana@example.org"))
    assert [one.subscriber for one in erased] == ["ana", "twin"]


async def test_what_is_on_its_way_to_who_is_erased_disturbs_nobody(store: Store) -> None:
    due = await set_out(store, 1, 2)
    await give(store, due, 1)
    (delivery,) = await claim(store)
    late = composition(due, 2, slot=MORNING + DAY)
    await people(store).erase(ANA)
    await settle(store, delivery, "failed", error="550", suspend=True)
    assert await store.compose([late], MORNING) == 0
    assert (await store.status(MORNING)).suspended == ()
    assert await people(store).unsubscribe(delivery.token, MORNING) is None
    assert await people(store).bounced([report(delivery)], MORNING) == ["unknown"]


async def test_all_that_is_stored_of_somebody_is_given_out(store: Store) -> None:
    await lived(store)
    await people(store).suspend(ANA, "on leave", MORNING)
    told = await people(store).export(ANA)
    assert json.loads(json.dumps(told)) == told
    (one,) = told["subscriptions"]
    assert (one["subscriber"], one["channel"], one["address"]) == (
        "ana",
        "email",
        "ana@example.org",
    )
    assert (one["active"], one["timezone"], len(one["token"])) == (True, "UTC", 22)
    assert one["next_at"] == "2026-01-07T09:30:00Z"
    assert one["suspensions"] == [
        {"by": "owner", "reason": "on leave", "at": "2026-01-06T08:30:00Z"}
    ]
    (topic,) = one["topics"]
    assert (topic["topic"], topic["made_at"]) == ("Language", "2026-01-05T12:00:00Z")
    first, second = one["deliveries"]
    assert (first["state"], second["state"], second["error"]) == ("failed", "failed", "on leave")
    assert first["papers"] == [
        {"paper": "2601.00001", "topics": ["Language"], "kind": "new", "revision": 0, "live": False}
    ]
    (back,) = first["bounces"]
    assert (back["kind"], back["status"], back["detail"]) == ("soft", "5.1.1", "no such user")


async def test_every_column_that_tells_of_somebody_is_in_the_export(path: Path) -> None:
    async with SqliteStore.open(path) as store:
        await lived(store)
        await people(store).suspend(ANA, "on leave", MORNING)
        told = json.dumps(await people(store).export(ANA))
        for table in PERSONAL:
            columns = await store._read(lambda db, table: db[table].columns, table)
            for name in {column.name for column in columns} - INTERNAL:
                assert f'"{RENAMED.get(name, name)}"' in told, f"{table}.{name}"


INTERNAL = {"subscription", "delivery", "position", "coverage", "former", "owner", "lease_until"}
"""What refers to other rows, is of the papers, or of the process that sends."""
RENAMED = {
    **{name: f"{name}_at" for name in ("covered", "heard", "resumed", "reach", "reached")},
    "decided_by": "by",
    "slot": "served_at",
    "next_due": "next_at",
}
"""What is named otherwise there."""
