"""What is announced, whatever comes in whatever order, against plain sets."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.merge import one_of_each
from bot.core.model import Detail, Paper
from bot.core.polling import Batch
from tests.builders import NOON, paper
from tests.store.scenario import HOUR, arrive, begin, news
from tests.store.stores import Opener

copies = st.builds(
    lambda number, version, categories, title: paper(
        number,
        version=version,
        categories=(*categories, "math.CO"),
        primary_category="math.CO",
        title=title,
    ),
    st.integers(1, 4),
    st.integers(1, 3),
    st.lists(st.sampled_from(["cs.CL", "cs.LG", "cs.AI"]), unique=True),
    st.sampled_from(["One", "Two"]),
)


def expected_news(batches: list[list[Paper]]) -> list[tuple[str, set[str], int | None]]:
    """Tell by plain sets what is announced: each id, categories added, and version replaced."""
    ever: dict[str, set[str]] = {}
    version: dict[str, int] = {}
    rows: list[tuple[str, set[str], int | None]] = []
    for batch in batches:
        papers = one_of_each(batch)
        rows += [(one.id, set(), None) for one in papers if one.id not in ever]
        newest = [one for one in papers if one.version >= version.get(one.id, 0)]
        added = [
            (one.id, {*one.categories} - ever.get(one.id, {*one.categories})) for one in newest
        ]
        rows += [(paper_id, more, None) for paper_id, more in added if more]
        before = [(one, version.get(one.id, one.version)) for one in newest]
        rows += [(one.id, set(), former) for one, former in before if former < one.version]
        for one in newest:
            version[one.id] = one.version
            ever[one.id] = ever.get(one.id, set()) | {*one.categories}
    return rows


@pytest.mark.slow
@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.lists(copies, max_size=5), max_size=4))
async def test_every_paper_added_category_and_revision_is_announced_exactly_once(
    opener: Opener, tmp_path_factory: pytest.TempPathFactory, batches: list[list[Paper]]
) -> None:
    async with opener(tmp_path_factory.mktemp("ledger")) as store:
        await begin(store, scopes=["*"])
        for batch in batches:
            await arrive(store, *batch)
        rows = await news(store)
    expected = expected_news(batches)
    assert [row.seq for row in rows] == list(range(1, len(expected) + 1))
    for place, (row, (paper_id, added, version)) in enumerate(zip(rows, expected, strict=True)):
        later = {one for other, more, _ in expected[place:] if other == paper_id for one in more}
        assert (row.paper.id, set(row.late)) == (paper_id, later if added else set())
        assert (row.former.version if row.former else None) == version


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["api", "feeds", "harvest"]),
            st.lists(st.integers(1, 9), min_size=1, max_size=4),
            st.lists(st.integers(1, 9), max_size=3),
        ),
        max_size=5,
    ).flatmap(lambda batches: st.tuples(st.just(batches), st.permutations(batches)))
)
async def test_batches_of_all_sources_announce_the_same_papers_in_whatever_order(
    opener: Opener, tmp_path_factory: pytest.TempPathFactory, orders: Any
) -> None:
    found = []
    for batches in orders:
        async with opener(tmp_path_factory.mktemp("ledger")) as store:
            await begin(store, paper(2), paper(4), scopes=["cs.CL"])
            for source, ids, elsewhere in batches:
                papers = tuple(told_by(source, number) for number in ids)
                ids_elsewhere = tuple(paper(number + 20).id for number in elsewhere)
                await store.record(source, Batch(papers, elsewhere=ids_elsewhere), NOON + HOUR)
            rows = await news(store)
            memory = await store.memory("api", NOON)
            found.append(
                (
                    {(row.paper.id, row.paper.title, row.sources) for row in rows},
                    (memory.partial, (await store.status(NOON)).highest),
                )
            )
    assert found[0] == found[1]


def told_by(source: str, number: int) -> Paper:
    """Build paper `number` as that source tells of it."""
    detail = {"api": Detail.API, "feeds": Detail.FEED, "harvest": Detail.HARVEST}[source]
    dated = {"published": NOON, "updated": NOON} if source == "feeds" else {}
    return paper(number, title=f"Subject {number} by {source}", detail=detail, **dated)
