from datetime import datetime
from typing import Any

import pytest

from bot.core.model import Paper
from bot.core.polling import Batch, PollResult, Quarantined
from bot.core.standing import Finds
from bot.interfaces import Store
from tests.builders import NOON, paper
from tests.store.scenario import DAY, HOUR, arrive, begin, news


async def bring(store: Store, source: str, *papers: Paper, now: datetime = NOON) -> None:
    await store.record(source, Batch(papers), now)


async def test_an_announcement_names_all_sources_that_brought_the_paper(store: Store) -> None:
    await begin(store)
    await bring(store, "api", paper(1))
    await bring(store, "feeds", paper(1), paper(2))
    await bring(store, "api", paper(1))
    assert [row.sources for row in await news(store)] == [{"api", "feeds"}, {"feeds"}]


async def test_a_paper_of_the_baseline_names_the_source_that_it_came_from(store: Store) -> None:
    await begin(store, paper(1))
    await bring(store, "feeds", paper(1))
    (row,) = await news(store, since=NOON - 9 * DAY)
    assert row.sources == {"arxiv"}


async def test_who_brings_a_paper_a_month_after_its_announcement_is_not_noted(
    store: Store,
) -> None:
    await begin(store)
    await bring(store, "api", paper(1))
    await bring(store, "harvest", paper(1), now=NOON + 30 * DAY)
    await bring(store, "feeds", paper(1), now=NOON + 31 * DAY)
    assert [row.sources for row in await news(store)] == [{"api", "harvest"}]


async def test_who_brought_a_paper_is_forgotten_after_two_months(store: Store) -> None:
    await begin(store)
    await bring(store, "api", paper(1))
    await bring(store, "feeds", paper(1), now=NOON + DAY)
    await store.polled(PollResult("api", "ok", NOON + 60 * DAY))
    assert [row.sources for row in await news(store)] == [{"api", "feeds"}]
    await store.polled(PollResult("api", "ok", NOON + 62 * DAY))
    assert [row.sources for row in await news(store)] == [{"api"}]


async def test_status_tells_what_each_source_found_first_found_and_missed(store: Store) -> None:
    await begin(store)
    await bring(store, "feeds", paper(1), paper(2))
    await bring(store, "api", paper(2), paper(3), paper(4), now=NOON + HOUR)
    await bring(store, "arxiv_ids", paper(1), now=NOON + HOUR)
    assert (await store.status(NOON + 2 * DAY + HOUR)).finds == (
        Finds("api", first=2, found=3, missing=0),
        Finds("feeds", first=2, found=2, missing=2, missed=("2601.00004", "2601.00003")),
    )


async def test_a_source_has_two_days_and_is_held_to_nothing_from_before_it_began(
    store: Store,
) -> None:
    await begin(store)
    await bring(store, "api", paper(1))
    await bring(store, "feeds", paper(2), now=NOON + HOUR)
    await bring(store, "api", paper(3), now=NOON + 2 * HOUR)
    _, feeds = (await store.status(NOON + 2 * DAY + HOUR)).finds
    assert (feeds.missing, feeds.missed) == (0, ())
    _, feeds = (await store.status(NOON + 2 * DAY + 2 * HOUR)).finds
    assert (feeds.missing, feeds.missed) == (1, ("2601.00003",))


async def test_finds_count_papers_of_the_last_thirty_days_and_name_twenty(store: Store) -> None:
    await begin(store)
    await bring(store, "feeds", paper(1))
    await bring(store, "api", paper(2))
    await bring(store, "api", *map(paper, range(3, 33)), now=NOON + DAY)
    await bring(store, "api", paper(3, version=2), now=NOON + DAY)
    api, feeds = (await store.status(NOON + 31 * DAY)).finds
    assert (api, feeds.first, feeds.found, feeds.missing) == (Finds("api", 30, 30, 0), 0, 0, 30)
    assert feeds.missed == tuple(paper(number).id for number in range(32, 12, -1))


@pytest.mark.parametrize(
    ("polls", "whole_at", "late"),
    [
        ([], None, False),
        ([("api", "ok", NOON)], NOON, False),
        ([("api", "failed", NOON)], None, True),
        ([("api", "ok", NOON), ("feeds", "partial", NOON)], NOON, False),
        ([("api", "ok", NOON), ("feeds", "partial", NOON + HOUR)], NOON, True),
        ([("api", "ok", NOON), ("arxiv_ids", "failed", NOON + HOUR)], NOON, False),
        ([("api", "failed", NOON), ("arxiv_ids", "ok", NOON)], None, True),
        ([("api", "ok", NOON), ("api", "failed", NOON + HOUR)], NOON, True),
        ([("api", "failed", NOON), ("api", "ok", NOON + HOUR)], NOON + HOUR, False),
        ([("api", "failed", NOON), ("arxiv_oai", "idle", NOON)], None, True),
        ([("arxiv_oai", "ok", NOON), ("arxiv_oai", "idle", NOON + HOUR)], NOON, False),
    ],
)
async def test_the_head_tells_when_arxiv_was_seen_whole_and_whether_no_source_was_in_the_last_poll(
    store: Store, polls: list[Any], whole_at: datetime | None, *, late: bool
) -> None:
    for source, state, at in polls:
        whole = at if state == "ok" else None
        ended: Any = "ok" if state == "idle" else state
        await store.polled(PollResult(source, ended, at, whole_at=whole))
    head = await store.head()
    assert (head.whole_at, head.late) == (whole_at, late)


async def test_a_paper_that_could_not_be_read_is_unread_until_any_source_brings_it(
    store: Store,
) -> None:
    names = (paper(1).id, "2026-01-05", "page 3", f"{paper(2).id} (stray)")
    unread = [Quarantined(name, "no title") for name in names]
    await store.record("api", Batch(quarantined=tuple(unread)), NOON)
    await store.record("feeds", Batch(quarantined=tuple(unread[:1])), NOON)
    head = await store.head()
    assert (head.unread, head.missing) == (1, 0)
    await arrive(store, paper(1))
    assert (await store.head()).unread == 0


async def test_an_unread_paper_that_is_a_gap_too_is_missing_once(store: Store) -> None:
    await store.record("harvest", Batch(census="2601.00001"), NOON)
    unread = (Quarantined("2601.00002", "no title"),)
    await store.record("harvest", Batch(quarantined=unread, census="2601.00002"), NOON)
    head = await store.head()
    assert (head.unread, head.missing) == (0, 1)
