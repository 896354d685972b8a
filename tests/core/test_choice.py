"""What one subscription is given: papers, and revisions for those who include them."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

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
from bot.core.subscription import Subscription
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
