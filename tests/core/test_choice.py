"""What one subscription is given: papers, and revisions for those who include them."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.choice import Choice, Matches, choose, kind_for
from bot.core.model import (
    Announcement,
    Cursor,
    Detail,
    Due,
    Entry,
    Former,
    Kind,
    Paper,
    SubscriptionId,
)
from bot.core.query import select
from bot.core.standing import Head
from bot.core.subscription import Sort, Subscription
from tests.builders import NOON, paper, subscription, topic

CL = frozenset({"cs.CL"})
EVERY_KIND: frozenset[Kind] = frozenset({"new", "cross", "replace"})
ANA = subscription(topics=(topic("A"), topic("B", "ti:study")), include=EVERY_KIND)
GONE = "This paper has been withdrawn"


def due(**changes: Any) -> Due:
    """Ana's, with both topics at the beginning of the log."""
    cursors = changes.pop("cursors", {one.key: Cursor(0) for one in ANA.topics})
    one = Due(SubscriptionId(1), "ana", "email", ANA.address, NOON, cursors)
    return replace(one, **changes)


def row(seq: int, one: Paper, former: Former | None = None, **changes: Any) -> Announcement:
    return Announcement(seq, one, changes.pop("date", NOON), former=former, **changes)


def revised(seq: int, version: int = 2, number: int = 3, **changes: Any) -> Announcement:
    """Announce `version` of a paper that stands at version 9 now."""
    former = changes.pop("former", Former(version - 1))
    return row(seq, paper(number, version=9), former, **changes)


def chosen(
    *rows: Announcement,
    who: Subscription = ANA,
    reached: tuple[Announcement, ...] = (),
    **changes: Any,
) -> Choice:
    """Let `who` choose of rows in their order, as matched by the topics' own queries."""

    def found(among: tuple[Announcement, ...]) -> dict[str, list[Announcement]]:
        papers = [one.paper for one in among]
        return {
            t.query.hash: [among[place] for place in select([t.query], papers)[t.query.hash]]
            for t in who.topics
        }

    return choose(who, due(**changes), Matches(Head(99, CL), found(rows), found(reached)))


def lines(choice: Choice) -> list[tuple[str, str, int, int]]:
    """Tell each entry's paper and kind, the version before, and the revision."""
    return [
        (one.paper.id[-1], one.kind, one.former.version if one.former else -1, one.revision)
        for one in choice.entries
    ]


def test_what_is_new_depends_on_the_topics_own_categories() -> None:
    theirs = paper(3, categories=("cs.LG", "cs.CL"), primary_category="cs.LG")
    assert kind_for(topic(), theirs) == "cross"
    assert kind_for(topic(query="cat:cs.*"), theirs) == "new"
    assert kind_for(topic(query="ti:study"), theirs) == "new"
    named = replace(topic(), home=frozenset({"cs.CL", "cs.LG"}))
    assert kind_for(named, theirs) == "new", "its primary category is one that the topic names"
    assert kind_for(replace(topic(query="ti:study"), home=frozenset({"cs.CL"})), theirs) == "cross"


# Revisions


def test_a_revision_is_given_as_one_line_under_all_its_topics() -> None:
    choice = chosen(revised(7, former=Former(1, "Before", "9 pages")))
    former = Former(1, "Before", "9 pages")
    assert choice.entries == (Entry(paper(3, version=9), ("A", "B"), "replace", former, 7),)
    assert choice.papers == 0


@pytest.mark.parametrize("include", [{"new"}, {"new", "cross"}, {"cross"}])
def test_a_revision_is_given_to_nobody_who_does_not_include_them(include: set[Kind]) -> None:
    who = replace(ANA, include=frozenset(include))
    gone = Entry(paper(4, comment=GONE), ("A",), "replace", Former(1), 5)
    assert chosen(revised(7), who=who, withdrawals=(gone,)).entries == ()


def test_revisions_alone_can_be_asked_for() -> None:
    who = replace(ANA, include=frozenset({"replace"}))
    assert lines(chosen(row(6, paper(4)), revised(7), who=who)) == [("3", "replace", 1, 7)]


def test_several_revisions_of_a_paper_are_one_line_that_tells_of_all_since_the_oldest() -> None:
    rows = [revised(5, 2), revised(7, 3), revised(9, 4)]
    assert lines(chosen(*rows)) == [("3", "replace", 1, 9)]
    cursors = {ANA.topics[0].key: Cursor(5), ANA.topics[1].key: Cursor(5)}
    assert lines(chosen(*rows, cursors=cursors)) == [("3", "replace", 2, 9)]


def test_a_digest_that_gives_the_paper_itself_does_not_tell_of_its_revisions() -> None:
    as_it_stands = paper(3, version=9)
    assert lines(chosen(row(4, as_it_stands), revised(7))) == [("3", "new", -1, 0)]
    back = Entry(as_it_stands, ("A",))
    assert lines(chosen(revised(7), returned=(back,))) == [("3", "new", -1, 0)]


def test_a_revision_returns_and_is_told_with_what_came_since() -> None:
    back = Entry(paper(3, version=2), ("B",), "replace", Former(1), 5)
    assert lines(chosen(returned=(back,))) == [("3", "replace", 1, 5)]
    assert lines(chosen(revised(7, 3), returned=(back,))) == [("3", "replace", 1, 7)]


def test_a_revision_of_a_paper_that_was_given_is_given_where_a_reach_meets_it() -> None:
    cursors = {one.key: Cursor(99, NOON) for one in ANA.topics}
    found = (row(2, paper(3, version=9)), revised(7))
    given = frozenset({paper(3).id})
    assert lines(chosen(reached=found, cursors=cursors, given=given)) == [("3", "replace", 1, 7)]


def test_a_category_added_with_a_revision_does_not_hide_it_from_who_has_the_paper() -> None:
    both = paper(3, version=9, categories=("cs.CL", "cs.CV"))
    rows = [row(6, both, late=("cs.CV",)), row(7, both, Former(8))]
    assert lines(chosen(*rows, given=frozenset({both.id}))) == [("3", "replace", 8, 7)]
    assert chosen(*rows, given=frozenset({both.id})).papers == 0, "nothing new is matched"
    assert lines(chosen(*rows)) == [("3", "new", -1, 0)], "who never had it is given the paper"


def test_the_papers_of_a_topic_stand_before_its_revisions_and_the_newest_first() -> None:
    rows = [
        row(1, paper(1, title="Another")),
        revised(2, number=8),
        revised(3, number=9),
        row(4, paper(5, title="Another")),
        row(5, paper(6, categories=("math.PR",), primary_category="math.PR")),
    ]
    choice = chosen(*rows)
    assert [(one.topics[0], one.paper.id[-1]) for one in choice.entries] == [
        ("A", "5"),
        ("A", "1"),
        ("A", "9"),
        ("A", "8"),
        ("B", "6"),
    ]
    assert choice.papers == 3


# The order of papers


def order(*rows: Announcement, **changes: Any) -> list[str]:
    """Tell the papers given to one whose only topic asks for a few words and a person."""
    wanted = topic("T", 'ti:word OR abs:word OR ti:other OR abs:other OR co:word OR au:"Jane Doe"')
    who = replace(subscription(topics=(wanted,), include=EVERY_KIND), **changes)
    cursors = {wanted.key: Cursor(0)}
    return [one.paper.id[-1] for one in chosen(*rows, who=who, cursors=cursors).entries]


def written(number: int, title: str = "T", abstract: str = "A", **changes: Any) -> Announcement:
    return row(number, paper(number, title=title, abstract=abstract, **changes))


BEST_FIRST = (
    written(1, "No word of it", authors=("Jane Doe",)),
    written(2, "One word, and the other", "Word"),
    written(3, "The word in other words"),
    written(4, "Word", "Word, other"),
    written(5, "Word", "Word"),
    written(6, "Word"),
    written(7, abstract="A word, an other"),
    written(8, abstract="A word", comment="Word"),
    written(9, comment="Word"),
)


@pytest.mark.parametrize("turn", range(4))
def test_the_best_match_stands_first_in_whatever_order_papers_come(turn: int) -> None:
    rows = list(BEST_FIRST)
    Random(turn).shuffle(rows)
    by_seq = [replace(one, seq=seq) for seq, one in enumerate(rows, 1)]
    assert order(*by_seq) == [str(number) for number in range(1, 10)]


def test_of_two_that_match_alike_the_newer_stands_first_and_then_the_higher_id() -> None:
    day = timedelta(days=1)
    rows = [
        written(1, "Word", published=NOON - 2 * day),
        written(2, "Word", published=NOON - 2 * day),
        written(3, "Word", published=NOON - 3 * day),
        written(4, "Other", published=NOON - day),
    ]
    assert order(*rows) == ["4", "2", "1", "3"]


def test_who_wants_the_newest_first_gets_them_by_date() -> None:
    day = timedelta(days=1)
    rows = [
        written(1, "Word and other", published=NOON - 2 * day),
        written(2, "T", "word", published=NOON - day),
        written(3, "Word", published=NOON - 2 * day),
    ]
    assert order(*rows) == ["1", "3", "2"]
    assert order(*rows, sort="newest") == ["2", "3", "1"]


def test_a_paper_of_several_topics_is_ranked_by_the_first_under_which_it_stands() -> None:
    who = subscription(topics=(topic("A", "abs:word"), topic("B", "ti:word")))
    cursors = {one.key: Cursor(0) for one in who.topics}
    rows = [
        written(1, "Word", "Word"),
        written(2, "T", "word", published=NOON),
        written(3, "Word"),
    ]
    entries = chosen(*rows, who=who, cursors=cursors).entries
    assert [(one.topics, one.paper.id[-1]) for one in entries] == [
        (("A",), "2"),
        (("A", "B"), "1"),
        (("B",), "3"),
    ]


def test_papers_of_a_topic_that_is_gone_stand_by_date() -> None:
    back = tuple(
        Entry(paper(number, published=NOON - number * timedelta(hours=1)), ("gone",))
        for number in (2, 1, 3)
    )
    assert [one.paper.id[-1] for one in chosen(returned=back).entries] == ["1", "2", "3"]


def test_a_query_that_cannot_tell_leaves_the_papers_by_date(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def failing(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr("bot.core.ranking.evidence", failing)
    assert order(*BEST_FIRST) == ["9", "8", "7", "6", "5", "4", "3", "2", "1"]


IDS = st.sampled_from(["math/0301001", "hep-th/0301001", "cs/0301001", "2601.00001", "2601.00002"])


@st.composite
def a_row(draw: st.DrawFn) -> Announcement:
    """Draw a row of few papers, some of which match alike, at few instants."""
    words = st.sampled_from(["word", "other", "word other", "nothing"])
    one = paper(
        id=draw(IDS),
        title=draw(words),
        abstract=draw(words),
        published=NOON - timedelta(days=draw(st.integers(0, 2))),
    )
    return row(1, one, draw(st.sampled_from([None, None, Former(1)])))


@given(
    st.lists(a_row(), unique_by=lambda one: one.paper.id),
    st.randoms(use_true_random=False),
    st.sampled_from(["best", "newest"]),
)
def test_the_order_hangs_on_nothing_that_arrives_by_chance(
    rows: list[Announcement], chance: Random, sort: Sort
) -> None:
    who = subscription(
        topics=(topic("A", "ti:word OR abs:word"), topic("B", "ti:other OR abs:other")),
        include=EVERY_KIND,
        sort=sort,
    )
    cursors = {one.key: Cursor(0) for one in who.topics}

    def told(seen: list[Announcement]) -> list[tuple[str, tuple[str, ...]]]:
        numbered = [replace(one, seq=seq) for seq, one in enumerate(seen, 1)]
        entries = chosen(*numbered, who=who, cursors=cursors).entries
        return [(one.paper.id, one.topics) for one in entries]

    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert told(shuffled) == told(rows)


# Withdrawals


def withdrawn(*topics: str, seq: int = 8) -> Entry:
    return Entry(paper(3, version=9, comment=GONE), topics, "replace", Former(1), seq)


@pytest.mark.parametrize(
    ("given_under", "told_under"),
    [
        (("A",), ("A",)),
        (("B", "A"), ("A", "B")),
        (("Gone", "B"), ("B",)),
        (("Gone", "Gone too"), ("Gone",)),
    ],
)
def test_a_withdrawal_is_told_under_the_topics_that_gave_the_paper_and_still_exist(
    given_under: tuple[str, ...], told_under: tuple[str, ...]
) -> None:
    (line,) = chosen(withdrawals=(withdrawn(*given_under),)).entries
    assert (line.topics, line.kind, line.revision) == (told_under, "replace", 8)


def test_a_withdrawal_that_is_matched_too_is_told_in_one_line() -> None:
    (line,) = chosen(revised(6, 2), revised(8, 3), withdrawals=(withdrawn("B"),)).entries
    assert line.topics == ("A", "B")
    assert (line.former, line.revision) == (Former(1), 8)


# What returns, and what is not complete


def test_papers_that_nothing_but_a_failed_delivery_gives_back_are_counted() -> None:
    back = tuple(Entry(paper(number), ("A",)) for number in (1, 2, 3))
    assert chosen(row(7, paper(3)), revised(8, number=2), returned=back).again == 2


def test_when_the_partial_papers_that_are_given_were_announced_is_told() -> None:
    feed: dict[str, Any] = {"detail": Detail.FEED}
    hour = timedelta(hours=1)

    def at(*hours: int) -> frozenset[datetime]:
        return frozenset(NOON + each * hour for each in hours)

    def announced(number: int, former: Former | None = None, **changes: Any) -> Announcement:
        return row(number, paper(number, **changes), former, date=NOON + number * hour)

    assert chosen(row(1, paper(3))).incomplete == at()
    rows = [announced(n, **feed) for n in (3, 5, 4)]
    assert chosen(*rows, announced(6)).incomplete == at(3, 4, 5)
    partial = announced(7, Former(1), **feed)
    assert chosen(partial).incomplete == at(7)
    only_papers = replace(ANA, include=frozenset({"new"}))
    assert chosen(partial, who=only_papers).incomplete == at(), "it would not be given"


def topics_of(choice: Choice) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.paper.id[-1], one.topics) for one in choice.entries]


def test_by_a_topic_that_is_off_nothing_comes_and_by_another_what_that_matches() -> None:
    only_a = row(1, paper(3, title="Nothing", abstract="Nothing"))
    both = row(2, paper(4))
    on = chosen(only_a, both)
    assert topics_of(on) == [("4", ("A", "B")), ("3", ("A",))]
    assert topics_of(chosen(only_a, both, off=frozenset("A"))) == [("4", ("B",))]
    assert topics_of(chosen(only_a, both, off=frozenset("AB"))) == []
    assert topics_of(chosen(only_a, both, off=frozenset("C"))) == topics_of(on)


def test_a_topic_that_is_off_does_not_reach_back() -> None:
    cursors = {one.key: Cursor(9, NOON - timedelta(days=3)) for one in ANA.topics}
    silent = row(1, paper(3, abstract="Nothing", title="Nothing"), silent=True)
    assert topics_of(chosen(reached=(silent,), cursors=cursors)) == [("3", ("A",))]
    assert topics_of(chosen(reached=(silent,), cursors=cursors, off=frozenset("A"))) == []


def test_what_returns_comes_by_a_topic_that_passed_it_by_if_its_own_is_off() -> None:
    back = (Entry(paper(3), ("A",)), Entry(paper(5), ("A",), "replace", Former(1), 7))
    found = chosen(returned=back, off=frozenset("A"))
    assert topics_of(found) == [("3", ("B",)), ("5", ("B",))]


def test_what_returns_and_is_withdrawn_comes_by_the_topics_that_are_on() -> None:
    former = Former(1)
    back = (
        Entry(paper(3, title="Nothing", abstract="Nothing"), ("A",)),
        Entry(paper(4), ("A", "B")),
        Entry(paper(5, title="Nothing", abstract="Nothing"), ("A",), "replace", former, 7),
    )
    gone = (
        Entry(paper(6, comment=GONE), ("A",), "replace", former, 8),
        Entry(paper(7, comment=GONE), ("B", "A"), "replace", former, 9),
        Entry(paper(8, comment=GONE), ("Gone",), "replace", former, 10),
    )
    found = chosen(returned=back, withdrawals=gone, off=frozenset("A"))
    assert topics_of(found) == [("4", ("B",)), ("7", ("B",)), ("8", ("Gone",))]
    everything = chosen(returned=back, withdrawals=gone, off=frozenset({"A", "B", "Gone"}))
    assert topics_of(everything) == []
