"""What becomes of a paper of which only a feed has told when its digest was written."""

from typing import Any

import pytest

from bot.core.model import CursorKey, Detail, Due, Paper
from bot.core.polling import Batch, Recorded
from bot.interfaces import Store
from tests.builders import NOON, paper, topic
from tests.store.scenario import (
    DAY,
    HOUR,
    MORNING,
    arrive,
    begin,
    cursor_at,
    give,
    news,
    set_out,
    settle,
    the_one_due,
)
from tests.store.scenario import claim as claim_all

TOLD_LATER: dict[str, Any] = {"comment": "Accepted at CVPR 2026"}


def from_feed(number: int = 5, **changes: Any) -> Paper:
    values = {"published": NOON, "updated": NOON, "detail": Detail.FEED}
    return paper(number, **(values | changes))


async def announced_by_a_feed(store: Store, *, read: bool = True, **changes: Any) -> Due:
    """Let a feed announce paper 5, and one subscriber read on past it."""
    due = await set_out(store)
    await store.record("feeds", Batch((from_feed(**changes),)), NOON + HOUR)
    if read:
        await give(store, due, cursors=cursor_at((await store.head()).seq))
    return due


async def completions(store: Store) -> list[str]:
    return [row.paper.id for row in await news(store) if row.completed]


@pytest.mark.parametrize("field", ["comment", "journal_ref", "doi"])
async def test_what_was_read_without_its_comment_is_told_again_once_that_comes(
    store: Store, field: str
) -> None:
    await announced_by_a_feed(store)
    whole = paper(5, **{field: "10.1/CVPR"})
    assert await arrive(store, whole, now=NOON + DAY) == Recorded(known=1)
    first, again = await news(store)
    assert (first.completed, again.silent) == ((), False)
    assert again.completed == ("comment", "journal_ref", "doi")
    assert (again.paper, again.date, again.former) == (whole, NOON + DAY, None)
    await arrive(store, paper(5, comment="Another"), now=NOON + 2 * DAY)
    assert await completions(store) == [whole.id]


async def test_what_nobody_has_read_yet_is_not_told_again(store: Store) -> None:
    await announced_by_a_feed(store, read=False)
    await arrive(store, paper(5, **TOLD_LATER))
    await give(store, await the_one_due(store), cursors=cursor_at(99))
    await arrive(store, paper(5, comment="Another"))
    assert await completions(store) == []


async def test_what_comes_without_comment_is_not_told_again(store: Store) -> None:
    await announced_by_a_feed(store)
    await arrive(store, paper(5))
    assert await completions(store) == []


async def test_a_baseline_paper_is_not_told_again(store: Store) -> None:
    await begin(store, from_feed())
    due = await set_out(store, 9)
    await give(store, due, cursors=cursor_at(99))
    await arrive(store, paper(5, **TOLD_LATER))
    assert await completions(store) == []


async def test_what_was_announced_whole_is_not_told_again_with_a_later_version(
    store: Store,
) -> None:
    due = await set_out(store, 5)
    await store.record("feeds", Batch((from_feed(version=2),)), NOON + HOUR)
    await give(store, due, cursors=cursor_at(99))
    await arrive(store, paper(5, version=2, **TOLD_LATER))
    assert await completions(store) == []


async def test_what_was_revised_meanwhile_is_told_again_as_it_is_then(store: Store) -> None:
    await announced_by_a_feed(store)
    await store.record("feeds", Batch((from_feed(version=2),)), NOON + DAY)
    await arrive(store, paper(5, version=2, **TOLD_LATER))
    assert await completions(store) == [paper(5).id]


async def test_a_late_cross_list_that_a_feed_told_is_told_again_once_its_comment_comes(
    store: Store,
) -> None:
    both = ("cs.CL", "cs.CV")
    await begin(store, paper(5))
    due = await set_out(store)
    await begin(store, scopes=["cs.CV"])
    await store.record("feeds", Batch((from_feed(version=2, categories=both),)), NOON + HOUR)
    await give(store, due, cursors=cursor_at(99))
    await arrive(store, paper(5, version=2, categories=both, **TOLD_LATER))
    assert await completions(store) == [paper(5).id]


async def test_what_is_told_again_is_no_announcement_of_its_own(store: Store) -> None:
    await announced_by_a_feed(store)
    await arrive(store, paper(5, **TOLD_LATER), now=NOON + DAY)
    status = await store.status(NOON + 4 * DAY)
    assert status.announced == 1
    assert [(one.source, one.found, one.missing) for one in status.finds] == [
        ("arxiv", 1, 0),
        ("feeds", 1, 0),
    ]


async def given_five(store: Store) -> CursorKey:
    due = await announced_by_a_feed(store)
    await give(store, due, 5, slot=MORNING + HOUR)
    (delivery,) = await claim_all(store)
    await settle(store, delivery, "sent")
    assert (await the_one_due(store)).given == frozenset()
    return topic().key


async def test_a_reader_who_has_the_paper_is_known_when_it_is_told_again(store: Store) -> None:
    key = await given_five(store)
    await arrive(store, paper(5, **TOLD_LATER))
    due = await the_one_due(store)
    assert due.given == {paper(5).id}
    await give(store, due, slot=MORNING + 2 * HOUR, cursors={key: cursor_at(99)[key]})
    assert (await the_one_due(store)).given == frozenset()


async def test_a_reader_who_has_the_paper_is_known_when_it_is_cross_listed_late(
    store: Store,
) -> None:
    await given_five(store)
    await begin(store, scopes=["cs.CV"])
    await arrive(store, paper(5, categories=("cs.CL", "cs.CV")), paper(6))
    assert (await the_one_due(store)).given == {paper(5).id}


async def test_a_reader_whose_delivery_of_the_paper_failed_does_not_have_it(store: Store) -> None:
    due = await announced_by_a_feed(store)
    await give(store, due, 5, slot=MORNING + HOUR)
    (delivery,) = await claim_all(store)
    await settle(store, delivery, "failed")
    await arrive(store, paper(5, **TOLD_LATER))
    assert (await the_one_due(store)).given == frozenset()
