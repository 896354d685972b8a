"""What becomes of where authors work, which only the API tells, and often after the others."""

import pytest

from bot.compose import compose
from bot.core.model import Announcement, Detail, Paper
from bot.core.polling import Batch, Recorded
from bot.interfaces import Store
from tests.builders import NOON, paper, subscription, topic
from tests.store.scenario import DAY, HOUR, MORNING, arrive, begin, claim, news, numbers_of
from tests.store.test_completions import from_feed
from tests.store.test_report_numbers import NUMBER, NUMBERED, harvest, read_by, told_later

OF_A_LABORATORY = topic("Laboratory", "cat:cs.CL AND LMM")
PLACES = ("LMM", "UTPA")
HARVESTED = paper(5, detail=Detail.HARVEST)
TOLD = paper(5, affiliations=PLACES)


async def asked(store: Store, *papers: Paper) -> Recorded:
    return await store.record("api", Batch(papers), NOON + DAY)


async def test_affiliations_are_kept_whoever_tells_of_the_paper_afterwards(store: Store) -> None:
    await begin(store)
    await arrive(store, TOLD, paper(6))
    await harvest(store, HARVESTED, paper(5, version=2, detail=Detail.HARVEST))
    first, second, *_ = (row.paper for row in await news(store))
    assert (first.version, first.affiliations, second.affiliations) == (2, PLACES, ())


@pytest.mark.parametrize("announced", [HARVESTED, from_feed()], ids=["by OAI-PMH", "by a feed"])
async def test_a_paper_reaches_a_query_for_a_laboratory_once_the_api_tells_of_it(
    store: Store, announced: Paper
) -> None:
    reader = await read_by(store, OF_A_LABORATORY, announced=announced)
    assert await claim(store) == []
    assert await asked(store, TOLD) == Recorded(known=1)
    assert await told_later(store) == [("affiliations",)]
    assert await compose(store, [reader], now=MORNING + DAY) == 1
    (delivery,) = await claim(store, MORNING + DAY)
    assert (numbers_of(delivery), delivery.entries[0].paper.affiliations) == ([5], PLACES)
    await asked(store, TOLD, paper(5, affiliations=("IBISC",)))
    assert len(await told_later(store)) == 1
    assert await compose(store, [reader], now=MORNING + 2 * DAY) == 0


async def test_what_matched_without_affiliations_is_not_given_again(store: Store) -> None:
    study = topic("Study", "study")
    reader = await read_by(store, study, announced=HARVESTED)
    (delivery,) = await claim(store)
    assert numbers_of(delivery) == [5]
    await asked(store, TOLD)
    assert await told_later(store) == [("affiliations",)]
    assert await compose(store, [reader], now=MORNING + DAY) == 0
    newcomer = subscription("ben", topics=(study,))
    await store.sync([reader, newcomer], MORNING + DAY + HOUR)
    assert await compose(store, [newcomer], now=MORNING + 2 * DAY) == 0


async def test_all_that_comes_late_is_told_in_one_row(store: Store) -> None:
    reader = await read_by(store, NUMBERED, OF_A_LABORATORY, announced=from_feed())
    whole = paper(5, comment="9 pages", affiliations=PLACES, report_no=NUMBER)
    await asked(store, whole)
    assert await told_later(store) == [
        ("comment", "journal_ref", "doi", "report_no", "affiliations")
    ]
    assert await compose(store, [reader], now=MORNING + DAY) == 1
    (delivery,) = await claim(store, MORNING + DAY)
    assert [entry.topics for entry in delivery.entries] == [("Numbered", "Laboratory")]
    assert (await store.status(MORNING)).announced == 1


def test_before_them_a_paper_had_none() -> None:
    late = Announcement(2, TOLD, NOON, completed=("report_no", "affiliations"))
    assert late.before == paper(5)


@pytest.mark.parametrize("query", ["cat:cs.CL AND ti:study", "co:x OR rn:LMM", "kw:LMM", "au:LMM"])
async def test_where_no_query_reads_affiliations_the_log_does_not_grow(
    store: Store, query: str
) -> None:
    await read_by(store, topic(query=query), announced=HARVESTED)
    await asked(store, TOLD)
    assert await told_later(store) == []


@pytest.mark.parametrize("query", ["LMM", "NOT LMM", "ti:x OR (abs:y AND all:zoo*)", "all:a-b"])
async def test_whatever_looks_into_affiliations_reads_them(store: Store, query: str) -> None:
    await read_by(store, topic(query=query), announced=HARVESTED)
    await asked(store, TOLD)
    assert await told_later(store) == [("affiliations",)]


async def test_a_refused_topic_may_read_affiliations(store: Store) -> None:
    await read_by(store, topic("Language"), announced=HARVESTED)
    await store.sync([subscription(refused=("Broken",))], NOON)
    await asked(store, TOLD)
    assert await told_later(store) == [("affiliations",)]


async def test_what_nobody_has_read_yet_is_not_told_again(store: Store) -> None:
    await begin(store)
    await store.sync([subscription(topics=(OF_A_LABORATORY,))], NOON)
    await arrive(store, HARVESTED)
    await asked(store, TOLD)
    assert await told_later(store) == []


async def test_one_that_cannot_be_written_is_quarantined(store: Store) -> None:
    await begin(store)
    await arrive(store, paper(5, affiliations=("half \ud800",)), paper(6))
    assert [row.paper.id for row in await news(store)] == [paper(6).id]
