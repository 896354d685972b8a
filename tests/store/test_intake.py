from typing import Any

from bot.core.baseline import WATCH
from bot.core.model import Former
from bot.core.polling import Recorded
from bot.interfaces import Store
from tests.builders import NOON, paper
from tests.store.scenario import DAY, HOUR, arrive, begin, news


async def test_a_first_run_records_everything_silently(store: Store) -> None:
    assert await begin(store, paper(1), paper(2)) == Recorded(silent=2)
    assert await news(store) == []


async def test_a_paper_above_the_horizon_is_announced_once_whatever_repeats(store: Store) -> None:
    await begin(store, paper(1))
    assert await arrive(store, paper(1), paper(2)) == Recorded(announced=1, known=1)
    assert await arrive(store, paper(2)) == Recorded(known=1)
    (row,) = await news(store)
    assert (row.paper, row.date, row.late, row.silent) == (paper(2), NOON + HOUR, (), False)


async def test_row_v1_to_v2_a_later_version_updates_the_paper_and_announces_no_paper(
    store: Store,
) -> None:
    await begin(store)
    await arrive(store, paper(1))
    revised = paper(1, version=2, title="A Better Title", comment="12 pages")
    assert await arrive(store, revised) == Recorded(revised=1)
    (row, revision) = await news(store)
    assert row.paper == revision.paper == revised
    assert (row.former, revision.former) == (None, Former(1, paper(1).title))
    assert (await store.status(NOON)).announced == 1


async def test_an_older_version_changes_nothing(store: Store) -> None:
    await begin(store)
    newest = paper(1, version=3, title="Third")
    await arrive(store, newest)
    older = paper(1, version=2, title="Second", categories=("cs.CL", "cs.LG"))
    assert await arrive(store, older) == Recorded(known=1)
    (row,) = await news(store)
    assert row.paper == newest


async def test_changed_metadata_of_the_same_version_is_taken_over(store: Store) -> None:
    await begin(store)
    await arrive(store, paper(1))
    await arrive(store, paper(1, doi="10.1000/1", journal_ref="J. 1", authors=("A", "B", "C")))
    (row,) = await news(store)
    assert (row.paper.doi, row.paper.authors) == ("10.1000/1", ("A", "B", "C"))


async def test_one_batch_with_repeats_and_versions_announces_once_with_the_highest(
    store: Store,
) -> None:
    await begin(store)
    copies = (paper(1), paper(1, version=2, title="Second"), paper(1), paper(2))
    assert await arrive(store, *copies) == Recorded(announced=2)
    first, second = await news(store)
    assert (first.paper.title, second.paper) == ("Second", paper(2))


async def test_announcements_are_numbered_in_the_order_of_ids(store: Store) -> None:
    await begin(store)
    await arrive(store, paper(9), paper(3), paper(10, id="2512.00001"), paper(5))
    assert [row.paper.id for row in await news(store)] == [
        "2512.00001",
        "2601.00003",
        "2601.00005",
        "2601.00009",
    ]


async def test_copies_that_differ_in_categories_give_one_paper_in_all_of_them(
    store: Store,
) -> None:
    await begin(store)
    await arrive(store, paper(1), paper(1, categories=("cs.CL", "cs.LG")))
    (row,) = await news(store)
    assert row.paper.categories == ("cs.CL", "cs.LG")


async def test_row_category_added_later_is_announced_once_for_that_category(store: Store) -> None:
    await begin(store, scopes=["*"])
    await arrive(store, paper(1))
    crossed = paper(1, categories=("cs.CL", "cs.LG"))
    assert await arrive(store, crossed, now=NOON + DAY) == Recorded(late=1)
    assert await arrive(store, crossed) == Recorded(known=1)
    _, late = await news(store)
    assert (late.late, late.date, late.paper) == (("cs.LG",), NOON + DAY, crossed)


async def test_a_late_row_tells_what_came_after_it_too_as_its_paper_shows_that(
    store: Store,
) -> None:
    await begin(store, scopes=["*"])
    for categories in (("cs.CL",), ("cs.CL", "cs.LG"), ("cs.CL", "cs.LG", "cs.AI")):
        await arrive(store, paper(1, categories=categories))
    first, second, third = await news(store)
    assert (first.late, {*second.late}, third.late) == ((), {"cs.LG", "cs.AI"}, ("cs.AI",))


async def test_a_category_that_comes_goes_and_comes_again_is_announced_once(store: Store) -> None:
    await begin(store, scopes=["*"])
    crossed = paper(1, categories=("cs.CL", "cs.LG"))
    results = [await arrive(store, one) for one in (paper(1), crossed, paper(1), crossed)]
    assert results == [
        Recorded(announced=1),
        Recorded(late=1),
        Recorded(known=1),
        Recorded(known=1),
    ]


async def test_a_later_cross_list_of_a_silently_known_paper_is_announced(store: Store) -> None:
    await begin(store, paper(1), scopes=["cs.CL", "cs.LG"])
    crossed = paper(1, version=2, categories=("cs.CL", "cs.LG"))
    assert await arrive(store, crossed) == Recorded(late=1, revised=1)
    (row, revision) = await news(store)
    assert (row.paper, row.late, row.former) == (crossed, ("cs.LG",), None)
    assert (revision.late, revision.former) == ((), Former(1, crossed.title))


async def test_a_category_that_only_an_older_version_told_of_is_announced_when_it_is_added(
    store: Store,
) -> None:
    await begin(store, scopes=["*"])
    older, newer = paper(1, categories=("cs.AI",)), paper(1, version=2)
    crossed = paper(1, version=2, categories=("cs.CL", "cs.AI"))
    results = [await arrive(store, one) for one in (newer, older, crossed)]
    assert results == [Recorded(announced=1), Recorded(known=1), Recorded(late=1)]


async def test_a_category_of_which_nobody_has_a_baseline_is_added_silently(store: Store) -> None:
    await begin(store, paper(1), scopes=["cs.CL"])
    crossed = paper(1, categories=("cs.CL", "math.CO"))
    assert await arrive(store, crossed) == Recorded(known=1)
    await begin(store, scopes=["math.CO"])
    assert await arrive(store, crossed) == Recorded(known=1)


async def test_papers_of_the_batch_that_completes_a_scope_belong_to_its_baseline(
    store: Store,
) -> None:
    await begin(store, paper(1), scopes=["cs.CL"])
    vision = paper(2, categories=("cs.CV",), primary_category="cs.CV")
    assert await begin(store, vision, paper(3), scopes=["cs.CV"]) == Recorded(announced=1, silent=1)


async def test_a_baseline_is_set_once_and_never_moves(store: Store) -> None:
    await begin(store, paper(1), paper(2))
    await arrive(store, paper(3))
    await begin(store, paper(4))
    (baseline,) = (await store.status(NOON)).baselines
    assert (baseline.scope, baseline.horizon, baseline.at, baseline.known) == (
        "cs.CL",
        "2601.00002",
        NOON,
        2,
    )
    assert (await store.head()).baselined == {"cs.CL"}


async def test_an_old_paper_that_a_revision_brings_up_is_recorded_silently(store: Store) -> None:
    await begin(store, paper(5))
    old = paper(1, id="2305.00001", version=4, published=NOON - 970 * DAY)
    assert await arrive(store, old) == Recorded(silent=1)
    (row,) = [row for row in await news(store, since=NOON - 1000 * DAY) if row.paper == old]
    assert (row.silent, row.date) == (True, old.published)


async def test_row_hold_of_2_to_30_days_a_paper_submitted_24_days_ago_above_the_horizon_is_news(
    store: Store,
) -> None:
    await begin(store, paper(5))
    assert await arrive(store, paper(6, published=NOON - 24 * DAY)) == Recorded(announced=1)


async def test_an_id_missing_when_the_baseline_was_taken_is_news_while_it_is_watched(
    store: Store,
) -> None:
    await begin(store, paper(1), paper(9))
    assert await arrive(store, paper(4)) == Recorded(announced=1)
    assert await arrive(store, paper(5), now=NOON + WATCH) == Recorded(silent=1)


async def test_a_scope_completed_without_papers_takes_the_horizon_of_the_whole_ledger(
    store: Store,
) -> None:
    await begin(store, paper(5), scopes=["cs.CL"])
    await begin(store, scopes=["math.CO"])
    maths: dict[str, Any] = {"categories": ("math.CO",), "primary_category": "math.CO"}
    arrived = await arrive(store, paper(4, **maths), paper(6, **maths))
    assert arrived == Recorded(announced=1, silent=1)


async def test_a_batch_larger_than_any_page_is_one_transaction(store: Store) -> None:
    await begin(store)
    assert await arrive(store, *map(paper, range(1, 3001))) == Recorded(announced=3000)
    assert (await store.head()).seq == 3000


async def test_text_of_every_script_comes_back_as_it_was(store: Store) -> None:
    await begin(store)
    odd = paper(1, title="Ωμέγα 𝔸 ' \" ; DROP TABLE papers; --", comment="", authors=())
    await arrive(store, odd)
    (row,) = await news(store)
    assert row.paper == odd
