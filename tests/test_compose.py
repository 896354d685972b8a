from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from bot.compose import COMPLETION_WAIT, compose, foresee
from bot.core.model import Coverage, Delivery, Detail, Kind, Outcome, Paper
from bot.core.polling import Batch, PollResult
from bot.core.schedule import Schedule
from bot.core.subscription import Subscription
from bot.store import SqliteStore
from tests.builders import NOON, paper, subscription, topic

DAY = timedelta(days=1)
MORNING = datetime(2026, 1, 6, 8, 30, tzinfo=NOON.tzinfo)
SCOPES = frozenset({"cs.CL", "cs.LG", "cs.CV"})


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """A ledger whose baseline at NOON knows papers 1 and 2."""
    async with SqliteStore.open(tmp_path / "daily-papers.db") as opened:
        known = (paper(1), paper(2, published=NOON - 20 * DAY))
        await opened.record("test", Batch(known, complete=SCOPES), NOON)
        yield opened


async def announce(store: SqliteStore, *papers: Paper, at: datetime = NOON) -> None:
    await store.record("test", Batch(papers), at)


async def claimed(store: SqliteStore, now: datetime, channel: str = "email") -> list[Delivery]:
    return list(await store.claim(channel, now, lease=DAY, limit=1000))


def ids(delivery: Delivery) -> list[str]:
    return [entry.paper.id[5:].lstrip("0") for entry in delivery.entries]


async def test_a_due_subscription_is_given_what_was_announced_and_only_once(
    store: SqliteStore,
) -> None:
    ana = [subscription()]
    await store.sync(ana, NOON)
    await announce(store, paper(3), paper(4))
    assert await compose(store, ana, now=MORNING - timedelta(minutes=1)) == 0
    assert await compose(store, ana, now=MORNING) == 1
    assert await compose(store, ana, now=MORNING) == 0
    (delivery,) = await claimed(store, MORNING)
    assert ids(delivery) == ["4", "3"]
    await announce(store, paper(3, version=2), paper(5))
    assert await compose(store, ana, now=MORNING + DAY) == 1


async def test_a_digest_that_would_be_empty_is_not_written_but_its_slot_is_served(
    store: SqliteStore,
) -> None:
    ana = [subscription()]
    await store.sync(ana, NOON)
    assert await compose(store, ana, now=MORNING) == 0
    assert (await store.status(MORNING)).due == 0


async def test_missed_digests_coalesce_into_one(store: SqliteStore) -> None:
    ana = [subscription()]
    await store.sync(ana, NOON)
    for number in range(3, 7):
        await announce(store, paper(number), at=NOON + number * DAY)
    assert await compose(store, ana, now=MORNING + 9 * DAY) == 1
    (delivery,) = await claimed(store, MORNING + 9 * DAY)
    assert ids(delivery) == ["6", "5", "4", "3"]
    assert delivery.slot == MORNING + 9 * DAY


async def test_a_new_subscription_brings_nothing_from_the_past(store: SqliteStore) -> None:
    await announce(store, paper(3))
    ana = [subscription()]
    await store.sync(ana, NOON)
    assert await compose(store, ana, now=MORNING) == 0


async def test_since_reaches_back_once_into_the_baseline_too(store: SqliteStore) -> None:
    await announce(store, paper(3))
    ana = [subscription(since=7 * DAY)]
    await store.sync(ana, NOON)
    assert await compose(store, ana, now=MORNING) == 1
    (delivery,) = await claimed(store, MORNING)
    assert ids(delivery) == ["3", "1"], "paper 2 was submitted 20 days ago"
    assert await compose(store, ana, now=MORNING + DAY) == 0


async def test_a_changed_query_that_reaches_back_leaves_out_what_was_given_and_fills_its_parts(
    store: SqliteStore,
) -> None:
    await announce(store, *(paper(number) for number in range(100, 220)))
    before = [subscription(topics=(topic("T", "cat:cs.CL AND ti:study"),), since=7 * DAY)]
    await store.sync(before, NOON)
    await compose(store, before, now=MORNING)
    first = await claimed(store, MORNING)
    assert sum(len(one.entries) for one in first) == 121
    await announce(store, *(paper(n, title="Another") for n in range(300, 310)), at=MORNING)
    after = [subscription(topics=(topic("T", "cat:cs.CL"),), since=7 * DAY)]
    await store.sync(after, MORNING)
    await compose(store, after, now=MORNING + DAY)
    second = [one for one in await claimed(store, MORNING + DAY) if one not in first]
    (rest,) = [one for one in second if one.slot == MORNING + DAY]
    assert (len(rest.entries), rest.part, rest.parts) == (10, 1, 1)


async def test_since_waits_for_the_baseline_of_its_topic(store: SqliteStore) -> None:
    ana = [subscription(topics=(topic("Proofs", "cat:math.PR"),), since=7 * DAY)]
    await store.sync(ana, NOON)
    proof = paper(7, categories=("math.PR",), primary_category="math.PR")
    await announce(store, proof)
    assert await compose(store, ana, now=MORNING) == 0
    await store.record("test", Batch(complete=frozenset({"math.PR"})), MORNING)
    assert await compose(store, ana, now=MORNING + DAY) == 1


async def test_a_changed_query_starts_anew_and_the_other_topics_go_on(store: SqliteStore) -> None:
    before = [subscription(topics=(topic("A", "ti:subject"), topic("B", "ti:study")))]
    await store.sync(before, NOON)
    await announce(store, paper(3))
    after = [subscription(topics=(topic("A", "ti:subject AND cat:cs.CL"), topic("B", "ti:study")))]
    await store.sync(after, NOON)
    await announce(store, paper(4))
    await compose(store, after, now=MORNING)
    (delivery,) = await claimed(store, MORNING)
    labels = {entry.paper.id: entry.topics for entry in delivery.entries}
    assert labels == {paper(4).id: ("A", "B"), paper(3).id: ("B",)}


async def test_a_paper_stands_once_under_its_first_topic_with_all_its_labels(
    store: SqliteStore,
) -> None:
    ana = [subscription(topics=(topic("One", "ti:subject"), topic("Two", "abs:found")))]
    await store.sync(ana, NOON)
    await announce(store, paper(3), paper(4, title="Another matter"))
    await compose(store, ana, now=MORNING)
    (delivery,) = await claimed(store, MORNING)
    assert [entry.topics for entry in delivery.entries] == [("One", "Two"), ("Two",)]


@pytest.mark.parametrize(
    ("include", "expected"),
    [({"new", "cross"}, ["5", "4"]), ({"new"}, ["4"]), ({"cross"}, ["5"])],
)
async def test_new_and_cross_depend_on_the_topics_own_categories(
    store: SqliteStore, include: set[str], expected: list[str]
) -> None:
    ana = [subscription(include=frozenset(include))]
    await store.sync(ana, NOON)
    cross = paper(5, categories=("cs.LG", "cs.CL"), primary_category="cs.LG")
    await announce(store, paper(4), cross)
    await compose(store, ana, now=MORNING)
    (delivery,) = await claimed(store, MORNING)
    assert ids(delivery) == expected
    kinds = {entry.paper.id: entry.kind for entry in delivery.entries}
    assert kinds.get(cross.id, "cross") == "cross"


async def test_row_category_added_later_reaches_those_whom_it_newly_matches_and_nobody_twice(
    store: SqliteStore,
) -> None:
    everybody = [
        subscription("had it"),
        subscription("all fields", topics=(topic("T", "ti:subject"),)),
        subscription("vision", topics=(topic("V", "cat:cs.CV"),)),
        subscription("both", topics=(topic("X", "cat:cs.CV OR cat:cs.LG"),)),
    ]
    await store.sync(everybody, NOON)
    await announce(store, paper(3))
    await compose(store, everybody, now=MORNING)
    first = await claimed(store, MORNING)
    assert {one.subscriber for one in first} == {"had it", "all fields"}
    for category in ("cs.CV", "cs.LG"):
        known = ("cs.CL", "cs.CV") if category == "cs.CV" else ("cs.CL", "cs.CV", "cs.LG")
        await announce(store, paper(3, categories=known), at=MORNING)
    await compose(store, everybody, now=MORNING + DAY)
    second = await claimed(store, MORNING + DAY)
    given = {one.subscriber: ids(one) for one in second if one.slot == MORNING + DAY}
    assert given == {"vision": ["3"], "both": ["3"]}


async def test_a_late_cross_list_of_a_baseline_paper_is_news_only_where_it_newly_matches(
    store: SqliteStore,
) -> None:
    everybody = [
        subscription("all fields", topics=(topic("T", "ti:subject"),)),
        subscription("vision", topics=(topic("V", "cat:cs.CV"),)),
    ]
    await store.sync(everybody, NOON)
    await announce(store, paper(1, categories=("cs.CL", "cs.CV")))
    await compose(store, everybody, now=MORNING)
    assert [one.subscriber for one in await claimed(store, MORNING)] == ["vision"]


async def test_papers_of_a_failed_delivery_return_in_the_next_digest(store: SqliteStore) -> None:
    ana = [subscription()]
    await store.sync(ana, NOON)
    await announce(store, paper(3))
    await compose(store, ana, now=MORNING)
    (delivery,) = await claimed(store, MORNING)
    await store.settle([Outcome(delivery.id, "failed", "552 too large")], MORNING)
    await announce(store, paper(4), at=MORNING)
    await compose(store, ana, now=MORNING + DAY)
    (again,) = await claimed(store, MORNING + DAY)
    assert ids(again) == ["4", "3"]
    assert again.key != delivery.key


async def test_a_digest_of_more_than_fifty_papers_continues_in_further_messages(
    store: SqliteStore,
) -> None:
    ana = [subscription()]
    await store.sync(ana, NOON)
    await announce(store, *(paper(number) for number in range(100, 225)))
    assert await compose(store, ana, now=MORNING) == 3
    parts = await claimed(store, MORNING)
    assert [(one.part, one.parts, len(one.entries)) for one in parts] == [
        (1, 3, 50),
        (2, 3, 50),
        (3, 3, 25),
    ]
    assert len({entry.paper.id for one in parts for entry in one.entries}) == 125
    assert len({one.key for one in parts}) == 3


async def test_immediately_is_due_whenever_something_came(store: SqliteStore) -> None:
    ana = [subscription(schedule=Schedule("UTC", None))]
    await store.sync(ana, NOON)
    assert await compose(store, ana, now=NOON) == 0
    for minute, number in enumerate((3, 4), start=1):
        now = NOON + timedelta(minutes=minute)
        await announce(store, paper(number), at=now)
        assert (await store.status(now)).due == 1
        assert await compose(store, ana, now=now) == 1
        assert (await store.status(now)).due == 0
        (delivery,) = await claimed(store, now)
        assert ids(delivery) == [str(number)]


async def test_a_log_longer_than_a_page_is_read_whole_for_everybody_in_batches(
    store: SqliteStore,
) -> None:
    everybody = [
        subscription(f"reader{number:02d}", schedule=Schedule("UTC", time(8, number)))
        for number in range(7)
    ]
    await store.sync(everybody, NOON)
    await announce(store, *(paper(number) for number in range(100, 2300)))
    assert await compose(store, everybody, now=MORNING, batch=2) == 7 * 44
    parts = await claimed(store, MORNING)
    assert len(parts) == 7 * 44
    for reader in everybody:
        given = [i for one in parts if one.subscriber == reader.subscriber for i in ids(one)]
        assert len(given) == len(set(given)) == 2200


async def test_subscriptions_with_older_cursors_have_the_earlier_log_matched_too(
    store: SqliteStore,
) -> None:
    weekly = subscription("weekly", schedule=Schedule("UTC", time(8, 30), frozenset({0})))
    daily = subscription("daily")
    everybody: list[Subscription] = [daily, weekly]
    await store.sync(everybody, NOON)
    await announce(store, paper(3))
    await compose(store, everybody, now=MORNING)
    await announce(store, paper(4), at=MORNING)
    await compose(store, everybody, now=MORNING + 6 * DAY, batch=1)
    given = {
        one.subscriber: ids(one)
        for one in await claimed(store, MORNING + 6 * DAY)
        if one.slot == MORNING + 6 * DAY
    }
    assert given == {"daily": ["4"], "weekly": ["4", "3"]}


async def test_foreseeing_tells_what_would_be_given_and_writes_nothing(store: SqliteStore) -> None:
    ana = [subscription()]
    await store.sync(ana, NOON)
    await announce(store, paper(3))
    for _ in range(2):
        ((due, composition),) = await foresee(store, ana, now=NOON)
        assert due.subscriber == "ana"
        (delivery,) = composition.deliveries
        assert [entry.paper.id for entry in delivery.entries] == [paper(3).id]
    assert (await store.status(NOON)).pending == 0
    assert await foresee(store, [], now=NOON) == []


async def test_a_row_that_the_configuration_no_longer_has_is_passed_over(
    store: SqliteStore,
) -> None:
    await store.sync([subscription(), subscription("ben")], NOON)
    await announce(store, paper(3))
    assert await compose(store, [subscription()], now=MORNING) == 1


# Revisions

EVERY_KIND: frozenset[Kind] = frozenset({"new", "cross", "replace"})
GONE = "This paper has been withdrawn by the authors"


async def given(
    store: SqliteStore, everybody: list[Subscription], now: datetime
) -> dict[str, list[tuple[str, int | None, str | None]]]:
    """Compose, send, and tell for each reader the papers, and of revisions what was before."""
    await compose(store, everybody, now=now)
    told: dict[str, list[tuple[str, int | None, str | None]]] = {}
    for delivery in await claimed(store, now):
        await store.settle([Outcome(delivery.id, "sent")], now)
        for one in delivery.entries:
            before = (one.former.version, one.former.comment) if one.former else (None, None)
            told.setdefault(delivery.subscriber, []).append((one.paper.id[-1], *before))
    return told


async def test_a_revision_reaches_those_who_include_it_and_only_once(store: SqliteStore) -> None:
    everybody = [subscription(), subscription("rev", include=EVERY_KIND)]
    await store.sync(everybody, NOON)
    await announce(store, paper(3, comment="9 pages"))
    assert (await given(store, everybody, MORNING)).keys() == {"ana", "rev"}
    accepted = paper(3, version=2, comment="Accepted at ACL 2026", updated=MORNING)
    await announce(store, accepted, at=MORNING)
    told = await given(store, everybody, MORNING + DAY)
    assert told == {"rev": [("3", 1, "9 pages")]}
    assert await given(store, everybody, MORNING + 2 * DAY) == {}


async def test_a_weekly_reader_is_told_of_all_revisions_in_one_line(store: SqliteStore) -> None:
    weekly = Schedule("UTC", time(8, 30), frozenset({1}))
    rev = [subscription("rev", include=EVERY_KIND, schedule=weekly)]
    await store.sync(rev, NOON)
    await announce(store, paper(3, comment="first"))
    await given(store, rev, MORNING)
    for version in (2, 3, 4):
        now = MORNING + version * DAY
        await announce(store, paper(3, version=version, comment="later", updated=now), at=now)
    assert await given(store, rev, MORNING + 7 * DAY) == {"rev": [("3", 1, "first")]}
    assert await given(store, rev, MORNING + 14 * DAY) == {}


async def test_a_revision_that_failed_returns_with_what_came_since_and_then_no_more(
    store: SqliteStore,
) -> None:
    rev = [subscription("rev", include=EVERY_KIND)]
    await store.sync(rev, NOON)
    await announce(store, paper(3))
    await given(store, rev, MORNING)
    await announce(store, paper(3, version=2, updated=MORNING), at=MORNING)
    await compose(store, rev, now=MORNING + DAY)
    (lost,) = await claimed(store, MORNING + DAY)
    await store.settle([Outcome(lost.id, "failed", "552")], MORNING + DAY)
    await announce(store, paper(3, version=3, updated=MORNING), at=MORNING + DAY)
    assert await given(store, rev, MORNING + 2 * DAY) == {"rev": [("3", 1, None)]}
    assert await given(store, rev, MORNING + 3 * DAY) == {}


async def test_a_withdrawal_is_told_once_to_those_who_got_the_paper_and_include_it(
    store: SqliteStore,
) -> None:
    narrow = topic("Narrow", "ti:subject ANDNOT co:withdrawn")
    everybody = [
        subscription(),
        subscription("rev", include=EVERY_KIND),
        subscription("narrow", include=EVERY_KIND, topics=(narrow,)),
        subscription("other", include=EVERY_KIND, topics=(topic("Other", "ti:galaxy"),)),
    ]
    await store.sync(everybody, NOON)
    await announce(store, paper(3))
    assert (await given(store, everybody, MORNING)).keys() == {"ana", "rev", "narrow"}
    await announce(store, paper(3, version=2, comment=GONE, updated=MORNING), at=MORNING)
    told = await given(store, everybody, MORNING + DAY)
    assert told == {"rev": [("3", 1, None)], "narrow": [("3", 1, None)]}
    assert await given(store, everybody, MORNING + 2 * DAY) == {}


@pytest.mark.parametrize("comment", ["Accepted at ACL 2026", GONE])
async def test_a_revision_that_adds_a_category_is_told_to_who_has_the_paper(
    store: SqliteStore, comment: str
) -> None:
    topics = (topic(), topic("Vision", "cat:cs.CV"))
    rev = [subscription("rev", include=EVERY_KIND, topics=topics)]
    await store.sync(rev, NOON)
    await announce(store, paper(3))
    await given(store, rev, MORNING)
    changed = {"comment": comment, "categories": ("cs.CL", "cs.CV"), "updated": MORNING}
    await announce(store, paper(3, version=2, **changed), paper(4), at=MORNING)
    await compose(store, rev, now=MORNING + DAY)
    (delivery,) = await claimed(store, MORNING + DAY)
    assert [(one.paper.id[-1], one.kind) for one in delivery.entries] == [
        ("4", "new"),
        ("3", "replace"),
    ]
    assert delivery.coverage is not None
    assert delivery.coverage.matched == 1


# What a feed announces without its comment

FEED = {"detail": Detail.FEED}


@pytest.mark.parametrize("query", ["cat:cs.CL AND co:CVPR", "cat:cs.CL AND CVPR"])
async def test_a_paper_whose_comment_came_late_reaches_those_whom_it_newly_matches_once(
    store: SqliteStore, query: str
) -> None:
    everybody = [
        subscription(),
        subscription("ben", topics=(topic("CVPR", query), topic("Galaxies", "ti:galaxy"))),
        subscription("both", topics=(topic("CVPR", query), topic())),
    ]
    await store.sync(everybody, NOON)
    await announce(store, paper(3, **FEED))
    assert (await given(store, everybody, MORNING)).keys() == {"ana", "both"}
    await announce(store, paper(3, comment="Accepted at CVPR 2026"), at=MORNING)
    told = await given(store, everybody, MORNING + DAY)
    assert told == {"ben": [("3", None, None)]}
    assert await given(store, everybody, MORNING + 2 * DAY) == {}


async def test_a_comment_that_comes_late_is_nothing_new_to_who_does_not_read_it(
    store: SqliteStore,
) -> None:
    ana = [subscription(topics=(topic("T", "ti:subject ANDNOT co:withdrawn"),))]
    await store.sync(ana, NOON)
    await announce(store, paper(3, **FEED))
    assert (await given(store, ana, MORNING)).keys() == {"ana"}
    await announce(store, paper(3, comment="8 pages"), paper(4), at=MORNING)
    await compose(store, ana, now=MORNING + DAY)
    (delivery,) = await claimed(store, MORNING + DAY)
    assert ids(delivery) == ["4"]
    assert delivery.coverage is not None
    assert (delivery.coverage.announced, delivery.coverage.matched) == (1, 1)


async def test_who_reads_comments_waits_a_while_for_those_that_a_feed_did_not_tell(
    store: SqliteStore,
) -> None:
    ana = [subscription(topics=(topic("CVPR", "cat:cs.CL AND co:CVPR"),))]
    await store.sync(ana, NOON)
    await announce(store, paper(3, **FEED), at=MORNING)
    now = MORNING + timedelta(minutes=2)
    assert await compose(store, ana, now=now, wait=COMPLETION_WAIT) == 0
    assert (await store.status(now)).due == 1
    later = MORNING + timedelta(minutes=20)
    await announce(store, paper(3, comment="Accepted at CVPR 2026"), at=later)
    assert await compose(store, ana, now=later, wait=COMPLETION_WAIT) == 1


# Completeness


async def polled(store: SqliteStore, at: datetime, *, whole: bool = True) -> None:
    ended = PollResult("test", "ok", at, whole_at=at) if whole else PollResult("test", "failed", at)
    await store.polled(ended)


async def test_a_delivery_carries_what_its_digest_rests_on(store: SqliteStore) -> None:
    everybody = [subscription("ana"), subscription("vision", topics=(topic("V", "cat:cs.CV"),))]
    await store.sync(everybody, NOON)
    await polled(store, NOON)
    await announce(store, paper(3), paper(4))
    await compose(store, everybody, now=MORNING, batch=1)
    (delivery,) = await claimed(store, MORNING)
    assert delivery.coverage == Coverage(2, 2, 2, ("test",), None, NOON)
    later = MORNING + DAY
    await polled(store, MORNING)
    await polled(store, later, whole=False)
    await announce(store, paper(5, categories=("cs.CV",), primary_category="cs.CV"), at=MORNING)
    await announce(store, paper(6), at=MORNING)
    await compose(store, everybody, now=later, batch=1)
    found = {one.subscriber: one.coverage for one in await claimed(store, later)}
    rests = Coverage(1, 1, 1, ("test",), NOON, MORNING, late=True)
    assert found == {"ana": rests, "vision": rests}


async def test_a_digest_covers_all_that_its_mended_topic_waited_for(store: SqliteStore) -> None:
    ana = subscription()
    refused = replace(ana, topics=(), refused=("Language",))
    await store.sync([ana], NOON)
    await polled(store, NOON)
    await compose(store, [ana], now=MORNING)
    await store.sync([refused], MORNING)
    await announce(store, paper(5), at=MORNING)
    for day in (1, 2):
        await polled(store, MORNING + day * DAY - DAY / 4)
        await compose(store, [refused], now=MORNING + day * DAY)
    await store.sync([ana], MORNING + 2 * DAY)
    assert await compose(store, [ana], now=MORNING + 3 * DAY) == 1
    (delivery,) = await claimed(store, MORNING + 3 * DAY)
    until = MORNING + 2 * DAY - DAY / 4
    assert delivery.coverage == Coverage(1, 1, 1, ("test",), NOON, until)


async def test_a_digest_after_days_covers_all_since_the_last(store: SqliteStore) -> None:
    weekly = subscription("weekly", schedule=Schedule("UTC", time(8, 30), frozenset({0})))
    everybody = [subscription("daily"), weekly]
    await store.sync(everybody, NOON)
    await announce(store, paper(3))
    await compose(store, everybody, now=MORNING)
    await announce(store, paper(4), at=MORNING)
    await compose(store, everybody, now=MORNING + 6 * DAY, batch=1)
    found = {
        one.subscriber: one.coverage and one.coverage.announced
        for one in await claimed(store, MORNING + 6 * DAY)
        if one.slot == MORNING + 6 * DAY
    }
    assert found == {"daily": 1, "weekly": 2}


async def test_a_first_digest_that_reaches_back_counts_what_it_reaches(store: SqliteStore) -> None:
    ana = [subscription(since=7 * DAY)]
    await announce(store, paper(3))
    await store.sync(ana, NOON)
    await compose(store, ana, now=MORNING)
    (delivery,) = await claimed(store, MORNING)
    assert delivery.coverage is not None
    assert (delivery.coverage.announced, delivery.coverage.matched) == (2, 2)


async def test_a_digest_waits_for_what_only_a_feed_has_told_but_not_for_ever(
    store: SqliteStore,
) -> None:
    everybody = [subscription(), subscription("wide", topics=(topic("T", "ti:galaxy"),))]
    await store.sync(everybody, NOON)
    now = MORNING - timedelta(minutes=30)
    fed = paper(3, detail=Detail.FEED, published=now, updated=now)
    await announce(store, fed, at=now)
    assert await compose(store, everybody, now=MORNING, wait=COMPLETION_WAIT) == 0
    assert (await store.status(MORNING)).due == 1, "ana's; the other's holds nothing partial"
    late = MORNING + timedelta(hours=1)
    assert await compose(store, everybody, now=late, wait=COMPLETION_WAIT) == 1
    (delivery,) = await claimed(store, late)
    assert [entry.paper.partial for entry in delivery.entries] == [True]
    assert delivery.slot == MORNING


async def test_a_digest_goes_out_as_soon_as_its_papers_are_complete(store: SqliteStore) -> None:
    ana = [subscription()]
    await store.sync(ana, NOON)
    now = MORNING - timedelta(minutes=30)
    fed = paper(3, detail=Detail.FEED, published=now, updated=now)
    await announce(store, fed, at=now)
    assert await compose(store, ana, now=MORNING, wait=COMPLETION_WAIT) == 0
    await announce(store, paper(3, comment="12 pages"), at=MORNING)
    assert await compose(store, ana, now=MORNING, wait=COMPLETION_WAIT) == 1
    (delivery,) = await claimed(store, MORNING)
    assert [entry.paper.comment for entry in delivery.entries] == ["12 pages"]


# Notes


async def test_who_asked_for_it_is_told_once_a_week_that_nothing_came(store: SqliteStore) -> None:
    galaxies = (topic("Galaxies", "cat:cs.CL AND ti:galaxy"),)
    asked = [
        subscription("eva", topics=galaxies, weekly_note=True),
        subscription("fay", topics=galaxies),
    ]
    await store.sync(asked, NOON)
    notes = []
    for day in range(16):
        now = MORNING + day * DAY
        await announce(store, paper(100 + day), at=now - timedelta(hours=1))
        await polled(store, now - timedelta(hours=1))
        await compose(store, asked, now=now, batch=1)
        notes += [(day, one) for one in await claimed(store, now) if one.slot == now]
    assert [(day, one.subscriber, one.entries) for day, one in notes] == [
        (7, "eva", ()),
        (14, "eva", ()),
    ]
    rests = notes[0][1].coverage
    until = MORNING + 7 * DAY - timedelta(hours=1)
    assert rests == Coverage(8, 8, 0, ("test",), NOON, until, topics=("Galaxies",))
    assert notes[1][1].coverage is not None
    assert notes[1][1].coverage.announced == 7


async def test_notes_count_since_each_reader_was_written_to(store: SqliteStore) -> None:
    galaxies = (topic("Galaxies", "cat:cs.CL AND ti:galaxy"),)
    late = subscription("a late one", topics=galaxies, weekly_note=True)
    early = subscription("an early one", topics=galaxies, weekly_note=True)
    await store.sync([early], NOON)
    await announce(store, paper(3), at=NOON + DAY)
    both = [late, early]
    await store.sync(both, NOON + 2 * DAY)
    await announce(store, paper(4), at=NOON + 3 * DAY)
    foreseen = await foresee(store, both, now=MORNING + 9 * DAY)
    counts = {
        due.subscriber: made.deliveries[0].coverage and made.deliveries[0].coverage.announced
        for due, made in foreseen
    }
    assert counts == {"a late one": 1, "an early one": 2}
    assert await compose(store, both, now=MORNING + 9 * DAY, batch=1) == 2
    written = {
        one.subscriber: one.coverage and one.coverage.announced
        for one in await claimed(store, MORNING + 9 * DAY)
    }
    assert written == counts
