from bot.core.standing import Baseline, Standing, Status
from bot.interfaces import Store
from tests.builders import NOON, paper, subscription
from tests.store.scenario import (
    DAY,
    MORNING,
    arrive,
    begin,
    claim,
    give,
    send_out,
    set_out,
    settle,
    subscribe,
)


async def test_an_empty_ledger_has_an_empty_status(store: Store) -> None:
    assert await store.status(NOON) == Status()


async def test_it_counts_papers_announcements_and_what_is_due(store: Store) -> None:
    await begin(store, paper(1), paper(2), paper(3))
    await arrive(store, paper(4), paper(5))
    await subscribe(store, subscription(), subscription("bo"))
    status = await store.status(NOON)
    assert (status.papers, status.announced, status.due) == (5, 2, 0)
    assert (await store.status(MORNING)).due == 2


async def test_it_says_where_each_scopes_news_begins(store: Store) -> None:
    await begin(store, paper(1), scopes=["cs.CL", "*"])
    assert (await store.status(NOON)).baselines == (
        Baseline("*", "2601.00001", NOON, 1),
        Baseline("cs.CL", "2601.00001", NOON, 1),
    )


async def test_deliveries_are_counted_by_what_became_of_them(store: Store) -> None:
    due = await set_out(store, 1, 2, 3, 4, 5)
    for number in range(1, 6):
        await give(store, due, number, slot=MORNING + number * DAY)
    sent, failed, held, _sending = await claim(store, limit=4)
    await settle(store, sent, "sent")
    await settle(store, failed, "failed")
    await settle(store, held, "held", uncertain=True)
    status = await store.status(MORNING)
    assert (status.sent, status.failed, status.held) == (1, 1, 1)
    assert (status.pending, status.uncertain) == (2, 1)
    states = ("failed", "held", "pending", "sending")
    assert status.undelivered == {("email", state): 1 for state in states}


async def test_standings_show_who_is_next_and_who_is_suspended(store: Store) -> None:
    delivery = await send_out(store, 1)
    await settle(store, delivery, "failed", error="550", suspend=True)
    await subscribe(store, subscription(), subscription("bo"), now=NOON)
    status = await store.status(MORNING)
    assert status.standings == (
        Standing("bo", "email", "bo@example.org", MORNING),
        Standing("ana", "email", "ana@example.org", MORNING + DAY, suspended="550"),
    )
    assert status.due == 1
