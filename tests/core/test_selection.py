from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from bot.core.choice import Matches
from bot.core.coverage import Census
from bot.core.model import (
    Announcement,
    Composition,
    Coverage,
    Cursor,
    Detail,
    Due,
    Entry,
    Former,
    Paper,
    SubscriptionId,
)
from bot.core.query import select
from bot.core.schedule import Schedule, last_slot
from bot.core.selection import compose_one, earliest, quiet_since
from bot.core.standing import Head
from bot.core.subscription import Subscription
from tests.builders import NOON, paper, subscription, topic

MORNING = NOON + timedelta(hours=20, minutes=30)
CL = frozenset({"cs.CL"})


def due(one: Subscription, *returned: Entry, **cursors: Cursor) -> Due:
    keys = {t.key: cursors[t.name] for t in one.topics if t.name in cursors}
    return Due(SubscriptionId(1), one.subscriber, "email", one.address, NOON, keys, returned)


def matched(one: Subscription, *papers: Paper, seq: int = 1) -> Matches:
    rows = [Announcement(seq + place, each, NOON) for place, each in enumerate(papers)]
    found = {
        t.query.hash: [rows[place] for place in select([t.query], papers)[t.query.hash]]
        for t in one.topics
    }
    return Matches(Head(seq + len(papers) - 1, CL), found, {})


def composed(one: Subscription, its: Due, matches: Matches, now: datetime = MORNING) -> Composition:
    made = compose_one(one, its, matches, now)
    assert made is not None
    return made


def test_a_topic_without_a_cursor_yet_waits_for_its_own() -> None:
    one = subscription(topics=(topic("A"), topic("B", "ti:study")))
    made = composed(one, due(one, B=Cursor(0)), matched(one, paper(3)), MORNING)
    assert [entry.topics for entry in made.deliveries[0].entries] == [("B",)]
    assert made.cursors[one.topics[0].key] == Cursor(1)


def test_a_returned_paper_that_matches_again_stands_once() -> None:
    one = subscription(topics=(topic("A"), topic("B", "ti:study")))
    again = Entry(paper(3), ("A",), "new")
    gone = Entry(paper(2), ("no longer a topic",), "cross")
    made = composed(
        one, due(one, again, gone, A=Cursor(0), B=Cursor(0)), matched(one, paper(3)), MORNING
    )
    assert [(e.paper.id, e.topics, e.kind) for e in made.deliveries[0].entries] == [
        (paper(3).id, ("A", "B"), "new"),
        (paper(2).id, ("no longer a topic",), "cross"),
    ]


def test_the_same_decision_has_the_same_key_and_another_another() -> None:
    one = subscription()
    keys = {
        name: composed(who, due(who, Language=Cursor(0)), matched(who, *papers), now)
        .deliveries[0]
        .key
        for name, who, papers, now in (
            ("first", one, (paper(3),), MORNING),
            ("again", one, (paper(3),), MORNING),
            ("another paper", one, (paper(4),), MORNING),
            ("another day", one, (paper(3),), MORNING + timedelta(days=1)),
            ("another reader", subscription("ben"), (paper(3),), MORNING),
        )
    }
    assert keys["first"] == keys["again"]
    assert len(set(keys.values())) == 4


def test_the_order_of_arrival_changes_nothing() -> None:
    one = subscription(topics=(topic("A"), topic("B", "ti:study")))
    papers = [paper(number) for number in range(3, 9)]
    forward, backward = (
        composed(one, due(one, A=Cursor(0), B=Cursor(0)), matched(one, *order), MORNING)
        for order in (papers, papers[::-1])
    )
    assert forward.deliveries == backward.deliveries


def test_the_log_is_read_from_the_earliest_cursor_and_reach() -> None:
    one = subscription(topics=(topic("A"), topic("B", "ti:study")))
    head = Head(9, CL)
    assert earliest([], head, ()) == (9, None)
    both = [due(one, A=Cursor(4), B=Cursor(7, NOON))]
    assert earliest(both, head, {t.query.hash for t in one.topics}) == (4, NOON)
    assert earliest(both, head, ()) == (4, None), "a reach that must wait reads nothing"


def test_a_revision_has_another_key_than_its_paper() -> None:
    one = subscription(include=frozenset({"new", "replace"}))
    matches = matched(one, paper(3))
    rows = {q: [replace(row, former=Former(1)) for row in rows] for q, rows in matches.news.items()}
    keys = {
        composed(one, due(one, Language=Cursor(0)), each).deliveries[0].key
        for each in (matches, replace(matches, news=rows))
    }
    assert len(keys) == 2


# Completeness

POLLED = NOON + timedelta(hours=19)
FEED = {"detail": Detail.FEED}
API = frozenset({"arxiv_api"})


def counted(one: Subscription, *papers: Paper, **head: Any) -> Matches:
    """Match papers announced by the API at NOON, and count them too."""
    matches = matched(one, *papers)
    rows = [Announcement(n, each, NOON, sources=API) for n, each in enumerate(papers, start=1)]
    known = replace(matches.head, whole_at=POLLED, **head)
    return replace(matches, head=known, announced=Census(rows), quiet=Census(rows))


def test_a_digest_says_what_it_rests_on() -> None:
    one = subscription(topics=(topic("T", "cat:cs.CL AND ti:wanted"),))
    matches = counted(
        one,
        paper(3, title="Wanted"),
        paper(4),
        paper(5, **FEED),
        paper(6, categories=("math.PR",), primary_category="math.PR"),
    )
    asked = replace(due(one, T=Cursor(0)), covered=NOON)
    made = composed(one, asked, matches)
    assert made.deliveries[0].coverage == Coverage(3, 3, 1, ("arxiv_api",), NOON, POLLED)
    assert made.covered == POLLED


def test_while_a_topic_is_left_out_what_all_had_covered_stays_and_no_day_is_named() -> None:
    one = subscription(refused=("Maths",))
    asked = replace(due(one, Language=Cursor(0)), covered=NOON)
    made = composed(one, asked, counted(one, paper(3)))
    assert made.deliveries[0].coverage == Coverage(
        1, 1, 1, ("arxiv_api",), None, POLLED, refused=("Maths",)
    )
    assert made.covered is None


def test_what_could_not_be_read_is_announced_and_not_received() -> None:
    one = subscription()
    made = composed(one, due(one, Language=Cursor(0)), counted(one, paper(3), unread=2, late=True))
    assert made.deliveries[0].coverage == Coverage(3, 1, 1, ("arxiv_api",), None, POLLED, late=True)


def test_ids_that_may_be_of_any_category_are_not_counted_as_announced_in_the_readers() -> None:
    one = subscription()
    made = composed(one, due(one, Language=Cursor(0)), counted(one, paper(3), missing=489))
    coverage = Coverage(1, 1, 1, ("arxiv_api",), None, POLLED, missing=489)
    assert made.deliveries[0].coverage == coverage


def test_it_is_counted_from_the_earliest_cursor_on_and_revisions_are_not_matched_papers() -> None:
    one = subscription(include=frozenset({"new", "replace"}))
    matches = counted(one, paper(3), paper(4), paper(5))
    revised = Announcement(4, paper(9), NOON, former=Former(1))
    news = {q: [*rows, revised] for q, rows in matches.news.items()}
    made = composed(one, due(one, Language=Cursor(2)), replace(matches, news=news))
    (delivery,) = made.deliveries
    assert [entry.kind for entry in delivery.entries] == ["new", "replace"]
    assert delivery.coverage == Coverage(1, 1, 1, ("arxiv_api",), None, POLLED)


def test_papers_that_return_were_announced_and_received_before() -> None:
    one = subscription()
    back = Entry(paper(2), ("Language",))
    made = composed(one, due(one, back, Language=Cursor(0)), counted(one, paper(3)))
    assert made.deliveries[0].coverage == Coverage(2, 2, 2, ("arxiv_api",), None, POLLED)


def test_a_digest_that_reaches_back_counts_what_lies_in_its_reach() -> None:
    one = subscription()
    matches = counted(one, paper(3))
    day = timedelta(days=1)
    rows = [Announcement(n, paper(n), NOON - n * day, silent=True, sources=API) for n in (1, 2, 9)]
    matches = replace(
        matches,
        reached={q: [*rows[:2], *news] for q, news in matches.news.items()},
        past=Census([*rows, *(row for news in matches.news.values() for row in news)]),
    )
    since = NOON - 7 * day
    made = composed(one, due(one, Language=Cursor(1, since)), matches)
    assert made.deliveries[0].coverage == Coverage(3, 3, 3, ("arxiv_api",), None, POLLED)


def test_every_part_of_a_digest_tells_of_the_whole() -> None:
    one = subscription()
    made = composed(one, due(one, Language=Cursor(0)), counted(one, *map(paper, range(100, 160))))
    assert [part.coverage and part.coverage.matched for part in made.deliveries] == [60, 60]


# Waiting for what is not complete


@pytest.mark.parametrize(("minutes", "waits"), [(89, True), (90, False)])
def test_a_partial_paper_is_waited_for_until_it_was_announced_long_enough_ago(
    minutes: int,
    waits: bool,  # noqa: FBT001  # a column of the table
) -> None:
    one = subscription()
    matches = counted(one, paper(3, **FEED), paper(4))
    now = NOON + timedelta(minutes=minutes)
    its = due(one, Language=Cursor(0))
    made = compose_one(one, its, matches, now, wait=timedelta(minutes=90))
    assert (made is None) is waits
    assert compose_one(one, its, matches, now) is not None, "without a wait it goes out so"


@pytest.mark.parametrize("query", ["cat:cs.CL AND co:CVPR", "CVPR", "cat:cs.CL ANDNOT jr:Nature"])
def test_who_reads_comments_waits_for_papers_that_have_none_yet(query: str) -> None:
    one = subscription(topics=(topic("T", query),))
    its = due(one, T=Cursor(0))
    now = NOON + timedelta(minutes=89)
    matches = counted(one, paper(3, **FEED))
    assert compose_one(one, its, matches, now, wait=timedelta(minutes=90)) is None
    later = now + timedelta(minutes=1)
    assert compose_one(one, its, matches, later, wait=timedelta(minutes=90)) is not None
    read = due(one, T=Cursor(1))
    assert compose_one(one, read, matches, now, wait=timedelta(minutes=90)) is not None


def test_who_reads_comments_does_not_wait_for_papers_outside_of_the_topics_categories() -> None:
    one = subscription(topics=(topic("T", "cat:cs.CL AND co:CVPR"), topic("New", "cat:cs.CL")))
    foreign = paper(3, categories=("cs.CV",), primary_category="cs.CV", **FEED)
    now = NOON + timedelta(minutes=1)
    made = compose_one(
        one, due(one, T=Cursor(0)), counted(one, foreign), now, wait=timedelta(minutes=90)
    )
    assert made is not None


def test_who_does_not_read_comments_waits_only_for_what_matches() -> None:
    one = subscription(topics=(topic("T", "cat:cs.CL AND ti:wanted"),))
    matches = counted(one, paper(3, **FEED))
    now = NOON + timedelta(minutes=1)
    its = due(one, T=Cursor(0))
    assert compose_one(one, its, matches, now, wait=timedelta(minutes=90)) is not None


def test_what_was_announced_by_a_clock_that_was_ahead_is_not_waited_for() -> None:
    one = subscription()
    matches = matched(one, paper(3, **FEED))
    now = NOON - timedelta(minutes=1)
    its = due(one, Language=Cursor(0))
    assert compose_one(one, its, matches, now, wait=timedelta(minutes=90)) is not None


# Notes

WEEK = timedelta(days=7)


def quiet(heard: datetime | None, **changes: Any) -> tuple[Subscription, Due]:
    one = subscription(**({"weekly_note": True} | changes))
    return one, replace(due(one, Language=Cursor(0)), heard=heard)


def made_of(papers: Iterable[Paper], heard: datetime | None, **changes: Any) -> Composition:
    one, its = quiet(heard, **changes)
    return composed(one, its, counted(one, *papers))


def test_after_a_week_without_anything_a_note_says_so() -> None:
    one = subscription(topics=(topic("A", "cat:cs.CL AND ti:galaxy"), topic("B", "cat:cs.CL")))
    heard = MORNING - WEEK
    its = replace(due(one, A=Cursor(0)), heard=heard, covered=NOON)
    note = composed(replace(one, weekly_note=True), its, counted(one, paper(3))).deliveries
    coverage = Coverage(1, 1, 0, ("arxiv_api",), heard, POLLED, topics=("A", "B"))
    assert [(d.entries, d.part, d.parts, d.coverage) for d in note] == [((), 1, 1, coverage)]


def test_no_note_comes_before_its_week_nor_to_those_who_did_not_ask() -> None:
    assert made_of((), MORNING - WEEK).deliveries
    assert not made_of((), MORNING - WEEK + timedelta(minutes=1)).deliveries
    assert not made_of((), MORNING - WEEK, weekly_note=False).deliveries


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-31", 7 * 24 - 1), ("2026-10-27", 7 * 24 + 1), ("2026-06-02", 168)]
)
def test_a_week_in_which_clocks_are_changed_is_a_week(day: str, hours: int) -> None:
    weekly = Schedule("Europe/Madrid", time(8, 30), frozenset({1}))
    slot = last_slot(weekly, datetime.fromisoformat(f"{day}T12:00Z"))
    one, its = quiet(slot - timedelta(hours=hours), schedule=weekly)
    assert quiet_since(one, its, slot) == its.heard
    late = replace(its, heard=slot - timedelta(hours=hours) + timedelta(minutes=1))
    assert quiet_since(one, late, slot) is None


def test_a_digest_with_papers_is_no_note() -> None:
    (delivery,) = made_of([paper(3)], MORNING - WEEK).deliveries
    assert delivery.entries


def test_a_note_counts_only_what_came_since_the_reader_was_last_written_to() -> None:
    one, its = quiet(MORNING - WEEK)
    rows = [Announcement(n, paper(n), MORNING - n * timedelta(days=1)) for n in (2, 7, 8)]
    matches = replace(counted(one), quiet=Census(rows))
    (note,) = composed(one, its, matches).deliveries
    assert note.coverage is not None
    assert note.coverage.announced == 2


def test_who_was_never_written_to_is_quiet_since_the_last_slot() -> None:
    one, its = quiet(None)
    assert quiet_since(one, its, MORNING) is None
    assert quiet_since(one, its, MORNING + WEEK) == its.slot == NOON


def test_two_notes_have_two_keys() -> None:
    one, its = quiet(NOON)
    matches = counted(one)
    keys = {composed(one, its, matches, NOON + n * WEEK).deliveries[0].key for n in (2, 3)}
    assert len(keys) == 2


def test_a_reach_that_waits_for_its_baseline_is_not_counted() -> None:
    proofs = topic("Proofs", "cat:math.PR")
    one = subscription(topics=(topic(), proofs))
    reach = NOON - timedelta(days=7)
    made = composed(
        one, due(one, Language=Cursor(0), Proofs=Cursor(0, reach)), counted(one, paper(3))
    )
    assert made.deliveries[0].coverage == Coverage(1, 1, 1, ("arxiv_api",), None, POLLED)
    assert made.cursors[proofs.key] == Cursor(1, reach)


def test_a_topic_that_is_off_reads_on_and_does_not_reach_back_afterwards() -> None:
    one = subscription(topics=(topic("A"), topic("B", "ti:study")))
    reach = NOON - timedelta(days=3)
    its = replace(due(one, A=Cursor(0, reach), B=Cursor(0)), off=frozenset("A"))
    made = composed(one, its, matched(one, paper(3)))
    assert [entry.topics for entry in made.deliveries[0].entries] == [("B",)]
    assert made.cursors == {one.topics[0].key: Cursor(1), one.topics[1].key: Cursor(1)}
    # As long as the topic's categories have no baseline a reach would wait.
    unknown = replace(matched(one, paper(3)), head=Head(1, frozenset()))
    assert composed(one, its, unknown).cursors[one.topics[0].key] == Cursor(1)


def test_what_a_digest_rests_on_is_told_of_the_topics_that_are_on() -> None:
    one = subscription(topics=(topic("A"), topic("B", "cat:cs.CV")), refused=("C",))
    rows = [
        Announcement(1, paper(3), NOON),
        Announcement(2, paper(4, categories=("cs.CV",), primary_category="cs.CV"), NOON),
    ]
    census = Census()
    census.add(rows)
    found = {one.topics[1].query.hash: rows[1:]}
    matches = Matches(Head(2, CL, whole_at=NOON), found, {}, announced=census)
    its = replace(due(one, A=Cursor(0), B=Cursor(0)), off=frozenset({"A", "C"}))
    made = composed(one, its, matches)
    coverage = made.deliveries[0].coverage
    assert coverage is not None
    assert (coverage.announced, coverage.matched, coverage.refused) == (1, 1, ())
    assert made.covered == NOON, "all its topics that are on were composed"


def test_who_has_turned_every_topic_off_hears_nothing_not_even_that_nothing_matched() -> None:
    one = subscription(weekly_note=True)
    its = due(one, Language=Cursor(0))
    later = NOON + timedelta(days=30)
    assert quiet_since(one, its, later) == NOON
    off = replace(its, off=frozenset({"Language"}))
    assert quiet_since(one, off, later) is None
    assert composed(one, off, matched(one, paper(3)), later).deliveries == ()
