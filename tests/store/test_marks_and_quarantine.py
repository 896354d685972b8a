from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.model import Paper
from bot.core.polling import Batch, Mark, PollResult, Quarantined, Recorded
from bot.interfaces import Store
from tests.builders import NOON, paper
from tests.store.scenario import HOUR, arrive, begin


@pytest.mark.parametrize(
    ("broken", "name"),
    [
        (paper(2, title="half \ud800 character"), "2601.00002"),
        (paper(2, id="Error"), "Error"),
        (paper(2, id="2601.0\ud800"), "2601.0\\ud800"),
    ],
)
async def test_a_paper_that_cannot_be_written_is_quarantined_alone(
    store: Store, broken: Paper, name: str
) -> None:
    await begin(store)
    assert await arrive(store, broken, paper(3)) == Recorded(announced=1)
    (quarantined,) = (await store.status(NOON)).quarantined
    assert (quarantined["id"], quarantined["source"]) == (name, "arxiv")


async def test_what_was_quarantined_is_shown_until_it_can_be_read(store: Store) -> None:
    batch = Batch(quarantined=(Quarantined(paper(1).id, "no title"),))
    await store.record("arxiv", batch, NOON)
    (shown,) = (await store.status(NOON)).quarantined
    assert shown == {
        "id": "2601.00001",
        "error": "no title",
        "source": "arxiv",
        "at": "2026-01-05T12:00:00Z",
    }
    await arrive(store, paper(1))
    assert (await store.status(NOON)).quarantined == ()


async def test_a_quarantined_day_is_shown_until_it_is_read_whole(store: Store) -> None:
    day = Mark("cs.CL", "2026-01-05", "66@a", NOON)
    short = Quarantined(day.key, "arXiv counts 67 papers and gave 66, twice alike")
    other = Quarantined("2026-01-04", short.error)
    await store.record("arxiv", Batch(quarantined=(short, other), marks=(day,)), NOON)
    shown = [row["id"] for row in (await store.status(NOON)).quarantined]
    assert shown == [other.id, short.id]

    await store.record("arxiv", Batch(marks=(replace(day, value="67@a"),)), NOON + HOUR)
    [row] = (await store.status(NOON)).quarantined
    assert row["id"] == other.id


@pytest.mark.parametrize(
    ("name", "days", "shown"),
    [("2026-01-05", 60, 1), ("2026-01-05", 61, 0), (paper(1).id, 400, 1), ("Error", 400, 1)],
)
async def test_a_quarantined_day_is_forgotten_after_sixty_days_and_nothing_else_is(
    store: Store, name: str, days: int, shown: int
) -> None:
    batch = Batch(quarantined=(Quarantined(name, "arXiv counts 11 papers and gave 10"),))
    await store.record("arxiv", batch, NOON)
    await store.record("arxiv", Batch(), NOON + timedelta(days=days))
    assert len((await store.status(NOON)).quarantined) == shown


async def test_a_source_gets_back_its_own_last_marks(store: Store) -> None:
    first = Mark("cs.CL", "2026-01-05", "1482", NOON)
    later = replace(first, value="1490", at=NOON + timedelta(microseconds=1))
    other = Mark("*", "harvest", "", NOON)
    await store.record("arxiv", Batch(marks=(first, other)), NOON)
    await store.record("feeds", Batch(marks=(first,)), NOON)
    await store.record("arxiv", Batch(marks=(later,)), NOON)
    assert (await store.memory("arxiv", NOON)).marks == (other, later)
    assert (await store.memory("feeds", NOON)).marks == (first,)
    assert (await store.memory("nobody", NOON)).marks == ()


async def test_the_last_poll_of_each_source_is_kept(store: Store) -> None:
    failed = PollResult("arxiv", "failed", NOON, error="503")
    well = PollResult("arxiv", "ok", NOON + HOUR, received=9, announced=2)
    feeds = PollResult("feeds", "partial", NOON, received=1)
    for result in (failed, feeds, well):
        await store.polled(result)
    assert (await store.status(NOON)).polls == (replace(well, whole_at=well.at), feeds)
