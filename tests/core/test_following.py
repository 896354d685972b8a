"""Whose names are marked for whom: by the topics that give a paper, as they are now."""

from typing import Any

import pytest

from bot.core.following import Following, mark
from bot.core.model import Entry, Paper
from bot.core.query import (
    Query,
    Verdict,
    either,
    explain,
    from_authors,
    from_keywords,
    parse,
    restrict,
)
from bot.core.subscription import Topic
from tests.builders import paper, subscription

AUTHORS = ("Ana García", "Wei Li", "Peiyang Liu", "Jane Doe")
PEOPLE = Topic("People", from_authors(["Peiyang Liu", "J. Doe"]))


def marked(topic: Topic, **changes: Any) -> tuple[int, ...]:
    """Tell whom one topic marks on a paper of AUTHORS that it gives."""
    entry = Entry(paper(**({"authors": AUTHORS} | changes)), (topic.name,))
    (told,) = mark([topic], [entry]).entries
    return told.followed


def test_who_is_followed_is_marked_in_the_order_of_the_paper() -> None:
    assert marked(PEOPLE) == (2, 3)


def test_a_paper_that_another_topic_gives_is_not_marked() -> None:
    entry = Entry(paper(authors=AUTHORS), ("Language",))
    assert mark([PEOPLE], [entry]).entries == (entry,)


def test_a_paper_with_nobody_followed_is_left_as_it_is() -> None:
    assert marked(PEOPLE, authors=("Ana García",)) == ()


def test_a_namesake_in_another_category_is_not_marked() -> None:
    narrowed = parse('ti:subject OR (au:"Wei Li" AND cat:math.AG)')
    assert marked(Topic("People", narrowed)) == ()
    assert marked(Topic("People", narrowed), categories=("math.AG",)) == (1,)


def test_a_namesake_without_the_coauthor_is_not_marked() -> None:
    people = from_authors(["Wei Li"], ["Jane Doe", "Nobody Else"])
    topic = Topic("People", either([from_keywords(["subject"]), people]))
    assert marked(topic) == (1, 3)
    assert marked(topic, authors=("Wei Li", "Li Wei")) == ()


def test_a_name_that_is_unwanted_is_not_marked() -> None:
    assert marked(Topic("People", parse('ti:subject ANDNOT au:"Nobody Else"'))) == ()
    assert marked(Topic("People", parse('NOT (au:"Nobody Else" AND ti:x)'))) == ()


def test_a_word_that_is_wanted_anywhere_is_no_name_to_follow() -> None:
    assert marked(Topic("People", parse("all:subject OR all:liu"))) == ()


def test_each_subscription_has_its_own() -> None:
    narrowed = Topic("Mine", restrict(from_authors(["Wei Li"]), categories=["cs.CL"]))
    following = Following(
        [
            subscription("ana", topics=(PEOPLE, narrowed)),
            subscription("ben", topics=(Topic("Mine", parse("cat:cs.CL AND ti:subject")),)),
            subscription("dov", topics=(PEOPLE,)),
        ]
    )
    entry = Entry(paper(authors=AUTHORS), ("Mine", "People"))
    (hers,) = following.marked(("ana", "email", "ana@example.org"), [entry]).entries
    assert hers.followed == (1, 2, 3)
    (his,) = following.marked(("dov", "email", "dov@example.org"), [entry]).entries
    assert his.followed == (2, 3)
    for reader in (("ben", "email", "ben@example.org"), ("chi", "slack", "#chi")):
        assert following.marked(reader, [entry]).entries == (entry,)


def test_a_query_that_raises_an_error_marks_nobody_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = Topic("Mine", from_authors(["Wei Li"]))

    def failing(query: Query, paper: Paper) -> Verdict:
        if query == PEOPLE.query:
            raise RecursionError
        return explain(query, paper)

    monkeypatch.setattr("bot.core.following.explain", failing)
    entries = [Entry(paper(1, authors=AUTHORS), ("Mine", "People")), Entry(paper(2), ("Mine",))]
    marked, failed = mark([PEOPLE, other], entries)
    assert [one.followed for one in marked] == [(1,), (1,)]
    assert {topic: fault.said for topic, fault in failed.items()} == {"People": "RecursionError"}
