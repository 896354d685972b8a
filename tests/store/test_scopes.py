from datetime import timedelta

import pytest

from bot.core.model import Detail, Paper
from bot.core.polling import Batch, Mark, Recorded
from bot.core.standing import Baseline
from bot.core.subscription import Subscription
from bot.interfaces import Store
from tests.builders import NOON, paper, subscription, topic
from tests.store.scenario import DAY, HOUR, arrive, begin, news

LANGUAGE, ALL_OF_CS, EVERYTHING = "cat:cs.CL", "cat:cs.*", "abs:subject"


def reader(*queries: str) -> Subscription:
    topics = tuple(topic(f"Topic {place}", query) for place, query in enumerate(queries))
    return subscription(topics=topics)


async def baselines(store: Store) -> list[str]:
    return [one.scope for one in (await store.status(NOON)).baselines]


async def test_a_scope_that_is_no_longer_polled_begins_anew(store: Store) -> None:
    await store.sync([reader(LANGUAGE)], NOON)
    await begin(store, paper(1))
    await store.sync([reader("cat:cs.CV")], NOON + 5 * DAY)
    assert await baselines(store) == []
    later = NOON + 40 * DAY
    await store.sync([reader(LANGUAGE)], later)
    missed = [paper(number, published=later - DAY) for number in range(100, 400)]
    assert (await arrive(store, *missed, now=later)).announced == 0
    await store.record("arxiv", Batch(complete=frozenset({"cs.CL"})), later)
    assert await arrive(store, paper(500), now=later) == Recorded(announced=1)


async def test_without_subscriptions_no_scope_is_polled(store: Store) -> None:
    await begin(store, scopes=["*", "cs.CL"])
    await store.sync([], NOON)
    assert await baselines(store) == []


async def test_a_scope_of_the_pages_is_polled_on_though_nobody_subscribes(store: Store) -> None:
    await begin(store, scopes=["cs.CL", "cs.CV"])
    for _ in range(2):
        await store.sync([], NOON, shown=[topic("Vision", "cat:cs.CV")])
        assert await baselines(store) == ["cs.CV"]
    await store.sync([], NOON)
    assert await baselines(store) == []


async def test_a_topic_that_is_read_and_then_only_shown_goes_on_where_it_was(store: Store) -> None:
    await store.sync([reader(ALL_OF_CS)], NOON)
    await begin(store, paper(7), scopes=["cs.*"])
    await store.sync([], NOON + DAY, shown=[topic("Language", LANGUAGE)])
    assert (await store.status(NOON)).baselines == (Baseline("cs.CL", "2601.00007", NOON, 1),)
    assert (await arrive(store, paper(8), now=NOON + DAY)).announced == 1


@pytest.mark.parametrize(("query", "wide"), [(EVERYTHING, "*"), (ALL_OF_CS, "cs.*")])
async def test_a_narrower_scope_goes_on_with_the_baseline_of_the_wider(
    store: Store, query: str, wide: str
) -> None:
    await store.sync([reader(query)], NOON)
    await begin(store, paper(7), scopes=[wide])
    await store.sync([reader(LANGUAGE)], NOON + DAY)
    assert (await store.status(NOON)).baselines == (Baseline("cs.CL", "2601.00007", NOON, 1),)
    assert (await arrive(store, paper(8), now=NOON + DAY)).announced == 1


async def test_a_wider_scope_keeps_what_it_covers_until_it_has_its_own_baseline(
    store: Store,
) -> None:
    await store.sync([reader(LANGUAGE)], NOON)
    await begin(store, paper(1))
    await store.sync([reader(LANGUAGE, EVERYTHING)], NOON + DAY)
    assert await baselines(store) == ["cs.CL"]
    assert (await arrive(store, paper(2), now=NOON + DAY)).announced == 1
    await store.record("arxiv", Batch(complete=frozenset({"*"})), NOON + DAY)
    assert await baselines(store) == ["*", "cs.CL"]
    await store.sync([reader(LANGUAGE)], NOON + 2 * DAY)
    assert await baselines(store) == ["cs.CL"]


async def test_a_topic_that_joins_a_wider_one_begins_with_it(store: Store) -> None:
    await store.sync([reader(ALL_OF_CS)], NOON)
    await begin(store, paper(1), scopes=["cs.*"])
    await store.sync([reader(ALL_OF_CS, LANGUAGE)], NOON + HOUR)
    assert await baselines(store) == ["cs.*", "cs.CL"]


async def test_subscriptions_of_any_origin_keep_their_scopes(store: Store) -> None:
    await begin(store)
    await store.sync([subscription(origin="web")], NOON)
    assert await baselines(store) == ["cs.CL"]


async def test_the_marks_of_a_scope_go_with_its_baseline(store: Store) -> None:
    read = [Mark(scope, "2026-01-05", "9", NOON) for scope in ("*", "cs.CL")]
    await store.sync([reader(EVERYTHING)], NOON)
    await begin(store, paper(1), scopes=["*"])
    await store.record("arxiv", Batch(marks=tuple(read)), NOON)
    await store.record("feeds", Batch(marks=tuple(read)), NOON)
    await store.sync([reader(LANGUAGE)], NOON)
    assert (await store.memory("arxiv", NOON)).marks == (read[1],)
    assert (await store.memory("feeds", NOON)).marks == (read[1],)


async def test_marks_are_kept_for_four_hundred_days(store: Store) -> None:
    kept = Mark("cs.CL", "2026-01-05", "9", NOON)
    old = Mark("cs.CL", "2026-01-04", "9", NOON - timedelta(microseconds=1))
    await store.record("arxiv", Batch(marks=(kept, old)), NOON)
    await store.sync([reader(LANGUAGE)], NOON + 400 * DAY)
    assert (await store.memory("arxiv", NOON)).marks == (kept,)


@pytest.mark.parametrize("old", [(), (paper(7, id="2501.00007", version=3, detail=Detail.FEED),)])
async def test_a_feed_without_any_new_paper_begins_no_scope(
    store: Store, old: tuple[Paper, ...]
) -> None:
    await store.record("feeds", Batch(old), NOON)
    await store.record("feeds", Batch(current=frozenset({"cs.CL"})), NOON)
    assert await baselines(store) == []
    past = [paper(number, published=NOON - 20 * DAY) for number in range(1, 61)]
    whole = Batch(tuple(past), complete=frozenset({"cs.CL"}))
    assert await store.record("arxiv", whole, NOON + HOUR) == Recorded(silent=60)


async def test_what_is_known_of_all_of_arxiv_begins_a_scope_that_a_feed_brings_nothing_in(
    store: Store,
) -> None:
    await store.record("harvest", Batch(elsewhere=("2601.00040",)), NOON)
    await store.record("feeds", Batch(current=frozenset({"cs.CL"})), NOON)
    assert (await store.status(NOON)).baselines == (Baseline("cs.CL", "2601.00040", NOON, 0),)


async def begin_vision_in_june(store: Store) -> None:
    """Begin cs.CL at NOON, and cs.CV in June with a paper of May."""
    june = NOON + 150 * DAY
    may = paper(7, id="2605.00007", categories=("cs.CV",), published=june - DAY)
    await begin(store, paper(1))
    await store.record("arxiv", Batch((may,), complete=frozenset({"cs.CV"})), june)


async def test_a_paper_that_is_news_to_one_scope_alone_is_announced_in_its_categories(
    store: Store,
) -> None:
    await begin_vision_in_june(store)
    july = NOON + 180 * DAY
    march = paper(9, id="2603.00009", categories=("cs.CV", "cs.CL"), published=NOON + 60 * DAY)
    assert await arrive(store, march, now=july) == Recorded(late=1, silent=1)
    assert [(row.late, row.date) for row in await news(store)] == [(("cs.CL",), july)]
    assert await arrive(store, march, now=july + DAY) == Recorded(known=1)


async def test_a_paper_that_is_news_to_all_its_scopes_is_announced_as_a_whole(store: Store) -> None:
    await begin_vision_in_june(store)
    both = paper(9, id="2607.00009", categories=("cs.CV", "cs.CL"))
    assert await arrive(store, both, now=NOON + 180 * DAY) == Recorded(announced=1)


async def test_what_a_feed_tells_of_is_announced_in_more_categories_once_its_date_is_known(
    store: Store,
) -> None:
    vision = {"categories": ("cs.CV",)}
    await begin(store, paper(10))
    await begin(store, paper(12, **vision), paper(20, **vision), scopes=["cs.CV"])
    told = paper(
        15,
        categories=("cs.CL", "cs.CV"),
        published=NOON - 60 * DAY,
        updated=NOON + HOUR,
        detail=Detail.FEED,
    )
    assert await arrive(store, told) == Recorded(late=1, silent=1)
    whole = paper(15, categories=("cs.CL", "cs.CV"))
    assert await arrive(store, whole) == Recorded(late=1)
    assert await arrive(store, whole) == Recorded(known=1)
    rows = [row.late for row in await news(store) if row.paper == whole]
    assert rows == [("cs.CL", "cs.CV"), ("cs.CV",)], "a row has what later ones added too"
