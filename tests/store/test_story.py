from pathlib import Path

import pytest

from bot.core.model import Cursor
from bot.core.polling import Batch, Quarantined
from bot.core.story import Reading
from bot.interfaces import Store, Telling
from bot.store import SqliteStore
from tests.builders import NOON, paper, subscription, topic
from tests.store.scenario import DAY, HOUR, MORNING, arrive, begin, give, send_out, set_out, settle
from tests.store.scenario import subscribe as subscribed
from tests.store.test_plans import plans


@pytest.fixture
def telling(store: Store) -> Telling:
    assert isinstance(store, Telling)
    return store


async def test_a_store_tells_nothing_of_what_it_never_met(telling: Telling) -> None:
    story = await telling.story("ana", paper(1).id, NOON)
    assert (story.seen, story.paper, story.rows, story.held) == (False, None, (), ())
    assert (story.gap, story.elsewhere, story.flaws, story.polled) == (None, None, (), None)


async def test_the_story_of_one_paper_and_one_subscriber(store: Store, telling: Telling) -> None:
    await begin(store)
    ana, ben = await subscribed(store, subscription(), subscription("ben"))
    await arrive(store, paper(3), paper(4))
    await give(store, ana, 3)
    await give(store, ben, 3, 4)
    story = await telling.story("ana", paper(3).id, MORNING)
    assert (story.paper, story.seen) == (paper(3), True)
    (row,) = story.rows
    assert (row.seq, row.date, row.sources) == (1, NOON + HOUR, frozenset({"arxiv"}))
    assert story.sightings == {"arxiv": NOON + HOUR}
    assert story.horizons.keys() == {"cs.CL"}
    (held,) = story.held
    assert (held.address, held.active, held.readings) == (
        "ana@example.org",
        True,
        {topic().key: Reading(Cursor(0), 0, None, NOON)},
    )
    (passage,) = held.passages
    assert (passage.delivery, passage.state, passage.topics) == (1, "pending", ("Language",))
    (bens,) = (await telling.story("ben", paper(4).id, MORNING)).held
    assert [one.delivery for one in bens.passages] == [2]
    assert (await telling.story("ana", paper(4).id, MORNING)).held[0].passages == ()


async def test_what_could_not_be_read_is_told_under_its_id(store: Store, telling: Telling) -> None:
    flawed = Batch(quarantined=(Quarantined(paper(5).id, "no title"),))
    await store.record("arxiv", flawed, NOON)
    (flaw,) = (await telling.story("ana", paper(5).id, NOON)).flaws
    assert flaw == ("arxiv", "no title", NOON)


async def test_the_story_can_be_read_beside_a_running_bot(tmp_path: Path) -> None:
    path = tmp_path / "daily-papers.db"
    async with SqliteStore.open(path) as running:
        await set_out(running, 3)
        async with SqliteStore.open(path, exclusive=False) as beside:
            assert (await beside.story("ana", paper(3).id, MORNING)).paper == paper(3)


async def test_a_cursor_keeps_where_it_began_while_it_moves_and_when_its_topic_is_renamed(
    store: Store, telling: Telling
) -> None:
    due = await set_out(store, 3)
    await give(store, due, 3, cursors={topic().key: Cursor(1)})
    renamed = subscription(topics=(topic("Tongues"),))
    await subscribed(store, renamed, now=MORNING)
    (held,) = (await telling.story("ana", paper(3).id, MORNING)).held
    assert held.readings == {topic("Tongues").key: Reading(Cursor(1), 0, None, NOON)}


async def test_a_cursor_keeps_what_it_reached_back_to_once_that_is_done(
    store: Store, telling: Telling
) -> None:
    await begin(store)
    (due,) = await subscribed(store, subscription(since=7 * DAY))
    await give(store, due, cursors={topic().key: Cursor(0)})
    (held,) = (await telling.story("ana", paper(3).id, MORNING)).held
    assert held.readings == {topic().key: Reading(Cursor(0), 0, NOON - 7 * DAY, NOON)}


async def test_what_failed_comes_back_with_the_story(store: Store, telling: Telling) -> None:
    await settle(store, await send_out(store, 3), "failed", error="too large")
    (held,) = (await telling.story("ana", paper(3).id, MORNING)).held
    assert [one.paper for one in held.returned] == [paper(3)]
    (passage,) = held.passages
    assert (passage.state, passage.live, passage.error) == ("failed", False, "too large")
    assert (await telling.story("ana", paper(4).id, MORNING)).held[0].returned == ()


async def test_no_reader_of_the_same_paper_is_looked_at_but_the_one(tmp_path: Path) -> None:
    async with SqliteStore.open(tmp_path / "daily-papers.db") as store:
        due = await set_out(store, 3)
        await give(store, due, 3)
        asked = "\n".join(await plans(store, store.story("ana", paper(3).id, MORNING)))
    assert "papers_given (subscription=? AND paper=?)" in asked
    assert "papers_returned (subscription=? AND paper=?)" in asked
    assert "announcements_of_paper (paper=?)" in asked
    for table in ("papers", "announcements", "seen", "delivery_papers", "deliveries", "gaps"):
        assert f"SCAN {table}\n" not in f"{asked}\n"
