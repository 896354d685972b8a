"""What becomes of a report number, which only a harvest tells, and often late."""

import pytest

from bot.compose import compose
from bot.core.model import Cursor, Detail, Paper
from bot.core.polling import Batch, Recorded
from bot.core.subscription import Subscription
from bot.interfaces import Store
from tests.builders import NOON, paper, subscription, topic
from tests.store.scenario import (
    DAY,
    HOUR,
    MORNING,
    arrive,
    begin,
    claim,
    news,
    numbers_of,
    the_one_due,
)

NUMBER = "CERN-TH-2026-001"
NUMBERED = topic("Numbered", 'cat:cs.CL AND rn:"CERN-TH-2026-001"')
ACCEPTED = topic("Accepted", "cat:cs.CL AND co:accepted")


def harvested(number: int = 5, **changes: object) -> Paper:
    return paper(number, **({"report_no": NUMBER, "detail": Detail.HARVEST} | changes))


async def harvest(store: Store, *papers: Paper) -> Recorded:
    return await store.record("harvest", Batch(papers), NOON + DAY)


async def read_by(store: Store, *topics: object, announced: Paper | None = None) -> Subscription:
    """Let paper 5 be announced, and one subscriber to these topics read on past it."""
    await begin(store)
    reader = subscription(topics=topics)
    await store.sync([reader], NOON)
    await arrive(store, announced or paper(5))
    await compose(store, [reader], now=MORNING)
    return reader


async def told_later(store: Store) -> list[tuple[str, ...]]:
    return [row.completed for row in await news(store) if row.completed]


async def test_a_report_number_is_kept_whoever_tells_of_the_paper_afterwards(store: Store) -> None:
    await begin(store)
    await arrive(store, harvested())
    await arrive(store, paper(5, comment="9 pages"), paper(6))
    await arrive(store, paper(5, version=2))
    first, second, _ = (row.paper for row in await news(store))
    assert (first.version, first.report_no, second.report_no) == (2, NUMBER, None)


async def test_a_paper_reaches_a_query_for_its_number_once_that_comes(store: Store) -> None:
    reader = await read_by(store, NUMBERED)
    assert await claim(store) == []
    assert await harvest(store, harvested()) == Recorded(known=1)
    assert await told_later(store) == [("report_no",)]
    assert await compose(store, [reader], now=MORNING + DAY) == 1
    (delivery,) = await claim(store, MORNING + DAY)
    assert numbers_of(delivery) == [5]
    await harvest(store, harvested(), harvested(report_no="LAPTH-2"))
    assert len(await told_later(store)) == 1
    assert await compose(store, [reader], now=MORNING + 2 * DAY) == 0


async def test_one_who_came_after_the_announcement_is_given_what_its_number_alone_decides(
    store: Store,
) -> None:
    await begin(store)
    await arrive(store, paper(5, comment="Accepted at CVPR"))
    reader = subscription(topics=(NUMBERED, ACCEPTED))
    await store.sync([reader], NOON + 2 * HOUR)
    await harvest(store, harvested(comment="Accepted at CVPR"))
    assert await compose(store, [reader], now=MORNING + DAY) == 1
    (delivery,) = await claim(store, MORNING + DAY)
    assert [entry.topics for entry in delivery.entries] == [("Numbered",)]


async def test_comment_and_number_that_come_together_are_told_in_one_row(store: Store) -> None:
    fed = paper(5, detail=Detail.FEED, published=NOON, updated=NOON)
    reader = await read_by(store, NUMBERED, ACCEPTED, announced=fed)
    await harvest(store, harvested(comment="Accepted at CVPR"))
    assert await told_later(store) == [("comment", "journal_ref", "doi", "report_no")]
    assert await compose(store, [reader], now=MORNING + DAY) == 1
    (delivery,) = await claim(store, MORNING + DAY)
    assert [entry.topics for entry in delivery.entries] == [("Numbered", "Accepted")]
    assert (await store.status(MORNING)).announced == 1


@pytest.mark.parametrize("query", ["cat:cs.CL AND ti:study", "co:accepted", "kw:LLM"])
async def test_where_no_query_reads_report_numbers_the_log_does_not_grow(
    store: Store, query: str
) -> None:
    await read_by(store, topic(query=query))
    await harvest(store, harvested())
    assert await told_later(store) == []


@pytest.mark.parametrize("query", ["rn:CERN", "NOT rn:CERN", "ti:x OR (abs:y AND CERN)"])
async def test_whatever_looks_into_report_numbers_reads_them(store: Store, query: str) -> None:
    await read_by(store, topic(query=query))
    await harvest(store, harvested())
    assert await told_later(store) == [("report_no",)]


async def test_a_refused_topic_may_read_report_numbers(store: Store) -> None:
    await read_by(store, topic("Language"))
    await store.sync([subscription(refused=("Broken",))], NOON)
    await harvest(store, harvested())
    assert await told_later(store) == [("report_no",)]


async def test_what_nobody_has_read_yet_is_not_told_again(store: Store) -> None:
    await begin(store)
    await store.sync([subscription(topics=(NUMBERED,))], NOON)
    await arrive(store, paper(5))
    await harvest(store, harvested())
    assert await told_later(store) == []
    due = await the_one_due(store)
    assert due.cursors == {NUMBERED.key: Cursor(0)}


async def test_a_number_of_a_silent_paper_is_no_news(store: Store) -> None:
    await begin(store, paper(5))
    await store.sync([subscription(topics=(NUMBERED,))], NOON)
    await arrive(store, paper(6))
    await compose(store, [subscription(topics=(NUMBERED,))], now=MORNING)
    await harvest(store, harvested())
    assert await told_later(store) == []
