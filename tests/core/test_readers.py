"""What is marked for whom: by the topics that give a paper, as they are now."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from bot.core.digest import USUAL, Style
from bot.core.marks import NO_MARKS
from bot.core.model import Entry, Paper
from bot.core.query import (
    Query,
    either,
    explain,
    from_authors,
    from_keywords,
    marks,
    parse,
    restrict,
)
from bot.core.query.evidence import Found, evidence
from bot.core.readers import Readers
from bot.core.render.wording import display
from bot.core.subscription import Topic
from tests.builders import paper, subscription
from tests.drawn import QUERIES, a_paper

AUTHORS = ("Ana García", "Wei Li", "Peiyang Liu", "Jane Doe")
PEOPLE = Topic("People", from_authors(["Peiyang Liu", "J. Doe"]))
ANA = ("ana", "email", "ana@example.org")


def shown(entry: Entry, *topics: Topic) -> Entry:
    """Give an entry as it is marked for one who has these topics."""
    (told,) = Readers([subscription(topics=topics)]).marked(ANA, [entry]).entries
    return told


def followed(topic: Topic, **changes: Any) -> tuple[int, ...]:
    """Tell whom one topic marks on a paper of AUTHORS that it gives."""
    entry = Entry(paper(**({"authors": AUTHORS} | changes)), (topic.name,))
    return shown(entry, topic).followed


def words(*queries: str, **changes: Any) -> dict[str, list[str]]:
    """Tell which words of a paper are marked for one who has these queries as topics."""
    topics = [Topic(f"T{number}", parse(query)) for number, query in enumerate(queries)]
    entry = Entry(paper(**changes), tuple(one.name for one in topics))
    told = shown(entry, *topics)
    found = {}
    for field in ("title", "abstract", "comment"):
        text = display(getattr(entry.paper, field) or "")
        found[field] = [text[start:end] for start, end in getattr(told.marks, field)]
    return {field: each for field, each in found.items() if each}


# People


def test_who_is_followed_is_marked_in_the_order_of_the_paper() -> None:
    assert followed(PEOPLE) == (2, 3)


def test_a_paper_that_another_topic_gives_is_not_marked() -> None:
    entry = Entry(paper(authors=AUTHORS), ("Language",))
    assert shown(entry, PEOPLE) is entry


def test_a_paper_with_nobody_followed_is_left_as_it_is() -> None:
    assert followed(PEOPLE, authors=("Ana García",)) == ()


def test_a_namesake_in_another_category_is_not_marked() -> None:
    narrowed = parse('ti:subject OR (au:"Wei Li" AND cat:math.AG)')
    assert followed(Topic("People", narrowed)) == ()
    assert followed(Topic("People", narrowed), categories=("math.AG",)) == (1,)


def test_a_namesake_without_the_coauthor_is_not_marked() -> None:
    people = from_authors(["Wei Li"], ["Jane Doe", "Nobody Else"])
    topic = Topic("People", either([from_keywords(["subject"]), people]))
    assert followed(topic) == (1, 3)
    assert followed(topic, authors=("Wei Li", "Li Wei")) == ()


def test_a_name_that_is_unwanted_is_not_marked() -> None:
    assert followed(Topic("People", parse('ti:subject ANDNOT au:"Nobody Else"'))) == ()
    assert followed(Topic("People", parse('NOT (au:"Nobody Else" AND ti:x)'))) == ()


def test_a_word_that_is_wanted_anywhere_is_no_name_to_follow() -> None:
    assert followed(Topic("People", parse("all:subject OR all:liu"))) == ()


# Words


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        ("ti:studies", {"title": ["Study"]}),
        ("kw:subject", {"title": ["Subject"], "abstract": ["subject"]}),
        ("ti:study AND cat:cs.CL", {"title": ["Study"]}),
        ("abs:found OR (ti:study AND cat:math.AG)", {"abstract": ["found"]}),
        ("abs:found ANDNOT ti:unwanted", {"abstract": ["found"]}),
        ("co:acl OR co:emnlp", {"comment": ["ACL"]}),
        ("all:acl", {"comment": ["ACL"]}),
        ("ti:absent", {}),
        ("cat:cs.CL", {}),
    ],
)
def test_the_words_that_matched_are_marked(query: str, marked: dict[str, list[str]]) -> None:
    assert words(query, comment="Accepted at ACL 2026") == marked


def test_words_are_marked_in_the_text_as_it_is_displayed() -> None:
    title = r"On  \emph{Schr\"odinger} bridges for $\alpha$-divergences"
    assert words("ti:schrodinger AND ti:alpha", title=title) == {"title": ["Schrödinger", "α"]}


def test_what_several_topics_mark_is_put_together() -> None:
    found = words("ti:study AND au:garcia", 'ti:"study of subject"', "abs:report OR au:wei")
    assert found == {"title": ["Study of Subject"], "abstract": ["report"]}
    topics = [Topic("A", parse("au:wei")), Topic("B", parse("au:garcia OR au:wei"))]
    assert shown(Entry(paper(), ("A", "B")), *topics).followed == (0, 1)


@given(QUERIES, a_paper())
def test_no_more_is_marked_than_the_query_asks_for_and_none_where_it_does_not_match(
    query: Query, one: Paper
) -> None:
    told = shown(Entry(one, ("T",)), Topic("T", query)).marks
    if not explain(query, one).matched:
        assert told == NO_MARKS
    for field in ("title", "abstract", "comment"):
        wide = marks(query, field, display(getattr(one, field) or ""))
        for start, end in getattr(told, field):
            assert any(first <= start < end <= last for first, last in wide)


# Readers


def test_each_subscription_has_its_own() -> None:
    narrowed = Topic("Mine", restrict(from_authors(["Wei Li"]), categories=["cs.CL"]))
    readers = Readers(
        [
            subscription("ana", topics=(PEOPLE, narrowed), style=Style("titles", 5)),
            subscription("ben", topics=(Topic("Mine", parse("cat:cs.CL")),)),
            subscription("dov", topics=(PEOPLE,), style=Style("compact")),
        ]
    )
    entry = Entry(paper(authors=AUTHORS), ("Mine", "People"))
    (hers,) = readers.marked(ANA, [entry]).entries
    assert (hers.followed, readers.style(ANA)) == ((1, 2, 3), Style("titles", 5))
    dov = ("dov", "email", "dov@example.org")
    (his,) = readers.marked(dov, [entry]).entries
    assert (his.followed, readers.style(dov)) == ((2, 3), Style("compact"))
    for reader in (("ben", "email", "ben@example.org"), ("chi", "slack", "#chi")):
        assert readers.marked(reader, [entry]).entries == (entry,)
        assert readers.style(reader) == USUAL


def test_what_many_readers_share_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counting(query: Query, one: Paper) -> tuple[Found, ...]:
        read.append(one.id)
        return evidence(query, one)

    monkeypatch.setattr("bot.core.readers.evidence", counting)
    names = [f"reader{number}" for number in range(20)]
    readers = Readers(subscription(name, topics=(PEOPLE,)) for name in names)
    entries = [Entry(paper(number, authors=AUTHORS), ("People",)) for number in (1, 2)]
    for name in names:
        told = readers.marked((name, "email", f"{name}@example.org"), entries).entries
        assert [one.followed for one in told] == [(2, 3), (2, 3)]
    assert read == [paper(1).id, paper(2).id]


def test_a_text_that_has_changed_is_marked_anew() -> None:
    readers = Readers([subscription(topics=(Topic("T", parse("kw:study")),))])
    before = Entry(paper(), ("T",))
    after = replace(before, paper=paper(title="One More Study"))
    for entry, at in ((before, 2), (after, 9)):
        (told,) = readers.marked(ANA, [entry]).entries
        assert told.marks.title == ((at, at + 5),)


def test_a_query_that_raises_an_error_marks_nothing_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = Topic("Mine", from_authors(["Wei Li"]))

    def failing(query: Query, one: Paper) -> tuple[Found, ...]:
        if query == PEOPLE.query:
            raise RecursionError
        return evidence(query, one)

    monkeypatch.setattr("bot.core.readers.evidence", failing)
    entries = [Entry(paper(1, authors=AUTHORS), ("Mine", "People")), Entry(paper(2), ("Mine",))]
    readers = Readers([subscription(topics=(PEOPLE, other))])
    marked, failed = readers.marked(ANA, entries)
    assert [one.followed for one in marked] == [(1,), (1,)]
    assert {topic: fault.said for topic, fault in failed.items()} == {"People": "RecursionError"}
